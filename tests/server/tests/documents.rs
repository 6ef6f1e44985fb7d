//! The pages that people read first are true: their SQL runs, in the order in which it stands there.

use server_tests::browser::agree;
use server_tests::{Session, cluster};
use simulator::{Config, Simulator};

const README: &str = include_str!("../../../README.md");
const BI: &str = include_str!("../../../docs/bi.md");

/// The blocks of SQL of a page, indented or not.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in page.lines() {
        match (line.trim(), &mut block) {
            ("```sql", _) => block = Some(String::new()),
            ("```", Some(_)) => blocks.extend(block.take()),
            (_, Some(text)) => *text += &format!("{line}\n"),
            _ => {}
        }
    }
    blocks
}

/// What a reader puts in place of what stands for it: the account is the simulator's.
fn filled(block: &str, simulator: &Simulator) -> String {
    let (url, app) = (simulator.url(), &simulator.launchpad().config());
    let server = format!("OPTIONS (url '{url}', oauthurl '{url}', ratelimit '0', accountid");
    block
        .replace("OPTIONS (accountid", &server)
        .replace("oauthclientid '…'", &format!("oauthclientid '{}'", app.client_id))
        .replace("oauthclientsecret '…'", &format!("oauthclientsecret '{}'", app.client_secret))
        .replace("oauthaccesstoken '…'", &format!("oauthaccesstoken '{}'", simulator.token()))
        .replace("2085958499", "5000")
        .replace("OPTIONS (ADD ratelimit", "OPTIONS (SET ratelimit")
}

#[test]
fn the_readme_leads_from_nothing_to_rows_and_back() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = cluster().bare_database();
    let mut blocks = blocks(README).into_iter().map(|block| filled(&block, &simulator));
    let first = blocks.next().expect("a query at the top");
    let mut back = String::new();
    let mut rows = 0;
    for block in blocks {
        if block.contains("DROP EXTENSION") {
            // The query at the top needs customers of one's own, and what the others made.
            session.run("CREATE SCHEMA crm; CREATE TABLE crm.customers AS SELECT id AS project_id, name FROM bc.projects");
            assert!(!session.rows(&first).is_empty(), "{first}");
        }
        let mut block = block.replace("https://app.example/cb?code=…&state=…", &back);
        if block.contains("INSERT INTO bc.todos") {
            // A list, a to-do and a table of the reader's own.
            session.run("CREATE TABLE onboarding AS SELECT 1 AS step, 'Say hello' AS task");
            let list = session.value("SELECT min(id) FROM bc.todolists");
            let todo = session.value("SELECT min(id) FROM bc.todos WHERE NOT completed");
            block = block.replace("1069479400", &list).replace("1069479405", &todo);
        }
        let answer = session.rows(&block);
        rows += answer.len();
        if block.contains("get_oauth_authorization_url") {
            back = agree(answer[0][0].as_deref().expect("an address"));
        }
        if block.contains("SELECT") {
            assert!(!answer.is_empty() || block.contains("basecamp.download"), "{block}");
        }
    }
    assert!(rows > 100, "{rows}");
    assert_eq!(session.value("SELECT count(*) FROM pg_foreign_server"), "0");
}

#[test]
fn the_page_for_bi_tools_sets_a_role_up_and_counts_previews_right() {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let mut session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    for block in blocks(BI) {
        session.run(&filled(&block, &simulator));
    }
    let count =
        |sql: &str, session: &mut Session| session.value(sql).parse::<usize>().expect("a number");
    let all = count("SELECT count(*) FROM basecamp.resources('bc')", &mut session);
    let needing = count(
        "SELECT count(*) FROM basecamp.resources('bc') WHERE needs IS NOT NULL",
        &mut session,
    );
    let kept = count(
        "SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = 'bi'",
        &mut session,
    );
    assert!(
        BI.contains(&format!("Of the {all} tables, {needing} cannot be read")),
        "{all} {needing}"
    );
    let walks = all - needing - kept;
    assert!(BI.contains(&format!("and {walks} have no\nlisting")), "{walks}");
    assert!(BI.contains(&format!("{} it takes", walks + needing)), "{walks} and {needing}");
    session.run("DROP OWNED BY bi; DROP ROLE bi");
}
