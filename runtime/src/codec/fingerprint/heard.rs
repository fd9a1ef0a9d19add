//! What can be learned from the errors of a `Deserialize`: which fields it misses, which variants it knows, what it
//! expected.

use serde::de::{Error, Expected, Unexpected};
use std::cell::RefCell;
use std::fmt;

/// Something that an error has told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Heard {
    Missing(&'static str),
    Variants(&'static [&'static str]),
    Fields(&'static [&'static str]),
    Expected(String),
}

thread_local! {
    /// Errors are made out of thin air, and many are thrown away half-way, so they leave what they know here.
    static HEARD: RefCell<Vec<Heard>> = const { RefCell::new(Vec::new()) };
}

fn hear(heard: Heard) -> Stop {
    HEARD.with_borrow_mut(|all| all.push(heard));
    Stop
}

/// What was heard since it was last taken.
pub(super) fn take() -> Vec<Heard> {
    HEARD.take()
}

/// A branch ends.
#[derive(Debug)]
pub(super) struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no further")
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        hear(Heard::Expected(expected.to_string()))
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        hear(Heard::Variants(variants))
    }

    fn unknown_field(_: &str, fields: &'static [&'static str]) -> Self {
        hear(Heard::Fields(fields))
    }

    fn missing_field(field: &'static str) -> Self {
        hear(Heard::Missing(field))
    }
}
