//! What the file looks like, version [`VERSION`].
//!
//! | table | a row is |
//! |---|---|
//! | `birth` | the one number that the file was born with |
//! | `namespaces` | a namespace. Its entries are those of `space`; its `epoch` is `birth` until it is cleared, and then its `space` |
//! | `leftovers` | a space that no namespace has any more, and that still has entries |
//! | `entries` | an entry. A higher `id` was written later, so this is also the order in which they leave |
//! | `tags` | one tag of one entry |
//!
//! To clear a namespace is to give it another space. `AUTOINCREMENT` never gives one twice, beginning after `birth`, which is
//! the time in microseconds: so no epoch comes back, also when the file is lost and begun anew. Rows of `namespaces` are never
//! removed, which costs some fifty bytes for each name that there ever was.

use crate::clock;
use rusqlite::Connection;
use std::time::UNIX_EPOCH;

/// "LRDR": what tells a file of larder from any other.
pub(super) const APPLICATION_ID: i32 = 0x4c52_4452;

/// Changes with every change of the tables. A file with another one is begun anew.
pub(super) const VERSION: i32 = 1;

/// How many rows of the schema are the tables below, by [`IS_TABLE`].
pub(super) const TABLE_COUNT: i64 = 5;
pub(super) const IS_TABLE: &str = "WHERE type = 'table'
    AND name IN ('birth', 'namespaces', 'leftovers', 'entries', 'tags')";

const TABLES: &str = "
    CREATE TABLE birth (number INTEGER NOT NULL);
    CREATE TABLE namespaces (
        space INTEGER PRIMARY KEY AUTOINCREMENT,
        name BLOB NOT NULL UNIQUE,
        epoch INTEGER NOT NULL
    );
    CREATE TABLE leftovers (space INTEGER PRIMARY KEY);
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        space INTEGER NOT NULL,
        key BLOB NOT NULL,
        deadline INTEGER,
        tagged INTEGER NOT NULL,
        value BLOB NOT NULL,
        UNIQUE (space, key)
    );
    CREATE INDEX entries_by_deadline ON entries (deadline) WHERE deadline IS NOT NULL;
    CREATE TABLE tags (
        space INTEGER NOT NULL,
        tag BLOB NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (space, tag, entry)
    ) WITHOUT ROWID;
    CREATE INDEX tags_by_entry ON tags (entry);
    CREATE TRIGGER entries_lose_tags AFTER DELETE ON entries WHEN old.tagged BEGIN
        DELETE FROM tags WHERE entry = old.id;
    END;
    CREATE TRIGGER entries_take_tags_along AFTER UPDATE OF id ON entries WHEN old.tagged BEGIN
        UPDATE tags SET entry = new.id WHERE entry = old.id;
    END;
";

/// Makes the tables. Within a transaction.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    let birth = micros_since_1970();
    connection.execute("INSERT INTO birth (number) VALUES (?1)", [birth])?;
    connection
        .execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('namespaces', ?1)", [birth])?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// Drops whatever an earlier or later version of larder has made. Within a transaction.
pub(super) fn drop_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut query = connection.prepare(
        "SELECT type, name FROM sqlite_schema
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let found: Vec<(String, String)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (kind, name) in found {
        let name = name.replace('"', "\"\"");
        connection.execute_batch(&format!("DROP {kind} \"{name}\""))?;
    }
    Ok(())
}

fn micros_since_1970() -> i64 {
    let since = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX / 2)
}
