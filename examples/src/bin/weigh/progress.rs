//! A bar that moves while something is awaited.

use std::pin::pin;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::interval;

/// Awaits `work` and shows how much of `total` is `done` meanwhile, if somebody is looking: when
/// stderr is not a terminal, nothing is printed.
pub(crate) async fn shown<F: Future>(total: usize, done: impl Fn() -> usize, work: F) -> F::Output {
    let bar = ProgressBar::new(total as u64).with_style(style());
    let mut frames = interval(Duration::from_millis(20));
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            output = &mut work => {
                bar.finish_and_clear();
                return output;
            }
            _ = frames.tick() => bar.set_position(done() as u64),
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {pos}/{len} packages weighed, {elapsed}")
        .expect("the template is well-formed")
}
