//! A name and a way to take a turn.

use std::fmt;
use std::sync::Arc;

use crate::course::{Call, Course, Turn};
use crate::sample::Sample;

/// One column of every comparison: a peer, larder itself, or a floor.
///
/// The type of the call is erased here, once per turn; the loop inside a turn knows it.
pub struct Contestant {
    name: &'static str,
    run: Box<dyn Fn(Turn) -> Sample>,
}

impl Contestant {
    /// A contestant that answers with `call`.
    pub(crate) fn new<C: Course>(name: &'static str, course: C, call: impl Call<C::Key>) -> Self {
        let call = Arc::new(call);
        Self { name, run: Box::new(move |turn| course.run(&call, turn)) }
    }

    /// As the tables show it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Takes one turn.
    pub fn run(&self, turn: Turn) -> Sample {
        (self.run)(turn)
    }
}

impl fmt::Debug for Contestant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Contestant").field(&self.name).finish()
    }
}
