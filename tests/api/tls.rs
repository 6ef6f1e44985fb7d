//! TLS as it is: a certificate authority of our own, a server certificate, and who trusts what.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use basecamp_fdw::api::{Client, Config};
use basecamp_fdw::error::{Error, Kind};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::server::{Server, client_of, config, config_at, reply};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("an authority")
}

/// What a server shows whose certificate is for `name`.
fn shown(authority: &Authority, name: &str) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, authority).expect("signed");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .expect("a pair")
}

/// A server of 127.0.0.1 whose certificate is for `name`.
async fn start(authority: &Authority, name: &str) -> Server {
    let tls = shown(authority, name);
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

/// Answers with a page, and the whole of a listing has three.
async fn page(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.version(), Version::HTTP_2);
    let number = match request.uri().query() {
        Some("page=2") => 2,
        Some("page=3") => 3,
        _ => 1,
    };
    let mut answer = Response::new(Full::from(format!("[{number}]")));
    if number < 3 {
        let link = format!("<?page={}>; rel=\"next\"", number + 1);
        answer.headers_mut().insert("link", link.parse().expect("a header"));
    }
    Ok(answer)
}

#[tokio::test]
async fn where_http_2_is_offered_one_connection_carries_every_request() {
    let authority = authority();
    let mut tls = shown(&authority, "127.0.0.1");
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicUsize::new(0));
    let (acceptor, counted) = (TlsAcceptor::from(Arc::new(tls)), Arc::clone(&connections));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let stream = acceptor.accept(stream).await.expect("a handshake");
            let served = http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service_fn(page));
            tokio::spawn(served);
        }
    });
    let ca_pem = Some(authority.pem().into_bytes());
    let client = client_of(Config { ca_pem, ..config_at(&url) });
    client.get("/x.json").await.expect("200");
    let read = async || {
        let (mut pages, mut all) = (client.pages("/x.json", None), Vec::new());
        while let Some(page) = pages.next().await.expect("answered") {
            all.extend_from_slice(&page.body);
        }
        all
    };
    let (one, two, three, four) = tokio::join!(read(), read(), read(), read());
    for all in [one, two, three, four] {
        assert_eq!(all, b"[1][2][3]");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
