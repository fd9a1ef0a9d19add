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
    if input.peek(Ident::peek_any) {
        let name = input.call(Ident::parse_any)?;
        return Err(options::unknown::<MemoOptions>(&name));
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
