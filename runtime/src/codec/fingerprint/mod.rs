//! The shape of a type, as a number: a type whose fields have changed since must not read what the old one has written.
//!
//! Neither `type_name` nor `TypeId` will do: the one says nothing of fields, the other is another one in each build. But a
//! `Deserialize` says what it wants: so it is run on a [deserializer](walk) that has nothing to give but made-up
//! values, and notes what it is asked for in a [graph](graph) of types. It is run again and again until every variant of every enum
//! has been asked what is in it.
//!
//! A `Deserialize` that does not like what was made up ends only its own branch. What lies behind `untagged`, `flatten` or
//! an internal `tag` asks for anything; of that only what their errors tell is known: names, and some types.

mod graph;
mod heard;
mod walk;

#[cfg(test)]
mod tests;

use graph::Graph;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use walk::Probe;

/// What is known of the shape of a type.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(crate) struct Shape {
    /// What it comes to.
    pub(crate) fingerprint: u64,
    /// There may be an option of what may be nothing.
    pub(crate) options_of_nothing: bool,
    /// There may be floats.
    pub(crate) floats: bool,
    /// Some part asks the format what comes next.
    pub(crate) asks: bool,
    /// Values may be nested without a bound. That is assumed where not all was seen.
    pub(crate) unbounded: bool,
}

impl Shape {
    pub(crate) fn of<V: DeserializeOwned>() -> Self {
        let graph = RefCell::new(Graph::default());
        while graph.borrow_mut().begin_pass() {
            let pass = || V::deserialize(Probe::root(&graph)).is_ok();
            // Whoever panics on made-up values has said what it has said until then.
            let _ = catch_unwind(AssertUnwindSafe(pass));
            graph.borrow_mut().hear(heard::take());
        }
        graph.into_inner().shape()
    }
}
