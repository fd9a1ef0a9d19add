//! Functions whose calls fail where a tier does: `on_tier_error = fail`.

use super::shape::{Shape, like_inner};
use crate::load::{Packed, SharedError, TierFailure};
use crate::tier::TierError;
use crate::ttl::Term;

/// Another shape, whose calls fail where a tier cannot be asked. A plain function pointer, as in
/// [`KeptIf`](super::shape::KeptIf).
pub struct Strict<S: Shape>(S, fn(TierError) -> S::Output);

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derived one would ask for an output that is `Copy`"
)]
impl<S: Shape> Clone for Strict<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: Shape> Copy for Strict<S> {}

impl<S: Shape> Shape for Strict<S> {
    like_inner!();

    const STRICT: bool = true;

    fn keep(&self, output: &S::Output) -> Option<Term> {
        self.0.keep(output)
    }

    fn without_tier(&self, why: TierFailure) -> S::Output {
        self.1(why)
    }
}

/// An output that can say that a tier has failed.
#[diagnostic::on_unimplemented(
    message = "`on_tier_error = fail` needs a function that returns a `Result` whose error is `From<larder::tier::TierError>`",
    label = "the function's output is `{Self}`, which cannot say that a tier has failed",
    note = "leave the option out: then calls go on without a tier that fails"
)]
pub trait FromTierError {
    /// Says it.
    fn from_tier_error(error: TierError) -> Self;
}

impl<U, E: From<TierError>> FromTierError for Result<U, E> {
    fn from_tier_error(error: TierError) -> Self {
        Err(error.into())
    }
}

/// `on_tier_error = fail`
pub fn strict<S: Shape<Output: FromTierError>>(shape: S) -> Strict<S> {
    Strict(shape, FromTierError::from_tier_error)
}
