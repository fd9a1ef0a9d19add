//! A bar under the instruction counts: they may not rise unnoticed.
//!
//! The bar is a small file: a line for the compiler, since counts depend on it, and a line for each
//! scenario.

use std::fmt::Write;

/// How far a count may be from the bar, relative to it.
const TOLERANCE: f64 = 0.05;

/// The compiler of this program.
pub const COMPILER: &str = env!("COMPILER");

/// Instructions per call by scenario, and the compiler that they were counted with.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// As `rustc --version` says it.
    pub compiler: String,
    /// In the order of the file.
    pub counts: Vec<(String, f64)>,
}

/// Where a count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Height {
    /// More than the bar allows.
    Above,
    /// As it was.
    Level,
    /// So little that the bar should be lowered.
    Below,
}

impl Bar {
    /// Reads a bar.
    ///
    /// # Errors
    ///
    /// If a line is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let (mut compiler, mut counts) = (String::new(), Vec::new());
        for line in lines {
            if line.starts_with("rustc ") {
                line.clone_into(&mut compiler);
            } else {
                counts.push(count(line).ok_or(format!("not a line of a bar: {line:?}"))?);
            }
        }
        Ok(Self { compiler, counts })
    }

    /// The file.
    pub fn render(&self) -> String {
        let Self { compiler, counts } = self;
        let mut text = format!(
            "# Instructions per hit of an annotated function, one thread. Checked by\n\
             # `hit --instructions --bar FILE`, written by `hit --instructions --renew FILE`.\n\
             {compiler}\n"
        );
        for (scenario, count) in counts {
            writeln!(text, "{scenario} {count:.1}").expect("a string takes what it is given");
        }
        text
    }

    /// Whether another compiler counted: then a difference says nothing about larder.
    pub fn is_of(&self, compiler: &str) -> bool {
        self.compiler == compiler
    }
}

fn count(line: &str) -> Option<(String, f64)> {
    let (scenario, count) = line.split_once(' ')?;
    let count = count.trim().parse().ok().filter(|count: &f64| *count > 0.0)?;
    Some((scenario.to_owned(), count))
}

impl Height {
    /// Holds a count against the bar.
    pub fn of(count: f64, bar: f64) -> Self {
        match count / bar - 1.0 {
            rise if rise > TOLERANCE => Self::Above,
            rise if rise < -TOLERANCE => Self::Below,
            _ => Self::Level,
        }
    }

    /// For the table.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Above => "too many",
            Self::Level => "as before",
            Self::Below => "fewer: lower the bar",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Height::{Above, Below, Level};
    use super::*;

    #[test]
    fn a_bar_is_read_as_it_was_written() {
        let counts = vec![("hit-u64".to_owned(), 120.5), ("hit-str".to_owned(), 200.0)];
        let bar = Bar { compiler: "rustc 1.95.0 (abc 2026-04-14)".to_owned(), counts };
        assert_eq!(Bar::parse(&bar.render()), Ok(bar));
    }

    #[test]
    fn what_is_no_bar_is_refused() {
        for text in ["hit-u64", "hit-u64 many", "hit-u64 0"] {
            assert!(Bar::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_twentieth_is_tolerated_both_ways() {
        let heights = [94.9, 95.1, 100.0, 104.9, 105.1].map(|count| Height::of(count, 100.0));
        assert_eq!(heights, [Below, Level, Level, Level, Above]);
    }

    #[test]
    fn this_program_knows_its_compiler() {
        assert!(COMPILER.starts_with("rustc "), "{COMPILER}");
    }
}
