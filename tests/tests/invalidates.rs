//! A mutation drops what it makes out of date: before its body and after it, however it ends.

use larder::prelude::*;
use larder_tests::Counter;
use std::sync::Arc;
use tokio::sync::Notify;

#[tokio::test]
async fn a_call_stands_for_its_entry() {
    #[async_lru]
    async fn get(id: u64) -> u64 {
        id
    }
    #[invalidates(get(id))]
    async fn update(id: u64) -> u64 {
        id + 1
    }

    get(1).await;
    get(2).await;
    assert_eq!(update(1).await, 2);
    assert_eq!((get(1).peek(), get(2).peek()), (None, Some(2)));
    assert_eq!(get.get_metrics().evictions.removed, 1);
}

#[tokio::test]
async fn two_dots_stand_for_all_entries() {
    #[async_lru]
    async fn list(page: u64) -> u64 {
        page
    }
    #[async_lru]
    async fn sized<T>(n: u64) -> usize {
        size_of::<T>() + usize::try_from(n).unwrap()
    }
    #[invalidates(list(..), sized::<u8>(..))]
    async fn change() {}

    list(1).await;
    list(2).await;
    sized::<u8>(1).await;
    sized::<u16>(1).await;
    change().await;
    assert!(list.cache().is_empty() && sized::<u8>.cache().is_empty());
    assert_eq!(sized::<u16>.cache().len(), 1);
    assert_eq!(list.get_metrics().evictions.cleared, 2);
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Users {
    tenant: u32,
}

struct Rows {
    cache: Cache<u64, u64>,
}

impl Users {
    #[async_lru]
    async fn get(&self, id: u64) -> u64 {
        id + u64::from(self.tenant)
    }
    #[async_lru(skip(self))]
    async fn list(&self, page: u64) -> u64 {
        page
    }
    #[async_lru]
    async fn count(_: u32) -> u64 {
        0
    }
    #[invalidates(self.get(id), self.list(..), Users::count(self.tenant), Self::get(&Users { tenant: 9 }, id))]
    async fn update(&self, id: u64) {}
}

impl Rows {
    #[async_lru(cache = self.cache, skip(self))]
    async fn row(&self, id: u64) -> u64 {
        id
    }
    #[invalidates(self.row(id))]
    async fn change(&mut self, id: u64) {
        assert_eq!(self.cache.peek(&id), None);
    }
}

#[tokio::test]
async fn methods_and_several_at_once() {
    let (one, two, nine) = (Users { tenant: 1 }, Users { tenant: 2 }, Users { tenant: 9 });
    for users in [&one, &two, &nine] {
        users.get(7).await;
        users.list(users.tenant.into()).await;
        Users::count(users.tenant).await;
    }
    one.update(7).await;
    let users = [one.get(7).peek(), two.get(7).peek(), nine.get(7).peek()];
    assert_eq!(users, [None, Some(9), None]);
    assert!(Users::list.cache().is_empty());
    assert_eq!([Users::count(1).peek(), Users::count(2).peek()], [None, Some(0)]);

    let mut rows = Rows { cache: Cache::new(10) };
    rows.row(1).await;
    rows.row(2).await;
    rows.change(1).await;
    assert_eq!(rows.cache.entries(), [(2, 2)]);
}

#[tokio::test]
async fn before_after_or_both() {
    #[async_lru]
    async fn read(id: u64) -> u64 {
        id
    }
    #[invalidates(read(1), when = "before")]
    async fn before() -> (bool, u64) {
        (read(1).peek().is_none(), read(1).await)
    }
    #[invalidates(read(1), when = "after")]
    async fn after() -> (bool, u64) {
        (read(1).peek().is_none(), read(1).await)
    }
    #[invalidates(read(1), when = "both")]
    async fn both() -> (bool, u64) {
        (read(1).peek().is_none(), read(1).await)
    }
    #[invalidates(read(1))]
    async fn default() -> (bool, u64) {
        (read(1).peek().is_none(), read(1).await)
    }

    read(1).await;
    assert_eq!((before().await.0, read(1).peek()), (true, Some(1)));
    assert_eq!((after().await.0, read(1).peek()), (false, None));
    read(1).await;
    assert_eq!((both().await.0, read(1).peek()), (true, None));
    read(1).await;
    assert_eq!((default().await.0, read(1).peek()), (true, None));
}

#[tokio::test]
async fn a_failure_is_no_exception() {
    #[async_lru]
    async fn get(id: u64) -> u64 {
        id
    }
    #[invalidates(get(id), when = "after")]
    async fn fail(id: u64) -> Result<(), String> {
        let number: Result<u64, _> = "x".parse::<u64>();
        number.map_err(|error| format!("{id}: {error}"))?;
        Ok(())
    }

    get(1).await;
    assert!(fail(1).await.is_err());
    assert_eq!(get(1).peek(), None);
}

#[tokio::test]
async fn a_panic_is_no_exception() {
    #[async_lru]
    async fn get(id: u64) -> u64 {
        id
    }
    #[invalidates(get(id), when = "after")]
    async fn fail(id: u64) {
        assert_eq!(id, 0, "not zero");
    }

    get(1).await;
    assert!(tokio::spawn(fail(1)).await.unwrap_err().is_panic());
    assert_eq!(get(1).peek(), None);
}

#[tokio::test]
async fn a_mutation_that_is_dropped_half_way_has_invalidated() {
    #[async_lru]
    async fn get(id: u64) -> u64 {
        id
    }
    #[invalidates(get(id), when = "after")]
    async fn stuck(id: u64, begun: Arc<Notify>) {
        begun.notify_one();
        std::future::pending::<()>().await;
    }

    get(1).await;
    let begun = Arc::new(Notify::new());
    let task = tokio::spawn(stuck(1, begun.clone()));
    begun.notified().await;
    assert_eq!(get(1).peek(), Some(1));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(get(1).peek(), None);
}

#[tokio::test]
async fn a_mutation_that_is_not_polled_has_done_nothing() {
    #[async_lru]
    async fn get(id: u64) -> u64 {
        id
    }
    #[invalidates(get(id))]
    async fn update(id: u64) {}

    get(1).await;
    drop(update(1));
    assert_eq!(get(1).peek(), Some(1));
    update(1).await;
    assert_eq!(get(1).peek(), None);
}

/// What began before the end of the mutation may have read the old row.
#[tokio::test]
async fn a_load_during_the_mutation_is_not_stored() {
    #[async_lru(skip(calls))]
    async fn get(calls: &'static Counter, id: u64) -> u64 {
        id + calls.count() as u64
    }
    #[invalidates(get(calls, id))]
    async fn update(calls: &'static Counter, id: u64) -> u64 {
        get(calls, id).await
    }

    let calls: &'static Counter = Box::leak(Box::default());
    assert_eq!(get(calls, 10).await, 11);
    assert_eq!(update(calls, 10).await, 12);
    assert_eq!(get(calls, 10).await, 13);
}

#[tokio::test]
async fn expressions_may_clone_what_the_body_moves() {
    #[async_lru]
    async fn by_name(name: String, tags: Vec<u8>) -> usize {
        name.len() + tags.len()
    }
    #[async_lru]
    async fn by_text(name: &str) -> usize {
        name.len()
    }
    #[invalidates(by_name(name.clone(), vec![1]), by_text(&name))]
    async fn rename(name: String) -> String {
        let moved = name;
        moved + "!"
    }

    by_name("Ada".to_owned(), vec![1]).await;
    by_name("Bob".to_owned(), vec![1]).await;
    by_text("Ada").await;
    assert_eq!(rename("Ada".to_owned()).await, "Ada!");
    assert_eq!(by_name.cache().keys(), [("Bob".to_owned(), vec![1])]);
    assert!(by_text.cache().is_empty());
}
