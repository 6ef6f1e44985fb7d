//! Rich text becomes readable text, whatever comes.

use basecamp_fdw::text::{html_to_text, text_to_html};
use proptest::prelude::*;

/// Every element of Basecamp's rich text, and what comes back around attachments.
const ELEMENTS: [&str; 17] = [
    "div",
    "h1",
    "br",
    "strong",
    "em",
    "strike",
    "a",
    "pre",
    "ol",
    "ul",
    "li",
    "blockquote",
    "bc-attachment",
    "figure",
    "figcaption",
    "img",
    "p",
];

#[test]
fn paragraphs_breaks_and_emphasis_become_lines() {
    let html = "<h1>Plan</h1><div>We <strong>will</strong> <em>start</em> <strike>soon</strike>\n \
                now.<br>Or later.</div><div><br></div><div>Bye&nbsp;&amp; thanks &lt;3</div>";
    let text = "Plan\n\nWe will start soon now.\nOr later.\n\nBye & thanks <3";
    assert_eq!(html_to_text(html), text);
}

#[test]
fn lists_are_marked_numbered_and_indented() {
    let html = "<div>Buy:</div><ul><li>Milk</li><li>Fruit<ol><li>Apples</li><li>Pears<br>ripe</li>\
                </ol></li></ul><div>Thanks</div>";
    let text = "Buy:\n\n- Milk\n- Fruit\n  1. Apples\n  2. Pears\n     ripe\n\nThanks";
    assert_eq!(html_to_text(html), text);
}

#[test]
fn quotations_are_marked_on_every_line() {
    let html = "<div>He said</div><blockquote>One<br><br>Two</blockquote><div>and left</div>";
    assert_eq!(html_to_text(html), "He said\n\n> One\n>\n> Two\n\nand left");
}

#[test]
fn preformatted_text_is_kept() {
    let html = "<div>Run</div><pre>\nif x:\n    y  =  1\n\nz</pre>done";
    assert_eq!(html_to_text(html), "Run\n\nif x:\n    y  =  1\n\nz\n\ndone");
}

#[test]
fn links_show_their_address_where_the_text_does_not() {
    for (html, text) in [
        (
            r#"See <a href="https://x.example/a?b=1&amp;c=2">the page</a>."#,
            "See the page (https://x.example/a?b=1&c=2).",
        ),
        (r#"<a href="https://x.example/">https://x.example</a>"#, "https://x.example"),
        (r#"<a href="https://X.example">x.example</a>"#, "x.example"),
        (r#"<a href="mailto:ann@x.example">ann@x.example</a>"#, "ann@x.example"),
        (r#"<a href="https://x.example"></a>"#, "https://x.example"),
        (r##"<a href="#top">up</a>"##, "up"),
        (r#"<a name="x">plain</a>"#, "plain"),
        (r#"<a href="https://x.example">never closed"#, "never closed (https://x.example)"),
    ] {
        assert_eq!(html_to_text(html), text, "{html}");
    }
}

#[test]
fn mentions_are_names() {
    let html = r#"<div>Hi <bc-attachment sgid="BAh7" content-type="application/vnd.basecamp.mention">
        <figure><img srcset="x" alt="Ann" class="avatar"><figcaption>
          Ann Example
        </figcaption></figure></bc-attachment>, look.</div>"#;
    assert_eq!(html_to_text(html), "Hi @Ann Example, look.");
    let bare = r#"<bc-attachment content-type="application/vnd.basecamp.mention"><img alt="Bo"></bc-attachment>"#;
    assert_eq!(html_to_text(bare), "@Bo");
}

#[test]
fn files_are_named_in_brackets_on_a_line_of_their_own() {
    for (html, text) in [
        (
            r#"<div>See<bc-attachment sgid="x" content-type="image/png" filename="logo.png" caption="The new one"><figure><img src="y"><figcaption>The new one</figcaption></figure></bc-attachment>there</div>"#,
            "See\n[logo.png: The new one]\nthere",
        ),
        (r#"<bc-attachment filename="a b.pdf"></bc-attachment>"#, "[a b.pdf]"),
        (
            r#"<bc-attachment filename="a.pdf"><figure><figcaption>a.pdf 2 KB</figcaption></figure></bc-attachment>"#,
            "[a.pdf]",
        ),
        (r#"<bc-attachment sgid="x"></bc-attachment>"#, "[attachment]"),
        (r#"<bc-attachment sgid="x" filename="a.pdf"/>and on"#, "[a.pdf]\nand on"),
        (r#"<bc-attachment filename="a.pdf"><div>never closed</div>"#, "[a.pdf]\nnever closed"),
        (r#"<figure><img src="x"><figcaption>A tree</figcaption></figure>"#, "[A tree]"),
        (r#"before <img src="x" alt="a smile"> after"#, "before [a smile] after"),
    ] {
        assert_eq!(html_to_text(html), text, "{html}");
    }
}

#[test]
fn what_nobody_reads_is_left_out() {
    let html =
        "<style>p { color: red }</style><!-- note --><p>Dear</p><script>run()</script><p>All</p>";
    assert_eq!(html_to_text(html), "Dear\n\nAll");
    assert_eq!(
        html_to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
        "a b\nc"
    );
    assert_eq!(html_to_text(""), "");
    assert_eq!(html_to_text("plain, no tags"), "plain, no tags");
}

#[test]
fn references_to_what_postgresql_cannot_store_leave_no_trace_of_it() {
    let references = "a&#0;b&#x0;c&#xD800;d&#x110000;e&#99999999999999999999;f";
    for html in [references.to_owned(), format!("<a href=\"{references}\">x</a>")] {
        let text = html_to_text(&html);
        assert!(!text.contains('\0') && text.contains('\u{fffd}'), "{text:?}");
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_fills_the_page() {
    let many = 50_000;
    let html = format!("{}x<br>y{}", "<blockquote>".repeat(many), "</ul></li>".repeat(many));
    let text = html_to_text(&html);
    assert!(text.ends_with('y') && text.len() < 200, "{}", text.len());
    let html = format!("{}x", "<ul><li>".repeat(many));
    assert!(html_to_text(&html).ends_with('x'));
}

#[test]
fn plain_text_becomes_paragraphs_with_broken_lines_and_no_tags() {
    for (text, html) in [
        ("", ""),
        ("\n \n \n", ""),
        ("Call them", "<div>Call them</div>"),
        ("One\nTwo", "<div>One<br>Two</div>"),
        ("One\r\n\r\nTwo", "<div>One</div><div><br></div><div>Two</div>"),
        ("One\n\n \nTwo\n", "<div>One</div><div><br><br></div><div>Two</div>"),
        ("a < b & <script>\"c\"", "<div>a &lt; b &amp; &lt;script&gt;\"c\"</div>"),
        ("if x:\n    y  = 1", "<div>if x:<br>&nbsp;&nbsp;&nbsp;&nbsp;y &nbsp;= 1</div>"),
    ] {
        assert_eq!(text_to_html(text), html, "{text:?}");
    }
}

/// Tags, attributes and words in any order, closed or not.
fn soup() -> impl Strategy<Value = String> {
    let tag = (proptest::sample::select(&ELEMENTS[..]), 0..4).prop_map(|(name, kind)| match kind {
        0 => format!("<{name}>"),
        1 => format!("</{name}>"),
        2 => format!("<{name} href='https://x.example' filename='f' alt='p' caption='c'>"),
        _ => format!("<{name}/>"),
    });
    let words = proptest::string::string_regex("[a-z \\n\\t\u{a0}é]{0,8}").expect("a pattern");
    proptest::collection::vec(prop_oneof![tag, words], 0..40).prop_map(|parts| parts.concat())
}

fn is_tidy(text: &str) -> bool {
    text.lines().all(|line| line == line.trim_end())
        && !text.starts_with('\n')
        && text == text.trim_end()
}

proptest! {
    #[test]
    fn what_was_text_is_the_same_text_again(text in "[a-z<>&\"'/ \n-]{0,60}") {
        let again = html_to_text(&text_to_html(&text));
        let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
        let seen = lines.join("\n");
        prop_assert_eq!(again, seen.trim_matches('\n'));
    }

    #[test]
    fn of_any_text_nothing_becomes_a_tag(text in any::<String>()) {
        let html = text_to_html(&text).replace("<div>", "").replace("</div>", "").replace("<br>", "");
        prop_assert!(!html.contains(['<', '>']), "{html}");
    }

    #[test]
    fn of_known_tags_nothing_is_left(html in soup()) {
        let text = html_to_text(&html);
        prop_assert!(!text.contains('<'), "{text}");
        prop_assert!(is_tidy(&text), "{text:?}");
    }

    #[test]
    fn every_word_is_kept(words in proptest::collection::vec("[a-z]{1,6}", 1..10), tags in proptest::collection::vec(0..ELEMENTS.len(), 10)) {
        let html: String = words.iter().zip(&tags).map(|(word, tag)| format!("<{}>{word} ", ELEMENTS[*tag])).collect();
        let text = html_to_text(&html);
        for word in &words {
            prop_assert!(text.contains(word.as_str()), "{word} of {html} is not in {text}");
        }
    }

    #[test]
    fn anything_at_all_gives_a_tidy_text(html in any::<String>()) {
        let text = html_to_text(&html);
        prop_assert!(is_tidy(&text), "{text:?}");
        prop_assert!(html.contains('\0') || !text.contains('\0'));
    }

    #[test]
    fn whatever_looks_like_a_known_tag_is_taken_out(html in "([<>/!a-z1 -]|<div|</li>|<br|<pre>|<!--){0,60}") {
        let text = html_to_text(&html);
        for name in ELEMENTS {
            for tag in [format!("<{name}>"), format!("</{name}>")] {
                prop_assert!(!text.contains(&tag), "{html:?} gave {text:?}");
            }
        }
    }
}
