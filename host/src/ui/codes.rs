//! Every code of the host's own errors, with what it means. A code is never given a second meaning.

/// One code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code {
    pub code: &'static str,
    /// One sentence, no full stop.
    pub meaning: &'static str,
    /// What to do about it, beginning with a verb.
    pub hint: &'static str,
}

/// The entry of a code, in any case.
pub fn code(text: &str) -> Option<&'static Code> {
    CODES
        .iter()
        .find(|entry| entry.code.eq_ignore_ascii_case(text))
}

const fn entry(code: &'static str, meaning: &'static str, hint: &'static str) -> Code {
    Code {
        code,
        meaning,
        hint,
    }
}

/// 01xx usage, configuration, kubeconfig; 02xx components and their fit; 03xx grants; 04xx cluster and endpoints;
/// 05xx recordings; 06xx output.
pub const CODES: &[Code] = &[
    entry(
        "BSQ0102",
        "the value of `--scope` names no scope",
        "write `platform`, `env/NAME`, `ns/NAME`, `service/NS/NAME` or `app/NAME`",
    ),
    entry(
        "BSQ0103",
        "a name cannot be that of a namespace",
        "use lower-case letters, digits and `-`, at most 63 characters",
    ),
    entry(
        "BSQ0104",
        "two flags say different things about the scope",
        "give one of the two",
    ),
    entry(
        "BSQ0105",
        "a flag about the cluster or the clock was given together with `--replay` or `--bundle`",
        "leave it out: cluster, clock and window come from the recording or the bundle",
    ),
    entry(
        "BSQ0106",
        "a duration cannot be read, or leaves no time",
        "write a number with its unit: `90s`, `10m`, `1h` or `2d`",
    ),
    entry(
        "BSQ0107",
        "the value of `--jobs` is out of its range",
        "give a number from 1 to 256",
    ),
    entry(
        "BSQ0108",
        "`--as-group` was given without `--as`",
        "add `--as USER`",
    ),
    entry(
        "BSQ0109",
        "the value of `-o` names no format, or no file",
        "write `table`, `wide`, `short` or `json`, and `=FILE` for a file",
    ),
    entry(
        "BSQ0110",
        "there is no kubeconfig, and no service account of a pod",
        "give one with `--kubeconfig FILE` or `$KUBECONFIG`",
    ),
    entry(
        "BSQ0111",
        "the kubeconfig file that was named does not exist",
        "check the path",
    ),
    entry(
        "BSQ0112",
        "the kubeconfig cannot be read or used",
        "see what `kubectl config view` says of it",
    ),
    entry(
        "BSQ0113",
        "the kubeconfig has no such context, or no current one",
        "see them with `kubectl config get-contexts`, and give one with `--context NAME`",
    ),
    entry(
        "BSQ0114",
        "the client certificate of the context has expired",
        "get a new kubeconfig from who runs the cluster",
    ),
    entry(
        "BSQ0115",
        "the credential plugin of the context failed",
        "run the plugin by hand, as the error shows it",
    ),
    entry(
        "BSQ0116",
        "the context cannot be used to connect",
        "see whether `kubectl version` works with it",
    ),
    entry(
        "BSQ0120",
        "a configuration or grants file cannot be read",
        "check that it exists and that you may read it",
    ),
    entry(
        "BSQ0121",
        "others may write a configuration or grants file",
        "take that right away: `chmod go-w FILE`",
    ),
    entry(
        "BSQ0122",
        "`bsq.toml` does not say what it should",
        "mend the line that the error names",
    ),
    entry(
        "BSQ0124",
        "a setting under `[checks.ID]` of `bsq.toml` is unknown or has the wrong type",
        "see the settings of a check with `bsq-host inspect FILE`",
    ),
    entry(
        "BSQ0125",
        "a `[[redact.rule]]` of `bsq.toml` cannot be used",
        "give a name of lower-case letters and a pattern that does not match the empty text",
    ),
    entry(
        "BSQ0126",
        "`--no-redact` was given where the policy of this host forbids it, or its policy cannot be read",
        "leave `--no-redact` out, or ask who keeps the policy file for `no-redact = \"allow\"`",
    ),
    entry(
        "BSQ0128",
        "the key file of `--pseudonymise` or `reveal` cannot be read, made or written",
        "name a file that only you may read, in a folder that you may write to",
    ),
    entry(
        "BSQ0129",
        "the report that `reveal` was given cannot be read",
        "check the path",
    ),
    entry(
        "BSQ0130",
        "two outputs go to the same place",
        "give one of them its own file: `-o FORMAT=FILE`",
    ),
    entry(
        "BSQ0131",
        "the value of `--check` or `--skip` is no glob",
        "write `*` for any characters: `--check 'pod-*'`",
    ),
    entry(
        "BSQ0132",
        "a glob of `--check` matches no check",
        "see the ids with `bsq-host list`",
    ),
    entry(
        "BSQ0133",
        "no check and no error has this code",
        "see the codes of a check with `bsq-host inspect FILE`",
    ),
    entry(
        "BSQ0140",
        "`--scope env/NAME` names no environment of `bsq.toml`",
        "list its namespaces under `[env.NAME]` of `bsq.toml`",
    ),
    entry(
        "BSQ0141",
        "the Application of `--scope app/NAME` cannot be found",
        "see them with `kubectl get applications -A`",
    ),
    entry(
        "BSQ0142",
        "the value of `-l` is no label selector",
        "write `-l app=web,tier!=cache` or `-l 'app in (web,api)'`",
    ),
    entry(
        "BSQ0143",
        "a namespace that was named does not exist",
        "see them with `kubectl get namespaces`, or add `--allow-empty`",
    ),
    entry(
        "BSQ0144",
        "the label selector of `-l` matches nothing",
        "see labels with `kubectl get pods -A --show-labels`, or add `--allow-empty`",
    ),
    entry(
        "BSQ0145",
        "no check is named, and none is installed",
        "name components: `bsq-host run checks/*.wasm`",
    ),
    entry(
        "BSQ0146",
        "the dependency graph of `bsq.toml` is not sound",
        "mend `[graph]`: needs name components, `at` names `NAMESPACE/NAME`, and a circle of needs has one under `soft`",
    ),
    entry(
        "BSQ0147",
        "the token of `--user-token-file` cannot be used",
        "name a file that you may read, and the CoreAI API's own address under `[endpoint.coreai]`",
    ),
    entry(
        "BSQ0149",
        "a file of ignore rules cannot be understood",
        "write `[[ignore]]` with `code` and `reason`, and perhaps `subject`, `label`, `expires`",
    ),
    entry(
        "BSQ0150",
        "the file that `--ignore` names cannot be read",
        "check the path and its rights",
    ),
    entry(
        "BSQ0151",
        "a file would be written over one that is read, or twice",
        "name another file",
    ),
    entry(
        "BSQ0201",
        "a component or a folder of components cannot be found",
        "name a component or a folder that holds some, such as `checks/*.wasm`",
    ),
    entry(
        "BSQ0202",
        "the file of a component cannot be read",
        "name a regular file that you may read",
    ),
    entry(
        "BSQ0203",
        "a file is not WebAssembly",
        "name a component that `bsq-host pack` wrote",
    ),
    entry(
        "BSQ0204",
        "a file is a core module, not a component",
        "make a component of it with `bsq-host pack DIR`",
    ),
    entry(
        "BSQ0205",
        "a component is cut off or not valid",
        "build it again, or fetch it again",
    ),
    entry(
        "BSQ0206",
        "a component is larger than this host reads",
        "build it with `--profile guest`",
    ),
    entry(
        "BSQ0207",
        "a component carries no manifest",
        "pack it with `bsq-host pack DIR`",
    ),
    entry(
        "BSQ0208",
        "the manifest is inside a nested module, where it does not count",
        "pack it with `bsq-host pack DIR`",
    ),
    entry(
        "BSQ0209",
        "a component carries more than one manifest",
        "pack it again from its crate",
    ),
    entry(
        "BSQ0210",
        "the manifest is larger than this host reads",
        "shorten check.toml and pack again",
    ),
    entry(
        "BSQ0211",
        "the manifest is not one that this host understands",
        "pack it with this host's `bsq-host pack DIR`",
    ),
    entry(
        "BSQ0212",
        "a component imports what this host does not serve",
        "use the interfaces of `bsq:*`, or WASI 0.2, which is empty here",
    ),
    entry(
        "BSQ0213",
        "a component is built for another version of the contract",
        "update bsq-host, or build the check for this host's contract",
    ),
    entry(
        "BSQ0214",
        "a component imports what its manifest does not declare",
        "declare the need in check.toml and pack again",
    ),
    entry(
        "BSQ0215",
        "a component is no check: it does not export `bsq:check/check`",
        "build it for the world `bsq:platform/check`",
    ),
    entry(
        "BSQ0216",
        "a component is check and correlator at once",
        "make two components of it",
    ),
    entry(
        "BSQ0217",
        "a correlator imports reads, and may read nothing but the results of checks",
        "make a check of what has to be read, and let the correlator use its result",
    ),
    entry(
        "BSQ0218",
        "a component does not compile under the proposals that this host allows",
        "build it without threads, SIMD, tail calls, garbage collection and 64-bit memories",
    ),
    entry(
        "BSQ0219",
        "a component takes too long to compile",
        "build it smaller with `--profile guest`",
    ),
    entry(
        "BSQ0220",
        "what `pack` was given cannot be read, or is not sound",
        "mend what the error names, then pack again",
    ),
    entry(
        "BSQ0221",
        "the `Cargo.toml` of a check cannot be used",
        "give the crate a `name` and a `version` under `[package]`",
    ),
    entry(
        "BSQ0222",
        "the compiler's module of a check is not there",
        "build it: `cargo build --target wasm32-unknown-unknown --profile guest`",
    ),
    entry(
        "BSQ0223",
        "the module or component does not make a check",
        "build the crate for `wasm32-unknown-unknown` with `#[check]` on its function",
    ),
    entry(
        "BSQ0224",
        "what `pack` made cannot be written",
        "check that the folder is there, may be written and has room",
    ),
    entry(
        "BSQ0225",
        "a file is not a packed check, or its manifest is not sound",
        "pack it first with `bsq-host pack`",
    ),
    entry(
        "BSQ0230",
        "the types of a component are not those of the contract",
        "build it with the WIT of this host's contract",
    ),
    entry(
        "BSQ0303",
        "a grants file does not say what it should",
        "mend the line that the error names",
    ),
    entry(
        "BSQ0304",
        "a row of a grants file is bound to no digest, so it grants nothing",
        "write the row with `bsq-host grants allow FILE`",
    ),
    entry(
        "BSQ0305",
        "a grant names another check than the one whose digest it is bound to",
        "review the component, then write its row anew with `bsq-host grants allow FILE`",
    ),
    entry(
        "BSQ0306",
        "the lock cannot be made from the reviewed grants",
        "mend what the error names, then pack the lock again",
    ),
    entry(
        "BSQ0307",
        "a grant cannot be asked for here: there is no terminal, or no folder to write it to",
        "read the needs, then run `bsq-host grants allow FILE --yes`",
    ),
    entry(
        "BSQ0308",
        "a row cannot be written to the grants file",
        "check that the folder may be written, and that the file has its rows as `[[check]]` tables",
    ),
    entry(
        "BSQ0309",
        "what `grants can-i` was asked is no call that a check can make",
        "write `bsq-host grants can-i ID list v1/Pod -n NAMESPACE`",
    ),
    entry(
        "BSQ0310",
        "no installed check has this id",
        "name the file of its component, such as `checks/pod-triage.wasm`",
    ),
    entry(
        "BSQ0401",
        "the API server of the context does not answer, or does not accept the credential",
        "see whether kubectl reaches it: `kubectl version`",
    ),
    entry(
        "BSQ0402",
        "the process lacks what a run needs of the machine: threads or memory",
        "look at its limits: `ulimit -a`",
    ),
    entry(
        "BSQ0501",
        "the recording cannot be read, or is none",
        "make one with `bsq-host run --record FILE`",
    ),
    entry(
        "BSQ0502",
        "the recording has a newer format than this host reads",
        "replay it with the bsq-host that made it, or a newer one",
    ),
    entry(
        "BSQ0503",
        "the recording was cut off, changed, or does not decode",
        "copy it again from where it was made",
    ),
    entry(
        "BSQ0504",
        "the recording is larger than one can be",
        "record a narrower scope or a shorter window",
    ),
    entry(
        "BSQ0505",
        "the recording cannot be written",
        "free some space, or name a file in a folder that you may write to",
    ),
    entry(
        "BSQ0506",
        "the recording has no line of this number",
        "see its lines with `bsq-host show FILE`",
    ),
    entry(
        "BSQ0507",
        "a report holds no run",
        "write one with `bsq-host run … -o json=FILE`",
    ),
    entry(
        "BSQ0508",
        "a report has a newer schema than this host reads",
        "compare it with the bsq-host that wrote it, or a newer one",
    ),
    entry(
        "BSQ0509",
        "a recording does not give the finding that is to be kept",
        "see what it gives with `bsq-host run --replay FILE -o short`",
    ),
    entry(
        "BSQ0510",
        "no temporary folder can be made",
        "free some space in the folder of `$TMPDIR`",
    ),
    entry(
        "BSQ0511",
        "a finding does not come of a recording whose names are tokens",
        "add `--names` to keep them",
    ),
    entry(
        "BSQ0520",
        "the bundle cannot be read, or is none",
        "give a support bundle, a folder of `kubectl cluster-info dump`, or a folder of manifests",
    ),
    entry(
        "BSQ0521",
        "the bundle holds no objects that this host knows how to read",
        "make a dump with `kubectl cluster-info dump --all-namespaces --output-directory=DIR`",
    ),
    entry(
        "BSQ0522",
        "the bundle holds what no honest one does: a name that leads out of it, a device, a name twice",
        "ask whoever made it for a new one, and unpack this one nowhere",
    ),
    entry(
        "BSQ0523",
        "the bundle is larger, or unpacks to more, than is taken in",
        "collect less: fewer namespaces, or shorter logs",
    ),
    entry(
        "BSQ0524",
        "the bundle is damaged",
        "copy it again from where it was made",
    ),
    entry(
        "BSQ0601",
        "stdout cannot be written to",
        "write to a file with `-o FORMAT=FILE`",
    ),
    entry(
        "BSQ0602",
        "the file of a report cannot be written",
        "name a file in a folder that exists and that you may write to",
    ),
    entry(
        "BSQ0603",
        "the report cannot be written as JSON",
        "report this error of bsq-host with the recording of the run",
    ),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    type Used = BTreeMap<String, BTreeSet<PathBuf>>;

    /// Codes that several files speak of, all of the same thing: one gives it and another asks for it (0205), each reader
    /// of a grants file (0303), threads and memory (0402), parts of a recording that do not decode (0503), each writer of JSON (0603).
    const SHARED: &[&str] = &[
        "BSQ0132", "BSQ0205", "BSQ0223", "BSQ0303", "BSQ0402", "BSQ0503", "BSQ0505", "BSQ0603",
    ];

    /// The string literals that are whole codes, outside of tests and of this list, and the files that they are in.
    fn in_use() -> Used {
        let mut found = Used::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        used(&source, &mut found);
        found
    }

    fn used(folder: &Path, found: &mut Used) {
        let literal = regex::Regex::new("\"(BSQ0[0-9]{3})\"").unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_of_tests = ["codes.rs", "testing.rs", "screens.rs"].contains(&name.as_str())
                || name.ends_with("tests.rs");
            if is_of_tests || !name.ends_with(".rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let source = text.split("#[cfg(test)]\n#[allow(").next().unwrap();
            let codes = literal.captures_iter(source);
            for code in codes {
                let files = found.entry(code[1].to_owned()).or_default();
                files.insert(path.clone());
            }
        }
    }

    #[test]
    fn every_code_in_use_is_explained_and_every_explained_one_is_in_use() {
        let listed: Vec<String> = CODES.iter().map(|entry| entry.code.to_owned()).collect();
        let in_use: Vec<String> = in_use().into_keys().collect();
        assert_eq!(listed, in_use);
    }

    /// A number that two files take without knowing of each other would mean two things.
    #[test]
    fn a_code_has_one_meaning_only() {
        let in_use = in_use();
        let shared: Vec<&str> = in_use
            .iter()
            .filter(|(_, files)| files.len() > 1)
            .map(|(code, _)| code.as_str())
            .collect();
        assert_eq!(shared, SHARED);
        let meanings: BTreeSet<&str> = CODES.iter().map(|entry| entry.meaning).collect();
        assert_eq!(meanings.len(), CODES.len());
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(code("bsq0102").unwrap().code, "BSQ0102");
        assert!(code("BSQ9999").is_none());
    }
}
