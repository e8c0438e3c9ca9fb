//! XMP packets (XMP specification, part 1): RDF in XML, of which the rights are kept.

use std::fmt::Write as _;

use bytes::Bytes;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &[u8] = b"http://www.w3.org/XML/1998/namespace";
/// The namespaces of rights, the prefix that each gets, and the names that stay of it; none is all.
const KEPT: [(&[u8], &str, &[&str]); 3] = [
    (
        b"http://purl.org/dc/elements/1.1/",
        "dc",
        &["rights", "creator", "contributor", "publisher"],
    ),
    (b"http://ns.adobe.com/xap/1.0/rights/", "xmpRights", &[]),
    (b"http://creativecommons.org/ns#", "cc", &[]),
];
/// More properties or items than these are left out.
const MAX_ITEMS: usize = 64;
/// How deep elements may stand in each other.
const MAX_DEPTH: usize = 16;

/// One property: its name with its prefix, and its texts, each with its language where it has one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Property {
    name: String,
    /// `Alt`, `Bag` or `Seq`; none for a text that stands by itself.
    list: Option<String>,
    items: Vec<(Option<String>, String)>,
}

/// A packet of the rights alone; `None` where it tells of none, or is no XML.
pub(super) fn copyright_only(packet: &[u8]) -> Option<Bytes> {
    let properties = properties(packet)?;
    (!properties.is_empty()).then(|| written(&properties).into())
}

fn properties(packet: &[u8]) -> Option<Vec<Property>> {
    let text = std::str::from_utf8(packet).ok()?;
    // The trailer may be padded with zeros, which are no XML.
    let mut reader = NsReader::from_str(text.trim_end_matches('\0'));
    let mut found = Vec::new();
    let mut open: Option<(usize, Property)> = None;
    let mut depth = 0;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let ends = matches!(event, Event::Empty(_));
                match &mut open {
                    Some((_, property)) => take_part(&reader, start, property),
                    None => {
                        found.extend(attributes(&reader, start));
                        if let Some(name) = kept_name(&reader, start) {
                            let property = Property {
                                name,
                                ..Property::default()
                            };
                            open = Some((depth, property)).filter(|_| !ends);
                        }
                    }
                }
                depth += usize::from(!ends);
            }
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                if let Some((_, property)) = open.take_if(|(at, _)| *at == depth) {
                    found.extend(Some(property).filter(|property| !property.is_empty()));
                }
            }
            Event::Text(text) => add(&mut open, &text.decode().ok()?),
            Event::GeneralRef(reference) => add(&mut open, &resolved(&reference.decode().ok()?)?),
            Event::Eof => return Some(found),
            _ => {}
        }
        if depth > MAX_DEPTH || found.len() > MAX_ITEMS {
            return None;
        }
    }
}

impl Property {
    fn is_empty(&self) -> bool {
        self.items.iter().all(|(_, text)| text.trim().is_empty())
    }
}

/// The name with our prefix, if an element is a property that is kept.
fn kept_name(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Option<String> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    name_of(&namespace, local.as_ref())
}

fn name_of(namespace: &ResolveResult<'_>, local: &[u8]) -> Option<String> {
    let ResolveResult::Bound(Namespace(bound)) = namespace else {
        return None;
    };
    let local = std::str::from_utf8(local).ok()?;
    let (_, prefix, names) = KEPT.iter().find(|(uri, ..)| uri == bound)?;
    let kept = names.is_empty() || names.contains(&local);
    kept.then(|| format!("{prefix}:{local}"))
}

/// Properties in the short form, as attributes.
fn attributes(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Vec<Property> {
    let each = start.attributes().filter_map(Result::ok);
    let each = each.filter_map(|attribute| {
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let name = name_of(&namespace, local.as_ref())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .ok()?
            .into_owned();
        Some(Property {
            name,
            list: None,
            items: vec![(None, value)],
        })
    });
    each.take(MAX_ITEMS).collect()
}

/// A list, an item of one, or a resource, within a property.
fn take_part(reader: &NsReader<&[u8]>, start: &BytesStart<'_>, property: &mut Property) {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    if namespace != ResolveResult::Bound(Namespace(RDF)) {
        return;
    }
    match local.as_ref() {
        list @ (b"Alt" | b"Bag" | b"Seq") => {
            property.list = Some(String::from_utf8_lossy(list).into_owned());
            property.items.clear();
        }
        b"li" if property.items.len() < MAX_ITEMS => {
            property
                .items
                .push((language(reader, start), String::new()));
        }
        _ => {}
    }
}

fn language(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Option<String> {
    let mut each = start.attributes().filter_map(Result::ok);
    let attribute = each.find(|attribute| {
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        namespace == ResolveResult::Bound(Namespace(XML)) && local.as_ref() == b"lang"
    })?;
    Some(
        attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .ok()?
            .into_owned(),
    )
}

fn add(open: &mut Option<(usize, Property)>, text: &str) {
    let Some((_, property)) = open else {
        return;
    };
    if property.list.is_none() && property.items.is_empty() {
        property.items.push((None, String::new()));
    }
    if let Some((_, item)) = property.items.last_mut() {
        item.push_str(text);
    }
}

/// What a character reference or one of the five entities of XML stands for; nothing else is known.
fn resolved(reference: &str) -> Option<String> {
    quick_xml::escape::unescape(&format!("&{reference};"))
        .ok()
        .map(|text| text.into_owned())
}

fn written(properties: &[Property]) -> String {
    let mut packet = String::from(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\"",
    );
    for (uri, prefix, _) in KEPT {
        let uri = String::from_utf8_lossy(uri);
        write!(packet, " xmlns:{prefix}=\"{uri}\"").expect("a string takes all text");
    }
    packet.push('>');
    for property in properties {
        write_property(&mut packet, property);
    }
    packet.push_str("</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>");
    packet
}

fn write_property(packet: &mut String, property: &Property) {
    let name = &property.name;
    let mut text = String::new();
    for (language, item) in &property.items {
        let item = escape(item.trim());
        match (&property.list, language) {
            (None, _) => text.push_str(&item),
            (Some(_), None) => text.extend(["<rdf:li>", &item, "</rdf:li>"]),
            (Some(_), Some(language)) => {
                let language = escape(language.as_str());
                text.extend(["<rdf:li xml:lang=\"", &language, "\">", &item, "</rdf:li>"]);
            }
        }
    }
    if let Some(list) = &property.list {
        text = format!("<rdf:{list}>{text}</rdf:{list}>");
    }
    write!(packet, "<{name}>{text}</{name}>").expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:r="http://ns.adobe.com/xap/1.0/rights/" xmp:Rating="5" r:Marked="True">
<d:rights><rdf:Alt><rdf:li xml:lang="x-default">&#169; Ann &amp; Bob</rdf:li></rdf:Alt></d:rights>
<d:title><rdf:Alt><rdf:li xml:lang="x-default">A title</rdf:li></rdf:Alt></d:title>
<d:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq></d:creator>
<d:publisher>Example</d:publisher>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;

    #[test]
    fn rights_stay_and_nothing_else() {
        let kept = copyright_only(PACKET.as_bytes()).unwrap();
        let text = std::str::from_utf8(&kept).unwrap();
        for part in [
            "<xmpRights:Marked>True</xmpRights:Marked>",
            "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">\u{a9} Ann &amp; Bob</rdf:li></rdf:Alt></dc:rights>",
            "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq></dc:creator>",
            "<dc:publisher>Example</dc:publisher>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            !text.contains("title") && !text.contains("Rating"),
            "{text}"
        );
        assert_eq!(copyright_only(&kept).unwrap(), kept, "twice is once");
    }

    #[test]
    fn what_tells_of_no_rights_or_is_broken_is_dropped() {
        let deep = "<a>".repeat(1000);
        let unknown = PACKET.replace("&#169;", "&bomb;");
        for packet in ["", "no xml", "<a></b>", &deep, &unknown, "<a xmlns='x'/>"] {
            assert_eq!(copyright_only(packet.as_bytes()), None, "{packet}");
        }
    }
}
