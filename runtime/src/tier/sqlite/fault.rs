//! What SQLite says went wrong, in the words of a tier.

use crate::clock;
use crate::tier::{TierError, TierErrorKind};
use rusqlite::{Error, ErrorCode};
use std::time::Duration;

/// How long to pause between attempts where SQLite itself does not wait.
const PAUSE: Duration = Duration::from_millis(2);

/// `what` was not possible, because of `error`. Messages of SQLite name tables and columns, never what is in them.
pub(super) fn tier_error(what: &str, error: Error) -> TierError {
    TierError::new(kind(&error), what).because(error)
}

fn kind(error: &Error) -> TierErrorKind {
    use TierErrorKind::{Damaged, Refused, Unavailable};
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Damaged,
        Some(ErrorCode::TooBig | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Refused,
        // A disk that is full is emptied some day, so this is for now.
        _ => Unavailable,
    }
}

/// Whether another connection or process is in the way, just now.
pub(super) fn is_busy(error: &Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

/// Whether what is in the file is not what SQLite wrote.
pub(super) fn is_damage(error: &Error) -> bool {
    use ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// Does `attempt` again while others are in the way, until `limit` is over.
///
/// SQLite waits by itself in most places, but not where it would have to give something back first, or while another process
/// recovers the log.
pub(super) fn patiently<T>(
    limit: Duration,
    mut attempt: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let begun = clock::outside();
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && clock::outside().saturating_sub(begun) < limit => {
                pause();
            }
            done => return done,
        }
    }
}

/// Gives another process the time to go on; nothing in this one could tell when it has.
pub(super) fn pause() {
    std::thread::park_timeout(PAUSE);
}
