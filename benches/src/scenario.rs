//! A course, who is on it, and what they are compared with.

use crate::contestant::Contestant;
use crate::course::{Call, Course};

/// Everything that ends up in one table.
#[derive(Debug)]
pub struct Scenario {
    /// For the command line.
    pub name: &'static str,
    /// For the reader.
    pub about: &'static str,
    /// How many calls a thread that is alone makes in a turn.
    pub calls: u32,
    /// The contestants whose cost is 1 in a column of ratios.
    pub references: &'static [&'static str],
    /// In the order of the table.
    pub contestants: Vec<Contestant>,
}

/// A scenario that still takes entries.
pub(crate) struct Field<C> {
    course: C,
    scenario: Scenario,
}

impl<C: Course> Field<C> {
    pub(crate) fn new(name: &'static str, about: &'static str, course: C) -> Self {
        let (calls, references, contestants) = (course.calls(), [].as_slice(), Vec::new());
        let scenario = Scenario { name, about, calls, references, contestants };
        Self { course, scenario }
    }

    pub(crate) fn against(mut self, references: &'static [&'static str]) -> Self {
        self.scenario.references = references;
        self
    }

    /// Adds a contestant.
    pub(crate) fn enter(mut self, name: &'static str, call: impl Call<C::Key>) -> Self {
        self.scenario.contestants.push(Contestant::new(name, self.course.clone(), call));
        self
    }

    pub(crate) fn close(self) -> Scenario {
        self.scenario
    }
}
