//! The key: the closure that looks at the arguments, and the type of what is stored.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::Type;
use syn::visit_mut::{self, VisitMut};

use super::place::{at, call_at};
use super::{hygienic, nested_tuple};
use crate::plan::view::View;
use crate::plan::{Key, Memo, Part, Root};

/// `|(a, b), ask| ..`, without types: with them the closure would be bound to one lifetime.
pub(super) fn closure(plan: &Memo) -> TokenStream {
    let parts = alone_or_tuple(plan.key.parts.iter().map(|part| look_at_part(plan, part)));
    let names: Vec<_> = plan.key.carried.iter().map(|position| carried(*position)).collect();
    let written = plan.key.written.then(|| {
        let arguments = plan.key.carried.iter().map(|position| &plan.arguments[*position]);
        let patterns = arguments.map(|argument| by_reference(argument.pat.clone()));
        hygienic!(#(#[allow(unused_variables)] let #patterns = #names;)*)
    });
    let look = hygienic!(ask.with(#parts));
    let look = written.map_or_else(|| look.clone(), |bindings| hygienic!({ #bindings #look }));
    hygienic! {
        move |(#(#names,)*), ask| #look
    }
}

/// The name of a carried argument in the closure: none of the user's, who may call one `args`.
fn carried(position: usize) -> Ident {
    format_ident!("arg{position}", span = Span::mixed_site())
}

/// What has to hold of the parts' types, each said where the user has written the type.
pub(super) fn checks(plan: &Memo) -> Vec<TokenStream> {
    let root = &plan.root;
    let mut checks = Vec::new();
    for part in &plan.key.parts {
        match part {
            Part::Receiver { ty, .. } => {
                checks.push(hygienic!(<#ty as #root::__private::ReceiverPart<_>>::GATE));
            }
            Part::Argument { view, .. } => {
                let leaves = view.leaves().into_iter();
                checks.extend(
                    leaves.map(|ty| hygienic!(<#ty as #root::__private::KeyPart<_>>::GATE)),
                );
            }
            // Of unknown type: `custom` checks them.
            Part::Custom(_) | Part::Binding(_) => {}
        }
    }
    checks
}

fn look_at_part(plan: &Memo, part: &Part) -> TokenStream {
    let root = &plan.root;
    match part {
        Part::Receiver { token, .. } => at(token, hygienic!(#root::__private::receiver(#token))),
        Part::Argument { position, view } => {
            let name = carried(*position);
            look(root, view, &hygienic!(#name))
        }
        Part::Custom(value) => {
            call_at(value, hygienic!(#root::__private::custom), hygienic!(#value))
        }
        Part::Binding(name) => {
            at(name, hygienic!(#root::__private::custom(::core::clone::Clone::clone(#name))))
        }
    }
}

/// The borrowed look at `place`, an expression of a reference to the viewed type.
fn look(root: &Root, view: &View, place: &TokenStream) -> TokenStream {
    match view {
        View::Leaf(ty) | View::Target(ty) => at(ty, hygienic!(#root::__private::leaf(#place))),
        View::Reference(inner) => look(root, inner, &hygienic!(*#place)),
        View::Float(name) => at(name, hygienic!(#root::__private::bits(#place))),
        View::Cow(ty) => at(ty, hygienic!(#root::__private::leaf(&**#place))),
        View::Option(inner) => {
            let inner = look(root, inner, &hygienic!(x));
            hygienic!(::core::option::Option::map(::core::option::Option::as_ref(#place), |x| #inner))
        }
        View::Each(inner) => {
            let inner = look(root, inner, &hygienic!(x));
            hygienic!(#root::__private::each(&(#place)[..], |x| #inner))
        }
        View::Tuple(parts) => {
            let names: Vec<_> = (0..parts.len())
                .map(|index| format_ident!("x{index}", span = Span::mixed_site()))
                .collect();
            let looks =
                parts.iter().zip(&names).map(|(part, name)| look(root, part, &hygienic!(#name)));
            hygienic!({ let (#(#names,)*) = #place; (#(#looks,)*) })
        }
    }
}

/// The type of the stored key.
pub(super) fn owned(root: &Root, key: &Key) -> TokenStream {
    alone_or_tuple(key.parts.iter().map(|part| match part {
        Part::Receiver { ty, .. } => hygienic!(#ty),
        Part::Argument { view, .. } => owned_part(root, view),
        Part::Custom(_) | Part::Binding(_) => hygienic!(_),
    }))
}

fn owned_part(root: &Root, view: &View) -> TokenStream {
    match view {
        View::Leaf(ty) => hygienic!(#ty),
        View::Target(Type::Slice(slice)) => {
            let element = &slice.elem;
            hygienic!(::std::vec::Vec<#element>)
        }
        View::Target(ty) | View::Cow(ty) => hygienic!(<#ty as ::std::borrow::ToOwned>::Owned),
        View::Reference(inner) => owned_part(root, inner),
        View::Float(name) => hygienic!(#root::__private::Bits<::core::primitive::#name>),
        View::Option(inner) => {
            let inner = owned_part(root, inner);
            hygienic!(::core::option::Option<#inner>)
        }
        View::Each(inner) => {
            let inner = owned_part(root, inner);
            hygienic!(::std::vec::Vec<#inner>)
        }
        View::Tuple(parts) => {
            let parts = parts.iter().map(|part| owned_part(root, part));
            hygienic!((#(#parts,)*))
        }
    }
}

/// One part stands for itself; none is `()`.
fn alone_or_tuple(parts: impl Iterator<Item = TokenStream>) -> TokenStream {
    /// Longer tuples cannot be hashed.
    const LONGEST_TUPLE: usize = 12;
    let mut parts: Vec<_> = parts.collect();
    match parts.len() {
        1 => parts.remove(0),
        _ => nested_tuple(parts, LONGEST_TUPLE),
    }
}

/// The pattern as it matches a reference: what it takes by value or `mut` is then a reference.
pub(super) fn by_reference(mut pat: syn::Pat) -> syn::Pat {
    struct Plain;
    impl VisitMut for Plain {
        fn visit_pat_ident_mut(&mut self, pat: &mut syn::PatIdent) {
            pat.by_ref = None;
            pat.mutability = None;
            visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    Plain.visit_pat_mut(&mut pat);
    pat
}
