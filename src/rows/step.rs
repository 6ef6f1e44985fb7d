//! One reader for each kind of step: records come from those below and go to the one above.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::Env;
use super::ask::{AskFeed, Opened};
use super::complete::Completion;
use super::count;
use super::each::{EachFeed, ParentReader};
use super::fetch::Fetch;
use super::record::Record;
use super::scope::Inside;
use super::sieve::Sought;
use super::sorted;
use crate::catalog::Role;
use crate::error::Result;
use crate::plan::{Ask, Binding, Each, PROJECTS, Step};
use crate::value::Raw;

/// What reads a step.
#[derive(Debug)]
pub enum StepReader {
    /// A step that was not started yet.
    Fresh(Box<Step>, Env),
    /// Requests under way.
    Fetch(Fetch),
    /// Only records in some projects.
    Within(Box<Self>, Env),
    /// Records that are checked for missing members.
    Complete(Box<Self>, Completion),
    /// Records at hand.
    Ready(Vec<Record>),
    /// Whether a record without this member came, and where else such are.
    Unless { inner: Box<Self>, member: &'static str, seen: bool, supplement: Box<Self> },
    /// One after the other.
    Then(Box<Self>, Box<Self>),
    /// Nothing more.
    Ended,
}

/// A future that a recursion can name.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl StepReader {
    /// Prepares to read a step; nothing is asked yet.
    pub fn new(step: &Step, env: &Env) -> Self {
        Self::Fresh(Box::new(step.clone()), env.clone())
    }

    /// The next records; none at the end. There may be none in a portion.
    ///
    /// # Errors
    /// Whatever the API answered that is not records, and answers that are not what it promises.
    pub fn next(&mut self) -> Boxed<'_, Result<Option<Vec<Record>>>> {
        Box::pin(self.following())
    }

    async fn following(&mut self) -> Result<Option<Vec<Record>>> {
        loop {
            match self {
                Self::Fresh(step, env) => *self = Self::start(step, env).await?,
                Self::Ended => return Ok(None),
                Self::Fetch(fetch) => return fetch.next().await,
                Self::Ready(records) => {
                    let records = std::mem::take(records);
                    *self = Self::Ended;
                    return Ok(Some(records));
                }
                Self::Within(inner, env) => {
                    let Some(records) = inner.next().await? else {
                        return Ok(None);
                    };
                    return within(env, records).await.map(Some);
                }
                Self::Complete(inner, completion) => {
                    let records = inner.next().await?;
                    return records.map(|records| completion.mark(records)).transpose();
                }
                Self::Unless { inner, member, seen, supplement } => match inner.next().await? {
                    Some(records) => {
                        let lacks =
                            |record: &Record| record.document.get(member).is_none_or(Raw::is_null);
                        *seen = *seen || records.iter().any(lacks);
                        return Ok(Some(records));
                    }
                    None if *seen => *self = Self::Ended,
                    None => *self = take(supplement),
                },
                Self::Then(first, rest) => match first.next().await? {
                    Some(records) => return Ok(Some(records)),
                    None => *self = take(rest),
                },
            }
        }
    }

    /// Starts a step: finds what must be known before its first request.
    async fn start(step: &Step, env: &Env) -> Result<Self> {
        let below = |inner: &Step| Box::new(Self::new(inner, env));
        Ok(match step {
            Step::Needs(need) => return Err(need.error(env.context.table)),
            Step::Ask(ask) => fetch(env, ask).await?,
            Step::Each(each) => walk(env, each).await?,
            Step::Within { projects, inner } => {
                let env = env.within(projects, Inside::of(&env.context, projects).await?);
                Self::Within(Box::new(Self::new(inner, &env)), env)
            }
            Step::Among { walk, keys, inner } => {
                let env = among(env, walk, keys).await?;
                Self::new(inner, &env)
            }
            Step::Complete { inner, .. } => {
                Self::Complete(below(inner), Completion::new(&env.context, step))
            }
            Step::Fill { listing, inner } => Self::Ready(filled(env, listing, inner).await?),
            Step::Unless { inner, supplement } => {
                let without = env.context.table.supplement.as_ref().map(|it| it.without);
                Self::Unless {
                    inner: below(inner),
                    member: without.ok_or_else(|| env.context.stale())?,
                    seen: false,
                    supplement: below(supplement),
                }
            }
            Step::Then(first, rest) => Self::Then(below(first), below(rest)),
            Step::Sorted(ask) => Self::Ready(sorted::first(env, ask).await?),
            Step::Count { by, of } => Self::Ready(count::of(env, by, of).await?),
        })
    }
}

fn take(reader: &mut StepReader) -> StepReader {
    std::mem::replace(reader, StepReader::Ended)
}

/// Whether all records that an ask looks for have come.
fn has_found(env: &Env, ask: &Ask) -> bool {
    ask.seek.is_some() && env.sought.as_deref().is_some_and(Sought::is_empty)
}

async fn fetch(env: &Env, ask: &Ask) -> Result<StepReader> {
    if has_found(env, ask) {
        return Ok(StepReader::Ended);
    }
    let Some(opened) = Opened::of(env, ask).await? else {
        return Ok(StepReader::Ended);
    };
    let reading = Arc::new(opened.reading(ask));
    Ok(StepReader::Fetch(Fetch::start(env, reading, AskFeed::new(opened)?)))
}

async fn walk(env: &Env, each: &Each) -> Result<StepReader> {
    if has_found(env, &each.ask) {
        return Ok(StepReader::Ended);
    }
    let Some(opened) = Opened::of(env, &each.ask).await? else {
        return Ok(StepReader::Ended);
    };
    let reading = Arc::new(opened.reading(&each.ask));
    Ok(StepReader::Fetch(Fetch::start(env, reading, EachFeed::new(env, each, opened).await?)))
}

/// Only records whose project is in scope.
async fn within(env: &Env, records: Vec<Record>) -> Result<Vec<Record>> {
    let decoder = &env.context.decoder;
    let table = decoder.table();
    let role = if table.name == PROJECTS { Role::Id } else { Role::Project };
    if table.with(role).is_none() {
        return Ok(records);
    }
    let mut kept = Vec::with_capacity(records.len());
    for record in records {
        let inside = match decoder.id(role, &record.seen())? {
            Some(id) => env.is_inside(id).await?,
            // What is in a calendar is in no project, and in scope where calendars are.
            None => env.shows_calendars(),
        };
        if inside {
            kept.push(record);
        }
    }
    Ok(kept)
}

/// Keeps holes to the parents that a walk visits.
async fn among(env: &Env, walk: &Each, keys: &[Binding]) -> Result<Env> {
    let context = &env.context;
    let find = async {
        let alone = env.alone();
        let Some(opened) = Opened::of(&alone, &walk.ask).await? else {
            return Ok(Vec::new());
        };
        ParentReader::new(&alone, walk, &opened).await?.all().await
    };
    let found = context.known.walk(context.name_of(walk), Box::pin(find)).await?;
    let members = keys.iter().map(|key| {
        let filled = found.iter().flatten().filter(|(hole, _)| *hole == key.column);
        let values = filled.map(|(_, value)| value.clone()).collect();
        (key.column.clone(), Arc::new(values))
    });
    Ok(env.among(members.collect()))
}

/// Records of a few addresses, filled in from a listing that is read until it has shown them all.
async fn filled(env: &Env, listing: &Step, inner: &Step) -> Result<Vec<Record>> {
    let mut singles = Vec::new();
    let mut reader = StepReader::new(inner, env);
    while let Some(records) = reader.next().await? {
        singles.extend(records);
    }
    let decoder = &env.context.decoder;
    let mut places = HashMap::with_capacity(singles.len());
    for (place, record) in singles.iter().enumerate() {
        if let Some(id) = decoder.id(Role::Id, &record.seen())? {
            places.insert(id, place);
        }
    }
    let env = env.seeking(Sought::new(places.keys().copied()));
    let mut reader = StepReader::new(listing, &env);
    while let Some(records) = reader.next().await? {
        for listed in records {
            let id = decoder.id(Role::Id, &listed.seen())?;
            if let Some(single) =
                id.and_then(|id| places.get(&id)).and_then(|it| singles.get_mut(*it))
            {
                let asked = single.asked.iter().chain(listed.asked.iter()).cloned().collect();
                let filled = Record { asked, ..listed.with(single) };
                *single = filled;
            }
        }
    }
    Ok(singles)
}
