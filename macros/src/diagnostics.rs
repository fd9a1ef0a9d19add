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
        self.0.as_ref().map(syn::Error::to_compile_error).unwrap_or_default()
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

/// The known name that `name` was probably meant to be: one that a slip or two of the fingers
/// makes of it, or else one that begins very much alike.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this likeness a suggestion confuses more than it helps.
    const ALIKE: f64 = 0.88;
    let slips = |candidate: &str| strsim::osa_distance(name, candidate);
    let alike = |candidate: &str| strsim::jaro_winkler(name, candidate) >= ALIKE;
    known
        .into_iter()
        .filter(|candidate| slips(candidate) <= candidate.len().div_ceil(4) || alike(candidate))
        .min_by_key(|candidate| slips(candidate))
}

/// `` `a`, `b`, `c` ``
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let known = ["maxsize", "ttl", "key", "skip", "skip_args", "skip_none", "cache", "when"];
        for (written, meant) in [
            ("maxsiz", Some("maxsize")),
            ("max_size", Some("maxsize")),
            ("tll", Some("ttl")),
            ("ky", Some("key")),
            ("skp", Some("skip")),
            ("skipnone", Some("skip_none")),
            ("skip_arguments", Some("skip_args")),
            ("wen", Some("when")),
            ("banana", None),
            ("tag", None),
            ("stale", None),
        ] {
            assert_eq!(nearest(written, known), meant, "{written}");
        }
    }
}
