//! Configuration: every setting takes effect, from every source, and what is wrong is said.

mod environment;
mod functions;
mod layers;
mod packing;
mod problems;

use larder::Config;
use larder::prelude::*;
use larder::tier::{self, TierError};
use larder_tests::{Counter, MapTier};
use std::collections::HashMap;
use tokio::sync::{Mutex, MutexGuard};

/// Configurations are of the whole process: one test at a time, with nothing configured.
async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    let guard = ALONE.lock().await;
    larder::defaults().no_disk().no_remote().prefix("");
    larder::set_enabled(true);
    text.set_enabled(true);
    forget();
    text.reset_metrics();
    LOADS.reset();
    guard
}

/// The tier at `probe:name`.
fn probe(name: &str) -> MapTier {
    static PROBES: std::sync::Mutex<Option<HashMap<String, MapTier>>> = std::sync::Mutex::new(None);
    tier::register("probe", |address| -> Result<_, TierError> { Ok(probe(address.rest())) });
    let mut probes = PROBES.lock().expect("nobody panics in here");
    probes.get_or_insert_default().entry(name.to_owned()).or_default().clone()
}

/// Applies `[disk]` with the tier of this name and these settings.
fn disk(name: &str, settings: &str) -> MapTier {
    let tier = probe(name);
    apply(&format!("[disk]\naddress = \"probe:{name}\"\n{settings}"));
    tier
}

fn apply(text: &str) {
    toml::from_str::<Config>(text).expect("it is known").apply().expect("it is right");
}

static LOADS: Loads = Loads(Counter::new(), std::sync::Mutex::new(0));

/// Counts from the beginning of a test.
struct Loads(Counter, std::sync::Mutex<usize>);

impl Loads {
    fn reset(&self) {
        *self.1.lock().expect("nobody panics in here") = self.0.get();
    }

    fn get(&self) -> usize {
        self.0.get() - *self.1.lock().expect("nobody panics in here")
    }
}

/// A text of `length` letters.
#[async_ttl]
async fn text(length: usize) -> String {
    LOADS.0.count();
    "a".repeat(length)
}

/// What is in memory, not what is below it.
fn forget() {
    text.cache().set_maxsize(0);
    text.cache().set_maxsize(1024);
}

fn metrics() -> larder::TierMetrics {
    text.get_metrics().tiers.remove(0)
}
