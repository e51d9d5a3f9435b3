//! Every scripted misbehaviour is what a client on the wire sees.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::Result;
use bsq_tests::http::{Answer, FaultServer};

/// Speaks HTTP/1.1 by hand, since a client library would hide how an answer ends.
fn fetch(server: &FaultServer, path: &str) -> Result<(Vec<u8>, std::io::Result<usize>)> {
    fetch_within(server, path, Duration::from_secs(20))
}

fn fetch_within(
    server: &FaultServer,
    path: &str,
    patience: Duration,
) -> Result<(Vec<u8>, std::io::Result<usize>)> {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(patience))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    Ok((bytes, end))
}

#[test]
fn answers_come_in_turn_and_the_last_repeats() -> Result<()> {
    let server = FaultServer::start()?;
    server.on("/x", [Answer::throttled(7), Answer::text(200, "fine")]);
    let first = String::from_utf8(fetch(&server, "/x")?.0)?;
    assert!(
        first.starts_with("HTTP/1.1 429") && first.contains("retry-after: 7"),
        "{first}"
    );
    for _ in 0..2 {
        let next = String::from_utf8(fetch(&server, "/x?page=2")?.0)?;
        assert!(next.ends_with("fine"), "{next}");
    }
    assert!(fetch(&server, "/y")?.0.starts_with(b"HTTP/1.1 404"));
    assert_eq!(
        (
            server.count("/x"),
            server.count("/x?page=2"),
            server.count("GET /*")
        ),
        (3, 2, 4)
    );
    Ok(())
}

#[test]
fn broken_connections_look_broken() -> Result<()> {
    let server = FaultServer::start()?;
    server
        .on("/reset", [Answer::reset()])
        .on("/hang", [Answer::hang()])
        .on("/half", [Answer::half("application/json", "0123456789")])
        .on(
            "/drip",
            [Answer::drip(
                "text/plain",
                "0123456789",
                Duration::from_millis(20),
            )],
        );
    assert_eq!(
        fetch(&server, "/reset")?.1.unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    assert_eq!(
        fetch_within(&server, "/hang", Duration::from_millis(300))?
            .1
            .unwrap_err()
            .kind(),
        ErrorKind::WouldBlock
    );
    let half = String::from_utf8(fetch(&server, "/half")?.0)?;
    assert!(
        half.contains("content-length: 10") && half.ends_with("01234"),
        "{half}"
    );
    let start = Instant::now();
    assert!(fetch(&server, "/drip")?.0.ends_with(b"0123456789"));
    assert!(start.elapsed() >= Duration::from_millis(200));
    Ok(())
}

#[test]
fn large_answers_have_the_size_they_say() -> Result<()> {
    let server = FaultServer::start()?;
    server.on("/large", [Answer::large(10_000_000)]);
    let (bytes, _) = fetch(&server, "/large")?;
    assert!(
        bytes.len() > 10_000_000 && bytes.len() < 10_001_000,
        "{}",
        bytes.len()
    );
    Ok(())
}
