//! The primary that sentinels name.

use super::super::TierError;
use super::super::TierErrorKind::{Misconfigured, Unavailable};
use super::connection::Connection;
use super::errors::{connect_error, is_unknown};
use super::server::{Login, Node, ended, port, text};
use crate::tier::place::unpanicking;
use redis::{RedisError, Value};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Those who know which server is the primary.
pub(super) struct Sentinels {
    /// What they call it.
    name: String,
    nodes: Vec<Node>,
    /// For them.
    login: Login,
    /// For the servers that they name.
    servers: Login,
}

impl Sentinels {
    pub(super) fn new(name: String, nodes: Vec<Node>, login: Login, servers: Login) -> Self {
        Self { name, nodes, login, servers }
    }

    pub(super) fn address(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(Node::to_string).collect();
        format!("{} of {}", self.name, nodes.join(","))
    }

    /// A connection to the primary.
    ///
    /// All sentinels are asked at the same time, and each is followed to the server that it names: one that hangs, or has
    /// not heard of a failover, holds up nobody. Who first leads to a server that says itself that it is a primary is right.
    pub(super) async fn connect(self: Arc<Self>) -> Result<Connection, TierError> {
        let mut asking = JoinSet::new();
        for number in 0..self.nodes.len() {
            let sentinels = Arc::clone(&self);
            asking.spawn(unpanicking(async move { sentinels.follow(number).await }));
        }
        let mut wrong = TierError::new(Misconfigured, "no sentinels");
        while let Some(led) = asking.join_next().await {
            match led.unwrap_or_else(|gone| Err(ended(gone))) {
                Ok(connection) => return Ok(connection),
                Err(error) => wrong = error,
            }
        }
        Err(wrong)
    }

    async fn follow(&self, number: usize) -> Result<Connection, TierError> {
        let sentinel = &self.nodes[number];
        let connection = self.login.at(sentinel)?.connect().await;
        let mut connection = connection.map_err(|error| by_sentinel(error).at(sentinel))?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        let answer = connection.ask(&question).await;
        let answer = answer.map_err(|error| unanswered(error).at(sentinel))?;
        let unknown = || TierError::new(Misconfigured, "the sentinels do not know this name");
        let primary = primary(&answer, sentinel).ok_or_else(|| unknown().at(sentinel))?;
        let mut connection = self.servers.at(&primary)?.connect().await?;
        let role = connection.ask(&redis::cmd("ROLE")).await;
        let role = role.map_err(|error| connect_error(error).at(&primary))?;
        if is_primary(&role) {
            Ok(connection)
        } else {
            let what = "the sentinels name a server that is no primary";
            Err(TierError::new(Unavailable, what).at(&primary))
        }
    }
}

/// What a sentinel has against us, which is not what the servers may have: it has a password of its own.
fn by_sentinel(error: TierError) -> TierError {
    match error.kind() {
        Misconfigured => TierError::new(
            Misconfigured,
            "the sentinels do not accept the password or the settings",
        ),
        _ => error,
    }
}

/// Why a sentinel does not answer the question.
fn unanswered(error: RedisError) -> TierError {
    if is_unknown(&error) {
        TierError::new(Misconfigured, "this redis is no sentinel: redis:// for a server")
    } else {
        by_sentinel(connect_error(error))
    }
}

/// The server that a sentinel has named.
fn primary(answer: &Value, sentinel: &Node) -> Option<Node> {
    let Value::Array(parts) = answer else { return None };
    let [host, number] = parts.as_slice() else { return None };
    Some(Node::named(text(host)?, port(number)?, sentinel))
}

fn is_primary(role: &Value) -> bool {
    matches!(role, Value::Array(parts) if parts.first().and_then(text) == Some("master"))
}
