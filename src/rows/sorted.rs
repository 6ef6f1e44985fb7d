//! The reader of the first rows of an order: what its listings had of them, put in order here.

use super::Env;
use super::reach::moment;
use super::record::Record;
use super::step::StepReader;
use crate::error::Result;
use crate::plan::{Ask, First, Nulls, Order, Step};

/// Records that wait to be put in order, beside those that are wanted.
const WAITING: usize = 1_000;

/// The first records of an ask's order, those with the same value as the last among them.
///
/// # Errors
/// Whatever reading them met.
pub async fn first(env: &Env, ask: &Ask) -> Result<Vec<Record>> {
    let mut reader = StepReader::new(&Step::Ask(ask.clone()), env);
    let wanted = ask.order.as_ref().and_then(|order| Some((order, order.first.as_ref()?)));
    let (order, first) = wanted.ok_or_else(|| env.context.stale())?;
    let mut best = Best { order, first, records: Vec::new() };
    while let Some(records) = reader.next().await? {
        for record in records {
            best.add(moment(env, order, &record)?, record);
        }
    }
    Ok(best.finish())
}

/// The best records so far, in no order.
struct Best<'a> {
    order: &'a Order,
    first: &'a First,
    records: Vec<(Option<i64>, Record)>,
}

impl Best<'_> {
    fn add(&mut self, value: Option<i64>, record: Record) {
        if value.is_none() && self.first.nulls.is_none() {
            return;
        }
        self.records.push((value, record));
        if self.records.len() as u64 >= self.first.count.saturating_mul(2) + WAITING as u64 {
            self.cut();
        }
    }

    fn finish(mut self) -> Vec<Record> {
        self.cut();
        self.records.into_iter().map(|(_, record)| record).collect()
    }

    /// Puts them in order and drops what cannot be wanted. A record of which it is not certain that it
    /// is a row stays, and takes no other's place.
    fn cut(&mut self) {
        let descending = self.order.descending;
        let nulls_first = self.first.nulls == Some(Nulls::First);
        let rank = |value: Option<i64>| {
            // Turned round without overflow.
            let value = value.map(|value| if descending { !value } else { value });
            (value.is_none() != nulls_first, value)
        };
        self.records.sort_by_key(|(value, _)| rank(*value));
        let mut certain = 0;
        let last = self.records.iter().find_map(|(value, record)| {
            certain += u64::from(record.certain);
            (certain >= self.first.count).then_some(*value)
        });
        if let Some(last) = last {
            self.records.retain(|(value, _)| rank(*value) <= rank(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Best;
    use crate::plan::{First, Nulls, Order};
    use crate::rows::record::Record;

    fn best(descending: bool, nulls: Option<Nulls>, values: &[Option<i64>]) -> Vec<Option<i64>> {
        let first = First { count: 2, ties: false, nulls };
        let order = Order { column: String::new(), descending, first: None };
        let mut best = Best { order: &order, first: &first, records: Vec::new() };
        for value in values {
            let mut record = Record::parse(Bytes::from_static(b"{}")).expect("an object");
            record.certain = *value != Some(7);
            best.add(*value, record);
        }
        best.cut();
        best.records.iter().map(|(value, _)| *value).collect()
    }

    #[test]
    fn ties_and_what_is_not_certain_stay_and_null_is_where_it_is_wanted() {
        let values = [Some(1), None, Some(5), Some(3), Some(5), Some(5), Some(9), Some(7)];
        assert_eq!(best(true, None, &values), [9, 7, 5, 5, 5].map(Some));
        assert_eq!(best(false, Some(Nulls::Last), &values), [1, 3].map(Some));
        assert_eq!(best(true, Some(Nulls::First), &values), [None, Some(9)]);
        assert_eq!(best(false, None, &[Some(4), None]), [Some(4)]);
        assert_eq!(best(false, Some(Nulls::Last), &[None, Some(i64::MIN)]), [Some(i64::MIN), None]);
    }
}
