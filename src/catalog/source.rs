//! A source: one address that can produce rows of a table, and what its answer holds.

use super::permission::Permission;
use super::role::Role;
use super::template::holes;

/// One endpoint that can produce rows of a table.
#[derive(Debug)]
pub struct Source {
    /// What EXPLAIN calls it.
    pub name: &'static str,
    /// Its path below the account, with holes named by columns: `/todolists/{todolist_id}/todos.json`.
    /// A date fills its hole without dashes. [`LAUNCHPAD`] in front: not the API but Launchpad.
    pub path: &'static str,
    /// What the hole `{way}` of the path is filled with, by the values of columns with a domain.
    pub ways: &'static [Way],
    /// What its query string says.
    pub query: &'static [Parameter],
    /// How its answer holds the rows.
    pub rows: Rows,
    /// Where the values of an unbound hole come from; `None`: each hole must be bound by the query.
    pub each: Option<Each>,
    /// Which projects it covers.
    pub covers: Covers,
    /// Which statuses its rows have.
    pub statuses: Statuses,
    /// Columns with a domain of which its rows have this value only: it gives the answer only where
    /// no other is wanted.
    pub only: &'static [(&'static str, &'static str)],
    /// Columns that a condition must fix or bound, beside those of the holes.
    pub needs: &'static [&'static str],
    /// Columns that no condition may fix: its rows have them NULL, or as it happened to ask, where
    /// another source asks by them.
    pub without: &'static [&'static str],
    /// Top-level members that its rows lack although the single record has them, or the reverse.
    pub lacks: &'static [&'static str],
    /// In which orders it can be read.
    pub sorts: Sorts,
    /// Whom Basecamp lets ask it.
    pub permission: Permission,
}

/// A listing of all rows, page after page, with nothing to say in its address.
pub const SOURCE: Source = Source {
    name: "",
    path: "",
    ways: &[],
    query: &[],
    rows: Rows::Pages,
    each: None,
    covers: Covers::Holes,
    statuses: Statuses::Any,
    only: &[],
    needs: &[],
    without: &[],
    lacks: &[],
    sorts: Sorts::No,
    permission: Permission::Everybody,
};

/// Members that tell the records of a listing apart and stay as they are while it is read. Files of
/// several kinds may have one number, and a repeated entry comes once a day under its own.
pub const IDENTITY: [&str; 4] = ["id", "type", "created_at", "starts_at"];

/// In front of a path: the address is Launchpad's (option `oauthurl`), not the API's.
pub const LAUNCHPAD: &str = "launchpad:";

/// What the hole `{way}` of a path says for some values of columns with a domain.
///
/// One series of requests is made for each way whose values are all admitted; rows can read the values
/// that led to them with [`Field::Asked`](super::Field::Asked).
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// The text in place of the hole.
    pub path: &'static str,
    /// The columns and the values that it stands for.
    pub when: &'static [(&'static str, &'static str)],
}

/// A part of a query string.
#[derive(Debug, Clone, Copy)]
pub enum Parameter {
    /// The lower bound of a column, lessened by so many days (or seconds for a moment), because
    /// whether the API includes the bound itself is not known. Left out where there is none.
    AtLeast {
        /// The name in the query string.
        name: &'static str,
        /// The column.
        column: &'static str,
        /// Days, or seconds for a moment.
        back: i32,
    },
    /// The value that a condition fixes a column to; left out where there is none. One request series
    /// for each value, so only for columns of which a row has one value.
    Equal {
        /// The name in the query string.
        name: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The same for a column of which these words are known to be understood. Records of other words may
    /// come too, so that it narrows and decides nothing; left out where a condition names another word.
    OneOf {
        /// The name in the query string.
        name: &'static str,
        /// The column.
        column: &'static str,
        /// The words, none of which is the beginning of another: a row comes for one of them.
        words: &'static [&'static str],
    },
    /// Both bounds of a column of days; left out unless both are known.
    Between {
        /// The name of the lower bound in the query string.
        from: &'static str,
        /// The name of the upper bound.
        to: &'static str,
        /// Other names of the two, sent along: which ones the API reads is not known.
        also: Option<(&'static str, &'static str)>,
        /// The column.
        column: &'static str,
        /// Days that one request may cover, both ends included; a longer time is cut into several.
        /// Without an upper bound so many days are read. 0: any number.
        days: i32,
    },
    /// A fixed pair.
    Fixed(&'static str, &'static str),
    /// One request series for each wanted value of the domain of this column, under this name.
    Domain(&'static str),
    /// The same, where rows of one value come unasked.
    Said {
        /// The column.
        column: &'static str,
        /// The value of what comes where nothing is said; none: NULL.
        unasked: Option<&'static str>,
        /// Values that another word asks for.
        words: &'static [(&'static str, &'static str)],
    },
    /// `status`, left out for `active`, which is what listings give unasked.
    Status,
    /// `completed=true` for the finished ones, absent for pending ones; not sent beside a status
    /// other than active, which brings both kinds.
    Completed,
    /// Project ids, comma separated, under this name; left out when the whole account is read.
    Projects(&'static str),
}

impl Parameter {
    /// The column with a domain of which it asks for one value at a time.
    pub fn domain(&self) -> Option<&'static str> {
        match self {
            Self::Domain(column) | Self::Said { column, .. } => Some(*column),
            _ => None,
        }
    }
}

/// How an answer holds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The answer is the row. 404 is no row.
    One,
    /// A paginated array.
    Pages,
    /// An array under this member of one object, which may lack it: then there are none.
    Maybe(&'static str),
    /// An array under this member of one object.
    Member(&'static str),
    /// The answer is an object with the rows in these arrays, of which some may be missing, not all.
    /// Where a way of the source answers with an array itself, its rows are of no named array.
    Arrays(&'static [&'static str], More),
    /// A paginated array whose elements have the rows in an array under this member. An element that
    /// has no such member is a row itself.
    Inside(&'static str),
    /// The same, where an element that has no such member has no rows.
    Within(&'static str),
}

/// Whether an answer that is an object goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// It is one answer.
    No,
    /// As its Link header says.
    Link,
    /// At the address under this member of the answer; missing, null or empty at the end.
    Member(&'static str),
    /// Only the array of this name goes on: as the Link header says or, without one, at the next
    /// `page` until it is empty. The other arrays are the same on every page and are read once.
    Only(&'static str),
}

/// Where the values of a hole come from when the query does not bind it.
#[derive(Debug, Clone, Copy)]
pub enum Each {
    /// The ids of this tool in the dock of every project in scope. A second hole `project_id` takes
    /// the project's.
    Dock(&'static str),
    /// Another table's rows, in the same scope.
    Row {
        /// The other table.
        table: &'static str,
        /// Each hole and the column of the other table that fills it.
        fills: &'static [(&'static str, &'static str)],
        /// A column of the other table: where it is NULL, false or 0 there is nothing to ask for.
        when: Option<&'static str>,
        /// The first parent is enough: each has the same rows.
        first: bool,
    },
}

impl Each {
    /// Every row of another table, whose column fills the one hole.
    pub const fn row(table: &'static str, fills: &'static [(&'static str, &'static str)]) -> Self {
        Self::Row { table, fills, when: None, first: false }
    }

    /// The same, of rows that have something in another column.
    pub const fn row_with(
        table: &'static str,
        fills: &'static [(&'static str, &'static str)],
        when: &'static str,
    ) -> Self {
        Self::Row { table, fills, when: Some(when), first: false }
    }
}

/// Which projects the rows of a source are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// Every active project; it cannot be asked for less.
    Account,
    /// The projects named by its `Parameter::Projects`, or every active one.
    Projects,
    /// Where its path's holes point.
    Holes,
}

/// In which orders a listing can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorts {
    /// In its own alone.
    No,
    /// It takes `sort` (`created_at`, `updated_at`) and `direction`.
    Moment,
    /// It takes `sort` (`newest`, `oldest`), which go by when records were created.
    Age,
}

impl Sorts {
    /// Whether a listing can be read in the order of a role.
    pub const fn takes(self, role: Role) -> bool {
        match self {
            Self::No => false,
            Self::Moment => matches!(role, Role::Created | Role::Updated),
            Self::Age => matches!(role, Role::Created),
        }
    }
}

/// Which statuses the rows of a source have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// Active ones.
    Active,
    /// Those that it is asked for.
    Asked,
    /// Whatever status the thing has.
    Any,
}

impl Source {
    /// The names in braces in its path, in order.
    pub fn holes(&self) -> impl Iterator<Item = &'static str> + use<> {
        holes(self.path).filter(|hole| *hole != WAY)
    }

    /// Whether a name in braces in its path has this role.
    pub fn hole(&self, role: Role) -> bool {
        self.holes().any(|hole| Role::named(hole) == Some(role))
    }

    /// The columns whose values its query string can say.
    pub fn equal(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.query.iter().filter_map(|parameter| match parameter {
            Parameter::Equal { column, .. } | Parameter::OneOf { column, .. } => Some(*column),
            _ => None,
        })
    }

    /// The words of a column that its query string can say, where it cannot say any.
    pub fn words(&self, named: &str) -> Option<&'static [&'static str]> {
        self.query.iter().find_map(|parameter| match parameter {
            Parameter::OneOf { column, words, .. } if *column == named => Some(*words),
            _ => None,
        })
    }

    /// The columns whose bounds its query string can say.
    pub fn bounded(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.query.iter().filter_map(|parameter| match parameter {
            Parameter::AtLeast { column, .. } | Parameter::Between { column, .. } => Some(*column),
            _ => None,
        })
    }
}

/// The hole that a [`Way`] fills.
pub const WAY: &str = "way";
