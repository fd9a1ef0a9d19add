//! Problems are collected, not returned one at a time: a function with three mistakes gets three
//! errors in one build, each underlining its culprit and naming the way out.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Every problem found so far.
#[derive(Default)]
pub(crate) struct Problems(Option<syn::Error>);

impl Problems {
    /// Records what is wrong with `culprit`, and what to do about it.
    pub(crate) fn add(&mut self, culprit: impl ToTokens, what: impl Display, help: impl Display) {
        self.push(problem(culprit, what, help));
    }

    /// Records an error that a parser has already built.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Keeps the value of a successful step; records the error of a failed one.
    pub(crate) fn keep<T>(&mut self, step: syn::Result<T>) -> Option<T> {
        step.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// One `compile_error!` for each problem.
    pub(crate) fn to_tokens(&self) -> TokenStream {
        self.0
            .as_ref()
            .map(syn::Error::to_compile_error)
            .unwrap_or_default()
    }
}

/// An error in the one form that all of this crate's errors have.
pub(crate) fn problem(
    culprit: impl ToTokens,
    what: impl Display,
    help: impl Display,
) -> syn::Error {
    syn::Error::new_spanned(culprit, format_args!("{what}\nhelp: {help}"))
}

/// The known name that `name` was probably meant to be.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this likeness a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.8;
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b`, `c` ``
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
