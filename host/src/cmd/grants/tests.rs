use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::*;
use crate::cli::{Global, GrantArgs};
use crate::manifest::section;
use crate::settings::Environment;

struct World {
    folder: tempfile::TempDir,
    places: Places,
    component: PathBuf,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = serde_json::json!({
            "id": "acme.example/pvc-age", "version": "1.2.0", "title": "claims are young",
            "kubernetes": [
                { "why": "find\n  list v1/Lie", "kind": "v1/Pod", "verbs": ["list"], "fields": ["spec"] },
                { "why": "facts \u{1b}[2J", "kind": "v1/Secret", "verbs": ["list"], "fields": ["metadata.labels"], "facts": true },
            ],
            "pod-logs": [{ "why": "last lines", "namespaces": ["data"] }],
            "metrics": [{ "name": "full", "why": "how full they are", "query": "used / size > ${limit}" }],
            "traces": [{ "name": "slow", "why": "who waits", "query": "{ duration > ${slow} }" }],
            "network": [{ "why": "names resolve", "hosts": [".site.test"] }],
        });
        let mut bytes = wat::parse_str("(component)").unwrap();
        section::append(&mut bytes, section::NAME, manifest.to_string().as_bytes());
        let component = folder.path().join("pvc-age.wasm");
        fs::write(&component, bytes).unwrap();
        let mut places = Places::new(
            &Global::default(),
            &GrantArgs::default(),
            &Environment::default(),
        );
        places.user_grants = Some(folder.path().join("config/grants.toml"));
        Self {
            folder,
            places,
            component,
        }
    }

    fn file(&self) -> &Path {
        self.places.user_grants.as_deref().unwrap()
    }

    fn run(
        &self,
        command: GrantsCommand,
        typed: Option<&str>,
    ) -> (Result<ExitStatus, Fault>, String) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut terminal = Terminal {
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin: &mut Cursor::new(typed.unwrap_or_default().to_owned()),
            is_interactive: typed.is_some(),
        };
        let args = GrantsArgs {
            grants: None,
            command,
        };
        let result = run(&args, &self.places, &mut terminal);
        (
            result,
            String::from_utf8([stderr, stdout].concat()).unwrap(),
        )
    }

    fn allow(&self, yes: bool, typed: Option<&str>) -> (Result<ExitStatus, Fault>, String) {
        let args = AllowArgs {
            file: self.component.clone(),
            yes,
        };
        self.run(GrantsCommand::Allow(args), typed)
    }

    fn can_i(&self, verb: CanIVerb, what: &str, namespace: Option<&str>) -> (ExitStatus, String) {
        let args = CanIArgs {
            check: self.component.display().to_string(),
            verb,
            what: what.to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        let (status, said) = self.run(GrantsCommand::CanI(args), None);
        (status.unwrap(), said)
    }
}

#[test]
fn a_grant_is_written_after_a_yes_only_and_keeps_what_is_there() {
    let world = World::new();
    fs::create_dir(world.folder.path().join("config")).unwrap();
    fs::write(world.file(), "# ours\n").unwrap();
    assert_eq!(
        world.allow(false, Some("n\n")).0.unwrap(),
        ExitStatus::Refused
    );
    assert_eq!(fs::read_to_string(world.file()).unwrap(), "# ours\n");
    assert_eq!(
        world.allow(false, Some("y\n")).0.unwrap(),
        ExitStatus::Success
    );
    let text = fs::read_to_string(world.file()).unwrap();
    assert!(text.starts_with("# ours\n\n[[check]]\n"), "{text}");
    assert!(text.contains("facts = true"), "{text}");
    assert_eq!(
        fs::metadata(world.file()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    world.allow(true, None).0.unwrap();
    assert_eq!(
        fs::read_to_string(world.file()).unwrap(),
        text,
        "the same grant twice"
    );
}

#[test]
fn without_a_terminal_only_yes_grants() {
    let world = World::new();
    let (result, _) = world.allow(false, None);
    assert_eq!(result.unwrap_err().code, "BSQ0307");
    assert!(!world.file().exists());
    assert_eq!(world.allow(true, None).0.unwrap(), ExitStatus::Success);
}

#[test]
fn what_a_component_says_of_itself_cannot_pose_as_a_need() {
    let (_, said) = World::new().allow(false, Some("n\n"));
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(said.contains("      find list v1/Lie\n"), "{said}");
}

#[test]
fn can_i_answers_as_the_gate_does() {
    let world = World::new();
    let (status, said) = world.can_i(CanIVerb::List, "v1/Pod", Some("data"));
    assert_eq!(status, ExitStatus::Findings);
    assert!(
        said.contains(r#"{ kind = "v1/Pod", namespaces = ["data"] }"#),
        "{said}"
    );
    assert!(said.contains("no grant at all"), "{said}");
    world.allow(true, None).0.unwrap();
    assert_eq!(
        world.can_i(CanIVerb::List, "v1/Pod", Some("data")),
        (ExitStatus::Success, "yes\n".to_owned())
    );
    assert_eq!(
        world.can_i(CanIVerb::Logs, "v1/Pod", Some("data")).0,
        ExitStatus::Success
    );
    let (status, said) = world.can_i(CanIVerb::Logs, "v1/Pod", Some("other"));
    assert!(
        status == ExitStatus::Findings && said.contains("declares no such need"),
        "{said}"
    );
}

#[test]
fn can_i_answers_for_templates_and_hosts() {
    let asked = [
        (CanIVerb::Metrics, "full", "metrics = [{ name = \"full\" }]"),
        (CanIVerb::Traces, "slow", "traces = [{ name = \"slow\" }]"),
        (
            CanIVerb::Probe,
            "portal.site.test",
            "network = [{ hosts = [\"portal.site.test\"] }]",
        ),
    ];
    let world = World::new();
    for (verb, what, line) in asked {
        let (status, said) = world.can_i(verb, what, None);
        assert!(
            status == ExitStatus::Findings && said.contains(line),
            "{said}"
        );
    }
    world.allow(true, None).0.unwrap();
    for (verb, what, _) in asked {
        assert_eq!(
            world.can_i(verb, what, None),
            (ExitStatus::Success, "yes\n".to_owned())
        );
        let (status, said) = world.can_i(verb, "other", None);
        assert!(
            status == ExitStatus::Findings && said.contains("declares no such need"),
            "{said}"
        );
    }
}

#[test]
fn needs_of_queries_are_shown_before_they_are_granted() {
    let (_, said) = World::new().allow(false, Some("n\n"));
    for need in [
        "  metrics: used / size > ${limit}\n      how full they are\n",
        "  traces: { duration > ${slow} }\n      who waits\n",
        "  probe .site.test\n      names resolve\n",
    ] {
        assert!(said.contains(need), "{said}");
    }
}

#[test]
fn show_says_what_each_row_allows() {
    let world = World::new();
    let show = |components: &[PathBuf]| {
        let args = ShowArgs {
            components: components.to_vec(),
        };
        world.run(GrantsCommand::Show(args), None).1
    };
    assert!(show(&[]).starts_with("nothing is granted"));
    assert!(show(std::slice::from_ref(&world.component)).contains("grants allow"));
    world.allow(true, None).0.unwrap();
    let said = show(&[]);
    assert!(
        said.starts_with("acme.example/pvc-age 1.2.0  sha256:"),
        "{said}"
    );
    assert!(
        said.contains(
            "own      cluster reads, facts of Secrets, pod logs of data, metrics, traces, probes of .site.test\n"
        ),
        "{said}"
    );
    assert_eq!(show(std::slice::from_ref(&world.component)), said);
}
