//! What generated code calls. No part of the public interface: it may change with every version.

pub use crate::call::gate::{and, stored};
pub use crate::call::key::{Bits, KeyPart, ReceiverPart, bits, custom, each, leaf, receiver};
pub use crate::call::memoized::{
    Answer, Ask, AtSite, Borrowed, Home, Invocation, Launch, Local, Mode, Owned, Standalone, output,
};
pub use crate::call::owned::{OwnedBody, owned};
pub use crate::call::shape::{
    Probe, ViaMoved, ViaOk, ViaShared, ViaWhole, cache_err, cache_if, skip_none,
};
#[cfg(feature = "tier")]
pub use crate::call::strict::strict;
#[cfg(feature = "tier")]
pub use crate::call::tiering::{
    HasBytes, StaysInMemory, TierProbe, Tiered, ViaBytes, ViaMemory, at_rest, tier_probe,
};
pub use crate::call::weighing::{By, BySize, ViaSize, Weighable, WeightProbe};
#[cfg(feature = "serde")]
pub use crate::call::weighing::{ByLength, ViaLength};
pub use crate::call::{Invalidating, When, entry, every};
#[cfg(all(feature = "tier", feature = "testing"))]
pub use crate::codec::Trial;
pub use crate::function::{Function, Options, Registered, Site, Spec};
pub use crate::load::{After, Land, Landed, Lower, Packed, SharedBody, SharedError};
#[cfg(feature = "tier")]
pub use crate::tier::IntoLayer;
pub use crate::{
    __borrowing_shape as borrowing_shape, __shape as shape, __site as site, __weighing as weighing,
};
pub use crate::{__layers as layers, __strict as strict_shape, __tiering as tiering};
pub use inventory;

/// A value of a type that leads to the one static of an annotated function. Generic parameters cannot be mentioned in a
/// static, so a function's instantiations share it, and each finds its own store by the type of its body.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($name:literal, $version:literal, $options:expr $(,)?) => {{
        struct __Site;
        impl $crate::__private::Site for __Site {
            fn function() -> &'static $crate::__private::Function {
                static __FUNCTION: $crate::__private::Function =
                    $crate::__private::Function::new($crate::__private::Spec {
                        name: $name,
                        path: ::core::any::type_name::<__Site>,
                        version: $version,
                        options: || $options,
                    });
                $crate::__private::inventory::submit!($crate::__private::Registered(&__FUNCTION));
                &__FUNCTION
            }
        }
        __Site
    }};
}

/// What of an output is kept, by the output's type.
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($output:ty) => {{
        use $crate::__private::{ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _};
        (&&&&$crate::__private::Probe::<$output>::NEW).shape()
    }};
}

/// The same for an output whose error borrows. It cannot leave its caller, which the compiler does not see when it chooses a
/// trait: it looks away from lifetimes there.
#[doc(hidden)]
#[macro_export]
macro_rules! __borrowing_shape {
    ($output:ty) => {{
        use $crate::__private::{ViaOk as _, ViaWhole as _};
        (&&&&$crate::__private::Probe::<$output>::NEW).shape()
    }};
}

/// What weighs the entries that a call makes, by the types of its key and its value.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "serde")]
macro_rules! __weighing {
    ($call:ident) => {{
        use $crate::__private::{ViaLength as _, ViaSize as _};
        (&&$call.probe()).weighing()
    }};
}

/// The same where values have no length.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "serde"))]
macro_rules! __weighing {
    ($call:ident) => {{
        use $crate::__private::ViaSize as _;
        $call.probe().weighing()
    }};
}

/// The call with tiers below its cache if its entries have bytes; `must`, where the attribute says that it has to.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "tier")]
macro_rules! __tiering {
    ($call:ident) => {{
        use $crate::__private::{ViaBytes as _, ViaMemory as _};
        (&&$crate::__private::tier_probe(&$call)).tiering().place($call)
    }};
    (must $call:ident) => {
        $crate::__private::at_rest(&$call).has_bytes().place($call)
    };
}

/// The call as it is: there are no tiers.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "tier"))]
macro_rules! __tiering {
    (must $call:ident) => {
        $call
    };
    ($call:ident) => {
        $call
    };
}

/// The shape of a function whose calls fail where a tier does.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "tier")]
macro_rules! __strict {
    ($shape:ident) => {
        $crate::__private::strict($shape)
    };
}

/// The same where there are no tiers.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "tier"))]
macro_rules! __strict {
    ($shape:ident) => {{
        ::core::compile_error!(
            "`on_tier_error` needs a feature of larder: `sqlite`, `redis` or `memcached`, or `tier` for tiers of your own"
        );
        $shape
    }};
}

/// The options with the tiers that the attribute names.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "tier")]
macro_rules! __layers {
    ($options:expr $(, $role:ident = $layer:expr)+) => {
        $options$(.$role(|| $crate::__private::IntoLayer::into_layer($layer)))+
    };
}

/// The same where there are no tiers.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "tier"))]
macro_rules! __layers {
    ($options:expr $(, $role:ident = $layer:expr)+) => {{
        ::core::compile_error!(
            "`disk` and `remote` need a feature of larder: `sqlite`, `redis` or `memcached`, or `tier` for tiers of your \
             own; in Cargo.toml: `larder = { .., features = [\"sqlite\"] }`"
        );
        $options
    }};
}
