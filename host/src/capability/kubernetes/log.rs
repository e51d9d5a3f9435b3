//! The log of one container.

use super::send::Get;
use super::{Connection, segment_of_path};
use crate::capability::{Answer, Body, ErrorCode, PodLog, PodLogRequest, ReadError};

/// Bytes read of one log, whatever its lines' length. The kubelet cuts from the front, so more than the caller's limit
/// has to be read for the last lines, which are the ones that tell; the tail of 5,000 lines of 2 KiB fits.
const MAX_READ_BYTES: u64 = 10 << 20;

impl Connection {
    pub(super) async fn pod_log(&self, request: &PodLogRequest) -> Answer {
        segment_of_path(&request.namespace)?;
        segment_of_path(&request.pod)?;
        let what = format!("log of {} in {}", request.pod, request.namespace);
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/log?{}",
            request.namespace,
            request.pod,
            query(request)
        );
        let mut reply = self
            .get(&Get {
                what: &what,
                address: &path,
                accept: "*/*",
                until: self.until(),
                // The server may end a little beyond what it was asked for.
                cap: MAX_READ_BYTES + (1 << 20),
            })
            .await
            .map_err(none_yet)?;
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let mut tail = Tail::new(limit);
        let mut read = 0;
        while let Some(frame) = reply.frames.next().await? {
            read += frame.len() as u64;
            tail.push(&frame);
        }
        // The kubelet stopped there, so the newest lines are the ones that are missing.
        tail.is_cut |= read >= MAX_READ_BYTES;
        Ok(Body::PodLog(tail.finish()))
    }
}

fn query(request: &PodLogRequest) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(container) = &request.container {
        query.append_pair("container", container);
    }
    if request.previous {
        query.append_pair("previous", "true");
    }
    if let Some(since) = &request.since {
        query.append_pair("sinceTime", since);
    }
    if request.timestamps {
        query.append_pair("timestamps", "true");
    }
    query.append_pair("tailLines", &request.tail.to_string());
    query.append_pair("limitBytes", &MAX_READ_BYTES.to_string());
    query.finish()
}

/// The server answers 400 for a container that has no log: none before a restart, none before it starts, no such
/// container. All of that is known, so it is `absent`.
pub(in crate::capability) fn none_yet(mut error: ReadError) -> ReadError {
    const NONE: &[(&str, &str)] = &[
        ("previous terminated container", "no-previous-container"),
        ("is waiting to start", "container-waiting"),
        ("is not valid for pod", "no-such-container"),
        ("a container name must be specified", "container-not-named"),
    ];
    let found = NONE.iter().find(|(text, _)| error.message.contains(text));
    match found {
        Some((_, cause)) if error.code == ErrorCode::Invalid => {
            // Which container was meant is the caller's mistake, not the cluster's word.
            if *cause != "container-not-named" {
                error.code = ErrorCode::Absent;
            }
            error.because(cause)
        }
        _ => error,
    }
}

/// The last bytes of a stream.
pub(in crate::capability) struct Tail {
    bytes: Vec<u8>,
    limit: usize,
    is_cut: bool,
}

impl Tail {
    pub(in crate::capability) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            is_cut: false,
        }
    }

    pub(in crate::capability) fn push(&mut self, frame: &[u8]) {
        self.bytes.extend_from_slice(frame);
        // Moved only when twice as much is held, so that each byte moves once.
        if self.bytes.len() / 2 >= self.limit {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if let Some(surplus) = self.bytes.len().checked_sub(self.limit)
            && surplus > 0
        {
            self.bytes.drain(..surplus);
            self.is_cut = true;
        }
    }

    pub(in crate::capability) fn finish(mut self) -> PodLog {
        self.cut();
        let whole_lines = match self.bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) if self.is_cut && end + 1 < self.bytes.len() => self.bytes.get(end + 1..),
            _ => Some(self.bytes.as_slice()),
        };
        PodLog {
            text: String::from_utf8_lossy(whole_lines.unwrap_or_default()).into_owned(),
            truncated: self.is_cut,
        }
    }
}
