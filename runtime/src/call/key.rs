//! Keys by reference.
//!
//! A call looks itself up by a *view* of its arguments: references, options and tuples of references, bits of floats. A
//! view hashes like the owned key and can be compared with it, so a hit neither allocates nor clones. Only
//! a miss turns the view into a key.

use super::gate::{ByNothing, ByValue, Gate, Never, Open, Shut};
use equivalent::Equivalent;
use std::hash::{Hash, Hasher};

/// Something that stands for a key of type `K` without owning it.
///
/// Equal keys have equal hashes, whichever form they come in.
pub trait View<K>: Hash {
    /// Whether this stands for `key`.
    fn stands_for(&self, key: &K) -> bool;
    /// The key that this stands for.
    fn to_key(&self) -> K;
}

/// Makes a view usable for a lookup.
#[derive(Clone, Copy)]
pub(crate) struct ByView<Q>(pub(crate) Q);

impl<Q: Hash> Hash for ByView<Q> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K, Q: View<K>> Equivalent<K> for ByView<Q> {
    #[inline]
    fn equivalent(&self, key: &K) -> bool {
        self.0.stands_for(key)
    }
}

/// The argument itself, by reference.
#[derive(Hash)]
pub struct Leaf<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Leaf<'a, T> {
    pub(crate) fn new(argument: &'a T) -> Self {
        Self(argument)
    }
}

impl<T: ?Sized> Clone for Leaf<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Leaf<'_, T> {}

impl<T> View<T::Owned> for Leaf<'_, T>
where
    T: ?Sized + Hash + Eq + ToOwned,
{
    #[inline]
    fn stands_for(&self, key: &T::Owned) -> bool {
        use std::borrow::Borrow;
        *self.0 == *key.borrow()
    }

    fn to_key(&self) -> T::Owned {
        self.0.to_owned()
    }
}

/// A key that was made for the call: `key = EXPR`.
#[derive(Hash)]
pub struct Custom<K>(K);

impl<K: Hash + Eq + Clone> View<K> for Custom<K> {
    #[inline]
    fn stands_for(&self, key: &K) -> bool {
        self.0 == *key
    }

    fn to_key(&self) -> K {
        self.0.clone()
    }
}

/// A float as a key: by its bits, with one zero and one `NaN`. With feature `serde` it is serialized as the number that the
/// bits are.
///
/// ```
/// use larder::Bits;
///
/// assert_eq!(Bits::from(-0.0), Bits::from(0.0));
/// assert_eq!(Bits::from(f64::NAN), Bits::from(-f64::NAN));
/// assert_ne!(Bits::from(0.1 + 0.2), Bits::from(0.3));
/// assert_eq!(Bits::from(1.5_f32).get(), 1.5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Bits<F>(F);

impl<F: Copy> Bits<F> {
    /// The float. `-0.0` comes back as `0.0`.
    pub fn get(self) -> F {
        self.0
    }
}

macro_rules! bits {
    ($($float:ty),*) => {$(
        impl From<$float> for Bits<$float> {
            fn from(float: $float) -> Self {
                // Adding zero turns the negative zero into the positive one.
                Self(if float.is_nan() { <$float>::NAN } else { float + 0.0 })
            }
        }
        impl PartialEq for Bits<$float> {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                self.0.to_bits() == other.0.to_bits()
            }
        }
        impl Eq for Bits<$float> {}
        impl Hash for Bits<$float> {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.to_bits().hash(state);
            }
        }
        #[cfg(feature = "serde")]
        impl serde::Serialize for Bits<$float> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.to_bits().serialize(serializer)
            }
        }
        impl View<Bits<$float>> for Bits<$float> {
            #[inline]
            fn stands_for(&self, key: &Self) -> bool {
                self == key
            }
            fn to_key(&self) -> Self {
                *self
            }
        }
    )*};
}
bits!(f32, f64);

impl<K, Q: View<K>> View<Option<K>> for Option<Q> {
    #[inline]
    fn stands_for(&self, key: &Option<K>) -> bool {
        match (self, key) {
            (Some(view), Some(key)) => view.stands_for(key),
            (None, None) => true,
            _ => false,
        }
    }

    fn to_key(&self) -> Option<K> {
        self.as_ref().map(View::to_key)
    }
}

/// A slice whose elements are looked at through views, as the key of a `Vec`.
pub struct Each<'a, T, F> {
    slice: &'a [T],
    view: F,
}

impl<'a, T, Q, F> Hash for Each<'a, T, F>
where
    F: Fn(&'a T) -> Q,
    Q: Hash,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The same steps as `Hash for [K]`.
        state.write_usize(self.slice.len());
        self.slice.iter().for_each(|element| (self.view)(element).hash(state));
    }
}

impl<'a, T, K, Q, F> View<Vec<K>> for Each<'a, T, F>
where
    F: Fn(&'a T) -> Q,
    Q: View<K>,
{
    fn stands_for(&self, key: &Vec<K>) -> bool {
        let mut pairs = self.slice.iter().zip(key);
        self.slice.len() == key.len()
            && pairs.all(|(element, key)| (self.view)(element).stands_for(key))
    }

    fn to_key(&self) -> Vec<K> {
        self.slice.iter().map(|element| (self.view)(element).to_key()).collect()
    }
}

/// No part at all: a function without arguments has one entry.
impl View<()> for () {
    #[inline]
    fn stands_for(&self, (): &()) -> bool {
        true
    }

    fn to_key(&self) {}
}

macro_rules! tuples {
    ($($view:ident $key:ident $place:tt),*) => {
        impl<$($view: View<$key>, $key),*> View<($($key,)*)> for ($($view,)*) {
            #[inline]
            fn stands_for(&self, key: &($($key,)*)) -> bool {
                $(self.$place.stands_for(&key.$place))&&*
            }
            fn to_key(&self) -> ($($key,)*) {
                ($(self.$place.to_key(),)*)
            }
        }
    };
}
macro_rules! all_tuples {
    (($view:ident $key:ident $place:tt) $($rest:tt)*) => {
        all_tuples!(@ [($view $key $place)] $($rest)*);
    };
    (@ [$(($v:ident $k:ident $p:tt))*]) => { tuples!($($v $k $p),*); };
    (@ [$(($v:ident $k:ident $p:tt))*] ($view:ident $key:ident $place:tt) $($rest:tt)*) => {
        tuples!($($v $k $p),*);
        all_tuples!(@ [$(($v $k $p))* ($view $key $place)] $($rest)*);
    };
}
// `Hash` is there for tuples of up to twelve; longer keys are nested by the macro.
all_tuples! {
    (A KA 0)(B KB 1)(C KC 2)(D KD 3)(E KE 4)(F KF 5)
    (G KG 6)(H KH 7)(I KI 8)(J KJ 9)(L KL 10)(M KM 11)
}

/// What may be part of a key. `How` keeps two blanket impls apart, so that the compiler reports this trait, with its
/// message, and not the first of its parts that is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this lacks one of `Hash`, `Eq`, `Clone`, `Send` and `Sync`",
    note = "leave it out of the key with `skip(..)`, say what the key is with `key = ..`, or derive `Hash`, `PartialEq`, \
            `Eq` and `Clone` for it"
)]
pub trait KeyPart<How> {
    /// Whether the call can be made.
    type Gate: Gate;
    /// What generated code checks with.
    const GATE: Self::Gate = Gate::PASS;
}
impl<T> KeyPart<ByValue> for T
where
    T: ?Sized + Hash + Eq + ToOwned<Owned: Send + Sync>,
{
    type Gate = Open;
}
impl<T: ?Sized + Never> KeyPart<ByNothing> for T {
    type Gate = Shut;
}

/// The same for a receiver, with a message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key, and `self` is one unless it is skipped",
    label = "the type of `self` lacks one of `Hash`, `Eq`, `Clone`, `Send` and `Sync`",
    note = "leave it out of the key with `skip(self)` if all instances give the same answers, use `cache = self.field` \
            together with `skip(self)` for a cache per instance, or say what identifies it with `key = (self.id, ..)`"
)]
pub trait ReceiverPart<How> {
    /// Whether the call can be made.
    type Gate: Gate;
    /// What generated code checks with.
    const GATE: Self::Gate = Gate::PASS;
}
impl<T> ReceiverPart<ByValue> for T
where
    T: ?Sized + Hash + Eq + ToOwned<Owned: Send + Sync>,
{
    type Gate = Open;
}
impl<T: ?Sized + Never> ReceiverPart<ByNothing> for T {
    type Gate = Shut;
}

/// The same for an expression, whose type nobody has written down.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this lacks one of `Hash`, `Eq`, `Clone`, `Send` and `Sync`",
    note = "an element of `key = (..)` is an owned value that can be hashed and compared; arguments are references in it, \
            and one that stands there by its name alone is looked up without a copy"
)]
pub trait CustomPart<How>: Sized {
    /// The part.
    type Part;
    /// The part.
    fn part(self) -> Self::Part;
}
impl<K: Hash + Eq + Clone + Send + Sync> CustomPart<ByValue> for K {
    type Part = Custom<K>;

    #[inline]
    fn part(self) -> Custom<K> {
        Custom(self)
    }
}
impl<K: Never> CustomPart<ByNothing> for K {
    type Part = Shut;

    fn part(self) -> Shut {
        Shut
    }
}

/// An argument as a part of the key.
#[inline]
pub fn leaf<How, T: ?Sized + KeyPart<How>>(argument: &T) -> Leaf<'_, T> {
    Leaf(argument)
}

/// `self` as a part of the key.
#[inline]
pub fn receiver<How, T: ?Sized + ReceiverPart<How>>(receiver: &T) -> Leaf<'_, T> {
    Leaf(receiver)
}

/// A float as a part of the key.
#[inline]
pub fn bits<F: Copy>(float: &F) -> Bits<F>
where
    Bits<F>: From<F>,
{
    Bits::from(*float)
}

/// A slice as a part of the key, through views of its elements.
#[inline]
pub fn each<'a, T, Q, F: Fn(&'a T) -> Q>(slice: &'a [T], view: F) -> Each<'a, T, F> {
    Each { slice, view }
}

/// A key that was made for the call.
#[inline]
pub fn custom<How, K: CustomPart<How>>(key: K) -> K::Part {
    key.part()
}
