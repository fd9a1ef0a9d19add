//! Nothing is found at or after its deadline.

use crate::testing::tiers::check::{Check, entry, for_the_next, key, wait_for};
use crate::tier::{Deadline, Tier, TierEntry};
use std::time::Duration;

const YEAR: Duration = Duration::from_hours(365 * 24);
/// Long enough for a put and a get, and soon over.
const SHORT: Duration = Duration::from_millis(100);

pub(crate) async fn all<T: Tier>(tier: &T) {
    over(tier).await;
    far_away(tier).await;
    replaced(tier).await;
    short(tier).await;
}

async fn over<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    for deadline in [Deadline(0), Deadline(1), for_the_next(Duration::ZERO)] {
        check.put(&[until(deadline, "a", "1"), entry("b", "2")]).await;
        check.expect("a", None, "an entry whose deadline is over is not found").await;
        check.expect("b", Some("2"), "one without a deadline beside it is").await;
        // It takes the place of what its key had before all the same.
        check.put(&[until(deadline, "b", "3")]).await;
        check.expect("b", None, "an entry whose deadline is over replaces what was there").await;
    }
}

async fn far_away<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let days = |days: u64| for_the_next(Duration::from_hours(24 * days));
    let far = [days(1), days(29), days(31), for_the_next(YEAR), for_the_next(YEAR * 1000)];
    let farthest = [i64::MAX.cast_unsigned() - 1, i64::MAX.cast_unsigned(), 1 << 63, u64::MAX];
    for deadline in far.into_iter().chain(farthest.map(Deadline)) {
        check.put(&[until(deadline, "a", "1")]).await;
        check.expect("a", Some("1"), &format!("{deadline:?} lies ahead")).await;
        check.remove(&[key("a")]).await;
    }
}

async fn replaced<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[until(for_the_next(SHORT), "a", "1"), entry("b", "1")]).await;
    let soon = for_the_next(SHORT);
    check.put(&[entry("a", "2"), until(soon, "b", "2")]).await;
    wait_for(soon);
    check.expect("a", Some("2"), "a put replaces the deadline too").await;
    check.expect("b", None, "a put brings its own deadline").await;
}

async fn short<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    let deadline = for_the_next(SHORT);
    check.put(&[until(deadline, "a", "1")]).await;
    let found = check.get("a").await;
    let in_time = for_the_next(Duration::ZERO) < deadline;
    assert!(found.is_some() || !in_time, "an entry is found until its deadline");
    wait_for(deadline);
    check.expect("a", None, "an entry is not found from its deadline on").await;
    let values = check.fetch(&[key("a"), key("a")]).await.values;
    assert!(values.iter().all(Option::is_none), "an entry is not found from its deadline on");
}

fn until(deadline: Deadline, name: &str, value: &str) -> TierEntry {
    TierEntry { deadline: Some(deadline), ..entry(name, value) }
}
