//! A cache, as its loads see it.

use super::board::Ticket;
use super::cycle::Node;
use super::flight::Flight;
use std::sync::Arc;

/// Where claims are, whatever is loaded.
pub(crate) trait Claims: Send + Sync {
    /// The load behind a claim, for others to wait for.
    fn node(&self, ticket: Ticket) -> Option<Arc<dyn Node>>;

    /// Gives a claim back without a result. Those who have joined start again.
    fn withdraw(&self, ticket: Ticket);
}

/// Where flights are that bring a `V`.
pub(crate) trait Airport<V>: Claims {
    /// Lets others begin a load of their own beside `flight`, which will not be stored.
    fn take_off(&self, flight: &Flight<V>);

    /// Gives the claim of `flight` back unless somebody is aboard. Whether nobody is.
    fn scrap_if_empty(&self, flight: &Flight<V>) -> bool;
}
