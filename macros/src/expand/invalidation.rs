//! A function that invalidates: it stays what it was, with a guard before its body. The guard
//! works when it is dropped, so that neither `?` nor a panic nor a cancelled call gets past it.

use proc_macro2::TokenStream;

use super::hygienic;
use super::place::at;
use crate::options::value::When;
use crate::plan::{Invalidation, Root, Target};

/// The runtime's tuples end here; longer lists become tuples of tuples.
const LONGEST_TUPLE: usize = 16;

pub(crate) fn invalidation(plan: &Invalidation) -> TokenStream {
    let Invalidation {
        root,
        attrs,
        vis,
        sig,
        body,
        when,
        targets,
    } = plan;
    let when = match when {
        When::Before => hygienic!(Before),
        When::After => hygienic!(After),
        When::Both => hygienic!(Both),
    };
    let targets = nested(targets.iter().map(|target| tokens(root, target)).collect());
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
        Target::Entry(call) => {
            let entry = at(call, hygienic!(#root::__private::entry));
            hygienic!(#entry(#call))
        }
        Target::Every(path) => {
            let every = at(path, hygienic!(#root::__private::every));
            hygienic!(#every(&#path))
        }
    }
}

fn nested(mut targets: Vec<TokenStream>) -> TokenStream {
    while targets.len() > LONGEST_TUPLE {
        let tuple = |chunk: &[TokenStream]| hygienic!((#(#chunk,)*));
        targets = targets.chunks(LONGEST_TUPLE).map(tuple).collect();
    }
    hygienic!((#(#targets,)*))
}
