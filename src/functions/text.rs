//! Rich text and people, made easier to use.

use pgrx::prelude::*;

use crate::fdw::encoding::Text;
use crate::fdw::json::JsonText;
use crate::{text, value};

#[pg_extern]
fn html_to_text(html: Text) -> Text {
    Text(text::html_to_text(&html))
}

#[pg_extern]
fn text_to_html(text: Text) -> Text {
    Text(text::text_to_html(&text))
}

#[pg_extern]
fn person_ids(people: JsonText) -> Vec<i64> {
    value::person_ids(&people.0)
}
