//! What may be otherwise in one account than in most. Each oddity can be switched on for itself.

/// Which bounds the report of time that was spent takes notice of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bounds {
    /// `start_date` and `end_date` alone.
    #[default]
    Dates,
    /// `from` and `to` alone.
    Range,
}

/// The oddities of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oddities {
    /// The third project answers at its own address, and no listing of projects has it.
    pub unlisted_project: bool,
    /// The third person is listed and answers 404 at their own address.
    pub lost_person: bool,
    /// No project says `timesheet_enabled` or `clientside`, though there are timesheets and client
    /// boards.
    pub silent_projects: bool,
    /// The bounds of the report of time that was spent.
    pub bounds: Bounds,
    /// A chatbot by its own address comes as an array of one.
    pub chatbot_arrays: bool,
    /// Cards and steps that are done say `completed_at` and `completer`, and no `completion`.
    pub flat_completion: bool,
    /// Notifications have one more memory than in most accounts.
    pub memories: bool,
    /// Markers of the lineup are made and changed without a word, as older servers do.
    pub silent_markers: bool,
    /// Listings come in their own order, whatever `sort` and `direction` say.
    pub unsorted: bool,
    /// In Basecamp 2 the second project, and the first document, message, upload and list of the
    /// first, answer at their own addresses, and no listing has them.
    pub v2_unlisted: bool,
}

/// The place of the project that no listing has.
pub const UNLISTED_PROJECT: usize = 2;
/// The place of the person who has no address.
pub const LOST_PERSON: usize = 2;

impl Oddities {
    /// Switches an oddity on by its name; whether there is one of that name.
    pub fn switch_on(&mut self, name: &str) -> bool {
        let flag = match name {
            "unlisted-project" => &mut self.unlisted_project,
            "lost-person" => &mut self.lost_person,
            "silent-projects" => &mut self.silent_projects,
            "chatbot-arrays" => &mut self.chatbot_arrays,
            "flat-completion" => &mut self.flat_completion,
            "memories" => &mut self.memories,
            "silent-markers" => &mut self.silent_markers,
            "unsorted" => &mut self.unsorted,
            "v2-unlisted" => &mut self.v2_unlisted,
            "timesheet-range" => {
                self.bounds = Bounds::Range;
                return true;
            }
            _ => return false,
        };
        *flag = true;
        true
    }
}
