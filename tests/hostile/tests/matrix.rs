//! Every fault meets every question: the outcome is the one that `matrix.txt` says, nothing panics, and
//! the next question is answered as ever.

#[path = "matrix/question.rs"]
mod question;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hostile::{FAULTS, Matrix, OPEN, OTHER, SAME, Server};
use question::{Asker, QUESTIONS};
use simulator::{Config, Simulator};

/// Panics of all threads; a task's would only be a lost answer otherwise.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
}

fn account() -> (Simulator, Server) {
    let config = Config { projects: 3, todolists: 4, todos: 400, ..Config::default() };
    let simulator = Simulator::start(config).expect("a port");
    let server = Server::start(&simulator).expect("a port");
    (simulator, server)
}

#[test]
fn every_fault_has_its_outcome_for_every_question_and_harms_no_other() {
    count_panics();
    let (simulator, server) = account();
    let asker = Asker::new(&simulator, &server.url(), Duration::from_secs(60));
    let hasty = Asker::new(&simulator, &server.url(), Duration::from_secs(1));
    let whole: Vec<_> = QUESTIONS.iter().map(|each| asker.ask(each)).collect();
    for (question, rows) in QUESTIONS.iter().zip(&whole) {
        assert!(rows.as_ref().is_ok_and(|rows| !rows.is_empty()), "{question:?}: {rows:?}");
        println!("{}: {} rows", question.name, rows.as_ref().map_or(0, Vec::len));
    }
    let expected = Matrix::expected();
    let mut found = Matrix {
        questions: QUESTIONS.iter().map(|each| each.name.to_owned()).collect(),
        faults: Vec::new(),
    };
    let (mut wrong, mut open) = (Vec::new(), 0);
    let started = Instant::now();
    for fault in FAULTS {
        let mut row = Vec::new();
        for (question, whole) in QUESTIONS.iter().zip(&whole) {
            server.spoil(Some(fault));
            let asked = if fault.slow { hasty.ask(question) } else { asker.ask(question) };
            let requests = server.requests();
            server.spoil(None);
            let outcome = match &asked {
                Ok(rows) if Ok(rows) == whole.as_ref() => SAME.to_owned(),
                Ok(rows) if whole.as_ref().is_ok_and(|whole| rows.len() == whole.len()) => {
                    OTHER.to_owned()
                }
                Ok(rows) => format!("{}rows", rows.len()),
                Err((code, _)) => code.clone(),
            };
            let wanted = expected.outcome(fault.name, question.name).unwrap_or_default();
            let reached = wanted.trim_end_matches(OPEN) == outcome;
            open += usize::from(wanted.ends_with(OPEN));
            if reached == wanted.ends_with(OPEN) {
                let error = asked.err().map(|(_, error)| error);
                wrong.push(format!("{} {}: {outcome} {error:?}", fault.name, question.name));
            }
            assert!(requests < 100, "{} {}: {requests} requests", fault.name, question.name);
            row.push(outcome);
            assert!(&asker.ask(question) == whole, "{} after {}", question.name, fault.name);
        }
        found.faults.push((fault.name.to_owned(), row));
    }
    let cells = FAULTS.len() * QUESTIONS.len();
    println!("{}\n{cells} cells, {open} open, in {:?}", found.text(), started.elapsed());
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    assert!(wrong.is_empty(), "{} of {cells}:\n{}", wrong.len(), wrong.join("\n"));
    let named: Vec<&str> = expected.faults.iter().map(|(name, _)| name.as_str()).collect();
    let all: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(named, all, "the table has the faults that there are, in their order");
}

/// How many answers are changed: more where `HOSTILE_ANSWERS` says so.
fn answers() -> usize {
    let asked = std::env::var("HOSTILE_ANSWERS").ok().and_then(|count| count.parse().ok());
    asked.unwrap_or(2_000)
}

#[test]
fn answers_that_are_changed_at_random_are_rows_or_errors_and_never_a_panic() {
    count_panics();
    let (simulator, server) = account();
    let asker = Asker::new(&simulator, &server.url(), Duration::from_secs(60));
    let mut outcomes = std::collections::BTreeMap::<String, usize>::new();
    let (mut spoilt, mut seed) = (0, 0);
    while spoilt < answers() {
        let question = &QUESTIONS[seed as usize % QUESTIONS.len()];
        server.mutate(seed);
        let outcome = match asker.ask(question) {
            Ok(_) => "rows".to_owned(),
            Err((code, _)) => code,
        };
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "seed {seed}, {}", question.name);
        *outcomes.entry(outcome).or_default() += 1;
        spoilt += server.requests();
        seed += 1;
    }
    server.spoil(None);
    assert!(asker.ask(&QUESTIONS[0]).is_ok());
    println!("{spoilt} answers to {seed} questions: {outcomes:?}");
    let known = [
        "rows", "02000", "08006", "22023", "28000", "42501", "53100", "53400", "54000", "58000",
        "HV000",
    ];
    for outcome in outcomes.keys() {
        assert!(known.contains(&outcome.as_str()), "{outcome}: {outcomes:?}");
    }
}
