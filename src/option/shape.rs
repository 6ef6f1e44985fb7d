//! What values an option takes: how a text is read, what it is read as, and how both are told.

use std::ops::RangeInclusive;

use crate::api::{Base, Rate};
use crate::catalog::{Field, STATUS};
use crate::error::Error;

/// The values of an option.
pub trait Shape {
    /// What a text is read as.
    type Output;

    /// Reads a text.
    ///
    /// # Errors
    /// When it is no value; with the reason where that says more than the hint.
    fn read(&self, text: &str) -> Result<Self::Output, Option<Error>>;

    /// What counts where the option is not set.
    fn absent(&self) -> Self::Output;

    /// What to type.
    fn hint(&self) -> String;

    /// The values in words, the default first.
    fn values(&self) -> String;
}

/// A shape that has no default.
pub trait Value {
    /// What a text is read as.
    type Output;

    /// Reads a text; none: it is no value, with the reason where that says more than the hint.
    fn read(&self, text: &str) -> Result<Self::Output, Option<Error>>;

    /// What to type.
    fn hint(&self) -> String;

    /// The values in words, behind "unset"; empty: any.
    fn values(&self) -> String {
        String::new()
    }
}

/// Values that may be unset.
#[derive(Debug)]
pub struct Optional<V> {
    /// The values.
    pub value: V,
    /// What unset means, in words.
    pub unset: &'static str,
}

impl<V: Value> Shape for Optional<V> {
    type Output = Option<V::Output>;

    fn read(&self, text: &str) -> Result<Self::Output, Option<Error>> {
        self.value.read(text).map(Some)
    }

    fn absent(&self) -> Self::Output {
        None
    }

    fn hint(&self) -> String {
        self.value.hint()
    }

    fn values(&self) -> String {
        match self.value.values().as_str() {
            "" => self.unset.to_owned(),
            values => format!("{}; {values}", self.unset),
        }
    }
}

/// `true` or `false`, in any of PostgreSQL's spellings.
#[derive(Debug)]
pub struct Flag(pub bool);

impl Shape for Flag {
    type Output = bool;

    fn read(&self, text: &str) -> Result<bool, Option<Error>> {
        boolean(text).ok_or(None)
    }

    fn absent(&self) -> bool {
        self.0
    }

    fn hint(&self) -> String {
        "Use true or false.".to_owned()
    }

    fn values(&self) -> String {
        format!("`{}`; `{}`", self.0, !self.0)
    }
}

/// PostgreSQL's spellings of a boolean.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" | "t" | "y" => Some(true),
        "false" | "off" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// A whole number in a range.
#[derive(Debug)]
pub struct Number {
    /// Where it must be in.
    pub range: RangeInclusive<u64>,
    /// What it is unset.
    pub default: u64,
}

impl Shape for Number {
    type Output = u64;

    fn read(&self, text: &str) -> Result<u64, Option<Error>> {
        whole(text, &self.range)
    }

    fn absent(&self) -> u64 {
        self.default
    }

    fn hint(&self) -> String {
        in_range(&self.range)
    }

    fn values(&self) -> String {
        format!("`{}`; {} to {}", self.default, self.range.start(), self.range.end())
    }
}

/// A whole number, if there is one.
#[derive(Debug)]
pub struct Maximum(pub RangeInclusive<u64>);

impl Value for Maximum {
    type Output = u64;

    fn read(&self, text: &str) -> Result<u64, Option<Error>> {
        whole(text, &self.0)
    }

    fn hint(&self) -> String {
        in_range(&self.0)
    }

    fn values(&self) -> String {
        "a number".to_owned()
    }
}

fn whole(text: &str, range: &RangeInclusive<u64>) -> Result<u64, Option<Error>> {
    text.parse().ok().filter(|number| range.contains(number)).ok_or(None)
}

fn in_range(range: &RangeInclusive<u64>) -> String {
    format!("Use a whole number from {} to {}.", range.start(), range.end())
}

/// One of these words, in any case.
#[derive(Debug)]
pub struct Words<T: 'static> {
    /// Each word and what it means.
    pub words: &'static [(&'static str, T)],
    /// What counts where there is none.
    pub default: T,
}

impl<T: Copy> Words<T> {
    fn find(&self, text: &str) -> Result<T, Option<Error>> {
        let found = self.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|(_, value)| *value).ok_or(None)
    }

    fn list(&self, quote: &str) -> Vec<String> {
        self.words.iter().map(|(word, _)| format!("{quote}{word}{quote}")).collect()
    }
}

impl<T: Copy> Shape for Words<T> {
    type Output = T;

    fn read(&self, text: &str) -> Result<T, Option<Error>> {
        self.find(text)
    }

    fn absent(&self) -> T {
        self.default
    }

    fn hint(&self) -> String {
        format!("Valid values are: {}.", self.list("").join(", "))
    }

    fn values(&self) -> String {
        self.list("`").join("; ")
    }
}

/// Any text but the empty one.
#[derive(Debug)]
pub struct Text;

impl Value for Text {
    type Output = String;

    fn read(&self, text: &str) -> Result<String, Option<Error>> {
        if text.is_empty() { Err(None) } else { Ok(text.to_owned()) }
    }

    fn hint(&self) -> String {
        "It must not be empty.".to_owned()
    }
}

/// Digits, as many as a number of 64 bits has at most.
#[derive(Debug)]
pub struct Digits;

impl Value for Digits {
    type Output = String;

    fn read(&self, text: &str) -> Result<String, Option<Error>> {
        let digits = (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { Ok(text.to_owned()) } else { Err(None) }
    }

    fn hint(&self) -> String {
        "Use digits only.".to_owned()
    }

    fn values(&self) -> String {
        "digits".to_owned()
    }
}

/// A host: as it was spelled, which is how an authorization server must name it, and as an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The text.
    pub text: String,
    /// What it says.
    pub base: Base,
}

/// An https URL.
#[derive(Debug)]
pub struct Url;

impl Value for Url {
    type Output = Host;

    fn read(&self, text: &str) -> Result<Host, Option<Error>> {
        let base = Base::parse(text).map_err(Some)?;
        Ok(Host { text: text.to_owned(), base })
    }

    fn hint(&self) -> String {
        "Use an https URL.".to_owned()
    }

    fn values(&self) -> String {
        "https, or http on loopback".to_owned()
    }
}

/// The URL of a proxy, without a user or password.
#[derive(Debug)]
pub struct Proxy;

impl Value for Proxy {
    type Output = String;

    fn read(&self, text: &str) -> Result<String, Option<Error>> {
        if text.is_empty() || text.contains('@') { Err(None) } else { Ok(text.to_owned()) }
    }

    fn hint(&self) -> String {
        "Use http://host:port. A server's options can be read by everybody: its user and password \
         are the options proxyuser and proxypassword of the user mapping."
            .to_owned()
    }

    fn values(&self) -> String {
        "a URL without a user".to_owned()
    }
}

/// A path in a record, or a column of the resource.
#[derive(Debug)]
pub struct Path;

impl Value for Path {
    type Output = Field<String>;

    fn read(&self, text: &str) -> Result<Field<String>, Option<Error>> {
        Field::parse(text).ok_or(None)
    }

    fn hint(&self) -> String {
        "Use a path such as creator.email_address or assignees[*].id.".to_owned()
    }

    fn values(&self) -> String {
        "a path such as `creator.name` or `assignees[*].id`, or a column's name".to_owned()
    }
}

/// Requests per time.
#[derive(Debug)]
pub struct Requests;

impl Value for Requests {
    type Output = Rate;

    fn read(&self, text: &str) -> Result<Rate, Option<Error>> {
        Rate::parse(text).map_err(|_| None)
    }

    fn hint(&self) -> String {
        "Use requests per seconds, such as 50/10s, or 0 for no limit.".to_owned()
    }

    fn values(&self) -> String {
        "`0` for no limit".to_owned()
    }
}

/// Publication states.
#[derive(Debug)]
pub struct States;

impl Value for States {
    type Output = Vec<&'static str>;

    fn read(&self, text: &str) -> Result<Self::Output, Option<Error>> {
        let all = STATUS.values;
        if text.eq_ignore_ascii_case("all") {
            return Ok(all.to_vec());
        }
        let asked: Vec<String> = text.split(',').map(|each| each.trim().to_lowercase()).collect();
        if asked.iter().any(|each| !all.contains(&each.as_str())) {
            return Err(None);
        }
        Ok(all.iter().copied().filter(|state| asked.iter().any(|each| each == state)).collect())
    }

    fn hint(&self) -> String {
        format!("Use {}, several separated by commas, or all.", STATUS.values.join(", "))
    }

    fn values(&self) -> String {
        "`active`, `archived`, `trashed` with commas, or `all`".to_owned()
    }
}
