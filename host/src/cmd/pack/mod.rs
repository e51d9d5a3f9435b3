//! `bsq-host pack`: from a crate to a component with its manifest, and from reviewed grants to the lock.

mod component;
mod crate_facts;
mod lock;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

pub use crate_facts::CrateFacts;

use component::{Failure, Parts, pack};

use crate::component::inspect;
use crate::manifest::{Manifest, Problem};
use crate::ui::Fault;

/// `Cargo.toml` and `check.toml` are written by hand; a mebibyte is a hundred times what that takes.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// A module is read into memory and hashed; the largest that a toolchain makes of a check, an interpreter within, has
/// 30 MB.
pub(super) const MAX_WASM_BYTES: u64 = 128 << 20;

/// Where cargo writes the module of a check.
const GUEST_FOLDER: &str = "wasm32-unknown-unknown/guest";

/// Make a component of a check's crate, or the lock of several components
#[derive(Args, Clone, Debug, Default)]
pub struct PackArgs {
    /// The folder with `check.toml` and, of a crate, `Cargo.toml`; with `--lock`, the packed components
    #[arg(required = true, value_name = "CRATE|COMPONENT")]
    pub paths: Vec<PathBuf>,
    /// The core module that the compiler wrote [default: the crate's, under cargo's target folder]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["component", "lock"])]
    pub module: Option<PathBuf>,
    /// A component that another toolchain made, such as componentize-py
    #[arg(long, value_name = "FILE", conflicts_with = "lock")]
    pub component: Option<PathBuf>,
    /// Where to write the component [default: beside the crate's folder, `NAME.wasm`]
    #[arg(long, value_name = "FILE", conflicts_with = "lock")]
    pub to: Option<PathBuf>,
    /// Cargo's target folder [default: the nearest above the crate]
    #[arg(long, env = "CARGO_TARGET_DIR", value_name = "DIR")]
    pub target_dir: Option<PathBuf>,
    /// The source revision to note in the component
    #[arg(long, value_name = "REVISION", conflicts_with = "lock")]
    pub revision: Option<String>,
    /// Bind reviewed grants to the digests of the components, and write the lock
    #[arg(long, value_name = "FILE", requires = "grants")]
    pub lock: Option<PathBuf>,
    /// The reviewed grants, by id
    #[arg(long, value_name = "FILE", requires = "lock")]
    pub grants: Option<PathBuf>,
}

/// Pack, and say what was written.
pub fn run(args: &PackArgs, talk: &mut dyn Write) -> Result<(), Fault> {
    let written = match (&args.lock, &args.grants) {
        (Some(lock), Some(grants)) => lock::write(lock, grants, &args.paths)?,
        _ => {
            let mut written = Vec::new();
            for folder in &args.paths {
                written.push(pack_crate(folder, args)?);
            }
            written.join("\n")
        }
    };
    // What was said and not heard is no failure of packing.
    let _ = writeln!(talk, "{written}");
    Ok(())
}

fn pack_crate(folder: &Path, args: &PackArgs) -> Result<String, Fault> {
    let folder = &fs::canonicalize(folder).map_err(|error| {
        Fault::new(
            "BSQ0220",
            format!("there is no folder `{}`", folder.display()),
        )
        .because(error)
        .hint("name the folder of a check's crate, such as `checks/pod-triage`")
    })?;
    let of_crate = CrateFacts::read(folder)?;
    if of_crate.is_none() && args.component.is_none() {
        return Err(CrateFacts::missing(folder));
    }
    let path = folder.join("check.toml");
    let text = read_text(&path)?;
    let version = of_crate.as_ref().map(|facts| &facts.version);
    let manifest =
        Manifest::from_check_toml(&text, version).map_err(|problems| unsound(&path, problems))?;
    let facts = of_crate.unwrap_or_else(|| CrateFacts::of_manifest(&manifest));
    let source = match args.module.as_ref().or(args.component.as_ref()) {
        Some(named) => named.clone(),
        None => module_of(folder, &facts, args.target_dir.as_deref())?,
    };
    let wasm = read(&source, MAX_WASM_BYTES)?;
    let (id, version) = (manifest.id.clone(), manifest.version.clone());
    let parts = Parts {
        manifest,
        facts: &facts,
        wasm: &wasm,
        source: &source.display().to_string(),
        revision: args.revision.as_deref(),
    };
    let packed = pack(parts).map_err(|failure| match failure {
        Failure::Unsound(problems) => unsound(&path, Manifest::with_lines(&text, problems)),
        Failure::Fault(fault) => fault,
    })?;
    refuse_misfits(&source, &packed)?;
    let to = args
        .to
        .clone()
        .unwrap_or_else(|| folder.with_extension("wasm"));
    write_whole(&to, &packed)?;
    Ok(format!(
        "packed {id} {version} into {} ({} KiB)",
        to.display(),
        packed.len().div_ceil(1024)
    ))
}

/// What would be a misfit of this host is said where it can still be mended.
fn refuse_misfits(source: &Path, packed: &[u8]) -> Result<(), Fault> {
    let Err(misfits) = inspect(packed).fit else {
        return Ok(());
    };
    let problems: Vec<&str> = misfits
        .iter()
        .map(|misfit| misfit.problem.as_str())
        .collect();
    let cause = format!(
        "`{}` would not run: {}",
        source.display(),
        problems.join("; ")
    );
    let fault = Fault::new("BSQ0223", cause);
    Err(misfits
        .iter()
        .fold(fault, |fault, misfit| fault.hint(&misfit.fix)))
}

/// The module that cargo built for this crate, below the given or the nearest target folder.
fn module_of(folder: &Path, facts: &CrateFacts, target: Option<&Path>) -> Result<PathBuf, Fault> {
    let file = format!("{}.wasm", facts.library);
    let targets: Vec<PathBuf> = match target {
        Some(target) => vec![target.to_path_buf()],
        None => folder
            .ancestors()
            .map(|folder| folder.join("target"))
            .collect(),
    };
    let mut modules = targets
        .iter()
        .map(|target| target.join(GUEST_FOLDER).join(&file));
    modules.find(|module| module.is_file()).ok_or_else(|| {
        let cause = format!(
            "crate `{}` has no built module `{GUEST_FOLDER}/{file}`",
            facts.name
        );
        Fault::new("BSQ0222", cause).hint(format!(
            "build it: `cargo build --target wasm32-unknown-unknown --profile guest -p {}`",
            facts.name
        ))
    })
}

/// All problems of a file as one fault.
fn unsound(path: &Path, problems: Vec<Problem>) -> Fault {
    let mut cause = format!("`{}` is not sound", path.display());
    for problem in &problems {
        cause.push_str(&format!("\n  {problem}"));
    }
    Fault::new("BSQ0220", cause).hint("mend these, then pack again")
}

fn read_text(path: &Path) -> Result<String, Fault> {
    String::from_utf8(read(path, MAX_TEXT_BYTES)?).map_err(|_| {
        Fault::new("BSQ0220", format!("`{}` is not UTF-8", path.display())).hint("save it as UTF-8")
    })
}

pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Fault> {
    let shown = path.display();
    let cannot = |error: std::io::Error| {
        Fault::new("BSQ0220", format!("cannot read `{shown}`"))
            .because(error)
            .hint(format!("check the path with `ls -l {shown}`"))
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(cannot)?;
    file.take(max_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > max_bytes {
        return Err(Fault::new(
            "BSQ0220",
            format!("`{shown}` is larger than {max_bytes} bytes"),
        )
        .hint("check that it is the file that you mean"));
    }
    Ok(bytes)
}

/// Write beside the place and rename, so that a reader never sees half of it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let cannot = |error: std::io::Error| {
        Fault::new("BSQ0224", format!("cannot write `{}`", path.display()))
            .because(error)
            .hint("check that the folder is there, may be written and has room")
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(cannot)?;
    file.write_all(bytes).map_err(cannot)?;
    // Temporary files are private; what is built is for everyone to read, and for its owner to replace.
    let everyone = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644);
    file.as_file().set_permissions(everyone).map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
