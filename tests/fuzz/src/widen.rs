//! Conditions that put something in place of the default scope.

use std::rc::Rc;

use fastrand::Rng;

use crate::generate::Generator;
use crate::query::{Condition, value};
use crate::world::{Sense, Widening};

impl Generator<'_> {
    /// Conditions that put something in place of the default scope, and what.
    pub fn widened(&mut self, place: usize, alias: &str) -> (Vec<Condition>, Widening) {
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
            let values: &[&str] = match ty {
                "text" if text.ends_with(".kind") => &["all", "images", "pdfs", "documents"],
                "text" => &["active", "archived", "trashed"],
                _ => &["true", "false"],
            };
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
}
