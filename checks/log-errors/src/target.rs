//! The other side of a failed connection, where a line names it.

use bsq_platform::cluster;
use bsq_sdk::prelude::*;

/// `postgresql.data:5432` in the ways that drivers write it.
pub(crate) fn of(message: &str) -> Option<String> {
    looked_up(message)
        .or_else(|| pair(message))
        .or_else(|| spelled_out(message))
}

/// `lookup minio.data.svc on 10.96.0.10:53: no such host`: the server after `on` is not what failed.
fn looked_up(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("lookup ")?;
    let name = rest.split([' ', ':']).next()?;
    is_host(name).then(|| name.to_owned())
}

/// A word `host:port`, perhaps within an address.
fn pair(message: &str) -> Option<String> {
    let words = message.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '(' | ')' | '[' | ']' | ',' | ';' | '`' | '<' | '>' | '='
            )
    });
    words
        .filter_map(|word| {
            let word = word.split_once("://").map_or(word, |(_, rest)| rest);
            let word = word.rsplit_once('@').map_or(word, |(_, rest)| rest);
            let word = word.split('/').next()?;
            let (host, rest) = word.split_once(':')?;
            let port = rest.trim_end_matches(|c: char| !c.is_ascii_digit());
            let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
            (is_port && is_host(host)).then(|| format!("{host}:{port}"))
        })
        .next()
}

/// `host postgresql.data port 5432`, `host "postgresql.data" (10.0.0.1), port 5432`, `connection to server at "x"`.
fn spelled_out(message: &str) -> Option<String> {
    let words: Vec<_> = message
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '=' | '`'))
        .filter(|word| !word.is_empty())
        .collect();
    let after = |name: &str| {
        words
            .iter()
            .position(|word| *word == name)
            .and_then(|index| words.get(index + 1))
            .copied()
    };
    let host = after("host")
        .or_else(|| after("at"))
        .filter(|host| is_host(host))?;
    let port = after("port")
        .map(|port| port.trim_end_matches(|c: char| !c.is_ascii_digit()))
        .filter(|port| port.parse::<u16>().is_ok());
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A name or an IPv4 address. A time such as `06:03` or a file and line such as `main.go:20` is none.
fn is_host(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let is_address =
        text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok());
    let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    let is_file = [".go", ".py", ".java", ".rs", ".js", ".ts", ".c"]
        .iter()
        .any(|suffix| text.ends_with(suffix));
    text.chars().all(is_plain) && (is_address || (is_name && !is_file))
}

/// The Service that a host name stands for inside the cluster: `name`, `name.namespace`, `name.namespace.svc…`.
pub(crate) fn service(target: &str, own_namespace: &str) -> Option<ObjectRef> {
    let host = target.split(':').next()?;
    if host.chars().all(|c| c.is_ascii_digit() || c == '.') || host == "localhost" {
        return None;
    }
    cluster::service_object(host, Some(own_namespace))
}

#[cfg(test)]
mod tests {
    use super::{of, service};

    #[test]
    fn the_other_side_is_found() {
        for (message, target) in [
            (
                "Failed to obtain JDBC connection: Connection to postgresql.data:5432 refused",
                Some("postgresql.data:5432"),
            ),
            (
                "(psycopg2.OperationalError) could not connect to server: Connection refused, host postgresql.data port 5432",
                Some("postgresql.data:5432"),
            ),
            (
                "connection to server at \"postgresql.data\" (10.0.0.1), port 5432 failed",
                Some("postgresql.data:5432"),
            ),
            (
                "dial tcp 10.96.5.4:9000: connect: connection refused",
                Some("10.96.5.4:9000"),
            ),
            (
                "Post \"http://minio.data.svc:9000/x\": EOF",
                Some("minio.data.svc:9000"),
            ),
            (
                "dial tcp: lookup minio.data.svc on 10.96.0.10:53: no such host",
                Some("minio.data.svc"),
            ),
            ("06:03:04 main.go:20 connection refused", None),
        ] {
            assert_eq!(of(message).as_deref(), target, "{message}");
        }
    }

    #[test]
    fn a_cluster_name_is_a_service_and_others_are_not() {
        let name = |target| {
            service(target, "coreai").map(|it| format!("{}/{}", it.namespace(), it.name()))
        };
        assert_eq!(
            name("postgresql.data:5432").as_deref(),
            Some("data/postgresql")
        );
        assert_eq!(
            name("minio.data.svc.cluster.local:9000").as_deref(),
            Some("data/minio")
        );
        assert_eq!(name("milvus:19530").as_deref(), Some("coreai/milvus"));
        assert_eq!(name("10.96.5.4:9000"), None);
        assert_eq!(name("huggingface.co.example.com:443"), None);
    }
}
