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
            "ALLOWED_INFO_OPTIONS",
            Kind::List,
            "",
            "The only options that URLs of `/info` may use, each spelling by itself. Unset, all of them.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ALLOW_SECURITY_OPTIONS",
            Kind::Flag,
            "false",
            "URLs may set other limits than the settings: lower ones by `max_src_resolution` and `max_src_file_size`, any by `max_animation_frames`, `max_animation_frame_resolution` and `max_result_dimension`. Presets always may.",
        ).unlike_imgproxy("false; there presets may not either"),
        Setting::new(
            "ALLOW_BYPASS_CACHE",
            Kind::Flag,
            "false",
            "URLs may pass the cache by with `bypass_cache`. Presets always may.",
        ).shared_with_imgproxy(),
        Setting::new(
            "MAX_CHAINED_PIPELINES",
            Kind::Count {
                least: 0,
                most: 64,
            },
            "8",
            "Pipelines that may follow the first, each after a `-`. 0 is as many as can be set here, 64.",
        ).unlike_imgproxy("0, without any limit"),
        Setting::new(
            "RETURN_ATTACHMENT",
            Kind::Flag,
            "false",
            "Answers are downloads where the URL says nothing.",
        ).unlike_imgproxy("false, which no variable there can change"),
        Setting::new(
            "ARGUMENTS_SEPARATOR",
            Kind::Separator,
            ":",
            "What stands between an option's name and its arguments.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PRESETS",
            Kind::Separated("PRESETS_SEPARATOR"),
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
            "INFO_PRESETS",
            Kind::Separated("PRESETS_SEPARATOR"),
            "",
            "The same for URLs of `/info`.",
        ).shared_with_imgproxy(),
        Setting::new(
            "INFO_PRESETS_PATH",
            Kind::Path,
            "",
            "A file of more of them.",
        ).shared_with_imgproxy(),
        Setting::new(
            "INFO_ONLY_PRESETS",
            Kind::Flag,
            "false",
            "URLs of `/info` name presets in the place of options, and may use nothing else.",
        ).shared_with_imgproxy(),
        Setting::new(
            "BASE_URL",
            Kind::Header,
            "",
            "What is put before a source that does not begin with it.",
        ).shared_with_imgproxy(),
        Setting::new(
            "URL_REPLACEMENTS",
            Kind::Replacements,
            "",
            "Beginnings of sources and what takes their place, in order and before `BASE_URL`; `*` is any text without `/`, and `${1}` is what the first of them stood for.",
        ).shared_with_imgproxy(),
        Setting::new(
            "SOURCE_URL_QUERY_SEPARATOR",
            Kind::QuerySeparator,
            "?",
            "What stands before the version of an object and ends the path of a local file; with `none` nothing does.",
        ).unlike_imgproxy("`?`; blank is none"),
        Setting::new(
            "BASE64_URL_INCLUDES_FILENAME",
            Kind::Flag,
            "false",
            "The part after the last slash of an encoded source is a file name for people, and is ignored.",
        )
        .shared_with_imgproxy(),
    ],
};
