//! The table of outcomes.

/// An outcome: the same rows as without the fault.
pub const SAME: &str = "=";
/// An outcome: as many rows as without the fault, with other values.
pub const OTHER: &str = "rows";
/// What is behind an outcome that is not reached yet. It goes when it is.
pub const OPEN: char = '!';

/// What must come of each fault for each question.
#[derive(Debug)]
pub struct Matrix {
    /// The questions, in the order of the columns.
    pub questions: Vec<String>,
    /// Each fault with its outcomes.
    pub faults: Vec<(String, Vec<String>)>,
}

impl Matrix {
    /// The table of this crate.
    pub fn expected() -> Self {
        Self::parse(include_str!("../matrix.txt"))
    }

    /// Reads a table: a line of questions, then a line for each fault. Lines with `#` are comments.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut questions = lines.next().map(words).unwrap_or_default();
        questions.drain(..1.min(questions.len()));
        let rows = lines.map(|line| {
            let mut row = words(line);
            let name = row.remove(0);
            (name, row)
        });
        Self { faults: rows.collect(), questions }
    }

    /// The outcome of a cell.
    pub fn outcome(&self, fault: &str, question: &str) -> Option<&str> {
        let column = self.questions.iter().position(|each| each == question)?;
        let (_, row) = self.faults.iter().find(|(name, _)| name == fault)?;
        row.get(column).map(String::as_str)
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let line = |name: &str, cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<7}")).collect();
            format!("{name:<18} {}", cells.join(" ")).trim_end().to_owned() + "\n"
        };
        let rows = self.faults.iter().map(|(name, cells)| line(name, cells));
        line("fault", &self.questions) + &rows.collect::<String>()
    }
}
