//! An empty WASI 0.2: no files, no sockets, no environment, no arguments.
//!
//! Wall time is the run's and stands still. Monotonic time begins at nothing and moves only when the component waits, so
//! that a wait ends at once and a loop until some time ends too. Randomness comes from the run's seed and the
//! component's digest: a replay gets the same. What is printed goes to the check's log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWrite;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{HostWallClock, WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::p2::{
    DynPollable, OutputStream, Pollable, StreamError, StreamResult, subscribe,
};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi_io::bindings::wasi::io;

use super::context::RunContext;
use super::log::{CheckLog, Level};
use super::state::{State, Wasi};

/// Random bytes of one call. Hash seeds take 64.
const MAX_RANDOM_BYTES: u64 = 64 << 10;

/// Host-side resources. An interpreter at start holds some tens.
const MAX_RESOURCES: usize = 1_000;

/// What one write may bring; wasmtime makes a buffer of this size.
const WRITE_BYTES: usize = 16 << 10;

/// A line that does not end is written once it is this long.
const MAX_PARTIAL_LINE: usize = 4 << 10;

/// The world behind a component that imports WASI.
pub(super) fn empty(run: &RunContext, digest: &str, log: &CheckLog) -> Wasi {
    let since_1970 = Duration::from_millis(run.now.as_millisecond().max(0).unsigned_abs());
    let mut builder = WasiCtx::builder();
    builder
        .wall_clock(Frozen(since_1970))
        .stdout(Printed::new(log, Level::Info))
        .stderr(Printed::new(log, Level::Warn));
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_RESOURCES);
    Wasi {
        context: builder.build(),
        table,
        random: Seeded::new(run.seed, digest),
        monotonic: Monotonic::default(),
    }
}

/// Link one interface, by its name without a version. False for a name that WASI 0.2's command world lacks.
pub(super) fn link(linker: &mut Linker<State>, interface: &str) -> wasmtime::Result<bool> {
    let l = linker;
    match interface {
        "wasi:cli/environment" => cli::environment::add_to_linker::<_, WasiCli>(l, State::cli)?,
        "wasi:cli/exit" => {
            cli::exit::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:cli/stdin" => cli::stdin::add_to_linker::<_, WasiCli>(l, State::cli)?,
        "wasi:cli/stdout" => cli::stdout::add_to_linker::<_, WasiCli>(l, State::cli)?,
        "wasi:cli/stderr" => cli::stderr::add_to_linker::<_, WasiCli>(l, State::cli)?,
        "wasi:cli/terminal-input" => {
            cli::terminal_input::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:cli/terminal-output" => {
            cli::terminal_output::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:cli/terminal-stdin" => {
            cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:cli/terminal-stdout" => {
            cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:cli/terminal-stderr" => {
            cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, State::cli)?;
        }
        "wasi:clocks/wall-clock" => {
            clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
        }
        "wasi:clocks/monotonic-clock" => {
            clocks::monotonic_clock::add_to_linker::<_, HasMonotonic>(l, State::monotonic)?;
        }
        "wasi:random/random" => random::random::add_to_linker::<_, HasSeeded>(l, State::random)?,
        "wasi:random/insecure" => {
            random::insecure::add_to_linker::<_, HasSeeded>(l, State::random)?;
        }
        "wasi:random/insecure-seed" => {
            random::insecure_seed::add_to_linker::<_, HasSeeded>(l, State::random)?;
        }
        "wasi:io/error" => io::error::add_to_linker::<_, HasTable>(l, State::table)?,
        "wasi:io/poll" => io::poll::add_to_linker::<_, HasTable>(l, State::table)?,
        "wasi:io/streams" => io::streams::add_to_linker::<_, HasTable>(l, State::table)?,
        "wasi:filesystem/types" => {
            filesystem::types::add_to_linker::<_, WasiFilesystem>(l, State::filesystem)?;
        }
        "wasi:filesystem/preopens" => {
            filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, State::filesystem)?;
        }
        other => return link_sockets(l, other),
    }
    Ok(true)
}

/// No address is allowed and no name is looked up; interpreters import these all the same.
fn link_sockets(l: &mut Linker<State>, interface: &str) -> wasmtime::Result<bool> {
    match interface {
        "wasi:sockets/network" => {
            let options = sockets::network::LinkOptions::default();
            sockets::network::add_to_linker::<_, WasiSockets>(l, &options, State::sockets)?;
        }
        "wasi:sockets/instance-network" => {
            sockets::instance_network::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
        }
        "wasi:sockets/ip-name-lookup" => {
            sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
        }
        "wasi:sockets/tcp" => sockets::tcp::add_to_linker::<_, WasiSockets>(l, State::sockets)?,
        "wasi:sockets/tcp-create-socket" => {
            sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
        }
        "wasi:sockets/udp" => sockets::udp::add_to_linker::<_, WasiSockets>(l, State::sockets)?,
        "wasi:sockets/udp-create-socket" => {
            sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

impl State {
    fn table(&mut self) -> &mut ResourceTable {
        &mut self.wasi().table
    }

    fn random(&mut self) -> &mut Seeded {
        &mut self.wasi().random
    }

    fn monotonic(&mut self) -> MonotonicView<'_> {
        let wasi = self.wasi();
        MonotonicView {
            clock: &wasi.monotonic,
            table: &mut wasi.table,
        }
    }
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

// === impl randomness ===

/// Randomness that a replay gets again.
pub(crate) struct Seeded {
    generator: ChaCha8Rng,
}

struct HasSeeded;

impl HasData for HasSeeded {
    type Data<'a> = &'a mut Seeded;
}

impl Seeded {
    fn new(seed: u64, digest: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(digest.as_bytes());
        Self {
            generator: ChaCha8Rng::from_seed(hash.finalize().into()),
        }
    }

    fn bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        if length > MAX_RANDOM_BYTES {
            wasmtime::bail!("{length} random bytes at once; at most {MAX_RANDOM_BYTES} are given");
        }
        let mut bytes = vec![0; usize::try_from(length)?];
        self.generator.fill_bytes(&mut bytes);
        Ok(bytes)
    }
}

impl random::random::Host for Seeded {
    fn get_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(length)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.generator.next_u64())
    }
}

impl random::insecure::Host for Seeded {
    fn get_insecure_random_bytes(&mut self, length: u64) -> wasmtime::Result<Vec<u8>> {
        self.bytes(length)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.generator.next_u64())
    }
}

impl random::insecure_seed::Host for Seeded {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.generator.next_u64(), self.generator.next_u64()))
    }
}

// === impl clocks ===

struct Frozen(Duration);

impl HostWallClock for Frozen {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

/// Nanoseconds that the component has waited.
#[derive(Clone, Default)]
pub(crate) struct Monotonic(Arc<AtomicU64>);

struct MonotonicView<'a> {
    clock: &'a Monotonic,
    table: &'a mut ResourceTable,
}

struct HasMonotonic;

impl HasData for HasMonotonic {
    type Data<'a> = MonotonicView<'a>;
}

impl MonotonicView<'_> {
    fn wait_until(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let wait = self.table.push(Wait {
            clock: self.clock.clone(),
            when,
        })?;
        subscribe(self.table, wait)
    }
}

impl clocks::monotonic_clock::Host for MonotonicView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock.0.load(Ordering::Relaxed))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.wait_until(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.clock.0.load(Ordering::Relaxed);
        self.wait_until(now.saturating_add(duration))
    }
}

/// A wait that ends as soon as it is waited for, and moves the clock.
struct Wait {
    clock: Monotonic,
    when: u64,
}

#[async_trait::async_trait]
impl Pollable for Wait {
    async fn ready(&mut self) {
        // Without a pause a component that only waits would keep its worker thread from everyone else.
        tokio::task::yield_now().await;
        self.clock.0.fetch_max(self.when, Ordering::Relaxed);
    }
}

// === impl output ===

/// What a component prints, line by line into its log.
#[derive(Clone)]
struct Printed {
    log: CheckLog,
    level: Level,
    partial: Vec<u8>,
}

impl Printed {
    fn new(log: &CheckLog, level: Level) -> Self {
        Self {
            log: log.clone(),
            level,
            partial: Vec::new(),
        }
    }

    fn print(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.partial.len() >= MAX_PARTIAL_LINE {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let text = String::from_utf8_lossy(&self.partial);
        self.log.write(self.level, &text);
        self.partial.clear();
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for this, which is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Self::new(&self.log, self.level))
    }
}

#[async_trait::async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > WRITE_BYTES {
            return Err(StreamError::trap("more than was permitted"));
        }
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}
