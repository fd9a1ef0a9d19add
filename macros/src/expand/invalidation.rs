//! A function that invalidates: it stays what it was, with a guard before its body. The guard
//! works when it is dropped, so that neither `?` nor a panic nor a cancelled call gets past it.

use proc_macro2::TokenStream;

use super::place::{at, call_at};
use super::{hygienic, nested_tuple};
use crate::options::value::When;
use crate::plan::{Invalidation, Root, Target};

/// The runtime's tuples end here.
const LONGEST_TUPLE: usize = 16;

pub(crate) fn invalidation(plan: &Invalidation) -> TokenStream {
    let Invalidation { root, attrs, vis, sig, body, when, targets } = plan;
    let when = match when {
        When::Before => hygienic!(Before),
        When::After => hygienic!(After),
        When::Both => hygienic!(Both),
    };
    let targets = targets.iter().map(|target| tokens(root, target)).collect();
    let targets = nested_tuple(targets, LONGEST_TUPLE);
    hygienic! {
        #(#attrs)*
        #vis #sig {
            let guard = #root::__private::Invalidating::new(
                #root::__private::When::#when,
                #targets,
            );
            guard.before();
            (#body)
        }
    }
}

fn tokens(root: &Root, target: &Target) -> TokenStream {
    match target {
        Target::Entry(call) => call_at(call, hygienic!(#root::__private::entry), hygienic!(#call)),
        Target::Every(path) => {
            let reference = at(path, hygienic!(&));
            call_at(path, hygienic!(#root::__private::every), hygienic!(#reference #path))
        }
    }
}
