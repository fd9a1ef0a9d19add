//! What the attributes generate, line by line: `snapshots/<name>.rs` shows it, formatted.
//! After a wanted change, `SNAPSHOTS=overwrite cargo test -p larder-macros` writes them anew.

use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::Defaults;
use crate::stages;

/// Compares with the snapshot, and holds the expansion to a number of lines.
fn check(name: &str, most_lines: usize, tokens: TokenStream) {
    let file = syn::parse2(tokens).expect("an expansion is a list of items");
    let text = prettyplease::unparse(&file);
    let path = [env!("CARGO_MANIFEST_DIR"), "src", "snapshots", name].iter().collect::<PathBuf>();
    let path = path.with_extension("rs");
    if std::env::var_os("SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name} has changed; it is now:\n{text}");
    let lines = text.lines().count();
    assert!(lines <= most_lines, "{name} has {lines} lines, {most_lines} are allowed:\n{text}");
}

fn lru(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_lru", Defaults::Lru, options, item)
}

fn ttl(options: TokenStream, item: TokenStream) -> TokenStream {
    stages::memoize("async_ttl", Defaults::Ttl, options, item)
}

#[test]
fn plain() {
    let item = quote! {
        /// Docs stay.
        pub async fn double(n: u64) -> u64 { n * 2 }
    };
    check("plain", 40, lru(quote!(), item));
}

#[test]
fn references() {
    let item = quote! {
        pub async fn get_user<'a>(db: &'a Db, id: u64, name: &str) -> Result<User, DbError> {
            db.load(id, name).await
        }
    };
    check("references", 47, ttl(quote!(ttl = "60s", maxsize = 1024, skip(db)), item));
}

#[test]
fn structures() {
    let item = quote! {
        async fn search(
            word: Option<&str>,
            limits: (f64, u32),
            tags: Vec<&str>,
            title: Cow<'_, str>,
            rows: &[&[f32]],
        ) -> Vec<u64> {
            Vec::new()
        }
    };
    check("structures", 70, lru(quote!(), item));
}

#[test]
fn method() {
    let item = quote! {
        #[must_use]
        async fn get<T: Clone>(&self, (a, b): (u32, u32), mut n: T, #[allow(unused)] x: u8) -> T
        where
            T: Hash,
        {
            n
        }
    };
    check("method", 60, lru(quote!(), item));
}

#[test]
fn options() {
    let item = quote! {
        async fn find(tenant: u32, name: &str) -> Result<Option<Row>, Error> { load(name).await }
    };
    let options = quote! {
        key = (tenant, name.to_lowercase()),
        cache_if = is_complete,
        cache_err = "5s",
        unbounded,
        name = "rows",
        version = 2,
        local,
        crate = crate::memo
    };
    check("options", 50, ttl(options, item));
}

#[test]
fn weighed() {
    let item = quote! {
        async fn page(number: u32) -> Page { load(number).await }
    };
    let options = quote!(max_bytes = "64MiB", weigher = weight_of, policy = s3fifo, sizing);
    check("weighed", 50, lru(options, item));
}

#[test]
fn weighed_by_type() {
    let item = quote! {
        async fn page(number: u32) -> Page { load(number).await }
    };
    check("weighed_by_type", 50, ttl(quote!(max_bytes = LIMIT, maxsize = 10), item));
}

#[test]
fn strict() {
    let item = quote! {
        async fn page(number: u32) -> Result<Page, Error> { load(number).await }
    };
    let options = quote!(remote = "redis://cache", on_tier_error = fail);
    check("strict", 50, lru(options, item));
}

#[test]
fn given_cache() {
    let item = quote! {
        async fn find(&self, id: u64) -> Row { self.load(id).await }
    };
    check("given_cache", 30, ttl(quote!(cache = self.rows, skip(self)), item));
}

#[test]
fn invalidates() {
    let item = quote! {
        pub async fn update(&self, id: u64) -> Result<(), Error> { self.db.update(id).await }
    };
    let calls = quote!(get_user(&self.db, id), self.list(..), Type::all(..), when = "after");
    check("invalidates", 30, stages::invalidate(calls, item));
}

#[test]
fn three_problems_at_once() {
    let item = quote! {
        async fn find(conn: &mut Conn, id: u64) -> Row { conn.load(id).await }
    };
    check("three_problems", 60, ttl(quote!(maxsiz = 3, ttl = 0), item));
}
