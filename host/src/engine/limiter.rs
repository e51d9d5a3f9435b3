//! Says no to growth, and remembers why.
//!
//! A component is told of a refused `memory.grow` with -1 and mostly traps over it, so the trap does not say that memory
//! was the reason. The engine's own limits hold for each memory alone; these are totals.

use wasmtime::ResourceLimiter;

use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES};

/// What an execution ran into.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exceeded {
    Memory,
    Tables,
}

/// The limiter of one execution.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_limit: usize,
    memory: usize,
    peak_memory: usize,
    table_elements: usize,
    exceeded: Option<Exceeded>,
}

impl Limiter {
    pub(crate) fn new(memory_limit: usize) -> Self {
        Self {
            memory_limit,
            memory: 0,
            peak_memory: 0,
            table_elements: 0,
            exceeded: None,
        }
    }

    /// The first limit that was reached. Reaching one is no failure by itself: the component may live with the no.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.exceeded
    }

    pub(crate) fn peak_memory(&self) -> usize {
        self.peak_memory
    }

    fn refuse(&mut self, reason: Exceeded) -> bool {
        self.exceeded.get_or_insert(reason);
        false
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            return Ok(self.refuse(Exceeded::Memory));
        }
        self.memory = total;
        self.peak_memory = self.peak_memory.max(total);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .table_elements
            .saturating_add(desired.saturating_sub(current));
        if total > MAX_TABLE_ELEMENTS {
            return Ok(self.refuse(Exceeded::Tables));
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed() {
        let mut limiter = Limiter::new(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert_eq!(limiter.exceeded(), Some(Exceeded::Memory));
        assert_eq!(limiter.peak_memory(), 100);
    }

    #[test]
    fn the_first_reason_stays() {
        let mut limiter = Limiter::new(0);
        assert!(
            !limiter
                .table_growing(0, MAX_TABLE_ELEMENTS + 1, None)
                .unwrap()
        );
        assert!(!limiter.memory_growing(0, 1, None).unwrap());
        assert_eq!(limiter.exceeded(), Some(Exceeded::Tables));
    }
}
