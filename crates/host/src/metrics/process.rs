//! The metrics of the process, with the names that all Prometheus clients use. They exist on Linux
//! only.

use std::{fmt, fs};

use rustix::param::{clock_ticks_per_second, page_size};

use super::exposition::{Exposition, Labels, to_float};

/// The measurements of the process, as Linux reports them.
struct Process {
    /// User and system time, in seconds.
    cpu: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
    threads: f64,
    /// Seconds since 1970.
    start_time: f64,
    open_files: f64,
    max_files: Option<f64>,
}

pub(super) fn write(exposition: &mut Exposition<'_>) -> fmt::Result {
    let Some(process) = Process::read() else {
        return Ok(());
    };
    exposition.counter(
        "process_cpu_seconds",
        "User and system CPU time",
        [(Labels::new(), process.cpu)],
    )?;
    let gauges = [
        (
            "process_resident_memory_bytes",
            "Resident memory",
            process.resident_bytes,
        ),
        (
            "process_virtual_memory_bytes",
            "Virtual memory",
            process.virtual_bytes,
        ),
        ("process_threads", "Threads", process.threads),
        (
            "process_start_time_seconds",
            "Start of the process since 1970",
            process.start_time,
        ),
        (
            "process_open_fds",
            "Open file descriptors",
            process.open_files,
        ),
    ];
    for (name, help, value) in gauges {
        exposition.gauge(name, help, [(Labels::new(), value)])?;
    }
    exposition.gauge(
        "process_max_fds",
        "Maximum number of open file descriptors",
        process.max_files.map(|value| (Labels::new(), value)),
    )
}

impl Process {
    /// Returns `None` if a file of `/proc` is missing.
    fn read() -> Option<Self> {
        let ticks = to_float(clock_ticks_per_second());
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name of the program, in parentheses, may contain anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // Fields are numbered from 3 on here: see proc_pid_stat(5).
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let boot = fs::read_to_string("/proc/stat").ok()?;
        let boot = boot.lines().find_map(|line| line.strip_prefix("btime "))?;
        let boot: f64 = boot.trim().parse().ok()?;
        let limits = fs::read_to_string("/proc/self/limits").ok();
        let max_files = limits.as_deref().and_then(|limits| {
            let line = limits
                .lines()
                .find(|line| line.starts_with("Max open files"))?;
            line.split_whitespace().nth(3)?.parse().ok()
        });
        Some(Self {
            cpu: (field(14)? + field(15)?) / ticks,
            threads: field(20)?,
            start_time: boot + field(22)? / ticks,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)? * to_float(page_size() as u64),
            open_files: to_float(fs::read_dir("/proc/self/fd").ok()?.count() as u64),
            max_files,
        })
    }
}
