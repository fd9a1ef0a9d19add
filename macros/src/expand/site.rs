//! The one static of a memoized function. It cannot mention the type parameters around it, so the
//! runtime finds the store of each instantiation by the type of the body.

use proc_macro2::TokenStream;

use super::hygienic;
use crate::plan::{Bound, Defaults, Memo, Store};

/// A value of a type that leads to the static. All of it sits in a block of its own, out of sight
/// of the function's body.
pub(super) fn site(plan: &Memo) -> TokenStream {
    let root = &plan.root;
    let spec = spec(plan);
    hygienic! {
        {
            struct __Site;
            impl #root::__private::Site for __Site {
                fn function() -> &'static #root::__private::Function {
                    static __FUNCTION: #root::__private::Function =
                        #root::__private::Function::new(#spec);
                    #root::__private::inventory::submit!(
                        #root::__private::Registered(&__FUNCTION)
                    );
                    &__FUNCTION
                }
            }
            __Site
        }
    }
}

fn spec(plan: &Memo) -> TokenStream {
    let Store::Own {
        name,
        version,
        defaults,
        bound,
        ttl,
    } = &plan.store
    else {
        return TokenStream::new();
    };
    let root = &plan.root;
    let defaults = match defaults {
        Defaults::Lru => hygienic!(lru_defaults),
        Defaults::Ttl => hygienic!(ttl_defaults),
    };
    let bound = bound.as_ref().map(|bound| match bound {
        Bound::Entries(entries) => hygienic!(.maxsize(#entries)),
        Bound::None => hygienic!(.unbounded()),
    });
    let ttl = ttl.as_ref().map(|ttl| hygienic!(.ttl(#ttl)));
    hygienic! {
        #root::__private::Spec {
            name: #name,
            module: ::core::module_path!(),
            version: #version,
            options: || #root::__private::Options::#defaults() #bound #ttl,
        }
    }
}
