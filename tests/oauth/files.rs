//! The settings file and the key file, as processes, editors and clumsy hands meet them.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use basecamp_fdw::error::{Kind, Result};
use basecamp_fdw::oauth::settings::{Content, lock_patiently, open, sealed, try_lock, write};
use basecamp_fdw::oauth::{Owner, Stored, Tokens};
use basecamp_fdw::seal::{Key, key_file};
use secrecy::ExposeSecret as _;

use super::support::assert_discreet;

/// Tells a child of these tests which file to work on.
const PATH: &str = "BASECAMP_FDW_TEST_PATH";

/// Whose the settings are.
fn of_user(role: u32) -> Owner {
    let (server, user) = ("bc".to_owned(), format!("user {role}"));
    Owner { cluster: 7, database: 5, server_oid: 1, role, server, user }
}

fn mine() -> Owner {
    of_user(2)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn stored(access: &str) -> Stored {
    let tokens = Tokens {
        refresh: Some("renewing-4711".to_owned().into()),
        expires_at: Some(2_000_000_000),
        ..Tokens::of_access(access.to_owned().into())
    };
    Stored::new(tokens, 1_900_000_000, "f00".to_owned())
}

/// The content of a file, opened; nothing where there is no file.
fn read(path: &Path, key: &Key, owner: &Owner) -> Result<Option<Content>> {
    sealed(path)?.map(|sealed| open(path, &sealed, key, owner)).transpose()
}

fn access(path: &Path, key: &Key) -> String {
    let (stored, _) = read(path, key, &mine()).expect("readable").expect("there");
    stored.tokens.access.expose_secret().to_owned()
}

#[test]
fn settings_are_read_as_written_and_rest_encrypted_for_their_owner() {
    let (folder, key) = (folder(), Key::generate());
    let path = folder.path().join("settings");
    assert!(read(&path, &key, &mine()).expect("no error").is_none());
    for token in ["first-4711", "second-4711"] {
        write(&path, &key, &mine(), &stored(token)).expect("written");
        assert_eq!(access(&path, &key), token);
    }
    let text = fs::read_to_string(&path).expect("a file");
    assert!(!text.contains("4711"), "{text}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 1, "no draft stays");
}

#[test]
fn settings_of_another_server_user_or_key_do_not_open() {
    let (folder, key) = (folder(), Key::generate());
    let path = folder.path().join("settings");
    write(&path, &key, &mine(), &stored("accessing-4711")).expect("written");
    let error = read(&path, &key, &of_user(3)).expect_err("moved");
    assert!(error.message().contains("belongs to another"), "{error}");
    let error = read(&path, &Key::generate(), &mine()).expect_err("another key");
    assert!(error.message().contains("another key"), "{error}");
    assert!(error.message().contains("settings"), "it names the file: {error}");
    assert_discreet(&error, &["4711"]);
    assert_eq!(access(&path, &key), "accessing-4711");
}

#[test]
fn settings_that_were_edited_by_hand_are_an_error_and_stay_as_they_are() {
    let (folder, key) = (folder(), Key::generate());
    let path = folder.path().join("settings");
    write(&path, &key, &mine(), &stored("accessing-4711")).expect("written");
    let good = fs::read_to_string(&path).expect("a file");
    let nonce = good.lines().find(|line| line.contains("nonce")).expect("a nonce");
    let edits = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("settings 1", "settings 2"),
        good.replace("\"sealed\": \"", "\"sealed\": \"A"),
        good.replace("\"sealed\": \"", "\"sealed\": \"AAAA"),
        good.replace("\"key\"", "\"clef\""),
        good.replace(nonce, "  \"nonce\": \"AAAA\","),
        good.replace(nonce, "  \"nonce\": \"AAAAAAAAAAAAAAAA\","),
        good.replace(nonce, "  \"nonce\": 5,"),
        "\u{fffd}".repeat(2_000_000),
    ];
    for edited in edits {
        assert_ne!(edited, good);
        fs::write(&path, &edited).expect("edited");
        let error = read(&path, &key, &mine()).expect_err("edited");
        assert_eq!(error.kind(), Kind::Configuration, "{error:?}");
        assert!(error.message().contains("settings file"), "{error}");
        assert!(error.hint_text().is_some(), "{error:?}");
        assert_eq!(fs::read_to_string(&path).expect("still there"), edited);
    }
    fs::write(&path, good).expect("restored");
    assert_eq!(access(&path, &key), "accessing-4711");
}

#[test]
fn settings_that_others_can_read_are_refused() {
    let (folder, key) = (folder(), Key::generate());
    let path = folder.path().join("settings");
    write(&path, &key, &mine(), &stored("a")).expect("written");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("set");
    let error = read(&path, &key, &mine()).expect_err("open");
    assert!(error.detail_text().is_some_and(|detail| detail.contains("0644")));
    let error = read(folder.path(), &key, &mine()).expect_err("a folder");
    assert!(error.message().contains("not a regular file"), "{error}");
    let nowhere = folder.path().join("no/such/folder");
    assert!(write(&nowhere, &key, &mine(), &stored("a")).is_err());
}

#[test]
fn a_key_file_that_was_lost_cut_or_replaced_loses_no_tokens() {
    let folder = folder();
    let (keys, path) = (folder.path().join("key"), folder.path().join("settings"));
    let key = key_file::read_or_create(&keys).expect("made");
    write(&path, &key, &mine(), &stored("accessing-4711")).expect("written");
    let good = fs::read(&keys).expect("a key file");
    // Cut.
    fs::write(&keys, &good[..16]).expect("cut");
    assert!(key_file::read_or_create(&keys).is_err());
    // Missing: a new key is made, and what the old one sealed says which key it needs.
    fs::remove_file(&keys).expect("removed");
    assert!(key_file::read(&keys).is_err());
    let other = key_file::read_or_create(&keys).expect("a new one");
    let error = read(&path, &other, &mine()).expect_err("another key");
    assert!(error.detail_text().is_some_and(|detail| detail.contains(&key.id())));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("key file back")));
    // Put back.
    fs::write(&keys, good).expect("restored");
    let again = key_file::read(&keys).expect("the old one");
    assert_eq!(access(&path, &again), "accessing-4711");
}

/// Runs one of the ignored tests below in a process of its own.
fn child(test: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child")
}

/// The rest of the first line of a child's output that starts with a word.
fn line(child: &mut Child, word: &str) -> String {
    let output = BufReader::new(child.stdout.as_mut().expect("piped"));
    let lines = output.lines().map_while(std::result::Result::ok);
    // The test harness may have begun the line.
    let mut found = lines.filter_map(|line| line.split_once(word).map(|(_, rest)| rest.to_owned()));
    found.next().expect("the word")
}

fn path_of_the_child() -> std::path::PathBuf {
    std::env::var_os(PATH).expect("started by a test").into()
}

#[test]
#[ignore = "the other process of a test"]
fn child_holds_the_lock() {
    let _lock = try_lock(&path_of_the_child()).expect("no error").expect("free");
    println!("holding it");
    loop {
        std::thread::park();
    }
}

#[test]
#[ignore = "the other process of a test"]
fn child_makes_the_key() {
    let key = key_file::read_or_create(&path_of_the_child()).expect("a key");
    println!("key id {}", key.id());
}

#[tokio::test]
async fn one_process_has_the_lock_until_it_ends_even_by_a_kill() {
    let folder = folder();
    let path = folder.path().join("settings");
    let mut holder = child("files::child_holds_the_lock", &path);
    line(&mut holder, "holding it");
    assert!(try_lock(&path).expect("no error").is_none());
    let waiting = tokio::time::timeout(Duration::from_millis(200), lock_patiently(&path));
    assert!(waiting.await.is_err(), "still held");
    holder.kill().expect("killed");
    holder.wait().expect("ended");
    let mine = lock_patiently(&path).await.expect("free");
    assert!(try_lock(&path).expect("no error").is_none(), "within one process too");
    drop(mine);
    assert!(try_lock(&path).expect("no error").is_some());
}

#[test]
fn processes_that_make_the_key_at_once_get_the_same() {
    let folder = folder();
    let path = folder.path().join("key");
    let mut children: Vec<Child> =
        (0..6).map(|_| child("files::child_makes_the_key", &path)).collect();
    let ids: Vec<String> = children.iter_mut().map(|one| line(one, "key id ")).collect();
    for mut one in children {
        one.wait().expect("ended");
    }
    let key = key_file::read(&path).expect("a key").id();
    assert!(ids.iter().all(|id| *id == key), "{ids:?} {key}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}
