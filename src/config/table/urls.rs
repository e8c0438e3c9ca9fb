//! Signatures and the URL.

use super::{Section, Setting};
use crate::config::kind::Kind;

pub(super) const SIGNATURES: Section = Section {
    title: "Signatures",
    settings: &[
        Setting::new(
            "KEY",
            Kind::HexList,
            "",
            "Keys of the signature, each with the salt at the same place in `SALT`. A URL is served if any \
             pair signed it.",
        )
        .unlike_imgproxy("unset, which there lets every URL pass; here the start is refused")
        .secret(),
        Setting::new(
            "SALT",
            Kind::HexList,
            "",
            "Salts of the signature, as many as keys.",
        )
        .unlike_imgproxy("unset, which there lets every URL pass; here the start is refused")
        .secret(),
        Setting::new(
            "SIGNATURE_SIZE",
            Kind::Count { least: 1, most: 32 },
            "32",
            "Bytes of the digest that make the signature, counted from its front.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "TRUSTED_SIGNATURES",
            Kind::List,
            "",
            "Texts that pass as a signature for any URL.",
        )
        .shared_with_imgproxy()
        .secret(),
        Setting::new(
            "ALLOW_UNSIGNED",
            Kind::Flag,
            "false",
            "Serves every URL, whatever stands in the place of its signature. Keys and this together stop the \
             start, and so does neither.",
        ),
        Setting::new(
            "SOURCE_URL_ENCRYPTION_KEY",
            Kind::CipherKey,
            "",
            "The key of encrypted source URLs (`enc/`); it needs `KEY` and `SALT` too.",
        )
        .unlike_imgproxy("unset; works without signing keys")
        .secret(),
        Setting::new(
            "SECRET",
            Kind::Header,
            "",
            "If set, images are served only to requests that carry `Authorization: Bearer SECRET`.",
        )
        .shared_with_imgproxy()
        .secret(),
    ],
};

pub(super) const URLS: Section = Section {
    title: "URLs and presets",
    settings: &[
        Setting::new(
            "ALLOWED_PROCESSING_OPTIONS",
            Kind::List,
            "",
            "The only options that URLs may use, each spelling by itself. Unset, all of them. Presets and the \
             extension are not held to it.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ARGUMENTS_SEPARATOR",
            Kind::Separator,
            ":",
            "What stands between an option's name and its arguments.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PRESETS",
            Kind::Separated,
            "",
            "Definitions `name=option:argument/option:argument`. The one named `default` comes before every \
             URL's own options.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PRESETS_SEPARATOR",
            Kind::Separator,
            ",",
            "What stands between two definitions in `PRESETS`, where it is not an array.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PRESETS_PATH",
            Kind::Path,
            "",
            "A file of more definitions, one a line; lines that are blank or begin with `#` are skipped.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ONLY_PRESETS",
            Kind::Flag,
            "false",
            "URLs name presets in the place of options, and may use nothing else.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "BASE64_URL_INCLUDES_FILENAME",
            Kind::Flag,
            "false",
            "The part after the last slash of an encoded source is a file name for people, and is ignored.",
        )
        .shared_with_imgproxy(),
    ],
};
