//! Rules about the function itself.

use quote::ToTokens;
use syn::{Generics, Type, TypeParam, TypeParamBound, WherePredicate};

use super::{Written, mentions};
use crate::diagnostics::Problems;
use crate::item::Function;
use crate::plan::view;

/// What can be generated for a function with problems.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Memoizable,
    AsWritten,
}

/// The attributes of this crate that memoize.
const MEMOIZING: &[&str] = &["async_lru", "async_ttl"];

pub(super) fn check(written: &Written, problems: &mut Problems) -> Fate {
    let function = &written.function;
    let checks = [
        asynchronous(function, problems),
        plain(function, problems),
        alone(function, problems),
        output(function, problems),
        arguments(written, problems),
    ];
    if checks.contains(&Fate::AsWritten) { Fate::AsWritten } else { Fate::Memoizable }
}

fn asynchronous(function: &Function, problems: &mut Problems) -> Fate {
    let Some(body) = &function.body else {
        problems.add(
            function.name(),
            "this function has no body that could be memoized",
            "put the attribute on the implementation",
        );
        return Fate::AsWritten;
    };
    if function.sig.asyncness.is_some() {
        return Fate::Memoizable;
    }
    // Only a body that waits was meant to be async, and will have callers that wait for it.
    let awaits = mentions(&body.to_token_stream(), "await");
    let boxed = mentions(&function.sig.output.to_token_stream(), "Pin");
    let help = if boxed {
        "write `async fn` here; under `#[async_trait]`, memoize an inherent method and call that"
    } else if awaits {
        "write `async fn`"
    } else {
        "write `async fn`, or keep its results in a `larder::Cache` yourself: `CACHE.get_or_insert_with(key, || ..)`"
    };
    problems.add(function.sig.fn_token, "only an `async fn` can be memoized", help);
    if awaits { Fate::Memoizable } else { Fate::AsWritten }
}

/// No `unsafe`, `const`, `extern`.
fn plain(function: &Function, problems: &mut Problems) -> Fate {
    let sig = &function.sig;
    let special = [
        sig.constness.to_token_stream(),
        sig.safety.to_token_stream(),
        sig.abi.to_token_stream(),
        sig.variadic.to_token_stream(),
    ];
    let mut fate = Fate::Memoizable;
    for tokens in special.iter().filter(|tokens| !tokens.is_empty()) {
        problems.add(
            tokens,
            format!("a function that is `{tokens}` cannot be memoized"),
            "memoize a plain `async fn`, and call that",
        );
        fate = Fate::AsWritten;
    }
    fate
}

/// One attribute of this crate at a time.
fn alone(function: &Function, problems: &mut Problems) -> Fate {
    if let Some(second) = function.attribute(MEMOIZING) {
        problems.add(second, "this function is memoized twice", "keep one of the attributes");
        return Fate::AsWritten;
    }
    if let Some(invalidates) = function.attribute(&["invalidates"]) {
        not_both(invalidates, problems);
        return Fate::AsWritten;
    }
    Fate::Memoizable
}

/// The error for a function with `#[invalidates]` that is memoized.
pub(super) fn not_both(culprit: impl ToTokens, problems: &mut Problems) {
    problems.add(
        culprit,
        "a memoized function cannot invalidate: its hits do not run",
        "move one of the attributes to a function of its own",
    );
}

pub(super) fn memoizing(function: &Function) -> Option<&syn::Attribute> {
    function.attribute(MEMOIZING)
}

fn output(function: &Function, problems: &mut Problems) -> Fate {
    let Some(ty) = function.output() else {
        return Fate::Memoizable;
    };
    if let Some(anonymous) = view::impl_trait(ty) {
        problems.add(
            anonymous,
            "the output of a memoized function needs a name",
            "name the type; for a trait object, `Arc<dyn Trait + Send + Sync>`",
        );
        return Fate::AsWritten;
    }
    let culprit = match view::borrow(stored(ty)) {
        None => return Fate::Memoizable,
        Some(view::Borrow::Lifetime(lifetime)) => lifetime.to_token_stream(),
        Some(view::Borrow::Reference(reference)) => reference.to_token_stream(),
    };
    problems.add(
        culprit,
        "the output borrows, and a cache keeps it longer than the call lasts",
        "return an owned value",
    );
    Fate::AsWritten
}

/// What of an output may be stored, as far as it can be seen: an `Err` may borrow.
fn stored(ty: &Type) -> &Type {
    let ty = view::bare(ty);
    let Type::Path(path) = ty else { return ty };
    let Some(last) = path.path.segments.last() else {
        return ty;
    };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return ty;
    };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ok)) if last.ident == "Result" => ok,
        _ => ty,
    }
}

fn arguments(written: &Written, problems: &mut Problems) -> Fate {
    /// `Memo` is implemented for functions of up to this many arguments, `self` included.
    const MOST_ARGUMENTS: usize = 16;
    let mut fate = Fate::Memoizable;
    if let Some(beyond) = written.function.sig.inputs.iter().nth(MOST_ARGUMENTS) {
        problems.add(
            beyond,
            format!("a memoized function has at most {MOST_ARGUMENTS} arguments"),
            "put some of them together in a struct",
        );
    }
    for attr in written.arguments.iter().flat_map(|argument| &argument.attrs) {
        if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
            problems.add(
                attr,
                "an argument of a memoized function cannot depend on `cfg`",
                "put the `cfg` on two versions of the function",
            );
            fate = Fate::AsWritten;
        }
    }
    fate
}

/// Whether a type parameter is declared to borrow nothing.
pub(super) fn is_static(param: &TypeParam, generics: &Generics) -> bool {
    let outlives = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static");
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    param.bounds.iter().any(outlives) || predicates.into_iter().any(|predicate| match predicate {
        WherePredicate::Type(predicate) => {
            matches!(&predicate.bounded_ty, Type::Path(path) if path.path.is_ident(&param.ident))
                && predicate.bounds.iter().any(outlives)
        }
        _ => false,
    })
}
