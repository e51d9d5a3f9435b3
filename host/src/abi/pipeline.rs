//! The one way that a host call goes.
//!
//! ```text
//! decode ─► admit: count ─► gate ─► budget ─► (view, through the check's mask) ─► settle: cap, note, trace ─► encode
//! ```
//!
//! A package decodes, calls [`State::admit`], asks the view with what was allowed, and gives what came to
//! [`State::settle`]. Nothing can be asked without the [`Admitted`] that only `admit` makes.

use std::time::Instant;

use super::calls::{Came, TraceLine};
use super::failure::Failure;
use super::text;
use crate::capability::view::Asked;
use crate::capability::{Answer, Body, Coverage, ErrorCode, ReadError, Request};
use crate::engine::limits::MAX_CHEAP_CALLS;
use crate::engine::{RunContext, State};
use crate::grant::{Allowed, Call, Decision, Denial, Namespaces};

/// Bytes of one answer. It is copied into the component's memory in one go, beside what is made of it there.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

/// Bytes of what a call or its answer is called in the report.
const MAX_CALL_TEXT: usize = 300;
const MAX_DETAIL_TEXT: usize = 500;

/// A call that may be made, and how far it reaches.
#[must_use]
pub(super) struct Admitted {
    pub(super) allowed: Allowed,
    withheld: Option<Denial>,
    text: String,
    started: Instant,
}

/// What came of a call, ready to be handed over.
pub(super) struct Got<T> {
    pub(super) value: T,
    pub(super) bytes: u64,
    pub(super) came: Came,
    /// It took no request of its own.
    pub(super) is_shared: bool,
}

/// Where a page stands in its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paging {
    pub(super) is_first: bool,
    pub(super) has_more: bool,
}

impl Admitted {
    /// A narrower grant keeps some of what is declared from the check.
    pub(super) fn has_withheld(&self) -> bool {
        self.withheld.is_some()
    }
}

impl State {
    /// Count the call, ask the gate and the budget. A flood of calls ends the execution.
    pub(super) fn admit(
        &mut self,
        text: &str,
        call: Result<Call<'_>, ReadError>,
    ) -> wasmtime::Result<Result<Admitted, Failure>> {
        self.meter.leave();
        let started = Instant::now();
        let text = text::line(text, MAX_CALL_TEXT);
        if self.budget.host_calls >= self.limits.host_calls {
            self.budget.over = Some("host calls");
            wasmtime::bail!("more than {} host calls", self.limits.host_calls);
        }
        self.budget.host_calls += 1;
        let call = match call {
            Ok(call) => call,
            Err(error) => return Ok(Err(self.fail(&text, "not asked", None, error, started))),
        };
        let allowed = match self.gate.decide(&call) {
            Decision::Allowed(allowed) => allowed,
            Decision::Denied(denial) => {
                let error = ReadError::new(ErrorCode::Denied, denial.reason);
                let hint = Some(denial.hint);
                return Ok(Err(self.fail(&text, "denied", hint, error, started)));
            }
        };
        if self.budget.bytes >= self.limits.bytes {
            let error = self.over_bytes();
            return Ok(Err(self.fail(&text, "allowed", None, error, started)));
        }
        let withheld = self.gate.withheld(&call, &self.scope_namespaces());
        Ok(Ok(Admitted {
            allowed,
            withheld,
            text,
            started,
        }))
    }

    /// Count a call that reads nothing.
    pub(super) fn count_cheap(&mut self) -> wasmtime::Result<()> {
        if self.budget.cheap_calls >= MAX_CHEAP_CALLS {
            self.budget.over = Some("host calls");
            wasmtime::bail!("more than {MAX_CHEAP_CALLS} calls of clock and progress");
        }
        self.budget.cheap_calls += 1;
        Ok(())
    }

    /// Cap, note and trace what came of a call.
    pub(super) fn settle<T>(
        &mut self,
        admitted: Admitted,
        answer: Result<Got<T>, ReadError>,
    ) -> Result<(u32, T), Failure> {
        self.settle_page(admitted, answer.map(|got| (got, None)))
    }

    /// The same for a page of a list, which is one read with the other pages.
    pub(super) fn settle_page<T>(
        &mut self,
        admitted: Admitted,
        answer: Result<(Got<T>, Option<Paging>), ReadError>,
    ) -> Result<(u32, T), Failure> {
        let Admitted {
            withheld,
            text,
            started,
            ..
        } = admitted;
        let (got, paging) = match answer.and_then(|(got, paging)| {
            self.fits(got.bytes)?;
            Ok((got, paging))
        }) {
            Ok(came) => came,
            Err(error) => return Err(self.fail(&text, "allowed", None, error, started)),
        };
        self.budget.bytes = self.budget.bytes.saturating_add(got.bytes);
        self.budget.shared_reads += u64::from(got.is_shared);
        let came = with_withheld(got.came, withheld);
        let read = match paging {
            Some(paging) => {
                self.calls
                    .note_page(&text, paging.is_first, paging.has_more, came.clone())
            }
            None => self.calls.note(&text, came.clone()),
        };
        let view = Some(got.is_shared);
        self.trace(read, &text, "allowed", view, got.bytes, &came, started);
        self.meter.resume();
        Ok((read, got.value))
    }

    /// The namespaces that the run looks at, as the gate speaks of them. Which are left out has no name there; the view
    /// leaves them out.
    fn scope_namespaces(&self) -> Namespaces {
        match &self.run.scope.namespaces {
            None => Namespaces::All,
            Some(names) => Namespaces::only(names.difference(&self.run.scope.excluded).cloned()),
        }
    }

    fn fits(&self, bytes: u64) -> Result<(), ReadError> {
        if bytes > MAX_ANSWER_BYTES {
            let message =
                format!("the answer has {bytes} bytes; at most {MAX_ANSWER_BYTES} are handed over");
            return Err(ReadError::new(ErrorCode::TooLarge, message));
        }
        if self.budget.bytes.saturating_add(bytes) > self.limits.bytes {
            return Err(self.over_bytes());
        }
        Ok(())
    }

    fn over_bytes(&self) -> ReadError {
        let limit = self.limits.bytes >> 20;
        let message = format!("the check has been handed its {limit} MiB");
        ReadError::new(ErrorCode::TooLarge, message)
    }

    fn fail(
        &mut self,
        text: &str,
        gate: &str,
        hint: Option<String>,
        error: ReadError,
        started: Instant,
    ) -> Failure {
        let mut came = Came::from(&error);
        came.detail = came
            .detail
            .map(|detail| text::line(&detail, MAX_DETAIL_TEXT));
        came.hint = hint.or(came.hint);
        let read = self.calls.note(text, came.clone());
        self.trace(read, text, gate, None, 0, &came, started);
        self.meter.resume();
        Failure { read, error }
    }

    #[expect(clippy::too_many_arguments, reason = "one for each step of a call")]
    fn trace(
        &mut self,
        read: u32,
        call: &str,
        gate: &str,
        view: Option<bool>,
        bytes: u64,
        came: &Came,
        started: Instant,
    ) {
        let count = (self.budget.host_calls, self.limits.host_calls);
        self.calls.trace(|| {
            TraceLine {
                read,
                call,
                count,
                gate,
                view,
                bytes,
                came,
                took: started.elapsed(),
            }
            .render()
        });
    }
}

impl RunContext {
    /// A read that many checks may share, and that is no list.
    pub(super) async fn ask(&self, request: Request) -> Asked<Answer> {
        let Asked { value, is_shared } = self.view.once(request).await;
        Asked {
            value: value.as_ref().clone(),
            is_shared,
        }
    }
}

/// What a narrower grant withholds is unknown, whatever the rest came to.
fn with_withheld(came: Came, withheld: Option<Denial>) -> Came {
    let Some(denial) = withheld else {
        return came;
    };
    if came.coverage > Coverage::Denied {
        return came;
    }
    Came {
        coverage: Coverage::Denied,
        detail: Some(text::line(&denial.reason, MAX_DETAIL_TEXT)),
        hint: Some(denial.hint),
    }
}

/// An answer whose body is not of the request's kind.
pub(super) fn other_body(_: Body) -> ReadError {
    ReadError::new(
        ErrorCode::Invalid,
        "the answer is of another kind than the read",
    )
}
