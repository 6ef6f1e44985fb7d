//! What a select shows: columns, expressions, aggregates.

use std::rc::Rc;

use crate::generate::{Field, Generator};
use crate::query::{Condition, Select, table};
use crate::world::Sense;

impl Generator<'_> {
    /// Fills in what a select shows.
    pub fn shown(&mut self, select: &mut Select, fields: &[Field], depth: usize) -> Vec<Field> {
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

    pub fn grouped(&mut self, select: &mut Select, fields: &[Field]) -> Vec<Field> {
        let keys = self.pick(&[0, 1, 1, 2]).min(fields.len());
        let mut shown = Vec::new();
        for place in 1..=keys {
            let field = self.pick(fields);
            select.output.push(field.text.clone());
            shown.push(Field { text: format!("c{place}"), ..field });
        }
        for _ in 0..self.rng.usize(1..=3) {
            let (text, ty) = self.aggregate(fields);
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

    fn aggregate(&mut self, fields: &[Field]) -> (String, String) {
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
}

fn plain(text: String, ty: &str) -> Field {
    Field { text, ty: ty.to_owned(), samples: Rc::default(), sense: Sense::Plain, at: None }
}
