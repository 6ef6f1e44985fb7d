//! Listings: how many requests, in which order, and what ends them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use basecamp_fdw::api::{Client, Meter, Page, Rate};
use basecamp_fdw::error::{Kind, Result};
use serde_json::value::RawValue;

use super::server::{Asked, Reply, Server, client, client_of, config, hanging, hurry, reply};

/// Rows on a page, as Basecamp has them.
fn size(page: u64) -> u64 {
    [15, 30, 50].get(page as usize - 1).copied().unwrap_or(100)
}

/// Rows on the pages before this.
fn before(page: u64) -> u64 {
    (1..page).map(size).sum()
}

/// A page of numbers from 0, with the header of a listing that has `rows`.
fn page(asked: &Asked, rows: u64) -> Reply {
    let number = asked.page();
    let first = before(number).min(rows);
    let end = (first + size(number)).min(rows);
    let body = (first..end).map(|row| row.to_string()).collect::<Vec<_>>();
    let answer = reply(200).body(format!("[{}]", body.join(",")));
    if end == rows {
        return answer;
    }
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let others = query.split('&').filter(|pair| !pair.starts_with("page=") && !pair.is_empty());
    let others: String = others.map(|pair| format!("{pair}&")).collect();
    let host = asked.header("host").expect("HTTP/1.1");
    let link = format!("<http://{host}{path}?{others}page={}>; rel=\"next\"", number + 1);
    answer.header("Link", link)
}

fn counted(asked: &Asked, rows: u64) -> Reply {
    page(asked, rows).header("X-Total-Count", rows.to_string())
}

/// The records of a page that is an array of them.
fn records(page: &Page) -> Vec<Box<RawValue>> {
    serde_json::from_slice(&page.body).expect("an array")
}

/// The records of a page that has them under a member.
fn records_under(page: &Page, member: &str) -> Vec<Box<RawValue>> {
    let mut members: HashMap<String, Box<RawValue>> =
        serde_json::from_slice(&page.body).expect("an object");
    let array = members.remove(member).expect("there");
    serde_json::from_str(array.get()).expect("an array")
}

/// Reads a listing to its end.
async fn read(client: &Client, path: &str, limit: Option<u64>) -> Result<(Vec<u64>, Vec<Page>)> {
    let mut pages = client.pages(path, limit);
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await? {
        rows.extend(records(&page).iter().map(|row| row.get().parse::<u64>().expect("a number")));
        all.push(page);
    }
    assert!(pages.next().await?.is_none(), "the end is the end");
    Ok((rows, all))
}

fn all(rows: u64) -> Vec<u64> {
    (0..rows).collect()
}

#[tokio::test(start_paused = true)]
async fn rules_38_and_44_20000_rows_are_203_requests_in_order_and_side_by_side() {
    hurry();
    let slow = |asked: &Asked, n| counted(asked, 20_000).after(Duration::from_millis(n as u64 % 3));
    let server = Server::start(slow).await;
    let meter = Arc::new(Meter::default());
    let mut config = config(&server);
    config.rate = Rate::parse("50/10s").expect("valid");
    let client = client_of(config).metered(Arc::clone(&meter));
    let listing = read(&client, "/recordings.json?type=Todo&bucket=1,2", None).await;
    let (rows, pages) = listing.expect("all");
    assert!(rows == all(20_000), "each row once, in order");
    assert_eq!((server.count(), pages.len()), (203, 203));
    assert_eq!(pages.last().map(|page| page.number), Some(203));
    assert!(pages.iter().all(|page| page.total == Some(20_000)));
    assert!((2..=8).contains(&server.busiest()), "{}", server.busiest());
    let reading = meter.read();
    assert_eq!((reading.requests, reading.pages, reading.retries), (203, 203, 0));
    assert!(server.asked().iter().all(|asked| asked.target.contains("bucket=1,2")));
}

#[tokio::test]
async fn rule_43_the_first_page_comes_alone_and_then_a_few() {
    let server = Server::start(|asked, _| counted(asked, 5_000)).await;
    let client = client(&server);
    let mut pages = client.pages("/x.json", None);
    assert_eq!(server.count(), 0, "nothing before it is asked for");
    pages.next().await.expect("answered").expect("a page");
    assert_eq!(server.count(), 1);
    for most in [3, 6, 11, 12] {
        pages.next().await.expect("answered").expect("a page");
        assert!(server.count() <= most, "{} > {most}", server.count());
    }
}

#[tokio::test]
async fn rule_43_a_limit_bounds_the_pages() {
    // Ends of pages: 15, 45, 95, 195.
    for (limit, requests) in [(0, 0), (1, 1), (15, 1), (16, 2), (45, 2), (46, 3), (95, 3), (96, 4)]
    {
        let server = Server::start(|asked, _| counted(asked, 10_000)).await;
        let listing = read(&client(&server), "/x.json", Some(limit)).await;
        let (rows, _) = listing.expect("some");
        assert!(rows.len() as u64 >= limit, "{limit}");
        assert_eq!(server.count(), requests, "{limit}");
    }
    let server = Server::start(|asked, _| counted(asked, 10_000)).await;
    let listing = read(&client(&server), "/x.json", Some(1_000)).await;
    assert!(listing.expect("some").0.len() >= 1_000);
    let requests = server.count();
    assert!((13..=14).contains(&requests), "{requests}");
}

#[tokio::test]
async fn rule_38_without_total_or_numbers_the_links_are_followed_one_by_one() {
    let server = Server::start(|asked, _| page(asked, 1_000)).await;
    let (rows, _) = read(&client(&server), "/x.json", None).await.expect("all");
    assert_eq!((rows, server.busiest()), (all(1_000), 1));
    let cursors = |asked: &Asked, n| {
        let answer = reply(200).body(format!("[{n}]")).header("X-Total-Count", "5");
        assert!(asked.target.contains(&format!("c{n}")) || n == 0);
        let link = format!("<?after=c{}>; rel=\"next\"", n + 1);
        if n < 4 { answer.header("Link", link) } else { answer }
    };
    // Rule 40: such an address is relative.
    let server = Server::start(cursors).await;
    let (rows, _) = read(&client(&server), "/x.json", None).await.expect("all");
    assert_eq!((rows, server.busiest(), server.count()), (all(5), 1, 5));
}

#[tokio::test]
async fn rule_44_a_wrong_total_changes_no_rows() {
    for lie in [0, 16, 300, 100_000] {
        let script =
            move |asked: &Asked, _| page(asked, 1_000).header("X-Total-Count", lie.to_string());
        let server = Server::start(script).await;
        let (rows, _) = read(&client(&server), "/x.json", None).await.expect("all");
        assert!(rows == all(1_000), "{lie}");
        // 13 pages; one that says 100,000 rows makes us ask for some that are not there.
        let most = if lie > 1_000 { 13 + 7 } else { 13 };
        assert!((13..=most).contains(&server.count()), "{lie}: {}", server.count());
    }
}

#[tokio::test]
async fn rule_38_pages_asked_ahead_are_dropped_where_the_links_lead_elsewhere() {
    let script = |asked: &Asked, _: usize| match asked.target.as_str() {
        "/1/x.json?special" => page(asked, 1).body("[777]"),
        target if target.ends_with("page=4") => {
            let link = "</1/x.json?special>; rel=\"next\"";
            reply(200).body("[444]").header("Link", link)
        }
        _ => counted(asked, 10_000),
    };
    let server = Server::start(script).await;
    let (rows, pages) = read(&client(&server), "/x.json", None).await.expect("all");
    assert_eq!(rows, [all(95), vec![444, 777]].concat());
    assert_eq!(pages.len(), 5);
}

#[tokio::test]
async fn rule_41_a_next_link_to_another_origin_is_an_error_and_not_contacted() {
    let elsewhere = Server::start(|_, _| reply(200).body("[]")).await;
    for target in [elsewhere.url.clone(), "https://127.0.0.1/x.json".to_owned()] {
        let link = format!("<{target}/x.json?page=2>; rel=\"next\"");
        let server = Server::start(move |_, _| reply(200).body("[1]").header("Link", &*link)).await;
        let client = client(&server);
        let mut pages = client.pages("/x.json", None);
        let error = pages.next().await.expect_err("not as if it were complete");
        assert_eq!(error.kind(), Kind::Malformed);
        assert!(pages.next().await.expect("over").is_none());
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn rule_42_the_cap_counts_all_pages_and_is_announced() {
    for (cap, rows, cut) in [(3, 1_000, true), (3, 95, false), (1, 1_000, true), (1, 15, false)] {
        let server = Server::start(move |asked, _| counted(asked, rows)).await;
        let mut config = config(&server);
        config.max_pages = cap;
        let (_, pages) = read(&client_of(config), "/x.json", None).await.expect("some");
        assert_eq!((server.count(), pages.len()), (cap as usize, cap as usize));
        let flags: Vec<bool> = pages.iter().map(|page| page.cut_short).collect();
        assert_eq!(flags.last(), Some(&cut), "{cap} pages of {rows} rows");
        assert!(flags[..flags.len() - 1].iter().all(|cut| !cut));
    }
}

#[tokio::test(start_paused = true)]
async fn rule_23_each_page_has_its_own_attempts() {
    hurry();
    // Every page fails twice.
    let script = move |asked: &Asked, _: usize| {
        static SEEN: std::sync::Mutex<Vec<u64>> = std::sync::Mutex::new(Vec::new());
        let mut seen = SEEN.lock().expect("no panic");
        seen.push(asked.page());
        match seen.iter().filter(|page| **page == asked.page()).count() {
            1 | 2 => reply(503),
            _ => counted(asked, 195),
        }
    };
    let server = Server::start(script).await;
    let (rows, _) = read(&client(&server), "/x.json", None).await.expect("all");
    assert_eq!((rows, server.count()), (all(195), 12));
}

#[tokio::test]
async fn a_failure_comes_in_its_place_and_ends_the_listing() {
    let script = |asked: &Asked, _: usize| match asked.page() {
        3 => reply(403),
        _ => counted(asked, 10_000),
    };
    let server = Server::start(script).await;
    let client = client(&server);
    let mut pages = client.pages("/x.json", None);
    for number in [1, 2] {
        let page = pages.next().await.expect("answered").expect("a page");
        assert_eq!(page.number, number);
    }
    let error = pages.next().await.expect_err("page 3");
    assert_eq!(error.kind(), Kind::Permission);
    assert!(pages.next().await.expect("over").is_none());
}

#[tokio::test]
async fn rule_45_a_pinned_page_is_one_request() {
    for (query, requests) in [("page=3", 1), ("page=0", 3), ("page=-1", 3)] {
        let script = |_: &Asked, n: usize| match n {
            2 => reply(200).body("[2]"),
            _ => {
                let link = format!("<?cursor={n}>; rel=\"next\"");
                reply(200).body(format!("[{n}]")).header("Link", link)
            }
        };
        let server = Server::start(script).await;
        let path = format!("/x.json?{query}");
        read(&client(&server), &path, None).await.expect("some");
        assert_eq!(server.count(), requests, "{query}");
    }
}

#[tokio::test]
async fn rule_46_a_listing_without_a_link_is_one_request_whatever_its_size() {
    for rows in [0, 15, 16, 500] {
        let script = move |_: &Asked, _: usize| {
            let body = (0..rows).map(|row: u64| row.to_string()).collect::<Vec<_>>();
            let body = format!("[{}]", body.join(","));
            reply(200).body(body).header("X-Total-Count", "500")
        };
        let server = Server::start(script).await;
        let (read, _) = read(&client(&server), "/x.json", None).await.expect("all");
        assert_eq!((read.len() as u64, server.count()), (rows, 1));
    }
}

#[tokio::test]
async fn rule_47_rows_under_a_member_are_counted_there() {
    let script = |asked: &Asked, _: usize| {
        let body = (0..size(asked.page())).map(|row| row.to_string());
        let body = body.collect::<Vec<_>>().join(",");
        counted(asked, 1_000).body(format!(r#"{{"person":{{"id":5}},"events":[{body}]}}"#))
    };
    let server = Server::start(script).await;
    let client = client(&server);
    let mut pages = client.pages("/x.json", Some(16)).under("events");
    let mut rows = 0;
    while let Some(page) = pages.next().await.expect("answered") {
        rows += records_under(&page, "events").len();
    }
    assert_eq!((rows, server.count()), (45, 2));
}

#[tokio::test]
async fn dropping_a_listing_ends_its_requests() {
    let script = |asked: &Asked, _: usize| match asked.page() {
        1 => counted(asked, 10_000),
        _ => hanging(),
    };
    let server = Server::start(script).await;
    let client = client(&server);
    let mut pages = client.pages("/x.json", None);
    pages.next().await.expect("answered").expect("a page");
    let reading = tokio::spawn(async move { pages.next().await.map(drop) });
    while server.count() < 3 {
        tokio::task::yield_now().await;
    }
    reading.abort();
    while server.left() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.count(), 3);
}

/// Answers each address with its body, Link and `X-Total-Count`.
async fn scripted(pages: &'static [(&'static str, &'static str, &'static str)]) -> Server {
    Server::start(move |asked, _| {
        let found = pages.iter().find(|(target, ..)| asked.target == *target);
        let Some((_, body, link)) = found else {
            return reply(404);
        };
        let answer = reply(200).body(*body);
        if link.is_empty() { answer } else { answer.header("Link", *link) }
    })
    .await
}

#[tokio::test]
async fn a_next_link_that_leads_in_a_circle_is_an_error_at_once() {
    for (pages, requests) in [
        (&[("/1/x.json", "[1]", "</1/x.json>; rel=next")][..], 1),
        (
            &[
                ("/1/x.json?a=1", "[1]", "</1/x.json?b=2&a=2>; rel=next"),
                ("/1/x.json?b=2&a=2", "[2]", "</1/x.json?c=3>; rel=next"),
                ("/1/x.json?c=3", "[3]", "</1/x.json?a=2&b=2>; rel=next"),
            ],
            3,
        ),
    ] {
        let server = scripted(pages).await;
        let path = pages[0].0.trim_start_matches("/1");
        let error = read(&client(&server), path, None).await.expect_err("no end");
        assert_eq!(error.kind(), Kind::Malformed);
        assert!(error.message().contains("circle"), "{error}");
        assert_eq!(server.count(), requests);
    }
}

#[tokio::test]
async fn a_page_that_comes_again_at_another_address_is_an_error_at_once() {
    let script = |asked: &Asked, _: usize| {
        let link = format!("<?page={}>; rel=\"next\"", asked.page() + 1);
        let body = format!("[{{\"id\":{}}}]", asked.page() % 2);
        reply(200).body(body).header("Link", link).header("X-Total-Count", "12")
    };
    let server = Server::start(script).await;
    let error = read_raw(&client(&server)).await.expect_err("no end");
    assert_eq!(error.kind(), Kind::Malformed);
    assert!(error.detail_text().is_some_and(|detail| detail.contains("twice")), "{error:?}");
    // Some more were under way by then.
    assert!(server.count() <= 12, "{}", server.count());
}

async fn read_raw(client: &Client) -> Result<u64> {
    let mut pages = client.pages("/x.json", None);
    let mut count = 0;
    while let Some(page) = pages.next().await? {
        count += records(&page).len() as u64;
    }
    pages.check_complete(count)?;
    Ok(count)
}

#[tokio::test]
async fn link_headers_are_read_whatever_else_is_in_them() {
    for link in [
        "<?page=2>; rel=next",
        "<?page=2>; REL=\"NEXT\"",
        "<?page=2>; title=\"two, or more\"; rel=\"last next\"",
        "<?page=9>; rel=\"last\"; title=\"\u{e4}\u{df}\", <?page=2>; rel=\"next\"",
    ] {
        let script = move |asked: &Asked, _: usize| match asked.page() {
            1 => reply(200).body("[1]").header("Link", link).header("X-Total-Count", "2"),
            _ => reply(200).body("[2]").header("X-Total-Count", "2"),
        };
        let server = Server::start(script).await;
        assert_eq!(read_raw(&client(&server)).await.expect("both"), 2, "{link}");
    }
}

#[tokio::test]
async fn a_listing_with_fewer_records_than_it_says_is_an_error_unless_it_moved() {
    for (link, totals, whole) in [
        ("", [5, 5], false),
        ("<?page=2; rel=\"next\"", [5, 5], false),
        ("<>; rel=\"next\"", [5, 5], false),
        ("<?page=2>; rel=\"next\"", [5, 5], false),
        ("<?page=2>; rel=\"next\"", [5, 4], true),
        ("<?page=2>; rel=\"next\"", [2, 2], true),
        ("<?page=2>; rel=\"next\"", [1, 1], true),
    ] {
        let script = move |asked: &Asked, _: usize| {
            let page = asked.page();
            let total = totals[page as usize - 1].to_string();
            let answer = reply(200).body(format!("[{page}]")).header("X-Total-Count", total);
            if page == 1 && !link.is_empty() { answer.header("Link", link) } else { answer }
        };
        let server = Server::start(script).await;
        let read = read_raw(&client(&server)).await;
        assert_eq!(read.is_ok(), whole, "{link} {totals:?}");
        if let Err(error) = read {
            assert_eq!(error.kind(), Kind::Malformed);
            let detail = error.detail_text().unwrap_or_default();
            assert!(detail.contains("it has 5 records"), "{detail}");
        }
    }
    // A limit or a page number ends a listing early, as asked.
    let server = Server::start(|asked, _| counted(asked, 1_000)).await;
    let client = client(&server);
    for (path, limit) in [("/x.json", Some(10)), ("/x.json?page=3", None)] {
        let mut pages = client.pages(path, limit);
        while pages.next().await.expect("answered").is_some() {}
        pages.check_complete(0).expect("nothing to be said");
    }
}

/// A listing of 1,000 numbers from which some are deleted while it is read: before `page`, the first
/// `deleted`.
fn shrinking(page: u64, deleted: u64) -> impl Fn(&Asked, usize) -> Reply {
    let gone = std::sync::atomic::AtomicU64::new(0);
    move |asked, _| {
        if asked.page() >= page {
            gone.store(deleted, std::sync::atomic::Ordering::SeqCst);
        }
        let gone = gone.load(std::sync::atomic::Ordering::SeqCst);
        let (number, left) = (asked.page(), 1_000 - gone);
        let first = before(number).min(left);
        let end = (first + size(number)).min(left);
        let body = (first..end).map(|row| (row + gone).to_string()).collect::<Vec<_>>();
        let answer = reply(200).body(format!("[{}]", body.join(",")));
        let answer = answer.header("X-Total-Count", left.to_string());
        if end == left {
            return answer;
        }
        // No numbers, so that pages come one after another.
        answer.header("Link", format!("<?after=x&page={}>; rel=\"next\"", number + 1))
    }
}

#[tokio::test]
async fn pages_from_which_records_moved_away_are_read_again() {
    for (page, deleted, again) in [(3, 1, 1), (7, 27, 1), (7, 250, 3), (2, 15, 1), (12, 0, 0)] {
        let server = Server::start(shrinking(page, deleted)).await;
        let client = client(&server).caching(Duration::from_secs(60));
        let mut pages = client.pages("/x.json", None).mended();
        let mut rows = std::collections::BTreeSet::new();
        let (mut reread, mut last) = (Vec::new(), 0);
        while let Some(page) = pages.next().await.expect("answered") {
            rows.extend(
                records(&page).iter().map(|row| row.get().parse::<u64>().expect("a number")),
            );
            reread.extend((page.number <= last).then_some(page.number));
            last = last.max(page.number);
        }
        // What was deleted was read before; nothing else is lost.
        assert_eq!(rows.len(), 1_000, "{deleted} before page {page}");
        let expected: Vec<u32> = (page as u32 - again..page as u32).collect();
        assert_eq!(reread, expected, "{deleted} before page {page}");
        assert_eq!(pages.check_complete(0).is_ok(), deleted > 0, "told only where nothing moved");
    }
    // Who does not ask for it sees every page once.
    let server = Server::start(shrinking(3, 20)).await;
    let (rows, _) = read(&client(&server), "/x.json", None).await.expect("some");
    assert_eq!(rows.len(), 1_000 - 20);
    let server = Server::start(shrinking(7, 500)).await;
    let client = client(&server);
    let mut pages = client.pages("/x.json", None).mended();
    let error = loop {
        match pages.next().await {
            Ok(page) => assert!(page.is_some(), "more than can be read again"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), Kind::Malformed);
}

#[tokio::test]
async fn a_page_with_too_many_records_is_refused() {
    let giant = format!("[{}{{}}]", "{},".repeat(1_500_000));
    let server = Server::start(move |_, _| reply(200).body(&*giant)).await;
    let error = client(&server).pages("/x.json", None).next().await.expect_err("too many");
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.detail_text().is_some_and(|detail| detail.contains("1500001")), "{error:?}");
}
