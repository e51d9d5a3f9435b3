//! The program: arguments in, a report out.

use std::io;
use std::process::ExitCode;

use bsq_host::cli::Cli;
use bsq_host::cmd;
use bsq_host::settings::Environment;
use bsq_host::ui::{ExitStatus, Paint, Talk};
use clap::Parser as _;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::of_process();
    // One provider of TLS for every client of the process. It can only be set already by this very line.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let paint = Paint::chosen(cli.global.color, &io::stderr(), &environment);
    talk(cli.global.verbose, paint);
    match cmd::dispatch(&cli, &environment) {
        Ok(status) => status.into(),
        Err(fault) => {
            Talk.fault(&fault, paint);
            ExitStatus::of_fault(&fault).into()
        }
    }
}

/// What the program says of its own work, on stderr. The client libraries are held back: they print whole bodies.
fn talk(verbose: u8, paint: Paint) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::new(format!("off,bsq_host={level}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Talk)
        .with_ansi(paint.colour)
        .without_time()
        .with_target(false)
        .init();
}
