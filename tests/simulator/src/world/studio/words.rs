//! What the people of a design studio write.

/// Twelve projects, two that were put away and one in the trash.
pub const PROJECTS: &[&str] = &[
    "Harbour Coffee: brand refresh",
    "Fjord Outdoor: web shop",
    "Museum of Tides: exhibition",
    "Linden School: signage",
    "Kite Bank: app onboarding",
    "Olive & Rye: packaging",
    "Northwind Rail: timetable",
    "Pollen Festival: campaign",
    "Quiet Hotels: booking flow",
    "Studio website",
    "Studio operations",
    "Hiring: senior designer",
    "Bramble Books: catalogue",
    "Tern Airlines: livery",
    "Old pitch deck",
];

pub const PURPOSES: &[&str] = &[
    "From the first sketch to the launch.",
    "Design and build, with the client's own team.",
    "Everything about it in one place.",
];

pub const PEOPLE: &[&str] = &[
    "Ada Holm",
    "Bruno Sato",
    "Clara Meyer",
    "Dario Rossi",
    "Elin Berg",
    "Farid Nasser",
    "Greta Lund",
    "Hugo Blanc",
    "Ines Costa",
    "Jonas Weiss",
    "Kaja Nowak",
    "Leo Marsh",
    "Mina Park",
    "Nils Dahl",
    "Olga Petrova",
    "Paul Adler",
    "Quinn Riley",
    "Rosa Vidal",
    "Sam Okoye",
    "Tove Lind",
    "Uma Rao",
    "Viktor Kask",
    "Wanda Klein",
    "Xavier Roy",
    "Yara Haddad",
];

pub const TITLES: &[&str] =
    &["Design director", "Designer", "Developer", "Project manager", "Copywriter", "Strategist"];

pub const COLUMNS: [&str; 4] = ["Triage", "In progress", "Not now", "Done"];

pub const LISTS: &[&str] = &[
    "Discovery",
    "Wireframes",
    "Visual design",
    "Copy",
    "Build",
    "Print production",
    "Client feedback",
    "Launch",
];

pub const FOLDERS: &[&str] = &["Artwork", "Contracts", "Photography", "Research", "Exports"];

pub const VERBS: &[&str] = &[
    "Draft", "Review", "Sketch", "Present", "Revise", "Proof", "Test", "Deliver", "Plan", "Price",
];

pub const THINGS: &[&str] = &[
    "the logo variants",
    "the type scale",
    "the home page",
    "the colour palette",
    "the checkout",
    "the product photos",
    "the icon set",
    "the style guide",
    "the newsletter",
    "the floor plan",
    "the poster series",
    "the label for the tin",
    "the search results",
    "the booking form",
    "the error pages",
    "the animation",
    "the print files",
    "the site map",
    "the interviews",
    "the accessibility audit",
];

pub const NOTES: &[&str] = &[
    "See the brief for what the client asked for.",
    "Keep the version from last week as well.",
    "Two rounds are in the budget.",
    "The printer needs it as PDF/X-4.",
    "Check it on a small phone, too.",
];

pub const STEPS: &[&str] =
    &["Collect references", "Write it up", "Ask the client", "Export", "Hand it over"];

pub const CARDS: &[&str] = &[
    "Contrast of the buttons is too low",
    "Hero video stutters on Safari",
    "New photo for the team page",
    "Translate the cookie notice",
    "Prices wrap on narrow screens",
    "Add alt texts",
    "Map does not load offline",
    "Footer links are wrong",
    "Card payment fails in test",
    "Print margins for the leaflet",
    "Cut the intro to 20 seconds",
    "Round the price labels",
];

pub const MESSAGES: &[&str] = &[
    "Kick-off: notes and next steps",
    "Client loved the second direction",
    "Budget after the second round",
    "Timeline for the launch",
    "Moodboard is up",
    "Feedback from the workshop",
    "Who is away in July",
    "New printer, better paper",
    "What we learned from testing",
    "Press kit for the opening",
    "Photography is booked",
    "Proposal for phase two",
];

pub const BODIES: &[&str] = &[
    "We met for an hour. The client wants a calmer palette and a launch before the holidays. \
     The budget stays as it is.",
    "<strong>Decisions</strong><ul><li>Second direction it is</li><li>Launch on a Tuesday</li>\
     <li>No video on the home page</li></ul>",
    "Here is what five people told us: they look for prices first, then for opening hours. \
     The launch page has neither.",
    "The new paper is warmer and costs less. Samples are on the table by the window.",
    "Please read it by Thursday and say what is missing. I send it to the client on Friday.",
];

pub const COMMENTS: &[&str] = &[
    "Looks great, go ahead.",
    "Could we see it in the darker green as well?",
    "I moved the launch by a week in the schedule.",
    "The client signed off this morning.",
    "Not yet: the budget does not have it.",
    "Done, see the new file.",
    "Let us talk about it on Monday.",
];

pub const LINES: &[&str] = &[
    "Coffee is ready",
    "Is anybody printing?",
    "The client is early, meeting in five minutes",
    "New photos are on the server",
    "Lunch at Olive & Rye?",
    "Shipped it!",
];

pub const DOCUMENTS: &[&str] = &[
    "Brief",
    "Statement of work",
    "Interview notes",
    "Launch checklist",
    "Tone of voice",
    "Invoice details",
];

pub const FILES: &[&str] = &[
    "logo-v3.png",
    "poster-a2.pdf",
    "walkthrough.mp4",
    "palette.png",
    "fonts.zip",
    "contract-signed.pdf",
    "floor-plan.pdf",
    "icons.png",
];

pub const LINKS: &[&str] = &["Prototype", "Fonts", "Staging site", "Shared drive"];

pub const ENTRIES: &[&str] = &[
    "Weekly stand-up",
    "Client presentation",
    "Photo shoot",
    "Usability tests",
    "Print deadline",
    "Launch day",
];

pub const QUESTIONS: &[&str] =
    &["What did you work on today?", "What is in your way?", "What did we learn this month?"];

pub const ANSWERS: &[&str] = &[
    "Two rounds on the logo, and a call with the printer.",
    "Testing the checkout with five people.",
    "Mostly meetings. The brief is done.",
    "Waiting for photos, so I cleaned up the style guide.",
    "Built the booking form.",
];

pub const WORK: &[&str] = &["Design", "Client call", "Build", "Proofreading", "Research"];

pub const HOURS: &[&str] = &["0.5", "1.0", "1.5", "2.0", "3.5", "6.0"];

pub const FORWARDS: &[&str] =
    &["Fwd: invoice", "Fwd: photos from the shoot", "Fwd: question about the label"];

pub const APPROVALS: &[&str] = &[
    "Logo, final round",
    "Home page design",
    "Packaging artwork",
    "Poster for the opening",
    "Copy for the launch",
];
