//! What went wrong, in the words of tiers.

use super::super::TierErrorKind::{Misconfigured, Refused, TimedOut, Unavailable};
use super::super::{TierError, TierErrorKind};
use redis::{ErrorKind, RedisError};

/// An error of the client or of the server. The server's own words are left out: they may repeat what was sent.
pub(super) fn tier_error(error: RedisError) -> TierError {
    if error.is_timeout() {
        return TierError::new(TimedOut, "redis did not answer in time");
    }
    if does_not_know(&error, "UNLINK") {
        // Needed for removals alone: no reason to leave the server alone.
        let what = "this redis does not know the command UNLINK: it is too old, or somebody has renamed it";
        return TierError::unsupported(what);
    }
    if is_unknown(&error) {
        let what = "this redis does not know a command that is needed: it is too old, or a sentinel, \
                    whose address is redis+sentinel://";
        return TierError::new(Misconfigured, what);
    }
    match error.kind() {
        ErrorKind::Io => TierError::unavailable("redis cannot be reached", error),
        ErrorKind::AuthenticationFailed => {
            TierError::new(Misconfigured, "redis does not accept the user or the password")
        }
        ErrorKind::InvalidClientConfig | ErrorKind::RESP3NotSupported => {
            TierError::new(Misconfigured, "redis cannot be used with these settings")
        }
        _ => match error.code() {
            Some(code) => of_code(code),
            None => TierError::new(Unavailable, "redis gave an answer that is none"),
        },
    }
}

/// Why there is no connection. What a server refuses then it will refuse again, unless it is only that there are too many
/// of us.
pub(super) fn connect_error(error: RedisError) -> TierError {
    if error.detail().is_some_and(|detail| detail.contains("max number of clients")) {
        return TierError::new(Unavailable, "redis has too many clients");
    }
    let said = |words: &&str| error.detail().is_some_and(|detail| detail.contains(words));
    if let Some(words) = ABOUT_DATABASES.into_iter().find(said) {
        return TierError::new(Misconfigured, format!("redis refuses the database: {words}"));
    }
    let error = tier_error(error);
    if error.kind() == Refused {
        return TierError::new(
            Misconfigured,
            "redis refuses the user, the password or the database",
        );
    }
    error
}

/// What servers say of the number of a database. These words of theirs repeat nothing of what was sent.
const ABOUT_DATABASES: [&str; 3] =
    ["DB index is out of range", "invalid DB index", "SELECT is not allowed in cluster mode"];

/// An answer that does not fit what was asked.
pub(super) fn nonsense() -> TierError {
    TierError::new(Unavailable, "redis gave an answer that is none")
}

/// An error of the server, which begins with a word in capitals.
fn of_code(code: &str) -> TierError {
    let (kind, what) = meaning(code);
    TierError::new(kind, what)
}

fn meaning(code: &str) -> (TierErrorKind, &'static str) {
    match code {
        "OOM" => (Refused, "redis has no memory left"),
        "NOPERM" => (Refused, "redis does not allow this to this user"),
        "NOAUTH" | "WRONGPASS" => (Misconfigured, "redis does not accept the user or the password"),
        "MOVED" | "ASK" | "CROSSSLOT" => {
            (Misconfigured, "this redis is a node of a cluster: redis+cluster://")
        }
        "READONLY" => (Unavailable, "this redis is a replica"),
        "NOREPLICAS" => (Unavailable, "redis has too few replicas to write"),
        "MISCONF" => (Unavailable, "redis cannot save to its disk, and so does not write"),
        "LOADING" => (Unavailable, "redis is still loading"),
        "BUSY" | "TRYAGAIN" => (Unavailable, "redis is busy"),
        "CLUSTERDOWN" | "MASTERDOWN" => (Unavailable, "a part of redis is down"),
        _ => (Refused, "redis refused this"),
    }
}

/// Whether the server does not know the command: an older one, or one that is there for something else.
pub(super) fn is_unknown(error: &RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("unknown command"))
}

/// Whether it is this command that the server does not know; it repeats the name, between quotation marks of some kind.
fn does_not_know(error: &RedisError, command: &str) -> bool {
    let said = error.detail().and_then(|detail| detail.split_once("unknown command "));
    let name = said.map(|(_, name)| name.trim_start_matches(['\'', '`', '"']));
    name.and_then(|name| name.strip_prefix(command))
        .is_some_and(|rest| rest.starts_with(['\'', '`', '"', ',', ' ']) || rest.is_empty())
}

/// Whether the connection is of no use after this.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    let is_other = is_demoted(error) || error.code() == Some("NOAUTH");
    is_other || error.is_io_error() || error.is_unrecoverable_error()
}

/// Whether this is a replica that was a primary when we connected: the name may lead to another server by now.
pub(super) fn is_demoted(error: &RedisError) -> bool {
    matches!(error.code(), Some("READONLY" | "MASTERDOWN"))
}

/// Whether a node of a cluster can answer nothing at the moment, or not this.
pub(super) fn is_unfit(error: &RedisError) -> bool {
    matches!(error.code(), Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "READONLY"))
}
