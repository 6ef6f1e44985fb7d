//! Whether a query tells the truth.

use std::collections::BTreeMap;

use crate::query::{Body, Check, Condition, Mode, Query, Side, Tail};
use crate::world::{Failure, Row, World};

/// More rows than this say nothing that fewer do not.
const MOST: usize = 2000;

/// What came of a query.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is right.
    Right,
    /// It says nothing, for this reason.
    Nothing(&'static str),
    /// It is wrong.
    Wrong(Mismatch),
}

/// How a query is wrong.
#[derive(Debug, Clone)]
pub struct Mismatch {
    /// The kind: a mismatch that is made smaller stays of its kind.
    pub kind: String,
    /// What differs.
    pub detail: Vec<String>,
}

impl Mismatch {
    fn wrong(kind: &str, detail: Vec<String>) -> Verdict {
        Verdict::Wrong(Self { kind: kind.to_owned(), detail })
    }
}

/// Judges a query.
pub fn judge(world: &mut World, query: &Query) -> Verdict {
    let set: Vec<(String, String)> = query.settings.clone();
    let judged = match &query.check {
        Check::Copy => copy(world, query, &set),
        Check::Count => counted(world, query, &set),
        Check::Parts(condition) => parts(world, query, condition, &set),
        Check::Added(text) => added(world, query, text, &set),
    };
    judged.unwrap_or_else(|verdict| verdict)
}

type Judged = Result<Verdict, Verdict>;

fn copy(world: &mut World, query: &Query, set: &[(String, String)]) -> Judged {
    let plain = Query { mode: Mode::Plain, ..query.clone() };
    let first = if matches!(query.mode, Mode::Prepared(_) | Mode::Loop) { query } else { &plain };
    let expected = match local(world, first) {
        Ok(expected) => expected,
        Err(Local::Failed(code)) => {
            return match run(world, query, Side::Foreign, set) {
                Err(failure) if failure.code == code => Ok(Verdict::Right),
                _ => Ok(Verdict::Nothing("the copy failed")),
            };
        }
        Err(Local::Large) => return Ok(Verdict::Nothing("large")),
    };
    let found = foreign(world, query, set)?;
    let total = !query.tail.order.is_empty();
    let part = query.tail.limit.is_some() || query.tail.offset.is_some();
    let whole = match part && !total {
        true => {
            let all = Query { tail: Tail::default(), ..first.clone() };
            local(world, &all).map_err(|_| Verdict::Nothing("large"))?
        }
        false => Vec::new(),
    };
    for (place, rows) in found.iter().enumerate() {
        let wanted =
            |lists: &[Vec<Row>]| lists.get(place).or(lists.first()).cloned().unwrap_or_default();
        let detail = match part && !total {
            true => outside(rows, &wanted(&whole), &query.tail),
            false => difference(rows, &wanted(&expected), total),
        };
        if !detail.is_empty() {
            return Ok(Mismatch::wrong("rows", detail));
        }
    }
    Ok(Verdict::Right)
}

fn counted(world: &mut World, query: &Query, set: &[(String, String)]) -> Judged {
    let rows = one(world, query, set)?.len();
    let sql = format!("SELECT count(*) FROM ({}) s", query.text(Side::Foreign));
    let count = with_settings(world, set, |world| world.ask(&sql)).map_err(failed)?;
    let count = count[0][0].clone().unwrap_or_default();
    if count == rows.to_string() {
        return Ok(Verdict::Right);
    }
    Ok(Mismatch::wrong("count", vec![format!("count(*) is {count}, and there are {rows} rows")]))
}

fn parts(
    world: &mut World,
    query: &Query,
    condition: &Condition,
    set: &[(String, String)],
) -> Judged {
    let whole = one(world, query, set)?;
    let mut all = Vec::new();
    let mut counts = Vec::new();
    for (before, behind) in [("", ""), ("NOT ", ""), ("", " IS NULL")] {
        let around = Condition::Around(before, Box::new(condition.clone()), behind);
        let rows = one(world, &filtered(query, around), set)?;
        counts.push(rows.len());
        all.extend(rows);
    }
    let mut detail = difference(&all, &whole, false);
    if detail.is_empty() {
        return Ok(Verdict::Right);
    }
    detail.insert(
        0,
        format!("true, false, NULL: {counts:?}; without the condition: {}", whole.len()),
    );
    Ok(Mismatch::wrong("parts", detail))
}

/// A query with another condition.
pub fn filtered(query: &Query, condition: Condition) -> Query {
    let mut query = query.clone();
    if let Body::One(select) = &mut query.body {
        select.filter.push(condition);
    }
    query
}

fn added(world: &mut World, query: &Query, text: &str, set: &[(String, String)]) -> Judged {
    let few = one(world, query, set)?;
    let mut more = query.clone();
    if let Body::One(select) = &mut more.body {
        select.output.push(text.to_owned());
    }
    let mut rows = one(world, &more, set)?;
    for row in &mut rows {
        row.pop();
    }
    let detail = difference(&rows, &few, false);
    if detail.is_empty() { Ok(Verdict::Right) } else { Ok(Mismatch::wrong("added", detail)) }
}

fn one(world: &mut World, query: &Query, set: &[(String, String)]) -> Result<Vec<Row>, Verdict> {
    let mut lists = foreign(world, query, set)?;
    let rows = lists.pop().unwrap_or_default();
    if rows.len() > MOST { Err(Verdict::Nothing("large")) } else { Ok(rows) }
}

fn foreign(
    world: &mut World,
    query: &Query,
    set: &[(String, String)],
) -> Result<Vec<Vec<Row>>, Verdict> {
    run(world, query, Side::Foreign, set).map_err(failed)
}

fn failed(failure: Failure) -> Verdict {
    if failure.code == "57014" {
        return Verdict::Nothing("slow");
    }
    if is_refusal(&failure) {
        return Verdict::Nothing("refused");
    }
    if is_misplaced(&failure) {
        return Verdict::Nothing("misplaced");
    }
    let kind = format!("error {}", failure.code);
    Mismatch::wrong(&kind, vec![failure.message])
}

/// Whether a failure says that a table needs a condition.
pub fn is_refusal(failure: &Failure) -> bool {
    failure.code == "0A000" && failure.message.starts_with("cannot read ")
}

/// Whether a failure says that a thing which the query names is not in the project that it names beside
/// it: somebody who names a place that is none is told.
fn is_misplaced(failure: &Failure) -> bool {
    let named = failure.message.split_once("the record with project_id = ");
    failure.code == "02000" && named.is_some_and(|(_, others)| others.contains("_id = "))
}

enum Local {
    Failed(String),
    Large,
}

fn local(world: &mut World, query: &Query) -> Result<Vec<Vec<Row>>, Local> {
    let quick = [("statement_timeout".to_owned(), "2s".to_owned())];
    match run(world, query, Side::Local, &quick) {
        Ok(lists) if lists.iter().any(|rows| rows.len() > MOST) => Err(Local::Large),
        Ok(lists) => Ok(lists),
        Err(failure) if failure.code == "57014" => Err(Local::Large),
        Err(failure) => Err(Local::Failed(failure.code)),
    }
}

fn with_settings<T>(
    world: &mut World,
    set: &[(String, String)],
    then: impl FnOnce(&mut World) -> T,
) -> T {
    let set: Vec<String> =
        set.iter().map(|(name, value)| format!("SET {name} = '{value}'")).collect();
    world.session.run(&set.join(";"));
    let done = then(world);
    let reset = ["ROLLBACK; RESET ALL; SET statement_timeout = '3s'"];
    world.session.run(reset[0]);
    done
}

/// Puts a query in its way; a list of rows for each time that it is executed.
fn run(
    world: &mut World,
    query: &Query,
    side: Side,
    set: &[(String, String)],
) -> Result<Vec<Vec<Row>>, Failure> {
    with_settings(world, set, |world| match &query.mode {
        Mode::Plain => Ok(vec![world.ask(&query.text(side))?]),
        Mode::Prepared(generic) => prepared(world, query, side, *generic),
        Mode::Cursor(steps) => cursor(world, &query.text(side), steps),
        Mode::Loop => {
            let made = "CREATE OR REPLACE FUNCTION pg_temp.looped() RETURNS SETOF text LANGUAGE plpgsql AS \
                        $x$ DECLARE r record; BEGIN FOR r IN";
            let text = query.text(side);
            world.ask(&format!("{made} {text} LOOP RETURN NEXT r::text; END LOOP; END $x$"))?;
            Ok(vec![world.ask("SELECT * FROM pg_temp.looped()")?])
        }
        Mode::View => {
            world.ask(&format!("CREATE TEMP VIEW looked AS {}", query.text(side)))?;
            let rows = world.ask("SELECT * FROM looked");
            world.ask("DROP VIEW looked")?;
            Ok(vec![rows?])
        }
    })
}

fn prepared(
    world: &mut World,
    query: &Query,
    side: Side,
    generic: bool,
) -> Result<Vec<Vec<Row>>, Failure> {
    let (text, values) = query.prepared(side);
    let mode = if generic { "force_generic_plan" } else { "force_custom_plan" };
    world.ask(&format!("SET plan_cache_mode = {mode}"))?;
    let types: Vec<&str> = values.iter().map(|[ty, ..]| ty.as_str()).collect();
    let types = if types.is_empty() { String::new() } else { format!("({})", types.join(", ")) };
    world.ask(&format!("PREPARE asked{types} AS {text}"))?;
    let mut lists = Vec::new();
    for turn in [1, 2, 1] {
        let values: Vec<&str> = values.iter().map(|value| value[turn].as_str()).collect();
        let values =
            if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
        let limit = if turn == 1 { 3 } else { 100 };
        match world.ask(&format!("SET fuzz.limit = {limit}; EXECUTE asked{values}")) {
            Ok(rows) => lists.push(rows),
            Err(failure) => {
                world.ask("DEALLOCATE asked")?;
                return Err(failure);
            }
        }
    }
    world.ask("DEALLOCATE asked")?;
    Ok(lists)
}

fn cursor(world: &mut World, text: &str, steps: &[&str]) -> Result<Vec<Vec<Row>>, Failure> {
    world.ask("BEGIN")?;
    world.ask(&format!("DECLARE went SCROLL CURSOR FOR {text}"))?;
    let mut seen = Vec::new();
    for step in steps {
        let (word, count) = step.rsplit_once(' ').unwrap_or((step, ""));
        let (word, step) = (word, format!("{word} {count} FROM went"));
        seen.push((word.to_owned(), count.to_owned(), world.ask(&step)?));
    }
    world.ask("MOVE ABSOLUTE 0 FROM went")?;
    let all = world.ask("FETCH ALL FROM went")?;
    world.ask("COMMIT")?;
    match stray(&seen, &all) {
        None => Ok(vec![all]),
        Some(message) => Err(Failure { code: "cursor".to_owned(), message }),
    }
}

/// Follows a cursor over the rows that it has in the end; what it did otherwise.
fn stray(seen: &[(String, String, Vec<Row>)], all: &[Row]) -> Option<String> {
    let mut place: usize = 0;
    for (word, count, rows) in seen {
        let back = word.contains("BACKWARD");
        let count = if word.contains("ABSOLUTE") {
            None
        } else {
            Some(count.parse().unwrap_or(usize::MAX))
        };
        let Some(count) = count else {
            place = 0;
            continue;
        };
        let expected: Vec<&Row> = match back {
            true => {
                all[..place.saturating_sub(1).min(all.len())].iter().rev().take(count).collect()
            }
            false => all.get(place..).unwrap_or_default().iter().take(count).collect(),
        };
        let fewer = expected.len() < count;
        place = match (back, fewer) {
            (true, true) => 0,
            (true, false) => place - expected.len(),
            (false, true) => all.len() + 1,
            (false, false) => place + expected.len(),
        };
        if word.starts_with("FETCH") && rows.iter().collect::<Vec<_>>() != expected {
            return Some(format!(
                "{word} gave {} rows and not {}, or others",
                rows.len(),
                expected.len()
            ));
        }
    }
    None
}

/// How rows differ from those that they should be; in their order too where that was asked for.
fn difference(found: &[Row], wanted: &[Row], ordered: bool) -> Vec<String> {
    if found == wanted {
        return Vec::new();
    }
    let mut counts = BTreeMap::<&Row, i64>::new();
    for row in found {
        *counts.entry(row).or_default() += 1;
    }
    for row in wanted {
        *counts.entry(row).or_default() -= 1;
    }
    counts.retain(|_, count| *count != 0);
    if counts.is_empty() {
        return if ordered { vec!["the order differs".to_owned()] } else { Vec::new() };
    }
    let mut lines = vec![format!("{} rows in place of {}", found.len(), wanted.len())];
    let line = |(row, count): (&&Row, &i64)| {
        let (sign, row) = (if *count > 0 { '+' } else { '-' }, shown(row));
        format!("{sign} {}x {row}", count.abs())
    };
    lines.extend(counts.iter().take(8).map(line));
    lines
}

fn shown(row: &Row) -> String {
    let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL"));
    let row = cells.collect::<Vec<_>>().join(" | ");
    row.chars().take(200).collect()
}

/// Whether rows are as many as a limit leaves of the whole, and in it.
fn outside(found: &[Row], whole: &[Row], tail: &Tail) -> Vec<String> {
    let left = whole.len().saturating_sub(tail.offset.unwrap_or(0));
    let count = tail.limit.map_or(left, |limit| left.min(limit));
    if found.len() != count {
        return vec![format!("{} rows in place of {count}", found.len())];
    }
    let mut counts = BTreeMap::<&Row, i64>::new();
    for row in whole {
        *counts.entry(row).or_default() += 1;
    }
    for row in found {
        let count = counts.entry(row).or_default();
        *count -= 1;
        if *count < 0 {
            return vec![format!("not in the whole: {}", shown(row))];
        }
    }
    Vec::new()
}
