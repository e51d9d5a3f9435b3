//! What is running right now: a line per check with its time and its current host call.
//!
//! It is drawn on stderr, on a terminal, and nowhere else: not in CI, not with `-q`. The checks' tasks tell what they do
//! through [`Progress`]; a thread draws a few times a second, so that a check that hangs is seen to hang.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthChar as _;

use super::{Paint, is_unsafe};
use crate::report::model::Verdict;
use crate::settings::Environment;

/// Fast enough to look alive, slow enough to cost nothing over a remote shell.
const REDRAW: Duration = Duration::from_millis(200);

/// A run that ends before this shows nothing: lines that flash by only disturb.
const QUIET_START: Duration = Duration::from_millis(400);

/// Lines drawn at once; more would scroll the terminal away.
const LINES: usize = 16;

/// What the checks of a run tell of themselves. Called from any task; never blocks for long.
pub trait Progress: Send + Sync {
    /// The check begins.
    fn check_started(&self, id: &str);
    /// It calls the host, or says something of its progress.
    fn call(&self, id: &str, text: &str);
    /// It has ended.
    fn check_done(&self, id: &str, verdict: Verdict);
    /// Nothing more comes: what was drawn is removed, so that the report starts on a clean line.
    fn finish(&self);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn check_started(&self, _: &str) {}
    fn call(&self, _: &str, _: &str) {}
    fn check_done(&self, _: &str, _: Verdict) {}
    fn finish(&self) {}
}

/// Progress for this process: drawn where a person watches stderr.
pub fn progress(quiet: bool, environment: &Environment, paint: Paint) -> Arc<dyn Progress> {
    let is_watched = io::stderr().is_terminal()
        && environment.variable("CI").is_none()
        && environment.variable("TERM") != Some("dumb");
    if quiet || !is_watched {
        return Arc::new(Silent);
    }
    let width = environment.columns();
    Arc::new(Drawn::start(paint, width))
}

/// Draws on stderr from its own thread until it is finished or dropped.
struct Drawn {
    board: Arc<Mutex<Board>>,
    painter: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Drawn {
    fn start(paint: Paint, width: usize) -> Self {
        let board = Arc::new(Mutex::new(Board::default()));
        let (stop, stopped) = mpsc::channel();
        let shown = Arc::clone(&board);
        let thread = std::thread::spawn(move || {
            let mut drawn = 0;
            let mut wait = QUIET_START;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = REDRAW;
                let lines = locked(&shown).lines(Instant::now(), width);
                drawn = draw(&lines, drawn, paint);
            }
            draw(&[], drawn, paint);
        });
        Self {
            board,
            painter: Mutex::new(Some((stop, thread))),
        }
    }
}

impl Progress for Drawn {
    fn check_started(&self, id: &str) {
        let row = Row {
            since: Instant::now(),
            call: String::new(),
        };
        locked(&self.board).running.insert(id.to_owned(), row);
    }

    fn call(&self, id: &str, text: &str) {
        if let Some(row) = locked(&self.board).running.get_mut(id) {
            row.call.clear();
            row.call.push_str(text);
        }
    }

    fn check_done(&self, id: &str, verdict: Verdict) {
        let mut board = locked(&self.board);
        board.running.remove(id);
        board.done += 1;
        board.not_well += u32::from(verdict != Verdict::Pass);
    }

    fn finish(&self) {
        if let Some((stop, thread)) = locked(&self.painter).take() {
            drop(stop);
            // The thread only draws; were it to panic, the report still stands.
            let _ = thread.join();
        }
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.finish();
    }
}

/// What is running, by id.
#[derive(Default)]
struct Board {
    running: BTreeMap<String, Row>,
    done: u32,
    not_well: u32,
}

struct Row {
    since: Instant,
    call: String,
}

impl Board {
    fn lines(&self, now: Instant, width: usize) -> Vec<String> {
        let rows = self.running.iter().take(LINES).map(|(id, row)| {
            let seconds = now.saturating_duration_since(row.since).as_secs();
            fit(&format!("{seconds:>4}s  {id}  {}", row.call), width)
        });
        let mut lines: Vec<String> = rows.collect();
        let running = self.running.len();
        if running > 0 {
            let (done, not_well) = (self.done, self.not_well);
            let line = format!("{running} running, {done} done, {not_well} of them not well");
            lines.push(fit(&line, width));
        }
        lines
    }
}

/// What others wrote may stand in a call, so only what is safe and fits reaches the terminal: a line that wraps could not
/// be erased.
fn fit(text: &str, width: usize) -> String {
    let mut used = 0;
    text.chars()
        .filter(|c| !is_unsafe(*c))
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used < width
        })
        .collect()
}

/// Replace the lines drawn before; how many lines stand there now.
fn draw(lines: &[String], before: usize, paint: Paint) -> usize {
    let mut text = String::new();
    for _ in 0..before {
        // Up one line, and erase it.
        text.push_str("\u{1b}[1A\u{1b}[2K");
    }
    for line in lines {
        text.push_str(&paint.faint(line));
        text.push('\n');
    }
    let mut stderr = io::stderr().lock();
    // A closed stderr ends the show, not the run.
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
    lines.len()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_hangs_shows_its_call_and_its_time() {
        let now = Instant::now();
        let mut board = Board::default();
        board.running.insert(
            "log-errors".to_owned(),
            Row {
                since: now,
                call: "query loki\u{1b}[2J over an hour".to_owned(),
            },
        );
        let later = now + Duration::from_secs(12);
        assert_eq!(
            board.lines(later, 40),
            [
                "  12s  log-errors  query loki[2J over a",
                "1 running, 0 done, 0 of them not well"
            ]
        );
    }

    #[test]
    fn nothing_running_draws_nothing() {
        assert!(Board::default().lines(Instant::now(), 80).is_empty());
    }
}
