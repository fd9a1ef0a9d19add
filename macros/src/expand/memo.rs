//! A memoized function: its signature, and the call of the runtime that it consists of.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;

use super::place::{at, call_at};
use super::{body, hygienic, key, site};
use crate::plan::{Memo, Mode, OwnStore, Root, Store, Tiers, Weight};

/// The function that gives a call instead of running.
pub(crate) fn memo(plan: &Memo) -> TokenStream {
    let Memo { root, attrs, vis, ident, generics, .. } = plan;
    let inputs = inputs(plan);
    let output = output(plan);
    let bounds = &generics.where_clause;
    let call = call(plan);
    // A trait promises less than a `Call` gives; `Standalone` says `Memoized` once more, so that
    // readers see it; and a `#[must_use]` of the user is about the output.
    let lints = hygienic! {
        #[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
    };
    hygienic! {
        #(#attrs)*
        #lints
        #vis fn #ident #generics(#(#inputs),*) -> #root::Call<#output> #bounds {
            #call
        }
    }
}

fn inputs(plan: &Memo) -> Vec<TokenStream> {
    let receiver = plan.receiver.iter().map(|receiver| receiver.written.to_token_stream());
    let arguments = plan.arguments.iter().map(|argument| {
        let (attrs, name, ty) = (&argument.attrs, &argument.outer, &argument.ty);
        hygienic!(#(#attrs)* #name: #ty)
    });
    receiver.chain(arguments).collect()
}

/// All that is promised about the call, so that nobody has to look through the opaque type:
/// a recursive function could not.
fn output(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let output = output_type(plan);
    let key = plan.key.is_spelled().then(|| {
        let key = key::owned(root, &plan.key);
        hygienic!(, Key = #key)
    });
    let (body, send) = match plan.mode {
        Mode::Local => (None, None),
        Mode::Owned | Mode::Borrowed => {
            (Some(hygienic!(, Body: ::core::marker::Send)), Some(hygienic!(+ ::core::marker::Send)))
        }
    };
    let standalone = match plan.store {
        Store::Own(_) => Some(hygienic!(+ #root::__private::Standalone)),
        Store::Given { .. } => None,
    };
    hygienic!(impl #root::Memoized<Output = #output #key #body> #standalone #send)
}

pub(super) fn output_type(plan: &Memo) -> TokenStream {
    plan.output.as_ref().map_or_else(|| hygienic!(()), ToTokens::to_token_stream)
}

fn call(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let mode = match plan.mode {
        Mode::Owned => hygienic!(Owned),
        Mode::Borrowed => hygienic!(Borrowed),
        Mode::Local => hygienic!(Local),
    };
    let (function, store) = match &plan.store {
        Store::Own(own) => {
            let weighed = own.weight.is_some();
            let function = if weighed { hygienic!(call_weighed) } else { hygienic!(call) };
            (function, site::site(root, own))
        }
        Store::Given { cache, named } => (at(cache, hygienic!(call_in)), given(plan, cache, named)),
    };
    let carried: Vec<_> =
        plan.key.carried.iter().map(|position| &plan.arguments[*position].outer).collect();
    let gate = gate(plan);
    let key = key::closure(plan);
    let body = body::closure(plan);
    let shape = body::shape(plan);
    let call = hygienic! {
        #gate.#function(
            #store,
            #root::__private::#mode,
            (#(#carried,)*),
            #key,
            #body,
            __shape,
        )
    };
    let call = match &plan.store {
        Store::Own(own) => tiered(plan, own, &call),
        Store::Given { .. } => call,
    };
    hygienic!(#shape #call)
}

/// The call with what depends on the types of its key and value, which only the finished call knows: what its entries weigh,
/// and whether they can lie in tiers. Where the attribute names one, or cares what one does, they have to, and an error is
/// about that.
fn tiered(plan: &Memo, own: &OwnStore, call: &TokenStream) -> TokenStream {
    let root = &plan.root;
    let must =
        |place: &dyn ToTokens| at(&place, hygienic!(#root::__private::tiering!(must __call)));
    let weighed = own.weight.as_ref().map(|weight| weighed(root, weight));
    let tiering = match &own.tiers {
        Tiers::None if own.weight.is_none() => return call.clone(),
        Tiers::None => hygienic!(__call),
        Tiers::Defaults => plan
            .kept
            .strict
            .as_ref()
            .map_or_else(|| hygienic!(#root::__private::tiering!(__call)), |option| must(option)),
        Tiers::Named { disk, remote } => must(&disk.as_ref().or(remote.as_ref())),
    };
    hygienic! {
        let __call = #call;
        #weighed
        #tiering
    }
}

/// The call with what weighs its entries.
fn weighed(root: &Root, weight: &Weight) -> TokenStream {
    let weighing = weight.weigher.as_ref().map_or_else(
        || hygienic!(#root::__private::weighing!(__call)),
        |path| call_at(path, hygienic!(__call.by), hygienic!(#path)),
    );
    hygienic!(let __call = #weighing.weigh(__call);)
}

/// A reference to the user's cache; the expression sees the arguments as references.
fn given(plan: &Memo, cache: &Expr, named: &[usize]) -> TokenStream {
    let reference = at(cache, hygienic!(&));
    if named.is_empty() {
        return hygienic!(#reference #cache);
    }
    let arguments = named.iter().map(|position| &plan.arguments[*position]);
    let bindings = arguments.map(|argument| {
        let (pat, outer) = (key::by_reference(argument.pat.clone()), &argument.outer);
        hygienic!(#[allow(unused_variables)] let #pat = &#outer;)
    });
    hygienic!({ #(#bindings)* #reference #cache })
}

/// All checks in one value, which has the method that makes the call. If one fails, the compiler
/// reports that one, and nothing that would follow from it.
fn gate(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let output = output_type(plan);
    let stored = at(&output, hygienic!(#root::__private::stored(__shape)));
    let checks = key::checks(plan).into_iter().rev();
    checks.fold(stored, |rest, check| hygienic!(#root::__private::and(#check, #rest)))
}
