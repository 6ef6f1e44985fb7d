//! Rows that stand for several records: the same labels of many files are one row with their number.
//!
//! The number is known at the end, so all records are read before the first row.

use std::collections::HashMap;

use super::decode::Row;
use crate::catalog::Field;
use crate::plan::{Cell, Origin, Plan};
use crate::value::Value;

/// What makes rows the same, and what has come so far.
#[derive(Debug)]
pub struct Tally {
    /// How many cells the consumer wants; those that follow tell rows apart.
    wanted: usize,
    /// The wanted cells that hold the number.
    counts: Vec<usize>,
    places: HashMap<String, usize>,
    rows: Vec<(Row, i32)>,
}

impl Tally {
    /// For a table that counts, with the plan that also reads what tells its rows apart.
    pub fn of(plan: &Plan) -> Option<(Self, Plan)> {
        let table = plan.table()?;
        let (counted, keys) = table.columns().find_map(|column| match column.field {
            Field::Tally(keys) => Some((column.name, keys)),
            _ => None,
        })?;
        let mut longer = plan.clone();
        for key in keys {
            longer.cells.push(Cell {
                name: (*key).to_owned(),
                origin: Origin::Column((*key).to_owned()),
                ty: table.column(key)?.ty,
            });
        }
        let cells = plan.cells.iter().enumerate();
        let counts = cells
            .filter(|(_, cell)| matches!(&cell.origin, Origin::Column(name) if name == counted))
            .map(|(place, _)| place)
            .collect();
        let tally =
            Self { wanted: plan.cells.len(), counts, places: HashMap::new(), rows: Vec::new() };
        Some((tally, longer))
    }

    /// Counts a record.
    pub fn add(&mut self, mut row: Row) {
        let tail = row.split_off(self.wanted.min(row.len()));
        let key = format!("{:?}", tail.into_iter().map(folded).collect::<Vec<_>>());
        let place = *self.places.entry(key).or_insert(self.rows.len());
        match self.rows.get_mut(place) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.rows.push((row, 1)),
        }
    }

    /// The rows with their numbers, in the order in which they first came.
    pub fn rows(self) -> Vec<Row> {
        let counts = self.counts;
        let rows = self.rows.into_iter();
        rows.map(|(mut row, count)| {
            for place in &counts {
                if let Some(cell) = row.get_mut(*place) {
                    *cell = Some(Value::Integer(count));
                }
            }
            row
        })
        .collect()
    }
}

/// Labels are the same in upper and lower case.
fn folded(value: Option<Value>) -> Option<Value> {
    match value {
        Some(Value::Text(text)) => Some(Value::Text(text.to_lowercase())),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;
    use crate::value::Value;

    #[test]
    fn the_same_label_in_any_case_is_one_row_with_its_number() {
        let mut tally =
            Tally { wanted: 2, counts: vec![1], places: Default::default(), rows: Vec::new() };
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        for (name, project) in [("Logos", 1), ("logos", 1), ("Logos", 2), ("reports", 1)] {
            let project = Some(Value::Bigint(project));
            tally.add(vec![text(name), None, project, text(name)]);
        }
        let count = |count| Some(Value::Integer(count));
        let expected = [
            vec![text("Logos"), count(2)],
            vec![text("Logos"), count(1)],
            vec![text("reports"), count(1)],
        ];
        assert_eq!(tally.rows(), expected);
    }
}
