//! Sources in files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::{IF_NONE_MATCH, LAST_MODIFIED};
use http_body_util::BodyExt;

use super::*;

/// A root with an image in it, an image beside it, and ways from one to the other.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir_all(root.join("photos")).unwrap();
    fs::write(root.join("photos/cat 1%.png"), png(64)).unwrap();
    fs::write(dir.path().join("secret.png"), png(4)).unwrap();
    symlink("photos/cat 1%.png", root.join("inner.png")).unwrap();
    symlink("../secret.png", root.join("outer.png")).unwrap();
    symlink(dir.path().join("secret.png"), root.join("absolute.png")).unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("/proc/self/root", root.join("magic")).unwrap();
    dir
}

fn local_fetcher(dir: &Path) -> Fetcher {
    fetcher(Config {
        local_root: Some(dir.join("root")),
        download_timeout: Duration::from_secs(2),
        ..config()
    })
}

#[tokio::test]
async fn a_file_under_the_root_is_fetched_by_its_literal_name() {
    let dir = tree();
    let fetcher = local_fetcher(dir.path());
    for url in ["local:///photos/cat 1%.png", "local:///inner.png"] {
        let image = fetch(&fetcher, url).await.unwrap();
        assert_eq!(image.bytes, png(64), "{url}");
        assert_eq!(image.digest, *blake3::hash(&png(64)).as_bytes());
    }
}

#[tokio::test]
async fn nothing_outside_the_root_and_no_special_file_is_read() {
    let dir = tree();
    let fifo = dir.path().join("root/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let fetcher = local_fetcher(dir.path());
    for path in [
        "outer.png",
        "absolute.png",
        "up/secret.png",
        "magic/etc/hostname",
        "loop",
        "missing.png",
        "photos",
        "photos/cat 1%.png/more",
        "fifo",
    ] {
        let error = fetch(&fetcher, &format!("local:///{path}"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NoSuchFile { .. }), "{path}: {error}");
    }
}

#[tokio::test]
async fn an_unchanged_file_is_not_read_again() {
    let dir = tree();
    let fetcher = local_fetcher(dir.path());
    let url = source("local:///photos/cat 1%.png");
    let held = fetch(&fetcher, url.as_str()).await.unwrap().validators;
    let by_date = Validators {
        etag: None,
        last_modified: held.last_modified.clone(),
    };
    for validators in [&held, &by_date] {
        let unchanged = fetcher.fetch(&url, &holding(validators)).await.unwrap();
        assert!(matches!(unchanged, Fetched::NotModified(now, _) if now == held));
    }
    fs::write(dir.path().join("root/photos/cat 1%.png"), png(65)).unwrap();
    let changed = fetcher.fetch(&url, &holding(&held)).await.unwrap();
    assert!(matches!(changed, Fetched::Image(image) if image.validators != held));
}

#[tokio::test]
async fn limits_hold_for_files_too() {
    let dir = tree();
    fs::write(dir.path().join("root/giant.gif"), GIANT_GIF).unwrap();
    fs::write(
        dir.path().join("root/text.png"),
        b"no image at all, whatever its name",
    )
    .unwrap();
    let fetcher = local_fetcher(dir.path());
    let giant = fetch(&fetcher, "local:///giant.gif").await.unwrap_err();
    assert!(matches!(giant, Error::TooManyPixels { .. }), "{giant}");
    let text = fetch(&fetcher, "local:///text.png").await.unwrap_err();
    assert!(matches!(text, Error::NotAnImage { .. }), "{text}");
    let small = super::fetcher(Config {
        local_root: Some(dir.path().join("root")),
        max_bytes: 100,
        ..config()
    });
    let large = fetch(&small, "local:///inner.png").await.unwrap_err();
    assert_eq!(large, Error::TooLarge { limit: 100 });
}

#[tokio::test]
async fn without_a_root_the_scheme_is_off() {
    let fetcher = fetcher(config());
    let error = fetch(&fetcher, "local:///a.png").await.unwrap_err();
    assert_eq!(error, Error::SchemeDisabled { scheme: "local" });
}

#[tokio::test]
async fn a_file_is_streamed_whole_or_answered_as_unchanged() {
    let dir = tree();
    let fetcher = local_fetcher(dir.path());
    let url = source("local:///inner.png");
    let streamed = fetcher
        .stream(&url, &HeaderMap::new(), &Passed::none())
        .await
        .unwrap();
    assert_eq!(streamed.status, 200);
    assert!(streamed.headers.contains_key(LAST_MODIFIED));
    let asked = HeaderMap::from_iter([(IF_NONE_MATCH, streamed.headers["etag"].clone())]);
    let body = streamed.body.collect().await.unwrap().to_bytes();
    assert_eq!(body, png(64));
    let unchanged = fetcher.stream(&url, &asked, &Passed::none()).await.unwrap();
    assert_eq!(unchanged.status, 304);
    assert!(
        unchanged
            .body
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}
