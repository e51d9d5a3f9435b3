#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::os::unix::fs::PermissionsExt;

use super::*;

const SITE: &str = r#"
[endpoint.coreai]
url = "https://llm.site.test/v1"
token = { file = "coreai-key" }
timeout = "5s"

[endpoint.loki]
url = "service://monitoring/loki:3100"
tenant = "platform"

[context.staging]
namespaces = ["data", "iam"]

[context.staging.endpoint.coreai]
url = "https://llm.staging.test/v1"
token = { env = "STAGING_COREAI_KEY" }
ca = "/etc/ca.pem"

[env.prod]
namespaces = ["data"]
applications = ["postgresql"]

[expect]
models = ["mistral"]

[limits]
wall-ms = 20000

[checks.git-source]
branch = "main"
"#;

fn fault(text: &str) -> Fault {
    ConfigFile::parse(text, "bsq.toml").expect_err(text)
}

#[test]
fn an_endpoint_of_a_context_applies_to_that_context_only() {
    let file = ConfigFile::parse(SITE, "bsq.toml").unwrap();
    let url = |context: &str| file.endpoints(context)["coreai"].url.to_string();
    assert_eq!(url("staging"), "https://llm.staging.test/v1");
    assert_eq!(url("prod"), "https://llm.site.test/v1");
    assert!(file.endpoints("staging").contains_key("loki"));
    assert_eq!(file.namespaces("staging"), ["data", "iam"]);
    assert!(file.namespaces("prod").is_empty());
}

#[test]
fn errors_name_line_and_key_and_what_was_meant() {
    for (text, cause, hint) in [
        (
            "\n[endpoint.x]\nurll = \"https://h/\"",
            "line 3: unknown field `urll`",
            "write `url`",
        ),
        ("[endpont.x]", "unknown field `endpont`", "write `endpoint`"),
        (
            "[endpoint.x]\nurl = \"h\"",
            "line 2: `h` is no address",
            "line 2",
        ),
        (
            "[endpoint.x]\ntoken = { env = \"X\" }",
            "missing field `url`",
            "line 1",
        ),
        (
            "[endpoint.x]\nurl = \"https://h/\"\ntimeout = \"soon\"",
            "line 3: `soon` is no duration",
            "line 3",
        ),
        ("[endpoint.x\n", "line 1", "line 1"),
        ("[limits]\nwall = 3", "unknown field `wall`", "mend line 2"),
        (
            "[endpoint.x]\nurl = \"service://a/b:1\"\ntoken = { env = \"X\" }",
            "[endpoint.x] `token` is not sent",
            "remove `token`",
        ),
        (
            "[endpoint.x]\nurl = \"https://h/\"\ntoken = { env = \"X\", file = \"y\" }",
            "line 3: ",
            "line 3",
        ),
        (
            "[endpoint.x]\nurl = \"https://h/\"\ntoken = { secret = \"ns/name\" }",
            "line 3: `ns/name`",
            "line 3",
        ),
    ] {
        let fault = fault(text);
        assert!(fault.cause.contains(cause), "{}", fault.cause);
        assert!(
            fault.hints.iter().any(|line| line.contains(hint)),
            "{:?}",
            fault.hints
        );
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let fault = fault("[endpoint.x]\nurl = \"https://h/\"\ntoken = \"hunter2hunter2\"");
    assert!(fault.cause.contains("line 3: "), "{}", fault.cause);
    assert!(
        fault.cause.contains("a secret is never written here"),
        "{}",
        fault.cause
    );
    assert!(!format!("{fault:?}").contains("hunter2"));
}

fn written(mode: u32, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bsq.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    (folder, path)
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    for (mode, is_fine) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
        let (_folder, path) = written(mode, SITE);
        let places = Places {
            flag: Some(path.clone()),
            ..Places::default()
        };
        match ConfigFile::load(&places) {
            Ok(file) => {
                assert!(is_fine, "{mode:o}");
                assert_eq!(file.path.as_deref(), Some(path.as_path()));
            }
            Err(fault) => {
                assert!(!is_fine, "{mode:o}");
                assert_eq!(fault.code, "BSQ0121");
                assert!(fault.hints[0].contains("chmod go-w"));
            }
        }
    }
}

#[test]
fn relative_paths_lie_beside_the_file() {
    let (folder, path) = written(0o600, SITE);
    let places = Places {
        variable: Some(path.into()),
        ..Places::default()
    };
    let file = ConfigFile::load(&places).unwrap();
    match &file.endpoint["coreai"].token {
        Some(TokenSource::File(token)) => assert_eq!(token, &folder.path().join("coreai-key")),
        other => panic!("{other:?}"),
    }
    let staging = &file.context["staging"].endpoint["coreai"];
    assert_eq!(staging.ca.as_deref(), Some(Path::new("/etc/ca.pem")));
}

#[test]
fn the_working_directory_is_never_looked_at() {
    let relative = Places {
        config_home: Some("conf".into()),
        home: Some("home".into()),
        ..Places::default()
    };
    assert_eq!(relative.folder(), None);
    let usual = Places {
        home: Some("/home/me".into()),
        ..Places::default()
    };
    assert_eq!(
        usual.folder().unwrap(),
        Path::new("/home/me/.config/bsq-host")
    );
    assert!(ConfigFile::load(&relative).unwrap().path.is_none());
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let places = Places {
        flag: Some("/nowhere/bsq.toml".into()),
        ..Places::default()
    };
    assert_eq!(ConfigFile::load(&places).unwrap_err().code, "BSQ0120");
}

fn manifest() -> crate::manifest::Manifest {
    let text = r#"{
        "id": "git-source", "version": "0.1.0", "title": "t",
        "settings": {
            "branch": {"type": "string", "description": "d"},
            "after": {"type": "duration", "default": "10m", "description": "d"},
            "count": {"type": "integer", "description": "d"},
            "names": {"type": "strings", "description": "d"},
            "expect-models": {"type": "strings", "default": [], "description": "d"}
        }
    }"#;
    serde_json::from_str(text).unwrap()
}

#[test]
fn settings_are_what_the_site_gives_then_expectations_then_defaults() {
    let file = ConfigFile::parse(SITE, "bsq.toml").unwrap();
    assert_eq!(
        file.settings_of(&manifest()).unwrap().to_string(),
        r#"{"after":"10m","branch":"main","expect-models":["mistral"]}"#
    );
}

#[test]
fn settings_of_a_wrong_name_or_type_are_errors() {
    for (line, hint) in [
        ("branchh = \"x\"", "write `branch`"),
        ("zzzzzz = 1", "use one of"),
        ("branch = 1", "write `branch = \"text\"`"),
        ("after = \"soon\"", "write `after = \"10m\"`"),
        ("count = 1.5", "write `count = 3`"),
        ("names = [1]", "write `names = [\"a\", \"b\"]`"),
    ] {
        let file = ConfigFile::parse(&format!("[checks.git-source]\n{line}"), "bsq.toml").unwrap();
        let fault = file.settings_of(&manifest()).unwrap_err();
        assert_eq!(fault.code, "BSQ0124");
        assert!(fault.hints[0].contains(hint), "{:?}", fault.hints);
    }
}
