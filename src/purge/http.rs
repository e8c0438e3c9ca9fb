//! A client for the few requests that purging sends: one connection each, to whom the operator named.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Most bytes of an answer's body.
const MAX_REPLY_BYTES: usize = 64 << 10;

/// Sends requests.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Made at the first request over TLS: reading the roots takes a while.
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The body, up to 64 KiB.
    pub body: Bytes,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Client {
    /// Sends a request to where its whole URI leads, and reads the answer. Nothing is followed, and no time is kept.
    ///
    /// # Errors
    ///
    /// Why there was no answer, as a clause.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Reply, String> {
        self.exchange(request)
            .await
            .map_err(|error| error.to_string())
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Reply, BoxError> {
        let uri = request.uri().clone();
        let is_tls = uri.scheme_str() == Some("https");
        let authority = uri.authority().ok_or("the URL names no host")?;
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority
            .port_u16()
            .unwrap_or(if is_tls { 443 } else { 80 });
        let tcp = TcpStream::connect((host, port)).await?;
        let request = relative(request, authority)?;
        if is_tls {
            let name = ServerName::try_from(host.to_owned())?;
            let connector = TlsConnector::from(self.tls());
            let stream = connector.connect(name, tcp).await?;
            converse(stream, request).await
        } else {
            converse(tcp, request).await
        }
    }

    fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(self.tls.get_or_init(|| Arc::new(tls_config())))
    }
}

impl Reply {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Reply, BoxError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_REPLY_BYTES);
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status, body })
    };
    tokio::pin!(connection, answer);
    tokio::select! {
        answer = &mut answer => answer,
        // The end of the connection may be the end of the answer.
        ended = &mut connection => {
            ended?;
            answer.await
        }
    }
}

/// The request as it is written to the host: its target in origin form, the authority in Host.
fn relative(
    request: Request<Full<Bytes>>,
    authority: &Authority,
) -> Result<Request<Full<Bytes>>, BoxError> {
    let (mut parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().cloned();
    parts.uri = Uri::from(target.unwrap_or(PathAndQuery::from_static("/")));
    let host = HeaderValue::try_from(authority.as_str())?;
    parts.headers.insert(HOST, host);
    Ok(Request::from_parts(parts, body))
}

fn tls_config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
