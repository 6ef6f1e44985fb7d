//! The functions of verbs: their declarations in the SQL of the extension, and their pages.

use std::fmt::Write as _;

use basecamp_fdw::catalog::{Verb, Version};
use basecamp_fdw::reference::{parameters, request, signature};

/// In front of the declarations in the SQL.
const START: &str = "-- Made from the catalogue by make reference; edits are lost.\n";
/// Behind them.
const END: &str = "-- The end of what is made.\n";

/// The verbs of all versions, each name once: what they take is the same.
fn verbs() -> Vec<&'static Verb> {
    let mut all: Vec<&Verb> = [Version::V3, Version::V2].iter().flat_map(|v| v.verbs()).collect();
    all.sort_by_key(|verb| verb.name);
    all.dedup_by_key(|verb| verb.name);
    all
}

fn declaration(verb: &Verb) -> String {
    let pairs = verb.arguments.iter().map(|argument| format!("'{0}', {0}", argument.name));
    let object = pairs.collect::<Vec<_>>().join(", ");
    let object = format!("pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object({object}))");
    let file = if verb.takes_file() { ", content, content_type" } else { "" };
    let cast = if verb.answers { "::pg_catalog.jsonb" } else { "" };
    let types = parameters(verb).into_iter();
    let types =
        types.filter_map(|(parameter, _)| parameter.split_once(' ').map(|(_, ty)| ty.to_owned()));
    let types = types.collect::<Vec<_>>().join(", ");
    format!(
        "CREATE FUNCTION {}\nLANGUAGE sql SET search_path = pg_catalog, pg_temp\nAS $$\n\
         SELECT basecamp.call_verb(server, '{name}', {object}{file}){cast}\n$$;\n\n\
         COMMENT ON FUNCTION {name}({types}) IS\n'{}';\n",
        signature(verb),
        verb.about.replace('\'', "''"),
        name = verb.name,
    )
}

/// A script of the extension with the functions as they are now; none where it has no place for them.
pub fn with_functions(sql: &str) -> Option<String> {
    let (before, rest) = sql.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    let made: String = verbs().into_iter().map(|verb| format!("\n{}", declaration(verb))).collect();
    Some(format!("{before}{START}{made}\n{END}{after}"))
}

/// The page of the functions of a version.
pub fn functions(version: Version, title: &str, made: &str) -> String {
    let mut text = format!("# {title}\n\n{made}\n");
    text.push_str(
        "What no statement can say. Each function is in schema `basecamp`, takes the name of the server first, \
         and sends one request with the rights of whoever calls it, as soon as it is called. What Basecamp \
         answers is returned as it is.\n",
    );
    for verb in version.verbs() {
        let _ = write!(
            text,
            "\n## {}\n\n{}\n\n```text\n{}\n```\n\n`{}`\n",
            verb.name,
            verb.about,
            signature(verb),
            request(verb.method, verb.path)
        );
        if let Some(who) = verb.permission.about() {
            let _ = writeln!(text, "\nWho may call it: {who}.");
        }
    }
    text
}
