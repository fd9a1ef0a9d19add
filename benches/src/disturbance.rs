//! Whether the kernel took the core away from a thread.

use std::fs;

/// How often the calling thread had to leave its core although it wanted to go on.
///
/// A thread that waits for a lock leaves by its own will and is not counted. Where the system does
/// not tell (only Linux is asked), nothing ever happens.
pub(crate) fn preemptions() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
