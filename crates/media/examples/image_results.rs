//! Compares the results of decoding image files with a table:
//!
//! ```sh
//! cargo run -p manyface-media --example image_results -- TABLE FOLDER…
//! ```
//!
//! A line of the table has the path of a file below its folder, a tab, and `accepted` or the reason
//! of the rejection. `WRITE=1` writes the table. Otherwise every file must have its result; files
//! that are missing in the table are only reported, because suites grow. A decoder must not panic,
//! take long, or take more memory than documented.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use manyface_core::{Creator, Error, Images, MemoryProfiles, TenantId};
use manyface_media::{ImageStore, MediaSettings, Storage};

/// The maximum time for one file, in a build without optimization.
const MAX_TIME: Duration = Duration::from_secs(20);
/// The maximum memory of a decoder and the program, in bytes.
const MAX_MEMORY: u64 = 320_000_000;
/// The minimum share of files in the table that must exist, in percent.
const MIN_FOUND: usize = 90;

static PANICS: AtomicUsize = AtomicUsize::new(0);

type Results = BTreeMap<String, String>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let table = PathBuf::from(arguments.next().unwrap_or_default());
    let mut files = Vec::new();
    for folder in arguments {
        let folder = PathBuf::from(folder);
        add_files(&folder, &folder, &mut files);
    }
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        eprintln!("{panic}");
    }));
    let mut failures = Vec::new();
    let results = decode_all(files, &mut failures).await;
    if PANICS.load(Ordering::Relaxed) > 0 {
        failures.push("a decoder panicked".to_owned());
    }
    if let Some(peak) = peak_memory().filter(|peak| *peak > MAX_MEMORY) {
        failures.push(format!("the peak memory is {peak} bytes"));
    }
    if env::var_os("WRITE").is_some() {
        let lines = results.iter();
        let lines = lines.map(|(name, result)| format!("{name}\t{result}\n"));
        if let Err(error) = fs::write(&table, lines.collect::<String>()) {
            failures.push(error.to_string());
        }
    } else {
        compare(&table, &results, &mut failures);
    }
    let accepted = results.values().filter(|v| *v == "accepted").count();
    println!("{} image files, {accepted} accepted", results.len());
    for line in &failures {
        eprintln!("{line}");
    }
    ExitCode::from(u8::from(!failures.is_empty()))
}

fn add_files(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            add_files(root, &path, files);
        } else if matches!(extension, Some("png" | "gif" | "jpg" | "jpeg" | "webp"))
            && let Ok(below) = path.strip_prefix(root)
        {
            files.push((below.display().to_string(), path));
        }
    }
}

async fn decode_all(files: Vec<(String, PathBuf)>, failures: &mut Vec<String>) -> Results {
    let records = Arc::new(MemoryProfiles::default());
    let settings = MediaSettings::default();
    let images = ImageStore::start(Storage::memory(), records, &settings);
    let images = images.expect("threads can be started");
    let owner = Creator::Program(TenantId(uuid::Uuid::nil()), "biz_suite".to_owned());
    let mut results = Results::new();
    for (name, path) in files {
        let file = fs::read(&path).unwrap_or_default();
        let started = Instant::now();
        let stored = images.put(file, &owner, Timestamp::UNIX_EPOCH).await;
        let time = started.elapsed();
        if time > MAX_TIME {
            failures.push(format!("{name}: {time:?}"));
        }
        let result = match stored {
            Ok(_) => "accepted".to_owned(),
            Err(Error::Invalid(violations)) => {
                let messages = violations.into_iter().map(|violation| violation.message);
                messages.collect::<Vec<_>>().join("; ")
            }
            Err(error) => {
                failures.push(format!("{name}: {error:?}"));
                continue;
            }
        };
        results.insert(name, result);
    }
    results
}

fn compare(table: &Path, results: &Results, failures: &mut Vec<String>) {
    let text = fs::read_to_string(table).unwrap_or_default();
    let expected: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut found = 0;
    for (name, expected) in &expected {
        if let Some(result) = results.get(*name) {
            found += 1;
            if result != expected {
                failures.push(format!("{name}: {result}, not {expected}"));
            }
        }
    }
    if found == 0 || found * 100 < expected.len() * MIN_FOUND {
        failures.push(format!("only {found} of {} files exist", expected.len()));
    }
    for (name, result) in results {
        if !expected.iter().any(|(known, _)| known == name) {
            println!("not in the table: {name}\t{result}");
        }
    }
}

/// Returns the peak memory of this process in bytes, on Linux.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
