//! Why a Keycloak that fails cannot use its database, as its own log says it. Asked only where it fails: `log-errors` looks
//! at every component's database anyway.

use bsq_platform::cluster;
use bsq_sdk::coreai::excerpt;
use bsq_sdk::prelude::*;

use crate::logins::SOURCE;

/// The words of Hibernate, Agroal and the drivers.
const WORDS: &[&str] = &[
    "jdbc connection",
    "psqlexception",
    "sqlexceptionhelper",
    "acquisition timeout",
    "no acceptable connection",
    "the database system is",
    "too many clients",
];

/// Lines of one namespace: the newest one is what counts.
const LINES: u32 = 50;

/// What the log says.
pub(crate) struct Trouble {
    read: u32,
    line: String,
    namespace: String,
    target: Option<String>,
}

/// What the log of the window's last quarter says: older trouble is not why it fails now.
pub(crate) fn ask(cx: &Context, namespaces: &[&str]) -> Option<Trouble> {
    let window = cx.window();
    let recent = window.end - window.end.duration_since(window.start) / 4;
    namespaces.iter().find_map(|namespace| {
        let query = cx
            .logs(SOURCE)
            .label("namespace", namespace)
            .containing(WORDS)
            .between(recent, window.end);
        let page = query.limit(LINES).read().ok()?;
        // The newest line, and of those that say as much the one that names the database.
        let lines = || page.lines.iter().map(|line| line.text.as_str());
        let line = lines()
            .find(|line| target(line).is_some())
            .or_else(|| lines().next())?;
        Some(Trouble {
            read: page.read,
            line: excerpt(line),
            namespace: (*namespace).to_owned(),
            target: target(line),
        })
    })
}

impl Trouble {
    pub(crate) fn fact(&self) -> String {
        match &self.target {
            Some(target) => format!("it cannot use its database at {target}"),
            None => "it cannot use its database".to_owned(),
        }
    }

    pub(crate) fn show(&self, finding: &mut Finding) {
        finding.evidence_from(self.read, "log", &self.line);
        let service = self
            .target
            .as_deref()
            .and_then(|target| service(target, &self.namespace));
        if let Some(service) = service {
            finding.caused_by(service);
        }
    }
}

/// `postgresql.data:5432` of `Connection to postgresql.data:5432 refused`.
fn target(line: &str) -> Option<String> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ',' | '(' | ')');
    line.split(is_end).find_map(|word| {
        let (host, port) = word.trim_end_matches(['.', ';', ':']).split_once(':')?;
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        let is_host = host.starts_with(|c: char| c.is_ascii_lowercase())
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
        (is_port && is_host).then(|| format!("{host}:{port}"))
    })
}

/// The Service that a name inside the cluster stands for.
fn service(target: &str, own_namespace: &str) -> Option<ObjectRef> {
    let (host, _) = target.split_once(':')?;
    if host == "localhost" {
        return None;
    }
    cluster::service_object(host, Some(own_namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_taken_from_the_line() {
        for (line, found) in [
            (
                "Connection to postgresql.data:5432 refused. Check the host",
                Some("postgresql.data:5432"),
            ),
            (
                "jdbc:postgresql://pg:5432/keycloak: PSQLException",
                Some("pg:5432"),
            ),
            (
                "2026-11-25 18:37:48,849 ERROR [x] (main) Acquisition timeout",
                None,
            ),
        ] {
            assert_eq!(target(line).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn a_name_of_the_cluster_is_a_service() {
        let name = |target| service(target, "iam").map(|it| it.to_string());
        assert_eq!(name("pg:5432").as_deref(), Some("Service iam/pg"));
        assert_eq!(
            name("pg.data.svc.cluster.local:5432").as_deref(),
            Some("Service data/pg")
        );
        assert_eq!(name("db.example.com.test:5432"), None);
    }
}
