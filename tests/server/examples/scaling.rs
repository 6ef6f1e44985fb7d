//! How time and memory grow with rows and with projects: a table and the plots of docs/benchmarks.md.
//!
//! The folder for the plots is the argument.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it fails"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use plotters::prelude::*;
use server_tests::prerendered::Prerendered;
use server_tests::{Session, peak_memory};
use simulator::{Config, Simulator};

/// Rows of the listings.
const ROWS: [usize; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/// Projects of the accounts.
const PROJECTS: [usize; 5] = [10, 30, 100, 300, 1_000];
/// Time that every answer takes where projects are walked.
const LATENCY: Duration = Duration::from_millis(20);
const MEGABYTE: f64 = 1024.0 * 1024.0;
/// What is read of rows.
const FEW: &str = "SELECT id, content, completed, due_on FROM bc.todos";

/// One measurement.
struct Point {
    size: usize,
    seconds: f64,
    /// The most memory that the backend ever had.
    megabytes: f64,
}

fn main() {
    let folder: PathBuf = std::env::args().nth(1).unwrap_or_else(|| "docs".to_owned()).into();
    let rows = rows();
    print(&format!("`{FEW}`, no latency: rows"), &rows);
    println!("\n![Seconds and megabytes by rows](scaling-rows.svg)\n");
    plot(folder.join("scaling-rows.svg"), "rows", &rows);
    let projects: Vec<Point> = PROJECTS.iter().map(|projects| walked(*projects)).collect();
    print(
        "`SELECT * FROM bc.todosets`, one request for each of the projects, 20 ms: projects",
        &projects,
    );
    println!("\n![Seconds and megabytes by projects](scaling-projects.svg)");
    plot(folder.join("scaling-projects.svg"), "projects", &projects);
}

fn rows() -> Vec<Point> {
    let server = Prerendered::start(0);
    let session = server.session();
    let read = |rows: &usize| {
        server.set_todos(*rows);
        measured(&session, FEW, *rows)
    };
    ROWS.iter().map(read).collect()
}

fn walked(projects: usize) -> Point {
    let config = Config { projects, latency: LATENCY, ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let session = Session::on(&simulator, ", projectid 'all', ratelimit '0'");
    measured(&session, "SELECT * FROM bc.todosets", projects)
}

/// Runs a query in a session of its own that finds nothing kept.
fn measured(session: &Session, query: &str, size: usize) -> Point {
    let mut session = session.second();
    session.run("SELECT basecamp.clear_cache()");
    let backend = session.backend();
    let start = Instant::now();
    session.exhaust(query);
    let seconds = start.elapsed().as_secs_f64();
    Point { size, seconds, megabytes: peak_memory(backend) as f64 / MEGABYTE }
}

fn print(what: &str, points: &[Point]) {
    println!(
        "| {what} | seconds | a second | memory of the session, MB |\n| ---: | ---: | ---: | ---: |"
    );
    for Point { size, seconds, megabytes } in points {
        println!("| {size} | {seconds:.2} | {:.0} | {megabytes:.0} |", *size as f64 / seconds);
    }
}

/// Draws time and memory side by side.
fn plot(file: PathBuf, by: &str, points: &[Point]) {
    let root = SVGBackend::new(&file, (900, 360)).into_drawing_area();
    root.fill(&WHITE).unwrap();
    let (left, right) = root.split_horizontally(450);
    let seconds: Vec<(f64, f64)> = points.iter().map(|it| (it.size as f64, it.seconds)).collect();
    let memory: Vec<(f64, f64)> = points.iter().map(|it| (it.size as f64, it.megabytes)).collect();
    // Time is straight where it grows with the size; memory is flat where it does not.
    let (fastest, slowest) = (seconds[0].1 / 2.0, seconds[seconds.len() - 1].1 * 2.0);
    let (first, last) = (seconds[0].0, seconds[seconds.len() - 1].0);
    let scales = ((first..last).log_scale(), (fastest..slowest).log_scale());
    let mut chart = framed(&left).build_cartesian_2d(scales.0, scales.1).unwrap();
    chart.configure_mesh().x_desc(by).y_desc("seconds").x_label_formatter(&whole).draw().unwrap();
    chart.draw_series(dotted(&seconds)).unwrap();
    chart.draw_series(LineSeries::new(seconds.clone(), BLUE)).unwrap();
    let most = memory.iter().map(|point| point.1).fold(0.0, f64::max) * 1.2;
    let sizes = (first..last).log_scale();
    let mut chart = framed(&right).build_cartesian_2d(sizes, 0.0..most).unwrap();
    let mut mesh = chart.configure_mesh();
    let mesh = mesh.x_desc(by).y_desc("memory of the session, MB");
    mesh.x_label_formatter(&whole).y_label_formatter(&whole).draw().unwrap();
    chart.draw_series(dotted(&memory)).unwrap();
    chart.draw_series(LineSeries::new(memory.clone(), BLUE)).unwrap();
    root.present().unwrap();
}

/// A chart with room for its labels.
fn framed<'a, 'b>(
    area: &'a DrawingArea<SVGBackend<'b>, plotters::coord::Shift>,
) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut chart = ChartBuilder::on(area);
    chart.margin(12).margin_right(36).x_label_area_size(40).y_label_area_size(60);
    chart
}

fn whole(number: &f64) -> String {
    format!("{number:.0}")
}

fn dotted(points: &[(f64, f64)]) -> impl Iterator<Item = Circle<(f64, f64), i32>> + '_ {
    points.iter().map(|point| Circle::new(*point, 3, BLUE.filled()))
}
