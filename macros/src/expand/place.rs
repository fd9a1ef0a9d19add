//! Where errors in generated code point: at the user's code that they are about.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens, as if they stood where `place` stands; names keep their meaning.
pub(super) fn at(place: &impl ToTokens, tokens: TokenStream) -> TokenStream {
    let mut spans = place.to_token_stream().into_iter().map(|token| token.span());
    let Some(first) = spans.next() else {
        return tokens;
    };
    let last = spans.last().unwrap_or(first);
    // The compiler joins the first and the last span of an expression: together they are `place`.
    let mut placed: Vec<TokenTree> = tokens.into_iter().map(|token| moved(token, first)).collect();
    if let Some(end) = placed.pop() {
        placed.push(moved(end, last));
    }
    placed.into_iter().collect()
}

/// `function(argument)`, as if the whole call stood where `place` stands. The argument is the
/// user's, and stays where it is.
pub(super) fn call_at(
    place: &impl ToTokens,
    function: TokenStream,
    argument: TokenStream,
) -> TokenStream {
    let mut brackets = Group::new(Delimiter::Parenthesis, argument);
    brackets.set_span(Span::mixed_site());
    let end = place.to_token_stream().into_iter().last().map(|token| token.span());
    if let Some(end) = end {
        brackets.set_span(Span::mixed_site().located_at(end));
    }
    let mut call = at(place, function);
    call.extend([TokenTree::Group(brackets)]);
    call
}

fn moved(token: TokenTree, to: Span) -> TokenTree {
    let mut token = match token {
        TokenTree::Group(group) => {
            let inner = group.stream().into_iter().map(|token| moved(token, to)).collect();
            let mut moved = Group::new(group.delimiter(), inner);
            moved.set_span(group.span());
            TokenTree::Group(moved)
        }
        token => token,
    };
    token.set_span(token.span().located_at(to));
    token
}
