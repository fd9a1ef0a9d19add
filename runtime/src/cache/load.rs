//! Loads by hand: the same engine as behind the attributes, so the same `Call`.

use super::{Cache, Key, Value};
use crate::call::Call;
use crate::call::key::Leaf;
use crate::call::memoized::{Answer, Ask, Launch, Memoized};
use crate::call::shape::{OkShared, OnlyOk, Shape, Whole};
use std::future::Future;

/// The call behind [`Cache::get_with`]: a key and a future, instead of a function and its arguments.
pub struct ByHand<'c, K: Key, F, S: Shape<Value: Value>> {
    cache: &'c Cache<K, S::Value>,
    key: K,
    load: Option<F>,
    shape: S,
}

impl<K: Key, V: Value> Cache<K, V> {
    /// The value of `key`; when there is none `load` runs, once for everybody who asks meanwhile.
    ///
    /// Returns a [`Call`], with everything that a call can do: `.use_cache(false)`, `.ttl(..)`, `.traced()`.
    /// `load` is not polled on a hit.
    ///
    /// # Cancellation
    /// Dropping the call is safe. If it was running `load`, one of those who wait runs its own instead.
    ///
    /// # Panics
    /// A panic of `load` reaches the caller whose it is. A `load` that asks for its own key panics: it would wait for
    /// itself.
    ///
    /// ```
    /// # use larder::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let cache: Cache<u64, String> = Cache::new(10);
    /// let name = cache.get_with(7, async { "seven".to_owned() }).await;
    /// assert_eq!(name, "seven");
    /// assert_eq!(cache.get_metrics().loads, 1);
    /// # }
    /// ```
    pub fn get_with<F>(&self, key: K, load: F) -> Call<ByHand<'_, K, F::IntoFuture, Whole<V>>>
    where
        F: IntoFuture<Output = V>,
    {
        self.by_hand(key, load, Whole::new())
    }

    /// Like [`get_with`](Self::get_with) for loads that can fail. Failures are not stored; everybody who waited for
    /// the load gets a clone of its error.
    ///
    /// # Errors
    /// What `load` returned. For an error that is not `Clone` see
    /// [`try_get_with_own_error`](Self::try_get_with_own_error), or wrap it in an [`Arc`](std::sync::Arc).
    ///
    /// ```
    /// # use larder::Cache;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let cache: Cache<u64, u64> = Cache::new(10);
    /// let failed = cache.try_get_with(7, async { Err("down") }).await;
    /// assert_eq!(failed, Err("down"));
    /// let loaded = cache.try_get_with(7, async { Ok::<_, &str>(8) }).await;
    /// assert_eq!(loaded, Ok(8));
    /// # }
    /// ```
    pub fn try_get_with<F, E>(
        &self,
        key: K,
        load: F,
    ) -> Call<ByHand<'_, K, F::IntoFuture, OkShared<V, E>>>
    where
        F: IntoFuture<Output = Result<V, E>>,
        E: Clone + Send + Sync + 'static,
    {
        self.by_hand(key, load, OkShared::new())
    }

    /// Like [`try_get_with`](Self::try_get_with) for errors that are not `Clone`: each waiter of a failed load runs its
    /// own, one at a time.
    ///
    /// # Errors
    /// What `load` returned.
    pub fn try_get_with_own_error<F, E>(
        &self,
        key: K,
        load: F,
    ) -> Call<ByHand<'_, K, F::IntoFuture, OnlyOk<V, E>>>
    where
        F: IntoFuture<Output = Result<V, E>>,
    {
        self.by_hand(key, load, OnlyOk::new())
    }

    fn by_hand<F, S>(&self, key: K, load: F, shape: S) -> Call<ByHand<'_, K, F::IntoFuture, S>>
    where
        F: IntoFuture<Output = S::Output>,
        S: Shape<Value = V>,
    {
        Call::new(ByHand { cache: self, key, load: Some(load.into_future()), shape })
    }
}

impl<'c, K, F, S> Memoized for ByHand<'c, K, F, S>
where
    K: Key,
    F: Future<Output = S::Output>,
    S: Shape<Value: Value>,
{
    type Output = S::Output;
    type Key = K;
    type Value = S::Value;
    type Body = F;
    type Shape = S;
    type Home = &'c Cache<K, S::Value>;

    fn home(&self) -> &Self::Home {
        &self.cache
    }

    fn ask(&self, ask: Ask<'_, K, S::Value>) -> Answer<K, S::Value> {
        ask.with(Leaf::new(&self.key))
    }

    fn shape(&self) -> S {
        self.shape
    }

    fn body(&mut self) -> F {
        self.load.take().expect("a call makes its body once")
    }

    fn launch(&mut self) -> Launch<S::Value, F> {
        Launch::Own(self.body())
    }
}
