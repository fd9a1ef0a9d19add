//! Rules of `#[invalidates]`.

use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprMethodCall, ReturnType, Token, Type};

use super::{Outcome, function};
use crate::diagnostics::{Problems, problem};
use crate::item::Function;
use crate::options::InvalidateOptions;
use crate::options::value::{When, bare};
use crate::plan::{Invalidation, Root, Target, view};

/// Checks everything. A function with problems stays as it was written: it runs, and its callers
/// compile.
pub(crate) fn invalidation(
    function: Function,
    options: InvalidateOptions,
    targets: Vec<Target>,
    problems: &mut Problems,
) -> Outcome<Invalidation> {
    if targets.is_empty() && problems.is_empty() {
        problems.add(
            function.name(),
            "`#[invalidates]` names nothing to invalidate",
            "name calls: `#[invalidates(get_user(id), self.list(..))]`",
        );
    }
    if let Some(memoizing) = function::memoizing(&function) {
        function::not_both(memoizing, problems);
    }
    if function.sig.asyncness.is_none() {
        problems.add(
            function.sig.fn_token,
            "`#[invalidates]` belongs on an `async fn`",
            "write `async fn`, or invalidate in the body: `get_user(id).invalidate().blocking()`",
        );
    }
    let Some(body) = function.body.clone() else {
        problems.add(
            function.name(),
            "this function has no body after which to invalidate",
            "put the attribute on the implementation",
        );
        return Outcome::AsWritten(Box::new(function));
    };
    if !problems.is_empty() {
        return Outcome::AsWritten(Box::new(function));
    }
    let when = options.when.map_or(When::Both, |when| when.value);
    Outcome::Plan(Box::new(Invalidation {
        root: Root(options.root.map(|root| root.value.0)),
        attrs: function.attrs,
        vis: function.vis,
        waits: when != When::Before && is_spelled(&function.sig.output),
        sig: function.sig,
        body,
        when,
        targets,
    }))
}

/// Whether a value can be of this type and no other.
fn is_spelled(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => {
            !matches!(**ty, Type::Never(_)) && view::impl_trait(ty).is_none()
        }
    }
}

/// What an element of the list means: a call stands for its entry, `f(..)` for all of them.
pub(crate) fn target(element: Expr) -> syn::Result<Target> {
    match bare(element) {
        Expr::Call(call) if is_every(&call.args)? => every_of_path(&call),
        Expr::MethodCall(call) if is_every(&call.args)? => every_of_self(&call),
        call @ (Expr::Call(_) | Expr::MethodCall(_)) => Ok(Target::Entry(call)),
        Expr::Path(path) => {
            let name = path.to_token_stream();
            let help = format!("write `{name}(..)` for all its entries, or a call with arguments");
            Err(problem(path, "only calls can be invalidated", help))
        }
        other => Err(problem(
            other,
            "only calls can be invalidated",
            "write a call of a memoized function: `get_user(id)`, or `get_user(..)` for all entries",
        )),
    }
}

/// Whether the arguments are `(..)`.
fn is_every(arguments: &Punctuated<Expr, Token![,]>) -> syn::Result<bool> {
    let full = |argument: &&Expr| matches!(argument, Expr::Range(range) if range.start.is_none() && range.end.is_none());
    match arguments.iter().find(full) {
        Some(range) if arguments.len() > 1 => Err(problem(
            range,
            "`..` stands for all arguments together",
            "give every argument, or `(..)` alone",
        )),
        found => Ok(found.is_some()),
    }
}

fn every_of_path(call: &ExprCall) -> syn::Result<Target> {
    match &*call.func {
        Expr::Path(path) => Ok(Target::Every(path.to_token_stream())),
        other => Err(problem(other, "`(..)` needs the function's name", "write `name(..)`")),
    }
}

fn every_of_self(call: &ExprMethodCall) -> syn::Result<Target> {
    let (method, turbofish) = (&call.method, &call.turbofish);
    match &*call.receiver {
        Expr::Path(receiver) if receiver.path.is_ident("self") => {
            Ok(Target::Every(quote!(Self::#method #turbofish)))
        }
        other => Err(problem(
            other,
            format!("the type of this is not known here, and `{method}(..)` means all its entries"),
            format!("write `Type::{method}(..)`"),
        )),
    }
}
