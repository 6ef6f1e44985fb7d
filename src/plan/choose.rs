//! The choice of a source: every one that gives the answer is priced, and the cheapest wins.
//!
//! The meaning of a query is settled before any source is looked at (DESIGN, section 3): a condition
//! on `id` names the records whatever their project and status; one on a container or on `project_id`
//! names where to read; join clauses only narrow. Sources then differ in cost and never in rows.

use super::estimate::{
    Counts, Estimate, UNKNOWN_ACCOUNT, UNKNOWN_CHILDREN, UNKNOWN_PROJECTS, numbered_pages, pages,
};
use super::route::{Admitted, Limits, Where, requests};
use super::{
    Admits, Binding, Bound, Cell, Choice, Key, Operand, Place, Projects, Query, Role, Scan, Side,
};
use crate::catalog::field::Need;
use crate::catalog::{
    Covers, Each, Field, More, Parameter, Rows, Source, Statuses, Table, Version,
};
use crate::value::Scalar;

/// The cheapest scan for a query.
///
/// There is always one: rows that cannot be enumerated give a scan that `needs` a condition.
pub fn choose(version: Version, query: &Query, counts: &dyn Counts) -> Scan {
    let meaning = Meaning::of(query);
    let maker = Maker {
        version,
        query,
        counts,
        meaning,
    };
    maker
        .best()
        .or_else(|| maker.in_turn())
        .unwrap_or_else(|| maker.impossible())
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

/// What the conditions mean, whatever source is taken.
struct Meaning {
    /// The ids name the records: neither status nor project limits them.
    by_id: bool,
    /// A container is named: it says where to read.
    by_container: bool,
    /// The projects in scope; `None` where they do not limit.
    projects: Option<Projects>,
    /// For each column with a domain, what is admitted.
    choices: Vec<Choice>,
}

impl Meaning {
    fn of(query: &Query) -> Self {
        let table = query.table;
        let named = |column: &str| {
            query
                .bindings
                .iter()
                .find(|b| b.role == Role::Names && b.column == column)
        };
        let by_id = table.sources.iter().any(|source| {
            source.rows == Rows::One
                && source.each.is_none()
                && source.holes().any(|hole| hole == "id")
                && source.holes().all(|hole| named(hole).is_some())
        });
        let choices = choices(query, by_id);
        let by_container = table.sources.iter().any(|source| {
            let mut holes = source.holes().peekable();
            source.covers == Covers::Holes
                && only_those(source, &choices)
                && holes.peek().is_some()
                && holes.all(|hole| hole != "id" && named(hole).is_some())
        });
        let projects = match named("project_id") {
            _ if by_id || !table.scoped => None,
            Some(binding) => Some(Projects::Named(binding.operand.clone())),
            None if by_container => None,
            // An id that has no address without its project: nobody asked for the first one.
            None if named("id").is_some() && query.projects == Projects::First => {
                Some(Projects::All)
            }
            None => Some(query.projects.clone()),
        };
        Self {
            by_id,
            by_container,
            projects,
            choices,
        }
    }
}

/// The admitted values of every domain. Records named by id may have any, unless a condition limits
/// them, and then PostgreSQL checks it.
fn choices(query: &Query, by_id: bool) -> Vec<Choice> {
    let domains = query.table.domains.iter();
    domains
        .map(|domain| {
            let stated = query
                .choices
                .iter()
                .find(|choice| choice.column == domain.column);
            stated.cloned().unwrap_or_else(|| Choice {
                column: domain.column.to_owned(),
                values: domain
                    .values
                    .iter()
                    .map(|value| {
                        let read = by_id || domain.default.contains(value);
                        (
                            (*value).to_owned(),
                            if read { Admits::Yes } else { Admits::No },
                        )
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Whether no other values than those of the source are wanted.
fn only_those(source: &Source, choices: &[Choice]) -> bool {
    let mut only = source.only.iter();
    only.all(|(column, value)| admits_only(choices, column, value))
}

fn admits_only(choices: &[Choice], column: &str, only: &str) -> bool {
    let mut choices = choices.iter();
    choices
        .find(|choice| choice.column == column)
        .is_none_or(|choice| {
            choice
                .values
                .iter()
                .all(|(value, admits)| value == only || *admits == Admits::No)
        })
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
        let query = Query {
            choices,
            ..self.query.clone()
        };
        let scan = choose(self.version, &query, self.counts);
        scan.needs.is_none().then_some(scan)
    }

    /// The scan of one source, if it gives the answer.
    fn scan(&self, index: usize, source: &'static Source) -> Option<Scan> {
        let keys = self.keys(source)?;
        let usable = self.has_needs(source)
            && only_those(source, &self.meaning.choices)
            && source
                .without
                .iter()
                .all(|column| self.key(column).is_none());
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
        scan.bounds = source
            .bounded()
            .flat_map(|column| self.bounds(column).cloned())
            .collect();
        scan.seek = self.seek(source, &keys);
        scan.projects = projects;
        scan.complete = complete;
        let limit = self
            .query
            .limit
            .filter(|_| self.counts_exactly(source, &scan));
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
            let by_way = source
                .ways
                .iter()
                .any(|way| way.when.iter().any(|(c, _)| *c == column));
            let by_query = source.query.iter().any(|parameter| match parameter {
                Parameter::Domain(name) => *name == column,
                Parameter::Status => column == "status",
                _ => false,
            });
            by_way || by_query || source.only.iter().any(|(name, _)| *name == column)
        };
        let choices = scan.choices.iter().all(|choice| {
            let any = choice
                .values
                .iter()
                .all(|(_, admits)| *admits == Admits::Yes);
            any || told(&choice.column)
        });
        let bindings = self.query.bindings.iter().all(|binding| {
            let column = binding.column;
            let once = self
                .query
                .bindings
                .iter()
                .filter(|b| b.column == column)
                .count()
                == 1;
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
            None => source
                .holes()
                .map(|hole| self.key(hole))
                .collect::<Option<_>>()?,
        };
        keys.extend(source.equal().filter_map(|column| self.key(column)));
        Some(keys)
    }

    /// Whether the conditions that a source cannot do without are there.
    fn has_needs(&self, source: &Source) -> bool {
        let has = |column: &str, side| self.bounds(column).any(|bound| bound.side == side);
        source.needs.iter().all(|column| {
            let between = source.query.iter().find_map(|parameter| match parameter {
                Parameter::Between {
                    column: name, days, ..
                } if name == column => Some(*days),
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
        self.query
            .table
            .sources
            .get(index)
            .is_some_and(|source| source.rows == Rows::One)
    }

    /// The binding of a hole: a named one before a join's, because it is the same for all rows.
    fn key(&self, hole: &str) -> Option<(Key, f64)> {
        let bound = |role: Role| {
            self.query
                .bindings
                .iter()
                .find(|b| b.column == hole && b.role == role)
        };
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
    #[expect(
        clippy::option_option,
        reason = "outer: can the source be used; inner: does it ask"
    )]
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
                let container = self
                    .query
                    .table
                    .container
                    .filter(|_| self.container_key().is_some());
                let place = container.map_or_else(
                    || self.query.projects.clone(),
                    |container| Projects::Of {
                        path: container.path.to_owned(),
                    },
                );
                (!self.has_direct_listing()).then_some(Some(place))
            }
            (Covers::Projects, _) | (Covers::Holes, Some(_)) => {
                let scope = self.meaning.projects.clone()?;
                Some(Some(narrowed.map_or(scope, |binding| {
                    Projects::Named(binding.operand.clone())
                })))
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
                && source
                    .holes()
                    .all(|hole| self.key(hole).is_some_and(|(key, _)| key.named))
        })
    }

    fn project_join(&self) -> Option<&Binding> {
        let named = self.query.bindings.iter();
        named
            .clone()
            .find(|b| b.column == "project_id" && b.role == Role::Narrows)
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
        let single = self
            .query
            .table
            .single()
            .filter(|_| source.rows != Rows::One);
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
            Place::Path(field) => field
                .member()
                .is_some_and(|member| source.lacks.contains(&member)),
            Place::Column(name) => {
                let column = self.query.table.column(name);
                column.is_some_and(|column| lacking(&column.field, &missing))
            }
        }
    }

    /// The scan of the table whose rows are this source's parents. Projects are not among them: they
    /// are known by the scope.
    fn parents(&self, source: &Source) -> Option<Scan> {
        let Some(Each::Row {
            table, fills, when, ..
        }) = source.each
        else {
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
            bindings: bindings
                .filter(|b| b.column == "project_id")
                .cloned()
                .collect(),
            choices: Vec::new(),
            bounds: Vec::new(),
            projects: self.query.projects.clone(),
            limit: None,
        };
        Some(choose(self.version, &query, self.counts))
    }

    fn estimate(
        &self,
        source: &'static Source,
        keys: &[(Key, f64)],
        scan: &Scan,
        parents: Option<&Scan>,
    ) -> Estimate {
        let fillings: f64 = keys.iter().map(|(_, count)| count).product();
        let mut estimate = match (source.each, source.rows) {
            (Some(each), _) => self.walk(each, source, scan, parents),
            (None, Rows::One) => Estimate {
                requests: fillings,
                rows: fillings,
                once: 0.0,
            },
            (None, Rows::Maybe(_) | Rows::Member(_) | Rows::Arrays(_, More::No)) => Estimate {
                requests: fillings,
                rows: fillings * UNKNOWN_CHILDREN,
                once: 0.0,
            },
            (None, Rows::Pages | Rows::Arrays(..) | Rows::Inside(_) | Rows::Within(_)) => {
                self.listing(source, keys, scan).times(fillings)
            }
        };
        match scan.projects {
            Some(Projects::Of { .. }) => estimate.requests += 1.0,
            Some(Projects::First) => estimate.requests += 1.0,
            _ => {}
        }
        match scan.within {
            Some(Projects::All) => estimate.once += self.pages(self.projects_in_account()),
            Some(Projects::First) => estimate.once += 1.0,
            _ => {}
        }
        if scan.seek.is_some() {
            let sought = self.key("id").map_or(estimate.rows, |(_, count)| count);
            estimate.rows = estimate.rows.min(sought);
        }
        if scan.complete {
            estimate.requests += estimate.rows;
        }
        estimate
    }

    /// One filling of a listing's holes.
    fn listing(&self, source: &'static Source, keys: &[(Key, f64)], scan: &Scan) -> Estimate {
        let admitted = self.likely(scan);
        let limits = Limits {
            admitted,
            bounds: known_bounds(&scan.bounds),
        };
        let known: Vec<(&str, Scalar)> = keys
            .iter()
            .filter_map(|(key, _)| match &key.operand {
                Operand::Values(ids) => ids.first().map(|id| (key.column.as_str(), id.clone())),
                Operand::Expression(_) => None,
            })
            .collect();
        let place = match &scan.projects {
            Some(Projects::Named(Operand::Values(ids))) => {
                Where::Projects(ids.iter().filter_map(Scalar::id).collect())
            }
            Some(Projects::All) | None => Where::Account,
            Some(_) => Where::Projects(vec![0]),
        };
        let share = self.share(scan);
        let asked = requests(source, &known, &limits, &place);
        asked.iter().fold(Estimate::default(), |sum, request| {
            let rows = self.rows_at(source, &request.address, share);
            Estimate {
                requests: sum.requests + self.pages(rows),
                rows: sum.rows + rows,
                ..sum
            }
        })
    }

    /// Rows of one listing: as it told before, or as such a listing usually has.
    fn rows_at(&self, source: &Source, address: &str, share: f64) -> f64 {
        if let Some(total) = self.counts.total(address) {
            return total as f64;
        }
        // Each way has a part of them.
        let ways = source.ways.len().max(1) as f64;
        if source.covers == Covers::Holes {
            return UNKNOWN_CHILDREN / ways;
        }
        if source.path.starts_with("/projects.json") {
            return self.projects_in_account();
        }
        let whole = address
            .split_once("&bucket=")
            .map_or(address, |(whole, _)| whole);
        (self
            .counts
            .total(whole)
            .map_or(UNKNOWN_ACCOUNT / ways, |total| total as f64)
            * share)
            .ceil()
    }

    /// The share of the account's projects that is read.
    fn share(&self, scan: &Scan) -> f64 {
        (self.project_count(scan.projects.as_ref()) / self.projects_in_account()).min(1.0)
    }

    /// Requests for a listing of so many rows.
    fn pages(&self, rows: f64) -> f64 {
        match self.version {
            Version::V2 => numbered_pages(rows),
            Version::V3 => pages(rows),
        }
    }

    fn project_count(&self, projects: Option<&Projects>) -> f64 {
        match projects {
            None | Some(Projects::All) => self.projects_in_account(),
            Some(Projects::Named(Operand::Values(ids))) => ids.len() as f64,
            Some(Projects::Named(Operand::Expression(_))) => {
                let bound = self
                    .query
                    .bindings
                    .iter()
                    .find(|b| b.column == "project_id");
                bound.map_or(1.0, |binding| binding.count)
            }
            Some(Projects::First | Projects::Of { .. }) => 1.0,
        }
    }

    fn projects_in_account(&self) -> f64 {
        self.counts
            .total("/projects.json")
            .map_or(UNKNOWN_PROJECTS, |total| total as f64)
            .max(1.0)
    }

    fn walk(&self, each: Each, source: &Source, scan: &Scan, parents: Option<&Scan>) -> Estimate {
        let rows = source.rows;
        let (found, asked) = match (each, parents) {
            (Each::Row { .. }, Some(parents)) => (parents.estimate.rows, parents.estimate.requests),
            _ => {
                let projects = self.project_count(scan.projects.as_ref());
                let named = matches!(each, Each::Row { when: None, .. });
                let asked = match scan.projects {
                    // Their ids are all that is needed of projects.
                    Some(Projects::Named(_)) if named => 0.0,
                    None | Some(Projects::All) => self.pages(projects),
                    Some(Projects::First) => 0.0,
                    Some(_) => projects,
                };
                (projects, asked)
            }
        };
        let all = source.ways.len().max(1) as f64;
        let inside = match (rows, each) {
            (Rows::One, _) => 1.0,
            // As many in all as a listing of the account would have.
            (_, Each::Row { table, .. }) if table == PROJECTS => {
                UNKNOWN_ACCOUNT / UNKNOWN_PROJECTS / all
            }
            _ => UNKNOWN_CHILDREN / all,
        };
        let each = if rows == Rows::Pages {
            self.pages(inside)
        } else {
            1.0
        };
        let admitted = self.likely(scan);
        let taken = source.ways.iter().filter(|way| admitted.takes(way));
        let ways = taken.count().max(usize::from(source.ways.is_empty())) as f64;
        Estimate {
            requests: asked + found * each * ways,
            rows: found * inside * ways,
            once: 0.0,
        }
    }

    /// The admitted values as far as the plan knows them; a value that is told at run time counts.
    fn likely(&self, scan: &Scan) -> Admitted {
        let source = if scan.choices.is_empty() {
            &self.meaning.choices
        } else {
            &scan.choices
        };
        Admitted(
            source
                .iter()
                .map(|choice| {
                    let values = choice.values.iter();
                    let admitted = values.filter(|(_, admits)| *admits != Admits::No);
                    (
                        choice.column.clone(),
                        admitted.map(|(value, _)| value.clone()).collect(),
                    )
                })
                .collect(),
        )
    }

    /// Rows that no source can enumerate: what to add to the query.
    fn impossible(&self) -> Scan {
        let mut scan = self.skeleton(None);
        scan.needs = Some(needed(self.query.table));
        scan.estimate = Estimate {
            requests: f64::from(u16::MAX),
            rows: UNKNOWN_CHILDREN,
            once: 0.0,
        };
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

/// The bounds that are known when the plan is made.
fn known_bounds(bounds: &[Bound]) -> Vec<(String, Side, Scalar)> {
    let known = bounds.iter().filter_map(|bound| match &bound.operand {
        Operand::Values(values) => {
            let value = values.first()?.clone();
            Some((bound.column.clone(), bound.side, value))
        }
        Operand::Expression(_) => None,
    });
    known.collect()
}

impl Estimate {
    fn times(self, factor: f64) -> Self {
        Self {
            requests: self.requests * factor,
            rows: self.rows * factor,
            once: self.once,
        }
    }
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
