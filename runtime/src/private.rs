//! What generated code calls. No part of the public interface: it may change with every version.

pub use crate::call::key::{Bits, bits, custom, each, leaf, receiver};
pub use crate::call::memoized::{
    Answer, Ask, AtSite, Borrowed, Home, Invocation, Launch, Local, Mode, Owned, Standalone, output,
};
pub use crate::call::owned::{OwnedBody, owned};
pub use crate::call::shape::{
    Probe, ViaMoved, ViaOk, ViaShared, ViaWhole, cache_err, cache_if, skip_none,
};
pub use crate::call::{Invalidating, When, call, call_in, entry, every};
pub use crate::function::{Function, Options, Registered, Site, Spec};
pub use crate::load::{Land, Landed, Packed, SharedBody, SharedError};
pub use inventory;
