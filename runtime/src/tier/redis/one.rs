//! One server, at an address or wherever sentinels say.

use super::super::TierError;
use super::super::network::{Item, Link, Links, portions};
use super::commands;
use super::connection::Connection;
use super::errors::{ends_connection, is_demoted, nonsense, tier_error};
use super::sentinels::Sentinels;
use super::server::Login;
use bytes::Bytes;
use redis::{Cmd, Pipeline, RedisResult, Value};
use std::sync::Arc;
use std::time::Duration;

/// A server that has everything.
pub(super) struct One {
    whereabouts: Whereabouts,
    links: Arc<Links<Connection>>,
}

/// How to get to it.
#[derive(Clone)]
pub(super) enum Whereabouts {
    Known(Arc<Login>),
    /// Asked for each connection.
    Asked(Arc<Sentinels>),
}

/// What is sent in one piece.
enum Request {
    One(Cmd),
    Many(Pipeline),
    /// What must not be sent twice.
    Once(Pipeline),
}

impl One {
    /// So many keys are asked for at once: a server does nothing else while it looks them up.
    const KEYS: usize = 512;
    /// So many commands travel at once.
    const COMMANDS: usize = 256;

    pub(super) fn new(whereabouts: Whereabouts, open_within: Duration) -> Self {
        Self { whereabouts, links: Links::new(open_within) }
    }

    pub(super) fn address(&self) -> String {
        match &self.whereabouts {
            Whereabouts::Known(login) => login.address(),
            Whereabouts::Asked(sentinels) => sentinels.address(),
        }
    }

    /// The connection that there is, or a new one.
    #[cfg(feature = "testing")]
    pub(super) async fn connection(&self) -> Result<Connection, TierError> {
        Ok(self.link().await?.connection)
    }

    async fn link(&self) -> Result<Link<Connection>, TierError> {
        let open = || {
            let whereabouts = self.whereabouts.clone();
            async move {
                match whereabouts {
                    Whereabouts::Known(login) => login.connect().await,
                    Whereabouts::Asked(sentinels) => sentinels.connect().await,
                }
            }
        };
        self.links.link(open).await
    }

    /// What `read` makes of the answers to a request, none of which is an error.
    ///
    /// It is sent once more if the connection turns out to be broken, or to lead to a replica, unless that is new: the
    /// server may have been started anew since it was last used. All that may be sent twice is.
    async fn ask<T>(
        &self,
        request: &Request,
        read: impl Fn(Vec<Value>) -> Option<T>,
    ) -> Result<T, TierError> {
        let mut may_be_sent_again = !matches!(request, Request::Once(_));
        loop {
            let mut link = self.link().await?;
            let (links, number) = (Arc::clone(&self.links), link.number);
            let watch = link.connection.watch(move || links.lose(number));
            let answers = request.send(&mut link.connection).await;
            watch.answered();
            let error = match answers {
                Ok(answers) => {
                    // After an answer that is none, the next one may be that to another question.
                    let answer = read(answers).ok_or_else(nonsense);
                    return answer.inspect_err(|_| self.links.lose(number));
                }
                Err(error) => error,
            };
            if ends_connection(&error) {
                self.links.lose(number);
            }
            let was_good = error.is_connection_dropped() || is_demoted(&error);
            if link.is_new || !may_be_sent_again || !was_good {
                return Err(tier_error(error));
            }
            may_be_sent_again = false;
        }
    }

    pub(super) async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(Self::KEYS) {
            let request = Request::One(commands::mget(names));
            let values = self.ask(&request, |answers| last_array(answers, names.len())).await?;
            found.extend(values.into_iter().map(commands::bytes));
        }
        Ok(found)
    }

    pub(super) async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        let mut pipeline = redis::pipe();
        pipeline.add_command(commands::set_if_missing(item));
        pipeline.add_command(commands::mget([&item.name]));
        let request = Request::Once(pipeline);
        let mut values = self.ask(&request, |answers| last_array(answers, 1)).await?;
        Ok(commands::present(values.pop().and_then(commands::bytes)))
    }

    pub(super) async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        for items in portions(items, Self::COMMANDS) {
            let mut pipeline = redis::pipe();
            for item in items {
                pipeline.add_command(commands::store(item));
            }
            let once = items.iter().any(|item| item.once);
            let request = if once { Request::Once(pipeline) } else { Request::Many(pipeline) };
            self.ask(&request, Some).await?;
        }
        Ok(())
    }

    pub(super) async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        for names in names.chunks(Self::KEYS) {
            self.ask(&Request::One(commands::unlink(names)), Some).await?;
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.links.close();
    }
}

impl Request {
    async fn send(&self, connection: &mut Connection) -> RedisResult<Vec<Value>> {
        match self {
            Self::One(command) => Ok(vec![connection.ask(command).await?]),
            Self::Many(commands) | Self::Once(commands) => {
                let answers = connection.ask_all(commands).await?;
                answers.into_iter().map(Value::extract_error).collect()
            }
        }
    }
}

/// The last answer, if that is an array of this length.
fn last_array(mut answers: Vec<Value>, len: usize) -> Option<Vec<Value>> {
    commands::array(answers.pop()?, len)
}
