//! The values that columns are given, one after another.

use basecamp_fdw::catalog::{Column, Effect, Operation, Table};
use basecamp_fdw::value::Type;

use super::walk::Walk;

impl Walk<'_> {
    /// What a column is set to, one after another: the words of operations that set it, or a value.
    pub fn words(&mut self, table: &'static Table, column: &'static Column) -> Vec<String> {
        let words: Vec<String> = table
            .updates(column.name)
            .filter_map(|operation| match operation.effect {
                Effect::Set(_, word) => Some(format!("'{word}'::{}", column.ty.sql())),
                _ => None,
            })
            .collect();
        let known = self.literal(table, column, None);
        if !words.is_empty() && known.is_none() {
            // Back to the first, which is how it was: active, open, shown.
            let back = words.first().cloned().filter(|_| words.len() > 1);
            return words.into_iter().chain(back).collect();
        }
        match self.value(table, column, None) {
            Ok(value) => value.into_iter().collect(),
            Err(error) => {
                self.note(table, format!("UPDATE {}", column.name), Err(error));
                Vec::new()
            }
        }
    }

    /// What is known of a column's values, of the most particular first.
    fn literal(
        &self,
        table: &Table,
        column: &Column,
        insert: Option<&Operation>,
    ) -> Option<[&'static str; 2]> {
        let words = insert.into_iter().flat_map(|each| each.when.iter().map(|(_, word)| *word));
        let names = words.chain(insert.map(|each| each.name)).chain([table.name, "*"]);
        let of = |name: &str| {
            let mut all = self.literals.values.iter();
            all.find(|(of, each, _)| *of == name && *each == column.name)
        };
        names.into_iter().find_map(of).map(|(_, _, values)| *values)
    }

    /// A value for a column, as an SQL literal: of a new row, or of an update.
    pub fn value(
        &mut self,
        table: &Table,
        column: &Column,
        insert: Option<&Operation>,
    ) -> Result<Option<String>, String> {
        let plain = match column.ty {
            Type::BigintArray => ["ARRAY[2001]", "ARRAY[2002, 2003]"],
            Type::Boolean => ["true", "false"],
            Type::Date => ["'2026-12-01'", "'2026-12-02'"],
            Type::Integer => ["2", "1"],
            Type::Numeric => ["1.5", "2.25"],
            Type::Text => ["'as it is new'", "'as it is changed'"],
            Type::TextArray => ["ARRAY['Todo']", "ARRAY['Message']"],
            Type::Timestamptz => ["'2026-12-24 10:00Z'", "'2026-12-24 11:00Z'"],
            _ => [""; 2],
        };
        let known = self.literal(table, column, insert);
        let expression = known.unwrap_or(plain)[usize::from(insert.is_none())];
        if expression.is_empty() {
            return match known {
                Some(_) => Ok(None),
                None => Err(format!("no value for {}.{}", table.name, column.name)),
            };
        }
        let ty = column.ty.sql();
        let sql = format!("SELECT quote_literal(({expression})::{ty}::text)");
        let rows = self.session.attempt(&sql).map_err(|error| format!("{sql}: {error}"))?;
        let value = rows.first().and_then(|row| row[0].clone());
        value.map(|text| Some(format!("{text}::{ty}"))).ok_or_else(|| format!("{sql}: NULL"))
    }
}
