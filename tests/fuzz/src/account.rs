//! The account that the simulator has, and the servers that show it.

use server_tests::Session;
use simulator::{Bounds, Config, Oddities, Simulator};

/// What is otherwise in some accounts.
const ODD: Oddities = Oddities {
    silent_markers: false,
    unlisted_project: false,
    lost_person: false,
    silent_projects: true,
    bounds: Bounds::Range,
    chatbot_arrays: true,
    flat_completion: true,
    memories: true,
    unsorted: true,
    v2_unlisted: false,
};

/// Whether the account of a seed is an odd one.
pub fn is_odd(seed: u64) -> bool {
    seed % 3 == 1
}

/// The account: a few projects with a little of everything. Every third seed has one that is odd, and
/// every third one whose tools are hidden, half of them.
pub fn config(seed: u64) -> Config {
    let odd = is_odd(seed);
    Config {
        faults: if odd { vec!["recordings-omit-root-vaults".to_owned()] } else { Vec::new() },
        oddities: if odd { ODD } else { Oddities::default() },
        disabled_tools: seed % 3 == 2,
        projects: 4,
        todolists: 10,
        todos: 60,
        v2_projects: 4,
        v2_people: 6,
        v2_todolists: 8,
        v2_todos: 40,
        v2_documents: 12,
        v2_messages: 8,
        v2_uploads: 8,
        v2_forwards: 4,
        v2_calendar_events: 6,
        ..Config::default()
    }
}

/// A database with a server for each version, their tables, and the projects of the account.
pub fn servers(simulator: &Simulator) -> Session {
    let mut session = Session::empty();
    let (url, account, token) = (simulator.url(), simulator.account(), simulator.token());
    let config = Config::default();
    let server = |version: &str| {
        format!(
            "CREATE SERVER {version} FOREIGN DATA WRAPPER basecamp_fdw OPTIONS (accountid '{account}', \
               url '{url}', oauthurl '{url}', schema '{version}', projectid 'all', ratelimit '0'); \
             CREATE SCHEMA {version}; "
        )
    };
    session.run(&(server("v3") + &server("v2")));
    session.run(&format!(
        "CREATE USER MAPPING FOR PUBLIC SERVER v3 OPTIONS (oauthaccesstoken '{token}'); \
         CREATE USER MAPPING FOR PUBLIC SERVER v2 OPTIONS (\"user\" '{}', password '{}'); \
         IMPORT FOREIGN SCHEMA v3 FROM SERVER v3 INTO v3; \
         IMPORT FOREIGN SCHEMA v2 FROM SERVER v2 INTO v2; \
         CREATE SCHEMA whole; CREATE TABLE project (version text, id bigint, status text); \
         CREATE VIEW active AS SELECT version, id FROM project WHERE status = 'active'",
        config.v2_user, config.v2_password
    ));
    for (version, projects) in
        [("v3", simulator.dump("projects")), ("v2", simulator.dump_v2("projects"))]
    {
        for project in projects {
            let (record, asked) = match version {
                "v3" => (&project, &project),
                _ => (&project["record"], &project["asked"]),
            };
            let (id, status) = (&record["id"], asked["status"].as_str().unwrap_or_default());
            // In Basecamp 2 what is in the trash has no address of its own; a template has.
            if version == "v3" || status != "trashed" {
                session.run(&format!("INSERT INTO project VALUES ('{version}', {id}, '{status}')"));
            }
        }
    }
    session
}
