//! Lines of plain text: what is indented, quoted or numbered, and where a new line begins.

/// Containers that still indent; deeper ones would only fill the page with blanks.
const DEEPEST: usize = 16;

/// A text that grows. Breaks and blanks are kept until something visible follows, so none trail.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    /// Line breaks before the next visible character.
    breaks: usize,
    /// Whether a blank goes before the next word.
    space: bool,
    /// Whether the line has nothing but its indentation.
    fresh: bool,
    containers: Vec<Container>,
    open: Open,
    /// The fewest containers since the last visible character: blank lines are theirs.
    shared: usize,
    verbatim: usize,
    /// A line break right behind the tag of preformatted text does not count.
    opened_verbatim: bool,
}

#[derive(Debug)]
enum Container {
    List {
        ordered: bool,
        items: usize,
    },
    Item {
        /// Until it is written.
        marker: Option<String>,
        width: usize,
    },
    Quote,
}

/// How many of each kind there are, so that a stray end tag is told at once.
#[derive(Debug, Default)]
struct Open {
    lists: usize,
    items: usize,
    quotes: usize,
}

impl Page {
    /// Adds running text.
    pub fn text(&mut self, text: &str) {
        for character in text.chars() {
            if self.verbatim > 0 {
                self.verbatim(character);
            } else if character.is_ascii_whitespace() {
                self.space = true;
            } else {
                self.put(if character == '\u{a0}' { ' ' } else { character });
            }
        }
    }

    /// Text on a line of its own.
    pub fn line(&mut self, text: &str) {
        self.lines(1);
        self.text(text);
        self.lines(1);
    }

    /// At least so many line breaks before what follows.
    pub fn lines(&mut self, least: usize) {
        self.breaks = self.breaks.max(least);
        self.space = false;
    }

    /// One more line break.
    pub fn line_break(&mut self) {
        self.breaks += 1;
        self.space = false;
    }

    /// A blank before what follows.
    pub fn space(&mut self) {
        self.space = true;
    }

    /// Begins a list.
    pub fn open_list(&mut self, ordered: bool) {
        self.lines(if self.open.items == 0 { 2 } else { 1 });
        self.open.lists += 1;
        self.containers.push(Container::List { ordered, items: 0 });
    }

    /// Ends the innermost list.
    pub fn close_list(&mut self) {
        if self.open.lists > 0 {
            while !matches!(self.leave(), None | Some(Container::List { .. })) {}
        }
        self.lines(if self.open.items == 0 { 2 } else { 1 });
    }

    /// Begins an item, and ends the one before.
    pub fn open_item(&mut self) {
        self.lines(1);
        if matches!(self.containers.last(), Some(Container::Item { .. })) {
            self.leave();
        }
        let marker = match self.containers.last_mut() {
            Some(Container::List { ordered: true, items }) => {
                *items += 1;
                format!("{items}. ")
            }
            _ => "- ".to_owned(),
        };
        self.open.items += 1;
        self.containers.push(Container::Item { width: marker.len(), marker: Some(marker) });
    }

    /// Ends the innermost item.
    pub fn close_item(&mut self) {
        if self.open.items > 0 {
            while !matches!(self.leave(), None | Some(Container::Item { .. })) {}
        }
        self.lines(1);
    }

    /// Begins a quotation.
    pub fn open_quote(&mut self) {
        self.lines(2);
        self.open.quotes += 1;
        self.containers.push(Container::Quote);
    }

    /// Ends the innermost quotation.
    pub fn close_quote(&mut self) {
        if self.open.quotes > 0 {
            while !matches!(self.leave(), None | Some(Container::Quote)) {}
        }
        self.lines(2);
    }

    /// Begins preformatted text.
    pub fn open_verbatim(&mut self) {
        self.lines(2);
        self.verbatim += 1;
        self.opened_verbatim = true;
    }

    /// Ends it.
    pub fn close_verbatim(&mut self) {
        self.verbatim = self.verbatim.saturating_sub(1);
        self.lines(2);
    }

    /// The whole text, without blanks around it.
    pub fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        let leading = self.text.len() - self.text.trim_start_matches('\n').len();
        self.text.drain(..leading);
        self.text
    }

    fn verbatim(&mut self, character: char) {
        let first = std::mem::take(&mut self.opened_verbatim);
        match character {
            '\n' if first => {}
            '\n' => self.line_break(),
            other => self.put(other),
        }
    }

    fn leave(&mut self) -> Option<Container> {
        let left = self.containers.pop();
        match &left {
            Some(Container::List { .. }) => self.open.lists -= 1,
            Some(Container::Item { .. }) => self.open.items -= 1,
            Some(Container::Quote) => self.open.quotes -= 1,
            None => {}
        }
        self.shared = self.shared.min(self.containers.len());
        left
    }

    fn put(&mut self, character: char) {
        if self.text.is_empty() {
            self.begin();
        } else if self.breaks > 0 {
            self.trim();
            for _ in 1..self.breaks {
                self.text.push('\n');
                self.quote_blank();
            }
            self.text.push('\n');
            self.begin();
        } else if self.space && !self.fresh {
            self.text.push(' ');
        }
        self.breaks = 0;
        self.space = false;
        self.fresh = false;
        self.shared = self.containers.len();
        self.text.push(character);
    }

    /// Removes the blanks at the end of the line.
    fn trim(&mut self) {
        let blank = |c: char| c.is_whitespace() && c != '\n';
        self.text.truncate(self.text.trim_end_matches(blank).len());
    }

    /// What a blank line between two lines of the same quotation shows.
    fn quote_blank(&mut self) {
        let shared = self.containers.iter().take(self.shared.min(DEEPEST));
        let mut prefix = String::new();
        for container in shared {
            match container {
                Container::Quote => prefix.push_str("> "),
                Container::Item { width, .. } => prefix.extend(std::iter::repeat_n(' ', *width)),
                Container::List { .. } => {}
            }
        }
        self.text.push_str(prefix.trim_end());
    }

    /// The indentation of a line, with markers that were not written yet.
    fn begin(&mut self) {
        self.fresh = true;
        for container in self.containers.iter_mut().take(DEEPEST) {
            match container {
                Container::Quote => self.text.push_str("> "),
                Container::Item { marker, width } => match marker.take() {
                    Some(marker) => self.text.push_str(&marker),
                    None => self.text.extend(std::iter::repeat_n(' ', *width)),
                },
                Container::List { .. } => {}
            }
        }
    }
}
