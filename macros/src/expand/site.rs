//! The one static of a memoized function. It cannot mention the type parameters around it, so the
//! runtime finds the store of each instantiation by the type of the body.

use proc_macro2::TokenStream;

use super::hygienic;
use crate::plan::{Bound, Defaults, OwnStore, Root};

/// A value of a type that leads to the static.
pub(super) fn site(root: &Root, store: &OwnStore) -> TokenStream {
    let OwnStore { name, version, defaults, bound, ttl } = store;
    let defaults = match defaults {
        Defaults::Lru => hygienic!(lru_defaults),
        Defaults::Ttl => hygienic!(ttl_defaults),
    };
    let bound = bound.as_ref().map(|bound| match bound {
        Bound::Entries(entries) => hygienic!(.maxsize(#entries)),
        Bound::None => hygienic!(.unbounded()),
    });
    let ttl = ttl.as_ref().map(|ttl| hygienic!(.ttl(#ttl)));
    let options = hygienic!(#root::__private::Options::#defaults() #bound #ttl);
    hygienic!(#root::__private::site!(#name, #version, #options))
}
