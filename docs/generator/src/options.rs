//! The README's table of options.

use std::fmt::Write as _;

use basecamp_fdw::option::{Declared, Guard, OPTIONS, Place};

/// In front of the table in the README.
const START: &str =
    "<!-- Made from the table of options by `make reference`; edits are lost. -->\n";
/// Behind it.
const END: &str = "<!-- The end of what is made. -->\n";

/// The options in the order in which they are declared.
pub fn options() -> String {
    let mut text =
        "| option | on | values; default first | meaning |\n|---|---|---|---|\n".to_owned();
    for option in OPTIONS {
        let facts = option.facts();
        let (on, values) = (places(*option), option.values());
        let _ = writeln!(text, "| `{}` | {on} | {values} | {} |", facts.name, facts.about);
    }
    text
}

fn places(option: &dyn Declared) -> String {
    let facts = option.facts();
    let nouns = facts.places.iter().map(|place| match place {
        // The only tables that there are here.
        Place::Table => "table",
        place => place.noun(),
    });
    let nouns: Vec<&str> = match facts.guard {
        Guard::Superuser => nouns.chain(["superuser"]).collect(),
        _ => nouns.collect(),
    };
    nouns.join(", ")
}

/// A README with the table as it is now; none where it has no place for it.
pub fn with_options(readme: &str) -> Option<String> {
    let (before, rest) = readme.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{}\n{END}{after}", options()))
}
