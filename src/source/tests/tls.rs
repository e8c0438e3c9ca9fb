//! Sources over TLS.

use std::sync::Arc;

use ::http::{Request, Response, Version};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::RootCertStore;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Serves an image over TLS for `images.example`, and returns its port and its certificate as the only root.
async fn tls_origin(protocols: &[&str]) -> (u16, RootCertStore) {
    let made = rcgen::generate_simple_self_signed(["images.example".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config))));
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    (port, roots)
}

async fn serve(listener: TcpListener, tls: TlsAcceptor) {
    while let Ok((tcp, _)) = listener.accept().await {
        let tls = tls.clone();
        tokio::spawn(async move {
            let stream = tls.accept(tcp).await.unwrap();
            let service = service_fn(|request| async { answer(request) });
            let builder = auto::Builder::new(TokioExecutor::new());
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The image, with the version of HTTP and the name that was asked for as its tag; `/down` leads to plain HTTP.
fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, ::http::Error> {
    let version = match request.version() {
        Version::HTTP_2 => "h2",
        _ => "h1",
    };
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok());
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    let name = host.or(authority).unwrap_or_default();
    let status = if request.uri().path() == "/down" {
        302
    } else {
        200
    };
    Response::builder()
        .status(status)
        .header("location", format!("http://{name}/"))
        .header("etag", format!("\"{version} {name}\""))
        .body(Full::from(png(64)))
}

fn tls_fetcher(trust: Trust) -> Fetcher {
    let names = Names::new("images.example", [&["127.0.0.1"]]);
    names.answers.lock().unwrap().insert(
        "other.example".to_owned(),
        vec![vec!["127.0.0.1".parse().unwrap()]],
    );
    Fetcher::with_trust(config(), Clock::system(), (names, trust))
        .ok()
        .unwrap()
}

#[tokio::test]
async fn the_protocol_is_negotiated_and_the_name_kept() {
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], "h2"),
        (&["http/1.1"], "h1"),
        (&[], "h1"),
    ] {
        let (port, roots) = tls_origin(protocols).await;
        let fetcher = tls_fetcher(Trust::Roots(roots));
        for _ in 0..2 {
            let url = format!("https://images.example:{port}/");
            let image = fetch(&fetcher, &url).await.unwrap();
            let expected = format!("\"{version} images.example:{port}\"");
            assert_eq!(image.validators.etag, Some(expected));
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_name_is_refused() {
    let (port, roots) = tls_origin(&["http/1.1"]).await;
    for (trust, host) in [
        (Trust::Roots(RootCertStore::empty()), "images.example"),
        (Trust::Roots(roots), "other.example"),
    ] {
        let error = fetch(&tls_fetcher(trust), &format!("https://{host}:{port}/")).await;
        let Err(Error::Unreachable { cause, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(cause, Cause::Tls);
    }
}

#[tokio::test]
async fn a_certificate_is_taken_on_trust_where_the_setting_says_so() {
    let (port, _) = tls_origin(&["h2"]).await;
    let fetcher = tls_fetcher(Trust::Anything);
    for host in ["images.example", "other.example", "127.0.0.1"] {
        let fetched = fetch(&fetcher, &format!("https://{host}:{port}/")).await;
        assert!(fetched.is_ok(), "{host}: {fetched:?}");
    }
}

#[tokio::test]
async fn a_plain_port_is_no_tls_and_https_never_falls_back() {
    let origin = origin::Origin::always(origin::respond("200 OK", "", &png(4))).await;
    let hasty = Config {
        connect_timeout: std::time::Duration::from_millis(60),
        ..config()
    };
    let url = origin.url("/").replace("http:", "https:");
    let error = fetch(&fetcher(hasty), &url).await.unwrap_err();
    let Error::Timeout { phase, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(phase, Phase::Connect);
    assert!(origin.heads().is_empty());
}

#[tokio::test]
async fn a_redirect_may_go_from_http_to_https_and_not_back() {
    let (port, roots) = tls_origin(&["http/1.1"]).await;
    let up = format!("location: https://images.example:{port}/\r\n");
    let origin = origin::Origin::always(origin::respond("301 Moved", &up, b"")).await;
    let fetcher = tls_fetcher(Trust::Roots(roots));
    let fetched = fetch(&fetcher, &origin.url("/")).await;
    assert!(fetched.is_ok(), "{fetched:?}");
    let down = format!("https://images.example:{port}/down");
    let error = fetch(&fetcher, &down).await.unwrap_err();
    assert!(matches!(error, Error::BadRedirect { .. }), "{error}");
}
