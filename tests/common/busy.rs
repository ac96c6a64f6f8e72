//! How long a thread was busy, whatever else the machine is doing.

use std::time::Duration;

/// What `work` gives, and how long this thread computed for it: its time on a processor where Linux
/// tells, else the time on the clock.
#[expect(clippy::disallowed_types, reason = "the time that something takes is part of a test")]
pub(crate) fn busy<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (clock, before) = (std::time::Instant::now(), on_processor());
    let done = work();
    let on_processor =
        on_processor().zip(before).map(|(after, before)| after.saturating_sub(before));
    (done, on_processor.unwrap_or_else(|| clock.elapsed()))
}

/// The first figure of `schedstat` is this thread's time on a processor, in nanoseconds.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
