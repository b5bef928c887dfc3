//! The host under a profiler.

use std::{fs, path::Path, process::Command, time::Duration};

use crate::{
    Failure, Result,
    block::Operation,
    cluster::start_postgres,
    job::{self, Job},
    options::{Database, Profile, Tool},
    population::Population,
    site::{Scene, Site},
    tools::on_path,
    workplace::{TIMEOUT, Workplace},
};

/// The number of profiles.
const PROFILES: u64 = 10_000;
/// The maximum number of lines of the profiler's table.
const LINES: usize = 80;
/// The maximum number of characters of each line.
const WIDTH: usize = 160;

/// Runs the host under a profiler and writes the functions that take most time.
pub(crate) fn run(work: &Workplace, profile: &Profile) -> Result<()> {
    let tool = choose(profile.tool)?;
    let cluster = (profile.only == Database::Pg).then(start_postgres);
    let scene = Scene {
        work,
        cluster: cluster.as_ref(),
        config: None,
        seconds: profile.seconds,
    };
    let text = match tool {
        Tool::Callgrind => callgrind(scene, profile)?,
        Tool::Perf => perf(scene, profile)?,
    };
    let default_output = || work.tools.programs.with_file_name("profile.txt");
    let file = profile.output.clone().unwrap_or_else(default_output);
    let written = fs::write(&file, &text);
    written.map_err(|e| Failure::could_not(&format!("write {}", file.display()), e))?;
    print!("{text}");
    eprintln!("bench: this is also in {}", file.display());
    Ok(())
}

/// The first lines of a profiler's table, without its comments.
fn shorten(text: &str) -> String {
    let cut = |line: &str| {
        line.chars()
            .take(WIDTH)
            .collect::<String>()
            .trim_end()
            .to_owned()
    };
    let lines = text.lines().map(cut);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.take(LINES).map(|line| line + "\n").collect()
}

fn choose(wanted: Option<Tool>) -> Result<Tool> {
    let has = |tool: &Tool| match tool {
        Tool::Perf => on_path("perf").is_some(),
        Tool::Callgrind => on_path("valgrind").is_some() && on_path("callgrind_annotate").is_some(),
    };
    let candidates = wanted.map_or_else(|| vec![Tool::Perf, Tool::Callgrind], |tool| vec![tool]);
    candidates.into_iter().find(has).ok_or_else(|| {
        Failure::new("no profiler (Debian and Ubuntu: apt-get install linux-perf, or valgrind)")
    })
}

/// Counts instructions from the moment when the server is up.
fn callgrind(scene: Scene<'_>, profile: &Profile) -> Result<String> {
    let work = scene.work;
    let counts = work.path().join("callgrind.counts");
    let wrapper = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        "--instr-atstart=no".to_owned(),
        format!("--callgrind-out-file={}", counts.display()),
    ];
    let mut site = open(scene, profile, &wrapper)?;
    load(scene, profile, &mut site, 1)?;
    let pid = site.host.pid().to_string();
    let mut control = Command::new("callgrind_control");
    control.args(["--instr=on", &pid]);
    job::output(
        "callgrind_control",
        &mut control,
        work.path(),
        TIMEOUT,
        || {},
    )?;
    load(scene, profile, &mut site, profile.seconds)?;
    site.host.stop();
    let annotate = |inclusive: &str| -> Result<String> {
        let mut annotate = Command::new("callgrind_annotate");
        annotate.args(["--auto=no", inclusive]).arg(&counts);
        let name = "callgrind_annotate";
        let text = job::output(name, &mut annotate, work.path(), TIMEOUT, || {})?;
        Ok(shorten(&text))
    };
    let own = annotate("--inclusive=no")?;
    let whole = annotate("--inclusive=yes")?;
    Ok(format!("{own}\nWith all that they call:\n\n{whole}"))
}

/// Samples the running server while it is loaded.
fn perf(scene: Scene<'_>, profile: &Profile) -> Result<String> {
    let work = scene.work;
    let samples = work.path().join("perf.samples");
    let mut site = open(scene, profile, &[])?;
    load(scene, profile, &mut site, 1)?;
    let mut record = Command::new("perf");
    // The clock, because virtual machines often have no counters.
    record.args(["record", "-q", "-e", "cpu-clock", "-F", "997", "-p"]);
    record
        .arg(site.host.pid().to_string())
        .arg("-o")
        .arg(&samples);
    let mut record = Job::start("perf", &mut record)?;
    load(scene, profile, &mut site, profile.seconds)?;
    record.end("INT", Duration::from_secs(60));
    report(work, &samples)
}

fn report(work: &Workplace, samples: &Path) -> Result<String> {
    let mut report = Command::new("perf");
    report.args([
        "report",
        "--stdio",
        "--no-children",
        "--percent-limit",
        "0.2",
    ]);
    report.args(["--sort", "dso,symbol", "-i"]).arg(samples);
    let text = job::output("perf-report", &mut report, work.path(), TIMEOUT, || {})?;
    Ok(shorten(&text))
}

fn open(scene: Scene<'_>, profile: &Profile, wrapper: &[String]) -> Result<Site> {
    let population = Population::of(PROFILES);
    Site::open(scene, profile.only, "profiled_host", population, wrapper)
}

fn load(scene: Scene<'_>, profile: &Profile, site: &mut Site, seconds: u32) -> Result<()> {
    let operation = if profile.get {
        Operation::Get
    } else {
        Operation::Patch
    };
    let scene = Scene { seconds, ..scene };
    let outcome = site.load(scene, operation, profile.connections)?;
    let (requests, errors) = (outcome.requests, outcome.errors);
    eprintln!("bench: {requests} requests, {errors} errors");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_padding_are_left_out() {
        let text = format!("# perf\n\n  1% malloc{}  x\n", " ".repeat(WIDTH));
        assert_eq!(shorten(&text), "  1% malloc\n");
    }
}
