//! Bodies that borrow nothing, in a box that can change hands.
//!
//! Boxed where the function stands and not further inside: there the compiler can see that the body is `Send` even when
//! it calls itself.

use super::shape::Shape;
use super::spare;
use crate::load::{Land, Landed, SharedBody};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A body that can be driven by its caller, for its output, or by a flight, for what becomes of it.
trait Both<T, V>: Future<Output = T> + Land<V> {}
impl<B: Future<Output = T> + Land<V>, T, V> Both<T, V> for B {}

/// The boxed body of a function that borrows nothing.
pub struct OwnedBody<T, V>(Pin<Box<dyn Both<T, V> + Send>>);

impl<T: 'static, V: 'static> OwnedBody<T, V> {
    pub(super) fn share(self) -> SharedBody<V> {
        self.0
    }
}

impl<T, V> Future for OwnedBody<T, V> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(cx)
    }
}

pin_project! {
    struct Shaped<F, S> {
        #[pin]
        body: F,
        shape: S,
    }
}

impl<F: Future, S> Future for Shaped<F, S> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().body.poll(cx)
    }
}

impl<F: Future, S: Shape<Output = F::Output>> Land<S::Value> for Shaped<F, S> {
    fn poll_landed(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        landed: &mut Option<Landed<S::Value>>,
    ) -> Poll<()> {
        let this = self.project();
        let output = ready!(this.body.poll(cx));
        let keep = this.shape.keep(&output);
        let came = match S::split(output) {
            Ok(value) => Landed::Value(value, keep, None),
            Err(failure) => {
                let shared = S::share(&failure);
                Landed::Failed(S::pack(failure), shared)
            }
        };
        debug_assert!(landed.is_none(), "a body lands once");
        // Nothing to be dropped.
        std::mem::forget(landed.replace(came));
        Poll::Ready(())
    }
}

/// Boxes a body.
pub fn owned<F, S>(shape: S, body: F) -> OwnedBody<F::Output, S::Value>
where
    // The compiler shows the next line to those whose body is not `Send`.
    F: Future + Send + 'static, // A body that stays on one thread: write `local` in the attribute.
    S: Shape<Output = F::Output> + Send + 'static,
{
    OwnedBody(spare::pin(Shaped { body, shape }))
}
