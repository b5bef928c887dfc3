//! Resource usage of processes, from `/proc`.

use std::{fs, process::Command};

use crate::{Failure, Result};

/// The maximum number of attempts to count a family of processes until none ends meanwhile.
const MAX_ATTEMPTS: u32 = 100;

/// The length of a tick of `/proc/<pid>/stat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    per_second: f64,
}

/// A line of `/proc/<pid>/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// User and system time of the process, in ticks.
    own: u64,
    /// That of its children that have ended and were waited for.
    ended: u64,
}

impl Ticks {
    pub(crate) fn of_this_machine() -> Result<Self> {
        let output = Command::new("getconf").arg("CLK_TCK").output();
        let output = output.map_err(|e| Failure::could_not("run getconf", e))?;
        let number = String::from_utf8_lossy(&output.stdout).trim().parse();
        Ok(Self {
            per_second: number.map_err(|e| Failure::could_not("read CLK_TCK", e))?,
        })
    }

    /// The CPU time of a process, in microseconds.
    pub(crate) fn cpu(self, pid: u32) -> f64 {
        self.micros(stat(pid).map_or(0, |stat| stat.own))
    }

    /// The CPU time of a process and of all its children, also those that have ended.
    pub(crate) fn cpu_of_family(self, pid: u32) -> f64 {
        let parent = || stat(pid).map_or(0, |stat| stat.own + stat.ended);
        let mut before = parent();
        for _ in 0..MAX_ATTEMPTS {
            let children = pids().filter_map(stat).filter(|stat| stat.parent == pid);
            let children: u64 = children.map(|stat| stat.own).sum();
            let after = parent();
            if before == after {
                return self.micros(after + children);
            }
            // A child may have ended in between, and would be counted twice or not at all.
            before = after;
        }
        self.micros(before)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a process that used 2^52 ticks is older than this machine"
    )]
    fn micros(self, ticks: u64) -> f64 {
        ticks as f64 * 1e6 / self.per_second
    }
}

/// The resident memory of a process and its peak, in KiB.
pub(crate) fn memory(pid: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    (field(&text, "VmRSS:"), field(&text, "VmHWM:"))
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse(text: &str) -> Option<Stat> {
    // The name, in parentheses, may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_parentheses_and_blanks() {
        let text = "7 (a) b) S 3 7 7 0 -1 4194560 1 2 3 4 50 25 6 4 20 0 1 0 100 1 1";
        let expected = Stat {
            parent: 3,
            own: 75,
            ended: 10,
        };
        assert_eq!(parse(text), Some(expected));
        assert_eq!(parse("7 (a"), None);
    }

    #[test]
    fn memory_is_read_by_name() {
        let text = "Name:\tx\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(
            (field(text, "VmRSS:"), field(text, "VmHWM:")),
            (10240, 20480)
        );
        assert_eq!(field(text, "VmSwap:"), 0);
    }
}
