//! The choice of a source: every one that gives the answer is priced, and the cheapest wins.
//!
//! The meaning of a query is settled before any source is looked at (DESIGN, section 3): a condition
//! on `id` names the records whatever their project and status; one on a container or on `project_id`
//! names where to read; join clauses only narrow. Sources then differ in cost and never in rows.

mod meaning;
mod price;

use super::estimate::{Counts, Estimate, UNKNOWN_CHILDREN};
use super::{Admits, Binding, Bound, Cell, Choice, Key, Place, Projects, Query, Role, Scan, Side};
use crate::catalog::field::Need;
use crate::catalog::{Covers, Each, Field, Parameter, Rows, Source, Statuses, Table, Version};
use meaning::{Meaning, admits_only, only_those};

/// The cheapest scan for a query.
///
/// There is always one: rows that cannot be enumerated give a scan that `needs` a condition.
pub fn choose(version: Version, query: &Query, counts: &dyn Counts) -> Scan {
    let meaning = Meaning::of(query);
    let maker = Maker { version, query, counts, meaning };
    maker.best().or_else(|| maker.in_turn()).unwrap_or_else(|| maker.impossible())
}

/// The table of projects, which a walk does not read as a table: the scope says which there are.
pub const PROJECTS: &str = "projects";

impl Scan {
    fn price(&self) -> f64 {
        self.estimate.requests + self.estimate.once
    }

    /// This scan, and then another of the same query.
    fn followed_by(mut self, rest: Self) -> Self {
        self.estimate.requests += rest.estimate.requests;
        self.estimate.rows += rest.estimate.rows;
        self.estimate.once += rest.estimate.once;
        // What is missing from the rows of one cannot be looked at before all are complete.
        self.late.extend(&rest.late);
        self.late.sort_unstable();
        self.late.dedup();
        self.then = Some(Box::new(rest));
        self
    }
}

struct Maker<'a> {
    version: Version,
    query: &'a Query,
    counts: &'a dyn Counts,
    meaning: Meaning,
}

impl Maker<'_> {
    /// The scan of the source that is cheapest.
    fn best(&self) -> Option<Scan> {
        let mut best: Option<Scan> = None;
        for (index, source) in self.query.table.sources.iter().enumerate() {
            let Some(scan) = self.scan(index, source) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| scan.price() < best.price()) {
                best = Some(scan);
            }
        }
        best
    }

    /// Several scans, one after another, where no source has the rows of every wanted value of a
    /// domain but some have those of one: what belongs to projects and what to calendars, what is in
    /// the trash and what is not.
    fn in_turn(&self) -> Option<Scan> {
        let mut choices = self.meaning.choices.iter();
        choices.find_map(|choice| {
            let column = choice.column.as_str();
            let mut sources = self.query.table.sources.iter();
            let split = sources.any(|source| source.only.iter().any(|(name, _)| *name == column));
            let wanted = choice.values.iter().filter(|(_, a)| *a != Admits::No);
            if !split || wanted.clone().count() < 2 {
                return None;
            }
            let parts: Vec<Option<Scan>> =
                wanted.map(|(value, _)| self.part(choice, value)).collect();
            // A record that is named by its id is in one part only, and not every part can be read
            // for it: what is in the trash has no listing of a project.
            if !self.meaning.by_id && parts.iter().any(Option::is_none) {
                return None;
            }
            let scans = parts.into_iter().flatten();
            scans.rev().reduce(|rest, scan| scan.followed_by(rest))
        })
    }

    /// The scan for one value of a domain, if there is one.
    fn part(&self, choice: &Choice, value: &str) -> Option<Scan> {
        let mut choices = self.meaning.choices.clone();
        for (each, admits) in choices
            .iter_mut()
            .filter(|each| each.column == choice.column)
            .flat_map(|each| each.values.iter_mut())
        {
            if each != value {
                *admits = Admits::No;
            }
        }
        let query = Query { choices, ..self.query.clone() };
        let scan = choose(self.version, &query, self.counts);
        scan.needs.is_none().then_some(scan)
    }

    /// The scan of one source, if it gives the answer.
    fn scan(&self, index: usize, source: &'static Source) -> Option<Scan> {
        let keys = self.keys(source)?;
        let usable = self.has_needs(source)
            && only_those(source, &self.meaning.choices)
            && source.without.iter().all(|column| self.key(column).is_none());
        if !usable || self.lacks_for_good(source) || !self.answers(source, &keys) {
            return None;
        }
        let projects = self.projects_to_read(source)?;
        let complete = self.lacks(source) && source.rows != Rows::One;
        let parents = self.parents(source);
        let mut scan = self.skeleton(Some(index));
        scan.within = self.within(source, &keys, projects.as_ref());
        scan.keys = keys.iter().map(|(key, _)| key.clone()).collect();
        if source.each.is_some() {
            let holes = source.holes().filter_map(|hole| self.key(hole));
            scan.passing = holes.map(|(key, _)| key).collect();
        }
        if let Some(Projects::Of { .. }) = projects {
            scan.keys.extend(self.container_key().map(|(key, _)| key));
        }
        scan.bounds = source.bounded().flat_map(|column| self.bounds(column).cloned()).collect();
        scan.seek = self.seek(source, &keys);
        scan.projects = projects;
        scan.complete = complete;
        let limit = self.query.limit.filter(|_| self.counts_exactly(source, &scan));
        if complete {
            let cells = self.query.cells.iter().enumerate();
            let late = cells.filter(|(_, cell)| self.lacks_cell(source, cell));
            scan.late = late.map(|(place, _)| place).collect();
            scan.at_once = limit;
        } else {
            scan.limit = limit;
        }
        scan.estimate = self.estimate(source, &keys, &scan, parents.as_ref());
        scan.parents = parents.map(Box::new);
        if let Some((walk, finding)) = self.members(source, &keys) {
            scan.estimate.once += finding;
            scan.members = Some(Box::new(walk));
        }
        Some(scan)
    }

    /// The walk that a source stands in for where a join gives the parent: it alone says which parents
    /// are in scope. Also the requests that finding them takes. Not needed where a listing across
    /// projects shows the scope in each row.
    fn members(&self, source: &Source, keys: &[(Key, f64)]) -> Option<(Scan, f64)> {
        let joined = keys.iter().any(|(key, _)| !key.named && key.column != "id");
        if !joined || source.each.is_some() {
            return None;
        }
        let holes: Vec<&str> = source.holes().filter(|hole| *hole != "id").collect();
        let table = self.query.table;
        let across = |each: &Source| each.each.is_none() && each.covers != Covers::Holes;
        if table.sources.iter().any(across) {
            return None;
        }
        let mut walks = table.sources.iter().enumerate();
        let (index, walk) = walks.find(|(_, each)| {
            each.each.is_some()
                && !holes.is_empty()
                && holes.iter().all(|h| each.holes().any(|w| w == *h))
        })?;
        let projects = matches!(walk.each, Some(Each::Row { table, .. }) if table == PROJECTS);
        if projects && table.scoped {
            // The rows show their project, so that the scope is checked on them.
            return None;
        }
        let scan = self.scan(index, walk)?;
        let finding = match &scan.parents {
            Some(parents) => parents.estimate.requests + parents.estimate.once,
            None => self.pages(self.project_count(scan.projects.as_ref())),
        };
        Some((scan, finding))
    }

    /// Whether every row of the source's answers is a row of the result, so that a limit on the result
    /// is one on what is asked.
    fn counts_exactly(&self, source: &Source, scan: &Scan) -> bool {
        let told = |column: &str| {
            let by_way = source.ways.iter().any(|way| way.when.iter().any(|(c, _)| *c == column));
            let by_query = source.query.iter().any(|parameter| match parameter {
                Parameter::Domain(name) => *name == column,
                Parameter::Status => column == "status",
                // Other statuses bring both kinds.
                Parameter::Completed => column == "completed" && self.only_active(),
                _ => false,
            });
            by_way || by_query || source.only.iter().any(|(name, _)| *name == column)
        };
        let choices = scan.choices.iter().all(|choice| {
            let any = choice.values.iter().all(|(_, admits)| *admits == Admits::Yes);
            any || told(&choice.column)
        });
        let bindings = self.query.bindings.iter().all(|binding| {
            let column = binding.column;
            let once = self.query.bindings.iter().filter(|b| b.column == column).count() == 1;
            let projects = column == "project_id" && scan.projects.is_some();
            let used = scan.keys.iter().any(|key| key.column == column) || projects;
            once && used
        });
        let nested = matches!(source.rows, Rows::Inside(_) | Rows::Within(_));
        let whole = source.each.is_none() && self.query.table.keep.is_none() && !nested;
        whole && scan.within.is_none() && choices && bindings
    }

    /// The holes, which must all be bound unless they are enumerated, and the parameters that are.
    fn keys(&self, source: &Source) -> Option<Vec<(Key, f64)>> {
        let mut keys: Vec<(Key, f64)> = match source.each {
            Some(_) => Vec::new(),
            None => source.holes().map(|hole| self.key(hole)).collect::<Option<_>>()?,
        };
        keys.extend(source.equal().filter_map(|column| self.key(column)));
        Some(keys)
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
                None => self.key(column).is_some() || has(column, Side::Lower),
            }
        })
    }

    fn bounds(&self, column: &str) -> impl Iterator<Item = &Bound> {
        let all = self.query.bounds.iter();
        all.filter(move |bound| bound.column == column)
    }

    fn admits_only(&self, column: &str, only: &str) -> bool {
        admits_only(&self.meaning.choices, column, only)
    }

    fn skeleton(&self, source: Option<usize>) -> Scan {
        // Records named by id are checked against conditions by PostgreSQL alone.
        let choices = if self.meaning.by_id && source.is_some_and(|index| self.is_single(index)) {
            Vec::new()
        } else {
            self.meaning.choices.clone()
        };
        Scan {
            version: self.version,
            table: self.query.table.name.to_owned(),
            source,
            keys: Vec::new(),
            passing: Vec::new(),
            bounds: Vec::new(),
            seek: None,
            projects: None,
            within: None,
            choices,
            cells: self.query.cells.clone(),
            complete: false,
            late: Vec::new(),
            check: None,
            at_once: None,
            parents: None,
            then: None,
            members: None,
            limit: None,
            needs: None,
            estimate: Estimate::default(),
        }
    }

    fn is_single(&self, index: usize) -> bool {
        self.query.table.sources.get(index).is_some_and(|source| source.rows == Rows::One)
    }

    /// The binding of a hole: a named one before a join's, because it is the same for all rows.
    fn key(&self, hole: &str) -> Option<(Key, f64)> {
        let bound =
            |role: Role| self.query.bindings.iter().find(|b| b.column == hole && b.role == role);
        let binding: &Binding = bound(Role::Names).or_else(|| bound(Role::Narrows))?;
        let key = Key {
            column: binding.column.to_owned(),
            operand: binding.operand.clone(),
            named: binding.role == Role::Names,
        };
        Some((key, binding.count))
    }

    /// Whether a source's rows are the answer, apart from members that it lacks.
    fn answers(&self, source: &Source, keys: &[(Key, f64)]) -> bool {
        let meaning = &self.meaning;
        if meaning.by_id {
            // Listings do not know records of other statuses and projects. The only reason to list is
            // a member that the single record lacks.
            let id = keys.iter().any(|(key, _)| key.column == "id" && key.named);
            let listed = source.each.is_none()
                && if self.query.table.scoped {
                    let within = !keys.is_empty() && keys.iter().all(|(key, _)| key.named);
                    within && source.statuses != Statuses::Active && self.single_lacks()
                } else {
                    keys.iter().all(|(key, _)| key.named)
                };
            return id || listed;
        }
        if meaning.by_container && source.covers == Covers::Holes {
            // Another container, or the walk of all of them, would bring nothing more, only cost.
            let inside =
                keys.iter().any(|(key, _)| key.named) || keys.iter().any(|(k, _)| k.column == "id");
            if !inside {
                return false;
            }
        }
        match source.statuses {
            Statuses::Active => self.only_active(),
            Statuses::Asked | Statuses::Any => true,
        }
    }

    fn only_active(&self) -> bool {
        self.admits_only("status", "active")
    }

    /// The records that a listing is read for, where their ids are known: reading ends with the last.
    fn seek(&self, source: &Source, keys: &[(Key, f64)]) -> Option<Key> {
        let listed = source.rows != Rows::One && keys.iter().all(|(key, _)| key.column != "id");
        let (key, _) = self.key("id").filter(|_| listed)?;
        // Elsewhere several rows can have one id: a person of several projects, a repeated entry.
        let unique = self.query.table.single().is_some();
        unique.then_some(key)
    }

    /// Which projects a source must be asked for: `None` where it cannot be kept to them.
    #[expect(clippy::option_option, reason = "outer: can the source be used; inner: does it ask")]
    fn projects_to_read(&self, source: &Source) -> Option<Option<Projects>> {
        let narrowed = self.project_join();
        match (source.covers, source.each) {
            (Covers::Holes, None) => Some(None),
            (Covers::Account, _) | (Covers::Holes, Some(_)) if !self.query.table.scoped => {
                Some(None)
            }
            (Covers::Account, _) => {
                (self.meaning.projects == Some(Projects::All)).then_some(Some(Projects::All))
            }
            // Archived and trashed records of a container whose own listing gives active ones only:
            // its project has them. Where no address tells the project, the default scope is read.
            (Covers::Projects, _) if self.meaning.projects.is_none() => {
                let container =
                    self.query.table.container.filter(|_| self.container_key().is_some());
                let place = container.map_or_else(
                    || self.query.projects.clone(),
                    |container| Projects::Of { path: container.path.to_owned() },
                );
                (!self.has_direct_listing()).then_some(Some(place))
            }
            (Covers::Projects, _) | (Covers::Holes, Some(_)) => {
                let scope = self.meaning.projects.clone()?;
                Some(Some(
                    narrowed.map_or(scope, |binding| Projects::Named(binding.operand.clone())),
                ))
            }
        }
    }

    /// Whether a listing of the named container itself gives the answer.
    fn has_direct_listing(&self) -> bool {
        let mut sources = self.query.table.sources.iter();
        sources.any(|source| {
            source.covers == Covers::Holes
                && source.each.is_none()
                && (source.statuses != Statuses::Active || self.only_active())
                && source.holes().all(|hole| self.key(hole).is_some_and(|(key, _)| key.named))
        })
    }

    fn project_join(&self) -> Option<&Binding> {
        let named = self.query.bindings.iter();
        named.clone().find(|b| b.column == "project_id" && b.role == Role::Narrows)
    }

    fn container_key(&self) -> Option<(Key, f64)> {
        let column = self.query.table.container?.column;
        self.key(column).filter(|(key, _)| key.named)
    }

    /// The projects that rows must be checked for: those in scope, where a join said what to read.
    fn within(
        &self,
        source: &Source,
        keys: &[(Key, f64)],
        read: Option<&Projects>,
    ) -> Option<Projects> {
        let scope = self.meaning.projects.clone()?;
        let by_keys = source.covers == Covers::Holes && !keys.is_empty();
        let by_join = read.is_some_and(|read| *read != scope);
        (by_keys || by_join).then_some(scope)
    }

    /// Whether a wanted member is not in this source's rows.
    fn lacks(&self, source: &Source) -> bool {
        let mut cells = self.query.cells.iter();
        cells.any(|cell| self.lacks_cell(source, cell))
    }

    /// Whether a wanted member is not in the single record.
    fn single_lacks(&self) -> bool {
        let single = self.query.table.single();
        single.is_some_and(|single| self.lacks(single))
    }

    /// Whether such a member cannot be had by fetching the rows singly either.
    fn lacks_for_good(&self, source: &Source) -> bool {
        let single = self.query.table.single().filter(|_| source.rows != Rows::One);
        let mut cells = self.query.cells.iter();
        cells.any(|cell| {
            self.lacks_cell(source, cell)
                && single.is_none_or(|single| self.lacks_cell(single, cell))
        })
    }

    fn lacks_cell(&self, source: &Source, cell: &Cell) -> bool {
        let missing = |need: &Need<'_>| match need {
            Need::Member(member) => source.lacks.contains(member),
            Need::Array => !matches!(source.rows, Rows::Arrays(..)),
            Need::Asked(column) => !asks(source, column),
            Need::Outer => false,
        };
        match &cell.place {
            Place::Path(field) => {
                field.member().is_some_and(|member| source.lacks.contains(&member))
            }
            Place::Column(name) => {
                let column = self.query.table.column(name);
                column.is_some_and(|column| lacking(&column.field, &missing))
            }
        }
    }

    /// The scan of the table whose rows are this source's parents. Projects are not among them: they
    /// are known by the scope.
    fn parents(&self, source: &Source) -> Option<Scan> {
        let Some(Each::Row { table, fills, when, .. }) = source.each else {
            return None;
        };
        if table == PROJECTS {
            return None;
        }
        let table = self.version.table(table)?;
        let names = fills.iter().map(|(_, column)| *column).chain(when);
        let cells: Option<Vec<Cell>> = names
            .map(|name| {
                let column = table.column(name)?;
                Some(Cell {
                    name: name.to_owned(),
                    place: Place::Column(name.to_owned()),
                    ty: column.ty,
                })
            })
            .collect();
        let bindings = self.query.bindings.iter();
        let query = Query {
            table,
            cells: cells?,
            bindings: bindings.filter(|b| b.column == "project_id").cloned().collect(),
            choices: Vec::new(),
            bounds: Vec::new(),
            projects: self.query.projects.clone(),
            limit: None,
        };
        Some(choose(self.version, &query, self.counts))
    }

    /// Rows that no source can enumerate: what to add to the query.
    fn impossible(&self) -> Scan {
        let mut scan = self.skeleton(None);
        scan.needs = Some(needed(self.query.table));
        scan.estimate =
            Estimate { requests: f64::from(u16::MAX), rows: UNKNOWN_CHILDREN, once: 0.0 };
        scan
    }
}

/// Whether a value is in none of the places that it may be in. Of several places one that is not asked
/// by is passed over: that is NULL, not missing.
fn lacking(field: &Field, missing: &dyn Fn(&Need<'_>) -> bool) -> bool {
    match field {
        Field::First(places) => {
            let in_record = |place: &Field| !matches!(place, Field::Asked(_));
            places.iter().any(in_record) && places.iter().all(|place| lacking(place, missing))
        }
        other => other.needs().iter().any(missing),
    }
}

/// Whether the requests of a source say something of a column.
fn asks(source: &Source, column: &str) -> bool {
    let mut ways = source.ways.iter().flat_map(|way| way.when);
    source.holes().any(|hole| hole == column)
        || source.equal().any(|name| name == column)
        || ways.any(|(name, _)| *name == column)
        || source
            .query
            .iter()
            .any(|parameter| matches!(parameter, Parameter::Domain(name) if *name == column))
}

/// The condition that a table without an enumerable parent needs.
fn needed(table: &Table) -> String {
    let listings = table.sources.iter().filter(|source| source.each.is_none());
    let mut ways: Vec<String> = listings
        .map(|source| {
            let mut columns: Vec<&str> =
                source.holes().chain(source.needs.iter().copied()).collect();
            columns.dedup();
            columns.join(" and ")
        })
        .collect();
    ways.retain(|way| !way.is_empty());
    ways.sort_unstable();
    ways.dedup();
    ways.join(", or ")
}
