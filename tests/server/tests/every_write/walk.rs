//! The walk: what the catalogue says can be written is written, and the simulator is asked what became of
//! the record, past the extension.

use std::collections::{BTreeMap, BTreeSet};

use basecamp_fdw::catalog::{Clear, Column, Effect, Operation, Table, Version};
use basecamp_fdw::value::Type;
use serde_json::{Map, Value};
use server_tests::Session;
use simulator::Simulator;

use super::record::{change, differences, is_of, key, keys, members};

/// What the catalogue cannot say of a version: which values there are, and what is known to be otherwise.
/// The table `*` stands for every one; a value may also be that of an operation, by its name or by what it
/// is chosen by.
pub struct Literals {
    /// The version.
    pub version: Version,
    /// Table, column, and the values of a new row and of an update, in SQL. One that is empty is not given.
    pub values: &'static [(&'static str, &'static str, [&'static str; 2])],
    /// Table, and the condition for the row that is changed where none can be made.
    pub rows: &'static [(&'static str, &'static str)],
    /// Table, what is set before its columns are changed one by one and what after that, with the reason.
    pub together: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Table, column, and the member that its change takes along, with the reason.
    pub follows: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Table, and the step that does not do what others do, with the reason.
    pub exceptions: &'static [(&'static str, &'static str, &'static str)],
}

/// The members that tell when a record was changed.
const WHEN: [&str; 1] = ["updated_at"];

/// What a step came to: nothing, or what was wrong.
type Outcome = Result<(), String>;

/// A walk through all tables of a version.
pub struct Walk<'a> {
    simulator: &'a Simulator,
    pub session: &'a mut Session,
    pub literals: &'static Literals,
    outcomes: BTreeMap<(&'static str, String), Vec<Outcome>>,
    followed: BTreeSet<usize>,
}

/// Walks through every table that can be written; what was wrong.
pub fn walk(
    simulator: &Simulator,
    session: &mut Session,
    literals: &'static Literals,
) -> Vec<String> {
    let outcomes = BTreeMap::new();
    let mut walk = Walk { simulator, session, literals, outcomes, followed: BTreeSet::new() };
    for table in literals.version.tables() {
        walk.table(table);
    }
    walk.wrong()
}

impl Walk<'_> {
    fn table(&mut self, table: &'static Table) {
        if table.operations.is_empty() {
            return;
        }
        if table.inserts().next().is_none() {
            let known = self.literals.rows.iter().find(|(name, _)| *name == table.name);
            let condition = known.map_or("true", |(_, condition)| *condition);
            let sql =
                format!("SELECT to_jsonb(t) FROM bc.{} t WHERE {condition} LIMIT 1", table.name);
            match self.row(&sql) {
                Ok(row) => self.changes(table, row, ""),
                Err(error) => self.note(table, "row".to_owned(), Err(error)),
            }
        }
        for insert in table.inserts() {
            let words: Vec<&str> = insert.when.iter().map(|(_, word)| *word).collect();
            let of = [&[insert.name][..], &words].concat().join(" ");
            match self.insert(table, insert) {
                Ok(row) => {
                    self.note(table, format!("INSERT {of}"), Ok(()));
                    let of = if table.inserts().count() > 1 {
                        format!(" of {of}")
                    } else {
                        String::new()
                    };
                    self.changes(table, row, &of);
                }
                Err(error) => self.note(table, format!("INSERT {of}"), Err(error)),
            }
        }
    }

    /// Everything that can be done with a row, and to remove it at the end. `of`: how it was made.
    fn changes(&mut self, table: &'static Table, mut row: Map<String, Value>, of: &str) {
        let mut together = self.literals.together.iter().filter(|(name, ..)| *name == table.name);
        let together = together.next();
        if let Some((_, before, ..)) = together {
            self.set(table, before, &key(table, &row));
        }
        // States last: what is done or in the trash is not what it was.
        let mut columns: Vec<_> =
            table.columns().filter(|column| table.is_updatable(column)).collect();
        columns.sort_by_key(|column| (!is_told(table, column.name), column.ty == Type::Boolean));
        for column in columns {
            for word in self.words(table, column) {
                let outcome = self.update(table, column, &mut row, &word);
                self.note(table, format!("UPDATE {}{of}", column.name), outcome);
            }
            let outcome = self.clear(table, column, &row);
            self.note(table, format!("NULL {}{of}", column.name), outcome);
        }
        if let Some((_, _, after, _)) = together {
            self.set(table, after, &key(table, &row));
        }
        if table.delete().is_some() {
            let outcome = self.remove(table, &row);
            self.note(table, format!("DELETE{of}"), outcome);
        }
    }

    /// Sets several columns at once.
    fn set(&mut self, table: &'static Table, columns: &str, key: &str) {
        let sql = format!("UPDATE bc.{} SET {columns} WHERE {key}", table.name);
        let done = self.session.attempt(&sql).map(drop).map_err(|error| format!("{sql}: {error}"));
        self.note(table, format!("SET {columns}"), done);
    }

    /// Makes a row with every column that its request takes, and reads it; the row.
    fn insert(
        &mut self,
        table: &'static Table,
        insert: &'static Operation,
    ) -> Result<Map<String, Value>, String> {
        let members = insert.members.iter().filter_map(|member| member.columns.first());
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for (name, word) in insert.when {
            given.push((name, format!("'{word}'")));
        }
        for name in insert.holes().chain(members.copied()) {
            let column = table.column(name).ok_or_else(|| format!("no column {name}"))?;
            if given.iter().all(|(other, _)| *other != name)
                && let Some(value) = self.value(table, column, Some(insert))?
            {
                given.push((name, value));
            }
        }
        let (names, values): (Vec<_>, Vec<_>) = given.iter().cloned().unzip();
        let sql = format!(
            "INSERT INTO bc.{} AS t ({}) VALUES ({}) RETURNING to_jsonb(t)",
            table.name,
            names.join(", "),
            values.join(", ")
        );
        let mut row = self.row(&sql)?;
        if table.id().is_some_and(|id| row[id.name].is_null()) {
            // Basecamp answered nothing, so nobody knows the id; the row is there all the same.
            let conditions: Vec<String> =
                given.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let conditions = conditions.join(" AND ");
            row = self
                .row(&format!("SELECT to_jsonb(t) FROM bc.{} t WHERE {conditions}", table.name))?;
        }
        let key = key(table, &row);
        self.record(table, &row).ok_or_else(|| format!("{sql}: not in Basecamp"))?;
        self.reads(table, &key, &given).map_err(|error| format!("{sql}: {error}"))?;
        Ok(row)
    }

    /// Gives a column a value; the rest of the record is as it was.
    fn update(
        &mut self,
        table: &'static Table,
        column: &'static Column,
        row: &mut Map<String, Value>,
        value: &str,
    ) -> Outcome {
        let (name, key) = (column.name, key(table, row));
        let sql = format!("UPDATE bc.{} SET {name} = {value} WHERE {key}", table.name);
        let before = self.record(table, row).ok_or("the record is not there")?;
        self.session.attempt(&sql).map_err(|error| format!("{sql}: {error}"))?;
        if keys(table).contains(&name) {
            let new = self.session.attempt(&format!("SELECT to_jsonb({value})"))?;
            let new = new[0][0].as_deref().and_then(|text| serde_json::from_str(text).ok());
            row.insert(name.to_owned(), new.unwrap_or_default());
        }
        let key = super::record::key(table, row);
        let after = self.record(table, row).ok_or_else(|| format!("{sql}: it has gone"))?;
        self.same(table, column, &before, &after).map_err(|error| format!("{sql}: {error}"))?;
        self.reads(table, &key, &[(name, value.to_owned())])
            .map_err(|error| format!("{sql}: {error}"))
    }

    /// Sets a column to NULL, where there is a way to say that; elsewhere nothing is sent.
    fn clear(
        &mut self,
        table: &'static Table,
        column: &'static Column,
        row: &Map<String, Value>,
    ) -> Outcome {
        let (name, key) = (column.name, key(table, row));
        let sql = format!("UPDATE bc.{} SET {name} = NULL WHERE {key}", table.name);
        let before = self.record(table, row).ok_or("the record is not there")?;
        self.simulator.clear_requests();
        let done = self.session.attempt(&sql);
        let after = self.record(table, row).ok_or_else(|| format!("{sql}: it has gone"))?;
        if !is_clearable(table, name) {
            let sent = self.simulator.requests().into_iter().filter(|sent| sent.method != "GET");
            let sent: Vec<String> = sent.map(|sent| sent.path).collect();
            return match done {
                Err(error) if error.starts_with("23502") && sent.is_empty() => Ok(()),
                other => Err(format!("{sql}: {other:?}, sent {sent:?}")),
            };
        }
        done.map_err(|error| format!("{sql}: {error}"))?;
        self.same(table, column, &before, &after).map_err(|error| format!("{sql}: {error}"))?;
        let read = format!("SELECT {name}::text FROM bc.{} WHERE {key}", table.name);
        let rows = self.session.attempt(&read)?;
        let left = rows.first().ok_or_else(|| format!("{sql}: it has gone"))?[0].as_deref();
        // A title that is empty reads back as one.
        let is_empty =
            left.is_none_or(|left| ["", "{}", "[]", "false", "Untitled"].contains(&left));
        if is_empty { Ok(()) } else { Err(format!("{sql}: it is {left:?}")) }
    }

    /// Removes a row, for good or into the trash, and takes it out again where the table can.
    fn remove(&mut self, table: &'static Table, row: &Map<String, Value>) -> Outcome {
        let key = key(table, row);
        let sql = format!("DELETE FROM bc.{} WHERE {key}", table.name);
        let before = self.record(table, row).ok_or("the record is not there")?;
        self.session.attempt(&sql).map_err(|error| format!("{sql}: {error}"))?;
        let Some(gone) = self.record(table, row) else { return Ok(()) };
        let trashed = gone["trashed"] == true
            || ["trashed", "deleted"].iter().any(|word| gone["status"] == *word);
        if !trashed || gone == before {
            return Err(format!("{sql}: {gone}"));
        }
        let is_back = |each: &Operation| matches!(each.effect, Effect::Set("status", "active"));
        if !table.operations.iter().any(is_back) {
            return Ok(());
        }
        let sql = format!(
            "UPDATE bc.{} SET status = 'active' WHERE {key} AND status = 'trashed'",
            table.name
        );
        self.session.attempt(&sql).map_err(|error| format!("{sql}: {error}"))?;
        let after = self.record(table, row).ok_or_else(|| format!("{sql}: it has gone"))?;
        let other = differences(&before, &after);
        let told = |name: &&String| !WHEN.contains(&name.as_str());
        let told = other.iter().filter(told).map(|name| change(name, &before, &after));
        let other: Vec<String> = told.collect();
        if other.is_empty() { Ok(()) } else { Err(format!("{sql}: {}", other.join("; "))) }
    }

    /// The record of a row, as Basecamp has it.
    fn record(&self, table: &'static Table, row: &Map<String, Value>) -> Option<Value> {
        let all = match self.literals.version {
            Version::V2 => self.simulator.dump_v2(table.name),
            Version::V3 => self.simulator.dump(table.name),
        };
        let keys = keys(table);
        let mine = |each: &&Value| keys.iter().all(|name| is_of(each, table, name, &row[*name]));
        let found = all.iter().find(mine)?;
        let wrapped = found.get("record").filter(|_| found.get("asked").is_some());
        Some(wrapped.unwrap_or(found).clone())
    }

    /// Whether nothing but what a column says has changed.
    fn same(&mut self, table: &Table, column: &Column, before: &Value, after: &Value) -> Outcome {
        let mut own = members(&column.field);
        own.push(column.name);
        let mut wrong = Vec::new();
        for name in differences(before, after) {
            if WHEN.contains(&name.as_str()) || own.contains(&name.as_str()) {
                continue;
            }
            let along = |(of, by, member, _): &(&str, &str, &str, &str)| {
                (*of == "*" || *of == table.name) && *by == column.name && *member == name
            };
            match self.literals.follows.iter().position(along) {
                Some(place) => drop(self.followed.insert(place)),
                None => wrong.push(change(&name, before, after)),
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// Reads a row, and notes which of these values it has.
    fn reads(
        &mut self,
        table: &'static Table,
        key: &str,
        values: &[(&'static str, String)],
    ) -> Outcome {
        let compared: Vec<String> = values
            .iter()
            .map(|(name, value)| {
                format!("CASE WHEN {name} IS DISTINCT FROM {value} THEN coalesce({name}::text, 'NULL') END")
            })
            .collect();
        let sql = format!("SELECT {} FROM bc.{} WHERE {key}", compared.join(", "), table.name);
        let rows = self.session.attempt(&sql).map_err(|error| format!("{sql}: {error}"))?;
        let [row] = rows.as_slice() else {
            return Err(format!("{} rows are read where {key}", rows.len()));
        };
        for ((name, value), other) in values.iter().zip(row) {
            let outcome = match other {
                None => Ok(()),
                Some(other) => Err(format!("{value} is read as {other}")),
            };
            self.note(table, format!("READ {name}"), outcome);
        }
        Ok(())
    }

    fn row(&mut self, sql: &str) -> Result<Map<String, Value>, String> {
        let rows = self.session.attempt(sql).map_err(|error| format!("{sql}: {error}"))?;
        let text = rows.first().and_then(|row| row[0].as_deref());
        let row = text.and_then(|text| serde_json::from_str(text).ok());
        row.ok_or_else(|| format!("{sql}: no row"))
    }

    pub fn note(&mut self, table: &'static Table, step: String, outcome: Outcome) {
        self.outcomes.entry((table.name, step)).or_default().push(outcome);
    }

    /// Steps that went wrong without being listed, what is listed and went well, and what never was.
    fn wrong(self) -> Vec<String> {
        let listed: BTreeSet<(&str, &str)> =
            self.literals.exceptions.iter().map(|(table, step, _)| (*table, *step)).collect();
        let mut wrong = Vec::new();
        for ((table, step), outcomes) in &self.outcomes {
            let errors: Vec<_> = outcomes.iter().filter_map(|each| each.as_ref().err()).collect();
            match (listed.contains(&(*table, step.as_str())), errors.is_empty()) {
                (true, true) if !outcomes.is_empty() => {
                    wrong.push(format!("{table}, {step}: it works, and is listed"))
                }
                (false, false) => {
                    wrong.extend(errors.iter().map(|error| format!("{table}, {step}: {error}")));
                }
                _ => {}
            }
        }
        for (table, step) in listed {
            if !self.outcomes.keys().any(|(name, each)| (*name, each.as_str()) == (table, step)) {
                wrong.push(format!("{table}, {step}: listed, and never tried"));
            }
        }
        for (place, (table, column, member, _)) in self.literals.follows.iter().enumerate() {
            if !self.followed.contains(&place) {
                wrong.push(format!("{table}.{column}: {member} does not follow"));
            }
        }
        wrong
    }
}

/// Whether a request says the value of a column, and not only one of a few words.
fn is_told(table: &'static Table, name: &str) -> bool {
    table.updates(name).any(|each| each.effect == Effect::Update)
}

/// Whether there is a way to say that a column has no value.
fn is_clearable(table: &'static Table, name: &str) -> bool {
    let says = table.updates(name).find(|each| each.effect == Effect::Update);
    let member =
        says.and_then(|each| each.members.iter().find(|each| each.columns.contains(&name)));
    member.is_some_and(|member| member.clear != Clear::Never)
}
