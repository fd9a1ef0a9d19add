//! What will be generated: valid, with every default resolved. Making tokens of a plan cannot fail.

pub(crate) mod view;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Attribute, Expr, Generics, Path, Signature, Type, Visibility};

use crate::item::Argument;
use crate::options::value::{Lifetime, Policy, When};
use view::View;

/// A memoized function.
pub(crate) struct Memo {
    pub(crate) root: Root,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) arguments: Vec<Argument>,
    /// `None` for `()`.
    pub(crate) output: Option<Type>,
    pub(crate) body: TokenTree,
    /// What the options mention of the arguments: it is not unused if the body does not.
    pub(crate) mentioned: Vec<Ident>,
    pub(crate) mode: Mode,
    pub(crate) key: Key,
    pub(crate) store: Store,
    pub(crate) kept: Kept,
}

/// A `self` argument as written.
pub(crate) struct Receiver {
    pub(crate) written: syn::Receiver,
    /// Owned by the body, which then has to keep the whole of it until it ends.
    pub(crate) by_value: bool,
}

/// How to get to the runtime.
pub(crate) struct Root(pub(crate) Option<Path>);

/// What the runtime may do with the body's future.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// It borrows nothing: it may be spawned, or driven by whoever waits for it.
    Owned,
    /// It belongs to its caller.
    Borrowed,
    /// It stays on its thread.
    Local,
}

/// How a call gets its key.
#[derive(Default)]
pub(crate) struct Key {
    /// Positions of the arguments that travel in the tuple, where the key is made from them.
    pub(crate) carried: Vec<usize>,
    pub(crate) parts: Vec<Part>,
    /// Written by the user, whose expressions see the arguments under their own names.
    pub(crate) written: bool,
}

/// One part of a key.
pub(crate) enum Part {
    /// `self`, with the type behind the reference.
    Receiver { token: syn::token::SelfValue, ty: Type },
    /// An argument, as its type wants to be looked at.
    Argument { position: usize, view: View },
    /// An expression over references to the arguments.
    Custom(Expr),
    /// A name bound inside an argument's pattern.
    Binding(Ident),
}

/// Where values are kept.
pub(crate) enum Store {
    /// One that belongs to the function.
    Own(Box<OwnStore>),
    /// One that the user has built. The expression may name arguments, these here.
    Given { cache: Expr, named: Vec<usize> },
}

/// The store of a function. What is `None` is left to the defaults, which the runtime knows.
pub(crate) struct OwnStore {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) defaults: Defaults,
    pub(crate) bound: Option<Bound>,
    pub(crate) weight: Option<Weight>,
    pub(crate) policy: Option<Policy>,
    pub(crate) sizing: bool,
    pub(crate) ttl: Option<Lifetime>,
    pub(crate) tiers: Tiers,
}

/// Where entries lie, beside memory.
pub(crate) enum Tiers {
    /// Nowhere.
    None,
    /// Where the process says, if they can be written and read back.
    Defaults,
    /// In these, as far as they are named.
    Named { disk: Option<Box<Expr>>, remote: Option<Box<Expr>> },
}

/// The attribute's name: the two differ in defaults only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defaults {
    Lru,
    Ttl,
}

pub(crate) enum Bound {
    Entries(Expr),
    None,
}

/// A bound on the weight of the entries.
pub(crate) struct Weight {
    /// Of type `u64`.
    pub(crate) most: Expr,
    /// The path of what weighs an entry. Without one it goes by the types of key and value.
    pub(crate) weigher: Option<Expr>,
}

/// Which outputs are kept, beside those that the output's type decides about, and what else there may be.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) errors: Option<Lifetime>,
    pub(crate) skip_none: Option<Ident>,
    pub(crate) only_if: Option<Expr>,
    /// Whether a call fails where a tier does: the option that says so.
    pub(crate) strict: Option<Ident>,
}

/// A function that drops entries of others.
pub(crate) struct Invalidation {
    pub(crate) root: Root,
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenTree,
    pub(crate) when: When,
    /// Whether the end of the body can be waited at: its output is spelled, and there is something to be done then.
    pub(crate) waits: bool,
    pub(crate) targets: Vec<Target>,
}

/// What is dropped.
pub(crate) enum Target {
    /// The entry of one call.
    Entry(Expr),
    /// All entries of the function at this path.
    Every(TokenStream),
}

impl Key {
    /// Whether the owned key's type can be spelled.
    pub(crate) fn is_spelled(&self) -> bool {
        let inferred = |part: &Part| matches!(part, Part::Custom(_) | Part::Binding(_));
        !self.parts.iter().any(inferred)
    }
}
