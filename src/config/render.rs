//! Settings as text: for `inkfish config`, and for `docs/settings.md`.

use std::fmt::Write;

use super::gather::{Entry, Settings};
use super::kind::Value;
use super::table::{self, Peer, Secrecy, Section, Setting, unbuilt};

const PREAMBLE: &str = "# Settings

<!-- Made from `src/config/table`; `UPDATE_DOCS=1 cargo test config` writes it anew. -->

Each setting is a variable with the prefix `INKFISH_`, or a key of one TOML file in small letters without the prefix:
`INKFISH_CACHE_DIR=/var/cache/inkfish` or `cache_dir = \"/var/cache/inkfish\"`. `--config FILE` or `INKFISH_CONFIG`
names the file. `inkfish config` prints every setting with its value and where that came from.

A variable beats the file, and the file beats an `IMGPROXY_` variable of the same suffix, which is read where neither
says anything and where imgproxy has the setting; the log says so. Blank is unset. An unknown name or a value of
another form stops the start, and all faults are told at once. An `IMGPROXY_` variable that imgproxy does not have
either is ignored, which the log says too.

On SIGHUP the settings are read again, and keys, salts, presets, everything else under “Signatures” and “URLs and
presets”, and `ALLOWED_SOURCES` are taken over, and `REFINE` where it was on at the start; what does not hold is told in
the log and changes nothing. Other settings need a restart.

Times are whole seconds. Sizes are whole bytes, bare or followed by `KiB`, `MiB` or `GiB`. Switches take `true` and
`false`, and besides `1`, `0`, `t`, `f`, `T`, `F`, `TRUE`, `FALSE`, `True`, `False`, `on` and `off`. Lists are divided
by commas; in the file they may be arrays, whose elements may hold commas. Relative paths begin at the working
directory. No default is without a bound; an explicit 0 where imgproxy reads it as “no limit” is the largest bound
that its row names.

The column “imgproxy” says how a setting stands to imgproxy's of the same suffix: “same” in meaning and default, or
what is different there, or “–” where imgproxy has none.
";

const UNBUILT_PREAMBLE: &str = "
## Settings of imgproxy that are not here

Their names are known, under either prefix and in the file, so that a configuration moves over as it is while it says
nothing but imgproxy's defaults. Any other value stops the start.

| Settings (accepted value) | Why |
|---|---|
";

impl Settings {
    /// Every setting with its value, default, origin and meaning, as text for people.
    pub fn render(&self) -> String {
        let mut entries = self.entries.iter();
        let mut out = String::new();
        for section in &table::SECTIONS {
            push(&mut out, format_args!("# {}\n\n", section.title));
            for entry in entries.by_ref().take(section.settings.len()) {
                render_entry(&mut out, entry);
            }
        }
        out
    }
}

/// The page that documents every setting.
pub fn markdown() -> String {
    let mut out = PREAMBLE.to_owned();
    for section in &table::SECTIONS {
        render_section(&mut out, section);
    }
    out.push_str(UNBUILT_PREAMBLE);
    for group in unbuilt::GROUPS {
        let names: Vec<String> = group.settings.iter().map(unbuilt_cell).collect();
        push(
            &mut out,
            format_args!("| {} | {} |\n", names.join(", "), group.reason),
        );
    }
    out
}

fn render_entry(out: &mut String, entry: &Entry) {
    let setting = entry.setting;
    push(
        out,
        format_args!(
            "INKFISH_{} = {}\n    from {}; default {}\n    {}\n\n",
            setting.name,
            shown_value(entry),
            entry.origin,
            or_unset(setting.default),
            setting.meaning.replace('`', "")
        ),
    );
}

fn shown_value(entry: &Entry) -> String {
    match (entry.setting.secrecy, &entry.value) {
        _ if entry.shown.trim().is_empty() => "(unset)".into(),
        (Secrecy::Secret, _) => "(set)".into(),
        (_, Value::Number(threads)) if entry.shown == "cores" => format!("cores ({threads})"),
        _ => entry.shown.escape_debug().to_string(),
    }
}

fn or_unset(text: &str) -> &str {
    if text.is_empty() { "(unset)" } else { text }
}

fn render_section(out: &mut String, section: &Section) {
    push(
        out,
        format_args!(
            "\n## {}\n\n| Setting | Default | Form | Meaning | imgproxy |\n|---|---|---|---|---|\n",
            section.title
        ),
    );
    for setting in section.settings {
        push(
            out,
            format_args!(
                "| `INKFISH_{}` | {} | {} | {} | {} |\n",
                setting.name,
                default_cell(setting.default),
                setting.kind.expected(),
                setting.meaning,
                peer_cell(setting)
            ),
        );
    }
}

fn default_cell(default: &str) -> String {
    if default.is_empty() {
        "unset".into()
    } else {
        format!("`{default}`")
    }
}

fn peer_cell(setting: &Setting) -> &'static str {
    match setting.peer {
        Peer::None => "–",
        Peer::Same => "same",
        Peer::Differs(difference) => difference,
    }
}

fn unbuilt_cell(setting: &unbuilt::Unbuilt) -> String {
    format!("`{}` ({})", setting.name, default_cell(setting.default))
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing into a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Inputs;

    #[test]
    fn the_page_of_settings_is_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert!(
            page == markdown(),
            "docs/settings.md is old; UPDATE_DOCS=1 writes it anew"
        );
    }

    #[test]
    fn values_are_shown_with_their_origin_and_secrets_are_not() {
        let variables = [("INKFISH_KEY", "c0ffee"), ("INKFISH_TTL", "60")];
        let inputs = Inputs {
            variables: variables.map(|(n, v)| (n.into(), v.into())).into(),
            file: None,
        };
        let text = Settings::gather(&inputs).render();
        assert!(
            text.contains(
                "INKFISH_KEY = (set)\n    from the variable INKFISH_KEY; default (unset)"
            )
        );
        assert!(!text.contains("c0ffee"));
        assert!(text.contains("INKFISH_SALT = (unset)\n    from the default"));
        assert!(
            text.contains("INKFISH_TTL = 60\n    from the variable INKFISH_TTL; default 31536000")
        );
        assert!(text.contains("INKFISH_WORKERS = cores ("));
        for setting in table::settings() {
            assert!(text.contains(&format!("INKFISH_{} = ", setting.name)));
        }
    }
}
