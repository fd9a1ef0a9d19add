//! The way of an attribute through this crate: tokens, what was written, a plan, tokens.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Ident, Lit, Token};

use crate::diagnostics::{Problems, problem};
use crate::expand;
use crate::item::{self, Argument, Function, Receiver};
use crate::options::{self, InvalidateOptions, List, MemoOptions};
use crate::plan::Defaults;
use crate::validate::{self, Outcome, Written};

/// `#[async_lru]`, `#[async_ttl]`
pub(crate) fn memoize(
    name: &str,
    defaults: Defaults,
    options: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut problems = Problems::default();
    let List { options, .. } = options::read(options, no_entry, &mut problems);
    let tokens = match function(name, &item, &mut problems) {
        None => item,
        Some(function) => {
            let written = written(function, options, defaults);
            finish(validate::memo(written, &mut problems), expand::memo)
        }
    };
    with(&problems, &tokens)
}

/// `#[invalidates]`
pub(crate) fn invalidate(calls: TokenStream, item: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let list: List<InvalidateOptions, _> = options::read(calls, target, &mut problems);
    let tokens = match function("invalidates", &item, &mut problems) {
        None => item,
        Some(function) => {
            let List { options, entries } = list;
            let outcome = validate::invalidation(function, options, entries, &mut problems);
            finish(outcome, expand::invalidation)
        }
    };
    with(&problems, &tokens)
}

fn function(name: &str, item: &TokenStream, problems: &mut Problems) -> Option<Function> {
    problems.keep(item::parse(name, item.clone()))
}

fn written(function: Function, options: MemoOptions, defaults: Defaults) -> Written {
    let arguments = Argument::all(&function.sig);
    let receiver = function.sig.receiver().map(|written| (written.clone(), Receiver::of(written)));
    Written { function, arguments, receiver, options, defaults }
}

fn finish<P>(outcome: Outcome<P>, generate: impl Fn(&P) -> TokenStream) -> TokenStream {
    match outcome {
        Outcome::Plan(plan) => generate(&plan),
        Outcome::AsWritten(function) => function.into_token_stream(),
    }
}

fn with(problems: &Problems, tokens: &TokenStream) -> TokenStream {
    let problems = problems.to_tokens();
    quote!(#problems #tokens)
}

/// An element of `#[invalidates(..)]` that is no option.
fn target(input: ParseStream<'_>) -> syn::Result<crate::plan::Target> {
    validate::target(input.parse()?)
}

/// The memoizing attributes take options only.
fn no_entry(input: ParseStream<'_>) -> syn::Result<std::convert::Infallible> {
    if input.peek(Ident::peek_any) && !input.peek2(Token![::]) {
        let name = input.call(Ident::parse_any)?;
        return Err(options::unknown::<MemoOptions>(&name, None));
    }
    if input.peek(Token![,]) {
        return Err(problem(
            input.cursor().token_stream().into_iter().next(),
            "an option is missing here",
            "remove the comma",
        ));
    }
    let value: Expr = input.parse()?;
    let help = match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => {
            format!("write `maxsize = {int}` or `ttl = {int}`")
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => format!("write `ttl = {}`", text.token()),
        _ => "write `name = value`".to_owned(),
    };
    Err(problem(value, "an option needs a name", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[&str] = &[
        "maxsize",
        "maxsize = 1",
        "maxsize = -",
        "unbounded",
        "max_bytes = \"64MiB\"",
        "max_bytes = \"\"",
        "max_bytes = 0",
        "max_bytes = a(b)",
        "weigher = a::b",
        "weigher = |a, b| 1",
        "policy = lru",
        "policy = \"lru\"",
        "policy = r#lru",
        "policy = ::a::<b>",
        "sizing",
        "ttl = \"5\u{b5}s\"",
        "ttl = \"\"",
        "ttl = 99999999999999999999",
        "skip(a)",
        "skip(self, a, )",
        "skip(a b)",
        "skip {a}",
        "skip(\"a\")",
        "skip(\"a b\", 1)",
        "key = ()",
        "key = (a, self.b, format!(\"{c:?} {{\"))",
        "key = a::<B, C>(1,",
        "cache = a",
        "cache_if = |x| true",
        "cache_err = 0",
        "name = \"\u{0}\"",
        "version = 1u8",
        "local = ",
        "crate = ::a::b",
        "crate = <A>::b",
        "crate::f(x)",
        "crate::f(..)",
        "when = \"after\"",
        "f(..)",
        "self.f(..)",
        "f(.., ..)",
        "a.b.f(..)",
        "(f)(..)",
        "f!()",
        "f(x).await",
        ",",
        "=",
        "..",
        "'a",
        "#",
        "1.5e3",
        "r#key = a",
        "self",
        "Self",
        "async",
        "_",
        "?",
        "$",
    ];
    const ITEMS: &[&str] = &[
        "",
        "struct A;",
        "async fn f() {}",
        "async fn f();",
        "fn f(a: u8) { g().await }",
        "pub(crate) async unsafe extern \"C\" fn f(a: u8, ...) {}",
        "async fn f(self: Arc<Self>, (a, mut b): &mut (u8, u8), _: impl Fn(&u8)) -> impl A {}",
        "async fn f<'a, T: 'static, const N: usize>(&'a self, c: &[Option<(f64, Cow<'a, [&T; N]>)>]) \
         -> Result<&'a T, !> where T: for<'b> A<'b> { #![allow(unused)] loop {} }",
        "#[async_lru] #[invalidates(f(..))] async fn f(#[cfg(a)] a: dyn A, #[allow(b)] r#type: fn(&u8)) {}",
    ];

    /// Whatever is written, there is an answer in tokens that the compiler can read.
    #[test]
    fn nothing_panics() {
        let lists = OPTIONS.iter().flat_map(|first| {
            let pairs = OPTIONS.iter().map(move |second| format!("{first}, {second}"));
            pairs.chain([(*first).to_owned(), format!("{first} {first}")])
        });
        for list in lists {
            let Ok(list) = list.parse::<TokenStream>() else { continue };
            for item in ITEMS {
                let item: TokenStream = item.parse().expect("the items are tokens");
                let memoized = memoize("async_lru", Defaults::Lru, list.clone(), item.clone());
                let invalidating = invalidate(list.clone(), item);
                assert!(!memoized.is_empty() || list.is_empty(), "{list}");
                drop(invalidating);
            }
        }
    }
}
