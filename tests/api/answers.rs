//! Answers that are whole, packed, marked or too large in ways that a server may have, or must not have.

use basecamp_fdw::api::Memory;
use basecamp_fdw::error::Kind;

use super::server::{Reply, Server, client, reply};

/// "[1," and "2,3]", each a gzip member of its own.
const MEMBERS: [&[u8]; 2] = [
    &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x8b, 0x36, 0xd4, 1, 0, 0x12, 0x73, 0x2d, 0x6b, 3, 0,
        0, 0,
    ],
    &[
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0x33, 0xd2, 0x31, 0x8e, 5, 0, 0xcb, 0x18, 0x80, 0xab,
        4, 0, 0, 0,
    ],
];

fn packed(body: Vec<u8>) -> Reply {
    reply(200).body(body).header("Content-Encoding", "gzip")
}

#[tokio::test]
async fn gzip_of_several_members_is_read_to_its_end() {
    let server = Server::start(|_, _| packed(MEMBERS.concat())).await;
    let answer = client(&server).get("/x.json").await.expect("both members");
    assert_eq!(&answer.body[..], b"[1,2,3]");
}

#[tokio::test]
async fn what_is_not_packed_as_it_says_is_malformed_and_not_asked_again() {
    let cut = MEMBERS[0][..15].to_vec();
    let followed = [MEMBERS[0], b"not gzip"].concat();
    for answer in [
        packed(cut),
        packed(followed),
        packed(b"[1,2,3]".to_vec()),
        reply(200).body("[1]").header("Content-Encoding", "br"),
        reply(200).body(MEMBERS.concat()).header("Content-Encoding", "gzip, gzip"),
    ] {
        let server = Server::start(move |_, _| answer.clone()).await;
        let error = client(&server).get("/x.json").await.expect_err("not what it says");
        assert_eq!((error.kind(), server.count()), (Kind::Malformed, 1), "{error:?}");
    }
    let server =
        Server::start(|_, _| reply(200).body("[1]").header("Content-Encoding", "identity"));
    assert!(client(&server.await).get("/x.json").await.is_ok());
}

#[tokio::test]
async fn a_small_answer_cannot_become_a_large_one() {
    // 51 members, each a mebibyte of blanks.
    let member = {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b' '; 1_048_576]).expect("in memory");
        packer.finish().expect("in memory")
    };
    let bomb = member.repeat(51);
    let server = Server::start(move |_, _| packed(bomb.clone())).await;
    let error = client(&server).get("/x.json").await.expect_err("too large");
    assert_eq!(error.kind(), Kind::Malformed);
    assert!(error.message().contains("too large"), "{error}");
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    let server = Server::start(|_, _| reply(200).body("\u{feff}[1]")).await;
    assert_eq!(&client(&server).get("/x.json").await.expect("200").body[..], b"[1]");
    let refused = "\u{feff}{\"error\":\"No\"}";
    let server = Server::start(move |_, _| reply(403).body(refused)).await;
    let error = client(&server).get("/x.json").await.expect_err("403");
    assert_eq!(error.detail_text(), Some("HTTP status 403: No."));
}

#[tokio::test]
async fn a_part_of_an_answer_is_not_taken_for_the_whole() {
    let part = |body: &str| reply(206).body(body).header("Content-Range", "bytes 0-2/9");
    let server = Server::start(move |_, _| part("[1]")).await;
    let error = client(&server).get("/x.json").await.expect_err("a part");
    assert_eq!((error.kind(), error.http_status()), (Kind::Malformed, Some(206)));
    let error = client(&server).download(&format!("{}/1/file", server.url), 100).await;
    assert_eq!(error.expect_err("a part").http_status(), Some(206));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn bodies_are_bounded_together_and_kept_answers_give_way() {
    let server = Server::start(|asked, _| {
        let size = if asked.target.contains("large") { 900 } else { 300 };
        reply(200).body(vec![b' '; size]).header("ETag", format!("\"{}\"", asked.target))
    })
    .await;
    let memory = Memory::new(1_000);
    let client = client(&server).within(&memory).caching(std::time::Duration::ZERO);
    for path in ["/a.json", "/b.json", "/c.json"] {
        client.get(path).await.expect("room");
    }
    assert_eq!(memory.used(), 900, "kept for the next time");
    let held = client.get("/large.json").await.expect("kept answers give way");
    let error = client.get("/a.json").await.expect_err("held by somebody");
    assert_eq!((error.kind().sqlstate(), error.kind()), ("53200", Kind::OutOfMemory));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("basecamp_fdw.memory_limit")));
    drop(held);
    client.get("/a.json").await.expect("room again");
}
