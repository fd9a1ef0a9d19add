//! Rules about option values that need the function to be judged. Which options exclude each
//! other says the table.

use quote::ToTokens;
use syn::Expr;

use super::{Written, mentions};
use crate::diagnostics::Problems;
use crate::options::table::Keyed;
use crate::options::value::{Flag, Lifetime, Size};
use crate::plan::Bound;

pub(super) fn check(written: &Written, problems: &mut Problems) {
    if let Some(Keyed {
        value: Size(size), ..
    }) = &written.options.maxsize
    {
        independent("maxsize", size, problems);
    }
    if let Some(Keyed {
        value: Lifetime::Expression(ttl),
        ..
    }) = &written.options.ttl
    {
        independent("ttl", ttl, problems);
    }
}

/// A function has one store for all its calls, and so its bounds cannot come from one of them.
fn independent(option: &str, value: &Expr, problems: &mut Problems) {
    let tokens = value.to_token_stream();
    if let Some(own) = ["self", "Self"]
        .into_iter()
        .find(|own| mentions(&tokens, own))
    {
        problems.add(
            value,
            format!("`{option}` belongs to all calls together, it cannot use `{own}`"),
            "name a constant or a static function, or give each value its own `cache = self.cache`",
        );
    }
}

pub(super) fn bound(size: Option<Keyed<Size>>, unbounded: Option<&Keyed<Flag>>) -> Option<Bound> {
    match (size, unbounded) {
        (Some(size), _) => Some(Bound::Entries(size.value.0)),
        (None, Some(_)) => Some(Bound::None),
        (None, None) => None,
    }
}
