//! Seconds, CPU seconds and memory of this process, as Linux's `/proc/self` has them; elsewhere the latter two are unknown.

use std::fs::read_to_string;
use std::time::Instant;

/// Clock ticks a second in `/proc/self/stat`: the kernel's interface has the same number on every common architecture.
const TICKS: f64 = 100.0;

/// Measures from its start on.
pub struct Meter {
    since: Instant,
    cpu: Option<f64>,
}

impl Meter {
    /// Begins now.
    pub fn start() -> Meter {
        Meter { since: Instant::now(), cpu: cpu_seconds() }
    }

    /// Wall time since the start.
    pub fn seconds(&self) -> f64 {
        self.since.elapsed().as_secs_f64()
    }

    /// CPU time of all threads since the start.
    pub fn cpu_seconds(&self) -> Option<f64> {
        Some(cpu_seconds()? - self.cpu?)
    }
}

/// The most memory that this process has held at once.
pub fn peak_bytes() -> Option<u64> {
    read_to_string("/proc/self/status").ok().and_then(|status| peak(&status))
}

fn cpu_seconds() -> Option<f64> {
    read_to_string("/proc/self/stat").ok().and_then(|stat| cpu(&stat))
}

fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// User and system time: fields 14 and 15. The program's name, field 2, is in parentheses and may hold anything.
fn cpu(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "42 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
        assert_eq!(cpu(stat), Some(3.0));
        assert_eq!(cpu("42 (a) R 1 2"), None);
    }

    #[test]
    fn the_peak_is_in_bytes() {
        assert_eq!(peak("Name:\tevals\nVmPeak:\t 9000 kB\nVmHWM:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(peak("Name:\tevals\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_measured() {
        let meter = Meter::start();
        assert!(meter.cpu_seconds().is_some_and(|seconds| seconds >= 0.0));
        assert!(peak_bytes().is_some_and(|bytes| bytes > 1_000_000));
    }
}
