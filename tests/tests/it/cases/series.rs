//! What a metric store and a trace store answer with: numbers over time, and moments as counts since 1970.
//!
//! `values = { every = 30, since = 1200, first = 9.0, last = 1.0 }` in a scripted answer is a point every thirty seconds of
//! the last twenty minutes, on a straight line; `EPOCH-10m` in a text is ten minutes ago in seconds.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Value, json};

/// Points on a straight line up to now; ages in seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    every: u32,
    since: u32,
    first: f64,
    last: f64,
}

/// The text of an answer.
pub(super) fn written(json: &Value) -> String {
    counted(&drawn(json, Timestamp::now()).to_string())
}

fn drawn(json: &Value, now: Timestamp) -> Value {
    match json {
        Value::Array(all) => all.iter().map(|one| drawn(one, now)).collect(),
        Value::Object(fields) if fields.contains_key("every") => {
            let line: Line = serde_json::from_value(json.clone()).unwrap();
            line.points(now)
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let drawn = fields.map(|(name, value)| (name.clone(), drawn(value, now)));
            Value::Object(drawn.collect())
        }
        other => other.clone(),
    }
}

impl Line {
    fn points(&self, now: Timestamp) -> Value {
        let steps = self.since / self.every;
        let points = (0..=steps).map(|step| {
            let part = f64::from(step) / f64::from(steps.max(1));
            let value = self.first + (self.last - self.first) * part;
            let age = i64::from((steps - step) * self.every);
            json!([now.as_second() - age, value.to_string()])
        });
        points.collect()
    }
}

/// `EPOCH-10m`, with what follows it: nine zeros make nanoseconds of it.
fn counted(text: &str) -> String {
    let moment = Regex::new(r"EPOCH-(\d+)([smh])").unwrap();
    let now = Timestamp::now();
    let count = |found: &Captures<'_>| {
        let unit = match &found[2] {
            "s" => 1,
            "m" => 60,
            _ => 3_600,
        };
        let seconds: u64 = found[1].parse().unwrap();
        let ago = SignedDuration::try_from(Duration::from_secs(seconds * unit)).unwrap();
        (now - ago).as_second().to_string()
    };
    moment.replace_all(text, count).into_owned()
}

#[test]
fn a_line_ends_now_and_goes_straight() {
    let now = Timestamp::from_second(1_000).unwrap();
    let line = json!({"values": {"every": 30, "since": 60, "first": 3.0, "last": 1.0}});
    let points = json!([[940, "3"], [970, "2"], [1000, "1"]]);
    assert_eq!(drawn(&line, now), json!({"values": points}));
}

#[test]
fn moments_are_counted_since_1970() {
    let text = counted("EPOCH-1h000000000");
    let nanoseconds: i128 = text.parse().unwrap();
    let ago = Timestamp::now().as_nanosecond() - nanoseconds;
    assert!(
        (3_600_000_000_000..3_610_000_000_000).contains(&ago),
        "{text}"
    );
}
