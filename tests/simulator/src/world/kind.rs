//! The kinds of things.

/// The kinds of things, recordings and tools alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An answer to a question.
    Answer,
    /// Something that a client is asked to approve.
    Approval,
    /// A message board.
    Board,
    /// A card.
    Card,
    /// A chat room.
    Chat,
    /// What a project shows its clients.
    ClientBoard,
    /// A reply to an approval or a correspondence.
    ClientReply,
    /// A file that lies with another service.
    CloudFile,
    /// A column of a card table.
    Column,
    /// A comment.
    Comment,
    /// A message to clients.
    Correspondence,
    /// A document.
    Document,
    /// An external link.
    Door,
    /// An event of a schedule.
    Entry,
    /// An e-mail that was forwarded into a project.
    Forward,
    /// A reply to a forwarded e-mail.
    ForwardReply,
    /// A gauge.
    Gauge,
    /// A document that lies with Google.
    GoogleDocument,
    /// The tool that holds forwards.
    Inbox,
    /// A line of a chat.
    Line,
    /// A message.
    Message,
    /// A position of a gauge.
    Needle,
    /// The section of a column for cards on hold.
    OnHold,
    /// A question that is asked again and again.
    Question,
    /// The tool that holds questions.
    Questionnaire,
    /// What a client said to an approval.
    Response,
    /// A schedule.
    Schedule,
    /// A step of a card, or a subtask of a to-do.
    Step,
    /// A card table.
    Table,
    /// Time that was spent.
    TimeEntry,
    /// The time spent on a project.
    Timesheet,
    /// A to-do.
    Todo,
    /// A list, or a group in one.
    Todolist,
    /// A set of lists.
    Todoset,
    /// A file.
    Upload,
    /// A folder.
    Vault,
    /// A way to a column of another card table.
    Wormhole,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 37] = [
        Self::Answer,
        Self::Approval,
        Self::Board,
        Self::Card,
        Self::Chat,
        Self::ClientBoard,
        Self::ClientReply,
        Self::CloudFile,
        Self::Column,
        Self::Comment,
        Self::Correspondence,
        Self::Document,
        Self::Door,
        Self::Entry,
        Self::Forward,
        Self::ForwardReply,
        Self::Gauge,
        Self::GoogleDocument,
        Self::Inbox,
        Self::Line,
        Self::Message,
        Self::Needle,
        Self::OnHold,
        Self::Question,
        Self::Questionnaire,
        Self::Response,
        Self::Schedule,
        Self::Step,
        Self::Table,
        Self::TimeEntry,
        Self::Timesheet,
        Self::Todo,
        Self::Todolist,
        Self::Todoset,
        Self::Upload,
        Self::Vault,
        Self::Wormhole,
    ];
}
