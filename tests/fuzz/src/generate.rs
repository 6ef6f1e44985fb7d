//! Random queries.
//!
//! Conditions over a table with a default scope take their values from the rows in that scope, so that
//! none of them changes which records are meant; those that do are made by [`Generator::widened`],
//! which knows the copy that has their rows.

use std::rc::Rc;

use fastrand::Rng;

use crate::query::{
    Body, Check, Condition, Item, Mode, Query, Select, Source, Tail, With, table, value,
};
use crate::world::{Link, Relation, Sense, Widening};

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
    relations: &'a [Relation],
    links: &'a [Link],
    capped: &'a [(String, String)],
    with: Vec<(With, Vec<Field>)>,
    names: usize,
}

/// Joins, as often as they are wanted.
const JOINS: [&str; 7] =
    ["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LATERAL"];

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

    /// The number of rows of a table that stops after some, read once and again.
    fn counted(&mut self) -> Query {
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

    /// A query whose limit is known when it is executed, or by a function.
    fn limited(&mut self) -> Query {
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

    fn settings(&mut self) -> Vec<(String, String)> {
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
            self.grouped(&mut select, &fields, depth)
        } else {
            self.shown(&mut select, &fields, depth)
        };
        (select, shown)
    }

    /// A name for something in FROM.
    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    fn fields(&self, relation: usize, alias: &str) -> Vec<Field> {
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

    fn first(&mut self) -> (Item, Vec<Field>) {
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

    /// Conditions that put something in place of the default scope, and what.
    fn widened(&mut self, place: usize, alias: &str) -> (Vec<Condition>, Widening) {
        let relation = &self.relations[place];
        let mut widening = Widening::default();
        let mut conditions = Vec::new();
        let domain = relation.columns.iter().find(|column| column.sense == Sense::Domain);
        if let Some(column) = domain.filter(|_| self.rng.u8(0..100) < 60) {
            // Two columns with a default each are widened by a condition on each.
            let all = relation.columns.iter().filter(|column| column.sense == Sense::Domain);
            if relation.evaluated && all.clone().count() == 1 {
                conditions.push(self.chosen(&format!("{alias}.{}", column.name), &column.ty));
                widening.status = true;
            }
        }
        let keys: Vec<(&String, &Rc<Vec<String>>)> = relation
            .places
            .iter()
            .filter(|(name, values)| !values.is_empty() && (*name != "id" || relation.by_id))
            .collect();
        if !keys.is_empty() && self.chance(65) {
            let (name, values) = self.pick(&keys);
            let ty = &relation.column(name).map(|column| column.ty.clone()).unwrap_or_default();
            let text = format!("{alias}.{name}");
            conditions.push(self.named(&text, ty, values));
            widening.projects = true;
            widening.status |= name == "id";
        }
        (conditions, widening)
    }

    /// A condition on a column with a default, alone.
    fn chosen(&mut self, text: &str, ty: &str) -> Condition {
        let one = |rng: &mut Rng| {
            let values: &[&str] =
                if ty == "text" { &["active", "archived", "trashed"] } else { &["true", "false"] };
            value(
                ty,
                Some(values[rng.usize(0..values.len())]),
                Some(values[rng.usize(0..values.len())]),
            )
        };
        let (first, second) = (one(&mut self.rng), one(&mut self.rng));
        Condition::Fixed(match self.rng.u8(0..10) {
            0 => format!("{text} <> {first}"),
            1 => format!("{text} IS NOT NULL"),
            2 => format!("{text} IN ({first}, {second})"),
            3 => format!("{text} = ANY (ARRAY[{first}, {second}])"),
            4 => format!("NOT {text} = {first}"),
            5 => format!("({text} = {first} OR {text} = {second})"),
            6 => format!("{text} IS DISTINCT FROM {first}"),
            7 => format!("{text}::text LIKE '%a%'"),
            8 => format!("{first} <= {text}"),
            _ => format!("{text} = {first}"),
        })
    }

    /// A condition that names values of a key.
    fn named(&mut self, text: &str, ty: &str, values: &[String]) -> Condition {
        let one = |rng: &mut Rng| {
            value(
                ty,
                Some(&values[rng.usize(0..values.len())]),
                Some(&values[rng.usize(0..values.len())]),
            )
        };
        let (first, second, third) = (one(&mut self.rng), one(&mut self.rng), one(&mut self.rng));
        Condition::Fixed(match self.rng.u8(0..8) {
            0 => format!("{text} IN ({first}, {second}, {third})"),
            1 => format!("{text} = ANY (ARRAY[{first}, {second}])"),
            2 => format!("({text} = {first} OR {text} = {second})"),
            3 => format!("{first} = {text}"),
            _ => format!("{text} = {first}"),
        })
    }

    /// Another item that has values in common with one that is there.
    fn joined(&mut self, fields: &[Field]) -> Option<(Item, Vec<Field>)> {
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

    fn link(&mut self, fields: &[Field]) -> Option<(Field, Link)> {
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

    /// Fills in what a select shows.
    fn shown(&mut self, select: &mut Select, fields: &[Field], depth: usize) -> Vec<Field> {
        let count = self.rng.usize(1..=5).min(fields.len());
        let mut shown = Vec::new();
        for place in 1..=count {
            let mut field = self.pick(fields);
            if depth > 1 && self.chance(18) {
                field = self.expression(&field, fields, depth);
            }
            select.output.push(field.text.clone());
            shown.push(Field { text: format!("c{place}"), ..field });
        }
        shown
    }

    /// Something made of a column.
    fn expression(&mut self, field: &Field, fields: &[Field], depth: usize) -> Field {
        let other = self.pick(fields);
        let (text, ty) = match self.rng.u8(0..8) {
            0 => (format!("coalesce({}::text, '-')", field.text), "text"),
            1 => (format!("({} IS NULL)", field.text), "boolean"),
            2 => (format!("count(*) OVER (PARTITION BY {})", field.text), "bigint"),
            3 => (format!("rank() OVER (ORDER BY {})", field.text), "bigint"),
            4 => (
                format!(
                    "dense_rank() OVER (PARTITION BY {} ORDER BY {} DESC)",
                    field.text, other.text
                ),
                "bigint",
            ),
            5 => (format!("count({}) OVER (ORDER BY {})", other.text, field.text), "bigint"),
            6 => {
                let condition = self.condition(fields, 1);
                return match condition {
                    Condition::Text(text) => {
                        plain(format!("CASE WHEN {text} THEN 1 ELSE 0 END"), "integer")
                    }
                    _ => field.clone(),
                };
            }
            _ => match self.link(fields).filter(|_| depth > 1) {
                Some((outer, link)) => {
                    let relation = &self.relations[link.to.0];
                    let alias = self.name();
                    let name = &relation.columns[link.to.1].name;
                    let source = table(&relation.foreign, &relation.local);
                    (
                        format!(
                            "(SELECT count(*) FROM {source} {alias} WHERE {alias}.{name} = {})",
                            outer.text
                        ),
                        "bigint",
                    )
                }
                None => return field.clone(),
            },
        };
        plain(text, ty)
    }

    fn grouped(&mut self, select: &mut Select, fields: &[Field], depth: usize) -> Vec<Field> {
        let keys = self.pick(&[0, 1, 1, 2]).min(fields.len());
        let mut shown = Vec::new();
        for place in 1..=keys {
            let field = self.pick(fields);
            select.output.push(field.text.clone());
            shown.push(Field { text: format!("c{place}"), ..field });
        }
        for _ in 0..self.rng.usize(1..=3) {
            let (text, ty) = self.aggregate(fields, depth);
            select.output.push(text.clone());
            shown.push(plain(format!("c{}", select.output.len()), &ty));
        }
        select.group = Some(keys);
        if self.chance(25) {
            let having = self.pick(&["count(*) > 1", "count(*) % 2 = 0", "count(*) < 4"]);
            select.having.push(Condition::Text(having.to_owned()));
        }
        shown
    }

    fn aggregate(&mut self, fields: &[Field], _depth: usize) -> (String, String) {
        let field = self.pick(fields);
        let (name, ty) = (&field.text, field.ty.as_str());
        let ordered = matches!(
            ty,
            "bigint" | "integer" | "text" | "date" | "timestamp with time zone" | "numeric"
        );
        let (text, ty) = match self.rng.u8(0..8) {
            0 => (format!("count({name})"), "bigint"),
            1 => (format!("count(DISTINCT {name})"), "bigint"),
            2 if ordered => (format!("min({name})"), ty),
            3 if ordered => (format!("max({name})"), ty),
            4 if matches!(ty, "bigint" | "integer") => (format!("sum({name})::numeric"), "numeric"),
            5 if ty == "boolean" => (format!("bool_or({name})"), "boolean"),
            6 if matches!(ty, "bigint" | "integer" | "text") => {
                (format!("string_agg(DISTINCT {name}::text, ',' ORDER BY {name}::text)"), "text")
            }
            7 => (format!("count(*) FILTER (WHERE {name} IS NOT NULL)"), "bigint"),
            _ => ("count(*)".to_owned(), "bigint"),
        };
        (text, ty.to_owned())
    }

    /// Whether something of so many per cent happens.
    pub fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// One of some.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())].clone()
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

fn plain(text: String, ty: &str) -> Field {
    Field { text, ty: ty.to_owned(), samples: Rc::default(), sense: Sense::Plain, at: None }
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
