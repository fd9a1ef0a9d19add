//! A connection to a server, which is given up when it does not answer, whether or not somebody waits for that.

use super::errors::ends_connection;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, RedisResult, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tokio::runtime::Handle;

/// A connection, on which calls of many tasks travel.
#[derive(Clone)]
pub(super) struct Connection {
    inner: MultiplexedConnection,
    /// Whether somebody looks already whether it answers.
    is_watched: Arc<AtomicBool>,
}

impl Connection {
    pub(super) fn new(inner: MultiplexedConnection) -> Self {
        Self { inner, is_watched: Arc::default() }
    }

    #[cfg(feature = "testing")]
    pub(super) fn into_inner(self) -> MultiplexedConnection {
        self.inner
    }

    /// The answer to a command.
    pub(super) async fn ask(&mut self, command: &Cmd) -> RedisResult<Value> {
        self.inner.send_packed_command(command).await?.extract_error()
    }

    /// The answers to all commands, errors among them.
    pub(super) async fn ask_all(&mut self, commands: &Pipeline) -> RedisResult<Vec<Value>> {
        self.inner.send_packed_commands(commands, 0, commands.len()).await
    }

    /// To be held while an answer is waited for, and told when it is there.
    pub(super) fn watch<G: FnOnce() + Send + 'static>(&self, give_up: G) -> Watch<G> {
        Watch { watched: Some((self.clone(), give_up)) }
    }

    /// Whether there are answers still, in time.
    async fn answers(&mut self) -> bool {
        let answer = self.ask(&redis::cmd("PING")).await;
        answer.map_or_else(|error| !ends_connection(&error), |_| true)
    }
}

/// Whoever waits for an answer.
///
/// Callers have less time than a connection is given to answer. So when they leave, somebody else looks whether it still
/// does: otherwise one that leads to a server that hangs would stay, though another server has long taken over.
pub(super) struct Watch<G: FnOnce() + Send + 'static> {
    watched: Option<(Connection, G)>,
}

impl<G: FnOnce() + Send + 'static> Watch<G> {
    pub(super) fn answered(mut self) {
        self.watched = None;
    }
}

impl<G: FnOnce() + Send + 'static> Drop for Watch<G> {
    fn drop(&mut self) {
        let Some((mut connection, give_up)) = self.watched.take() else { return };
        // Without a runtime the connection has nobody who drives it either.
        let Ok(runtime) = Handle::try_current() else { return };
        if connection.is_watched.swap(true, Relaxed) {
            return;
        }
        runtime.spawn(async move {
            let answers = connection.answers().await;
            connection.is_watched.store(false, Relaxed);
            if !answers {
                give_up();
            }
        });
    }
}
