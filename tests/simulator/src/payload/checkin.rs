//! Questions that are asked again and again, and the answers.

use serde_json::{Value, json};

use super::{Painter, merged, pick, plus_days};
use crate::world::{Fact, Kind, Status};

impl Painter<'_> {
    pub(super) fn of_checkins(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Questionnaire => merged(
                self.docked(fact),
                json!({"name": "Check-ins", "questions_count": self.count(fact, Kind::Question),
                    "questions_url": format!("{}/questionnaires/{}/questions.json", self.base, fact.id)}),
            ),
            Kind::Question => merged(self.subscribable(fact), self.question(fact)),
            _ => merged(
                self.remarked(fact),
                json!({"content": self.html(fact), "content_attachments": self.attachments(fact),
                    "group_on": self.group_on(fact)}),
            ),
        }
    }

    /// The day that an answer belongs to.
    pub fn group_on(&self, fact: &Fact) -> String {
        if let Some(day) = self.world.written(fact, "group_on").and_then(Value::as_str) {
            return day.to_owned();
        }
        plus_days(-i64::from(fact.nth))
    }

    fn question(&self, fact: &Fact) -> Value {
        let frequency = pick(fact, &["every_day", "every_week", "on_certain_days"]);
        let mut schedule = json!({"frequency": frequency, "days": if frequency == "every_day" { json!([1, 2, 3, 4, 5]) } else { json!([0]) },
            "hour": 16, "minute": 30, "start_date": "2020-02-03",
            "end_date": if fact.nth == 2 { json!("2026-12-31") } else { Value::Null }});
        if frequency == "every_week" {
            schedule["week_interval"] = json!(2);
        }
        json!({"paused": fact.nth == 2, "schedule": schedule, "answers_count": self.count(fact, Kind::Answer),
            "answers_url": format!("{}/questions/{}/answers.json", self.base, fact.id)})
    }

    /// Places of the people who answered a question.
    pub fn answerers(&self, question: &Fact) -> Vec<usize> {
        let answers = self.world.children(question, Kind::Answer);
        let mut people: Vec<usize> = answers
            .filter(|answer| answer.status == Status::Active)
            .map(|answer| self.author(answer))
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    }
}
