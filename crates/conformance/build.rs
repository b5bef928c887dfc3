//! Takes the exchange files of the adapters next to this crate into the library.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let crates = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let crates = crates.canonicalize()?;
    // A new crate is new in it, too; to watch all of `crates` would be to build at every change.
    let lock = crates.join("../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let mut table = "[\n".to_owned();
    for folder in sorted(&crates)? {
        let exchanges = folder.join("exchanges");
        if !exchanges.join("suite.toml").is_file() {
            continue;
        }
        println!("cargo::rerun-if-changed={}", exchanges.display());
        let dialect = name(&folder);
        writeln!(table, "    ({dialect:?}, &[")?;
        for file in sorted(&exchanges)? {
            if file.extension().is_some_and(|ending| ending == "toml") {
                let (name, path) = (name(&file), file.display().to_string());
                writeln!(table, "        ({name:?}, include_str!({path:?})),")?;
            }
        }
        writeln!(table, "    ]),")?;
    }
    table.push(']');
    let out = Path::new(&env::var("OUT_DIR")?).join("exchanges.rs");
    fs::write(out, table)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
