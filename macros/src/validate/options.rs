//! Rules about option values that need the function to be judged. Which options exclude each
//! other says the table.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprPath, GenericArgument, PathArguments, PathSegment, Type};

use super::{Written, bare_name, mentions, named};
use crate::diagnostics::Problems;
use crate::item::{Argument, Function};
use crate::options::table::Keyed;
use crate::options::value::{self, Bytes, OnTierError, Size};
use crate::options::{Layer, MemoOptions};
use crate::plan::{Bound, Defaults, Kept, OwnStore, Store, Tiers, Weight, view};

pub(super) fn check(written: &Written, problems: &mut Problems) {
    let MemoOptions {
        maxsize,
        max_bytes,
        weigher,
        ttl,
        disk,
        remote,
        on_tier_error,
        cache_err,
        ..
    } = &written.options;
    // A weigher whose bound could not be read, or belongs to a given cache, is no second mistake.
    if let Some(Keyed { key, .. }) = weigher
        && max_bytes.is_none()
        && problems.is_empty()
    {
        let help = "add the bound: `max_bytes = \"64MiB\"`";
        problems.add(key, "`weigher` without `max_bytes` has nothing to weigh for", help);
    }
    if let Some(Keyed { value: Size(size), .. }) = maxsize {
        independent("maxsize", size, problems);
    }
    if let Some(Keyed { value: Bytes(bytes), .. }) = max_bytes {
        independent("max_bytes", bytes, problems);
    }
    if let Some(Keyed { value: value::Function(function), .. }) = weigher {
        independent("weigher", function, problems);
        concrete("weigher", function, written, problems);
    }
    for (option, layer) in [("disk", disk), ("remote", remote)] {
        if let Some(Keyed { value: Layer(value), .. }) = layer {
            independent(option, value, problems);
        }
    }
    let strict = on_tier_error.as_ref().filter(|on| on.value == OnTierError::Fail);
    let named = disk.as_ref().or(remote.as_ref()).map(|layer| &layer.key);
    if let Some(key) = named.or(strict.map(|on| &on.key))
        && let Some(value) = borrowed_value(written.function.output(), cache_err.is_some())
    {
        let what = format!("a value that is read back from a tier cannot borrow, as `{key}` asks");
        problems.add(value, what, "return what owns its parts: a `String` instead of a `&str`");
    }
    if let Some(ttl) = ttl.as_ref().and_then(|ttl| ttl.value.expression()) {
        independent("ttl", ttl, problems);
    }
}

/// The value of an output that visibly borrows, be it for `'static`: it cannot be read from bytes. Of a `Result` it is the
/// first parameter, unless errors are stored too. Whether it is one, types decide later; here it only has to look so.
fn borrowed_value(output: Option<&Type>, errors: bool) -> Option<&Type> {
    let output = output?;
    let value = match output {
        Type::Path(path) if !errors => match path.path.segments.last() {
            Some(PathSegment { ident, arguments: PathArguments::AngleBracketed(arguments) })
                if ident == "Result" =>
            {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
            }
            _ => None,
        },
        _ => None,
    };
    let value = value.unwrap_or(output);
    view::mentions_lifetime(value).then_some(value)
}

/// A function has one store for all its calls, and so its bounds cannot come from one of them.
fn independent(option: &str, value: &Expr, problems: &mut Problems) {
    let tokens = value.to_token_stream();
    let (own, help) = if mentions_receiver(&tokens) {
        let help =
            "name a constant or a static function, or give each value its own `cache = self.cache`";
        ("self", help)
    } else if mentions(&tokens, "Self") {
        ("Self", "write the name of the type, or name something outside of it")
    } else {
        return;
    };
    let what = format!("`{option}` belongs to all calls together, it cannot use `{own}`");
    problems.add(value, what, help);
}

/// A path that belongs to all instances of a generic function cannot name one of its type parameters.
fn concrete(option: &str, value: &Expr, written: &Written, problems: &mut Problems) {
    let Expr::Path(ExprPath { qself, path, .. }) = value else { return };
    // `T::weigh`, `<T as Weigh>::weigh`, `weigh::<T>`; in `weights::T` it is another name.
    let first = path.segments.first().map(|segment| &segment.ident);
    let mut types = qself.as_ref().map(|own| own.ty.to_token_stream()).unwrap_or_default();
    types.extend(path.segments.iter().map(|segment| segment.arguments.to_token_stream()));
    let mut params = written.function.sig.generics.type_params().map(|param| &param.ident);
    if let Some(own) = params.find(|own| first == Some(*own) || mentions(&types, &own.to_string()))
    {
        let what = format!("`{option}` belongs to all calls together, it cannot use `{own}`");
        let help =
            "name a function whose types are the same in every instance, as in `weigh::<String>`";
        problems.add(value, what, help);
    }
}

/// Whether a `self` stands there that is not the beginning of a path, as in `self::LIMIT`.
fn mentions_receiver(tokens: &TokenStream) -> bool {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let begins_path = |next: Option<&TokenTree>| matches!(next, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    tokens.iter().enumerate().any(|(place, token)| match token {
        TokenTree::Group(group) => mentions_receiver(&group.stream()),
        TokenTree::Ident(ident) if ident == "self" => !begins_path(tokens.get(place + 1)),
        token => mentions(&token.clone().into(), "self"),
    })
}

/// What the options come to, with the defaults of what was not written.
pub(super) fn resolve(
    options: MemoOptions,
    defaults: Defaults,
    function: &Function,
    arguments: &[Argument],
) -> (Store, Kept) {
    let reads_borrowed = borrowed_value(function.output(), options.cache_err.is_some()).is_some();
    let kept = Kept {
        errors: options.cache_err.map(|lifetime| lifetime.value),
        skip_none: options.skip_none.map(|flag| flag.key),
        only_if: options.cache_if.map(|predicate| predicate.value.0),
        strict: options
            .on_tier_error
            .and_then(|on| (on.value == OnTierError::Fail).then_some(on.key)),
    };
    if let Some(cache) = options.cache {
        let cache = cache.value;
        let named = named(arguments, &cache.to_token_stream());
        return (Store::Given { cache, named }, kept);
    }
    let bound = match (options.maxsize, options.unbounded, &options.max_bytes) {
        (Some(size), ..) => Some(Bound::Entries(size.value.0)),
        (None, Some(_), _) | (None, None, Some(_)) => Some(Bound::None),
        (None, None, None) => None,
    };
    let weigher = options.weigher.map(|weigher| weigher.value.0);
    let weight = options.max_bytes.map(|most| Weight { most: most.value.0, weigher });
    let tiers = match (options.disk, options.remote) {
        (None, None) if options.memory_only.is_some() || reads_borrowed => Tiers::None,
        (None, None) => Tiers::Defaults,
        (disk, remote) => Tiers::Named {
            disk: disk.map(|layer| Box::new(layer.value.0)),
            remote: remote.map(|layer| Box::new(layer.value.0)),
        },
    };
    let own = OwnStore {
        name: options.name.map_or_else(|| bare_name(function), |name| name.value.0),
        version: options.version.map_or(0, |version| version.value.value),
        defaults,
        bound,
        weight,
        policy: options.policy.map(|policy| policy.value),
        sizing: options.sizing.is_some(),
        ttl: options.ttl.map(|ttl| ttl.value),
        tiers,
    };
    (Store::Own(Box::new(own)), kept)
}
