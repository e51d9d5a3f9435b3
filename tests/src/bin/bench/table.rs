//! The table of ratios, printed row by row as it is measured, in Markdown.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;

pub(crate) struct Table;

impl Table {
    pub(crate) fn begin() -> Result<Self> {
        line("| What | Here | Compared with | Ratio | Bound |")?;
        line("|---|---|---|---|---|")?;
        Ok(Self)
    }

    /// Two times of the same work, and how many times the other the first may take.
    pub(crate) fn times(
        &mut self,
        what: &str,
        here: Duration,
        other: &str,
        least: Duration,
        bound: f64,
    ) -> Result<()> {
        let ratio = here.as_secs_f64() / least.as_secs_f64();
        line(&format!(
            "| {what} | {} | {other} {} | **{ratio:.2}x** | {} |",
            shown(here),
            shown(least),
            bounded(ratio, bound, "x")
        ))
    }

    /// A quantity and its bound, both in a unit.
    pub(crate) fn quantity(
        &mut self,
        what: &str,
        here: f64,
        bound: f64,
        unit: &str,
        other: &str,
    ) -> Result<()> {
        line(&format!(
            "| {what} | {here:.0} {unit} | {other} | | {} |",
            bounded(here, bound, unit)
        ))
    }

    /// A rate, and the least that it may be.
    pub(crate) fn rate(&mut self, what: &str, here: f64, least: f64, unit: &str) -> Result<()> {
        let verdict = if here >= least { "" } else { ", **missed**" };
        line(&format!(
            "| {what} | {here:.0} {unit} | | | at least {least:.0} {unit}{verdict} |"
        ))
    }

    /// Something to know, without a bound.
    pub(crate) fn note(&mut self, what: &str, here: &str, other: &str) -> Result<()> {
        line(&format!("| {what} | {here} | {other} | | |"))
    }
}

fn bounded(value: f64, bound: f64, unit: &str) -> String {
    let space = if unit == "x" { "" } else { " " };
    let verdict = if value <= bound { "" } else { ", **missed**" };
    format!("{bound}{space}{unit}{verdict}")
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 0.001 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{:.1} µs", seconds * 1e6),
    }
}

fn line(text: &str) -> Result<()> {
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}

/// The middle one: what other work on the machine did to a few of them does not count.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
