//! How an argument takes part in a key. Lookups must not allocate, so a reference is looked at
//! where it points, and only what is stored is owned. This is decided by the type **as written**:
//! an alias that hides a reference is a leaf, and the compiler says what it lacks.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeReference};

/// The shape of a key part.
pub(crate) enum View {
    /// Hashed and compared as it is.
    Leaf(Type),
    /// The unsized target of a reference: what is stored is its `ToOwned`.
    Target(Type),
    /// `&U`: the view of what it points at.
    Reference(Box<View>),
    /// `f32`, `f64`: by bits.
    Float(Ident),
    /// `Option<U>` with a structure of its own.
    Option(Box<View>),
    /// `Vec<U>`, `[U]`, `[U; N]` with a structure of its own.
    Each(Box<View>),
    /// A tuple with a structure of its own.
    Tuple(Vec<View>),
    /// `Cow<'_, U>`: looked at as a `U`.
    Cow(Type),
}

impl View {
    pub(crate) fn of(ty: &Type) -> Self {
        structural(ty).unwrap_or_else(|| Self::Leaf(ty.clone()))
    }

    /// The types that are hashed and compared as they are, except those that surely can.
    pub(crate) fn leaves(&self) -> Vec<&Type> {
        match self {
            Self::Leaf(ty) | Self::Target(ty) | Self::Cow(ty) if is_primitive(ty) => Vec::new(),
            Self::Leaf(ty) | Self::Target(ty) | Self::Cow(ty) => vec![ty],
            Self::Reference(inner) | Self::Option(inner) | Self::Each(inner) => inner.leaves(),
            Self::Tuple(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Self::Float(_) => Vec::new(),
        }
    }

    /// The first leaf that could not be a key by its form alone.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Leaf(ty) | Self::Target(ty) | Self::Cow(ty) => Obstacle::of(ty),
            Self::Reference(inner) | Self::Option(inner) | Self::Each(inner) => inner.obstacle(),
            Self::Tuple(parts) => parts.iter().find_map(Self::obstacle),
            Self::Float(_) => None,
        }
    }
}

/// A type that cannot be owned by a cache.
pub(crate) enum Obstacle {
    Mutable(TypeReference),
    Object(Type),
    Anonymous(Type),
    Borrowing(Lifetime),
    Hidden(TypeReference),
}

impl Obstacle {
    fn of(ty: &Type) -> Option<Self> {
        let ty = bare(ty);
        match ty {
            Type::Reference(reference) if reference.mutability.is_some() => {
                Some(Self::Mutable(reference.clone()))
            }
            Type::TraitObject(_) => Some(Self::Object(ty.clone())),
            ty if impl_trait(ty).is_some() => Some(Self::Anonymous(ty.clone())),
            ty => match borrow(ty)? {
                Borrow::Lifetime(lifetime) => Some(Self::Borrowing(lifetime)),
                Borrow::Reference(reference) => Some(Self::Hidden(reference)),
            },
        }
    }
}

/// The view of a type that has to be taken apart; nothing for one that is hashed as it is.
fn structural(ty: &Type) -> Option<View> {
    match bare(ty) {
        Type::Reference(reference) if reference.mutability.is_none() => {
            let inner = structural(&reference.elem)
                .unwrap_or_else(|| target(bare(&reference.elem).clone()));
            Some(View::Reference(Box::new(inner)))
        }
        Type::Tuple(tuple) => {
            let parts: Vec<_> = tuple.elems.iter().map(structural).collect();
            if parts.iter().all(Option::is_none) {
                return None;
            }
            let part =
                |(part, ty): (Option<View>, &Type)| part.unwrap_or_else(|| View::Leaf(ty.clone()));
            Some(View::Tuple(parts.into_iter().zip(&tuple.elems).map(part).collect()))
        }
        Type::Slice(slice) => Some(View::Each(Box::new(structural(&slice.elem)?))),
        Type::Array(array) => Some(View::Each(Box::new(structural(&array.elem)?))),
        Type::Path(path) if path.qself.is_none() => named(&path.path),
        _ => None,
    }
}

/// What a reference points at. Only a type that is known to be unsized is spelled through `ToOwned`: of any other the
/// compiler would report the missing `ToOwned` as well as what is missing for a key.
fn target(ty: Type) -> View {
    const UNSIZED: &[&str] = &["str", "Path", "OsStr", "CStr"];
    let is_unsized = match &ty {
        Type::Slice(_) => true,
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last();
            last.is_some_and(|last| UNSIZED.iter().any(|name| last.ident == name))
        }
        _ => false,
    };
    if is_unsized { View::Target(ty) } else { View::Leaf(ty) }
}

fn named(path: &syn::Path) -> Option<View> {
    let segment = path.segments.last()?;
    let name = segment.ident.to_string();
    let mut arguments = match &segment.arguments {
        PathArguments::None => {
            let first = path.segments.iter().rev().nth(1);
            let primitive = first.is_none_or(|module| module.ident == "primitive");
            let float = primitive && (name == "f32" || name == "f64");
            return float.then(|| View::Float(segment.ident.clone()));
        }
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
        }
        PathArguments::Parenthesized(_) => return None,
    };
    let (Some(argument), None) = (arguments.next(), arguments.next()) else {
        return None;
    };
    match name.as_str() {
        "Option" => Some(View::Option(Box::new(structural(argument)?))),
        "Vec" => Some(View::Each(Box::new(structural(argument)?))),
        "Cow" => Some(View::Cow(argument.clone())),
        _ => None,
    }
}

fn is_primitive(ty: &Type) -> bool {
    const PRIMITIVES: &[&str] = &[
        "bool", "char", "str", "String", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16",
        "i32", "i64", "i128", "isize",
    ];
    let Type::Path(path) = bare(ty) else {
        return false;
    };
    PRIMITIVES.iter().any(|name| path.path.is_ident(name))
}

/// Without parentheses, and without the invisible groups in which `macro_rules!` wraps a `$t:ty`.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

/// Something in a type that is not `'static`.
pub(crate) enum Borrow {
    Lifetime(Lifetime),
    Reference(TypeReference),
}

/// The first thing in `ty` that borrows. Lifetimes of function pointers and of `Fn(&T)` bounds
/// belong to those alone.
pub(crate) fn borrow(ty: &Type) -> Option<Borrow> {
    struct Borrows(Option<Borrow>);
    impl<'ast> Visit<'ast> for Borrows {
        fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
            if lifetime.ident != "static" {
                self.0.get_or_insert_with(|| Borrow::Lifetime(lifetime.clone()));
            }
        }
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            if reference.lifetime.is_none() {
                self.0.get_or_insert_with(|| Borrow::Reference(reference.clone()));
            }
            visit::visit_type_reference(self, reference);
        }
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(
            &mut self,
            _: &'ast syn::ParenthesizedGenericArguments,
        ) {
        }
    }
    let mut borrows = Borrows(None);
    borrows.visit_type(ty);
    borrows.0
}

/// Whether a reference or a lifetime stands in `ty`, `'static` ones among them.
pub(crate) fn mentions_lifetime(ty: &Type) -> bool {
    struct Lifetimes(bool);
    impl<'ast> Visit<'ast> for Lifetimes {
        fn visit_lifetime(&mut self, _: &'ast Lifetime) {
            self.0 = true;
        }
        fn visit_type_reference(&mut self, _: &'ast TypeReference) {
            self.0 = true;
        }
    }
    let mut lifetimes = Lifetimes(false);
    lifetimes.visit_type(ty);
    lifetimes.0
}

/// The first `impl Trait` in `ty`.
pub(crate) fn impl_trait(ty: &Type) -> Option<&syn::TypeImplTrait> {
    struct Impls<'ast>(Option<&'ast syn::TypeImplTrait>);
    impl<'ast> Visit<'ast> for Impls<'ast> {
        fn visit_type_impl_trait(&mut self, ty: &'ast syn::TypeImplTrait) {
            self.0.get_or_insert(ty);
        }
    }
    let mut impls = Impls(None);
    impls.visit_type(ty);
    impls.0
}
