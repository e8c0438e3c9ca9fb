//! XMP by its prefixes and names.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Value, json};

/// The most elements and texts that are read.
const MAX_EVENTS: usize = 20_000;
/// How deep elements may lie; properties in structures of structures are not deeper than this.
const MAX_DEPTH: usize = 32;
/// The most properties that are told.
const MAX_PROPERTIES: usize = 4096;
/// The most bytes of one value.
const MAX_VALUE_BYTES: usize = 16 << 10;

/// Properties by prefix, each a text or a list of texts.
pub(super) type Properties = BTreeMap<String, BTreeMap<String, Value>>;

/// The simple properties of a packet, and lists of such. What is a structure is left out; what is broken ends the
/// reading.
pub(super) fn properties(packet: &[u8]) -> Properties {
    let mut reader = Reader::from_reader(packet);
    let mut walk = Walk::default();
    for _ in 0..MAX_EVENTS {
        let more = match reader.read_event() {
            Ok(Event::Start(start)) => walk.open(&start),
            Ok(Event::Empty(start)) => walk.open(&start) && walk.close(),
            Ok(Event::End(_)) => walk.close(),
            Ok(Event::Text(text)) => walk.text(&text.decode().unwrap_or_default()),
            Ok(Event::CData(text)) => walk.text(&String::from_utf8_lossy(&text)),
            Ok(Event::GeneralRef(name)) => walk.reference(&name),
            Ok(Event::Eof) | Err(_) => false,
            Ok(_) => true,
        };
        if !more {
            break;
        }
    }
    walk.found
}

/// Where in a packet the reading is.
#[derive(Default)]
struct Walk {
    found: Properties,
    noted: usize,
    /// The names of the elements that are open.
    open: Vec<String>,
    /// How many of them enclose the property that is being read.
    property: Option<usize>,
    items: Vec<String>,
    is_list: bool,
    value: String,
}

/// The element whose children are properties.
const DESCRIPTION: &str = "rdf:Description";

impl Walk {
    /// An element begins; whether to go on.
    fn open(&mut self, start: &BytesStart<'_>) -> bool {
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        let in_description = self.open.last().is_some_and(|parent| parent == DESCRIPTION);
        if self.property.is_none() && name == DESCRIPTION {
            self.take_attributes(start);
        } else if self.property.is_none() && in_description {
            self.property = Some(self.open.len());
            self.items.clear();
            self.is_list = false;
        }
        match name.as_str() {
            "rdf:Bag" | "rdf:Seq" => self.is_list = true,
            _ => self.value.clear(),
        }
        self.open.push(name);
        self.open.len() <= MAX_DEPTH
    }

    /// The innermost element ends; whether to go on.
    fn close(&mut self) -> bool {
        let Some(name) = self.open.pop() else {
            return false;
        };
        let Some(depth) = self.property else {
            return true;
        };
        // An item of a list or of alternatives lies two below its property: within rdf:Bag, rdf:Seq or rdf:Alt.
        if name == "rdf:li" && self.open.len() == depth + 2 {
            self.items.push(std::mem::take(&mut self.value));
        } else if self.open.len() == depth {
            self.property = None;
            let value = self.taken();
            self.note(&name, value);
        }
        true
    }

    fn taken(&mut self) -> Value {
        let items = std::mem::take(&mut self.items);
        let value = std::mem::take(&mut self.value);
        if self.is_list {
            return json!(items);
        }
        // Of alternatives the first is the default.
        json!(items.into_iter().next().unwrap_or(value))
    }

    fn take_attributes(&mut self, start: &BytesStart<'_>) {
        for attribute in start.attributes().flatten() {
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .unwrap_or_default();
            if value.len() <= MAX_VALUE_BYTES {
                self.note(&name, json!(value));
            }
        }
    }

    /// Files a property under its prefix; the syntax itself, and what says nothing, is left out.
    fn note(&mut self, name: &str, value: Value) {
        let empty = value.as_str().is_some_and(|text| text.trim().is_empty());
        if empty || self.noted == MAX_PROPERTIES {
            return;
        }
        match name.split_once(':') {
            Some((prefix, name)) if !matches!(prefix, "rdf" | "xmlns" | "xml") => {
                self.noted += 1;
                let of_prefix = self.found.entry(prefix.to_owned()).or_default();
                of_prefix.entry(name.to_owned()).or_insert(value);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> bool {
        if self.property.is_some() && self.value.len() + text.len() <= MAX_VALUE_BYTES {
            self.value.push_str(text);
        }
        true
    }

    /// One of the five characters that XML has names for, or a number; entities of documents are not known here.
    fn reference(&mut self, name: &quick_xml::events::BytesRef<'_>) -> bool {
        let named = name.decode().ok();
        let named = named.and_then(|name| quick_xml::escape::resolve_xml_entity(&name));
        let numbered = name.resolve_char_ref().ok().flatten().map(String::from);
        self.text(&named.map(str::to_owned).or(numbered).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(description: &str) -> Value {
        let packet = format!(
            "<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='r'>{description}</rdf:RDF></x:xmpmeta>"
        );
        serde_json::to_value(properties(packet.as_bytes())).unwrap()
    }

    #[test]
    fn properties_are_told_by_prefix_in_all_their_forms() {
        let found = told(
            "<rdf:Description rdf:about='' xmlns:dc='d' dc:format='image/jpeg' tiff:Make='A &amp; B'>
               <dc:creator><rdf:Seq><rdf:li>Ink</rdf:li></rdf:Seq></dc:creator>
               <dc:subject><rdf:Bag><rdf:li>fish</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
               <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Of &lt;ink&gt;</rdf:li><rdf:li>Tinte</rdf:li></rdf:Alt></dc:title>
               <photoshop:DateCreated>2016-09-11</photoshop:DateCreated>
             </rdf:Description>
             <rdf:Description><xmp:Rating>5</xmp:Rating></rdf:Description>",
        );
        let expected = json!({
            "dc": {"creator": ["Ink"], "format": "image/jpeg", "subject": ["fish", "sea"], "title": "Of <ink>"},
            "photoshop": {"DateCreated": "2016-09-11"},
            "tiff": {"Make": "A & B"},
            "xmp": {"Rating": "5"},
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_broken_deep_or_huge_ends_without_a_fault() {
        let deep = "<a:b>".repeat(10_000);
        let huge = format!(
            "<rdf:Description><a:b>{}</a:b></rdf:Description>",
            "x".repeat(1 << 20)
        );
        for packet in [
            "",
            "<",
            "<rdf:Description a:b='",
            "</a></b>",
            "\u{0}\u{1}",
            &deep,
        ] {
            assert_eq!(told(packet), json!({}), "{packet:.20}");
            assert!(properties(packet.as_bytes()).is_empty());
        }
        assert_eq!(told(&huge), json!({}));
        let many: String = (0..9000).map(|n| format!("p{n}:a='b' ")).collect();
        let found = told(&format!("<rdf:Description {many}/>"));
        assert_eq!(
            found.as_object().map(serde_json::Map::len),
            Some(MAX_PROPERTIES)
        );
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbb'>]><rdf:Description><a:b>&b;&b;c</a:b></rdf:Description>";
        assert_eq!(told(bomb), json!({"a": {"b": "c"}}));
    }
}
