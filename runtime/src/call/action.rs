//! Something to be done to a cache: awaited, or from synchronous code.

use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::{Builder, Handle};

pin_project! {
    /// Something to be done to a cache. Await it; in synchronous code call [`blocking`](Self::blocking).
    #[must_use = "it does nothing without `.await`, or `.blocking()` in code that is not async"]
    pub struct Action<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Action<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future }
    }

    /// Does it on this thread and waits until it is done.
    ///
    /// With entries in memory only it never blocks, so it may be used anywhere. With tiers below memory it waits for them.
    ///
    /// # Panics
    /// When it has to wait for a tier and is called from async code. Use `.await` there.
    pub fn blocking(self) -> F::Output {
        let mut future = std::pin::pin!(self.future);
        match future.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => block_on(future),
        }
    }
}

impl<F: Future> Future for Action<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

/// Runs `future` on the runtime that this thread has entered, or on a small one of its own.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    match Handle::try_current() {
        Ok(runtime) => runtime.block_on(future),
        Err(_) => Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime for one blocking call can be made")
            .block_on(future),
    }
}
