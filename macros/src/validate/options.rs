//! Rules about option values that need the function to be judged. Which options exclude each
//! other says the table.

use quote::ToTokens;
use syn::Expr;

use super::{Written, mentions, named};
use crate::diagnostics::Problems;
use crate::item::Argument;
use crate::options::MemoOptions;
use crate::options::table::Keyed;
use crate::options::value::Size;
use crate::plan::{Bound, Defaults, Kept, OwnStore, Store};

pub(super) fn check(written: &Written, problems: &mut Problems) {
    if let Some(Keyed { value: Size(size), .. }) = &written.options.maxsize {
        independent("maxsize", size, problems);
    }
    let ttl = written.options.ttl.as_ref().and_then(|ttl| ttl.value.expression());
    if let Some(ttl) = ttl {
        independent("ttl", ttl, problems);
    }
}

/// A function has one store for all its calls, and so its bounds cannot come from one of them.
fn independent(option: &str, value: &Expr, problems: &mut Problems) {
    let tokens = value.to_token_stream();
    if let Some(own) = ["self", "Self"].into_iter().find(|own| mentions(&tokens, own)) {
        problems.add(
            value,
            format!("`{option}` belongs to all calls together, it cannot use `{own}`"),
            "name a constant or a static function, or give each value its own `cache = self.cache`",
        );
    }
}

/// What the options come to, with the defaults of what was not written.
pub(super) fn resolve(
    options: MemoOptions,
    defaults: Defaults,
    function: String,
    arguments: &[Argument],
) -> (Store, Kept) {
    let kept = Kept {
        errors: options.cache_err.map(|lifetime| lifetime.value),
        skip_none: options.skip_none.map(|flag| flag.key),
        only_if: options.cache_if.map(|predicate| predicate.value.0),
    };
    if let Some(cache) = options.cache {
        let cache = cache.value;
        let named = named(arguments, &cache.to_token_stream());
        return (Store::Given { cache, named }, kept);
    }
    let bound = match (options.maxsize, options.unbounded) {
        (Some(size), _) => Some(Bound::Entries(size.value.0)),
        (None, Some(_)) => Some(Bound::None),
        (None, None) => None,
    };
    let own = OwnStore {
        name: options.name.map_or(function, |name| name.value.0),
        version: options.version.map_or(0, |version| version.value.value),
        defaults,
        bound,
        ttl: options.ttl.map(|ttl| ttl.value),
    };
    (Store::Own(Box::new(own)), kept)
}
