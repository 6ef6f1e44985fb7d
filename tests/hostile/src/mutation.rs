//! Answers changed at random, the same way for the same seed.

use fastrand::Rng;

use crate::answer::{Answer, Delivery};

/// Pieces of text that are likely to hurt.
const PIECES: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "1e-20000",
    "9223372036854775808",
    "18446744073709551616",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[]",
    "{}",
    "[{}]",
    "[null]",
    "[[[[]]]]",
    "{\"id\":{}}",
    "\"9999-12-31T23:59:59Z\"",
    "\"-005000-01-01\"",
    "\u{feff}",
    "\"",
    ",",
    ":",
    "\\",
];

/// Header values that are likely to hurt.
const HEADERS: &[(&str, &str)] = &[
    ("link", "<?page=2>; rel=\"next\""),
    ("link", "<>; rel=next"),
    ("link", "</1/x.json>; rel=next"),
    ("link", "<http://[>; rel=\"next\""),
    ("x-total-count", "18446744073709551615"),
    ("x-total-count", "0"),
    ("x-total-count", "1"),
    ("content-encoding", "gzip"),
    ("content-encoding", "br"),
    ("content-type", "text/html; charset=utf-16"),
    ("etag", "\"x\""),
    ("retry-after", "1000000000"),
    ("reason", "Account Inactive"),
];

const STATUSES: &[u16] =
    &[200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 422, 429, 500, 503, 507];

/// Changes an answer in one to four ways.
pub fn mutate(answer: &mut Answer, seed: u64, request: usize) {
    let mut rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(request as u64));
    // Some requests go through, so that later ones are reached.
    if rng.u8(..) < 80 {
        return;
    }
    for _ in 0..rng.usize(1..=4) {
        once(answer, &mut rng);
    }
}

fn once(answer: &mut Answer, rng: &mut Rng) {
    match rng.u8(..100) {
        0..20 => replace_value(answer, rng),
        20..35 => insert(answer, rng),
        35..50 => flip(answer, rng),
        50..62 => cut(answer, rng),
        62..74 => double(answer, rng),
        74..88 => {
            let (name, value) = HEADERS[rng.usize(..HEADERS.len())];
            answer.set(name, value);
        }
        88..96 => answer.status = STATUSES[rng.usize(..STATUSES.len())],
        96 | 97 => answer.delivery = Delivery::Short,
        98 => answer.delivery = Delivery::Reset,
        _ => answer.delivery = Delivery::Closed,
    }
}

/// A place in the body, and one behind it that is not far.
fn stretch(answer: &Answer, rng: &mut Rng) -> Option<(usize, usize)> {
    let length = answer.body.len();
    let start = (length > 0).then(|| rng.usize(..length))?;
    Some((start, (start + rng.usize(1..200)).min(length)))
}

fn piece(rng: &mut Rng) -> &'static [u8] {
    PIECES[rng.usize(..PIECES.len())].as_bytes()
}

/// Puts a piece in place of what is behind some colon.
fn replace_value(answer: &mut Answer, rng: &mut Rng) {
    let colons: Vec<usize> = answer
        .body
        .windows(2)
        .enumerate()
        .filter(|(_, two)| *two == b"\":")
        .map(|(at, _)| at + 2)
        .collect();
    if colons.is_empty() {
        return insert(answer, rng);
    }
    let start = colons[rng.usize(..colons.len())];
    let left = &answer.body[start..];
    let end = start + left.iter().position(|byte| b",}]".contains(byte)).unwrap_or(left.len());
    answer.body.splice(start..end, piece(rng).iter().copied());
}

fn insert(answer: &mut Answer, rng: &mut Rng) {
    let at = rng.usize(..=answer.body.len());
    answer.body.splice(at..at, piece(rng).iter().copied());
}

fn flip(answer: &mut Answer, rng: &mut Rng) {
    if let Some((start, _)) = stretch(answer, rng) {
        answer.body[start] ^= 1 << rng.u8(..8);
    }
}

fn cut(answer: &mut Answer, rng: &mut Rng) {
    if let Some((start, end)) = stretch(answer, rng) {
        answer.body.drain(start..end);
    }
}

fn double(answer: &mut Answer, rng: &mut Rng) {
    if let Some((start, end)) = stretch(answer, rng) {
        let again = answer.body[start..end].to_vec();
        answer.body.splice(start..start, again);
    }
}
