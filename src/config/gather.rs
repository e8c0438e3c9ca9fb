//! Lays variables over the file, the file over imgproxy's variables, and those over the defaults.

use super::fault::Fault;
use super::kind::{Raw, Value};
use super::origin::{File, Inputs, Origin};
use super::table::{self, Setting, unbuilt};

const PREFIX: &str = "INKFISH_";
const PEER_PREFIX: &str = "IMGPROXY_";

/// Every setting with its value and where that came from, and what is wrong with them.
#[derive(Debug)]
pub struct Settings {
    pub(super) entries: Vec<Entry>,
    pub(super) faults: Vec<Fault>,
    /// What the log should say at the start, a sentence each.
    pub notes: Vec<String>,
}

/// One setting as it counts.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) setting: &'static Setting,
    pub(super) origin: Origin,
    /// The text as it was given.
    pub(super) shown: String,
    pub(super) value: Value,
    /// Whether a text was given that has another form; the value is the default then.
    pub(super) faulty: bool,
}

impl Settings {
    /// Reads everything, and keeps what is wrong instead of stopping at it.
    pub fn gather(inputs: &Inputs) -> Self {
        let mut faults = Vec::new();
        let file = match inputs.file() {
            Some((path, _)) => File::read(&path, &mut faults),
            None => File::default(),
        };
        let mut settings = Self {
            entries: Vec::new(),
            faults,
            notes: Vec::new(),
        };
        settings.refuse_unknown(inputs, &file);
        for setting in table::settings() {
            let entry = settings.judge(setting, inputs, &file);
            settings.entries.push(entry);
        }
        settings
    }

    fn refuse_unknown(&mut self, inputs: &Inputs, file: &File) {
        for (name, text) in &inputs.variables {
            if let Some(suffix) = name.strip_prefix(PREFIX) {
                self.judge_ours(name, suffix, text);
            } else if let Some(suffix) = name.strip_prefix(PEER_PREFIX) {
                self.judge_peer(name, suffix, text);
            }
        }
        for (key, raw) in &file.entries {
            self.judge_file_key(key, raw, file);
        }
    }

    fn judge_ours(&mut self, name: &str, suffix: &str, text: &str) {
        if table::find(suffix).is_some() || self.is_unbuilt(name, suffix, text) {
            return;
        }
        self.faults
            .push(Fault::new(format!("{name}: there is no such setting")));
    }

    fn judge_peer(&mut self, name: &str, suffix: &str, text: &str) {
        let known = table::find(suffix).is_some_and(Setting::is_known_to_imgproxy);
        if !known && !self.is_unbuilt(name, suffix, text) {
            self.notes.push(format!(
                "{name} is no setting that is known here; it is ignored"
            ));
        }
    }

    fn judge_file_key(&mut self, key: &str, raw: &Raw, file: &File) {
        let origin = Origin::File(file.path.clone());
        let suffix = key.to_ascii_uppercase();
        let known = key == suffix.to_ascii_lowercase()
            && (table::find(&suffix).is_some() || self.is_unbuilt(key, &suffix, &raw.shown()));
        if key == "config" {
            let sentence = format!("config: {origin} cannot name another file");
            self.faults.push(Fault::new(sentence));
        } else if !known {
            let sentence = format!("{key}: there is no such setting, in {origin}");
            self.faults.push(Fault::new(sentence));
        }
    }

    /// Whether the name is imgproxy's alone; a text that asks for what is missing is a fault.
    fn is_unbuilt(&mut self, name: &str, suffix: &str, text: &str) -> bool {
        let Some((setting, reason)) = unbuilt::find(suffix) else {
            return false;
        };
        if !text.trim().is_empty() && !setting.accepts(text) {
            let accepted = match setting.default {
                "" => "it can only be unset".into(),
                default => format!("it can only be `{default}`, imgproxy's default"),
            };
            self.faults
                .push(Fault::new(format!("{name}: {reason}; {accepted}")));
        }
        true
    }

    fn judge(&mut self, setting: &'static Setting, inputs: &Inputs, file: &File) -> Entry {
        let mut entry = default_entry(setting);
        // The strongest comes last, so that it stays; the weaker ones are checked on the way.
        for (origin, raw) in layers(setting, inputs, file).into_iter().rev() {
            match setting.kind.parse(&raw) {
                Some(value) => entry.value = value,
                None => {
                    self.faults
                        .push(Fault::bad_value(setting, &origin, &raw.shown()));
                    entry.faulty = true;
                }
            }
            entry.shown = raw.shown();
            entry.origin = origin;
        }
        self.note_peer(&entry);
        entry
    }

    fn note_peer(&mut self, entry: &Entry) {
        let Origin::Variable(name) = &entry.origin else {
            return;
        };
        if name.starts_with(PEER_PREFIX) {
            self.notes.push(format!(
                "{name} is read because {PREFIX}{} is unset; rename it",
                entry.setting.name
            ));
        }
    }
}

fn default_entry(setting: &'static Setting) -> Entry {
    let value = match setting.default {
        "" => Value::Unset,
        default => setting
            .kind
            .parse(&Raw::Text(default.into()))
            .expect("a test holds that every default has its setting's form"),
    };
    Entry {
        setting,
        origin: Origin::Default,
        shown: setting.default.into(),
        value,
        faulty: false,
    }
}

/// What is said about a setting, the strongest first: both of our own words where they differ, so that each is
/// checked, and a foreign one only where we have none.
fn layers(setting: &Setting, inputs: &Inputs, file: &File) -> Vec<(Origin, Raw)> {
    if setting.name == "CONFIG" {
        return config_layer(inputs);
    }
    let variable = variable_layer(format!("{PREFIX}{}", setting.name), inputs);
    let written = file
        .get(&setting.file_key())
        .map(|raw| (Origin::File(file.path.clone()), raw.clone()));
    let own: Vec<_> = variable.into_iter().chain(written).collect();
    if !own.is_empty() {
        return own;
    }
    let foreign = peer_layer(setting, inputs).or_else(|| port_layer(setting, inputs));
    foreign.into_iter().collect()
}

fn variable_layer(name: String, inputs: &Inputs) -> Option<(Origin, Raw)> {
    let text = inputs.variable(&name)?.to_owned();
    Some((Origin::Variable(name), Raw::Text(text)))
}

fn peer_layer(setting: &Setting, inputs: &Inputs) -> Option<(Origin, Raw)> {
    if !setting.is_known_to_imgproxy() {
        return None;
    }
    variable_layer(format!("{PEER_PREFIX}{}", setting.name), inputs)
}

fn config_layer(inputs: &Inputs) -> Vec<(Origin, Raw)> {
    inputs
        .file()
        .map(|(path, origin)| (origin, Raw::Text(path.display().to_string())))
        .into_iter()
        .collect()
}

/// `PORT`, which platforms set for whatever they run, is the weakest word about where to listen.
fn port_layer(setting: &Setting, inputs: &Inputs) -> Option<(Origin, Raw)> {
    if setting.name != "BIND" {
        return None;
    }
    let port = inputs.variable("PORT")?;
    Some((
        Origin::Variable("PORT".into()),
        Raw::Text(format!(":{}", port.trim())),
    ))
}
