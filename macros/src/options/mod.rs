//! The options of the attributes: what there is (here, in one table), how a list of them is read
//! (`list`), what a value may be (`value`), and what people who come from other libraries type.

mod bytes;
mod duration;
mod foreign;
mod layer;
mod list;
pub(crate) mod table;
pub(crate) mod value;

pub(crate) use layer::Layer;
pub(crate) use list::{List, read, unknown};
use table::options;
use value::{
    Bytes, Flag, Function, Lifetime, Names, Number, OnTierError, Policy, Predicate, Root, Size,
    Text, When,
};

options! {
    /// What may be written in `#[async_lru(..)]` and `#[async_ttl(..)]`.
    MemoOptions {
        maxsize: Size = "maxsize", "maxsize = 1000",
            not with { "unbounded": "a cache has a bound or it has none" };
        unbounded: Flag = "unbounded", "unbounded",
            not with {
                "max_bytes": "`max_bytes` alone sets no bound on the number of entries",
                "policy": "without a bound nothing has to leave",
                "sizing": "without a bound there is no size to compare others with",
            };
        max_bytes: Bytes = "max_bytes", "max_bytes = \"64MiB\"";
        weigher: Function = "weigher", "weigher = weight_of";
        policy: Policy = "policy", "policy = lru";
        sizing: Flag = "sizing", "sizing";
        ttl: Lifetime = "ttl" or "time_to_live", "ttl = \"60s\"";
        skip_args: Number<usize> = "skip_args", "skip_args = 1";
        skip: Names = "skip", "skip(db)";
        key: syn::Expr = "key", "key = (tenant, id)",
            not with {
                "skip": "a written key leaves out what it does not name",
                "skip_args": "a written key leaves out what it does not name",
            };
        cache_if: Predicate = "cache_if", "cache_if = is_worth_keeping";
        cache_err: Lifetime = "cache_err", "cache_err = \"5s\"";
        skip_none: Flag = "skip_none", "skip_none";
        disk: Layer = "disk", "disk = \"sqlite:cache.db\"";
        remote: Layer = "remote", "remote = \"redis://127.0.0.1\"";
        memory_only: Flag = "memory_only", "memory_only",
            not with {
                "disk": "what stays in memory has no tier",
                "remote": "what stays in memory has no tier",
                "on_tier_error": "what stays in memory has no tier",
            };
        on_tier_error: OnTierError = "on_tier_error", "on_tier_error = fail";
        name: Text = "name", "name = \"users\"";
        version: Number<u32> = "version", "version = 2";
        cache: syn::Expr = "cache", "cache = self.users",
            not with {
                "maxsize": "the bound is that of the given cache",
                "unbounded": "the bound is that of the given cache",
                "max_bytes": "the bound is that of the given cache",
                "weigher": "the weigher is that of the given cache",
                "policy": "the policy is that of the given cache",
                "sizing": "say it where the given cache is built, with `.sizing(true)`",
                "ttl": "the lifetime is that of the given cache",
                "disk": "the tiers are those of the given cache",
                "remote": "the tiers are those of the given cache",
                "memory_only": "the tiers are those of the given cache",
                "on_tier_error": "the tiers are those of the given cache",
                "name": "the name is that of the given cache",
                "version": "the version is that of the given cache",
            };
        local: Flag = "local", "local";
        root: Root = "crate", "crate = path::to::larder";
    }
}

options! {
    /// What may be written in `#[invalidates(..)]` beside the calls.
    InvalidateOptions {
        when: When = "when", "when = \"after\"";
        root: Root = "crate", "crate = path::to::larder";
    }
}
