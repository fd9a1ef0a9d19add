//! All promises, one after the other.

use super::promises;
use crate::tier::Tier;

/// Holds a tier against every promise in the documentation of [`Tier`]; panics at the first that it breaks, and says which.
///
/// `make` is called several times, and makes a tier each time: with a store of its own, or all with the same one, which may have
/// other things in it. Everything happens in namespaces of a name that nobody else has, beside the empty one, which is cleared.
///
/// The tier has to have room for 32 MiB, and for values of a million bytes: one that forgets what it was given a moment ago does not
/// pass, though it may do so elsewhere. Tags are tested if there are any.
///
/// It needs a runtime only if the tier does. It blocks its thread for a tenth of a second, to wait for a deadline.
///
/// # Panics
/// When a promise is broken.
///
/// # Cancellation
/// When it is dropped half-way, what it has written stays where it is.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use larder::{testing::tiers, tier::Memory};
///
/// tiers::conformance(|| Memory::new(64 * 1024 * 1024)).await;
/// # });
/// ```
pub async fn conformance<T: Tier>(make: impl Fn() -> T) {
    let tier = make();
    assert!(!tier.name().is_empty(), "a tier has a name");
    promises::values::all(&tier).await;
    promises::removal::all(&tier).await;
    promises::epochs::all(&tier).await;
    promises::namespaces::all(&tier).await;
    promises::deadlines::all(&tier).await;
    promises::tags::all(&tier).await;
    promises::calls::all(&tier).await;
    promises::closing::all(&tier).await;
    // Closing one leaves another of the same store alone.
    let (one, other) = (make(), make());
    promises::closing::all(&one).await;
    promises::values::overwritten(&other).await;
}
