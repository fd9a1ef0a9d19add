//! The one static of a memoized function. It cannot mention the type parameters around it, so the
//! runtime finds the store of each instantiation by the type of the body.

use proc_macro2::TokenStream;

use proc_macro2::Span;
use quote::format_ident;

use super::hygienic;
use super::place::at;
use crate::plan::{Bound, Defaults, OwnStore, Root, Tiers, Weight};

/// A value of a type that leads to the static.
pub(super) fn site(root: &Root, store: &OwnStore) -> TokenStream {
    let OwnStore { name, version, defaults, bound, weight, policy, sizing, ttl, tiers } = store;
    let defaults = match defaults {
        Defaults::Lru => hygienic!(lru_defaults),
        Defaults::Ttl => hygienic!(ttl_defaults),
    };
    let bound = bound.as_ref().map(|bound| match bound {
        Bound::Entries(entries) => hygienic!(.maxsize(#entries)),
        Bound::None => hygienic!(.unbounded()),
    });
    let weight = weight.as_ref().map(|Weight { most, weigher }| {
        let weigher = weigher.as_ref().map(|weigher| {
            let reference = at(weigher, hygienic!(&));
            hygienic!(.weigher(#reference #weigher))
        });
        hygienic!(.max_bytes(#most) #weigher)
    });
    let policy = policy.map(|policy| {
        let policy = format_ident!("{policy:?}", span = Span::mixed_site());
        hygienic!(.policy(#root::Policy::#policy))
    });
    let sizing = sizing.then(|| hygienic!(.sizing()));
    let ttl = ttl.as_ref().map(|ttl| hygienic!(.ttl(#ttl)));
    let options =
        hygienic!(#root::__private::Options::#defaults() #bound #weight #policy #sizing #ttl);
    let options = match tiers {
        Tiers::Named { disk, remote } => {
            let disk = disk.as_ref().map(|layer| hygienic!(, disk = #layer));
            let remote = remote.as_ref().map(|layer| hygienic!(, remote = #layer));
            hygienic!(#root::__private::layers!(#options #disk #remote))
        }
        Tiers::None | Tiers::Defaults => options,
    };
    hygienic!(#root::__private::site!(#name, #version, #options))
}
