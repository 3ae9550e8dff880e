//! Which files may be read, and the Landlock rulesets made from that.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError,
    Scope, make_bitflags,
};

/// Folders of shared libraries.
pub(super) const LIBRARIES: [&str; 9] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
];

/// Files that the dynamic loader reads.
pub(super) const LOADER: [&str; 2] = ["/etc/ld.so.cache", "/etc/ld.so.preload"];

/// Where programs, compilers' own files and the system's headers are.
const PROGRAMS: [&str; 9] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
];

/// The newest version that is made use of; older ones give what they have.
const NEWEST: ABI = ABI::V6;

/// Whether the running system has Landlock, and why not otherwise.
pub(super) fn available() -> Result<(), String> {
    match ruleset().map(Option::<OwnedFd>::from) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("the kernel does not offer it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// For loading a library: the system's libraries can be read, nothing can be written.
pub(super) fn for_loading() -> Result<Option<OwnedFd>, RulesetError> {
    let readable = make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir});
    let rules = allow(ruleset()?, &LIBRARIES, readable)?;
    let rules = allow(rules, &LOADER, AccessFs::ReadFile.into())?;
    Ok(rules.into())
}

/// For compiling in `folder`: programs and headers can be read, the folder can be written.
pub(super) fn for_compiling(folder: &Path) -> Result<Option<OwnedFd>, RulesetError> {
    let readable = make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir});
    let rules = allow(ruleset()?, &PROGRAMS, readable)?;
    let rules = allow(rules, &search_path(), readable)?;
    let rules = allow(rules, &LOADER, AccessFs::ReadFile.into())?;
    let devices = make_bitflags!(AccessFs::{ReadFile | WriteFile});
    let rules = allow(rules, &["/dev/null"], devices)?;
    let rules = allow(rules, &["/dev/urandom"], AccessFs::ReadFile.into())?;
    let rules = allow(rules, &[folder], AccessFs::from_all(NEWEST))?;
    Ok(rules.into())
}

/// Folders of programs outside the usual places, with what is installed beside them: a compiler
/// in `/opt/gcc/bin` has its headers in `/opt/gcc/lib`. A folder right below the root, or a home,
/// is not taken whole.
fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders
        .flat_map(|folder| {
            let prefix = folder.parent().map(Path::to_owned);
            let is_prefix =
                |prefix: &PathBuf| folder.ends_with("bin") && prefix.starts_with("/opt");
            let prefix = prefix.filter(is_prefix);
            [Some(folder), prefix]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        })
        .filter(|folder| folder.components().count() > 1)
        .collect()
}

/// Whether a file, given without links, is one that a compiler may read on its own account.
pub fn is_compilers(path: &Path) -> bool {
    let own = PROGRAMS.iter().any(|folder| path.starts_with(folder));
    own || search_path().iter().any(|folder| path.starts_with(folder))
}

fn ruleset() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()
}

/// What is not there needs no rule.
fn allow(
    rules: RulesetCreated,
    paths: &[impl AsRef<Path>],
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let there = paths.iter().filter_map(|path| PathFd::new(path).ok());
    rules.add_rules(there.map(|path| Ok::<_, RulesetError>(PathBeneath::new(path, access))))
}
