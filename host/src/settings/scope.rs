//! `--scope`, `-n`, `-A`, `--exclude-namespace` and `-l` become one scope, or a sentence on what contradicts what.
//!
//! `env/NAME`, `service/…` and `app/NAME` are resolved to namespaces later, where `bsq.toml` and the cluster are known.

use crate::capability::view::Selector;
use crate::cli::ScopeArgs;
use crate::manifest::ScopeKind;
use crate::report::model::Scope;
use crate::ui::Fault;

/// The scope that was asked for; `None` where no flag says anything of it.
pub(super) fn scope(args: &ScopeArgs) -> Result<Option<Scope>, Fault> {
    let (asked, excluded) = (namespaces(&args.namespaces)?, namespaces(&args.excluded)?);
    // The view evaluates it; what it cannot read is said before anything is read.
    args.selector.as_deref().map(selector).transpose()?;
    let mut scope = match &args.scope {
        Some(text) => parse_scope(text)?,
        None => from_namespaces(args),
    };
    check_contradictions(args, &scope)?;
    if scope.namespaces.is_empty() {
        scope.namespaces = asked;
    }
    scope.excluded_namespaces = excluded;
    scope.selector.clone_from(&args.selector);
    let is_asked = args.all_namespaces || scope != platform();
    Ok((is_asked || args.scope.is_some()).then_some(scope))
}

/// All that the context and the grants let see.
pub fn platform() -> Scope {
    Scope {
        kind: ScopeKind::Platform,
        name: String::new(),
        namespaces: Vec::new(),
        excluded_namespaces: Vec::new(),
        selector: None,
    }
}

/// Parse `platform`, `env/NAME`, `ns/NAME`, `service/NS/NAME` or `app/NAME`.
pub fn parse_scope(text: &str) -> Result<Scope, Fault> {
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, name, namespace) = match parts.as_slice() {
        ["platform"] => (ScopeKind::Platform, String::new(), None),
        ["env", name] => (ScopeKind::Env, (*name).to_owned(), None),
        ["ns", name] => (ScopeKind::Ns, (*name).to_owned(), Some(*name)),
        ["service", namespace, name] => (
            ScopeKind::Service,
            format!("{namespace}/{name}"),
            Some(*namespace),
        ),
        ["app", name] => (ScopeKind::App, (*name).to_owned(), None),
        _ => return Err(bad_scope(text)),
    };
    if parts.iter().skip(1).any(|part| !is_object_name(part)) {
        return Err(bad_scope(text));
    }
    Ok(Scope {
        kind,
        name,
        namespaces: namespace.map(str::to_owned).into_iter().collect(),
        ..platform()
    })
}

fn bad_scope(text: &str) -> Fault {
    Fault::new("BSQ0102", format!("`{text}` is no scope"))
        .hint("write `platform`, `env/NAME`, `ns/NAME`, `service/NS/NAME` or `app/NAME`")
}

/// `-n a -n b` is the scope of those namespaces.
fn from_namespaces(args: &ScopeArgs) -> Scope {
    if args.namespaces.is_empty() {
        return platform();
    }
    let namespaces = sorted(&args.namespaces);
    Scope {
        kind: ScopeKind::Ns,
        name: namespaces.join(","),
        namespaces,
        ..platform()
    }
}

/// Names given by `-n`, sorted, each once.
pub fn namespaces(names: &[String]) -> Result<Vec<String>, Fault> {
    match names.iter().find(|name| !is_namespace(name)) {
        Some(name) => Err(Fault::new(
            "BSQ0103",
            format!("`{name}` cannot be a namespace"),
        )
        .hint("a namespace has lower-case letters, digits and `-`, at most 63; repeat `-n` for several")),
        None => Ok(sorted(names)),
    }
}

/// The value of `-l`.
pub fn selector(text: &str) -> Result<Selector, Fault> {
    text.parse::<Selector>().map_err(|bad| {
        let reason = bad.reason();
        Fault::new(
            "BSQ0142",
            format!("`-l {text}` is no label selector: {reason}"),
        )
        .hint("write `-l app=web,tier!=cache` or `-l 'app in (web,api)'`")
    })
}

fn check_contradictions(args: &ScopeArgs, scope: &Scope) -> Result<(), Fault> {
    let contradiction = |this: &str, that: &str, hint: &str| {
        Err(Fault::new("BSQ0104", format!("`{this}` contradicts `{that}`")).hint(hint))
    };
    let wanted = args.namespaces.first();
    if let (true, Some(name)) = (args.all_namespaces, wanted) {
        return contradiction("-A", &format!("-n {name}"), "give one of the two");
    }
    if let (Some(text), Some(namespace)) = (&args.scope, scope.namespaces.first()) {
        if args.all_namespaces {
            return contradiction("-A", &format!("--scope {text}"), "give one of the two");
        }
        if let Some(other) = args.namespaces.iter().find(|name| *name != namespace) {
            let hint = format!("leave out `-n`: the scope lies in `{namespace}`");
            return contradiction(&format!("-n {other}"), &format!("--scope {text}"), &hint);
        }
    }
    let seen = scope.namespaces.iter().chain(&args.namespaces);
    if let Some(name) = seen.into_iter().find(|name| args.excluded.contains(name)) {
        let excluded = format!("--exclude-namespace {name}");
        let other = match &args.scope {
            Some(text) if !args.namespaces.contains(name) => format!("--scope {text}"),
            _ => format!("-n {name}"),
        };
        return contradiction(&excluded, &other, "leave out one of the two");
    }
    Ok(())
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    names
}

/// A DNS label, as Kubernetes has it for namespaces.
fn is_namespace(name: &str) -> bool {
    name.len() <= 63 && is_object_name(name) && !name.contains('.')
}

/// A DNS subdomain, as Kubernetes has it for the names of objects.
fn is_object_name(name: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 253
        && name.starts_with(is_end)
        && name.ends_with(is_end)
        && name.chars().all(|c| is_end(c) || c == '-' || c == '.')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn args(line: &str) -> ScopeArgs {
        let words = "bsq-host run".split(' ').chain(line.split_whitespace());
        let cli = <crate::cli::Cli as clap::Parser>::try_parse_from(words).unwrap();
        match cli.command {
            crate::cli::Command::Run(run) => run.scope,
            _ => ScopeArgs::default(),
        }
    }

    #[test]
    fn each_way_to_say_a_scope() {
        for (line, kind, name, namespaces) in [
            ("--scope platform", ScopeKind::Platform, "", vec![]),
            ("--scope env/dev", ScopeKind::Env, "dev", vec![]),
            ("--scope ns/data", ScopeKind::Ns, "data", vec!["data"]),
            (
                "--scope service/data/pg.x",
                ScopeKind::Service,
                "data/pg.x",
                vec!["data"],
            ),
            ("--scope app/iam", ScopeKind::App, "iam", vec![]),
            ("-A", ScopeKind::Platform, "", vec![]),
            ("-n data", ScopeKind::Ns, "data", vec!["data"]),
            (
                "-n iam -n data -n iam",
                ScopeKind::Ns,
                "data,iam",
                vec!["data", "iam"],
            ),
            (
                "--scope env/dev -n data",
                ScopeKind::Env,
                "dev",
                vec!["data"],
            ),
        ] {
            let scope = scope(&args(line)).unwrap().unwrap();
            assert_eq!(
                (scope.kind, scope.name.as_str(), scope.namespaces),
                (
                    kind,
                    name,
                    namespaces.into_iter().map(str::to_owned).collect()
                ),
                "{line}"
            );
        }
        assert!(scope(&args("")).unwrap().is_none());
    }

    #[test]
    fn what_is_no_scope_is_refused_with_its_code() {
        for (line, code) in [
            ("--scope cluster", "BSQ0102"),
            ("--scope ns/", "BSQ0102"),
            ("--scope ns/a/b", "BSQ0102"),
            ("--scope service/a", "BSQ0102"),
            ("--scope service/../b", "BSQ0102"),
            ("-n Data", "BSQ0103"),
            ("-n a,b", "BSQ0103"),
            ("--exclude-namespace A", "BSQ0103"),
            ("-l app=a=b", "BSQ0142"),
            ("-l app)", "BSQ0142"),
            ("-l app,,tier", "BSQ0142"),
            ("-A -n data", "BSQ0104"),
            ("-A --scope ns/data", "BSQ0104"),
            ("--scope ns/data -n iam", "BSQ0104"),
            ("-n data --exclude-namespace data", "BSQ0104"),
            ("--scope ns/data --exclude-namespace data", "BSQ0104"),
        ] {
            assert_eq!(scope(&args(line)).unwrap_err().code, code, "{line}");
        }
    }
}
