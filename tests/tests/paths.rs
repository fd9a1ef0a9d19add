//! Whatever path leads to a memoized function, its name is its handle; and what was written around it stays.

use larder::prelude::*;
use larder_tests::Log;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

mod library {
    use larder::prelude::*;

    /// What is said about it.
    #[async_lru]
    pub(crate) async fn original(n: u64) -> u64 {
        n
    }
}
use library::original as renamed;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Shop<T>(T);

trait Prices {
    async fn price(&self, item: &str) -> usize;
    fn twice(&self, item: &str) -> impl Future<Output = usize> + Send;
}

impl<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static> Shop<T> {
    #[async_lru]
    async fn new_at(rent: u64) -> u64 {
        rent
    }

    #[async_lru]
    async fn of(owner: T) -> Self {
        Self(owner)
    }

    #[async_lru(skip(self))]
    async fn owners<'a, U>(&'a self, others: &'a [U]) -> Vec<String>
    where
        U: Display + Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    {
        others.iter().map(ToString::to_string).collect()
    }
}

impl Prices for Shop<u64> {
    #[async_lru]
    async fn price(&self, item: &str) -> usize {
        item.len()
    }

    #[async_ttl(skip(self))]
    async fn twice(&self, item: &str) -> usize {
        2 * item.len()
    }
}

#[tokio::test]
async fn renamed_imports() {
    renamed(1).await;
    renamed(1).await;
    assert_eq!(library::original.get_metrics().hits, 1);
    renamed.clear().await;
    assert!(library::original.cache().is_empty());
}

#[tokio::test]
async fn methods_and_associated_functions_of_generic_types() {
    assert_eq!(Shop::<u8>::new_at(1).await, 1);
    assert_eq!(Shop::<u16>::new_at(1).await, 1);
    assert_eq!(Shop::<u8>::new_at(1).await, 1);
    assert_eq!(Shop::<u8>::new_at.get_metrics().hits, 1);
    assert_eq!(Shop::<u16>::new_at.get_metrics().hits, 0);
    assert!(Shop::<u32>::new_at.cache().is_empty());

    assert!(Shop::of("Ada").await == Shop("Ada"));
    assert!(Shop::<&str>::of("Ada").peek() == Some(Shop("Ada")));
    assert_eq!(Shop::<&str>::of.get_metrics().misses, 1);

    let shop = Shop(1_u8);
    assert_eq!(shop.owners(&[1, 2]).await, ["1", "2"]);
    assert_eq!(shop.owners(&[1, 2]).await, ["1", "2"]);
    assert_eq!(Shop::<u8>::owners::<i32>.get_metrics().hits, 1);
    Shop::<u8>::owners::<i32>.clear().await;
    assert_eq!(shop.owners(&[1, 2]).peek(), None);
}

#[tokio::test]
async fn methods_of_traits() {
    async fn total(prices: &impl Prices) -> usize {
        prices.price("milk").await + prices.twice("milk").await
    }

    let shops = [Shop(1), Shop(2)];
    for shop in &shops {
        assert_eq!(shop.price("milk").await, 4);
        assert_eq!(shop.twice("milk").await, 8);
    }
    assert_eq!(<Shop<u64> as Prices>::price.get_metrics().misses, 2);
    assert_eq!(<Shop<u64> as Prices>::twice.get_metrics().hits, 1);
    assert_eq!(shops[0].price("milk").peek(), Some(4));
    assert!(shops[0].price("milk").invalidate().await);

    // Behind the trait they are what the trait promises.
    assert_eq!(total(&shops[1]).await, 12);
    assert_eq!(<Shop<u64> as Prices>::price.get_metrics().hits, 1);
}

#[tokio::test]
async fn functions_inside_functions() {
    async fn outer(n: u64) -> (u64, u64) {
        #[async_lru]
        async fn inner(n: u64) -> u64 {
            n
        }
        inner(n).await;
        (inner(n).await, inner.get_metrics().misses)
    }

    #[async_lru]
    async fn memoized_outer(n: u64) -> u64 {
        #[async_lru]
        async fn inner(n: u64) -> u64 {
            3 * n
        }
        inner(n).await + inner(n + 1).await
    }

    assert_eq!((outer(1).await, outer(1).await), ((1, 1), (1, 1)));
    assert_eq!((memoized_outer(1).await, memoized_outer(2).await), (9, 15));
}

macro_rules! memoized {
    ($name:ident($argument:ident: $type:ty) -> $output:ty $body:block) => {
        #[async_lru(maxsize = 5)]
        async fn $name($argument: $type) -> $output $body
    };
}

#[tokio::test]
async fn functions_from_macros() {
    memoized!(length(text: &str) -> usize { text.len() });

    assert_eq!((length("four").await, length("four").await), (4, 4));
    assert_eq!((length.get_metrics().hits, length.cache().maxsize()), (1, Some(5)));
}

/// A body of macros, attributes, shadowed names and early ends is left as it is.
#[tokio::test]
async fn what_was_written_stays() {
    #[allow(dead_code)]
    #[async_lru]
    #[inline]
    #[must_use]
    async fn odd<'a, T>(mut n: u64, r#type: &'a str, _: T) -> Result<Arc<str>, Box<str>>
    where
        T: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
    {
        n += 1;
        let key = r#type;
        if key.is_empty() {
            return Err("empty".into());
        }
        Ok(format!("{n} {key}").into())
    }

    assert_eq!(odd(1, "x", 'c').await.as_deref(), Ok("2 x"));
    assert_eq!(odd(1, "", 'c').await, Err("empty".into()));
    assert_eq!(odd::<char>.cache().len(), 1);
}

#[tokio::test]
async fn the_functions_name_is_the_handle_of_its_cache() {
    #[async_ttl(maxsize = 3, ttl = "1h")]
    async fn double(n: u64) -> u64 {
        2 * n
    }

    let gone = Log::new();
    double.cache().on_evict({
        let gone = gone.clone();
        move |key, output, reason| gone.push((*key, output, reason))
    });
    for n in 0..4 {
        double(n).await;
    }
    let cache = double.cache();
    assert_eq!(gone.take(), [(0, 0, Reason::Size)]);
    assert_eq!((cache.len(), cache.is_empty(), cache.maxsize()), (3, false, Some(3)));
    assert!(cache.name().ends_with("double"), "{}", cache.name());
    let (mut entries, mut keys) = (cache.entries(), cache.keys());
    entries.sort_unstable();
    keys.sort_unstable();
    assert_eq!((entries, keys), (vec![(1, 2), (2, 4), (3, 6)], vec![1, 2, 3]));
    cache.set_maxsize(1);
    assert_eq!(gone.take(), [(1, 2, Reason::Size), (2, 4, Reason::Size)]);
    cache.set_ttl(Duration::from_secs(5));
    assert_eq!(double.cache().ttl(), Some(Duration::from_secs(5)));
    double.clear().await;
    assert_eq!(gone.take(), [(3, 6, Reason::Cleared)]);
    assert_eq!(double.get_metrics().misses, 4);
    double.reset_metrics();
    assert_eq!(double.get_metrics().misses, 0);
    cache.set_maxsize(None);
    assert_eq!(double.cache().maxsize(), None);
}

#[tokio::test]
async fn a_function_that_returns_a_result_has_entries_of_its_oks() {
    #[async_lru]
    async fn parsed(text: &str) -> Result<u64, std::num::ParseIntError> {
        text.parse()
    }

    let gone = Log::new();
    parsed.cache().on_evict({
        let gone = gone.clone();
        move |key: &String, value: u64, reason| gone.push((key.clone(), value, reason))
    });
    parsed("7").await.unwrap();
    parsed("x").await.unwrap_err();
    assert_eq!(parsed.cache().entries(), [("7".to_owned(), 7)]);
    parsed("7").invalidate().await;
    assert_eq!(gone.take(), [("7".to_owned(), 7, Reason::Removed)]);
}
