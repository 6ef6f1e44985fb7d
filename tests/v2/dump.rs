//! What the simulator holds, flattened: `creator.name` is `creator_name`.

use std::collections::BTreeMap;

use basecamp_fdw::value::{Type, Value};
use jiff::Timestamp;
use serde_json::Value as Json;
use simulator::Simulator;

/// A row of a dump.
#[derive(Debug)]
pub struct Dumped {
    /// Members by their flattened names, those of the request before those of the record itself, and
    /// those before the listing's.
    members: BTreeMap<String, Json>,
    scope: Option<String>,
}

/// Every row of a table that the simulator holds, in the trash or archived too.
pub fn dumped(simulator: &Simulator, table: &str) -> Vec<Dumped> {
    let rows = simulator.dump_v2(table).into_iter();
    rows.map(|row| {
        let mut members = BTreeMap::new();
        for part in ["listed", "record", "asked"] {
            flatten("", &row[part], &mut members);
        }
        if let Some(bucket) = row.get("bucket") {
            flatten("bucket", bucket, &mut members);
            if bucket["type"] == "Project" {
                flatten("project", bucket, &mut members);
            }
        }
        Dumped { members, scope: row["scope"].as_str().map(str::to_owned) }
    })
    .collect()
}

fn flatten(prefix: &str, json: &Json, members: &mut BTreeMap<String, Json>) {
    if !prefix.is_empty() {
        members.insert(prefix.to_owned(), json.clone());
    }
    let named = |name: &str| match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}_{name}"),
    };
    match json {
        Json::Object(object) => {
            for (name, value) in object {
                flatten(&named(name), value, members);
            }
        }
        Json::Array(items) => {
            if let Some(first) = items.first() {
                flatten(&named("0"), first, members);
            }
        }
        _ => {}
    }
}

impl Dumped {
    /// A member as text; nothing where there is none.
    pub fn text(&self, name: &str) -> String {
        match self.members.get(name) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// A member that is a number.
    pub fn id(&self, name: &str) -> i64 {
        self.members[name].as_i64().expect("a number")
    }

    /// Whether there is such a member with a value.
    pub fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether it is in the trash.
    pub fn is_trashed(&self) -> bool {
        self.text("trashed") == "true"
    }

    /// Whether it is in an active project, or in none.
    pub fn is_in_scope(&self) -> bool {
        self.scope.as_deref().is_none_or(|scope| scope == "active")
    }

    /// What a column of that name shows; none where no member is called so, or where it means something
    /// else.
    pub fn value(&self, table: &str, column: &str, ty: Type) -> Option<String> {
        // Numbers of a project as the dump shows it in full are not columns, and its state is none here.
        let other = match (table, column) {
            // The listing of a person's projects has the project itself, not what it is in.
            ("person_projects", "project_id" | "person_id") => false,
            ("subgroups", "group_id") => false,
            ("accesses" | "assigned_todos", name) => {
                name.starts_with("bucket") || name.starts_with("project_")
            }
            ("attachment_tags", "tag") => false,
            _ => false,
        };
        if other {
            return None;
        }
        let json = self.members.get(column)?;
        Some(match (ty, json) {
            (_, Json::Null) => String::new(),
            // What stands for nothing.
            (Type::Timestamptz, Json::Bool(false)) => String::new(),
            (Type::Timestamptz, Json::String(text)) => moment(text),
            (Type::Date, Json::String(text)) => text.get(..10)?.to_owned(),
            (_, Json::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        })
    }
}

/// The moment in UTC; a day is its midnight.
fn moment(text: &str) -> String {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let parsed: Timestamp = whole.parse().expect("a moment");
    parsed.to_string()
}

/// A value that was read, spelled as the dump spells it.
pub fn spelled(value: &Value) -> String {
    match value {
        Value::Bigint(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Text(text) | Value::Numeric(text) => text.clone(),
        Value::Date(days) => {
            let span = jiff::Span::new().days(*days);
            let date = jiff::civil::date(1970, 1, 1).checked_add(span);
            date.expect("a date").to_string()
        }
        Value::Timestamptz(micros) => {
            Timestamp::from_microsecond(*micros).expect("a moment").to_string()
        }
        Value::Jsonb(text) => {
            let json: Json = serde_json::from_str(text).expect("JSON");
            json.to_string()
        }
        Value::BigintArray(items) => serde_json::json!(items).to_string(),
        Value::IntegerArray(items) => serde_json::json!(items).to_string(),
        Value::TextArray(items) => serde_json::json!(items).to_string(),
    }
}
