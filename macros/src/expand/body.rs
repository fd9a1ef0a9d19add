//! The user's body, and what is kept of its output.

use proc_macro2::{Ident, TokenStream};

use super::hygienic;
use super::memo::output_type;
use super::place::{at, call_at};
use crate::item::Argument;
use crate::plan::{Memo, Mode, view};

/// From the carried arguments to the body's future. The body stays a block of its own, so that the
/// user's edition decides what is dropped when; the parentheses keep the compiler from calling its
/// braces superfluous.
pub(super) fn closure(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let output = output_type(plan);
    let carried = plan.key.carried.iter().map(|position| received(&plan.arguments[*position]));
    let bindings = bindings(plan);
    let body = &plan.body;
    // Tells `?` and `return` the type; the block alone could not. An error says "return type" of it,
    // and so it stands where that is written.
    let typed = at(&output, hygienic!(return #root::__private::output::<#output>()));
    let future = hygienic! {
        async move {
            if false {
                #typed;
            }
            #bindings
            (#body)
        }
    };
    let future = match plan.mode {
        // Boxed here, where the compiler sees that it is `Send` even when it calls itself.
        Mode::Owned => hygienic!(#root::__private::owned(__shape, #future)),
        Mode::Borrowed | Mode::Local => future,
    };
    hygienic!(move |(#(#carried,)*)| #future)
}

/// How a carried argument comes into the closure: under the user's name if that is all there is
/// to it, otherwise to be bound in the body.
fn received(argument: &Argument) -> Ident {
    match argument.name() {
        Some(name) if argument.is_plain() => name.clone(),
        _ => argument.outer.clone(),
    }
}

/// The arguments as the user named them. What is not carried is moved into the future as a whole,
/// so that it lives until the body's end, as in any async function, also if the body uses a part.
fn bindings(plan: &Memo) -> TokenStream {
    let whole = plan.receiver.as_ref().filter(|receiver| receiver.by_value).map(|receiver| {
        let this = receiver.written.self_token;
        hygienic!(let _ = &#this;)
    });
    let is_carried = |position: &usize| plan.key.carried.contains(position);
    let (carried, captured): (Vec<_>, Vec<_>) =
        (0..plan.arguments.len()).partition(|position| is_carried(position));
    let argument = |position: usize| &plan.arguments[position];

    let (simple, captured): (Vec<_>, Vec<_>) =
        captured.into_iter().map(argument).partition(|argument| argument.is_simple());
    let patterns = simple.iter().map(|argument| &argument.pat);
    let outers = simple.iter().map(|argument| &argument.outer);
    let simple = (!simple.is_empty()).then(|| hygienic!(let (#(#patterns,)*) = (#(#outers,)*);));

    let holds = captured.iter().map(|argument| &argument.outer);
    let carried = carried.into_iter().map(argument).filter(|argument| !argument.is_plain());
    let binds = captured.iter().copied().chain(carried).filter(|argument| !argument.is_wild());
    let binds =
        binds.map(|Argument { outer, pat, lints, .. }| hygienic!(#(#lints)* let #pat = #outer;));
    let mentioned = plan.mentioned.iter().map(|name| hygienic!(let _ = &#name;));
    hygienic!(#whole #simple #(let #holds = #holds;)* #(#binds)* #(#mentioned)*)
}

/// `__shape`, which says what of the output is kept. The compiler finds the trait that fits the
/// type best, whatever alias it is written with; options narrow that down.
pub(super) fn shape(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let output = output_type(plan);
    let wraps = [
        plan.kept.errors.as_ref().map(|lifetime| {
            let (wrap, shape) = (
                hygienic!(#root::__private::cache_err),
                at(lifetime.written(), hygienic!(__shape)),
            );
            call_at(lifetime.written(), wrap, hygienic!(#shape, #lifetime))
        }),
        plan.kept
            .skip_none
            .as_ref()
            .map(|option| at(option, hygienic!(#root::__private::skip_none(__shape)))),
        plan.kept.only_if.as_ref().map(|path| {
            call_at(path, hygienic!(#root::__private::cache_if), hygienic!(__shape, #path))
        }),
        plan.kept
            .strict
            .as_ref()
            .map(|option| at(option, hygienic!(#root::__private::strict_shape!(__shape)))),
    ];
    let wraps = wraps.into_iter().flatten();
    let borrows = plan.output.as_ref().is_some_and(|output| view::borrow(output).is_some());
    let shape = if borrows { hygienic!(borrowing_shape) } else { hygienic!(shape) };
    hygienic! {
        let __shape = #root::__private::#shape!(#output);
        #(let __shape = #wraps;)*
    }
}
