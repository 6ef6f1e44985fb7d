//! The kinds of things, and the states of projects.

/// The kinds of things inside a project or calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file.
    Attachment,
    /// An event of a calendar or project.
    CalendarEvent,
    /// A comment.
    Comment,
    /// A text document.
    Document,
    /// A mail that was forwarded.
    Forward,
    /// A message.
    Message,
    /// A to-do.
    Todo,
    /// A list of to-dos.
    Todolist,
    /// A file with comments.
    Upload,
}

impl Kind {
    /// Everything that can be commented.
    pub const COMMENTABLE: [Self; 7] = [
        Self::Message,
        Self::Document,
        Self::Forward,
        Self::CalendarEvent,
        Self::Upload,
        Self::Todolist,
        Self::Todo,
    ];

    /// Its name in payloads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attachment => "Attachment",
            Self::CalendarEvent => "CalendarEvent",
            Self::Comment => "Comment",
            Self::Document => "Document",
            Self::Forward => "Forward",
            Self::Message => "Message",
            Self::Todo => "Todo",
            Self::Todolist => "Todolist",
            Self::Upload => "Upload",
        }
    }

    /// Its name in addresses.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Attachment => "attachments",
            Self::CalendarEvent => "calendar_events",
            Self::Comment => "comments",
            Self::Document => "documents",
            Self::Forward => "forwards",
            Self::Message => "messages",
            Self::Todo => "todos",
            Self::Todolist => "todolists",
            Self::Upload => "uploads",
        }
    }

    /// The kind that has an address of its own under that name.
    pub fn addressed(section: &str) -> Option<Self> {
        let mut all = Self::COMMENTABLE.into_iter().chain([Self::Attachment]);
        all.find(|kind| kind.section() == section)
    }
}

/// The state of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// In use.
    Active,
    /// Put away.
    Archived,
    /// Not published.
    Draft,
    /// Not a project but the mould of some.
    Template,
    /// In the trash.
    Trashed,
}

impl State {
    /// Its name, as the column `status` spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Draft => "draft",
            Self::Template => "template",
            Self::Trashed => "trashed",
        }
    }
}
