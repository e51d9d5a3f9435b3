//! Recordings: the answers of one run's reads, and their replay.
//!
//! A recording is JSON Lines: a header, a line per read, a line per execution that time or memory ended, a trailer. Each
//! line carries the hash of the line before it and of itself, so that a change anywhere shows. Hashes prove that a file
//! is whole, not who wrote it. What is in it has been redacted: the recorder stands above that decorator.
//!
//! ```text
//! {"hash":"…","line":{"header":{"format":1,…}}}
//! {"hash":"…","line":{"read":{"request":{…},"answer":{…}}}}
//! {"hash":"…","line":{"outcome":{…}}}
//! {"hash":"…","line":{"trailer":{"reads":41,"outcomes":1}}}
//! ```

mod contents;
mod format;
mod reader;
mod recorder;
mod replay;
mod rewrite;

#[cfg(test)]
mod tests;

pub use contents::{Contents, Item, Taken, contents};
pub use format::{FORMAT, Header, RecordedCheck};
pub use reader::RecordingReader;
pub use recorder::{Recorder, RecordingWriter, unfinished};
pub use replay::Replay;
pub use rewrite::{look, rewrite};
