//! Card tables, their columns, cards and wormholes.

use serde_json::{Value, json};

use super::{Painter, merged, pick, time};
use crate::world::{Fact, Kind, Status};

impl Painter<'_> {
    pub(super) fn of_cards(&self, fact: &Fact) -> Value {
        match fact.kind {
            Kind::Table => merged(self.docked(fact), self.table(fact)),
            Kind::Column => self.column(fact),
            Kind::Card => merged(self.remarked(fact), self.card(fact)),
            Kind::Wormhole => {
                json!({"color": pick(fact, &["purple", "green"]), "linked": fact.nth != 2,
                "destination_url": format!("https://3.example/columns/{}", fact.id)})
            }
            _ => json!({}),
        }
    }

    fn table(&self, fact: &Fact) -> Value {
        let all = |kind| {
            let children = self.world.children(fact, kind);
            let children = children.filter(|child| child.status == Status::Active);
            children.map(|child| self.record(child)).collect::<Vec<_>>()
        };
        let mut record = json!({
            "subscribers": self.subscribers(fact).map(|place| self.person(place, false)).collect::<Vec<_>>(),
            "subscription_url": self.recording_url(fact, "subscription"), "lists": all(Kind::Column)});
        if fact.serial.is_multiple_of(2) {
            record["public_link_url"] = json!(format!("https://public.example/{}", fact.id));
        }
        if !self.world.old {
            record["wormholes"] = Value::Array(all(Kind::Wormhole));
        }
        record
    }

    fn column(&self, fact: &Fact) -> Value {
        let subscribers = self.subscribers(fact).map(|place| self.person(place, false));
        let mut record = json!({"position": fact.position, "color": pick(fact, &["white", "red", "aqua"]),
            "description": if fact.nth == 2 { json!("Däscription, plain") } else { Value::Null },
            "cards_count": self.count(fact, Kind::Card), "cards_url": format!("{}/card_tables/lists/{}/cards.json", self.base, fact.id),
            "subscribers": subscribers.collect::<Vec<_>>(),
            "subscription_url": format!("{}/card_tables/lists/{}/subscription.json", self.base, fact.id)});
        // Both spellings occur.
        record[pick(fact, &["comment_count", "comments_count"])] = json!(0);
        if let Some(hold) = self.world.children(fact, Kind::OnHold).next() {
            let born = i64::from(hold.serial);
            record["on_hold"] = json!({"id": hold.id, "status": "active", "inherits_status": true, "title": "On hold",
                "created_at": time(born), "updated_at": time(born + 1), "cards_count": self.count(hold, Kind::Card),
                "cards_url": format!("{}/card_tables/lists/{}/cards.json", self.base, hold.id)});
        }
        record
    }

    fn card(&self, fact: &Fact) -> Value {
        let body = self.html(fact);
        let mut record = json!({"content": body.clone(), "description": body, "description_attachments": [],
            "due_on": self.due_on(fact), "completion_url": format!("{}/todos/{}/completion.json", self.base, fact.id),
            "assignees": self.people(fact),
            "completion_subscribers": if fact.serial.is_multiple_of(3) { json!([self.person(2, false)]) } else { json!([]) }});
        if !fact.completed {
            record["position"] = json!(fact.position);
        }
        merged(merged(self.completion(fact), record), self.steps(fact))
    }

    /// Whether a card lies in the column for what is not to be done now.
    pub fn is_parked(&self, fact: &Fact) -> bool {
        self.world
            .parent(fact)
            .is_some_and(|column| super::type_of(column) == "Kanban::NotNowColumn")
    }
}
