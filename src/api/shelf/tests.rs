//! The shelf alone: what is put is taken whole or not at all.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;

use super::{Answer, HEADER, LARGEST, Mark, Memory, Moment, Shelf, Stamp};

fn words(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

fn answer(body: &[u8]) -> Answer {
    let body = Bytes::copy_from_slice(body);
    Answer { status: 200, body, link: None, total: None, date: None, location: None }
}

fn stamp(at: u64) -> Stamp {
    Stamp { at, moment: Moment { server: 2, address: 1 } }
}

fn mark(shelf: &Shelf<'_>, name: &str) -> Mark {
    shelf.mark(&[name.as_bytes()]).expect("random numbers")
}

fn put(shelf: &Shelf<'_>, name: &str, body: &[u8]) -> bool {
    shelf.put(&mark(shelf, name), "\"e\"", &answer(body), stamp(7)).is_some()
}

fn take(shelf: &Shelf<'_>, name: &str) -> Option<(String, Answer)> {
    let mark = mark(shelf, name);
    shelf.take(&shelf.find(&mark)?, &mark, &Memory::default())
}

fn body(shelf: &Shelf<'_>, name: &str) -> Option<Vec<u8>> {
    take(shelf, name).map(|(_, answer)| answer.body.to_vec())
}

#[test]
fn what_was_put_is_taken_whole_by_its_key_and_by_no_other() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    for size in 0..20 {
        let bytes: Vec<u8> = (0..size).map(|byte| 255 - byte).collect();
        assert!(put(&shelf, "a", &bytes));
        assert_eq!(body(&shelf, "a").expect("there"), bytes, "{size}");
        assert!(take(&shelf, "b").is_none());
    }
    let link = Some("<?page=2>; rel=\"next\"".to_owned());
    let (date, location) = (Some("now".to_owned()), Some("/1".to_owned()));
    let full = Answer { status: 201, link, total: Some(9), date, location, ..answer(b"[]") };
    shelf.put(&mark(&shelf, "a"), "W/\"é\"", &full, stamp(8)).expect("room");
    let (etag, taken) = take(&shelf, "a").expect("there");
    assert_eq!((etag.as_str(), format!("{taken:?}")), ("W/\"é\"", format!("{full:?}")));
    assert_eq!(shelf.find(&mark(&shelf, "a")).expect("there").stamp, stamp(8));
}

#[test]
fn parts_of_a_key_are_not_mistaken_for_others() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    let key = |parts: &[&[u8]]| shelf.mark(parts).expect("random numbers");
    assert_eq!(key(&[b"ab", b"c"]), key(&[b"ab", b"c"]));
    assert_ne!(key(&[b"ab", b"c"]), key(&[b"a", b"bc"]));
    let others = self::words(4096);
    let elsewhere = Shelf::new(&others).expect("large enough");
    assert_ne!(key(&[b"a"]), elsewhere.mark(&[b"a"]).expect("random numbers"), "the secret");
}

#[test]
fn an_answer_of_which_a_word_is_another_is_not_there() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    assert!(put(&shelf, "a", &[9; 104]));
    let used = shelf.head.load(Ordering::Relaxed) as usize;
    assert!(used > HEADER + 104 / 8);
    for word in &shelf.ring[..used] {
        for bit in [0, 31, 63] {
            word.fetch_xor(1 << bit, Ordering::Relaxed);
            assert!(take(&shelf, "a").is_none());
            word.fetch_xor(1 << bit, Ordering::Relaxed);
        }
    }
    assert!(take(&shelf, "a").is_some());
}

#[test]
fn whoever_died_while_writing_left_nothing_that_is_found() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    assert!(put(&shelf, "a", b"before"));
    // One died behind its reservation; the index of the other is of what was never written.
    let position = shelf.head.fetch_add(40, Ordering::Relaxed);
    shelf.enter(&mark(&shelf, "b"), position);
    shelf.enter(&mark(&shelf, "c"), position + 4000);
    assert!(take(&shelf, "b").is_none() && take(&shelf, "c").is_none());
    assert!(put(&shelf, "b", b"after"));
    assert_eq!(body(&shelf, "a").expect("there"), b"before");
    assert_eq!(body(&shelf, "b").expect("there"), b"after");
}

#[test]
fn the_oldest_goes_first_and_what_was_found_is_not_believed_when_it_is_written_over() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    assert!(put(&shelf, "first", &[1; 800]));
    let mark = mark(&shelf, "first");
    let found = shelf.find(&mark).expect("there");
    for number in 0..100_u8 {
        assert!(put(&shelf, &number.to_string(), &[number; 800]));
        assert_eq!(body(&shelf, &number.to_string()).expect("the newest"), [number; 800]);
    }
    assert!(shelf.find(&mark).is_none());
    assert!(shelf.take(&found, &mark, &Memory::default()).is_none());
    assert!(!shelf.confirm(&mark, &found.digest, stamp(9)));
    let there = (0..100).filter(|number| take(&shelf, &number.to_string()).is_some()).count();
    assert!((15..40).contains(&there), "{there}");
}

#[test]
fn what_is_too_large_is_not_kept_nor_taken_where_there_is_no_memory() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    assert!(put(&shelf, "small", &[1; 100]));
    assert!(!put(&shelf, "large", &vec![1; shelf.ring.len() / LARGEST * 8]));
    assert!(put(&shelf, "fits", &vec![1; (shelf.ring.len() / LARGEST - 40) * 8]));
    let mark = mark(&shelf, "fits");
    let found = shelf.find(&mark).expect("there");
    assert!(shelf.take(&found, &mark, &Memory::new(1000)).is_none());
    assert!(body(&shelf, "small").is_some());
    let few = self::words(64);
    assert!(Shelf::new(&few).is_none() && Shelf::new(&[]).is_none());
}

#[test]
fn a_confirmation_counts_for_that_answer_alone_and_only_as_a_whole() {
    let words = words(4096);
    let shelf = Shelf::new(&words).expect("large enough");
    let mark = mark(&shelf, "a");
    let digest = shelf.put(&mark, "\"e\"", &answer(b"[]"), stamp(7)).expect("room");
    let current = || shelf.find(&mark).map(|found| found.stamp);
    assert!(shelf.confirm(&mark, &digest, stamp(9)));
    assert_eq!(current(), Some(stamp(9)));
    assert!(shelf.confirm(&mark, &digest, stamp(8)), "somebody was later");
    assert_eq!(current(), Some(stamp(9)));
    let other = shelf.put(&mark, "\"f\"", &answer(b"[1]"), stamp(10)).expect("room");
    assert!(!shelf.confirm(&mark, &digest, stamp(11)), "it is not the one any more");
    assert_eq!(current(), Some(stamp(10)));
    // Who meant the answer that lay there before.
    let position = shelf.find(&mark).expect("there").position as usize;
    for (place, word) in shelf.ring[position + 9..].iter().zip(stamp(12).words(&digest)) {
        place.store(word, Ordering::Relaxed);
    }
    assert_eq!(current(), None);
    assert!(!shelf.confirm(&mark, &other, stamp(13)));
}

/// What a writer puts under a key: its length and every byte follow from its `ETag`.
fn written(key: usize, version: u64) -> Vec<u8> {
    let size = 40 + (version as usize * 37 + key * 11) % 600;
    (0..size).map(|byte| (version as usize * 31 + key * 7 + byte) as u8).collect()
}

#[test]
fn nobody_gets_what_was_not_put_under_that_key_however_many_write_and_read() {
    const KEYS: usize = 24;
    let words = words(1500);
    let shelf = Shelf::new(&words).expect("large enough");
    let marks: Vec<_> = (0..KEYS).map(|key| mark(&shelf, &key.to_string())).collect();
    let (over, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    let write = |writer: u64| {
        for round in 0..6_000 {
            let (version, key) = (round * 4 + writer, (round * 5 + writer) as usize % KEYS);
            let (etag, body) = (version.to_string(), answer(&written(key, version)));
            let digest = shelf.put(&marks[key], &etag, &body, stamp(round));
            shelf.confirm(&marks[key], &digest.expect("room"), stamp(round + 1));
        }
    };
    let read = || {
        while !over.load(Ordering::Relaxed) {
            for (key, mark) in marks.iter().enumerate() {
                let found = shelf.find(mark);
                let read = found.and_then(|it| shelf.take(&it, mark, &Memory::default()));
                if let Some((etag, answer)) = read {
                    let version = etag.parse().expect("a version");
                    assert_eq!(answer.body, written(key, version), "{key} {version}");
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|writer| scope.spawn(move || write(writer))).collect();
        (0..3).for_each(|_| drop(scope.spawn(read)));
        writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
        over.store(true, Ordering::Relaxed);
    });
    assert!(taken.load(Ordering::Relaxed) > 0);
}
