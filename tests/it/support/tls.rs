//! An origin that speaks TLS, under a certificate that nobody knows who was not given it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{PATIENCE, Response};

/// Where it is, and how it is known.
pub(crate) struct TlsOrigin {
    pub(crate) address: SocketAddr,
    /// Of `images.test` and `localhost`, as PEM.
    pub(crate) certificate: String,
}

/// Answers every request over TLS with `response`; its threads end with the process.
pub(crate) fn tls_origin(response: Response) -> TlsOrigin {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let names = ["images.test".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let origin = TlsOrigin {
        address: listener.local_addr().unwrap(),
        certificate: made.cert.pem(),
    };
    let (config, response) = (server_config(&made), response.bytes());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, response) = (Arc::clone(&config), response.clone());
            thread::spawn(move || answer(stream, config, &response));
        }
    });
    origin
}

fn server_config(made: &CertifiedKey<KeyPair>) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key);
    Arc::new(config.unwrap())
}

fn answer(stream: TcpStream, config: Arc<ServerConfig>, response: &[u8]) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let connection = ServerConnection::new(config).unwrap();
    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    // A client that does not trust us ends here.
    let mut lines = reader.by_ref().lines().map_while(Result::ok);
    if lines.any(|line| line.is_empty()) {
        let stream = reader.get_mut();
        let _ = stream.write_all(response);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}
