//! What can stand behind an option's name. A literal of the wrong kind is found here, where it
//! can be underlined; an expression is left to the compiler, which knows its type.

use std::str::FromStr;
use std::time::Duration;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Path, Token, UnOp, parenthesized};

use super::table::{Row, Value};
use super::{bytes, duration};
use crate::diagnostics::{listed, nearest, problem};

/// A bare name: `unbounded`.
pub(crate) struct Flag;

/// `maxsize`: any expression of type `usize`.
pub(crate) struct Size(pub(crate) Expr);

/// `max_bytes`: a literal that was resolved here, or an expression of type `u64`.
pub(crate) struct Bytes(pub(crate) Expr);

/// The path of a function.
pub(crate) struct Function(pub(crate) Expr);

/// What leaves first. The variants are those of the runtime's type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Policy {
    Lru,
    Fifo,
    Lfu,
    Sieve,
    S3Fifo,
    TinyLfu,
}

/// What becomes of a call when a tier fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnTierError {
    Degrade,
    Fail,
}

/// A time span: a literal that was resolved here, or an expression of type `Duration`.
pub(crate) struct Lifetime {
    /// Resolved, if it was a literal.
    duration: Option<Duration>,
    written: Expr,
}

/// A literal number.
pub(crate) struct Number<T> {
    pub(crate) value: T,
    /// As written, for errors about it.
    pub(crate) literal: Expr,
}

/// A literal text.
pub(crate) struct Text(pub(crate) String);

/// `skip(self, db)`
pub(crate) struct Names(pub(crate) Vec<Ident>);

/// `fn(&Output) -> bool`: a path or a closure.
pub(crate) struct Predicate(pub(crate) Expr);

/// Where larder is found.
pub(crate) struct Root(pub(crate) Path);

/// When the invalidation happens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
    Both,
}

impl Value for Flag {
    fn parse(_: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(Self);
        }
        Err(problem(key, format!("`{key}` takes no value"), format!("write `{key}` alone")))
    }
}

impl Value for Expr {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Token![=]) {
            let what = format!("`{key}` needs a value");
            return Err(problem(key, what, format!("write `{}`", example(row, key))));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            let what = format!("`{key}` needs a value");
            return Err(problem(equals, what, format!("write `{}`", example(row, key))));
        }
        Ok(bare(input.parse()?))
    }
}

impl Value for Size {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let fits = match literal(&value) {
            None => true,
            Some(Lit::Int(int)) => {
                matches!(int.suffix(), "" | "usize") && int.base10_parse::<usize>().is_ok()
            }
            Some(_) => false,
        };
        if fits {
            return Ok(Self(value));
        }
        if let Some(Lit::Str(text)) = literal(&value)
            && bytes::parse(&text.value()).is_ok()
        {
            let what = format!("`{key}` takes a number of entries");
            return Err(problem(&value, what, format!("write `max_bytes = {}`", text.token())));
        }
        Err(wrong(row, key, &value, "a number of entries"))
    }
}

impl Value for Bytes {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let wanted = "a size as a text, or a number of bytes";
        let bytes = match literal(&value) {
            None => return Ok(Self(value)),
            Some(Lit::Str(text)) => bytes::parse(&text.value())
                .map_err(|what| problem(&value, what, format!("write `{}`", example(row, key))))?,
            Some(Lit::Int(int)) if matches!(int.suffix(), "" | "u64") => {
                int.base10_parse().map_err(|_| wrong(row, key, &value, wanted))?
            }
            Some(_) => return Err(wrong(row, key, &value, wanted)),
        };
        if bytes == 0 {
            let what = format!("a `{key}` of zero stores nothing");
            return Err(problem(&value, what, format!("write a larger size, or remove `{key}`")));
        }
        let mut literal = proc_macro2::Literal::u64_suffixed(bytes);
        literal.set_span(syn::spanned::Spanned::span(&value));
        Ok(Self(Expr::Verbatim(literal.into_token_stream())))
    }
}

impl Value for Function {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        match value {
            Expr::Path(_) => Ok(Self(value)),
            Expr::Closure(_) => {
                let what = "a closure does not go here: name a function";
                Err(problem(&value, what, format!("write `{}`", example(row, key))))
            }
            _ => Err(wrong(row, key, &value, "the path of a `fn(&Key, &Value) -> u64`")),
        }
    }
}

impl Value for Policy {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        match &value {
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => Self::named(&name.to_string()).ok_or_else(|| Self::unknown(name)),
                None => Err(Self::not_bare(key, &value, &last_segment(&path.path))),
            },
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                Err(Self::not_bare(key, &value, &text.value()))
            }
            _ => Err(Self::not_bare(key, &value, "")),
        }
    }
}

impl Policy {
    const ALL: [(&'static str, Self); 6] = [
        ("lru", Self::Lru),
        ("fifo", Self::Fifo),
        ("lfu", Self::Lfu),
        ("sieve", Self::Sieve),
        ("s3fifo", Self::S3Fifo),
        ("tinylfu", Self::TinyLfu),
    ];

    /// The policy with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (_, policy) = Self::ALL.iter().find(|(known, _)| *known == name)?;
        Some(*policy)
    }

    /// The known name that was probably meant, whatever its case.
    fn meant(name: &str) -> Option<&'static str> {
        let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        nearest(&name.to_lowercase(), Self::ALL.iter().map(|(known, _)| *known))
    }

    fn unknown(name: &Ident) -> syn::Error {
        let list = listed(Self::ALL.iter().map(|(known, _)| *known));
        let help = match Self::meant(&name.to_string()) {
            Some(near) => format!("did you mean `{near}`? The policies are {list}"),
            None => format!("the policies are {list}"),
        };
        problem(name, format!("there is no policy `{name}`"), help)
    }

    fn not_bare(key: &Ident, value: &Expr, name: &str) -> syn::Error {
        let what = format!("`{key}` takes the bare name of a policy");
        let help = match Self::meant(name) {
            Some(near) => format!("write `{key} = {near}`"),
            None => format!("write one of {}", listed(Self::ALL.iter().map(|(known, _)| *known))),
        };
        problem(value, what, help)
    }
}

impl Value for OnTierError {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        match value.to_token_stream().to_string().as_str() {
            "degrade" => Ok(Self::Degrade),
            "fail" => Ok(Self::Fail),
            _ => Err(wrong(row, key, &value, "`fail` or `degrade`, which is the default")),
        }
    }
}

fn last_segment(path: &Path) -> String {
    path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}

impl Value for Lifetime {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let duration = match literal(&value) {
            None => {
                return Ok(Self { duration: None, written: value });
            }
            Some(Lit::Str(text)) => duration::parse(&text.value())
                .map_err(|what| problem(&value, what, format!("write `{}`", example(row, key))))?,
            Some(Lit::Float(seconds)) => {
                let text = format!("{}s", seconds.base10_digits());
                let what = format!("`{key}` takes whole seconds, a text or a `Duration`");
                let help = match duration::parse(&text) {
                    Ok(_) => format!("write `{key} = \"{text}\"`"),
                    Err(_) => format!("write `{}`", example(row, key)),
                };
                return Err(problem(&value, what, help));
            }
            Some(_) => number(&value)
                .map(Duration::from_secs)
                .ok_or_else(|| wrong(row, key, &value, "whole seconds, a text or a `Duration`"))?,
        };
        if duration.is_zero() {
            let what = format!("a `{key}` of zero stores nothing");
            let help = format!("write a longer time, or remove `{key}`");
            return Err(problem(&value, what, help));
        }
        Ok(Self { duration: Some(duration), written: value })
    }
}

impl<T: FromStr<Err: std::fmt::Display>> Value for Number<T> {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let kind = format!("a literal number that fits in `{}`", std::any::type_name::<T>());
        let number = number(&value).ok_or_else(|| wrong(row, key, &value, &kind))?;
        Ok(Self { value: number, literal: value })
    }
}

impl Value for Text {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        match literal(&value) {
            Some(Lit::Str(text)) if !text.value().is_empty() => Ok(Self(text.value())),
            _ => Err(wrong(row, key, &value, "a literal text that is not empty")),
        }
    }
}

impl Value for Names {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let help = || format!("write `{}`", example(row, key));
        if !input.peek(syn::token::Paren) {
            return Err(problem(key, format!("`{key}` needs a list of arguments"), help()));
        }
        let inner;
        parenthesized!(inner in input);
        if inner.is_empty() {
            return Err(problem(key, format!("`{key}` names no argument"), help()));
        }
        let mut names = Vec::new();
        while !inner.is_empty() {
            if !inner.peek(Ident::peek_any) {
                let culprit: TokenTree = inner.parse()?;
                let meant = syn::parse2::<LitStr>(culprit.to_token_stream())
                    .and_then(|text| text.parse_with(Ident::parse_any));
                let help = meant.map_or_else(|_| help(), |name| format!("write `{key}({name})`"));
                return Err(problem(culprit, "expected the name of an argument", help));
            }
            names.push(inner.call(Ident::parse_any)?);
            let extra = inner.cursor().token_stream().into_iter().next();
            if !inner.is_empty() && inner.parse::<Option<Token![,]>>()?.is_none() {
                return Err(problem(extra, "expected the name of an argument", help()));
            }
        }
        Ok(Self(names))
    }
}

impl Value for Predicate {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        match value {
            Expr::Path(_) | Expr::Closure(_) => Ok(Self(value)),
            _ => Err(wrong(row, key, &value, "the path of a `fn(&Output) -> bool`")),
        }
    }
}

impl Value for Root {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        match <Expr as Value>::parse(row, key, input)? {
            Expr::Path(path) if path.qself.is_none() => Ok(Self(path.path)),
            other => Err(wrong(row, key, &other, "a path")),
        }
    }
}

impl Value for When {
    fn parse(row: &'static Row, key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        let value = <Expr as Value>::parse(row, key, input)?;
        let written = match literal(&value) {
            Some(Lit::Str(text)) => text.value(),
            _ => String::new(),
        };
        match written.as_str() {
            "before" => Ok(Self::Before),
            "after" => Ok(Self::After),
            "both" => Ok(Self::Both),
            _ => Err(wrong(row, key, &value, "`\"before\"`, `\"after\"` or `\"both\"`")),
        }
    }
}

/// The literal number without a suffix that `value` is, if it fits.
fn number<T: FromStr<Err: std::fmt::Display>>(value: &Expr) -> Option<T> {
    match literal(value)? {
        Lit::Int(int) if int.suffix().is_empty() => int.base10_parse().ok(),
        _ => None,
    }
}

fn wrong(row: &'static Row, key: &Ident, value: &Expr, wanted: &str) -> syn::Error {
    let what = format!("`{key}` takes {wanted}");
    problem(value, what, format!("write `{}`", example(row, key)))
}

/// The option's example, under the name that the user gave it.
pub(super) fn example(row: &'static Row, key: &Ident) -> String {
    let key = key.to_string();
    row.example.strip_prefix(row.names[0]).map_or_else(String::new, |tail| key + tail)
}

/// Without parentheses, and without the invisible groups in which `macro_rules!` wraps what it
/// forwards.
pub(crate) fn bare(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => bare(*group.expr),
        Expr::Paren(paren) => bare(*paren.expr),
        value => value,
    }
}

/// The literal that `value` is, with a sign or without: `-1` is a literal of the wrong kind, not
/// an expression of unknown type.
pub(crate) fn literal(value: &Expr) -> Option<Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit.clone()),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => {
            literal(expr).map(|_| Lit::Verbatim(proc_macro2::Literal::u8_unsuffixed(0)))
        }
        _ => None,
    }
}

impl Lifetime {
    /// As written, for errors about it.
    pub(crate) fn written(&self) -> &Expr {
        &self.written
    }

    /// What only the compiler can evaluate.
    pub(crate) fn expression(&self) -> Option<&Expr> {
        self.duration.is_none().then_some(&self.written)
    }
}

impl ToTokens for Lifetime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Some(duration) = self.duration else {
            return self.written.to_tokens(tokens);
        };
        let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
        tokens.extend(crate::expand::hygienic!(::core::time::Duration::new(#seconds, #nanos)));
    }
}
