//! What the program has used of the machine, as far as the platform tells.

/// Clock ticks per second in `/proc`: the same on all of Linux, whatever the kernel counts in (USER_HZ).
const TICKS: f64 = 100.0;

/// Seconds of processor time of all threads, ended ones included.
pub(crate) fn cpu_seconds() -> Option<f64> {
    cpu_seconds_in(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// Most bytes of memory that were resident at a time.
pub(crate) fn peak_memory() -> Option<u64> {
    peak_memory_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// utime and stime, fields 14 and 15. The second field, the name, may hold anything but ends with the last bracket.
fn cpu_seconds_in(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / TICKS)
}

fn peak_memory_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "4242 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 3 0 100 1 2";
        assert_eq!(cpu_seconds_in(stat), Some(2.0));
        assert_eq!(cpu_seconds_in("4242 (a"), None);
        assert_eq!(peak_memory_in("Name:\trivus\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
        assert_eq!(peak_memory_in("Name:\trivus\n"), None);
    }
}
