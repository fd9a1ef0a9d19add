//! Which arguments make the key, and whether they can.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, Lit, Type};

use super::{Written, mentions, named};
use crate::diagnostics::{Problems, listed, nearest, problem};
use crate::item::{Argument, Receiver};
use crate::options::value::{bare, literal};
use crate::plan::view::{self, Obstacle, View};
use crate::plan::{Key, Part};

pub(super) fn resolve(written: &Written, problems: &mut Problems) -> Key {
    let skipped = Skipped::of(written, problems);
    match &written.options.key {
        Some(key) => from_expression(written, &key.value, problems),
        None => from_arguments(written, &skipped, problems),
    }
}

/// The arguments that are left out of the key.
#[derive(Default)]
struct Skipped {
    receiver: bool,
    positions: HashSet<usize>,
}

impl Skipped {
    fn of(written: &Written, problems: &mut Problems) -> Self {
        let mut skipped = Self::default();
        skipped.leading(written, problems);
        let names = written.options.skip.as_ref().map_or(&[][..], |names| &names.value.0);
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                problems.add(name, format!("`{name}` is skipped twice"), "name it once");
            } else {
                problems.keep(skipped.named(written, name));
            }
        }
        skipped
    }

    /// `skip_args = N`; a receiver is argument 0.
    fn leading(&mut self, written: &Written, problems: &mut Problems) {
        let Some(count) = &written.options.skip_args else {
            return;
        };
        let count = &count.value;
        let receivers = usize::from(written.receiver.is_some());
        let all = receivers + written.arguments.len();
        if count.value > all {
            let (has, help) = match all {
                0 => ("no arguments".to_owned(), "remove `skip_args`"),
                1 => ("one argument".to_owned(), "skip that one: `skip_args = 1`, or by its name"),
                _ => (
                    format!("{all} arguments"),
                    "skip as many as there are, or name them: `skip(..)`",
                ),
            };
            problems.add(
                &count.literal,
                format!("`skip_args = {}`, but the function has {has}", count.value),
                help,
            );
        }
        self.receiver = receivers > 0 && count.value > 0;
        self.positions.extend(0..count.value.min(all).saturating_sub(receivers));
    }

    /// `skip(name)`
    fn named(&mut self, written: &Written, name: &Ident) -> syn::Result<()> {
        if name == "self" && written.receiver.is_some() {
            self.receiver = true;
            return Ok(());
        }
        let binds = |argument: &Argument| argument.bindings().contains(&name);
        match written.arguments.iter().position(binds) {
            Some(position) => {
                self.positions.insert(position);
                Ok(())
            }
            None => Err(no_such_argument(written, name)),
        }
    }
}

fn no_such_argument(written: &Written, name: &Ident) -> syn::Error {
    let bindings = written.arguments.iter().flat_map(Argument::bindings);
    let mut known: Vec<String> = bindings.map(ToString::to_string).collect();
    if written.receiver.is_some() {
        known.insert(0, "self".to_owned());
    }
    let known = || known.iter().map(String::as_str);
    let help = match nearest(&name.to_string(), known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known().next().is_none() => "it has none at all".to_owned(),
        None => format!("the arguments are {}", listed(known())),
    };
    problem(name, format!("the function has no argument `{name}`"), help)
}

/// The key of all arguments that are not skipped.
fn from_arguments(written: &Written, skipped: &Skipped, problems: &mut Problems) -> Key {
    let mut key = Key::default();
    if !skipped.receiver {
        key.parts.extend(receiver(written, problems));
    }
    for position in 0..written.arguments.len() {
        if !skipped.positions.contains(&position) {
            key.carried.push(position);
            key.parts.push(argument(written, position, problems));
        }
    }
    key
}

/// `self` as a part of the key.
fn receiver(written: &Written, problems: &mut Problems) -> Option<Part> {
    let (receiver, kind) = written.receiver.as_ref()?;
    let (what, help) = match kind {
        Receiver::Shared(ty) => {
            return Some(Part::Receiver { token: receiver.self_token, ty: (**ty).clone() });
        }
        Receiver::Unique => (
            "`&mut self` cannot be part of the key: a hit would leave its effect out",
            "add `skip(self)` if a hit may do without it, or take `&self`",
        ),
        Receiver::Value => (
            "`self` by value cannot be part of the key: the body takes it away",
            "take `&self`, or leave it out: `skip(self)`",
        ),
    };
    problems.add(receiver, what, help);
    None
}

/// An argument as a part of the key.
fn argument(written: &Written, position: usize, problems: &mut Problems) -> Part {
    let argument = &written.arguments[position];
    let view = View::of(&argument.ty);
    if let Some(obstacle) = view.obstacle() {
        problems.push(refuse(argument, &obstacle));
    }
    Part::Argument { position, view }
}

fn refuse(argument: &Argument, obstacle: &Obstacle) -> syn::Error {
    let label = argument.label();
    let skip = argument.bindings().first().map_or_else(
        || "leave it out: `skip_args = N`".to_owned(),
        |name| format!("leave it out: `skip({name})`"),
    );
    match obstacle {
        Obstacle::Mutable(ty) => problem(
            ty,
            format!(
                "the `&mut` argument `{label}` cannot be part of the key: a hit would leave its effect out"
            ),
            format!("if a hit may do without it, {skip}"),
        ),
        Obstacle::Object(ty) => problem(
            ty,
            format!("the trait object `{label}` cannot be part of the key"),
            format!("{skip}, or write the key: `key = EXPR`"),
        ),
        Obstacle::Anonymous(ty) => problem(
            ty,
            format!(
                "the `impl Trait` argument `{label}` cannot be part of the key: its type has no name"
            ),
            format!("make it a type parameter of the function, or {skip}"),
        ),
        Obstacle::Borrowing(lifetime) => borrowing(lifetime, &label, &skip),
        Obstacle::Hidden(reference) => borrowing(reference, &label, &skip),
    }
}

fn borrowing(culprit: impl ToTokens, label: &str, skip: &str) -> syn::Error {
    let what = format!("`{label}` borrows, and a cache keeps its keys longer than the call lasts");
    problem(culprit, what, format!("{skip}, or write the key: `key = EXPR`"))
}

/// The key that the user has written.
fn from_expression(written: &Written, value: &Expr, problems: &mut Problems) -> Key {
    // In a given cache it tells the one entry of this function from those of others.
    if written.options.cache.is_none() {
        not_a_literal(written, value, problems);
    }
    let tokens = value.to_token_stream();
    let mut key =
        Key { carried: named(&written.arguments, &tokens), written: true, ..Key::default() };
    for position in &key.carried {
        exclusive(&written.arguments[*position], problems);
    }
    let by_reference = matches!(written.receiver, None | Some((_, Receiver::Shared(_))));
    if !by_reference && mentions(&tokens, "self") {
        receiver(written, problems);
    }
    let elements = match value {
        Expr::Tuple(tuple) => tuple.elems.iter().collect(),
        value => vec![value],
    };
    for element in elements {
        key.parts.extend(part(written, element, problems));
    }
    key
}

/// A literal is the same for all arguments. Other libraries write the type of the key there, as a text.
fn not_a_literal(written: &Written, value: &Expr, problems: &mut Problems) {
    let Some(literal) = literal(value) else { return };
    let help = match (literal, meant(written)) {
        (_, None) => "remove it, or write `key = ()` if that is meant".to_owned(),
        (Lit::Str(_), Some(meant)) => format!(
            "the key is an expression of the arguments here, not a text and not a type: write `key = {meant}`"
        ),
        (_, Some(meant)) => {
            format!(
                "name what makes the key, as in `key = {meant}`, or write `key = ()` if that is meant"
            )
        }
    };
    problems.add(value, "a literal as the key: every call would share one entry", help);
}

/// The key of all arguments that have a name, as it would be written.
fn meant(written: &Written) -> Option<String> {
    let names: Vec<_> = written.arguments.iter().flat_map(Argument::bindings).collect();
    match &names[..] {
        [] => None,
        [name] => Some(name.to_string()),
        names => {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            Some(format!("({})", names.join(", ")))
        }
    }
}

/// An argument that only one may hold cannot be looked at by the key as well.
fn exclusive(argument: &Argument, problems: &mut Problems) {
    if let Type::Reference(ty) = view::bare(&argument.ty)
        && ty.mutability.is_some()
    {
        problems.add(
            ty,
            format!("the `&mut` argument `{}` cannot be named in the key", argument.label()),
            "a hit would leave its effect out: make the key of the other arguments",
        );
    }
}

/// An element that is nothing but the name of an argument is treated as without `key`.
fn part(written: &Written, element: &Expr, problems: &mut Problems) -> Option<Part> {
    let element = bare(element.clone());
    let Expr::Path(path) = &element else {
        return Some(Part::Custom(element));
    };
    let Some(name) = path.path.get_ident() else {
        return Some(Part::Custom(element));
    };
    if name == "self" && written.receiver.is_some() {
        // `&mut self` was reported with the expression as a whole.
        return receiver(written, &mut Problems::default());
    }
    let binds = |argument: &Argument| argument.bindings().contains(&name);
    let Some(position) = written.arguments.iter().position(binds) else {
        return Some(Part::Custom(element));
    };
    if written.arguments[position].name().is_none() {
        return Some(Part::Binding(name.clone()));
    }
    if let Type::Reference(ty) = view::bare(&written.arguments[position].ty)
        && ty.mutability.is_some()
    {
        return None;
    }
    Some(argument(written, position, problems))
}
