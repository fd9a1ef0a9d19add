//! A function that invalidates: it stays what it was, with a guard around its body. The guard also
//! works when it is dropped, so that neither a panic nor a cancelled call gets past it.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ReturnType;

use super::place::{at, call_at};
use super::{hygienic, nested_tuple};
use crate::options::value::When;
use crate::plan::{Invalidation, Root, Target};

/// The runtime's tuples end here.
const LONGEST_TUPLE: usize = 16;

pub(crate) fn invalidation(plan: &Invalidation) -> TokenStream {
    let Invalidation { root, attrs, vis, sig, body, when, waits, targets } = plan;
    let body = if *waits { waiting(plan) } else { hygienic!((#body)) };
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
            guard.before_settled().await;
            #body
        }
    }
}

/// The body in a block of its own, which `?` and `return` leave, and after it what can be waited for.
fn waiting(plan: &Invalidation) -> TokenStream {
    let Invalidation { root, sig, body, .. } = plan;
    let output = match &sig.output {
        ReturnType::Default => hygienic!(()),
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    // Tells `?` and `return` the type; the block alone could not.
    let typed = at(&output, hygienic!(return #root::__private::output::<#output>()));
    hygienic! {
        let output = async {
            if false {
                #typed;
            }
            (#body)
        }
        .await;
        guard.after_settled().await;
        output
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
