//! The faults, by name. `matrix.txt` says what must come of each.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::answer::{Answer, Asked, Delivery};
use crate::spoil::{body, extra, first_element, member};

/// One way to spoil an answer.
#[derive(Debug)]
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub spoil: fn(&mut Answer, &Asked),
    /// Whether a client waits for it until its time is up.
    pub slow: bool,
}

const fn fault(name: &'static str, spoil: fn(&mut Answer, &Asked)) -> Fault {
    Fault { name, spoil, slow: false }
}

const fn slow(name: &'static str, spoil: fn(&mut Answer, &Asked)) -> Fault {
    Fault { name, spoil, slow: true }
}

/// Every fault.
pub const FAULTS: &[Fault] = &[
    // What happens to the connection.
    fault("closed", |a, _| a.delivery = Delivery::Closed),
    fault("reset", |a, _| a.delivery = Delivery::Reset),
    fault("short", |a, _| a.delivery = Delivery::Short),
    slow("hang", |a, _| a.delivery = Delivery::Hanging),
    slow("drip", |a, _| a.delivery = Delivery::Drip(Duration::from_millis(50))),
    fault("not-http", |a, _| raw(a, "SSH-2.0-OpenSSH_9.6\r\n\r\n")),
    fault("head-without-end", |a, _| raw(a, &"x".repeat(1_000_000))),
    fault("many-headers", |a, _| {
        raw(a, &format!("HTTP/1.1 200 OK\r\n{}", "a: b\r\n".repeat(5_000)))
    }),
    fault("length-negative", |a, _| raw(a, "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n[]")),
    fault("chunk-size", |a, _| {
        raw(a, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n[]\r\n");
    }),
    // Statuses.
    fault("status-204", |a, _| (a.status, a.body) = (204, Vec::new())),
    fault("status-206", |a, _| a.status = 206),
    fault("status-304", |a, _| a.status = 304),
    fault("status-302", |a, _| a.status = 302),
    fault("status-403", |a, _| a.status = 403),
    fault("status-408", |a, _| a.status = 408),
    fault("status-418", |a, _| a.status = 418),
    fault("status-425", |a, _| a.status = 425),
    fault("status-507", |a, _| a.status = 507),
    fault("status-999", |a, _| a.status = 999),
    fault("pause-429", |a, _| pause(a, 429, "1000000000")),
    fault("pause-502", |a, _| pause(a, 502, "1000000000")),
    fault("pause-503-date", |a, _| pause(a, 503, "Fri, 31 Dec 9999 23:59:59 GMT")),
    fault("pause-overflow", |a, _| pause(a, 503, "99999999999999999999999")),
    fault("error-giant", |a, _| {
        a.status = 422;
        let text = "x".repeat(400_000);
        body(a, json!({"error": text, "errors": {"name": [text]}}).to_string());
    }),
    // How bodies are packed.
    fault("gzip", |a, _| packed(a, &[1.0])),
    fault("gzip-members", |a, _| packed(a, &[0.3, 0.6, 1.0])),
    fault("gzip-cut", |a, _| {
        packed(a, &[1.0]);
        a.body.truncate(a.body.len() / 2);
    }),
    fault("gzip-lie", |a, _| a.set("content-encoding", "gzip")),
    fault("gzip-twice", |a, _| a.set("content-encoding", "gzip, gzip")),
    fault("brotli", |a, _| a.set("content-encoding", "br")),
    fault("gzip-bomb", |a, _| {
        body(a, vec![b' '; 60_000_000]);
        packed(a, &[1.0]);
    }),
    fault("bom", |a, _| a.body.splice(..0, *b"\xef\xbb\xbf").for_each(drop)),
    fault("utf-16", |a, _| {
        let text = String::from_utf8_lossy(&a.body).into_owned();
        body(a, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    }),
    fault("latin-1", |a, _| {
        let text = String::from_utf8_lossy(&a.body).replacen("\":\"", "\":\"@", 1);
        let bytes = text.bytes().map(|byte| if byte == b'@' { 0xe4 } else { byte });
        a.body = bytes.collect();
    }),
    // Links and counts.
    fault("link-self", |a, asked| a.set("link", format!("<{}>; rel=\"next\"", asked.target))),
    fault("link-circle", |a, asked| {
        let other = asked.with("page", if asked.page() == 1 { 2 } else { 1 });
        a.set("link", format!("<{other}>; rel=\"next\""));
    }),
    fault("link-endless", |a, asked| {
        let other = asked.with("again", asked.before);
        a.set("link", format!("<{other}>; rel=\"next\""));
    }),
    fault("link-upper", |a, _| relinked(a, |next| format!("<{next}>; REL=\"NEXT\""))),
    fault("link-unquoted", |a, _| relinked(a, |next| format!("<{next}>;rel=next"))),
    fault("link-several", |a, _| {
        relinked(a, |next| format!("</x>; rel=prev, <{next}>; rel=\"last next\", </y>; rel=last"));
    }),
    fault("link-title", |a, _| {
        relinked(a, |next| format!("<{next}>; title=\"one, two; <three>\"; rel=\"next\""));
    }),
    fault("link-bytes", |a, _| {
        if let Some(next) = a.next() {
            let title = b"; title=\"\xe4\xff\"; rel=\"next\"";
            a.set("link", [format!("<{next}>").as_bytes(), title].concat());
        }
    }),
    fault("link-unclosed", |a, _| relinked(a, |next| format!("<{next}; rel=\"next\""))),
    fault("link-invalid", |a, _| relinked(a, |_| "<http://[>; rel=\"next\"".to_owned())),
    fault("link-empty", |a, _| relinked(a, |_| "<>; rel=\"next\"".to_owned())),
    fault("link-elsewhere", |a, _| {
        relinked(a, |_| "<https://elsewhere.example/x.json>; rel=\"next\"".to_owned());
    }),
    fault("link-none", |a, _| a.remove("link")),
    fault("total-text", |a, _| a.set("x-total-count", "many")),
    fault("total-zero", |a, _| a.set("x-total-count", "0")),
    fault("total-none", |a, _| a.remove("x-total-count")),
    fault("total-negative", |a, _| a.set("x-total-count", "-9223372036854775808")),
    fault("total-overflow", |a, _| a.set("x-total-count", "18446744073709551616")),
    fault("total-giant", |a, _| {
        if a.header("x-total-count").is_some() {
            a.set("x-total-count", "18446744073709551615");
        }
    }),
    // Bodies that are something else.
    fault("empty", |a, _| body(a, "")),
    fault("blank", |a, _| body(a, " \n ")),
    fault("html", |a, _| body(a, "<!DOCTYPE html><title>Sign in</title>")),
    fault("null", |a, _| body(a, "null")),
    fault("number", |a, _| body(a, "5")),
    fault("string", |a, _| body(a, "\"todos\"")),
    fault("error-200", |a, _| body(a, r#"{"error": "You are not welcome."}"#)),
    fault("swapped", |a, _| {
        let array = a.body.first() == Some(&b'[');
        body(a, if array { "{}" } else { "[]" });
    }),
    fault("cut-json", |a, _| a.body.truncate(a.body.len() - 1)),
    fault("two-values", |a, _| a.body.extend_from_slice(b" []")),
    fault("not-utf-8", |a, _| body(a, b"[{\"id\": 1, \"title\": \"\xff\xfe\"}]".to_vec())),
    fault("nested", |a, _| body(a, format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)))),
    fault("many-records", |a, _| body(a, format!("[{}{{}}]", "{},".repeat(1_500_000)))),
    fault("oversized", |a, _| body(a, vec![b' '; 53_000_000])),
    // Elements that are no records.
    fault("element-null", |a, _| first_element(a, &Value::Null)),
    fault("element-number", |a, _| first_element(a, &json!(5))),
    fault("element-string", |a, _| first_element(a, &json!("x"))),
    fault("element-array", |a, _| first_element(a, &json!([{"id": 1}]))),
    fault("element-empty", |a, _| first_element(a, &json!({}))),
    // Members of the wrong shape.
    fault("bucket-number", |a, _| member(a, "bucket", &json!(5))),
    fault("bucket-text", |a, _| member(a, "bucket", &json!("x"))),
    fault("bucket-array", |a, _| member(a, "bucket", &json!([]))),
    fault("creator-array", |a, _| member(a, "creator", &json!([1]))),
    fault("creator-flag", |a, _| member(a, "creator", &json!(true))),
    fault("parent-text", |a, _| member(a, "parent", &json!("x"))),
    fault("assignees-number", |a, _| member(a, "assignees", &json!(5))),
    fault("assignees-numbers", |a, _| member(a, "assignees", &json!([5, 6]))),
    fault("id-text", |a, _| member(a, "id", &json!("x"))),
    fault("id-fraction", |a, _| member(a, "id", &json!(1.5))),
    fault("id-giant", |a, _| member(a, "id", &json!(u64::MAX))),
    fault("id-object", |a, _| member(a, "id", &json!({}))),
    fault("title-number", |a, _| member(a, "title", &json!(5))),
    fault("title-nul", |a, _| member(a, "title", &json!("a\0b"))),
    fault("title-giant", |a, _| member(a, "title", &json!("x".repeat(400_000)))),
    fault("status-array", |a, _| member(a, "status", &json!([]))),
    fault("completed-text", |a, _| member(a, "completed", &json!("yes"))),
    fault("position-giant", |a, _| member(a, "position", &json!(9_000_000_000_u64))),
    fault("created-number", |a, _| member(a, "created_at", &json!(1_700_000_000))),
    fault("created-early", |a, _| member(a, "created_at", &json!("-005000-01-01T00:00:00Z"))),
    fault("created-late", |a, _| member(a, "created_at", &json!("+012026-01-01T00:00:00Z"))),
    fault("created-last", |a, _| member(a, "created_at", &json!("9999-12-31T23:59:59Z"))),
    // Values that JSON has and PostgreSQL has not, in a member that nobody asks for but `record`.
    fault("extra-small", |a, _| extra(a, "1e-20000")),
    fault("extra-large", |a, _| extra(a, "1e200000")),
    fault("extra-nul", |a, _| extra(a, r#""a\u0000b""#)),
    fault("extra-surrogate", |a, _| extra(a, r#""\ud800""#)),
    fault("extra-nested", |a, _| {
        extra(a, &format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)));
    }),
    fault("extra-twice", |a, _| extra(a, r#"1, "id": 1, "id": "x""#)),
];

fn raw(answer: &mut Answer, text: &str) {
    answer.delivery = Delivery::Raw;
    answer.body = text.into();
}

fn pause(answer: &mut Answer, status: u16, value: &str) {
    answer.status = status;
    answer.set("retry-after", value);
}

/// Packs a body as gzip members that end at these parts of it.
fn packed(answer: &mut Answer, ends: &[f64]) {
    let (length, mut start, mut packed) = (answer.body.len() as f64, 0, Vec::new());
    for end in ends {
        let end = (length * end) as usize;
        let mut packer = GzEncoder::new(packed, Compression::fast());
        // Into memory: it cannot fail, and a test would tell if it did.
        let _ = packer.write_all(&answer.body[start..end]);
        packed = packer.finish().unwrap_or_default();
        start = end;
    }
    answer.body = packed;
    answer.set("content-encoding", "gzip");
}

/// Writes the link to the next page in another way, where there is one.
fn relinked(answer: &mut Answer, written: impl Fn(String) -> String) {
    if let Some(next) = answer.next() {
        answer.set("link", written(next));
    }
}
