//! Flushed, and closed.

use crate::testing::tiers::check::{Check, entry, key, ok};
use crate::tier::{Tier, TierError, TierErrorKind};

pub(crate) async fn all<T: Tier>(tier: &T) {
    let check = Check::new(tier);
    check.put(&[entry("a", "1")]).await;
    ok("flush", tier.flush().await);
    check.expect("a", Some("1"), "a flush changes nothing").await;
    ok("flush again", tier.flush().await);
    check.clear().await;
    ok("close", tier.close().await);
    expect_closed("get", tier.get(&check.namespace, &[key("a")]).await.map(drop));
    expect_closed("get of no keys", tier.get(&check.namespace, &[]).await.map(drop));
    expect_closed("put", tier.put(&check.namespace, &[entry("a", "1")]).await);
    expect_closed("remove", tier.remove(&check.namespace, &[key("a")]).await);
    expect_closed("clear", tier.clear(&check.namespace).await);
    ok("close again", tier.close().await);
}

fn expect_closed(what: &str, done: Result<(), TierError>) {
    match done {
        Err(error) => {
            let kind = error.kind();
            assert_eq!(kind, TierErrorKind::Closed, "{what} of a closed tier fails as closed");
        }
        Ok(()) => panic!("{what} of a closed tier fails as closed"),
    }
}
