//! Commands on their way to a node, and what becomes of them.

use super::super::super::TierError;
use super::super::super::network::Link;
use super::super::connection::{Connection, Watch};
use super::super::errors::{ends_connection, is_unfit, nonsense, tier_error};
use super::super::server::Node;
use super::nodes::{Nodes, Place};
use super::slots;
use redis::{Cmd, Pipeline, RedisError, Value};
use std::sync::Arc;

/// A command about one name.
pub(super) struct Errand {
    /// Which answer it is for.
    pub(super) number: usize,
    pub(super) slot: usize,
    pub(super) command: Cmd,
    pub(super) whom: Whom,
}

pub(in super::super) enum Whom {
    Primary,
    Replica,
    /// The node to which the name is being moved.
    Asking(Node),
}

/// What became of errands.
pub(super) enum Outcome<T> {
    Answered(usize, T),
    /// To be sent again, to another node.
    Redirected(Errand),
    /// Lost on their way, for this reason. Nobody knows whether they arrived.
    Lost(Vec<Errand>, TierError),
    Failed(TierError),
}

impl Nodes {
    /// Sends errands to a node, in one piece. What is answered is what `read` makes of it.
    pub(super) async fn send<T>(
        self: &Arc<Self>,
        place: Place,
        errands: Vec<Errand>,
        read: &impl Fn(Value) -> Option<T>,
    ) -> Vec<Outcome<T>> {
        let mut link = match self.link(&place).await {
            Ok(link) => link,
            Err(error) => return vec![self.lost(errands, error)],
        };
        let pipeline = packed(&errands);
        let watch = self.watch(&place, &link);
        let answers = link.connection.ask_all(&pipeline).await;
        watch.answered();
        match answers {
            Ok(answers) => self.answered(&place, &link, errands, answers, read),
            Err(error) => vec![self.unanswered(&place, &link, errands, error)],
        }
    }

    fn answered<T>(
        &self,
        place: &Place,
        link: &Link<Connection>,
        errands: Vec<Errand>,
        answers: Vec<Value>,
        read: &impl Fn(Value) -> Option<T>,
    ) -> Vec<Outcome<T>> {
        let mut answers = answers.into_iter();
        let outcome = |errand: Errand| {
            if errand.is_asking() {
                answers.next();
            }
            let answer = answers.next().unwrap_or(Value::Nil).extract_error();
            match answer.map(read) {
                Ok(Some(answer)) => Outcome::Answered(errand.number, answer),
                Ok(None) => {
                    // After an answer that is none, the next one may be that to another question.
                    self.lose(place, link.number);
                    Outcome::Failed(nonsense())
                }
                Err(error) => {
                    if ends_connection(&error) {
                        self.lose(place, link.number);
                    }
                    self.refused(place, errand, error)
                }
            }
        };
        errands.into_iter().map(outcome).collect()
    }

    fn unanswered<T>(
        &self,
        place: &Place,
        link: &Link<Connection>,
        errands: Vec<Errand>,
        error: RedisError,
    ) -> Outcome<T> {
        if ends_connection(&error) {
            self.lose(place, link.number);
        }
        let is_late = error.is_timeout();
        match self.lost(errands, tier_error(error).at(&place.node)) {
            // Who does not answer in time has had the time that there was.
            Outcome::Lost(_, error) if is_late => Outcome::Failed(error),
            lost => lost,
        }
    }

    /// What to do when nobody waits for the answer any more, and none comes.
    pub(super) fn watch(
        self: &Arc<Self>,
        place: &Place,
        link: &Link<Connection>,
    ) -> Watch<impl FnOnce() + Send + 'static> {
        let (nodes, place, asked) = (Arc::clone(self), place.clone(), link.number);
        link.connection.watch(move || {
            nodes.lose(&place, asked);
            nodes.doubt();
        })
    }

    fn lost<T>(&self, mut errands: Vec<Errand>, error: TierError) -> Outcome<T> {
        self.doubt();
        for errand in &mut errands {
            // Not to the replica that cannot be reached, nor to the node that is about to have the name.
            errand.whom = Whom::Primary;
        }
        Outcome::Lost(errands, error)
    }

    /// A node has refused an errand: it may know who will not.
    fn refused<T>(&self, place: &Place, mut errand: Errand, error: RedisError) -> Outcome<T> {
        let other = error.redirect_node().and_then(|(node, _)| Node::redirected(node, &place.node));
        errand.whom = match other {
            Some(node) if error.code() == Some("ASK") => Whom::Asking(node),
            Some(node) => {
                self.moved(errand.slot, &node);
                Whom::Primary
            }
            None if is_unfit(&error) => {
                self.doubt();
                if !place.as_replica {
                    return Outcome::Failed(tier_error(error).at(&place.node));
                }
                Whom::Primary
            }
            None => return Outcome::Failed(tier_error(error).at(&place.node)),
        };
        Outcome::Redirected(errand)
    }
}

impl Errand {
    pub(super) fn new(name: &[u8], command: Cmd, whom: Whom) -> Self {
        Self { number: 0, slot: slots::of(name), command, whom }
    }

    pub(super) fn numbered(self, number: usize) -> Self {
        Self { number, ..self }
    }

    fn is_asking(&self) -> bool {
        matches!(self.whom, Whom::Asking(_))
    }
}

/// All commands in one piece. What says that the next command asks for something that is being moved must stand right
/// before it, whoever else uses the connection.
fn packed(errands: &[Errand]) -> Pipeline {
    let mut pipeline = redis::pipe();
    for errand in errands {
        if errand.is_asking() {
            pipeline.cmd("ASKING");
        }
        pipeline.add_command(errand.command.clone());
    }
    pipeline
}
