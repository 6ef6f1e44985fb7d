//! Plain text becomes rich text: what is written there is shown, and nothing of it is a tag.

/// The HTML that shows a text: paragraphs apart, lines broken where they are, blanks kept.
///
/// It only has elements that Basecamp keeps. [`super::html_to_text`] gives the text back, without what
/// nobody sees: blanks at the ends of lines, and empty lines around it.
pub fn text_to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut html = String::with_capacity(text.len() + 16);
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let begin = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(begin, |last| last + 1);
    let mut lines = lines.get(begin..end).unwrap_or_default().iter().peekable();
    while let Some(line) = lines.next() {
        html.push_str("<div>");
        push_line(&mut html, line);
        // Lines with something in them are one paragraph, empty ones the space between two.
        while let Some(next) = lines.next_if(|next| next.is_empty() == line.is_empty()) {
            html.push_str("<br>");
            push_line(&mut html, next);
        }
        html.push_str(if line.is_empty() { "<br></div>" } else { "</div>" });
    }
    html
}

/// A line of which every blank is seen: browsers show one where there are several.
fn push_line(html: &mut String, line: &str) {
    let mut after_blank = true;
    for character in line.chars() {
        let blank = character.is_ascii_whitespace();
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            _ if blank && after_blank => html.push_str("&nbsp;"),
            _ if blank => html.push(' '),
            other => html.push(other),
        }
        after_blank = blank;
    }
}
