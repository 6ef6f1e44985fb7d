//! Projects, templates, stars and calendars.

use serde_json::{Value, json};

use super::body::invalid;
use super::{Done, Writer, json as answer};
use crate::v2::overlay::Subject;
use crate::v2::routes::id;
use crate::v2::world::{Bucket, State};
use crate::v2::{Answer, empty, missing};

impl Writer<'_> {
    pub(super) fn new_project(&mut self, state: State) -> Done {
        let name = self.project_name(None)?.ok_or_else(|| invalid("name", "can't be blank"))?;
        let description = self.text("description")?;
        let client = self.flag("is_client_project")?.filter(|_| state == State::Active);
        Ok(self.found(state, name, description, client))
    }

    pub(super) fn copy_template(&mut self, template: &str) -> Done {
        let id = id(template);
        let found = self.world.projects.iter();
        let place =
            (0..).zip(found).find(|(_, each)| Some(each.id) == id && each.state == State::Template);
        let (place, _) = place.ok_or_else(|| missing("/template"))?;
        let shown = self.painter().project(place, true);
        let name = self.title("name")?;
        let name = name.unwrap_or_else(|| shown["name"].as_str().unwrap_or_default().to_owned());
        let description = self.text("description")?;
        let description = description.or(shown["description"].as_str().map(str::to_owned));
        Ok(self.found(State::Draft, name, description, None))
    }

    fn found(
        &mut self,
        state: State,
        name: String,
        description: Option<String>,
        client: Option<bool>,
    ) -> Answer {
        let place = self.world.found(state);
        self.world.projects[place as usize].client = client == Some(true);
        let change = self.world.rewrite(Subject::Project(place));
        change.members.insert("name", json!(name));
        change.members.insert("description", json!(description.unwrap_or_default()));
        let painter = self.painter();
        let url = painter.project(place, true)["url"].as_str().unwrap_or_default().to_owned();
        answer(201, &painter.single_project(place)).with("location", url)
    }

    /// The name that was sent, which no other project in use may have.
    fn project_name(&self, own: Option<u32>) -> Done<Option<String>> {
        let Some(name) = self.title("name")? else { return Ok(None) };
        let painter = self.painter();
        let others = (0..)
            .zip(&self.world.projects)
            .filter(|(place, each)| each.state == State::Active && Some(*place) != own);
        let mut names = others.map(|(place, _)| painter.project_name(place));
        if names.any(|other| other == name) {
            return Err(invalid("name", "has already been taken"));
        }
        Ok(Some(name))
    }

    pub(super) fn change_project(&mut self, place: u32) -> Done {
        let name = self.project_name(Some(place))?;
        let description = self.text("description")?;
        let archived = self.flag("archived")?;
        let client = self.flag("is_client_project")?;
        let project = &mut self.world.projects[place as usize];
        project.client = client.unwrap_or(project.client);
        project.state = match (archived, project.state) {
            (Some(true), State::Active) => State::Archived,
            (Some(false), State::Archived) => State::Active,
            (_, state) => state,
        };
        let change = self.world.rewrite(Subject::Project(place));
        change.members.extend(name.map(|name| ("name", json!(name))));
        change.members.extend(description.map(|text| ("description", json!(text))));
        Ok(answer(200, &self.painter().single_project(place)))
    }

    pub(super) fn trash_project(&mut self, place: u32) -> Done {
        self.world.projects[place as usize].state = State::Trashed;
        self.world.rewrite(Subject::Project(place));
        Ok(empty(204))
    }

    /// Publishes a draft; one that is published stays so.
    pub(super) fn publish(&mut self, place: u32) -> Done {
        let project = &mut self.world.projects[place as usize];
        if project.state == State::Draft {
            project.state = State::Active;
            self.world.rewrite(Subject::Project(place));
        }
        Ok(answer(200, &self.painter().single_project(place)))
    }

    /// Gives a project the caller's star, or takes it; no change of the project.
    pub(super) fn star(&mut self, place: u32, starred: bool) -> Answer {
        self.world.projects[place as usize].starred = starred;
        empty(if starred { 201 } else { 204 })
    }

    pub(super) fn new_calendar(&mut self) -> Done {
        let name = self.required("name")?;
        let id = self.world.calendars.iter().max().map_or(1, |id| id + 1);
        let place = u32::try_from(self.world.calendars.len()).unwrap_or(u32::MAX);
        self.world.calendars.push(id);
        let change = self.world.rewrite(Subject::Calendar(place));
        change.born = Some(change.updated);
        change.members.insert("name", json!(name));
        let painter = self.painter();
        let url = format!("{}/{}.json", self.base, painter.place(Bucket::Calendar(place)));
        Ok(answer(201, &painter.single_calendar(place)).with("location", url))
    }

    pub(super) fn rename_calendar(&mut self, place: u32) -> Done {
        if let Some(name) = self.title("name")? {
            let change = self.world.rewrite(Subject::Calendar(place));
            change.members.insert("name", Value::String(name));
        }
        Ok(answer(200, &self.painter().single_calendar(place)))
    }
}
