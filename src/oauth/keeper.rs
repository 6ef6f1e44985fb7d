//! The keeper: which tokens win, when they are renewed, what a refusal means and how long it is
//! believed.
//!
//! Pure: it reads, writes and takes turns by a [`Store`], and has somebody else ask. A session uses
//! [`ready`], [`replace`] and [`by_hand`]; what they want done is an [`Order`], and [`perform`] does
//! it, in a process that outlives the session. Tests drive the same functions over a store in memory.
//!
//! An answer is named by an id and knows the id of the one that rested where it goes. So an answer
//! that was rescued before it could be stored is newer than the row that it replaces, and older than
//! every other row, whatever clocks say; where that row is gone, it is what was dropped. May import
//! `seal` and `error`.

mod contents;
mod failure;

use std::future::Future;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

pub use contents::{Contents, Hand, OptionTokens, Record};
pub use failure::{Failure, hash, mark};

use super::tokens::now;
use super::{Stored, Tokens};
use crate::error::{Error, Kind, Result};

/// How long a session whose token still works waits for another's renewal before it goes on with it.
pub const COURTESY: Duration = Duration::from_secs(5);

/// What is written.
#[derive(Debug)]
pub enum Entry<'a> {
    /// An answer, which replaces the one that it names.
    Answer(&'a Stored),
    /// An answer, whatever rests there.
    Anyway(&'a Stored),
    /// A failure.
    Failure(&'a Failure),
}

/// Where tokens rest, and how turns are taken.
pub trait Store: Sync {
    /// What whoever has the turn holds.
    type Turn: Send;

    /// What there is.
    fn read(&self) -> impl Future<Output = Result<Contents>> + Send;

    /// Puts something there, so that no crash after it loses it.
    fn write(&self, entry: Entry<'_>) -> impl Future<Output = Result<()>> + Send;

    /// The turn to have tokens renewed: nobody else has it, and nobody is renewing. Waits for a
    /// moment; none if it was not to be had in that time.
    fn turn(&self) -> impl Future<Output = Result<Option<Self::Turn>>> + Send;
}

/// Has an order performed by whoever outlives this session.
pub trait Presenter: Sync {
    /// What came of it.
    fn present(&self, order: Order) -> impl Future<Output = Result<Stored>> + Send;
}

/// Asks the authorization server.
pub trait Asker: Sync {
    /// New tokens for a grant.
    fn ask(&self, grant: Grant) -> impl Future<Output = Result<Tokens>> + Send;
}

/// What is presented.
#[derive(Debug, Clone)]
pub enum Grant {
    /// Tokens with a refresh token.
    Refresh(Box<Tokens>),
    /// A code, or the address with it.
    Code(SecretString),
}

/// What a connection's options say of keeping tokens.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The tokens of the options.
    pub options: OptionTokens,
    /// Whether refresh tokens and verifiers are used.
    pub renews: bool,
    /// Whether a browser is asked for where there is nothing.
    pub begins: bool,
    /// Whether tokens wait for their refusal before they are renewed.
    pub waits_for_refusal: bool,
    /// Who presents: see [`mark`].
    pub who: String,
    /// How long anybody waits for the turn.
    pub patience: Duration,
}

impl Rules {
    fn renewable(&self, stored: &Stored) -> bool {
        self.renews && stored.tokens.refresh.is_some()
    }
}

/// What somebody wants asked for.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// A code to be exchanged; unset: tokens are renewed.
    pub code: Option<SecretString>,
    /// The refresh token to present in place of the one at hand.
    pub given: Option<SecretString>,
    /// The newest answer that was known when it was wanted: a newer one is as good.
    pub known: Option<String>,
    /// Whether a failure before is no reason not to ask.
    pub forced: bool,
    /// Whether a token still works meanwhile, so that nobody waits for long.
    pub works: bool,
}

/// What a statement begins with.
#[derive(Debug)]
pub enum Readiness {
    /// Tokens.
    Tokens(Box<Stored>),
    /// A browser must be asked for.
    Begin,
    /// Nothing that may be used.
    Missing(Hand),
}

/// What is to be done.
enum Judgement {
    Ready(Result<Readiness>),
    /// Somebody must ask; the token that still works, if there is one.
    Ask(Order, Option<Box<Stored>>),
}

fn usable(stored: &Stored) -> bool {
    !stored.tokens.access.expose_secret().is_empty()
}

fn judge(contents: &Contents, rules: &Rules, now: i64) -> Judgement {
    let known = contents.id().map(str::to_owned);
    match contents.hand(&rules.options) {
        Hand::Tokens(stored) => judge_tokens(contents, rules, now, stored, known),
        Hand::Verifier(verifier) if rules.renews => {
            match contents.rest(&mark(&rules.who, &verifier), now, true) {
                Some(error) => Judgement::Ready(Err(error)),
                None => {
                    Judgement::Ask(Order { code: Some(verifier), known, ..Order::default() }, None)
                }
            }
        }
        Hand::Nothing if rules.begins => Judgement::Ready(Ok(Readiness::Begin)),
        hand => Judgement::Ready(Ok(Readiness::Missing(hand))),
    }
}

fn judge_tokens(
    contents: &Contents,
    rules: &Rules,
    now: i64,
    stored: Box<Stored>,
    known: Option<String>,
) -> Judgement {
    let usable = usable(&stored);
    let refresh = stored.tokens.refresh.as_ref().filter(|_| rules.renews);
    let Some(refresh) = refresh else {
        let ready = if usable {
            Readiness::Tokens(stored)
        } else {
            Readiness::Missing(Hand::Tokens(stored))
        };
        return Judgement::Ready(Ok(ready));
    };
    if usable && (rules.waits_for_refusal || !stored.is_due(now)) {
        return Judgement::Ready(Ok(Readiness::Tokens(stored)));
    }
    let works = usable && !stored.tokens.expires_within(1, now);
    let resting = contents.rest(&mark(&rules.who, refresh), now, !works);
    match (works, resting) {
        // Still good: the authorization server may be back before it ends.
        (true, Some(_)) => Judgement::Ready(Ok(Readiness::Tokens(stored))),
        (false, Some(error)) => Judgement::Ready(Err(error)),
        (works, None) => {
            let order = Order { known, works, ..Order::default() };
            Judgement::Ask(order, works.then_some(stored))
        }
    }
}

/// The tokens to begin a statement with: renewed ahead of their end, once for all who notice
/// together.
///
/// # Errors
/// When they have ended and cannot be renewed.
pub async fn ready(
    store: &impl Store,
    presenter: &impl Presenter,
    rules: &Rules,
) -> Result<Readiness> {
    let begun = Instant::now();
    loop {
        let works = match judge(&store.read().await?, rules, now()) {
            Judgement::Ready(ready) => return ready,
            Judgement::Ask(_, works) => works,
        };
        if let Some(turn) = store.turn().await? {
            // Somebody may have been faster.
            let (order, works) = match judge(&store.read().await?, rules, now()) {
                Judgement::Ready(ready) => return ready,
                Judgement::Ask(order, works) => (order, works),
            };
            let outcome = presenter.present(order).await;
            drop(turn);
            return match (outcome, works) {
                (Ok(stored), _) => Ok(Readiness::Tokens(Box::new(stored))),
                (Err(_), Some(works)) => Ok(Readiness::Tokens(works)),
                (Err(error), None) => Err(error),
            };
        }
        match works {
            Some(works) if begun.elapsed() > COURTESY => return Ok(Readiness::Tokens(works)),
            _ => check_patience(begun, rules)?,
        }
    }
}

fn check_patience(begun: Instant, rules: &Rules) -> Result<()> {
    if begun.elapsed() <= rules.patience {
        return Ok(());
    }
    let message = "another session is still asking for tokens of this user mapping";
    Err(Error::new(Kind::Busy, message)
        .detail(format!("Waited for {} seconds.", rules.patience.as_secs()))
        .hint("The authorization server may be slow: try again later."))
}

/// Other tokens than one that was refused; none where there is nothing to renew with.
///
/// # Errors
/// When they cannot be had.
pub async fn replace(
    store: &impl Store,
    presenter: &impl Presenter,
    rules: &Rules,
    refused: &SecretString,
) -> Result<Option<Stored>> {
    let begun = Instant::now();
    loop {
        if let Some(ready) = judge_refused(&store.read().await?, rules, refused)? {
            return Ok(ready);
        }
        if let Some(_turn) = store.turn().await? {
            let contents = store.read().await?;
            if let Some(ready) = judge_refused(&contents, rules, refused)? {
                return Ok(ready);
            }
            let known = contents.id().map(str::to_owned);
            return presenter.present(Order { known, ..Order::default() }).await.map(Some);
        }
        check_patience(begun, rules)?;
    }
}

/// What there is in place of a refused token; none: it must be renewed.
fn judge_refused(
    contents: &Contents,
    rules: &Rules,
    refused: &SecretString,
) -> Result<Option<Option<Stored>>> {
    let Hand::Tokens(stored) = contents.hand(&rules.options) else {
        return Ok(Some(None));
    };
    if usable(&stored) && stored.tokens.access.expose_secret() != refused.expose_secret() {
        return Ok(Some(Some(*stored)));
    }
    let Some(refresh) = stored.tokens.refresh.as_ref().filter(|_| rules.renewable(&stored)) else {
        return Ok(Some(None));
    };
    match contents.rest(&mark(&rules.who, refresh), now(), true) {
        Some(error) => Err(error),
        None => Ok(None),
    }
}

/// Has something asked for that a person wants, whatever was refused before.
///
/// # Errors
/// When it is refused, or somebody else is at it for too long.
pub async fn by_hand(
    store: &impl Store,
    presenter: &impl Presenter,
    rules: &Rules,
    order: Order,
) -> Result<Stored> {
    let begun = Instant::now();
    loop {
        if let Some(_turn) = store.turn().await? {
            return presenter.present(Order { forced: true, ..order }).await;
        }
        check_patience(begun, rules)?;
    }
}

/// Performs an order: looks whether it is still needed, asks, and writes what comes at once.
///
/// Whoever calls this outlives whoever ordered it. `options`: the fingerprint of the options' tokens
/// that the answer replaces.
///
/// # Errors
/// When there is nothing to present, it is refused, or what came cannot be written.
pub async fn perform(
    store: &impl Store,
    asker: &impl Asker,
    rules: &Rules,
    order: &Order,
    options: &str,
) -> Result<Stored> {
    let contents = match store.read().await {
        // What a code gives does not depend on what is there, and may replace what is damaged.
        Err(_) if order.code.is_some() && order.forced => Contents::default(),
        contents => contents?,
    };
    if let Some(stored) = came_meanwhile(&contents, rules, order) {
        return Ok(stored);
    }
    let (grant, secret) = grant(&contents, rules, order)?;
    let mark = mark(&rules.who, &secret);
    if !order.forced
        && let Some(error) = contents.rest(&mark, now(), true)
    {
        return Err(error);
    }
    match asker.ask(grant).await {
        Ok(tokens) => {
            let stored = Stored {
                replaces: contents.base().map(str::to_owned),
                presented: Some(hash(&secret)),
                ..Stored::new(tokens, now(), options.to_owned())
            };
            let anyway = order.code.is_some();
            let entry = if anyway { Entry::Anyway(&stored) } else { Entry::Answer(&stored) };
            store.write(entry).await?;
            Ok(stored)
        }
        Err(error) => {
            let failure = Failure::after(contents.failure.as_ref(), mark, error.clone(), now());
            // Not to know it costs a request.
            let _ = store.write(Entry::Failure(&failure)).await;
            Err(error)
        }
    }
}

/// What came since the order was made: it is as good as what was ordered, and what would be presented
/// may be used up by it.
fn came_meanwhile(contents: &Contents, rules: &Rules, order: &Order) -> Option<Stored> {
    let Record { stored, current } = contents.newest()?;
    if order.code.is_some() && order.forced {
        return None;
    }
    let newer = contents.id() != order.known.as_deref() && order.given.is_none();
    let used = order.given.as_ref().map(hash);
    let used = used.is_some() && used == stored.presented;
    let counts = *current || rules.options.is_empty();
    ((newer && counts || used) && usable(stored)).then(|| stored.clone())
}

/// What is presented, and the secret in it.
fn grant(contents: &Contents, rules: &Rules, order: &Order) -> Result<(Grant, SecretString)> {
    if let Some(code) = &order.code {
        return Ok((Grant::Code(code.clone()), code.clone()));
    }
    let mut tokens = match contents.hand(&rules.options) {
        Hand::Tokens(stored) => stored.tokens,
        _ => Tokens::of_access(SecretString::default()),
    };
    if let Some(given) = &order.given {
        tokens.refresh = Some(given.clone());
    }
    let Some(refresh) = tokens.refresh.clone() else {
        let error = Error::new(Kind::Authentication, "no refresh token for Basecamp");
        return Err(error.hint(super::AGAIN));
    };
    Ok((Grant::Refresh(Box::new(tokens)), refresh))
}
