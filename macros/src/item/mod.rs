//! The function that an attribute stands on, as written. The body stays raw tokens: nothing here
//! depends on what it says.

mod argument;

pub(crate) use argument::{Argument, Receiver};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{AttrStyle, Attribute, ReturnType, Signature, Token, Type, Visibility};

use crate::diagnostics::problem;

/// A function in its parts.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// `{ .. }` with the braces; a declaration in a trait has none.
    pub(crate) body: Option<TokenTree>,
}

/// Reads the item under the attribute `name`.
pub(crate) fn parse(name: &str, item: TokenStream) -> syn::Result<Function> {
    let culprit = item.clone();
    Function::parse.parse2(item).map_err(|_| {
        // What stands there compiles or fails by itself; here it only matters that it is no function.
        let first = culprit.into_iter().find(|token| matches!(token, TokenTree::Ident(_)));
        problem(first, format!("`#[{name}]` belongs on an `async fn`"), "move it to a function")
    })
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig = input.parse()?;
        let body = match input.parse::<Option<Token![;]>>()? {
            Some(_) => None,
            None => Some(without_inner_attributes(&block(input)?, &mut attrs)?),
        };
        Ok(Self { attrs, vis, sig, body })
    }
}

/// A braced group, also if `macro_rules!` has wrapped it in an invisible one.
fn block(input: ParseStream<'_>) -> syn::Result<Group> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(group),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            block.parse2(group.stream())
        }
        other => Err(syn::Error::new_spanned(other, "expected a block")),
    }
}

/// `#![allow(..)]` inside the body says the same as `#[allow(..)]` on the function, and there it may
/// stand whatever the body is wrapped in.
fn without_inner_attributes(body: &Group, attrs: &mut Vec<Attribute>) -> syn::Result<TokenTree> {
    let outer = |mut attr: Attribute| {
        attr.style = AttrStyle::Outer;
        attr
    };
    let parser = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, statements) = parser.parse2(body.stream())?;
    attrs.extend(inner.into_iter().map(outer));
    let mut rest = Group::new(Delimiter::Brace, statements);
    rest.set_span(body.span());
    Ok(TokenTree::Group(rest))
}

impl Function {
    pub(crate) fn name(&self) -> &Ident {
        &self.sig.ident
    }

    /// The written output; `None` for a function that gives `()`.
    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(ty),
        }
    }

    /// The first attribute with one of these names, however it is qualified.
    pub(crate) fn attribute(&self, names: &[&str]) -> Option<&Attribute> {
        self.attrs.iter().find(|attr| {
            let last = attr.path().segments.last();
            last.is_some_and(|segment| names.iter().any(|name| segment.ident == name))
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote::quote! { #(#attrs)* #vis #sig });
        match body {
            Some(body) => body.to_tokens(tokens),
            None => <Token![;]>::default().to_tokens(tokens),
        }
    }
}
