//! What bad input gets: a stable code, the cause, what would mend it, and the exit code of its kind.
//!
//! Each snapshot is a page that a person can read through: every message of one area, as it is printed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use bsq_tests::hostile;
use bsq_tests::http::{Answer, ApiProxy};
use bsq_tests::world::World;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use serde_json::{Value, json};

use crate::host::{Ended, Host};
use crate::lab::{Lab, digest as digest_of};

/// All messages of one area, with what differs from run to run taken out.
struct Page<'lab> {
    lab: &'lab Lab,
    text: String,
}

impl<'lab> Page<'lab> {
    fn new(lab: &'lab Lab) -> Self {
        Self {
            lab,
            text: String::new(),
        }
    }

    /// A call that must end with a fault: code, cause, hint.
    fn fault(&mut self, what: &str, exit: i32, host: Host) {
        let ended = host.end();
        self.check(what, exit, &ended);
        assert!(
            ended.stderr.contains("error[BSQ0"),
            "{what}: no code in {}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("\nhint: "),
            "{what}: no hint in {}",
            ended.stderr
        );
        self.add(what, &ended, &ended.stderr);
    }

    /// A call that must end with a report, in which a row says what is wrong.
    fn report(&mut self, what: &str, exit: i32, host: Host) -> Ended {
        let ended = host.end();
        self.check(what, exit, &ended);
        self.add(what, &ended, &(ended.stdout.clone() + &ended.stderr));
        ended
    }

    fn check(&self, what: &str, exit: i32, ended: &Ended) {
        assert_eq!(
            ended.code, exit,
            "{what}:\n{}{}",
            ended.stdout, ended.stderr
        );
        assert!(
            !ended.stderr.contains("panicked"),
            "{what}: {}",
            ended.stderr
        );
    }

    fn add(&mut self, what: &str, ended: &Ended, text: &str) {
        self.text += &format!("## {what}: exit {}\n{}\n\n", ended.code, text.trim_end());
    }

    fn compare(self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        settings.add_filter(
            &regex::escape(&self.lab.path().display().to_string()),
            "LAB",
        );
        for (pattern, shown) in [
            (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
            (r"/tmp/bsq-world-\w+", "WORLD"),
            (r"\.bsq-report-\w+", ".bsq-report-NAME"),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"sha256:[0-9a-f]{64}", "sha256:DIGEST"),
            (r"\b\d+ requests?", "N requests"),
            (r"\b\d+(\.\d+)? [kM]?i?B\b", "N bytes"),
        ] {
            settings.add_filter(pattern, shown);
        }
        settings.bind(|| insta::assert_snapshot!(name, self.text));
    }
}

fn reader() -> &'static Path {
    World::shared().unwrap().kubeconfig("reader").unwrap()
}

#[test]
fn check_toml() {
    const HEAD: &str = "id = \"pvc-age\"\ntitle = \"claims are bound\"\n";
    let lab = Lab::new();
    lab.file(
        "pvc-age/Cargo.toml",
        "[package]\nname = \"pvc-age\"\nversion = \"0.1.0\"\nlicense = \"Apache-2.0\"\n",
    );
    let module = lab.file("well.wasm", hostile::bare("well").unwrap());
    let need = "[[kubernetes]]\nwhy = \"w\"\nkind = \"v1/Namespace\"\nverbs = [\"list\"]\nfields = [\"status.phase\"]\n";
    let cases = [
        ("broken", "id = \"pvc-age\ntitle = 3\n".to_owned()),
        ("empty", String::new()),
        (
            "unknown field",
            format!("{HEAD}symptom = [\"runtime\"]\n{need}"),
        ),
        (
            "unknown verb",
            format!("{HEAD}{}", need.replace("\"list\"", "\"delete\"")),
        ),
        (
            "not a kind",
            format!("{HEAD}{}", need.replace("v1/Namespace", "Namespace")),
        ),
        (
            "no fields",
            format!(
                "{HEAD}{}",
                need.replace("fields = [\"status.phase\"]\n", "")
            ),
        ),
        (
            "the content of Secrets",
            format!(
                "{HEAD}{}",
                need.replace("v1/Namespace", "v1/Secret")
                    .replace("status.phase", "data.*")
            ),
        ),
        ("contradictory", format!("{HEAD}{need}{need}")),
        (
            "a version of its own",
            format!("{HEAD}version = \"9.9.9\"\n{need}"),
        ),
        (
            "a write",
            format!(
                "{HEAD}[[http]]\nwhy = \"w\"\nendpoint = \"x\"\nmethods = [\"DELETE\"]\npaths = [\"/\"]\n"
            ),
        ),
        (
            "a path with dots",
            format!("{HEAD}[[http]]\nwhy = \"w\"\nendpoint = \"x\"\npaths = [\"/a/../b\"]\n"),
        ),
        (
            "two codes alike",
            format!(
                "{HEAD}{need}{0}{0}",
                "[[finding]]\ncode = \"BSQ-PVC-001\"\ntitle = \"t\"\nseverity = \"low\"\nlayer = \"data\"\n"
            ),
        ),
        (
            "imports more than it declares",
            format!("{HEAD}{}", "[[network]]\nwhy = \"w\"\nhosts = [\"*\"]\n"),
        ),
    ];
    let mut page = Page::new(&lab);
    for (what, text) in cases {
        lab.file("pvc-age/check.toml", text);
        let to = lab.path().join("packed.wasm");
        let host = lab
            .host()
            .arg("pack")
            .arg(lab.path().join("pvc-age"))
            .arg("--component")
            .arg(&module)
            .arg("--to")
            .arg(&to);
        page.fault(what, 2, host);
        assert!(!to.exists(), "{what}: something was written");
    }
    page.compare("bad_check_toml");
}

#[test]
fn grants_toml() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let digest = format!("sha256:{}", "0".repeat(64));
    let cases = [
        ("broken", "[[check]\n".to_owned()),
        (
            "unknown field",
            format!("[[check]]\ndigest = \"{digest}\"\nkubernets = []\n"),
        ),
        ("no digest", "[[check]]\nid = \"well\"\n".to_owned()),
        (
            "not a digest",
            "[[check]]\ndigest = \"sha256:abc\"\n".to_owned(),
        ),
        (
            "not a kind",
            format!(
                "[[check]]\ndigest = \"{digest}\"\nkubernetes = [{{ kind = \"Pod\", namespaces = [\"*\"] }}]\n"
            ),
        ),
    ];
    let run = || {
        lab.host()
            .args(["run", "--kubeconfig"])
            .arg(reader())
            .arg(&well)
    };
    let mut page = Page::new(&lab);
    for (what, text) in cases {
        lab.grants(&text);
        page.fault(what, 2, run());
    }
    let of_other = format!(
        "[[check]]\ndigest = \"{}\"\nid = \"other\"\n",
        digest_of(&well)
    );
    lab.grants(&of_other);
    page.report("contradictory", 5, run());
    let path = lab.grants("");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    page.fault("others may write it", 2, run());
    fs::remove_file(&path).unwrap();
    page.fault(
        "named and not there",
        2,
        run().arg("--grants").arg(lab.path().join("other.toml")),
    );
    page.fault(
        "a component that is not there",
        2,
        run()
            .arg("--grant-declared")
            .arg(lab.path().join("other.wasm")),
    );
    page.compare("bad_grants_toml");
}

#[test]
fn bsq_toml() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let cases = [
        ("broken", "[endpoint.coreai\n"),
        (
            "unknown section",
            "[endpoints.coreai]\nurl = \"https://h/\"\n",
        ),
        (
            "unknown field",
            "[endpoint.coreai]\nurl = \"https://h/\"\ntokn = { env = \"K\" }\n",
        ),
        ("not an address", "[endpoint.coreai]\nurl = \"h:8080\"\n"),
        (
            "an address with a password",
            "[endpoint.coreai]\nurl = \"https://me:hunter2@h/\"\n",
        ),
        (
            "a secret in the file",
            "[endpoint.coreai]\nurl = \"https://h/\"\ntoken = \"hunter2\"\n",
        ),
        (
            "two places for one token",
            "[endpoint.coreai]\nurl = \"https://h/\"\ntoken = { env = \"K\", file = \"k\" }\n",
        ),
        (
            "a token through the service proxy",
            "[endpoint.loki]\nurl = \"service://a/b:1\"\ntoken = { env = \"K\" }\n",
        ),
        (
            "no duration",
            "[endpoint.coreai]\nurl = \"https://h/\"\ntimeout = \"soon\"\n",
        ),
        (
            "a setting that the check does not have",
            "[checks.well]\nbranch = \"main\"\n",
        ),
        ("limits of no kind", "[limits]\nmemory = 3\n"),
    ];
    let run = || lab.run(reader(), std::slice::from_ref(&well));
    let mut page = Page::new(&lab);
    for (what, text) in cases {
        lab.config(text);
        page.fault(what, 2, run());
    }
    assert!(!page.text.contains("hunter2"), "a secret is not repeated");
    let path = lab.config("");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o646)).unwrap();
    page.fault("others may write it", 2, run());
    fs::remove_file(&path).unwrap();
    page.fault(
        "named and not there",
        2,
        run().env("BSQ_CONFIG", lab.path().join("other.toml")),
    );
    page.compare("bad_bsq_toml");
}

#[test]
fn names_that_match_nothing() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let run = |more: &[&str]| lab.run(reader(), std::slice::from_ref(&well)).args(more);
    let mut page = Page::new(&lab);
    for (what, arguments) in [
        ("check", &["--check", "wel"][..]),
        ("namespace", &["-n", "nowhere-at-all"]),
        (
            "one namespace of two",
            &["-n", "default", "-n", "nowhere-at-all"],
        ),
        ("context", &["--context", "prod"]),
        ("environment", &["--scope", "env/prod"]),
        ("traced check", &["--trace", "other"]),
    ] {
        page.fault(what, 2, run(arguments));
    }
    let maps = [lab.count("maps", "v1/ConfigMap")];
    page.fault(
        "selector",
        2,
        lab.run(reader(), &maps).args(["-l", "app=there-is-none"]),
    );
    let missing = lab
        .host()
        .args(["run", "--kubeconfig"])
        .arg(reader())
        .arg(lab.path().join("missing.wasm"));
    page.fault("component", 2, missing);
    fs::create_dir(lab.path().join("folder")).unwrap();
    let empty = lab
        .host()
        .args(["run", "--kubeconfig"])
        .arg(reader())
        .arg(lab.path().join("folder"));
    page.fault("folder without components", 2, empty);
    page.fault(
        "code",
        2,
        lab.host().args(["explain", "BSQ-NO-999"]).arg(&well),
    );
    let none = lab.host().args(["run", "--kubeconfig"]).arg(reader());
    page.fault("nothing is installed", 2, none);
    page.compare("bad_names");

    // Where that is no error, and where looking is forbidden.
    assert_eq!(
        run(&["-n", "nowhere-at-all", "--allow-empty"]).end().code,
        0
    );
    let nobody = World::shared().unwrap().kubeconfig("nobody").unwrap();
    let ended = lab
        .run(nobody, std::slice::from_ref(&well))
        .args(["-n", "nowhere-at-all"])
        .end();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
}

#[test]
fn flags_that_contradict_or_cannot_be() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let mut page = Page::new(&lab);
    for line in [
        "--replay a --record b",
        "--replay a --context b",
        "--bundle a --replay b",
        "--bundle a --kubeconfig b",
        "--since soon",
        "--timeout 0s",
        "--jobs 0",
        "--as-group ops",
        "-A -n data",
        "--scope planet",
        "-l a==b==c",
        "-o yaml",
        "-o json -o table",
        "--check [",
    ] {
        page.fault(
            line,
            2,
            lab.host().arg("run").args(line.split(' ')).arg(&well),
        );
    }
    page.compare("bad_flags");
    for line in ["--no-such-flag", "--fail-on maybe", "--symptom tired"] {
        assert_eq!(
            lab.host().arg("run").args(line.split(' ')).end().code,
            2,
            "{line}"
        );
    }
}

#[test]
fn kubeconfigs() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let good: Value = serde_json::from_slice(&fs::read(reader()).unwrap()).unwrap();
    let mut page = Page::new(&lab);
    let mut with_user = |what: &str, exit: i32, user: Value| {
        let mut config = good.clone();
        config["users"][0]["user"] = user;
        let path = lab.file("kubeconfig", config.to_string());
        page.fault(what, exit, lab.run(&path, std::slice::from_ref(&well)));
    };
    let (certificate, key) = expired();
    with_user(
        "expired certificate",
        2,
        json!({"client-certificate-data": certificate, "client-key-data": key}),
    );
    let plugin = |command: &str, arguments: &[&str]| {
        json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": command, "args": arguments,
        }})
    };
    with_user(
        "plugin that fails",
        2,
        plugin(
            "sh",
            &[
                "-c",
                "echo 'the session has expired, log in again' >&2; exit 3",
            ],
        ),
    );
    with_user("plugin that is not there", 2, plugin("no-such-plugin", &[]));
    with_user("plugin that says nothing", 2, plugin("true", &[]));
    with_user(
        "token file that is not there",
        2,
        json!({"tokenFile": "/nowhere/token"}),
    );

    let run = |path: &Path| lab.run(path, std::slice::from_ref(&well));
    page.fault("missing", 2, run(&lab.path().join("none")));
    page.fault(
        "missing by default",
        2,
        lab.host()
            .args(["run", "--grant-declared"])
            .args([&well, &well]),
    );
    page.fault(
        "no such context",
        2,
        run(reader()).args(["--context", "prod-eu"]),
    );
    page.fault("no YAML", 2, run(&lab.file("kubeconfig", "{clusters: [")));
    page.fault("empty", 2, run(&lab.file("kubeconfig", "")));
    let mut config = good;
    config["contexts"][0]["context"]["cluster"] = json!("other");
    page.fault(
        "context without its cluster",
        2,
        run(&lab.file("kubeconfig", config.to_string())),
    );
    page.compare("bad_kubeconfig");
}

/// A client certificate that ended in 2020, and its key, as a kubeconfig holds them.
fn expired() -> (String, String) {
    use base64::Engine as _;
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    (parameters.not_before, parameters.not_after) =
        (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    let certificate = parameters.self_signed(&key).unwrap();
    let encode = |pem: String| base64::engine::general_purpose::STANDARD.encode(pem);
    (encode(certificate.pem()), encode(key.serialize_pem()))
}

#[test]
fn api_servers() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let short = |kubeconfig: &Path| {
        let host = lab
            .host()
            .args([
                "run",
                "-o",
                "short",
                "--request-timeout",
                "1s",
                "--kubeconfig",
            ])
            .arg(kubeconfig);
        host.args(["--grant-declared".as_ref(), well.as_path(), well.as_path()])
    };
    let mut page = Page::new(&lab);
    let good: Value = serde_json::from_slice(&fs::read(reader()).unwrap()).unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let at = |server: String| {
        let mut config = good.clone();
        config["clusters"][0]["cluster"]["server"] = json!(server);
        lab.file("kubeconfig", config.to_string())
    };
    page.report("nobody listens", 4, short(&at(format!("https://{free}"))));
    page.report(
        "no such host",
        4,
        short(&at("https://api.site.invalid:6443".to_owned())),
    );
    let mut config = good.clone();
    config["clusters"][0]["cluster"]
        .as_object_mut()
        .unwrap()
        .remove("certificate-authority-data");
    page.report(
        "nobody vouches for it",
        4,
        short(&lab.file("kubeconfig", config.to_string())),
    );

    let list = json!({"kind": "Status", "apiVersion": "v1", "status": "Success"});
    for (what, answer) in [
        ("it hangs", Answer::hang()),
        ("it resets the connection", Answer::reset()),
        ("half a page", Answer::forward_half()),
        ("no JSON", Answer::invalid_json()),
        (
            "HTML",
            Answer::html(200, "<html><title>Log in</title></html>"),
        ),
        (
            "HTML of a proxy",
            Answer::html(502, "<html>bad gateway</html>"),
        ),
        ("another object", Answer::json(200, &list)),
        (
            "an error of its own",
            Answer::api_status(500, "InternalError", "etcdserver: leader changed"),
        ),
        ("a page of 100 MB", Answer::large(100 << 20)),
    ] {
        let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
        proxy.on("/api/v1/namespaces", [answer]);
        let ended = page.report(
            what,
            if what.starts_with("a page") { 3 } else { 4 },
            short(proxy.kubeconfig()),
        );
        assert!(ended.took.as_secs() < 30, "{what} took {:?}", ended.took);
    }
    page.compare("bad_api_servers");

    // Also when every path does so, the version and the kinds included.
    for answer in [
        Answer::hang(),
        Answer::html(200, "<html>"),
        Answer::status(503),
    ] {
        let proxy = ApiProxy::start_as(World::shared().unwrap(), "reader").unwrap();
        proxy.on("*", [answer.clone()]);
        let ended = short(proxy.kubeconfig()).end();
        assert_eq!(
            ended.code, 4,
            "{answer:?}: {}{}",
            ended.stdout, ended.stderr
        );
        assert!(
            ended.took.as_secs() < 30,
            "{answer:?} took {:?}",
            ended.took
        );
    }
}

#[test]
fn recordings() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let good = lab.path().join("good.bsqrec");
    assert_eq!(
        lab.run(reader(), std::slice::from_ref(&well))
            .arg("--record")
            .arg(&good)
            .end()
            .code,
        0
    );
    assert_eq!(
        fs::metadata(&good).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(&good).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let replay = |path: &Path| lab.replay(path, std::slice::from_ref(&well));
    let mut page = Page::new(&lab);
    for (what, bytes) in [
        ("edited", text.replacen("\"Active\"", "\"Passive\"", 1)),
        (
            "a line left out",
            [&lines[..1], &lines[2..]].concat().join("\n") + "\n",
        ),
        (
            "of a newer version",
            text.replacen("\"format\":2", "\"format\":9", 1),
        ),
        ("more after its end", text.clone() + &text),
        ("no recording", "{\"kind\": \"PodList\"}\n".to_owned()),
        ("empty", String::new()),
    ] {
        page.fault(what, 2, replay(&lab.file("bad.bsqrec", bytes)));
    }
    page.fault("missing", 2, replay(&lab.path().join("none.bsqrec")));
    page.fault("a folder", 2, replay(lab.path()));
    page.compare("bad_recordings");

    // What is cut off holds what came before, and what came after is unknown.
    let cut = lab.file("cut.bsqrec", &text[..lines[0].len() + 20]);
    let ended = replay(&cut).end();
    let row = ended.row("well");
    assert_eq!(
        (&row["verdict"], ended.code),
        (&json!("skip"), 3),
        "{row:#}{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("cut off") || ended.stdout.contains("cut off"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
}

#[test]
fn bundles() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    lab.file("dump/data/pods.json", "{\"kind\": \"List\", \"items\": []}");
    let packed = |name: &str, arguments: &[&str]| {
        let path = lab.path().join(name);
        let tar = Command::new("tar")
            .current_dir(lab.path())
            .arg("-czf")
            .arg(&path)
            .args(arguments)
            .output()
            .unwrap();
        assert!(tar.status.success(), "{tar:?}");
        path
    };
    let whole = packed("whole.tar.gz", &["dump"]);
    let bytes = fs::read(&whole).unwrap();
    let up = packed("up.tar.gz", &["-P", "--transform=s,^,../,", "dump"]);
    let absolute = packed("absolute.tar.gz", &["-P", "--transform=s,^,/,", "dump"]);
    let twice = packed("twice.tar.gz", &["--hard-dereference", "dump", "dump"]);
    let pipe = lab.path().join("pipes/x.json");
    fs::create_dir(pipe.parent().unwrap()).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let piped = packed("piped.tar.gz", &["pipes"]);

    let mut page = Page::new(&lab);
    for (what, path) in [
        (
            "half of it",
            lab.file("half.tar.gz", &bytes[..bytes.len() / 2]),
        ),
        ("a name that leads out", up),
        ("an absolute name", absolute),
        ("the same name twice", twice),
        ("a pipe in an archive", piped),
        (
            "an archive without objects",
            packed("text.tar.gz", &["--transform=s,json,text,", "dump"]),
        ),
        ("no archive", lab.file("notes.txt", "nothing")),
        ("a pipe", pipe.clone()),
        ("a folder of pipes", pipe.parent().unwrap().to_owned()),
        ("missing", lab.path().join("none.tar.gz")),
    ] {
        let host = lab.host().args(["run", "--bundle"]).arg(&path);
        page.fault(what, 2, host.arg("--grant-declared").arg(&well).arg(&well));
    }
    page.compare("bad_bundles");
}

#[test]
fn outputs_that_cannot_be_written() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let run = || lab.run(reader(), std::slice::from_ref(&well));
    let to_file = |file: &str| {
        let host = lab
            .host()
            .args(["run", "-o", &format!("json={file}"), "--kubeconfig"])
            .arg(reader());
        host.args(["--grant-declared".as_ref(), well.as_path(), well.as_path()])
    };
    // By a link: should the program replace what it writes to, the machine's own device stays.
    let full = lab.path().join("full");
    symlink("/dev/full", &full).unwrap();
    let full = full.to_str().unwrap();
    let mut page = Page::new(&lab);
    page.fault("report on a full disk", 4, to_file(full));
    page.fault(
        "report in a folder that is not there",
        4,
        to_file("/nowhere/report.json"),
    );
    page.fault(
        "recording on a full disk",
        2,
        run().args(["--record", full]),
    );
    page.fault(
        "recording in a folder that is not there",
        2,
        run().args(["--record", "/nowhere/run.bsqrec"]),
    );
    page.compare("bad_outputs");
    let kind = fs::symlink_metadata(full).unwrap().file_type();
    assert!(kind.is_symlink(), "a device is written to, not replaced");

    let stdout = fs::File::options().write(true).open(full).unwrap();
    let ended = run().stdout(stdout).end_as_set();
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stderr.contains("error[BSQ0601]"), "{}", ended.stderr);

    // A reader that has seen enough is no error: the exit code is the report's.
    let (reading, writing) = std::io::pipe().unwrap();
    drop(reading);
    let ended = run().stdout(writing).end_as_set();
    assert_eq!(
        (ended.code, ended.stderr.contains("error")),
        (0, false),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_only() {
    let lab = Lab::new();
    let well = lab.hostile("well");
    let file = lab.file("not-a-folder", "");
    for cache in [file, PathBuf::from("/dev/null"), PathBuf::from("/proc")] {
        let ended = lab
            .run(reader(), std::slice::from_ref(&well))
            .env("XDG_CACHE_HOME", &cache)
            .end();
        assert_eq!(
            (ended.code, &ended.row("well")["verdict"]),
            (0, &json!("pass")),
            "{}",
            ended.stderr
        );
    }
    // Entries that are cut off or another's are misses.
    assert_eq!(lab.run(reader(), std::slice::from_ref(&well)).end().code, 0);
    for entry in files_below(&lab.path().join(".cache")) {
        fs::write(&entry, b"garbage").unwrap();
    }
    let ended = lab.run(reader(), std::slice::from_ref(&well)).end();
    assert_eq!(
        (ended.code, &ended.row("well")["verdict"]),
        (0, &json!("pass")),
        "{}",
        ended.stderr
    );
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
