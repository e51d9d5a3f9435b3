//! A reader that ends where an archive becomes a bomb, and that knows how the text it read ended.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::fault::Refused;
use super::limits::{Limits, RATIO_FROM};

/// Counts what is read from a file.
pub(super) struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let count = Rc::new(Cell::new(0));
        let counted = Self {
            inner,
            count: Rc::clone(&count),
        };
        (counted, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count.set(self.count.get() + length as u64);
        Ok(length)
    }
}

/// What comes out of an archive, up to the limits.
pub(super) struct Bounded<'a> {
    inner: Box<dyn Read + 'a>,
    /// What went in.
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    /// Zeros at the end of what came out.
    zeros: u64,
    limits: Limits,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(inner: Box<dyn Read + 'a>, packed: Rc<Cell<u64>>, limits: &Limits) -> Self {
        Self {
            inner,
            packed,
            unpacked: 0,
            zeros: 0,
            limits: *limits,
        }
    }

    /// How many zeros what was read ends with: a whole tar ends with two blocks of them.
    pub(super) fn zeros(&self) -> u64 {
        self.zeros
    }

    fn check(&self) -> Result<(), Refused> {
        if self.unpacked > self.limits.unpacked {
            return Err(Refused::Bytes(self.limits.unpacked));
        }
        let allowed = self.packed.get().saturating_mul(self.limits.ratio);
        if self.unpacked > RATIO_FROM.max(allowed) {
            return Err(Refused::Ratio(self.limits.ratio));
        }
        Ok(())
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.unpacked += length as u64;
        let read = buffer.get(..length).unwrap_or_default();
        self.zeros = match read.iter().rposition(|byte| *byte != 0) {
            Some(last) => (length - last - 1) as u64,
            None => self.zeros + length as u64,
        };
        self.check().map_err(io::Error::other)?;
        Ok(length)
    }
}
