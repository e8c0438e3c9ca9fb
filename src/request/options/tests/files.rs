//! Options of the file, of its limits and of pipelines.

use super::*;

#[test]
fn autoquality_has_a_word_in_quality() {
    let autoquality = |method, target, min, max, error| {
        Choice::Autoquality(Autoquality {
            method,
            target,
            min,
            max,
            error,
        })
    };
    for (path, expected) in [
        (
            "aq:dssim:0.02:70:80:0.002",
            autoquality(
                AutoqualityMethod::Dssim,
                Some(0.02),
                Some(70),
                Some(80),
                Some(0.002),
            ),
        ),
        (
            "aq:none",
            autoquality(AutoqualityMethod::None, None, None, None, None),
        ),
        (
            "aq:ml",
            autoquality(AutoqualityMethod::Ml, None, None, None, None),
        ),
        (
            "aq:size:10000/aq:::60",
            autoquality(
                AutoqualityMethod::Size,
                Some(10_000.0),
                Some(60),
                None,
                None,
            ),
        ),
        (
            "q:auto",
            autoquality(AutoqualityMethod::Ssimulacra2, None, None, None, None),
        ),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    assert_eq!(read("q:80/q:auto").unwrap()[1], Choice::Quality(0));
    refuses(&[
        "aq:ssim",
        "aq:size:-1",
        "aq:size:1:0",
        "aq:size:1:1:101",
        "aq:size:1:1:1:1:1",
    ]);
}

#[test]
fn options_of_a_format_keep_what_is_blank() {
    let jpeg = JpegAsk {
        progressive: Some(true),
        quant_table: Some(3),
        ..JpegAsk::default()
    };
    assert_eq!(last("jpgo:1/jpgo::::::3"), Choice::JpegOptions(jpeg));
    let png = PngAsk {
        interlaced: Some(false),
        quantize: Some(true),
        colors: Some(16),
    };
    assert_eq!(last("pngo:0/pngo::1:16"), Choice::PngOptions(png));
    let webp = WebpAsk {
        compression: Some(WebpCompression::NearLossless),
        smart_subsample: Some(true),
        preset: Some(WebpPreset::Photo),
    };
    assert_eq!(
        last("webpo:near_lossless:1:photo"),
        Choice::WebpOptions(webp)
    );
    let avif = |subsample| Choice::AvifOptions(AvifAsk { subsample });
    assert_eq!(last("avifo:off"), avif(Some(AvifSubsample::Off)));
    assert_eq!(last("avifo:"), avif(None));
    refuses(&[
        "jpgo:1:1:1:1:1:9",
        "jpgo:1:1:1:1:1:1:1",
        "pngo:1:1:1",
        "pngo:1:1:257",
        "pngo:1:1:2:1",
        "webpo:best",
        "webpo:lossy:1:cat",
        "webpo:lossy:1:text:1",
        "avifo:444",
        "avifo:on:on",
    ]);
}

#[test]
fn switches_of_files_take_junk_for_no() {
    for (name, choice) in [
        ("kcr", Choice::KeepCopyright as fn(bool) -> Choice),
        ("ph", Choice::PreserveHdr),
        ("eth", Choice::EnforceThumbnail),
        ("da", Choice::DisableAnimation),
    ] {
        assert_eq!(last(&format!("{name}:t")), choice(true));
        assert_eq!(last(&format!("{name}:junk")), choice(false));
        refuses(&[&format!("{name}:1:1")]);
    }
}

#[test]
fn a_checksum_has_the_length_of_its_type() {
    let hashsum = |kind, digest: Vec<u8>| Choice::Hashsum(Some(Hashsum { kind, digest }));
    for (name, kind, bytes) in [
        ("md5", HashKind::Md5, 16),
        ("sha1", HashKind::Sha1, 20),
        ("sha256", HashKind::Sha256, 32),
        ("sha512", HashKind::Sha512, 64),
    ] {
        let path = format!("hs:{name}:{}", "aB".repeat(bytes));
        assert_eq!(last(&path), hashsum(kind, vec![0xab; bytes]));
        refuses(&[
            &format!("hs:{name}:{}", "ab".repeat(bytes + 1)),
            &format!("hs:{name}"),
        ]);
    }
    assert_eq!(last("hs:none"), Choice::Hashsum(None));
    assert_eq!(last("hs:"), Choice::Hashsum(None));
    refuses(&["hs:crc32:00", "hs:md5:xx", "hs:md5:00:00"]);
}

#[test]
fn tags_are_few_short_and_safe() {
    let tags = |tags: &[&str]| Choice::CacheTags(tags.iter().map(|&tag| tag.to_owned()).collect());
    assert_eq!(last("ct:b:a:b"), tags(&["a", "b"]));
    assert_eq!(last("ct:sku-1.2_x"), tags(&["sku-1.2_x"]));
    assert_eq!(last("ct:"), tags(&[]));
    assert_eq!(last("ct:a/ct:b"), tags(&["b"]));
    let many = format!("ct{}", ":a".repeat(17));
    let long = format!("ct:{}", "a".repeat(65));
    refuses(&[
        "ct::a", "ct:a:", "ct:a b", "ct:a,b", "ct:é", "ct:%20", &many, &long,
    ]);
}

#[test]
fn limits_need_leave_outside_of_presets() {
    let strict = rules(":", &["p=msr:10/bc:1"]);
    for path in [
        "msr:10",
        "max_src_file_size:1",
        "maf:2",
        "mafr:1",
        "mrd:100",
        "msr:x",
    ] {
        let error = read_with(&strict, path).unwrap_err();
        assert!(
            matches!(error, Error::NotPermitted { .. }),
            "{path}: {error}"
        );
    }
    let error = read_with(&strict, "bc:1").unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert!(read_with(&strict, "pr:p").is_ok());
    let rules = Rules {
        permits: EVERYTHING,
        ..rules(":", &[])
    };
    for (path, expected) in [
        ("msr:0.5", Choice::MaxSrcPixels(500_000)),
        ("msr:0", Choice::MaxSrcPixels(0)),
        ("msfs:1000", Choice::MaxSrcBytes(1000)),
        ("maf:100", Choice::MaxAnimationFrames(100)),
        ("mafr:1.234567", Choice::MaxAnimationFramePixels(1_234_567)),
        ("mrd:4096", Choice::MaxResultDimension(4096)),
        ("bc:1", Choice::BypassCache(true)),
    ] {
        assert_eq!(read_with(&rules, path).unwrap(), [expected], "{path}");
    }
    for path in [
        "msr:-1",
        "msr:10001",
        "msfs:-1",
        "maf:0",
        "mafr:x",
        "mrd:65536",
    ] {
        let error = read_with(&rules, path).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{path}: {error}");
    }
}

#[test]
fn pipelines_are_counted_and_each_begins_anew() {
    let padding = |px| {
        Choice::Padding(Padding {
            top: px,
            right: px,
            bottom: px,
            left: px,
        })
    };
    assert_eq!(
        read("pd:5/-/pd:").unwrap(),
        [padding(5), Choice::NextPipeline, padding(0)]
    );
    assert_eq!(
        read("fq:png:5/-/fq:jpg:6").unwrap()[2],
        Choice::FormatQuality(vec![(Format::Jpeg, 6), (Format::Png, 5)])
    );
    assert!(read("w:1/-/w:2/-/w:3").is_ok());
    refuses(&["w:1/-/w:2/-/w:3/-/w:4", "-/-/-"]);
    let rules = rules(":", &["twice=w:1/-/w:2", "thrice=pr:twice/-/w:3"]);
    assert!(read_with(&rules, "pr:thrice").is_ok());
    assert!(read_with(&rules, "pr:thrice/-/w:4").is_err());
}
