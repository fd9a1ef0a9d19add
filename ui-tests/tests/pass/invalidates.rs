//! `#[invalidates]` in every form.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::hash::Hash;

use larder::prelude::*;

#[async_lru]
async fn get(id: u32) -> u32 {
    id
}

#[async_lru]
async fn named(id: u32, name: &str) -> usize {
    id as usize + name.len()
}

#[async_lru]
async fn generic<T: Hash + Eq + Clone + Send + Sync + 'static>(id: T) -> T {
    id
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Shelf<T>(T);

impl<T: Hash + Eq + Clone + Send + Sync + 'static> Shelf<T> {
    #[async_lru]
    async fn item(&self, id: u32) -> u32 {
        id
    }

    #[async_lru]
    async fn list(owner: u32) -> u32 {
        owner
    }

    #[invalidates(
        self.item(id),
        self.item(..),
        Self::list(..),
        Shelf::<u8>::list(id),
        get(id),
        generic::<String>(..),
        named(id, &name),
        when = "after",
    )]
    async fn update(&self, id: u32, name: String) -> Result<u32, String> {
        let moved = name;
        let n: u32 = moved.parse().map_err(|_| moved.clone())?;
        Ok(n + id)
    }
}

#[invalidates(get(id), when = "before", crate = larder)]
async fn before(id: u32) {
    let _ = id;
}

#[invalidates(
    get(1), get(2), get(3), get(4), get(5), get(6), get(7), get(8), get(9),
    get(10), get(11), get(12), get(13), get(14), get(15), get(16), get(17), get(18)
)]
async fn many(guard: u32) -> u32 {
    guard
}

mod users {
    use larder::prelude::*;

    #[async_lru]
    pub(crate) async fn get(id: u32) -> u32 {
        id
    }

    pub(crate) mod by_name {
        use larder::prelude::*;

        #[async_lru]
        pub(crate) async fn find(name: &str) -> usize {
            name.len()
        }

        #[invalidates(super::get(id), self::find(..), super::super::get(id))]
        pub(crate) async fn rename(id: u32) {
            let _ = id;
        }
    }
}

#[invalidates(crate::users::get(id), crate::users::by_name::find(..), crate = ::larder)]
async fn paths(id: u32) {
    let _ = id;
}

trait Store {
    async fn store(&self, id: &u32) -> u32;
}

impl Store for Shelf<u8> {
    #[invalidates(get(*id))]
    async fn store(&self, id: &u32) -> u32 {
        *id
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main]
async fn main() {
    let shelf = Shelf(1_u8);
    shelf.item(1).await;
    get(1).await;
    get(2).await;
    assert_eq!(is_send(shelf.update(1, "1".to_owned())).await, Ok(2));
    assert_eq!(get.cache().len(), 1);
    assert_eq!(Shelf::<u8>::item.cache().len(), 0);
    before(2).await;
    assert_eq!(get.cache().len(), 0);
    get(18).await;
    assert_eq!(many(7).await, 7);
    assert_eq!(get.cache().len(), 0);
    get(3).await;
    assert_eq!(shelf.store(&3).await, 3);
    assert_eq!(get.cache().len(), 0);
    users::get(4).await;
    users::by_name::find("x").await;
    paths(4).await;
    assert_eq!(users::get.cache().len() + users::by_name::find.cache().len(), 0);
    users::get(4).await;
    users::by_name::rename(4).await;
    assert_eq!(users::get.cache().len(), 0);
    named(1, "x").await;
    generic(1_u8).await;
    assert_eq!(Shelf::<u8>::list(1).await, 1);
}
