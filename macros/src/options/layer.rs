//! `disk` and `remote`: a tier, or its address. What can never be either is found here; which schemes
//! there are is known when the program runs, because it may register its own.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, Lit};

use super::table::{Row, Value};
use super::value::{example, literal};
use crate::diagnostics::problem;

/// Any expression that could be a tier.
pub(crate) struct Layer(pub(crate) Expr);

impl Value for Layer {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let write = || format!("write `{}`", example(row, key));
        let (what, help) = match literal(&value) {
            None => return Ok(Self(value)),
            Some(Lit::Str(text)) if text.value().contains(':') => return Ok(Self(value)),
            Some(Lit::Str(_)) => (
                "an address begins with a scheme, and a `:` behind it".to_owned(),
                format!("{}, for example", write()),
            ),
            Some(Lit::Bool(switch)) if !switch.value => (
                format!("`{key}` takes the address of a tier, or a tier"),
                "remove it, or write `memory_only` to have no tier whatever the defaults are"
                    .to_owned(),
            ),
            Some(_) => (format!("`{key}` takes the address of a tier, or a tier"), write()),
        };
        Err(problem(&value, what, help))
    }
}
