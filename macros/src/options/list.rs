//! Reading a comma-separated list of options. A bad option does not hide the ones behind it.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

use super::foreign;
use super::table::Options;
use crate::diagnostics::{Problems, listed, nearest, problem};

/// What was read: the options, and whatever else the attribute takes.
pub(crate) struct List<O, E> {
    pub(crate) options: O,
    pub(crate) entries: Vec<E>,
}

/// Reads `tokens` as options, and what does not look like an option with `entry`.
pub(crate) fn read<O: Options, E>(
    tokens: TokenStream,
    entry: impl Fn(ParseStream<'_>) -> syn::Result<E>,
    problems: &mut Problems,
) -> List<O, E> {
    let mut list = List { options: O::default(), entries: Vec::new() };
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = element(input, &mut list, &entry) {
                problems.push(error);
                skip_element(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    // What a broken option leaves unread in its brackets is no problem of its own.
    if let Err(error) = parser.parse2(tokens)
        && problems.is_empty()
    {
        problems.push(error);
    }
    conflicts(&list.options, problems);
    list
}

fn element<O: Options, E>(
    input: ParseStream<'_>,
    list: &mut List<O, E>,
    entry: impl Fn(ParseStream<'_>) -> syn::Result<E>,
) -> syn::Result<()> {
    if looks_like_option::<O>(input) {
        option(input, &mut list.options)?;
    } else {
        list.entries.push(entry(input)?);
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    let rest = input.cursor().token_stream();
    Err(problem(rest.into_iter().next(), "this does not belong here", "separate options by `,`"))
}

/// `name = ..` always is one; a bare `name` or `name(..)` if the table has that name, or nothing
/// like it could be an entry. `crate::users::get(id)` is none: a path goes on behind its first name.
fn looks_like_option<O: Options>(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(name) = Ident::parse_any(&ahead) else {
        return false;
    };
    let assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]);
    assigned || (!ahead.peek(Token![::]) && O::row(&name.to_string()).is_some())
}

fn option<O: Options>(input: ParseStream<'_>, options: &mut O) -> syn::Result<()> {
    let key = Ident::parse_any(input)?;
    let Some(row) = O::row(&key.to_string()) else {
        return Err(unknown::<O>(&key, value(input).as_deref()));
    };
    match options.file(row, key.clone(), input)? {
        None => Ok(()),
        Some(first) if first == key => {
            Err(problem(&key, format!("`{key}` is given twice"), "keep one of them"))
        }
        Some(first) => Err(problem(
            &key,
            format!("`{key}` is another name of `{first}`, which is given already"),
            "keep one of them",
        )),
    }
}

/// The value that stands here, if it is a single token.
fn value(input: ParseStream<'_>) -> Option<String> {
    let ahead = input.fork();
    ahead.parse::<Token![=]>().ok()?;
    let value: TokenTree = ahead.parse().ok()?;
    (ahead.is_empty() || ahead.peek(Token![,])).then(|| value.to_string())
}

/// The error for a name that the table does not have, with the value that was given to it.
pub(crate) fn unknown<O: Options>(key: &Ident, value: Option<&str>) -> syn::Error {
    let name = key.to_string();
    if let Some(answer) = foreign::answer(&name, value) {
        return problem(key, format!("there is no option `{name}`"), answer);
    }
    let known = O::TABLE.iter().flat_map(|row| row.names.iter().copied());
    let help = match nearest(&name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the options are {}", listed(O::TABLE.iter().map(|row| row.names[0]))),
    };
    problem(key, format!("unknown option `{name}`"), help)
}

/// What is underlined is the option that has to go for the other one to mean something.
fn conflicts(options: &impl Options, problems: &mut Problems) {
    let written = options.written();
    for (row, key) in &written {
        for conflict in row.conflicts {
            let other = written.iter().find(|(other, _)| other.names[0] == conflict.with);
            if let Some((_, other)) = other {
                problems.add(
                    other,
                    format!("`{other}` and `{key}` exclude each other: {}", conflict.why),
                    "remove one of them",
                );
            }
        }
    }
}

/// Goes to the comma behind a broken option: the first one that is followed by what can start
/// another. (A comma inside `::<A, B>` of a broken expression is no such place.)
fn skip_element(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) && starts_element(input) {
            return Ok(());
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn starts_element(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let comma = ahead.parse::<Token![,]>();
    let name = Ident::parse_any(&ahead);
    let end = ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(Token![=]);
    comma.is_ok() && (name.is_err() || end || ahead.peek(syn::token::Paren))
}
