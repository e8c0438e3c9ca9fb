//! The page at `/`: what answers here and, where the demonstration is on, a few pictures to look at.

use std::fmt::Write as _;

/// Names of pictures under the local root that the demonstration shows; empty for none.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// File names, relative to the local root.
    pub pictures: Vec<String>,
}

/// A transformation that the demonstration shows on every picture.
struct Sample {
    title: &'static str,
    options: &'static str,
    extension: &'static str,
}

const SAMPLES: [Sample; 4] = [
    Sample {
        title: "Filled to 360 x 240",
        options: "rs:fill:360:240",
        extension: "",
    },
    Sample {
        title: "Fitted into 240 x 240, as WebP",
        options: "rs:fit:240:240",
        extension: "@webp",
    },
    Sample {
        title: "Turned, padded and on a colour",
        options: "rs:fit:200:200/rot:90/pd:16/bg:ffd166",
        extension: "@jpg",
    },
    Sample {
        title: "The left third, filled to 160 x 240",
        options: "c:0.34:0:we/rs:fill:160:240",
        extension: "",
    },
];

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1d2433}\
    h1{font-size:1.6rem}figure{display:inline-block;width:22.5rem;margin:0 1.2rem 1.2rem 0;vertical-align:top}\
    img{display:block;max-width:100%;background:#eef1f6}figcaption{font-size:.85rem;color:#566}code{font-size:.8rem;overflow-wrap:anywhere}";

impl Demo {
    /// Paths of the demonstration's variants, most telling first.
    pub fn paths(&self) -> impl Iterator<Item = String> + '_ {
        self.pictures
            .iter()
            .flat_map(|picture| SAMPLES.iter().map(|sample| path(picture, sample)))
    }

    /// The page as HTML.
    pub(super) fn page(&self, prefix: &str) -> String {
        let mut html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Inkfish</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style>\
             <h1>Inkfish</h1><p>An image origin answers here: <code>{prefix}/SIGNATURE/OPTIONS/plain/SOURCE</code>.</p>"
        );
        for picture in &self.pictures {
            section(&mut html, prefix, picture);
        }
        html
    }
}

fn section(html: &mut String, prefix: &str, picture: &str) {
    let _ = write!(html, "<h2>{}</h2>", escape(picture));
    for sample in &SAMPLES {
        let path = escape(&path(picture, sample));
        let _ = write!(
            html,
            "<figure><img src=\"{prefix}{path}\" alt=\"\"><figcaption>{}<br><code>{path}</code></figcaption></figure>",
            sample.title
        );
    }
}

fn path(picture: &str, sample: &Sample) -> String {
    let name = percent_encoding::utf8_percent_encode(picture, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%2E", ".")
        .replace("%2D", "-")
        .replace("%5F", "_");
    format!(
        "/unsafe/{}/plain/local:///{name}{}",
        sample.options, sample.extension
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_break_out_of_the_page() {
        let demo = Demo {
            pictures: vec!["a\"<b>?@.png".into()],
        };
        let page = demo.page("/img");
        assert!(page.contains("&quot;&lt;b>"));
        assert!(page.contains("/img/unsafe/rs:fill:360:240/plain/local:///a%22%3Cb%3E%3F%40.png"));
    }
}
