//! TLS as it is: a certificate authority of our own, a server certificate, and who trusts what.

use std::sync::Arc;

use basecamp_fdw::api::{Client, Config};
use basecamp_fdw::error::{Error, Kind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::server::{Server, client_of, config, reply};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("an authority")
}

/// A server of 127.0.0.1 whose certificate is for `name`.
async fn start(authority: &Authority, name: &str) -> Server {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, authority).expect("signed");
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .expect("a pair");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("bound"));
    let server = Server::scripted(url, |_, _| reply(200).body("[]"));
    let (acceptor, accepting) = (TlsAcceptor::from(Arc::new(tls)), server.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), accepting.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    server.serve(stream).await;
                }
            });
        }
    });
    server
}

fn trusting(server: &Server, authority: Option<&Authority>) -> Client {
    client_of(Config {
        max_attempts: 1,
        ca_pem: authority.map(|authority| authority.pem().into_bytes()),
        ..config(server)
    })
}

async fn refused(client: Client, server: &Server) -> Error {
    let error = client.get("/x.json").await.expect_err("not trusted");
    assert_eq!((error.kind(), error.kind().sqlstate()), (Kind::Connect, "08001"));
    assert_eq!(server.count(), 0, "nothing was sent");
    error
}

#[tokio::test]
async fn a_server_is_trusted_through_the_authority_that_was_named() {
    let authority = authority();
    let server = start(&authority, "127.0.0.1").await;
    let answer = trusting(&server, Some(&authority)).get("/x.json").await;
    assert_eq!(answer.expect("200").status, 200);
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_the_option_to_name_it() {
    let ours = authority();
    let server = start(&ours, "127.0.0.1").await;
    let error = refused(trusting(&server, None), &server).await;
    let hint = error.hint_text().unwrap_or_default();
    assert!(hint.contains("cacert"), "{error:?}");
    refused(trusting(&server, Some(&authority())), &server).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = authority();
    let server = start(&authority, "basecamp.example").await;
    refused(trusting(&server, Some(&authority)), &server).await;
}
