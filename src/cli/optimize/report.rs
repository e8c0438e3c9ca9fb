//! What came of all files, as a table for people and as JSON.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::crew::End;
use super::one::{Made, Outcome, Row, Writes};

/// What is told.
pub(super) struct Report<'a> {
    pub(super) rows: &'a [Row],
    pub(super) took: Duration,
    pub(super) writes: Writes,
    pub(super) end: End,
}

/// Sums over all files.
#[derive(Debug, Default, PartialEq)]
struct Totals {
    files: u64,
    smaller: u64,
    kept: u64,
    passed_by: u64,
    failed: u64,
    unfinished: u64,
    before: u64,
    after: u64,
    score: f64,
    scored: u64,
}

impl Report<'_> {
    /// A row a file, and the sums.
    pub(super) fn print_table(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let lines: Vec<_> = self.rows.iter().map(cells).collect();
        let head = ["file", "before", "after", "saved", "score", "time", ""];
        let head = head.map(str::to_owned);
        let widths = widths(lines.iter().chain([&head]));
        for line in [&head].into_iter().chain(&lines) {
            writeln!(out, "{}", aligned(line, &widths))?;
        }
        for line in self.sums() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// An object a file, and one of the sums, a line each.
    pub(super) fn print_json(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for row in self.rows {
            writeln!(out, "{}", self.object(row))?;
        }
        let totals = Totals::of(self.rows);
        let sums = json!({
            "files": totals.files,
            "smaller": totals.smaller,
            "kept": totals.kept,
            "passed_by": totals.passed_by,
            "failed": totals.failed,
            "unfinished": totals.unfinished,
            "bytes_before": totals.before,
            "bytes_after": totals.after,
            "saved_percent": rounded(totals.saved()),
            "mean_score": totals.mean_score().map(rounded),
            "took_ms": millis(self.took),
            "dry_run": self.writes == Writes::Nothing,
            "interrupted": self.end == End::Interrupted,
        });
        writeln!(out, "{}", json!({ "totals": sums }))?;
        Ok(())
    }

    fn object(&self, row: &Row) -> Value {
        let mut object = json!({
            "file": row.file.to_string_lossy(),
            "outcome": name(&row.outcome),
            "took_ms": millis(row.took),
        });
        let more = match &row.outcome {
            Outcome::Smaller(made) => json!({
                "output": made.target.to_string_lossy(),
                "format": made.format.name(),
                "bytes_before": made.before,
                "bytes_after": made.after,
                "saved_percent": rounded(saved_percent(made.before, made.after)),
                "score": made.score.map(rounded),
                "packed": made.packed,
            }),
            Outcome::Kept { bytes, reason } => json!({
                "bytes_before": bytes,
                "bytes_after": bytes,
                "reason": reason,
            }),
            Outcome::PassedBy(reason) | Outcome::Failed(reason) => json!({ "reason": reason }),
            Outcome::Unfinished => json!({}),
        };
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        object
    }

    fn sums(&self) -> Vec<String> {
        let totals = Totals::of(self.rows);
        let mut lines = vec![
            format!("files: {}", totals.files),
            format!("made smaller: {}", totals.smaller),
            format!("left as they are: {}", totals.kept),
            format!("passed by: {}", totals.passed_by),
            format!("failed: {}", totals.failed),
            format!("bytes before: {}", totals.before),
            format!("bytes after: {}", totals.after),
            format!("saved: {:.1} %", totals.saved()),
        ];
        let score = totals.mean_score();
        lines.extend(score.map(|score| format!("mean score: {score:.1}")));
        lines.push(format!("took: {:.1} s", self.took.as_secs_f64()));
        if self.writes == Writes::Nothing {
            lines.push("nothing was written: it was a dry run".to_owned());
        }
        if self.end == End::Interrupted {
            let left = totals.unfinished;
            lines.push(format!("it was interrupted: {left} files are as they were"));
        }
        lines
    }
}

impl Totals {
    fn of(rows: &[Row]) -> Self {
        rows.iter().fold(Self::default(), Self::with)
    }

    fn with(mut self, row: &Row) -> Self {
        self.files += 1;
        match &row.outcome {
            Outcome::Smaller(made) => {
                self.smaller += 1;
                self.before += made.before;
                self.after += made.after;
                self.score += made.score.unwrap_or_default();
                self.scored += u64::from(made.score.is_some());
            }
            Outcome::Kept { bytes, .. } => {
                self.kept += 1;
                self.before += bytes;
                self.after += bytes;
            }
            Outcome::PassedBy(_) => self.passed_by += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Unfinished => self.unfinished += 1,
        }
        self
    }

    fn saved(&self) -> f64 {
        saved_percent(self.before, self.after)
    }

    fn mean_score(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.score / self.scored as f64)
    }
}

const fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Smaller(_) => "smaller",
        Outcome::Kept { .. } => "kept",
        Outcome::PassedBy(_) => "passed_by",
        Outcome::Failed(_) => "failed",
        Outcome::Unfinished => "unfinished",
    }
}

/// The cells of a row.
fn cells(row: &Row) -> [String; 7] {
    let none = || "-".to_owned();
    let file = shown(&row.file);
    let time = format!("{:.1} s", row.took.as_secs_f64());
    match &row.outcome {
        Outcome::Smaller(made) => [
            file,
            made.before.to_string(),
            made.after.to_string(),
            format!("{:.1} %", saved_percent(made.before, made.after)),
            made.score.map_or_else(none, |score| format!("{score:.1}")),
            time,
            note(made, row),
        ],
        Outcome::Kept { bytes, reason } => [
            file,
            bytes.to_string(),
            bytes.to_string(),
            none(),
            none(),
            time,
            format!("left as it is: {reason}"),
        ],
        other => [file, none(), none(), none(), none(), time, unmade(other)],
    }
}

/// A path for a terminal, which must not be told to do anything by a name.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(char::is_control, "?")
}

fn note(made: &Made, row: &Row) -> String {
    let packed = made.packed.then(|| "packed anew, nothing lost".to_owned());
    let elsewhere = (made.target != row.file).then(|| format!("to {}", shown(&made.target)));
    let notes: Vec<_> = elsewhere.into_iter().chain(packed).collect();
    notes.join(", ")
}

fn unmade(outcome: &Outcome) -> String {
    match outcome {
        Outcome::PassedBy(reason) => format!("passed by: {reason}"),
        Outcome::Failed(reason) => format!("failed: {reason}"),
        Outcome::Smaller(_) | Outcome::Kept { .. } | Outcome::Unfinished => "not done".to_owned(),
    }
}

/// The widest of each column in characters.
fn widths<'a>(lines: impl Iterator<Item = &'a [String; 7]>) -> [usize; 7] {
    lines.fold([0; 7], |mut widths, line| {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
        widths
    })
}

/// A line of a table: names to the left, numbers to the right, and the note as it comes.
fn aligned(line: &[String; 7], widths: &[usize; 7]) -> String {
    let [file, numbers @ .., note] = line;
    let mut text = format!("{file:<width$}", width = widths[0]);
    for (number, width) in numbers.iter().zip(&widths[1..]) {
        text.push_str(&format!("  {number:>width$}"));
    }
    text.push_str("  ");
    text.push_str(note);
    text.trim_end().to_owned()
}

fn saved_percent(before: u64, after: u64) -> f64 {
    let saved = before as f64 - after as f64;
    saved * 100.0 / before.max(1) as f64
}

/// To two places.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn millis(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Format;

    fn rows() -> Vec<Row> {
        let made = |after, score, packed| {
            Outcome::Smaller(Made {
                target: "a.jpg".into(),
                format: Format::Jpeg,
                before: 1000,
                after,
                score,
                packed,
            })
        };
        let kept = Outcome::Kept {
            bytes: 500,
            reason: "nothing smaller was found".to_owned(),
        };
        let outcomes = [
            made(500, Some(85.25), false),
            made(900, None, true),
            kept,
            Outcome::PassedBy("an animation".to_owned()),
            Outcome::Failed("broken".to_owned()),
        ];
        let rows = outcomes.into_iter().map(|outcome| Row {
            file: "a.jpg".into(),
            outcome,
            took: Duration::from_millis(1250),
        });
        rows.collect()
    }

    fn printed(print: impl Fn(&Report<'_>, &mut Vec<u8>) -> anyhow::Result<()>) -> String {
        let report = Report {
            rows: &rows(),
            took: Duration::from_secs(2),
            writes: Writes::Files,
            end: End::Done,
        };
        let mut out = Vec::new();
        print(&report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_has_a_row_a_file_and_the_sums() {
        let table = printed(|report, out| report.print_table(out));
        let expected = [
            "file   before  after   saved  score   time",
            "a.jpg    1000    500  50.0 %   85.2  1.2 s",
            "a.jpg    1000    900  10.0 %      -  1.2 s  packed anew, nothing lost",
            "a.jpg     500    500       -      -  1.2 s  left as it is: nothing smaller was found",
            "a.jpg       -      -       -      -  1.2 s  passed by: an animation",
            "a.jpg       -      -       -      -  1.2 s  failed: broken",
            "files: 5",
            "made smaller: 2",
            "left as they are: 1",
            "passed by: 1",
            "failed: 1",
            "bytes before: 2500",
            "bytes after: 1900",
            "saved: 24.0 %",
            "mean score: 85.2",
            "took: 2.0 s",
        ];
        assert_eq!(table.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn json_has_an_object_a_line() {
        let text = printed(|report, out| report.print_json(out));
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0]["saved_percent"], 50.0);
        assert_eq!(lines[0]["score"], 85.25);
        assert_eq!(lines[1]["packed"], true);
        assert_eq!(lines[4]["reason"], "broken");
        assert_eq!(lines[5]["totals"]["bytes_after"], 1900);
    }
}
