//! From a plan to tokens. Nothing here can fail, and nothing here decides: a decision belongs to
//! the plan.
//!
//! What is generated has to compile anywhere: in a crate with shadowed names and without a
//! prelude, under denied warnings, inside other macros. So every path is absolute, every name of
//! our own has the macro's hygiene, and names of the user are bound only around his own code.

mod body;
mod invalidation;
mod key;
mod memo;
mod place;
mod site;

pub(crate) use invalidation::invalidation;
pub(crate) use memo::memo;

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::plan::Root;

/// Like `quote!`, with the hygiene of the macro: the user's code cannot see the names in it, and
/// lints do not take it for code that somebody wrote.
macro_rules! hygienic {
    ($($tokens:tt)*) => {
        ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* }
    };
}
pub(crate) use hygienic;

/// A tuple; beyond `longest` elements a tuple of tuples, because traits end somewhere.
fn nested_tuple(mut elements: Vec<TokenStream>, longest: usize) -> TokenStream {
    while elements.len() > longest {
        let tuple = |chunk: &[TokenStream]| hygienic!((#(#chunk,)*));
        elements = elements.chunks(longest).map(tuple).collect();
    }
    hygienic!((#(#elements,)*))
}

impl ToTokens for Root {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => tokens.extend(hygienic!(::larder)),
        }
    }
}
