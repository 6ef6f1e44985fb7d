//! Rich text as people read it: the HTML that Basecamp keeps becomes plain text, and plain text HTML.
//!
//! A tokenizer is enough, and without a tree no input can nest deeper than the stack. What a tag
//! means is here; how lines are laid out is in `page`. Imports nothing of ours.

mod html;
mod page;

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

pub use html::text_to_html;
use page::Page;

/// What the attachment is in Basecamp's rich text.
const ATTACHMENT: &[u8] = b"bc-attachment";
/// The content type of an attachment that names a person.
const MENTION: &str = "application/vnd.basecamp.mention";
/// Elements whose content nobody reads; forwarded e-mails have them.
const UNSEEN: [&[u8]; 3] = [b"script", b"style", b"title"];
/// Addresses that say nothing on paper.
const POINTLESS: [&str; 3] = ["#", "javascript:", "data:"];

/// The text of a piece of HTML: paragraphs and lists laid out, links as `text (address)` where the
/// two differ, mentions as `@Name`, files as `[name]`, preformatted text as it is.
pub fn html_to_text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    // Otherwise the content of some elements would be text with its tags.
    emitter.naively_switch_states(false);
    let mut reader = Reader::default();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => reader.opened(&tag),
            Token::EndTag(tag) => reader.closed(&tag.name),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.finish()
}

/// What is under way between two tokens.
#[derive(Debug, Default)]
struct Reader {
    page: Page,
    link: Option<Link>,
    attachment: Option<Attachment>,
    unseen: Option<Vec<u8>>,
}

/// A link that is being read.
#[derive(Debug)]
struct Link {
    address: String,
    shown: String,
}

/// A mention or file that is being read.
#[derive(Debug)]
struct Attachment {
    element: Vec<u8>,
    mention: bool,
    filename: Option<String>,
    caption: Option<String>,
    picture: Option<String>,
    inside: String,
}

impl Reader {
    fn opened(&mut self, tag: &StartTag<()>) {
        let name = tag.name.as_slice();
        if self.unseen.is_some() {
            return;
        }
        if UNSEEN.contains(&name) {
            self.unseen = Some(name.to_vec()).filter(|_| !tag.self_closing);
            return;
        }
        let begins = name == ATTACHMENT || (name == b"figure" && self.attachment.is_none());
        // An attachment that was never closed ends where no attachment goes on.
        if begins || is_block(name) {
            self.attach();
        }
        if begins {
            self.attachment = Some(Attachment::of(tag));
            if tag.self_closing {
                self.attach();
            }
            return;
        }
        if let Some(attachment) = &mut self.attachment {
            attachment.opened(name, tag);
            return;
        }
        match name {
            b"a" => {
                self.unlink();
                let address = attribute(tag, "href").filter(|address| is_worth_showing(address));
                self.link = address.map(|address| Link { address, shown: String::new() });
            }
            b"img" => self.picture(tag),
            _ => self.laid_out(name, true),
        }
    }

    fn closed(&mut self, name: &[u8]) {
        if let Some(unseen) = &self.unseen {
            if unseen == name {
                self.unseen = None;
            }
            return;
        }
        let ends = self.attachment.as_ref().is_some_and(|a| a.element == name);
        if ends || is_block(name) {
            self.attach();
        }
        match name {
            _ if ends || self.attachment.is_some() => {}
            b"a" => self.unlink(),
            // A lone end tag of a line break is one, as browsers have it.
            b"br" => self.page.line_break(),
            _ => self.laid_out(name, false),
        }
    }

    fn text(&mut self, text: &str) {
        if self.unseen.is_some() {
            return;
        }
        match &mut self.attachment {
            Some(attachment) => attachment.inside.push_str(text),
            None => self.show(text),
        }
    }

    fn show(&mut self, text: &str) {
        if let Some(link) = &mut self.link {
            link.shown.push_str(text);
        }
        self.page.text(text);
    }

    /// What a tag does to lines; `opens` tells its beginning from its end.
    fn laid_out(&mut self, name: &[u8], opens: bool) {
        let page = &mut self.page;
        match (name, opens) {
            (b"br", true) => page.line_break(),
            (b"hr", true) => page.line("---"),
            (b"ul" | b"ol", true) => page.open_list(name == b"ol"),
            (b"ul" | b"ol", false) => page.close_list(),
            (b"li", true) => page.open_item(),
            (b"li", false) => page.close_item(),
            (b"blockquote", true) => page.open_quote(),
            (b"blockquote", false) => page.close_quote(),
            (b"pre", true) => page.open_verbatim(),
            (b"pre", false) => page.close_verbatim(),
            (b"td" | b"th", _) => page.space(),
            (name, _) if is_apart(name) => page.lines(2),
            (name, _) if is_block(name) => page.lines(1),
            _ => {}
        }
    }

    fn picture(&mut self, tag: &StartTag<()>) {
        if let Some(words) = attribute(tag, "alt").and_then(words) {
            self.show(&format!("[{words}]"));
        }
    }

    /// Ends the link: its address follows where the text does not say it.
    fn unlink(&mut self) {
        let Some(Link { address, shown }) = self.link.take() else {
            return;
        };
        if shown.trim().is_empty() {
            self.page.text(&address);
        } else if bare(&shown) != bare(&address) {
            self.page.space();
            self.page.text(&format!("({address})"));
        }
    }

    /// Ends the attachment: a mention stays in its line, a file has one of its own.
    fn attach(&mut self) {
        let Some(attachment) = self.attachment.take() else {
            return;
        };
        if attachment.mention {
            self.show(&attachment.name());
        } else {
            self.page.lines(1);
            self.show(&attachment.name());
            self.page.lines(1);
        }
    }

    fn finish(mut self) -> String {
        self.attach();
        self.unlink();
        self.page.finish()
    }
}

impl Attachment {
    fn of(tag: &StartTag<()>) -> Self {
        let told = |name| attribute(tag, name).and_then(words);
        Self {
            element: tag.name.to_vec(),
            mention: attribute(tag, "content-type").is_some_and(|kind| kind.trim() == MENTION),
            filename: told("filename"),
            caption: told("caption"),
            picture: None,
            inside: String::new(),
        }
    }

    fn opened(&mut self, name: &[u8], tag: &StartTag<()>) {
        if name == b"img" {
            self.picture = attribute(tag, "alt").and_then(words);
        }
        self.inside.push(' ');
    }

    fn name(self) -> String {
        let inside = words(self.inside).or(self.picture);
        if self.mention {
            return inside.map_or_else(
                || "[mention]".to_owned(),
                |name| format!("@{}", name.trim_start_matches('@')),
            );
        }
        let caption = self.caption.or(inside);
        match (self.filename, caption) {
            (Some(file), Some(caption)) if !caption.contains(&file) => {
                format!("[{file}: {caption}]")
            }
            (Some(file), _) => format!("[{file}]"),
            (None, Some(caption)) => format!("[{caption}]"),
            (None, None) => "[attachment]".to_owned(),
        }
    }
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(&HtmlString(name.into()))?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// A text on one line; none if there is nothing in it.
fn words(text: String) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// Elements with a blank line around them.
fn is_apart(name: &[u8]) -> bool {
    matches!(name, b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"table" | b"dl")
}

/// Elements with lines of their own.
fn is_block(name: &[u8]) -> bool {
    is_apart(name)
        || matches!(
            name,
            b"address"
                | b"article"
                | b"blockquote"
                | b"center"
                | b"dd"
                | b"div"
                | b"dt"
                | b"footer"
                | b"header"
                | b"hr"
                | b"li"
                | b"ol"
                | b"pre"
                | b"section"
                | b"tr"
                | b"ul"
        )
}

fn is_worth_showing(address: &str) -> bool {
    let address = address.trim();
    let pointless = |start: &&str| {
        let head = address.as_bytes().get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
    };
    !address.is_empty() && !POINTLESS.iter().any(pointless)
}

/// An address as people write it.
fn bare(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let schemes = ["https://", "http://", "mailto:", "tel:"];
    let rest = schemes.iter().find_map(|scheme| address.strip_prefix(scheme));
    rest.unwrap_or(&address).trim_end_matches('/').to_owned()
}
