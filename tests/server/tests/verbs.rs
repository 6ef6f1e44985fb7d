//! Functions for what no statement can say: each is called, and what it did is read by the extension.

use std::collections::BTreeSet;

use server_tests::Session;
use simulator::{Config, Simulator};

fn all() -> (Simulator, Session) {
    let simulator = Simulator::start(Config::default()).expect("a port");
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0', maxattempts '1'");
    (simulator, session)
}

/// Calls a function, and gives what it returns.
fn call(session: &mut Session, function: &str, arguments: &str) -> String {
    session.value(&format!("SELECT basecamp.{function}('bc', {arguments})"))
}

/// The member of what a function returns.
fn member(session: &mut Session, call: &str, member: &str) -> String {
    session.value(&format!("SELECT basecamp.{call} ->> '{member}'"))
}

/// What was sent last: method, path and query.
fn last(simulator: &Simulator) -> String {
    let requests = simulator.requests();
    let request = requests.last().expect("a request");
    let mark = if request.query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.path, request.query)
}

const BYTES: &str = "'\\x89504e470d0a'::bytea";

#[test]
fn files_are_sent_and_put_into_folders() {
    let (simulator, mut session) = all();
    let vault = session.value("SELECT id FROM bc.vaults ORDER BY id LIMIT 1");
    let send = format!("upload_attachment('bc', 'a b.png', {BYTES}, 'image/png')");
    let sgid = member(&mut session, &send, "attachable_sgid");
    assert_eq!(last(&simulator), "POST /attachments.json?name=a+b.png");
    let put = format!(
        "create_upload('bc', {vault}, '{sgid}', description => '<div>x</div>', base_name => 'c')"
    );
    let upload = member(&mut session, &put, "id");
    let read = format!(
        "SELECT vault_id, filename, byte_size, content_type, description FROM bc.uploads WHERE id = {upload}"
    );
    let row = |cells: [&str; 5]| vec![cells.map(|cell| Some(cell.to_owned())).to_vec()];
    assert_eq!(session.rows(&read), row([&vault, "c.png", "6", "image/png", "<div>x</div>"]));
    // A file that was used cannot be used again.
    let again = session.refusal(&format!("SELECT basecamp.create_upload('bc', {vault}, '{sgid}')"));
    assert_eq!(again.code, "22023", "{again:?}");
    let whole = format!("upload_file('bc', {vault}, 'd.txt', 'text'::bytea, 'text/plain', 'why')");
    let upload = member(&mut session, &whole, "id");
    let renamed = format!("rename_upload('bc', {upload}, 'e')");
    assert_eq!(member(&mut session, &renamed, "filename"), "e.txt");
    let sgid = member(&mut session, &send, "attachable_sgid");
    let version = format!("create_upload_version('bc', {upload}, '{sgid}', notify => 'everyone')");
    assert_eq!(member(&mut session, &version, "id"), upload);
    let read = format!("SELECT byte_size FROM bc.uploads WHERE id = {upload}");
    assert_eq!(session.value(&read), "6");
}

#[test]
fn pictures_are_forms_with_one_file() {
    let (_simulator, mut session) = all();
    let logo = "SELECT logo_url IS NOT NULL FROM bc.accounts";
    call(&mut session, "set_account_logo", &format!("'l.png', {BYTES}, 'image/png'"));
    assert_eq!(session.value(logo), "t");
    session.value("SELECT basecamp.remove_account_logo('bc')");
    assert_eq!(session.value(logo), "f");
    let project = session.value("SELECT id FROM bc.projects ORDER BY id LIMIT 1");
    let mode = format!("SELECT wallpaper_mode FROM bc.projects WHERE id = {project}");
    let sent = format!("{project}, 'w.png', {BYTES}, 'image/png', mode => 'pattern'");
    call(&mut session, "set_project_wallpaper", &sent);
    assert_eq!(session.value(&mode), "pattern");
    call(&mut session, "remove_project_wallpaper", &project);
    assert_eq!(session.value(&mode), "");
    let line = session.value("SELECT id FROM bc.campfires ORDER BY id LIMIT 1");
    let posted = format!("create_campfire_upload('bc', {line}, 'p.png', {BYTES}, 'image/png')");
    let id = member(&mut session, &posted, "id");
    let read = format!(
        "SELECT count(*) FROM bc.campfire_uploads WHERE campfire_id = {line} AND id = {id}"
    );
    assert_eq!(session.value(&read), "1");
}

#[test]
fn a_recording_is_followed_pinned_put_in_the_light_and_comes_back() {
    let (simulator, mut session) = all();
    let message = session.value("SELECT id FROM bc.messages ORDER BY id LIMIT 1");
    for (function, request) in [
        ("pin_message", format!("POST /recordings/{message}/pin.json")),
        ("unpin_message", format!("DELETE /recordings/{message}/pin.json")),
        ("spotlight", format!("POST /recordings/{message}/spotlight.json")),
        ("unspotlight", format!("DELETE /recordings/{message}/spotlight.json")),
    ] {
        call(&mut session, function, &message);
        assert_eq!(last(&simulator), request);
    }
    let me = session.value("SELECT id FROM bc.my_profile");
    let follows = format!(
        "SELECT count(*) FROM bc.subscriptions WHERE recording_id = {message} AND person_id = {me}"
    );
    call(&mut session, "subscribe", &message);
    assert_eq!(session.value(&follows), "1");
    call(&mut session, "unsubscribe", &message);
    assert_eq!(session.value(&follows), "0");
    let count =
        format!("SELECT count(*) FROM bc.bubble_ups WHERE bubble_up_url LIKE '%/{message}/%'");
    let before: u64 = session.value(&count).parse().expect("a number");
    assert_eq!(before, 0);
    call(&mut session, "bubble_up", &format!("{message}, 'now'"));
    assert_eq!(session.value(&count), "1");
    call(&mut session, "end_bubble_up", &message);
    assert_eq!(session.value(&count), "0");
    let unread = "SELECT readable_sgid FROM bc.my_notifications WHERE grouping = 'unreads' LIMIT 1";
    let sgid = session.value(unread);
    session.value(&format!("SELECT basecamp.mark_as_read('bc', ARRAY['{sgid}'])"));
    let left = format!(
        "SELECT count(*) FROM bc.my_notifications WHERE grouping = 'unreads' AND readable_sgid = '{sgid}'"
    );
    assert_eq!(session.value(&left), "0");
}

#[test]
fn card_tables_are_watched_and_lead_to_others() {
    let (_simulator, mut session) = all();
    let me = session.value("SELECT id FROM bc.my_profile");
    let found = session.rows(
        "SELECT c.id, c.card_table_id, c.project_id FROM bc.card_columns c ORDER BY c.id LIMIT 1",
    );
    let cell = |number: usize| found[0][number].clone().expect("a value");
    let (column, table, project) = (cell(0), cell(1), cell(2));
    let watched =
        format!("SELECT {me} = ANY (subscriber_ids) FROM bc.card_columns WHERE id = {column}");
    call(&mut session, "subscribe_to_card_column", &column);
    assert_eq!(session.value(&watched), "t");
    call(&mut session, "unsubscribe_from_card_column", &column);
    assert_eq!(session.value(&watched), "f");
    let other = session.value(&format!(
        "SELECT id FROM bc.card_columns WHERE card_table_id <> {table} AND type = 'Kanban::Column' ORDER BY id LIMIT 1"
    ));
    let hole = format!("create_wormhole('bc', {project}, {table}, {other})");
    let hole = member(&mut session, &hole, "id");
    let leads = format!(
        "SELECT destination_url FROM bc.wormholes WHERE card_table_id = {table} AND id = {hole}"
    );
    assert!(session.value(&leads).ends_with(&other));
    call(&mut session, "retarget_wormhole", &format!("{project}, {hole}, {column}"));
    assert!(session.value(&leads).ends_with(&column));
    session.run(&format!("DELETE FROM bc.wormholes WHERE card_table_id = {table} AND id = {hole}"));
    assert!(session.rows(&leads).is_empty());
    let found = session.rows(
        "SELECT card_id, max(id) FROM bc.card_steps WHERE NOT completed GROUP BY card_id HAVING count(*) > 1 ORDER BY 1 LIMIT 1",
    );
    let (card, step) = (found[0][0].clone().expect("a card"), found[0][1].clone().expect("a step"));
    call(&mut session, "reposition_card_step", &format!("{card}, {step}, 0"));
    let first = format!(
        "SELECT id FROM bc.card_steps WHERE card_id = {card} AND NOT completed ORDER BY position LIMIT 1"
    );
    assert_eq!(session.value(&first), step);
}

#[test]
fn projects_are_made_visited_and_entered() {
    let (_simulator, mut session) = all();
    let template = session.value("SELECT id FROM bc.templates ORDER BY id LIMIT 1");
    let made = format!("create_project_from_template('bc', {template}, 'Launch')");
    let made = member(&mut session, &made, "id");
    let read = format!(
        "SELECT project ->> 'name' FROM bc.project_constructions WHERE template_id = {template} AND id = {made}"
    );
    assert_eq!(session.value(&read), "Launch");
    let project = session.value("SELECT id FROM bc.projects ORDER BY id DESC LIMIT 1");
    call(&mut session, "record_project_visit", &project);
    let visited = format!("SELECT count(*) FROM bc.recent_projects WHERE id = {project}");
    assert_eq!(session.value(&visited), "1");
    let person = session.value(&format!(
        "SELECT id FROM bc.people WHERE NOT client AND id NOT IN \
           (SELECT person_id FROM bc.project_people WHERE project_id = {project}) ORDER BY id LIMIT 1"
    ));
    let enters = format!(
        "SELECT count(*) FROM bc.project_people WHERE project_id = {project} AND person_id = {person}"
    );
    let new = r#"[{"name": "New One", "email_address": "new.one@example.org"}]"#;
    let told = format!("{project}, granted => ARRAY[{person}], created => '{new}'");
    call(&mut session, "update_project_access", &told);
    assert_eq!(session.value(&enters), "1");
    let came = format!(
        "SELECT count(*) FROM bc.project_people WHERE project_id = {project} AND name = 'New One'"
    );
    assert_eq!(session.value(&came), "1");
    call(&mut session, "update_project_access", &format!("{project}, revoked => ARRAY[{person}]"));
    assert_eq!(session.value(&enters), "0");
    let open =
        session.value("SELECT id FROM bc.projects WHERE clients_enabled ORDER BY id LIMIT 1");
    let new = r#"[{"name": "A Client", "email_address": "client@example.org"}]"#;
    call(&mut session, "update_project_client_access", &format!("{open}, created => '{new}'"));
    let came = format!(
        "SELECT count(*) FROM bc.project_people WHERE project_id = {open} AND name = 'A Client' AND client"
    );
    assert_eq!(session.value(&came), "1");
}

#[test]
fn templates_are_made_of_lists_and_copied() {
    let (_simulator, mut session) = all();
    let found = session
        .rows("SELECT id, project_id FROM bc.todolists WHERE NOT is_group ORDER BY id LIMIT 1");
    let (list, project) =
        (found[0][0].clone().expect("a list"), found[0][1].clone().expect("its project"));
    let made =
        format!("create_templatification('bc', {project}, {list}, template_name => 'Again')");
    let made = member(&mut session, &made, "id");
    let read = format!(
        "SELECT source_recording_id FROM bc.templatifications \
          WHERE project_id = {project} AND recording_id = {list} AND id = {made}"
    );
    assert_eq!(session.value(&read), list);
    let template =
        session.value("SELECT id FROM bc.template_library_todolists ORDER BY id LIMIT 1");
    let copied = format!(
        "create_template_library_copy('bc', {template}, destination_project_id => {project})"
    );
    let copied = member(&mut session, &copied, "id");
    let read =
        format!("SELECT source_recording_id FROM bc.template_library_copies WHERE id = {copied}");
    assert_eq!(session.value(&read), template);
    let question = session.value("SELECT id FROM bc.questions ORDER BY id LIMIT 1");
    let told = format!(
        "update_question_notifications('bc', {question}, responding => true, subscribed => false)"
    );
    assert_eq!(member(&mut session, &told, "responding"), "true");
    assert!(member(&mut session, "create_stream_ticket('bc')", "url").starts_with("ws://"));
}

#[test]
fn every_function_of_the_catalogue_is_declared_and_called_in_these_tests() {
    let mut session = Session::empty();
    let declared = session.rows(
        "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'basecamp'::regnamespace \
           AND prosrc LIKE '%basecamp.call_verb(%'",
    );
    let declared: BTreeSet<String> =
        declared.into_iter().filter_map(|row| row[0].clone()).collect();
    assert!(declared.len() > 25, "{declared:?}");
    let source = include_str!("verbs.rs");
    let silent: Vec<&String> = declared.iter().filter(|name| !source.contains(*name)).collect();
    assert!(silent.is_empty(), "{silent:?}");
    let mute = "SELECT coalesce(string_agg(proname, ', '), '') FROM pg_proc WHERE pronamespace = 'basecamp'::regnamespace \
                  AND obj_description(oid, 'pg_proc') IS NULL";
    assert_eq!(session.value(mute), "");
}

#[test]
fn what_must_be_given_is_asked_for_before_any_request() {
    let (simulator, mut session) = all();
    let null = session.refusal("SELECT basecamp.pin_message('bc', NULL)");
    assert_eq!(
        (null.code.as_str(), null.message.as_str()),
        ("22023", "argument \"message_id\" must not be null")
    );
    let none =
        session.refusal("SELECT basecamp.upload_attachment('bc', 'a.png', NULL, 'image/png')");
    assert_eq!(none.message, "argument \"content\" must not be null");
    let missing = session.refusal("SELECT basecamp.call_verb('bc', 'fly', '{}')");
    assert_eq!(missing.message, "V3 has nothing that \"fly\" could say");
    assert!(simulator.requests().is_empty());
    let gone = session.refusal("SELECT basecamp.pin_message('bc', 1)");
    assert_eq!(gone.code, "02000", "{gone:?}");
}

#[test]
fn what_makes_something_is_sent_once_and_says_when_it_does_not_know() {
    let (simulator, mut session) = all();
    session.run("ALTER SERVER bc OPTIONS (SET maxattempts '3')");
    let vault = session.value("SELECT id FROM bc.vaults ORDER BY id LIMIT 1");
    simulator.clear_requests();
    simulator.set_faults(&["reset"]);
    let lost = session.refusal(&format!(
        "SELECT basecamp.upload_file('bc', {vault}, 'd.txt', 'text'::bytea, 'text/plain')"
    ));
    assert_eq!(lost.code, "08007", "{lost:?}");
    assert_eq!(simulator.requests().len(), 1);
}

#[test]
fn nothing_is_sent_where_nothing_may_be_changed() {
    let (simulator, mut session) = all();
    let message = session.value("SELECT id FROM bc.messages ORDER BY id LIMIT 1");
    let pin = format!("SELECT basecamp.pin_message('bc', {message})");
    simulator.clear_requests();
    let only = session.refusal(&format!("BEGIN READ ONLY; {pin}"));
    assert_eq!(only.code, "25006", "{only:?}");
    session.run("ROLLBACK; SET basecamp_fdw.allow_writes = off");
    let refused = session.refusal(&pin);
    assert_eq!(refused.code, "42501", "{refused:?}");
    session.run("RESET basecamp_fdw.allow_writes; SET basecamp_fdw.dry_run = on");
    assert_eq!(session.rows(&pin), [[None]]);
    let heard = session.notices().join("\n");
    assert!(heard.contains(&format!("POST /recordings/{message}/pin.json")), "{heard}");
    assert!(simulator.requests().is_empty());
    session.run("RESET basecamp_fdw.dry_run; ALTER SERVER bc OPTIONS (ADD updatable 'false')");
    let fixed = session.refusal(&pin);
    assert_eq!(fixed.code, "55000", "{fixed:?}");
    assert!(simulator.requests().is_empty());
}
