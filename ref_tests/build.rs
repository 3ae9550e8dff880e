//! Finds the scenarios and tells the linker about the submission's functions.

use std::path::{Path, PathBuf};
use std::{env, fs};

const SCENARIOS: &str = "src/scenarios";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SCENARIOS}");
    // The four functions are weak references that LD_PRELOAD resolves at run time; without this
    // the linker would settle them to null for good.
    println!("cargo:rustc-link-arg-bins=-Wl,-z,dynamic-undefined-weak");
    // The tests of a course make their calls through the program.
    for name in [
        "os_malloc",
        "os_calloc",
        "os_realloc",
        "os_free",
        "exit",
        "_exit",
        "_Exit",
    ] {
        println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol=__wrap_{name}");
    }
    // The program brings its own start.
    println!("cargo:rustc-link-arg-bins=-nostartfiles");

    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let files = scenario_files(&root.join(SCENARIOS));
    fs::write(out.join("scenarios.rs"), table(&files)).expect("the build folder is writable");
}

/// The scenario files in the order of their numbers.
fn scenario_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

fn table(files: &[PathBuf]) -> String {
    let mut modules = String::from("/// The scenarios, one module a file.\npub mod scenarios {\n");
    let mut rows = String::new();
    let mut seen = Vec::new();
    for path in files {
        let module = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("file names are UTF-8");
        let (number, stem) = number_and_stem(module, path);
        assert!(
            !seen.contains(&number),
            "{}: number {number} is taken",
            path.display()
        );
        seen.push(number);
        modules += &format!("    #[path = {path:?}]\n    pub(crate) mod {module};\n");
        rows += &format!(
            "    scenario::Scenario {{ stem: {stem:?}, source: include_str!({path:?}), ..scenarios::{module}::SCENARIO }},\n"
        );
    }
    format!(
        "{modules}}}\n\n/// Every scenario, in the order of the numbers.\npub static SCENARIOS: &[scenario::Scenario] = &[\n{rows}];\n"
    )
}

/// `s0203_malloc_split_first` is number `0203`, stem `0203-malloc-split-first`.
fn number_and_stem(module: &str, path: &Path) -> (String, String) {
    let name = module.strip_prefix('s').unwrap_or_default();
    let number: String = name.chars().take(4).collect();
    let well_formed = number.len() == 4
        && number.chars().all(|digit| digit.is_ascii_digit())
        && name[4..].starts_with('_')
        && name.len() > 5;
    assert!(
        well_formed,
        "{}: a scenario's file is named sNNNN_slug.rs",
        path.display()
    );
    (number, name.replace('_', "-"))
}
