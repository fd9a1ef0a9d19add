//! A tour of larder: a service that reads users from a slow database, step by step.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use larder::prelude::*;

/// What the rest of an application would use. Two attributes are all that it has of caching.
struct UserService {
    db: Db,
}

impl UserService {
    #[async_ttl(ttl = "60s", maxsize = 1024, skip(self))]
    async fn user(&self, id: u64) -> Result<User, DbError> {
        self.db.load(id).await
    }

    #[invalidates(self.user(id))]
    async fn rename(&self, id: u64, name: &str) -> Result<(), DbError> {
        self.db.rename(id, name).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DbError> {
    let service = UserService { db: Db::new() };
    remembering(&service).await?;
    single_flight(&service).await;
    errors(&service).await;
    invalidation(&service).await?;
    calls_are_values(&service).await?;
    metrics(&service);
    Ok(())
}

async fn remembering(service: &UserService) -> Result<(), DbError> {
    println!("A call is answered from the cache if it can be; `.traced()` tells how it was:");
    for _ in 0..2 {
        let (user, how) = service.user(1).traced().await;
        println!("  user(1) = {} {how:.1?}", user?);
    }
    Ok(())
}

async fn single_flight(service: &UserService) {
    println!("A hundred callers at once of a user that nobody asked for before:");
    let before = service.db.queries();
    let users = join_all((0..100).map(|_| service.user(2))).await;
    let found = users.iter().flatten().count();
    println!("  {found} answers, {} query", service.db.queries() - before);
}

async fn errors(service: &UserService) {
    println!("An error is handed on as it is, and not remembered:");
    let before = service.db.queries();
    for _ in 0..2 {
        if let Err(error) = service.user(404).await {
            println!("  user(404): {error}");
        }
    }
    println!("  {} queries", service.db.queries() - before);
}

async fn invalidation(service: &UserService) -> Result<(), DbError> {
    println!("`rename` is marked with `#[invalidates(self.user(id))]`:");
    println!("  user(1) = {}", service.user(1).await?);
    service.rename(1, "Augusta Ada King").await?;
    println!("  user(1) = {}", service.user(1).await?);
    Ok(())
}

async fn calls_are_values(service: &UserService) -> Result<(), DbError> {
    println!("Until it is awaited, a call can be told what to do:");
    println!("  user(3).peek() = {:?}", service.user(3).peek());
    service.user(3).prime(User::named("Edsger Dijkstra")).await;
    println!("  user(3).peek() = {:?} after .prime(..)", service.user(3).peek());
    println!("  user(3).bypass() = {}", service.user(3).bypass().await?);
    println!("  user(3).use_cache(false) = {}", service.user(3).use_cache(false).await?);
    println!("  user(3).peek() = {:?}", service.user(3).peek());
    Ok(())
}

fn metrics(service: &UserService) {
    let metrics = UserService::user.get_metrics();
    println!("The method's name is the handle of its cache, `UserService::user.get_metrics()`:");
    println!("  hits       {}", metrics.hits);
    println!("  misses     {}", metrics.misses);
    println!("  coalesced  {}", metrics.coalesced);
    println!("  entries    {}", metrics.entries);
    println!("  mean load  {:.1?}", metrics.mean_load_time());
    println!("The database was asked {} times.", service.db.queries());
}

#[derive(Clone, Debug)]
struct User {
    name: String,
}

impl User {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Stands for a database: it takes its time, and counts.
struct Db {
    users: Mutex<BTreeMap<u64, User>>,
    queries: AtomicU64,
}

impl Db {
    fn new() -> Self {
        let names = ["Ada Lovelace", "Grace Hopper", "Edsger W. Dijkstra"];
        let users = (1..).zip(names.map(User::named)).collect();
        Self { users: Mutex::new(users), queries: AtomicU64::new(0) }
    }

    async fn load(&self, id: u64) -> Result<User, DbError> {
        self.query(|users| users.get(&id).cloned()).await.ok_or(DbError::NoSuchUser(id))
    }

    async fn rename(&self, id: u64, name: &str) -> Result<(), DbError> {
        let rename =
            |users: &mut BTreeMap<_, _>| users.get_mut(&id).map(|it| *it = User::named(name));
        self.query(rename).await.ok_or(DbError::NoSuchUser(id))
    }

    async fn query<T>(&self, run: impl FnOnce(&mut BTreeMap<u64, User>) -> T) -> T {
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.queries.fetch_add(1, Ordering::Relaxed);
        run(&mut self.users.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

/// No `Clone`: larder does not ask for it.
#[derive(Debug, thiserror::Error)]
enum DbError {
    #[error("there is no user {0}")]
    NoSuchUser(u64),
}
