//! Random queries.
//!
//! Conditions over a table with a default scope take their values from the rows in that scope, so that
//! none of them changes which records are meant; those that do are made by [`Generator::widened`],
//! which knows the copy that has their rows.

use std::rc::Rc;

use fastrand::Rng;

use crate::query::{Body, Check, Mode, Query, Select, Source, Tail, With, table};
use crate::world::{Link, Relation, Sense};

/// A column as a query can name it.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub text: String,
    /// Its type.
    pub ty: String,
    /// Values that it has.
    pub samples: Rc<Vec<String>>,
    /// What a condition on it does.
    pub sense: Sense,
    /// The relation and its column, for joins.
    pub at: Option<(usize, usize)>,
}

/// What queries are made of: relations, what can be joined, and tables that stop after some rows.
pub type Stock<'a> = (&'a [Relation], &'a [Link], &'a [(String, String)]);

/// Makes queries.
pub struct Generator<'a> {
    /// Chance.
    pub rng: Rng,
    /// What queries read.
    pub relations: &'a [Relation],
    /// What can be joined.
    pub links: &'a [Link],
    /// Tables that stop after some rows, and what takes their place over the copies.
    pub capped: &'a [(String, String)],
    /// Queries with a name, and their columns.
    pub with: Vec<(With, Vec<Field>)>,
    names: usize,
}

/// Settings that change plans.
const SETTINGS: [(&str, &[&str]); 16] = [
    ("basecamp_fdw.request_cost", &["0", "1", "100000"]),
    ("enable_hashjoin", &["off"]),
    ("enable_mergejoin", &["off"]),
    ("enable_nestloop", &["off"]),
    ("enable_material", &["off"]),
    ("enable_memoize", &["off"]),
    ("enable_sort", &["off"]),
    ("enable_hashagg", &["off"]),
    ("enable_async_append", &["off"]),
    ("work_mem", &["64kB", "64MB"]),
    ("join_collapse_limit", &["1"]),
    ("from_collapse_limit", &["1"]),
    ("geqo_threshold", &["2"]),
    ("cursor_tuple_fraction", &["0.01", "1"]),
    ("enable_incremental_sort", &["off"]),
    ("hash_mem_multiplier", &["1"]),
];

/// Steps of a cursor; each sees all rows in the end.
const STEPS: [&[&str]; 4] = [
    &["FETCH 1", "FETCH ALL"],
    &["FETCH 3", "FETCH BACKWARD ALL", "FETCH ALL"],
    &["FETCH ALL", "FETCH BACKWARD ALL"],
    &["MOVE FORWARD ALL", "FETCH BACKWARD 2", "MOVE ABSOLUTE 0", "FETCH ALL"],
];

impl<'a> Generator<'a> {
    /// The generator of one query: what it makes follows from the seed and the query's number.
    pub fn new((relations, links, capped): Stock<'a>, seed: u64, number: u64) -> Self {
        let mixed =
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03);
        Self { rng: Rng::with_seed(mixed), relations, links, capped, with: Vec::new(), names: 0 }
    }

    /// A query.
    pub fn query(&mut self) -> Query {
        match self.rng.u8(0..100) {
            0..3 => return self.limited(),
            3 if !self.capped.is_empty() => return self.counted(),
            4..8 => return self.numbered(),
            _ => {}
        }
        if self.chance(15) {
            let (select, fields) = self.select(&[], 2);
            let kind = self.pick(&["MATERIALIZED", "NOT MATERIALIZED", ""]);
            let name = format!("w{}", self.with.len() + 1);
            self.with.push((With { name, kind, select }, fields));
        }
        let (select, fields) = self.select(&[], 3);
        let plain =
            select.group.is_none() && !select.output.iter().any(|text| text.contains(" OVER "));
        let check = if plain && self.with.is_empty() { self.check(&select) } else { Check::Copy };
        let mut query = Query {
            settings: self.settings(),
            with: self.with.iter().map(|(with, _)| with.clone()).collect(),
            body: Body::One(select),
            tail: Tail::default(),
            mode: Mode::Plain,
            check,
        };
        if matches!(query.check, Check::Copy) {
            self.dress(&mut query, fields.len());
        }
        query
    }

    /// Set operations, order, limit and the way to put a query.
    fn dress(&mut self, query: &mut Query, columns: usize) {
        if let Body::One(select) = &query.body
            && self.chance(10)
        {
            let (first, mut second) = (select.clone(), select.clone());
            if second.group.is_none() && !second.filter.is_empty() {
                second.filter.pop();
            }
            let word = self.pick(&[
                "UNION",
                "UNION ALL",
                "EXCEPT",
                "EXCEPT ALL",
                "INTERSECT",
                "INTERSECT ALL",
            ]);
            query.body = Body::Two(word, first, second);
        } else if let Body::One(select) = &mut query.body {
            self.distinct(select, &mut query.tail);
        }
        let total = self.chance(30) || !query.tail.order.is_empty();
        if total {
            let from = query.tail.order.len();
            for place in from + 1..=columns {
                let way = self.pick(&["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
                query.tail.order.push(format!("{place}{way}"));
            }
        }
        if self.chance(25) {
            query.tail.limit = Some(self.pick(&[0, 1, 2, 5, 10, 40]));
            query.tail.offset = self.chance(40).then(|| self.rng.usize(0..6));
        }
        query.mode = match self.rng.u8(0..100) {
            0..50 => Mode::Plain,
            50..72 => Mode::Prepared(self.rng.bool()),
            72..82 => Mode::Cursor(self.pick(&STEPS).to_vec()),
            82..91 => Mode::Loop,
            _ => Mode::View,
        };
    }

    fn distinct(&mut self, select: &mut Select, tail: &mut Tail) {
        match self.rng.u8(0..100) {
            0..8 => "DISTINCT".clone_into(&mut select.distinct),
            8..14 if select.group.is_none() && !select.output[0].contains(['(', '\u{2}']) => {
                select.distinct = format!("DISTINCT ON ({})", select.output[0]);
                tail.order.push("1".to_owned());
            }
            _ => {}
        }
    }

    fn check(&mut self, select: &Select) -> Check {
        let fields = self.fields_of(select);
        match self.rng.u8(0..100) {
            0..10 if !fields.is_empty() => Check::Parts(self.condition(&fields, 2)),
            10..17 => Check::Count,
            17..25 if !fields.is_empty() => {
                let field = self.pick(&fields);
                Check::Added(field.text)
            }
            _ => Check::Copy,
        }
    }

    /// The columns of the first table of a select, where it is one.
    fn fields_of(&self, select: &Select) -> Vec<Field> {
        let first = &select.from[0];
        let found = self.relations.iter().position(|relation| {
            matches!(&first.source, Source::Text(text) if *text == table(&relation.foreign, &relation.local))
        });
        found.map_or_else(Vec::new, |place| self.fields(place, &first.alias))
    }

    pub fn settings(&mut self) -> Vec<(String, String)> {
        if self.chance(25) {
            // Outer rows one by one: what they ask by differs from row to row.
            let off = ["enable_hashjoin", "enable_mergejoin", "enable_material"].into_iter();
            return off.map(|name| (name.to_owned(), "off".to_owned())).collect();
        }
        let count = self.pick(&[0, 0, 1, 2, 3]);
        (0..count)
            .map(|_| {
                let (name, values) = self.pick(&SETTINGS);
                (name.to_owned(), self.pick(values).to_owned())
            })
            .collect()
    }

    /// A SELECT of up to so many levels, over columns of an outer query too, and its columns.
    fn select(&mut self, outer: &[Field], depth: usize) -> (Select, Vec<Field>) {
        let (first, mut fields) = self.first();
        let mut from = vec![first];
        let joins = self.pick(&[0, 0, 0, 0, 0, 1, 1, 1, 2, 3]);
        for _ in 0..joins.min(depth) {
            if let Some((item, more)) = self.joined(&fields) {
                from.push(item);
                fields.extend(more);
            }
        }
        let mut known = fields.clone();
        known.extend_from_slice(outer);
        let count = self.pick(&[0, 1, 1, 2, 2, 3]);
        let filter = (0..count).map(|_| self.condition(&known, depth)).collect();
        let mut select = Select {
            distinct: String::new(),
            output: Vec::new(),
            from,
            filter,
            group: None,
            having: Vec::new(),
        };
        let shown = if self.chance(22) {
            self.grouped(&mut select, &fields)
        } else {
            self.shown(&mut select, &fields, depth)
        };
        (select, shown)
    }

    /// A name for something in FROM.
    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    pub fn fields(&self, relation: usize, alias: &str) -> Vec<Field> {
        let columns = self.relations[relation].columns.iter().enumerate();
        columns
            .map(|(place, column)| Field {
                text: format!("{alias}.{}", column.name),
                ty: column.ty.clone(),
                samples: Rc::clone(&column.samples),
                sense: column.sense,
                at: Some((relation, place)),
            })
            .collect()
    }

    /// Whether something of so many per cent happens.
    pub fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// One of some.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())].clone()
    }
}
