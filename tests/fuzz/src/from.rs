//! What stands in FROM: relations, queries over them, and joins.

use crate::generate::{Field, Generator};
use crate::query::{Condition, Item, Select, Source, table};
use crate::world::{Link, Sense, Widening};

/// Joins, as often as they are wanted.
const JOINS: [&str; 7] =
    ["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LATERAL"];

impl Generator<'_> {
    pub fn first(&mut self) -> (Item, Vec<Field>) {
        if !self.with.is_empty() && self.chance(60) {
            let place = self.rng.usize(0..self.with.len());
            let alias = self.name();
            let (with, fields) = &self.with[place];
            let source = Source::Text(with.name.clone());
            let fields = renamed(fields, &alias);
            return (Item { join: "", on: Vec::new(), source, alias }, fields);
        }
        let relation = self.rng.usize(0..self.relations.len());
        self.item("", relation)
    }

    /// A relation in FROM: itself, or a query over it.
    fn item(&mut self, join: &'static str, place: usize) -> (Item, Vec<Field>) {
        let relation = &self.relations[place];
        let (inner, alias) = (self.name(), self.name());
        let roll = self.rng.u8(0..100);
        let wide = relation.wide && roll < 35;
        if !wide && roll < 85 {
            let source = Source::Text(table(&relation.foreign, &relation.local));
            let fields = self.fields(place, &alias);
            return (Item { join, on: Vec::new(), source, alias }, fields);
        }
        let fields = self.fields(place, &inner);
        let (mut filter, widening) =
            if wide { self.widened(place, &inner) } else { (Vec::new(), Widening::default()) };
        if self.chance(50) {
            filter.push(self.condition(&fields, 1));
        }
        let source = Source::Text(table(&relation.foreign, &relation.copy(widening)));
        let from = vec![Item { join: "", on: Vec::new(), source, alias: inner }];
        let shown: Vec<Field> = fields
            .into_iter()
            .filter(|field| field.samples.len() > 1 || self.rng.u8(0..4) == 0)
            .collect();
        let output: Vec<String> = shown.iter().map(|field| field.text.clone()).collect();
        if output.is_empty() {
            let source = Source::Text(table(&relation.foreign, &relation.local));
            let fields = self.fields(place, &alias);
            return (Item { join, on: Vec::new(), source, alias }, fields);
        }
        let behind = match self.rng.u8(0..10) {
            0 => " OFFSET 0".to_owned(),
            1 => {
                format!(" ORDER BY {} LIMIT {}", output.join(", "), self.rng.u8(1..9))
            }
            _ => String::new(),
        };
        let select = Select {
            distinct: String::new(),
            output,
            from,
            filter,
            group: None,
            having: Vec::new(),
        };
        let fields = renamed(&shown, &alias);
        (
            Item {
                join,
                on: Vec::new(),
                source: Source::Query(Box::new(select), false, behind),
                alias,
            },
            fields,
        )
    }

    /// Another item that has values in common with one that is there.
    pub fn joined(&mut self, fields: &[Field]) -> Option<(Item, Vec<Field>)> {
        let (field, link) = self.link(fields)?;
        let join = self.pick(&JOINS);
        let lateral = join == "LATERAL";
        let (mut item, more) = self.item(if lateral { "JOIN" } else { join }, link.to.0);
        let other = more.iter().find(|other| other.at == Some(link.to))?;
        let equal = Condition::Text(format!("{} = {}", field.text, other.text));
        if lateral {
            item.join = self.pick(&["JOIN", "LEFT JOIN"]);
            let inner = Item { join: "", on: Vec::new(), source: item.source, alias: self.name() };
            let fields = renamed_in(&more, &inner.alias, &item.alias);
            let equal = Condition::Text(format!(
                "{} = {}",
                field.text,
                fields.iter().find(|other| other.at == Some(link.to))?.text
            ));
            let output: Vec<String> = fields.iter().map(|field| field.text.clone()).collect();
            let sorted = format!(" ORDER BY {} LIMIT 1000", output[0]);
            let select = Select {
                distinct: String::new(),
                output,
                from: vec![inner],
                filter: vec![equal],
                group: None,
                having: Vec::new(),
            };
            let behind = self.pick(&[String::new(), " OFFSET 0".to_owned(), sorted]);
            item.source = Source::Query(Box::new(select), true, behind);
            let fields = renamed(&fields, &item.alias);
            return Some((item, fields));
        }
        item.on = vec![equal];
        if join != "FULL JOIN" && self.chance(30) {
            let mut known = more.clone();
            known.extend_from_slice(fields);
            let condition = self.condition(&known, 1);
            item.on.push(condition);
        }
        Some((item, more))
    }

    pub fn link(&mut self, fields: &[Field]) -> Option<(Field, Link)> {
        for _ in 0..8 {
            let field = self.pick(fields);
            let links: Vec<Link> =
                self.links.iter().filter(|link| Some(link.from) == field.at).copied().collect();
            let keyed: Vec<Link> =
                links.iter().filter(|link| self.is_key(link.to)).copied().collect();
            if !keyed.is_empty() && self.chance(70) {
                return Some((field, self.pick(&keyed)));
            }
            if !links.is_empty() {
                return Some((field, self.pick(&links)));
            }
        }
        None
    }

    /// Whether a plan may ask by a column.
    fn is_key(&self, (relation, column): (usize, usize)) -> bool {
        let column = &self.relations[relation].columns[column];
        column.sense == Sense::Key || column.filtered
    }

    /// What a subquery in a condition reads: an item, its columns, and the column that is like one of
    /// the outer query, with that.
    pub fn linked(&mut self, fields: &[Field]) -> Option<(Item, Vec<Field>, Field, Field)> {
        let (outer, link) = self.link(fields)?;
        let (item, inner) = self.item("", link.to.0);
        let other = inner.iter().find(|other| other.at == Some(link.to))?.clone();
        Some((item, inner, outer, other))
    }
}

/// Columns of a query, by the names that they have outside of it.
fn renamed(fields: &[Field], alias: &str) -> Vec<Field> {
    let named = fields.iter().zip(1..);
    named
        .map(|(field, place)| Field { text: format!("{alias}.c{place}"), ..field.clone() })
        .collect()
}

/// Columns under another name of what they are in.
fn renamed_in(fields: &[Field], alias: &str, before: &str) -> Vec<Field> {
    let prefix = format!("{before}.");
    let named = fields.iter();
    named
        .map(|field| {
            let name = field.text.strip_prefix(&prefix).unwrap_or(&field.text);
            Field { text: format!("{alias}.{name}"), ..field.clone() }
        })
        .collect()
}
