//! Address templates, whose holes are names in braces, and the comparisons of text that the compiler
//! can make.

/// The names in braces in an address, in order.
pub(super) fn holes(template: &'static str) -> impl Iterator<Item = &'static str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(hole, _)| hole))
}

/// The first name in braces, and what follows it.
pub(super) const fn next_hole(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = path;
    while let [first, after @ ..] = rest {
        if *first == b'{' {
            return Some(until_brace(after));
        }
        rest = after;
    }
    None
}

const fn until_brace(text: &[u8]) -> (&[u8], &[u8]) {
    let mut i = 0;
    while i < text.len() {
        if text[i] == b'}' {
            return text.split_at(i);
        }
        i += 1;
    }
    panic!("path: a brace is not closed")
}

pub(super) const fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && !before(a, b) && !before(b, a)
}

pub(super) const fn before(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

pub(super) const fn is_hole(path: &[u8], name: &[u8]) -> bool {
    let mut rest = path;
    while let Some((hole, after)) = next_hole(rest) {
        if equal(hole, name) {
            return true;
        }
        rest = after;
    }
    false
}

pub(super) const fn contains(text: &[u8], part: &[u8]) -> bool {
    let mut i = 0;
    while i + part.len() <= text.len() {
        if equal(text.split_at(i).1.split_at(part.len()).0, part) {
            return true;
        }
        i += 1;
    }
    false
}

pub(super) const fn among(values: &[&str], value: &str) -> bool {
    let mut rest = values;
    while let [each, after @ ..] = rest {
        if equal(each.as_bytes(), value.as_bytes()) {
            return true;
        }
        rest = after;
    }
    false
}
