//! From what was written to a plan. All rules run, whatever the others have found, so that all
//! problems come out in one build.

mod function;
mod invalidation;
mod key;
mod options;

pub(crate) use invalidation::{invalidation, target};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;

use crate::diagnostics::Problems;
use crate::item::{self, Argument, Function};
use crate::options::MemoOptions;
use crate::plan::{Defaults, Key, Memo, Mode, Receiver, Root, view};

/// A function that is to be memoized, and its options: valid or not.
pub(crate) struct Written {
    pub(crate) function: Function,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) receiver: Option<(syn::Receiver, item::Receiver)>,
    pub(crate) options: MemoOptions,
    pub(crate) defaults: Defaults,
}

/// What becomes of a function.
pub(crate) enum Outcome<P> {
    Plan(Box<P>),
    /// Nothing can be made of it that would spare its callers further errors.
    AsWritten(Box<Function>),
}

/// Checks everything and resolves all defaults. If there are problems, then the plan is a stand-in:
/// the function's callers compile, and so one mistake stays one error.
pub(crate) fn memo(written: Written, problems: &mut Problems) -> Outcome<Memo> {
    let fate = function::check(&written, problems);
    let key = key::resolve(&written, problems);
    options::check(&written, problems);
    match (fate, written.function.body.clone()) {
        (function::Fate::Memoizable, Some(body)) => {
            let sound = problems.is_empty();
            Outcome::Plan(Box::new(plan(written, body, sound.then_some(key))))
        }
        _ => Outcome::AsWritten(Box::new(written.function)),
    }
}

/// Without a key, the plan is a stand-in that asks nothing of any type.
fn plan(written: Written, body: TokenTree, key: Option<Key>) -> Memo {
    let mode = mode(&written);
    let mentioned = mentioned(&written);
    let Written { function, arguments, receiver, mut options, defaults } = written;
    let root = Root(options.root.take().map(|root| root.value.0));
    let options = if key.is_some() { options } else { MemoOptions::default() };
    let (store, kept) = options::resolve(options, defaults, &function, &arguments);
    Memo {
        root,
        output: function.output().cloned(),
        receiver: receiver.map(|(written, kind)| Receiver {
            written,
            by_value: matches!(kind, item::Receiver::Value),
        }),
        attrs: function.attrs,
        vis: function.vis,
        ident: function.sig.ident,
        generics: function.sig.generics,
        arguments,
        body,
        mentioned,
        mode,
        key: key.unwrap_or_default(),
        store,
        kept,
    }
}

fn bare_name(function: &Function) -> String {
    use syn::ext::IdentExt;
    function.name().unraw().to_string()
}

/// A body that visibly borrows nothing may outlive its caller.
fn mode(written: &Written) -> Mode {
    if written.options.local.is_some() {
        return Mode::Local;
    }
    let sig = &written.function.sig;
    let owned = written.receiver.is_none()
        && sig.generics.lifetimes().next().is_none()
        && sig.generics.type_params().all(|param| function::is_static(param, &sig.generics))
        && written.arguments.iter().all(|argument| {
            view::borrow(&argument.ty).is_none() && view::impl_trait(&argument.ty).is_none()
        })
        && !mentions(&sig.to_token_stream(), "Self");
    if owned { Mode::Owned } else { Mode::Borrowed }
}

/// The names of arguments in the values of options.
fn mentioned(written: &Written) -> Vec<Ident> {
    let Written { arguments, options, .. } = written;
    let values = [&options.key, &options.cache].into_iter().flatten();
    let values: TokenStream = values.map(|option| option.value.to_token_stream()).collect();
    let names = arguments.iter().flat_map(Argument::bindings);
    names.filter(|name| mentions(&values, &name.to_string())).cloned().collect()
}

/// The arguments that `tokens` mention.
fn named(arguments: &[Argument], tokens: &TokenStream) -> Vec<usize> {
    let is_named = |argument: &Argument| {
        let mut bindings = argument.bindings().into_iter();
        bindings.any(|name| mentions(tokens, &name.to_string()))
    };
    (0..arguments.len()).filter(|position| is_named(&arguments[*position])).collect()
}

/// Whether the name stands in `tokens`, be it in the format text of a `format!("{name}")`.
fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let mut holes = text.split('{').skip(1);
            holes.any(|hole| hole.split(['}', ':', '.']).next() == Some(name))
        }
        TokenTree::Punct(_) => false,
    })
}
