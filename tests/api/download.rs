//! Files: what is asked with credentials and what without, and what is no file.

use std::sync::Arc;

use basecamp_fdw::api::Meter;
use basecamp_fdw::error::Kind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::server::{Asked, Reply, Server, TOKEN, client, client_of, closed, config, hurry, reply};

/// More than any file here has.
const ENOUGH: usize = 1_000_000;
/// Where a file of account 1 is, as Basecamp says it.
const FILE: &str = "https://storage.3.basecamp.com/1/blobs/abc/download/plan%20b.png?x=1&y";

/// The API, which sends on to the storage, and the storage.
async fn hops(
    storage: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
) -> (Server, Server) {
    let storage = Server::start(storage).await;
    let to = format!("{}/signed/key?signature=s3cret", storage.url);
    let api = Server::start(move |_, _| reply(302).header("Location", &*to)).await;
    (api, storage)
}

#[tokio::test]
async fn rules_90_and_91_the_address_is_asked_at_the_origin_of_the_api_with_credentials() {
    let bytes: Vec<u8> = (0..=255).collect();
    let sent = bytes.clone();
    let server = Server::start(move |_, _| reply(200).body(sent.clone())).await;
    let meter = Arc::new(Meter::default());
    let client = client(&server).metered(Arc::clone(&meter));
    let file = client.download(FILE, ENOUGH).await.expect("the file");
    assert_eq!(&file[..], &bytes[..]);
    let asked = &server.asked()[0];
    let target = "/1/blobs/abc/download/plan%20b.png?x=1&y";
    assert_eq!((&*asked.method, &*asked.target), ("GET", target));
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(asked.header("authorization"), Some(bearer.as_str()));
    let agent = Some("basecamp_fdw (test@example.com)");
    assert_eq!(asked.header("user-agent"), agent);
    // The library cannot leave the header out; this means the same.
    assert!(matches!(asked.header("accept"), None | Some("*/*")));
    for absent in ["content-type", "accept-encoding", "if-none-match"] {
        assert_eq!(asked.header(absent), None, "{absent}");
    }
    let read = meter.read();
    assert_eq!((read.requests, read.bytes), (1, 256));
}

#[tokio::test]
async fn rules_92_and_93_the_second_hop_is_made_once_and_without_credentials() {
    let (api, storage) = hops(|_, _| reply(200).body("picture")).await;
    let meter = Arc::new(Meter::default());
    let client = client(&api).metered(Arc::clone(&meter));
    let file = client.download(FILE, ENOUGH).await.expect("the file");
    assert_eq!(&file[..], b"picture");
    let asked = &storage.asked()[0];
    assert_eq!(asked.target, "/signed/key?signature=s3cret");
    for absent in ["authorization", "user-agent", "cookie", "accept-encoding", "content-type"] {
        assert_eq!(asked.header(absent), None, "{absent}");
    }
    assert_eq!((api.count(), storage.count(), meter.read().requests), (1, 1, 2));
}

#[tokio::test]
async fn rule_92_a_location_may_be_relative_and_may_not_be_missing() {
    let server = Server::start(|asked, _| match &*asked.target {
        "/elsewhere" => reply(200).body(asked.header("authorization").unwrap_or("nobody")),
        _ => reply(303).header("Location", "/elsewhere"),
    })
    .await;
    let file = client(&server).download(FILE, ENOUGH).await.expect("the file");
    assert_eq!(&file[..], b"nobody");
    for status in [300, 302, 304] {
        let server = Server::start(move |_, _| reply(status)).await;
        let error = client(&server).download(FILE, ENOUGH).await;
        assert_eq!(error.expect_err("no Location").http_status(), Some(status));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn rule_91_the_first_hop_is_repeated_after_what_may_pass_and_not_after_500() {
    hurry();
    for passing in
        [reply(429), reply(502), reply(503), reply(504), closed(), reply(200).body("half").short()]
    {
        let first = passing.clone();
        let server = Server::start(move |_, before| match before {
            0 => first.clone(),
            _ => reply(200).body("whole"),
        })
        .await;
        let file = client(&server).download(FILE, ENOUGH).await.expect("the second time");
        assert_eq!((&file[..], server.count()), (&b"whole"[..], 2), "{passing:?}");
    }
    for (status, kind) in [(500, Kind::Server), (403, Kind::Permission), (404, Kind::NotFound)] {
        let server = Server::start(move |_, _| reply(status)).await;
        let error = client(&server).download(FILE, ENOUGH).await.expect_err("final");
        assert_eq!((error.kind(), server.count()), (kind, 1), "{status}");
    }
    let server = Server::start(|_, _| reply(503)).await;
    let error = client(&server).download(FILE, ENOUGH).await.expect_err("down");
    assert_eq!((error.http_status(), server.count()), (Some(503), 3));
}

#[tokio::test]
async fn rule_93_whatever_else_the_second_hop_says_is_final() {
    let elsewhere = Server::start(|_, _| reply(200)).await;
    let to = elsewhere.url.clone();
    let (api, storage) = hops(move |_, before| match before {
        0 => reply(302).header("Location", &*to),
        1 => reply(503),
        2 => reply(404),
        3 => reply(200).body("half").short(),
        _ => reply(403).body("signature=s3cret is wrong"),
    })
    .await;
    let client = client(&api);
    for (kind, status) in [
        (Kind::Malformed, Some(302)),
        (Kind::Server, Some(503)),
        (Kind::NotFound, Some(404)),
        (Kind::ConnectionLost, None),
        (Kind::Malformed, Some(403)),
    ] {
        let error = client.download(FILE, ENOUGH).await.expect_err("no file");
        assert_eq!((error.kind(), error.http_status()), (kind, status), "{error}");
        if let Some(status) = status {
            assert!(error.message().contains(&status.to_string()), "{error}");
        }
        // Rule 118: the signed address is a secret.
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    assert_eq!((elsewhere.count(), api.count(), storage.count()), (0, 5, 5));
}

#[tokio::test]
async fn rule_12_a_redirect_to_no_storage_is_not_followed() {
    for to in [
        "ftp://x.example/",
        "http://x.example/",
        "https://user:word@x.example/",
        "file:///etc/passwd",
        "http://",
    ] {
        let server = Server::start(move |_, _| reply(302).header("Location", to)).await;
        let error = client(&server).download(FILE, ENOUGH).await.expect_err(to);
        assert_eq!((error.kind(), server.count()), (Kind::Malformed, 1), "{to}");
    }
}

#[tokio::test]
async fn rules_12_and_94_what_is_no_address_of_basecamps_is_never_asked() {
    let server = Server::start(|_, _| reply(200).body("x")).await;
    let client = client(&server);
    for wrong in [
        "",
        "   ",
        "/1/blobs/abc",
        "blobs/abc",
        "https://evil.example/1/blobs/abc",
        "https://basecamp.com.evil.example/1/x",
        "https://notbasecamp.com/1/x",
        "https://3.basecamp.com:8443/1/x",
        "http://3.basecamp.com/1/x",
        "https://user@3.basecamp.com/1/x",
        "https://127.0.0.1/1/x",
        "file:///1/etc/passwd",
        "https://3.basecamp.com/2/blobs/of/another/account",
        "https://3.basecamp.com/1/../2/blobs",
        "https://3.basecamp.com/",
        "https://3.basecamp.com/1/a b",
        "https://3.basecamp.com\\@evil.example/1/x",
    ] {
        let error = client.download(wrong, ENOUGH).await.expect_err(wrong);
        assert_eq!(error.kind(), Kind::Invalid, "{wrong}");
    }
    assert_eq!(server.count(), 0);
    let own = format!("{}/1/blobs/abc", server.url);
    for right in
        ["https://asset1.basecamp.com/1/api/v1/x", "https://3.basecampapi.com/1/x", own.as_str()]
    {
        client.download(right, ENOUGH).await.expect(right);
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_and_while_it_comes() {
    let (api, storage) = hops(|_, _| reply(200).body(vec![7; 1000])).await;
    let error = client(&api).download(FILE, 999).await.expect_err("too large");
    assert_eq!((error.kind(), storage.count()), (Kind::TooLarge, 1));
    assert!(error.detail_text().is_some_and(|detail| detail.contains("999")));
    let file = client(&api).download(FILE, 1000).await.expect("fits");
    assert_eq!(file.len(), 1000);
    let server = Server::start(|_, _| reply(200).body(vec![7; 1000])).await;
    let error = client(&server).download(FILE, 999).await.expect_err("too large");
    assert_eq!((error.kind(), server.count()), (Kind::TooLarge, 1));
}

/// Answers every connection with this, and then no more.
async fn raw(head: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            std::future::pending::<()>().await;
        }
    });
    url
}

#[tokio::test]
async fn the_size_of_a_file_counts_whether_it_is_told_or_not() {
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nfghij\r\n",
    ] {
        let url = raw(head).await;
        let server = Server::start(|_, _| reply(200)).await;
        let mut config = config(&server);
        config.base = basecamp_fdw::api::Base::parse(&url).expect("an address");
        let error = client_of(config).download(FILE, 8).await.expect_err("too large");
        assert_eq!(error.kind(), Kind::TooLarge, "{head}");
    }
}

#[tokio::test]
async fn a_compressed_file_stays_one_and_nothing_of_it_is_kept() {
    let server = Server::start(|_, _| {
        reply(200)
            .header("Content-Encoding", "gzip")
            .header("ETag", "\"v\"")
            .body(vec![0x1f, 0x8b, 8, 0])
    })
    .await;
    let client = client(&server).caching(std::time::Duration::from_secs(3600));
    for _ in 0..2 {
        let file = client.download(FILE, ENOUGH).await.expect("the file");
        assert_eq!(&file[..], [0x1f, 0x8b, 8, 0]);
    }
    assert_eq!(server.count(), 2);
    assert!(server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}
