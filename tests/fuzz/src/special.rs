//! Queries that are made for one promise.

use crate::generate::{Field, Generator};
use crate::query::{Body, Check, Condition, Item, Mode, Query, Select, Source, Tail, table, value};
use crate::world::Sense;

impl Generator<'_> {
    /// The number of rows of a table that stops after some, read once and again.
    pub fn counted(&mut self) -> Query {
        let (foreign, local) = self.pick(self.capped);
        let source = Source::Text(table(&foreign, &local));
        let item = |join, source, alias: &str| Item {
            join,
            on: Vec::new(),
            source,
            alias: alias.to_owned(),
        };
        let mut select = Select {
            distinct: String::new(),
            output: vec!["count(*)".to_owned()],
            from: vec![item("", source, "t1")],
            filter: Vec::new(),
            group: Some(0),
            having: Vec::new(),
        };
        let numbers = item("", Source::Text("generate_series(1, 4)".to_owned()), "n");
        match self.rng.u8(0..3) {
            0 => {}
            1 => {
                select.filter.push(Condition::Text("n > 0".to_owned()));
                let text =
                    format!("(SELECT count(*) FROM {} t1 WHERE n > 0)", table(&foreign, &local));
                select = Select {
                    output: vec!["n".to_owned(), text],
                    from: vec![numbers],
                    filter: Vec::new(),
                    group: None,
                    ..select
                };
            }
            _ => {
                select.from[0].join = "JOIN";
                select.from[0].on.push(Condition::Text("n > 0".to_owned()));
                select.from.insert(0, numbers);
                select.output = vec!["n".to_owned(), "count(t1.id)".to_owned()];
                select.group = Some(1);
            }
        }
        Query {
            settings: self.settings(),
            with: Vec::new(),
            body: Body::One(select),
            tail: Tail::default(),
            mode: Mode::Plain,
            check: Check::Copy,
        }
    }

    /// The number of rows for each value of a key, or of a key and what else there is.
    pub fn numbered(&mut self) -> Query {
        let (item, fields) = self.first();
        let keys: Vec<&Field> = fields.iter().filter(|field| field.sense == Sense::Key).collect();
        let key = if keys.is_empty() { self.pick(&fields) } else { self.pick(&keys).clone() };
        let mut filter = Vec::new();
        if self.chance(70) {
            let values: Vec<String> = (0..3).map(|_| self.value(&key)).collect();
            filter.push(Condition::Text(format!("{} IN ({})", key.text, values.join(", "))));
        }
        if self.chance(30) {
            filter.push(self.condition(&fields, 1));
        }
        let mut output = vec![key.text.clone()];
        if self.chance(40) {
            let others: Vec<&Field> =
                fields.iter().filter(|field| field.sense != Sense::Plain).collect();
            output.extend((!others.is_empty()).then(|| self.pick(&others).text.clone()));
        }
        let group = Some(output.len());
        output.push("count(*)".to_owned());
        let having = self.chance(25).then(|| Condition::Text("count(*) > 1".to_owned()));
        let having = having.into_iter().collect();
        let select =
            Select { distinct: String::new(), output, from: vec![item], filter, group, having };
        Query {
            settings: self.settings(),
            with: Vec::new(),
            body: Body::One(select),
            tail: Tail::default(),
            mode: self.pick(&[Mode::Plain, Mode::Prepared(true), Mode::Loop, Mode::View]),
            check: Check::Copy,
        }
    }

    /// A query whose limit is known when it is executed, or by a function.
    pub fn limited(&mut self) -> Query {
        let (item, _) = self.first();
        let part = Select {
            distinct: String::new(),
            output: vec!["1".to_owned()],
            from: vec![item],
            filter: Vec::new(),
            group: None,
            having: Vec::new(),
        };
        let number = |first, again| value("bigint", Some(first), Some(again));
        let behind = match self.rng.u8(0..5) {
            // The setting has another value each time that the query is executed.
            4 => " LIMIT current_setting('fuzz.limit')::bigint".to_owned(),
            0 => format!(" LIMIT {}", number("3", "100")),
            1 => format!(" LIMIT {} OFFSET {}", number("5", "1"), number("2", "0")),
            2 => format!(" LIMIT abs({})", number("2", "50")),
            _ => format!(" OFFSET {}", number("1", "4")),
        };
        let source = Source::Query(Box::new(part), false, behind);
        let whole = Select {
            distinct: String::new(),
            output: vec!["count(*)".to_owned()],
            from: vec![Item { join: "", on: Vec::new(), source, alias: "whole".to_owned() }],
            filter: Vec::new(),
            group: Some(0),
            having: Vec::new(),
        };
        let generic = self.rng.bool();
        Query {
            settings: Vec::new(),
            with: Vec::new(),
            body: Body::One(whole),
            tail: Tail::default(),
            mode: Mode::Prepared(generic),
            check: Check::Copy,
        }
    }
}
