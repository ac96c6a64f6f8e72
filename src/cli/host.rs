//! The one place for what depends on the machine: clock, memory, terminal, signals, streams.
//!
//! Nothing in here may reach a model; it feeds `timing.json`, the progress bar and the exit code.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

#[expect(clippy::disallowed_types, reason = "this is the one module that may read the clock")]
use std::time::Instant;

/// A stopwatch on the wall clock.
pub(super) struct Stopwatch(
    #[expect(clippy::disallowed_types, reason = "this is the one module that may read the clock")]
    Instant,
);

#[expect(clippy::disallowed_types, reason = "this is the one module that may read the clock")]
impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Peak resident memory of this process in bytes, where the system tells.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

/// Resident memory of this process just now, in bytes, where the system tells.
pub(super) fn memory_bytes() -> Option<u64> {
    status_bytes("VmRSS:")
}

/// A size of Linux's `/proc/self/status`.
fn status_bytes(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

/// CPU time of this process (all threads, user and system) in seconds, where the system tells.
pub(super) fn cpu_seconds() -> Option<f64> {
    /// `sysconf(_SC_CLK_TCK)` on Linux, fixed at 100 for user space.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Fields are counted after the command name, which may hold blanks but ends with ')'.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<u32>().ok().map(f64::from);
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// Whether messages on stderr may use colour: a terminal, and `NO_COLOR` is not set.
pub(super) fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}

/// Whether a person watches stderr.
pub(super) fn watched() -> bool {
    io::stderr().is_terminal()
}

/// A variable of the environment that says which shard of a sweep this is.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one module that may read the environment"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The current folder.
pub(super) fn current_folder() -> io::Result<std::path::PathBuf> {
    std::env::current_dir()
}

/// The file of this program.
pub(super) fn this_program() -> io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

/// Cores of this machine.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Writes to stdout; a closed pipe is not an error, any other is said.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            note(&format!("error: cannot write to standard output: {error}"));
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// Writes a line to stderr; if nobody listens there, nothing can be done.
pub(super) fn note(text: &str) {
    let mut err = io::stderr().lock();
    let _unheard = writeln!(err, "{text}");
}

/// Writes notes to stderr, a line each.
pub(super) fn notes(notes: &[String]) {
    for text in notes {
        note(&format!("note: {text}"));
    }
}

/// Signals that ask to stop: the first lets the run end between two events, the second ends it at once.
#[derive(Clone, Debug)]
pub(super) struct Signals {
    interrupt: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
}

/// The signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    Terminate,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let signals = Self { interrupt: Arc::default(), terminate: Arc::default() };
        for (signal, flag, code) in
            [(SIGINT, &signals.interrupt, 130), (SIGTERM, &signals.terminate, 143)]
        {
            // Order matters: the shutdown looks at the flag before this signal sets it.
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(flag))?;
            signal_hook::flag::register(signal, Arc::clone(flag))?;
        }
        Ok(signals)
    }

    /// The signal that came, if one did.
    pub(super) fn came(&self) -> Option<Signal> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Some(Signal::Interrupt);
        }
        self.terminate.load(Ordering::Relaxed).then_some(Signal::Terminate)
    }
}
