//! Compares the results of decoding the image files in some folders with a table:
//!
//! ```sh
//! cargo run -p manyface-media --example image_results -- TABLE FOLDER…
//! ```
//!
//! A line of the table is the path of a file below its folder, a tab, and `accepted` or the reason
//! why it is rejected. With `WRITE=1` the table is written. Otherwise every file must have its
//! result; a file that the table lacks is only reported, because suites grow. In no case may
//! a decoder panic, take long, or take more memory than is documented.

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

/// The longest that a file may take, in a build without optimization.
const MAX_TIME: Duration = Duration::from_secs(20);
/// The maximum memory of a decoder and the program.
const MAX_MEMORY: u64 = 320_000_000;
/// The share of the table that has to be there, in percent.
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
    let mut wrong = Vec::new();
    let results = decode_all(files, &mut wrong).await;
    if PANICS.load(Ordering::Relaxed) > 0 {
        wrong.push("a decoder panicked".to_owned());
    }
    if let Some(peak) = peak_memory().filter(|peak| *peak > MAX_MEMORY) {
        wrong.push(format!("{peak} bytes of memory"));
    }
    if env::var_os("WRITE").is_some() {
        let lines = results.iter();
        let lines = lines.map(|(name, result)| format!("{name}\t{result}\n"));
        if let Err(error) = fs::write(&table, lines.collect::<String>()) {
            wrong.push(error.to_string());
        }
    } else {
        compare(&table, &results, &mut wrong);
    }
    let accepted = results.values().filter(|v| *v == "accepted").count();
    println!("{} image files, {accepted} accepted", results.len());
    for line in &wrong {
        eprintln!("{line}");
    }
    ExitCode::from(u8::from(!wrong.is_empty()))
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

async fn decode_all(files: Vec<(String, PathBuf)>, wrong: &mut Vec<String>) -> Results {
    let records = Arc::new(MemoryProfiles::default());
    let settings = MediaSettings::default();
    let images = ImageStore::start(Storage::memory(), records, &settings);
    let images = images.expect("threads can be started");
    let owner = Creator::Program(TenantId(uuid::Uuid::nil()), "biz_suite".to_owned());
    let mut results = Results::new();
    for (name, path) in files {
        let file = fs::read(&path).unwrap_or_default();
        let started = Instant::now();
        let kept = images.put(file, &owner, Timestamp::UNIX_EPOCH).await;
        let took = started.elapsed();
        if took > MAX_TIME {
            wrong.push(format!("{name}: {took:?}"));
        }
        let result = match kept {
            Ok(_) => "accepted".to_owned(),
            Err(Error::Invalid(violations)) => {
                let messages = violations.into_iter().map(|violation| violation.message);
                messages.collect::<Vec<_>>().join("; ")
            }
            Err(error) => {
                wrong.push(format!("{name}: {error:?}"));
                continue;
            }
        };
        results.insert(name, result);
    }
    results
}

fn compare(table: &Path, results: &Results, wrong: &mut Vec<String>) {
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
                wrong.push(format!("{name}: {result}, not {expected}"));
            }
        }
    }
    if found == 0 || found * 100 < expected.len() * MIN_FOUND {
        wrong.push(format!(
            "only {found} of {} files are there",
            expected.len()
        ));
    }
    for (name, result) in results {
        if !expected.iter().any(|(known, _)| known == name) {
            println!("not in the table: {name}\t{result}");
        }
    }
}

/// The most memory that this process has taken, in bytes, on Linux.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
