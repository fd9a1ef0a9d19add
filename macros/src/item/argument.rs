//! The arguments of a function.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, format_ident};
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, Pat, PatIdent, PatType, ReceiverKind, Signature, Type};

/// An argument other than `self`.
pub(crate) struct Argument {
    /// Its name outside the body. It has the hygiene of the macro, so that nothing the user writes
    /// can mean it by accident; what the body sees is bound from it.
    pub(crate) outer: Ident,
    /// What the body binds it to.
    pub(crate) pat: Pat,
    pub(crate) ty: Type,
    /// Lint attributes: they speak about the binding, and so go with it into the body.
    pub(crate) lints: Vec<Attribute>,
    /// All the others: they stay in the signature.
    pub(crate) attrs: Vec<Attribute>,
}

/// How a method takes its `self`.
pub(crate) enum Receiver {
    /// `&self`; the type behind the reference.
    Shared(Box<Type>),
    /// `&mut self`
    Unique,
    /// `self`, `self: Arc<Self>`, ..
    Value,
}

impl Argument {
    /// The arguments of `sig` that have a type, in order.
    pub(crate) fn all(sig: &Signature) -> Vec<Self> {
        let mut arguments: Vec<Self> = Vec::new();
        for input in &sig.inputs {
            let FnArg::Typed(argument) = input else {
                continue;
            };
            let outer = outer_name(argument, &arguments);
            let (lints, attrs) = argument.attrs.iter().cloned().partition(is_lint);
            let pat = (*argument.pat).clone();
            arguments.push(Self { outer, pat, ty: (*argument.ty).clone(), lints, attrs });
        }
        arguments
    }

    /// The name, if the pattern is nothing but a name.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match bare(&self.pat) {
            Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => Some(ident),
            _ => None,
        }
    }

    /// All names that the pattern binds.
    pub(crate) fn bindings(&self) -> Vec<&Ident> {
        struct Bindings<'a>(Vec<&'a Ident>);
        impl<'a> Visit<'a> for Bindings<'a> {
            fn visit_pat_ident(&mut self, pat: &'a PatIdent) {
                self.0.push(&pat.ident);
                visit::visit_pat_ident(self, pat);
            }
        }
        let mut bindings = Bindings(Vec::new());
        bindings.visit_pat(&self.pat);
        bindings.0
    }

    /// Whether the body binds a name, `mut` or not, and nothing is said about that.
    pub(crate) fn is_simple(&self) -> bool {
        self.name().is_some() && self.lints.is_empty()
    }

    /// Whether it is simple, and not `mut` either.
    pub(crate) fn is_plain(&self) -> bool {
        let fixed = matches!(bare(&self.pat), Pat::Ident(pat) if pat.mutability.is_none());
        fixed && self.is_simple()
    }

    /// Whether the pattern is `_`, which binds nothing.
    pub(crate) fn is_wild(&self) -> bool {
        matches!(bare(&self.pat), Pat::Wild(_))
    }

    /// How messages call it.
    pub(crate) fn label(&self) -> String {
        match self.bindings().as_slice() {
            [name] => name.to_string(),
            _ => self.pat.to_token_stream().to_string(),
        }
    }
}

impl Receiver {
    pub(crate) fn of(receiver: &syn::Receiver) -> Self {
        match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => {
                let this = Ident::new("Self", receiver.self_token.span);
                Self::Shared(Box::new(syn::parse_quote!(#this)))
            }
            ReceiverKind::Reference(..) => Self::Unique,
            ReceiverKind::Typed(_, ty) => match crate::plan::view::bare(ty) {
                Type::Reference(reference) if reference.mutability.is_some() => Self::Unique,
                Type::Reference(reference) => Self::Shared(reference.elem.clone()),
                _ => Self::Value,
            },
            _ => Self::Value,
        }
    }
}

/// The name that the user gave, for those who read the signature, unless there is none or it would
/// clash: with another of the same spelling (`macro_rules!` can make those), or with one of ours,
/// which begin with two underscores.
fn outer_name(argument: &PatType, earlier: &[Argument]) -> Ident {
    let numbered = format_ident!("__arg{}", earlier.len(), span = Span::mixed_site());
    let Pat::Ident(PatIdent { ident, .. }) = bare(&argument.pat) else {
        return numbered;
    };
    let mut name = ident.clone();
    name.set_span(ident.span().resolved_at(Span::mixed_site()));
    let taken = earlier.iter().any(|argument| argument.outer == name);
    if taken || name.to_string().starts_with("__") { numbered } else { name }
}

fn is_lint(attr: &Attribute) -> bool {
    let names = ["allow", "expect", "warn", "deny", "forbid"];
    names.iter().any(|name| attr.path().is_ident(name))
}

fn bare(pat: &Pat) -> &Pat {
    match pat {
        Pat::Paren(paren) => bare(&paren.pat),
        pat => pat,
    }
}
