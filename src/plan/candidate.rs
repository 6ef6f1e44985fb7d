//! A source and a meaning become a step, if the source gives the answer; the cheapest plan wins.
//!
//! The meaning of a query is settled before any source is looked at, so that sources differ in cost
//! and never in rows.

mod unread;

use super::estimate::{Counts, FIRST_PAGE};
use super::fit;
use super::meaning::{Meaning, named};
use super::need::{Need, needed};
use super::price::Prices;
use super::query::{
    Admission, Binding, Bound, Cell, Choice, Effect, First, Order, PROJECTS, Projects, Query, Side,
};
use super::step::{Ask, Each, Endpoint, Parents, Plan, Step};
use crate::catalog::{self, Covers, Parameter, Role, Rows, Source, Statuses, Table, Version};
pub use unread::{choose_count, choose_sorted};

/// The cheapest plan for a query.
///
/// There is always one: rows that cannot be enumerated give a plan that needs a condition.
pub fn choose(version: Version, query: &Query, counts: &dyn Counts) -> Plan {
    let maker = Maker::new(version, query, counts);
    maker.cheapest().unwrap_or_else(|| maker.impossible())
}

/// Every plan that gives the answer: one for each source that can.
#[cfg_attr(
    feature = "postgres",
    expect(
        dead_code,
        reason = "tests read every plan, to show that sources differ in cost and never in rows"
    )
)]
pub fn candidates(version: Version, query: &Query, counts: &dyn Counts) -> Vec<Plan> {
    Maker::new(version, query, counts).plans()
}

impl Plan {
    fn price(&self) -> f64 {
        self.estimate.requests + self.estimate.once
    }
}

/// The one with fewer requests; of two with as many, the one that brings fewer rows.
fn cheaper(best: Plan, plan: Plan) -> Plan {
    let cost = |plan: &Plan| (plan.price(), plan.estimate.rows);
    if cost(&plan) < cost(&best) { plan } else { best }
}

struct Maker<'a> {
    version: Version,
    query: &'a Query,
    counts: &'a dyn Counts,
    meaning: Meaning,
}

/// How a source is kept to the projects in scope.
enum Place {
    /// It cannot be kept to them.
    Nowhere,
    /// Its keys alone say where.
    Keys,
    /// It is asked for these.
    Projects(Projects),
}

impl<'a> Maker<'a> {
    fn new(version: Version, query: &'a Query, counts: &'a dyn Counts) -> Self {
        Self { version, query, counts, meaning: Meaning::of(query) }
    }

    fn plans(&self) -> Vec<Plan> {
        let sources = self.query.table.sources.iter().enumerate();
        let steps: Vec<Step> =
            sources.filter_map(|(place, source)| self.step(place, source)).collect();
        let steps = if steps.is_empty() { self.in_turn().into_iter().collect() } else { steps };
        steps.into_iter().map(|step| self.plan(step)).collect()
    }

    fn cheapest(&self) -> Option<Plan> {
        self.plans().into_iter().reduce(cheaper)
    }

    fn plan(&self, step: Step) -> Plan {
        let prices = Prices { version: self.version, counts: self.counts };
        Plan {
            version: self.version,
            table: self.query.table.name.to_owned(),
            cells: self.query.cells.clone(),
            estimate: prices.of(self.query.table, &step),
            step,
            check: None,
        }
    }

    /// Rows that no source can enumerate: what to add to the query.
    fn impossible(&self) -> Plan {
        let states = self.meaning.choices.iter();
        let mut states = states.filter(|it| self.query.table.is(&it.column, Role::Status));
        let unlisted = states.find_map(|choice| self.unlisted(choice));
        let needed = || Need::Condition(needed(self.query.table));
        self.plan(Step::Needs(unlisted.unwrap_or_else(needed)))
    }

    /// The wanted states that no listing has, where others are listed.
    fn unlisted(&self, choice: &Choice) -> Option<Need> {
        let values = choice.values.iter().map(|(value, _)| value.clone());
        let (listed, unlisted): (Vec<String>, Vec<String>) =
            values.partition(|value| self.having(choice, value, Admission::Yes).is_some());
        let wanted = choice.possible().filter(|value| unlisted.iter().any(|it| it == value));
        let wanted: Vec<String> = wanted.map(str::to_owned).collect();
        let column = choice.column.clone();
        (!listed.is_empty() && !wanted.is_empty()).then_some(Need::Listed {
            column,
            wanted,
            unlisted,
            listed,
        })
    }

    /// Several steps, one after another, where no source has the rows of every wanted value of a
    /// domain but some have those of one: what belongs to projects and what to calendars, what is in
    /// the trash and what is not.
    fn in_turn(&self) -> Option<Step> {
        self.meaning.choices.iter().find_map(|choice| {
            let trash = self.meaning.of_trash && self.query.table.is(&choice.column, Role::Trashed);
            let mut sources = self.query.table.sources.iter();
            let split = sources
                .any(|source| source.only.iter().any(|(column, _)| *column == choice.column));
            if !(split || trash) || choice.possible().count() < 2 {
                return None;
            }
            let parts: Vec<Option<Step>> =
                choice.possible().map(|value| self.part(choice, value)).collect();
            // A record that is named by its id is in one part only, and not every part can be read
            // for it: what is in the trash has no listing of a project.
            let by_id =
                self.meaning.by_id || (trash && named(self.query, Role::Id.name()).is_some());
            if !by_id && parts.iter().any(Option::is_none) {
                return None;
            }
            let steps = parts.into_iter().flatten();
            steps.rev().reduce(|rest, step| Step::Then(Box::new(step), Box::new(rest)))
        })
    }

    /// The step for one value of a domain, if there is one.
    fn part(&self, choice: &Choice, value: &str) -> Option<Step> {
        let admitted = choice.values.iter().find(|(each, _)| each == value)?;
        self.having(choice, value, admitted.1)
    }

    /// The step for records that have one value of a domain, as far as it is admitted.
    fn having(&self, choice: &Choice, value: &str, admission: Admission) -> Option<Step> {
        let mut choices: Vec<Choice> = self.query.choices.clone();
        choices.retain(|each| each.column != choice.column);
        let values = choice
            .values
            .iter()
            .map(|(each, _)| (each.clone(), if each == value { admission } else { Admission::No }));
        choices.push(Choice { column: choice.column.clone(), values: values.collect() });
        let query = Query { choices, ..self.query.clone() };
        Maker::new(self.version, &query, self.counts).cheapest().map(|plan| plan.step)
    }

    /// The step of one source, if it gives the answer.
    fn step(&self, place: usize, source: &'static Source) -> Option<Step> {
        let step = self.answering(place, source)?;
        if self.meaning.by_id && source.rows == Rows::One {
            return Some(self.filled(self.within_fence(step), source));
        }
        if self.lacks_for_good(source) {
            return None;
        }
        Some(self.completed(self.in_scope(source, step), source))
    }

    /// The requests of one source, if it gives the answer but for scope and members.
    fn answering(&self, place: usize, source: &'static Source) -> Option<Step> {
        let keys = self.keys(source)?;
        let answers = self.is_usable(source) && self.answers(source, &keys);
        self.asking(Endpoint::Source(place), source, keys).filter(|_| answers)
    }

    /// No more and no fewer rows than are in scope.
    fn in_scope(&self, source: &'static Source, step: Step) -> Step {
        let step = self.within_fence(self.within_scope(source, self.among(source, step)));
        self.supplemented(source, self.with_calendars(source, step))
    }

    /// The requests of a source, for what the meaning says.
    fn asking(
        &self,
        endpoint: Endpoint,
        source: &'static Source,
        keys: Vec<Binding>,
    ) -> Option<Step> {
        let projects = match self.place(source) {
            Place::Nowhere => return None,
            Place::Keys => None,
            Place::Projects(projects) => Some(projects),
        };
        let order = self.order(source);
        let sorted = order.as_ref().and_then(|order| self.query.table.column(&order.column));
        let bounded = source.bounded().chain(sorted.map(|column| column.name));
        let bounds = bounded.flat_map(|column| self.bounds(column));
        let mut ask = Ask {
            endpoint,
            bounds: bounds.cloned().collect(),
            choices: self.choices_of(source),
            seek: self.seek(source, &keys),
            keys,
            projects,
            apart: false,
            limit: None,
            order,
        };
        ask.limit = self.query.limit.filter(|_| self.counts_exactly(source, &ask));
        let Some(each) = source.each else {
            return Some(Step::Ask(ask));
        };
        let passing = source.holes().filter_map(|hole| self.key(hole).cloned());
        let passing = passing.collect();
        Some(Step::Each(Each { parents: self.parents(each)?, passing, ask }))
    }

    /// The order in which a source is read, if it sorts: the one that is wanted, or the one in which a
    /// bound is reached first. A change moves a record to the end of what was changed last: from there
    /// on nothing is read twice or missed, but in the other direction records would slip onto pages that
    /// were read already, so that only the first page can be relied on.
    fn order(&self, source: &Source) -> Option<Order> {
        // Where a supplement makes up for what a listing leaves out, it must be read to its end.
        if !source.sorts || self.meaning.by_id || self.query.table.supplement.is_some() {
            return None;
        }
        let order = |role: Role, descending| {
            let column = self.query.table.with(role)?.name.to_owned();
            let side = if descending { Side::Lower } else { Side::Upper };
            let bounded = self.bounds(&column).any(|bound| bound.side == side);
            bounded.then_some(Order { column, descending, first: None })
        };
        match &self.query.order {
            Some(wanted) => Some(wanted.clone()).filter(|wanted| {
                let few = |first: &First| first.count as f64 <= FIRST_PAGE;
                let moves = self.query.table.is(&wanted.column, Role::Updated);
                wanted.descending || !moves || wanted.first.as_ref().is_some_and(few)
            }),
            None => order(Role::Updated, true)
                .or_else(|| order(Role::Created, true))
                .or_else(|| order(Role::Created, false)),
        }
    }

    /// What rows are checked for. Records named by id are those that conditions and fences admit.
    fn choices_of(&self, source: &Source) -> Vec<Choice> {
        if !self.meaning.by_id || source.rows != Rows::One {
            return self.meaning.choices.clone();
        }
        let whole = |choice: &&Choice| choice.values.iter().any(|(_, it)| *it != Admission::Yes);
        self.meaning.choices.iter().filter(whole).cloned().collect()
    }

    /// Only rows in the projects in scope, where the keys of a join may lead out of it.
    fn within_scope(&self, source: &Source, step: Step) -> Step {
        let Some(scope) = self.meaning.projects.clone().filter(|it| *it != Projects::Every) else {
            return step;
        };
        let asks = step.asks();
        let by_keys = source.covers == Covers::Holes && asks.iter().any(|ask| !ask.keys.is_empty());
        let by_join = asks.iter().any(|ask| ask.projects.as_ref().is_some_and(|it| *it != scope));
        if !by_keys && !by_join {
            return step;
        }
        Step::Within { projects: scope, inner: Box::new(step) }
    }

    fn within_fence(&self, step: Step) -> Step {
        let Some(projects) = self.meaning.fence.clone() else {
            return step;
        };
        if self.shows_project() {
            return Step::Within { projects, inner: Box::new(step) };
        }
        // Its rows do not show where they are, but the walk says which parents are inside.
        let source = step.ask().and_then(|ask| ask.endpoint.of(self.query.table));
        match source {
            Some(source) => self.among_all(source, step, Some(projects)),
            None => step,
        }
    }

    /// Whether rows tell which project they are in, or are projects.
    fn shows_project(&self) -> bool {
        let table = self.query.table;
        table.project().is_some() || table.name == PROJECTS
    }

    /// Only rows of parents that the walk would visit, where a join names the parent: the walk alone
    /// says which are in scope. Not needed where a listing across projects shows the scope in each row.
    fn among(&self, source: &Source, step: Step) -> Step {
        let names = step.ask().is_none_or(|ask| ask.keys.iter().all(Binding::names));
        if names { step } else { self.among_all(source, step, None) }
    }

    /// Only rows of parents that a walk of these projects, or of those in scope, would visit.
    fn among_all(&self, source: &Source, step: Step, projects: Option<Projects>) -> Step {
        let Step::Ask(ask) = &step else {
            return step;
        };
        let fenced = projects.is_some();
        let keys = ask.keys.iter().filter(|key| {
            let is_parent = !self.query.table.is(&key.column, Role::Id) && is_hole(source, key);
            is_parent && (fenced || !key.names())
        });
        let keys: Vec<Binding> = keys.cloned().collect();
        let projects = projects.or_else(|| self.meaning.projects.clone());
        match self.walk(source, projects).filter(|_| !keys.is_empty()) {
            Some(walk) => Step::Among { walk: Box::new(walk), keys, inner: Box::new(step) },
            None => step,
        }
    }

    /// The walk that a source stands in for where a join gives the parent.
    fn walk(&self, source: &Source, projects: Option<Projects>) -> Option<Each> {
        let table = self.query.table;
        let across = |each: &Source| each.each.is_none() && each.covers != Covers::Holes;
        if table.sources.iter().any(across) {
            return None;
        }
        let holes: Vec<&str> = source.holes().filter(|hole| !table.is(hole, Role::Id)).collect();
        let (place, walk) = table.sources.iter().enumerate().find(|(_, each)| {
            each.each.is_some() && holes.iter().all(|hole| each.holes().any(|it| it == *hole))
        })?;
        let of_projects = matches!(walk.each, Some(each) if walks_projects(each));
        if of_projects && table.scoped && table.project().is_some() {
            // The rows show their project, so that the scope is checked on them.
            return None;
        }
        // The whole walk, whatever a join narrows it to: it is made once for all outer rows.
        let bindings = self.query.bindings.iter().filter(|it| it.names()).cloned().collect();
        let query = Query { bindings, limit: None, ..self.query.clone() };
        let meaning = Meaning { projects, ..self.meaning.clone() };
        let whole = Maker { query: &query, meaning, ..*self };
        match whole.asking(Endpoint::Source(place), walk, Vec::new())? {
            Step::Each(each) => Some(each),
            _ => None,
        }
    }

    /// With what is in calendars, where projects are walked and the account's listing has both.
    fn with_calendars(&self, source: &Source, step: Step) -> Step {
        let table = self.query.table;
        let whole = matches!(self.meaning.projects, Some(Projects::All | Projects::Every));
        let walked = source.each.is_some_and(walks_projects);
        if !whole || !walked || !in_calendars(table) || table.with(Role::Bucket).is_some() {
            return step;
        }
        let account = table.sources.iter().enumerate().find_map(|(place, source)| {
            let of_account = source.covers == Covers::Account && source.each.is_none();
            let usable = of_account && self.is_usable(source) && !self.lacks_for_good(source);
            let keys = self.keys(source).filter(|_| usable)?;
            let all = Meaning { projects: Some(Projects::All), ..self.meaning.clone() };
            let maker = Maker { meaning: all, ..*self };
            maker.asking(Endpoint::Source(place), source, keys)
        });
        match account {
            Some(account) => {
                let rest = Step::Within { projects: Projects::None, inner: Box::new(account) };
                Step::Then(Box::new(step), Box::new(rest))
            }
            None => step,
        }
    }

    /// With what a listing across projects may leave out.
    fn supplemented(&self, source: &'static Source, step: Step) -> Step {
        let supplement = self.query.table.supplement.as_ref();
        let listed = source.covers == Covers::Projects && source.each.is_none();
        let active = |choice: &Choice| {
            let is_status = self.query.table.is(&choice.column, Role::Status);
            !is_status || choice.possible().any(|value| value == "active")
        };
        let Some(supplement) = supplement.filter(|_| listed) else {
            return step;
        };
        if !self.meaning.choices.iter().all(active) {
            return step;
        }
        let other = self.asking(Endpoint::Supplement, &supplement.source, Vec::new());
        match other {
            Some(other) => {
                let other = self.within_fence(self.within_scope(&supplement.source, other));
                Step::Unless { inner: Box::new(step), supplement: Box::new(other) }
            }
            None => step,
        }
    }

    /// With the members that the listing lacks and the single record has.
    fn completed(&self, step: Step, source: &'static Source) -> Step {
        let table = self.query.table;
        let reducible = !table.whole.is_empty() && source.rows != Rows::One;
        let late = self.lacked(source);
        if source.rows == Rows::One || table.single().is_none() || (late.is_empty() && !reducible) {
            return step;
        }
        let mut step = step;
        let limit = if late.is_empty() { None } else { take_limit(&mut step) };
        Step::Complete { late, limit, inner: Box::new(step) }
    }

    /// With the members that the single record lacks and a listing has.
    fn filled(&self, step: Step, single: &'static Source) -> Step {
        let lacked = self.lacked(single);
        if lacked.is_empty() {
            return step;
        }
        match self.listing_of(&lacked, single) {
            Some(listing) => Step::Fill { listing: Box::new(listing), inner: Box::new(step) },
            None => step,
        }
    }

    /// The cheapest listing that has some cells, which the single record lacks, of records that are named by
    /// their ids.
    fn listing_of(&self, cells: &[usize], single: &Source) -> Option<Step> {
        let table = self.query.table;
        let prices = Prices { version: self.version, counts: self.counts };
        let has = |source: &Source| {
            let cells = cells.iter().filter_map(|place| self.query.cells.get(*place));
            cells.into_iter().all(|cell| fit::supplies(table, source, single, cell))
        };
        let listings = table.sources.iter().enumerate().filter(|(_, source)| {
            let usable = source.rows != Rows::One && self.is_usable_for_all(source);
            usable && self.may_have_named(source) && has(source)
        });
        let steps = listings.filter_map(|(place, source)| {
            let keys = self.keys(source)?;
            self.asking(Endpoint::Source(place), source, keys)
        });
        let priced = steps.map(|step| (prices.of(table, &step).requests, step));
        priced.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, step)| step)
    }

    /// Whether a listing may have records that are named by their ids alone, as far as it is one of a few
    /// values: those that conditions say, and where they say none, those that are shown by default.
    fn may_have_named(&self, source: &Source) -> bool {
        source.only.iter().all(|(column, value)| {
            let choice = self.meaning.choices.iter().find(|choice| choice.column == *column);
            let said =
                choice.filter(|choice| choice.values.iter().any(|(_, it)| *it != Admission::Yes));
            match (said, self.query.table.domain(column)) {
                (Some(said), _) => said.possible().any(|it| it == *value),
                (None, Some(domain)) => domain.default.contains(value),
                (None, None) => true,
            }
        })
    }

    /// The wanted cells that a source lacks, by their places.
    fn lacked(&self, source: &Source) -> Vec<usize> {
        let cells = self.query.cells.iter().enumerate();
        let lacking = cells.filter(|(_, cell)| fit::lacks(self.query.table, source, cell));
        lacking.map(|(place, _)| place).collect()
    }

    /// Whether a wanted member can be had neither from this source nor from the single record.
    fn lacks_for_good(&self, source: &Source) -> bool {
        let single = self.query.table.single().filter(|_| source.rows != Rows::One);
        let mut cells = self.query.cells.iter();
        cells.any(|cell| {
            let lacks = |source: &Source| fit::lacks(self.query.table, source, cell);
            lacks(source) && !fit::is_of_whole(cell) && single.is_none_or(lacks)
        })
    }

    /// Whether every row of the source's answers is a row of the result, so that a limit on the result
    /// is one on what is asked.
    fn counts_exactly(&self, source: &Source, ask: &Ask) -> bool {
        self.admits_all(ask, |column| self.is_told_of(source, column))
            && self.query.table.keep.is_none()
            && self.has_all(source, ask)
    }

    /// Whether all values of the columns with a domain are admitted, but of those that a source is told.
    fn admits_all(&self, ask: &Ask, is_told: impl Fn(&str) -> bool) -> bool {
        ask.choices.iter().all(|choice| {
            let any = choice.values.iter().all(|(_, admission)| *admission == Admission::Yes);
            any || is_told(&choice.column)
        })
    }

    /// Whether each request of a source is for one value of a column with a domain.
    fn is_told_of(&self, source: &Source, column: &str) -> bool {
        let by_way = source.ways.iter().any(|way| way.when.iter().any(|(c, _)| *c == column));
        let by_query = source.query.iter().any(|parameter| match parameter {
            Parameter::Domain(name) => *name == column,
            Parameter::Status => self.query.table.is(column, Role::Status),
            // Other statuses bring both kinds.
            Parameter::Completed => {
                self.query.table.is(column, Role::Completed) && self.is_only_active()
            }
            _ => false,
        });
        by_way || by_query || source.only.iter().any(|(name, _)| *name == column)
    }

    /// Whether every record of the source's answers is a row of the result if it is of the table and has
    /// admitted values, where no parents are walked.
    fn has_all(&self, source: &Source, ask: &Ask) -> bool {
        source.each.is_none() && self.all_are_rows(source, ask)
    }

    /// The same, also of a walk.
    fn all_are_rows(&self, source: &Source, ask: &Ask) -> bool {
        let bindings = self.query.bindings.iter().all(|binding| {
            let column = &binding.column;
            let once = self.query.bindings.iter().filter(|b| b.column == *column).count() == 1;
            let asked = || ask.projects == Some(Projects::Named(binding.operand.clone()));
            let projects = self.query.table.is(column, Role::Project) && asked();
            once && (ask.keys.iter().any(|key| key.column == *column) || projects)
        });
        let nested = matches!(source.rows, Rows::Inside(_) | Rows::Within(_));
        let inside = self.meaning.fence.is_none()
            && (self.meaning.projects.is_none() || ask.projects == self.meaning.projects);
        let by_keys = source.covers == Covers::Holes && source.each.is_none();
        let out_of_scope = by_keys && self.meaning.projects.is_some();
        !nested && inside && !out_of_scope && bindings
    }

    /// The holes, which must all be fixed unless they are enumerated, and the parameters that are.
    fn keys(&self, source: &Source) -> Option<Vec<Binding>> {
        let mut keys: Vec<Binding> = match source.each {
            Some(_) => Vec::new(),
            None => source.holes().map(|hole| self.key(hole).cloned()).collect::<Option<_>>()?,
        };
        keys.extend(source.equal().filter_map(|column| self.key(column).cloned()));
        Some(keys)
    }

    /// Whether the conditions are those that a source is for.
    fn is_usable(&self, source: &Source) -> bool {
        self.is_usable_for_all(source) && self.meaning.wants_only_those_of(source)
    }

    /// The same, whatever values of domains are wanted.
    fn is_usable_for_all(&self, source: &Source) -> bool {
        let trash = self.meaning.of_trash && source.rows == Rows::One && source.each.is_none();
        let fixes = |key: &Binding| source.each.is_none() || key.names();
        !trash
            && self.has_needs(source)
            && source.without.iter().all(|column| !self.key(column).is_some_and(fixes))
    }

    /// Whether the conditions that a source cannot do without are there.
    fn has_needs(&self, source: &Source) -> bool {
        let has = |column: &str, side| self.bounds(column).any(|bound| bound.side == side);
        source.needs.iter().all(|column| {
            let between = source.query.iter().find_map(|parameter| match parameter {
                Parameter::Between { column: name, days, .. } if name == column => Some(*days),
                _ => None,
            });
            match between {
                Some(0) => has(column, Side::Lower) && has(column, Side::Upper),
                Some(_) => has(column, Side::Lower),
                // A walk is asked for a parent that somebody names; a join only narrows what it finds.
                None => {
                    let key = self.key(column).filter(|key| source.each.is_none() || key.names());
                    key.is_some() || has(column, Side::Lower)
                }
            }
        })
    }

    fn bounds(&self, column: &str) -> impl Iterator<Item = &Bound> {
        self.query.bounds.iter().filter(move |bound| bound.column == column)
    }

    /// The binding of a hole: a named one before a join's, because it is the same for all rows.
    fn key(&self, hole: &str) -> Option<&Binding> {
        let bound = |effect: Effect| {
            let mut bindings = self.query.bindings.iter();
            bindings.find(|binding| binding.column == hole && binding.effect == effect)
        };
        bound(Effect::Names).or_else(|| bound(Effect::Narrows))
    }

    /// Whether a source's rows are the answer, apart from members that it lacks.
    fn answers(&self, source: &Source, keys: &[Binding]) -> bool {
        let table = self.query.table;
        if self.meaning.by_id {
            // The address says whether the record exists. Listings do not know all that have one.
            return source.rows == Rows::One
                && keys.iter().any(|key| table.is(&key.column, Role::Id) && key.names());
        }
        if self.meaning.by_container && source.covers == Covers::Holes {
            // Another container, or the walk of all of them, would bring nothing more, only cost.
            let mut keys = keys.iter();
            if !keys.any(|key| key.names() || table.is(&key.column, Role::Id)) {
                return false;
            }
        }
        source.statuses != Statuses::Active || self.is_only_active()
    }

    fn is_only_active(&self) -> bool {
        self.meaning.admits_only(Role::Status.name(), "active")
    }

    /// The records that a listing is read for, where their ids are known: reading ends with the last.
    fn seek(&self, source: &Source, keys: &[Binding]) -> Option<Binding> {
        let table = self.query.table;
        let listed =
            source.rows != Rows::One && keys.iter().all(|key| !table.is(&key.column, Role::Id));
        // Elsewhere several rows can have one id: a person of several projects, a repeated entry.
        let unique = table.single().is_some();
        self.key(Role::Id.name()).filter(|_| listed && unique).cloned()
    }

    /// Which projects a source is asked for.
    fn place(&self, source: &Source) -> Place {
        let walks = source.each.is_some();
        match source.covers {
            Covers::Holes if !walks => Place::Keys,
            Covers::Account | Covers::Holes if !self.query.table.scoped => Place::Keys,
            Covers::Account => match self.meaning.projects {
                Some(Projects::All) => Place::Projects(Projects::All),
                _ if self.meaning.by_id => Place::Projects(Projects::All),
                _ => Place::Nowhere,
            },
            Covers::Projects | Covers::Holes => match self.meaning.projects.clone() {
                None if self.meaning.by_id => Place::Projects(Projects::Every),
                None if source.covers == Covers::Projects => self.place_of_container(),
                None => Place::Nowhere,
                // Which parent is the first does not depend on what a join narrows them to.
                Some(scope) if takes_first(source.each) => Place::Projects(scope),
                Some(scope) => Place::Projects(self.narrowed(scope)),
            },
        }
    }

    /// Archived and trashed records of a container whose own listing gives active ones only: its
    /// project has them. Where no address tells the project, the default scope is read.
    fn place_of_container(&self) -> Place {
        if self.has_direct_listing() {
            return Place::Nowhere;
        }
        let table = self.query.table;
        let of = table.container.and_then(|container| {
            let key = self.key(container.column).filter(|key| key.names())?;
            Some(Projects::Of { path: container.path.to_owned(), container: key.clone() })
        });
        let scope = self.query.fence.projects.as_ref().unwrap_or(&self.query.projects);
        Place::Projects(of.unwrap_or_else(|| scope.clone()))
    }

    /// Whether a listing of the named container itself gives the answer.
    fn has_direct_listing(&self) -> bool {
        let mut sources = self.query.table.sources.iter();
        sources.any(|source| {
            source.covers == Covers::Holes
                && source.each.is_none()
                && (source.statuses != Statuses::Active || self.is_only_active())
                && source.holes().all(|hole| self.key(hole).is_some_and(Binding::names))
        })
    }

    /// The projects that a join names instead of those in scope: rows are checked for these.
    fn narrowed(&self, scope: Projects) -> Projects {
        let mut bindings = self.query.bindings.iter();
        let joined =
            bindings.find(|it| self.query.table.is(&it.column, Role::Project) && !it.names());
        joined.map_or(scope, |binding| Projects::Named(binding.operand.clone()))
    }

    /// What the parents of a walk are.
    fn parents(&self, each: catalog::Each) -> Option<Parents> {
        let catalog::Each::Row { table, fills, when, .. } = each else {
            return Some(Parents::Projects);
        };
        if table == PROJECTS {
            return Some(Parents::Projects);
        }
        let table = self.version.table(table)?;
        let names = fills.iter().map(|(_, column)| *column).chain(when);
        let cells = names.map(|name| table.column(name).map(Cell::of));
        let of_project = |binding: &&Binding| {
            let narrows = binding.names() || !takes_first(Some(each));
            narrows && self.query.table.is(&binding.column, Role::Project)
        };
        let query = Query {
            cells: cells.collect::<Option<_>>()?,
            bindings: self.query.bindings.iter().filter(of_project).cloned().collect(),
            ..Query::of(table, self.scope_of_parents())
        };
        Some(Parents::Rows(Box::new(choose(self.version, &query, self.counts))))
    }

    /// The projects whose parents are walked.
    fn scope_of_parents(&self) -> Projects {
        let scope = self.query.fence.projects.as_ref().unwrap_or(&self.query.projects);
        match &self.meaning.projects {
            Some(projects @ (Projects::All | Projects::Every)) => projects.clone(),
            None if self.meaning.by_id => Projects::Every,
            _ => scope.clone(),
        }
    }
}

/// Takes the limit of the listings below, which give incomplete rows, for where these are completed.
fn take_limit(step: &mut Step) -> Option<u64> {
    match step {
        Step::Ask(ask) => ask.limit.take(),
        Step::Unless { inner, .. } => take_limit(inner),
        _ => None,
    }
}

/// Whether rows of a table may be in a calendar instead of a project.
pub fn in_calendars(table: &Table) -> bool {
    table.calendar().is_some() || table.in_calendars
}

fn is_hole(source: &Source, key: &Binding) -> bool {
    source.holes().any(|hole| hole == key.column)
}

/// Whether a walk ends with its first parent.
fn takes_first(each: Option<catalog::Each>) -> bool {
    matches!(each, Some(catalog::Each::Row { first: true, .. }))
}

fn walks_projects(each: catalog::Each) -> bool {
    match each {
        catalog::Each::Dock(_) => true,
        catalog::Each::Row { table, .. } => table == PROJECTS,
    }
}
