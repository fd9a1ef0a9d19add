//! What is told to who listens with `tracing`.

use larder::prelude::*;
use larder::testing::tiers::{Fault, Faulty};
use larder::tier::{BreakerPolicy, Layer, Memory, RetryPolicy, Tier, TierErrorKind, Write};
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber, span};

/// Writes down events, each as one line.
#[derive(Default, Clone)]
struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    /// One that hears this thread.
    fn listens() -> (Self, DefaultGuard) {
        let listener = Self::default();
        let guard = tracing::subscriber::set_default(listener.clone());
        (listener, guard)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?};"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .unwrap();
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "larder::tier"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

static TIER: LazyLock<Arc<Faulty<Memory>>> =
    LazyLock::new(|| Arc::new(Faulty::new(Memory::new(1 << 20))));

const OPEN_FOR: Duration = Duration::from_secs(5);
const AWAY: Fault = Fault::Fails(TierErrorKind::Unavailable);

fn layer(tier: &Arc<Faulty<Memory>>) -> Layer {
    let tier: Arc<dyn Tier> = tier.clone();
    let policy = BreakerPolicy { failures: 2, open_for: OPEN_FOR, ..BreakerPolicy::default() };
    Layer::shared(tier).breaker(policy).retry(RetryPolicy::NEVER)
}

#[async_lru(remote = layer(&TIER))]
async fn square(n: u64) -> u64 {
    n * n
}

fn about(level: Level, what: &str) -> String {
    format!("{level} {what}; tier=\"memory 2\" function=\"tier_tracing::square\"")
}

const ERROR: &str = "kind=Unavailable error=a fault that a test has asked for";

#[tokio::test(start_paused = true)]
async fn failures_and_the_breaker_are_told() {
    let (listener, _guard) = Listener::listens();
    square(1).await;
    assert_eq!(listener.take(), [""; 0], "nothing is told while all is well");

    let unread = format!("{} {ERROR}", about(Level::WARN, "a tier could not be read"));
    let untold = format!("{} {ERROR}", about(Level::WARN, "a tier could not be told of a change"));
    TIER.script([None, Some(AWAY)]);
    square(2).await;
    assert_eq!(listener.take(), [&*untold]);

    let opened = about(Level::WARN, "a tier has failed too often and is left alone");
    let opened = format!("{opened} {ERROR}");
    TIER.always(Some(AWAY));
    square(3).await;
    square(4).await;
    assert_eq!(listener.take(), [&*unread, &opened], "the cause comes first");
    tokio::time::advance(OPEN_FOR).await;
    square(5).await;
    assert_eq!(listener.take(), [&*unread], "it is no news that it is open");

    TIER.always(None);
    tokio::time::advance(OPEN_FOR).await;
    square(6).await;
    assert_eq!(listener.take(), [about(Level::INFO, "a tier works again")]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_full_is_told_once() {
    let (listener, _guard) = Listener::listens();
    let tier = Arc::new(Faulty::new(Memory::new(1 << 20)));
    let below = layer(&tier).write(Write::Behind).queue(2);
    let cache: larder::Cache<u64, u64> =
        larder::Cache::builder().name("squares").maxsize(100).tier(below).build();
    // Nobody works on the queue before this task waits.
    (0..5).for_each(|n| cache.set(n, n));
    let full = "WARN too many values wait for a tier, and more are not written to it; \
                tier=\"memory 2\" function=\"squares\"";
    assert_eq!(listener.take(), [full]);
    cache.flush().await.unwrap();
    cache.set(6, 6);
    assert_eq!(listener.take(), [""; 0]);
    (7..12).for_each(|n| cache.set(n, n));
    assert_eq!(listener.take(), [full], "there was room meanwhile");
}

/// Asks a tier when it is told of something, as a listener may.
struct Asks(Layer, Listener);

impl Subscriber for Asks {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.1.enabled(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        futures_executor::block_on(self.0.tier().get("n", &[])).unwrap();
        self.1.event(event);
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        self.1.new_span(attributes)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn what_is_set_aside_is_told_outside_the_locks() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, ending) in [("sqlite", ".set-aside-1"), ("snapshot", ".damaged")] {
        let path = folder.path().join(kind);
        std::fs::write(&path, "the only copy of my thesis").unwrap();
        let tier = larder::tier::open(&format!("{kind}:{}", path.display())).unwrap();
        let listener = Listener::default();
        let asks = Asks(tier.clone(), listener.clone());
        let guard = tracing::subscriber::set_default(asks);
        tier.tier().get("n", &[]).await.unwrap();
        tier.tier().close().await.unwrap();
        drop(guard);
        let path = path.display();
        let what =
            "what stood in the place of the file is damaged or something else, and was set aside";
        let told = format!("WARN {what}; tier=\"{kind}\" path={path} set_aside={path}{ending}");
        assert_eq!(listener.take(), [told]);
    }
}
