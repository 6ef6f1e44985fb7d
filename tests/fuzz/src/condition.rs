//! Random conditions, over every type.

use std::rc::Rc;

use crate::generate::{Field, Generator};
use crate::query::{Condition, Select, value};
use crate::world::Sense;

impl Generator<'_> {
    /// A condition over some columns, of up to so many levels.
    pub fn condition(&mut self, fields: &[Field], depth: usize) -> Condition {
        if depth == 0 {
            return self.simple(fields);
        }
        match self.rng.u8(0..100) {
            0..9 => Condition::All(self.some(fields, depth)),
            9..24 => Condition::Any(self.some(fields, depth)),
            24..31 => Condition::Around("NOT ", Box::new(self.condition(fields, depth - 1)), ""),
            31..36 => {
                let behind =
                    self.pick(&[" IS TRUE", " IS NOT TRUE", " IS UNKNOWN", " IS NOT FALSE"]);
                Condition::Around("", Box::new(self.condition(fields, depth - 1)), behind)
            }
            36..50 => self.subquery(fields, depth).unwrap_or_else(|| self.simple(fields)),
            _ => self.simple(fields),
        }
    }

    fn some(&mut self, fields: &[Field], depth: usize) -> Vec<Condition> {
        let count = self.pick(&[2, 2, 3]);
        (0..count).map(|_| self.condition(fields, depth - 1)).collect()
    }

    /// A condition with a query in it.
    fn subquery(&mut self, fields: &[Field], depth: usize) -> Option<Condition> {
        let (item, inner, outer, other) = self.linked(fields)?;
        let equal = Condition::Text(format!("{} = {}", other.text, outer.text));
        let mut select = Select {
            distinct: String::new(),
            output: vec![other.text.clone()],
            from: vec![item],
            filter: Vec::new(),
            group: None,
            having: Vec::new(),
        };
        if self.chance(60) {
            select.filter.push(self.condition(&inner, depth.min(2) - 1));
        }
        let (before, behind) = match self.rng.u8(0..9) {
            0 => ("EXISTS ".to_owned(), String::new()),
            1 => ("NOT EXISTS ".to_owned(), String::new()),
            2 => (format!("{} IN ", outer.text), String::new()),
            3 => (format!("{} NOT IN ", outer.text), String::new()),
            4 => (format!("{} = ANY ", outer.text), String::new()),
            5 => (format!("{} <= ALL ", outer.text), String::new()),
            6 => {
                select.output = vec![format!("max({})", other.text)];
                (format!("{} = ", outer.text), String::new())
            }
            7 => {
                select.output = vec![format!("min({})", other.text)];
                (format!("{} IS DISTINCT FROM ", outer.text), String::new())
            }
            _ => {
                select.output = vec!["count(*)".to_owned()];
                (String::new(), self.pick(&[" > 1", " = 0", " < 3"]).to_owned())
            }
        };
        // EXISTS and count(*) are for what hangs together; the others at times.
        if before.contains("EXISTS") || before.is_empty() || self.chance(25) {
            select.filter.push(equal);
        }
        Some(Condition::Query(before, Box::new(select), behind))
    }

    /// A condition without others in it.
    fn simple(&mut self, fields: &[Field]) -> Condition {
        let usable: Vec<&Field> =
            fields.iter().filter(|field| field.sense != Sense::Domain).collect();
        if usable.is_empty() {
            return Condition::Text("random() >= 0".to_owned());
        }
        // Keys are what plans are made of.
        let keys: Vec<&Field> =
            usable.iter().copied().filter(|field| field.sense == Sense::Key).collect();
        let field =
            if !keys.is_empty() && self.chance(35) { self.pick(&keys) } else { self.pick(&usable) };
        let text = match self.rng.u8(0..100) {
            0..8 => self.rows(field, &usable),
            8..14 => self.compared(field, &usable),
            14..20 => self.odd(field),
            20..55 => self.general(field),
            _ => self.typed(field),
        };
        Condition::Text(text)
    }

    /// A value that a column has; NULL at times when it is executed again.
    pub fn value(&mut self, field: &Field) -> String {
        if field.samples.is_empty() {
            return value(&field.ty, None, None);
        }
        let samples = Rc::clone(&field.samples);
        let first = self.pick(&samples);
        let again = (!self.chance(12)).then(|| self.pick(&samples));
        value(&field.ty, Some(&first), again.as_deref())
    }

    /// What any type can be asked.
    fn general(&mut self, field: &Field) -> String {
        let (name, first, second) = (&field.text, self.value(field), self.value(field));
        match self.rng.u8(0..13) {
            0 => format!("{name} <> {first}"),
            1 => format!("{name} IN ({first}, {second})"),
            2 if !field.ty.ends_with("[]") => format!("{name} = ANY (ARRAY[{first}, {second}])"),
            3 => format!("{name} NOT IN ({first}, {second})"),
            4 => format!("{name} IS NULL"),
            5 => format!("{name} IS NOT NULL"),
            6 => format!("{name} IS DISTINCT FROM {first}"),
            7 => format!("{name} IS NOT DISTINCT FROM {first}"),
            8 => format!("({name} = {first} OR {name} = {second})"),
            9 => format!("{name} IN (VALUES ({first}), ({second}))"),
            10 => format!("{first} = {name}"),
            11 if field.sense == Sense::Plain => format!("{name} IN ({first}, NULL)"),
            _ => format!("{name} = {first}"),
        }
    }

    /// What the planner cannot see through.
    fn odd(&mut self, field: &Field) -> String {
        let (name, first) = (&field.text, self.value(field));
        match self.rng.u8(0..8) {
            0 => "random() >= 0".to_owned(),
            1 => format!("({name} = {first} AND random() >= 0)"),
            2 => format!("coalesce({name}, {name}) = {first}"),
            3 => format!("{name} = (SELECT {first})"),
            4 => format!("CASE WHEN {name} = {first} THEN true ELSE {name} IS NULL END"),
            5 => format!("nullif({name}, {first}) IS NULL"),
            6 if !field.ty.ends_with("[]") => {
                format!("{name} = ANY (SELECT unnest(ARRAY[{first}]))")
            }
            _ => format!("{first} IS NOT DISTINCT FROM {name}"),
        }
    }

    /// A column with another of its type.
    fn compared(&mut self, field: &Field, usable: &[&Field]) -> String {
        let same: Vec<&&Field> = usable.iter().filter(|other| other.ty == field.ty).collect();
        let other = self.pick(&same);
        let word = self.pick(&["=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]);
        format!("{} {word} {}", field.text, other.text)
    }

    /// Two columns at once.
    fn rows(&mut self, field: &Field, usable: &[&Field]) -> String {
        let other = self.pick(usable);
        let name = format!("({}, {})", field.text, other.text);
        let row = |this: &mut Self| format!("({}, {})", this.value(field), this.value(other));
        let (first, second) = (row(self), row(self));
        match self.rng.u8(0..6) {
            0 => format!("{name} IN ({first}, {second})"),
            1 => format!("{name} IS DISTINCT FROM {first}"),
            2 => format!("{name} <> {first}"),
            3 => format!("{name} < {first}"),
            4 => format!("{name} >= {first}"),
            _ => format!("{name} = {first}"),
        }
    }

    /// What a column of its type can be asked.
    fn typed(&mut self, field: &Field) -> String {
        match field.ty.as_str() {
            "bigint" | "integer" | "numeric" => self.number(field),
            "text" => self.text(field),
            "boolean" => {
                let (name, first) = (&field.text, self.value(field));
                match self.rng.u8(0..6) {
                    0 => name.clone(),
                    1 => format!("NOT {name}"),
                    2 => format!("{name} IS TRUE"),
                    3 => format!("{name} IS NOT TRUE"),
                    4 => format!("{name} IS UNKNOWN"),
                    _ => format!("{name} > {first}"),
                }
            }
            "date" => self.day(field),
            "timestamp with time zone" => self.moment(field),
            "jsonb" => {
                let name = &field.text;
                match self.rng.u8(0..4) {
                    0 => format!("jsonb_typeof({name}) = 'array'"),
                    1 => format!("{name}::text LIKE '%1%'"),
                    2 => format!("{name} = '[]'"),
                    _ => format!("{name} IS NULL"),
                }
            }
            array if array.ends_with("[]") => {
                let (name, first) = (&field.text, self.value(field));
                match self.rng.u8(0..5) {
                    0 => format!("{name} @> {first}"),
                    1 => format!("{name} && {first}"),
                    2 => format!("cardinality({name}) > 1"),
                    3 => format!("({first})[1] = ANY ({name})"),
                    _ => format!("{name} < {first}"),
                }
            }
            _ => self.general(field),
        }
    }

    fn number(&mut self, field: &Field) -> String {
        let (name, first, second) = (&field.text, self.value(field), self.value(field));
        match self.rng.u8(0..10) {
            0 => format!("{name} < {first}"),
            1 => format!("{first} <= {name}"),
            2 => format!("{name} BETWEEN {first} AND {second}"),
            3 => format!("{name} BETWEEN SYMMETRIC {first} AND {second}"),
            4 => format!("{name} % 3 = 1"),
            5 => format!("{name} + 0 = {first}"),
            6 => format!("{name}::text = ({first})::text"),
            7 => format!("{name}::numeric = ({first})::numeric"),
            8 => format!("-{name} > -{first}"),
            _ => format!("{name}::text LIKE '%1'"),
        }
    }

    fn text(&mut self, field: &Field) -> String {
        let (name, first) = (&field.text, self.value(field));
        match self.rng.u8(0..9) {
            0 => format!("{name} LIKE left({first}, 3) || '%'"),
            1 => format!("{name} ILIKE '%a%'"),
            2 => format!("{name} ~ '[aeiou]$'"),
            3 => format!("length({name}) > 12"),
            4 => format!("upper({name}) = upper({first})"),
            5 => format!("{name} || '' = {first}"),
            6 => format!("{name} COLLATE \"C\" > {first}"),
            7 => format!("{name}::varchar = {first}"),
            _ => format!("{name} <= {first}"),
        }
    }

    fn day(&mut self, field: &Field) -> String {
        let (name, first, second) = (&field.text, self.value(field), self.value(field));
        let end = self.pick(&["'infinity'", "'-infinity'", "'12000-01-01'", "'2000-01-01'"]);
        match self.rng.u8(0..8) {
            0 => format!("{name} >= {first} - 30"),
            1 => format!("{name} BETWEEN {first} AND {second}"),
            2 => format!("{name} > {end}"),
            3 => format!("{name} <= {end}"),
            4 => format!(
                "{name} BETWEEN {} AND {}",
                value("date", Some("-infinity"), Some("2000-01-01")),
                value("date", Some("infinity"), Some("12000-01-01"))
            ),
            5 => format!("extract(month FROM {name}) > 6"),
            6 => format!("{name} < ({first})::timestamp"),
            _ => format!("{name} <= {first}"),
        }
    }

    fn moment(&mut self, field: &Field) -> String {
        let (name, first, second) = (&field.text, self.value(field), self.value(field));
        let end = self.pick(&["'infinity'", "'-infinity'", "'2000-01-01'"]);
        match self.rng.u8(0..8) {
            0 => format!("{name} >= {first} - interval '30 days'"),
            1 => format!("{name} BETWEEN {first} AND {second}"),
            2 => format!("{name} > {end}"),
            3 => format!("{name} <= {end}"),
            4 => format!("{name}::date = ({first})::date"),
            5 => format!(
                "{name} > {}",
                value("timestamp with time zone", Some("-infinity"), Some("infinity"))
            ),
            6 => format!("{name} < ({first})::date"),
            _ => format!("date_trunc('day', {name}) = date_trunc('day', {first})"),
        }
    }
}
