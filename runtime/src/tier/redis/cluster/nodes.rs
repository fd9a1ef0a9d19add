//! The nodes of a cluster: what is known of them, and the connections to each.

use super::super::super::network::{Link, Links, Number, misconfigured, no_runtime};
use super::super::super::{TierError, TierErrorKind};
use super::super::connection::Connection;
use super::super::errors::{connect_error, ends_connection, nonsense, tier_error};
use super::super::server::{Login, Node, ended};
use super::known::{Known, Question};
use super::slots::Slots;
use crate::clock;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;

type NodeLinks = Links<Connection>;

/// A node, and how it is used.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) node: Node,
    /// Whether the connection is one for reading from a replica. Another one refuses to read there; so who must not read
    /// what is out of date does not, even if the node was a primary until a moment ago.
    pub(super) as_replica: bool,
}

pub(super) struct Nodes {
    login: Arc<Login>,
    /// The nodes that the address names.
    seeds: Vec<Node>,
    open_within: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Known,
    /// Held by the task that asks which node has which slots, one for each runtime: one that nobody drives any more does
    /// not come to an end.
    learning: Vec<(Id, Arc<AsyncMutex<()>>)>,
    /// How often was asked: not always the same nodes are the first.
    turn: usize,
    links: HashMap<Place, Arc<NodeLinks>>,
    is_closed: bool,
}

impl Nodes {
    /// So many nodes are asked at a time for the slots: of those that hang there are hopefully fewer.
    const ASKED: usize = 3;
    /// More runtimes are not at work at once, and the others are over.
    const RUNTIMES: usize = 8;

    pub(super) fn new(login: Login, seeds: Vec<Node>, open_within: Duration) -> Arc<Self> {
        Arc::new(Self { login: Arc::new(login), seeds, open_within, state: Mutex::default() })
    }

    pub(super) fn address(&self) -> String {
        self.seeds.iter().map(Node::to_string).collect::<Vec<_>>().join(",")
    }

    /// What is known of the slots, after it was asked for if it had to be.
    ///
    /// # Errors
    /// When nothing is known, and nobody tells.
    pub(super) async fn with_slots<T>(
        self: &Arc<Self>,
        look: impl Fn(&Slots) -> T,
    ) -> Result<T, TierError> {
        if let Some(found) = self.look(&look, false) {
            return Ok(found);
        }
        let begun = clock::now();
        let (learning, runtime) = self.learning()?;
        // What was right until a moment ago may be right still: nobody waits for another one who asks.
        let turn = Arc::clone(&learning).try_lock_owned().ok();
        if turn.is_none()
            && let Some(found) = self.look(&look, true)
        {
            return Ok(found);
        }
        // Apart from the caller, who may be held: others wait for it as well.
        let nodes = Arc::clone(self);
        let asking = tokio::spawn(async move {
            let _turn = match turn {
                Some(turn) => turn,
                None => learning.lock_owned().await,
            };
            // Somebody else may have asked meanwhile, also in vain.
            if nodes.look(|_| (), false).is_some() {
                return Ok(());
            }
            let failure = nodes.state.lock().known.failure(begun, runtime);
            match failure {
                Some(failure) => Err(failure),
                None => nodes.learn(runtime).await,
            }
        });
        let learned = asking.await.unwrap_or_else(|gone| Err(ended(gone)));
        match (learned, self.look(&look, true)) {
            (_, Some(found)) => Ok(found),
            (Err(error), None) => Err(error),
            (Ok(()), None) => Err(nonsense()),
        }
    }

    fn look<T>(&self, look: impl Fn(&Slots) -> T, though_doubted: bool) -> Option<T> {
        self.state.lock().known.slots(though_doubted).map(look)
    }

    /// What is held by the one who asks on this runtime.
    fn learning(&self) -> Result<(Arc<AsyncMutex<()>>, Id), TierError> {
        let runtime = Handle::try_current().map_err(|_| no_runtime())?.id();
        let learning = &mut self.state.lock().learning;
        if let Some((_, known)) = learning.iter().find(|(known, _)| *known == runtime) {
            return Ok((known.clone(), runtime));
        }
        if learning.len() == Self::RUNTIMES {
            let idle = learning.iter().position(|(_, known)| known.try_lock().is_ok());
            learning.remove(idle.unwrap_or(0));
        }
        let new = Arc::default();
        learning.push((runtime, Arc::clone(&new)));
        Ok((new, runtime))
    }

    /// Asks which node has which slots: some nodes at the same time, the others when these do not answer.
    async fn learn(self: &Arc<Self>, runtime: Id) -> Result<(), TierError> {
        let question = self.state.lock().known.question();
        let mut candidates = self.candidates().into_iter();
        let mut asking = JoinSet::new();
        let mut wrong = nonsense();
        loop {
            while asking.len() < Self::ASKED
                && let Some(node) = candidates.next()
            {
                asking.spawn(Arc::clone(self).tells(node));
            }
            let Some(told) = asking.join_next().await else { break };
            match told.unwrap_or_else(|gone| Err(ended(gone))) {
                Ok(slots) => {
                    self.learned(slots, question);
                    return Ok(());
                }
                Err(error) => wrong = error,
            }
        }
        self.state.lock().known.asked_in_vain(wrong.repeated(""), runtime);
        Err(wrong)
    }

    /// Whom to ask: the nodes that there were, then those that the address names.
    fn candidates(&self) -> Vec<Node> {
        let mut state = self.state.lock();
        state.turn = state.turn.wrapping_add(1);
        let mut known: Vec<Node> = state.known.nodes().cloned().collect();
        if !known.is_empty() {
            let first = state.turn % known.len();
            known.rotate_left(first);
        }
        let mut candidates = Vec::new();
        for node in known.iter().chain(&self.seeds) {
            if !candidates.contains(node) {
                candidates.push(node.clone());
            }
        }
        candidates
    }

    /// The slots as this node knows them.
    async fn tells(self: Arc<Self>, node: Node) -> Result<Slots, TierError> {
        let place = Place { node, as_replica: false };
        let mut link = self.link(&place).await?;
        let mut question = redis::cmd("CLUSTER");
        question.arg("SLOTS");
        let watch = self.watch(&place, &link);
        let answer = link.connection.ask(&question).await;
        watch.answered();
        let answer = answer.map_err(|error| {
            if ends_connection(&error) {
                self.lose(&place, link.number);
            }
            if error.detail().is_some_and(|detail| detail.contains("cluster support disabled")) {
                return misconfigured("this redis is no cluster").at(&place.node);
            }
            tier_error(error).at(&place.node)
        })?;
        let down = || TierError::new(TierErrorKind::Unavailable, "redis knows no nodes with slots");
        Slots::told(answer, &place.node).ok_or_else(down)
    }

    /// Keeps the connections to nodes that there are.
    fn learned(&self, slots: Slots, question: Question) {
        let gone: Vec<_> = {
            let mut state = self.state.lock();
            if !state.known.learned(slots, question) {
                return;
            }
            let is_known = |place: &Place| {
                state.known.nodes().chain(&self.seeds).any(|node| *node == place.node)
            };
            let gone: Vec<Place> =
                state.links.keys().filter(|place| !is_known(place)).cloned().collect();
            gone.into_iter().filter_map(|place| state.links.remove(&place)).collect()
        };
        drop(gone);
    }

    /// What is known is asked for anew, before it is used the next time.
    pub(super) fn doubt(&self) {
        self.state.lock().known.doubt();
    }

    /// A node says that another one has this slot.
    pub(super) fn moved(&self, slot: usize, to: &Node) {
        self.state.lock().known.moved(slot, to);
    }

    /// The connection to a node.
    pub(super) async fn link(&self, place: &Place) -> Result<Link<Connection>, TierError> {
        let links = self.links(place)?;
        let open = || {
            let (login, place) = (Arc::clone(&self.login), place.clone());
            async move {
                let mut connection = login.at(&place.node)?.connect().await?;
                if place.as_replica {
                    connection.ask(&redis::cmd("READONLY")).await.map_err(connect_error)?;
                }
                Ok(connection)
            }
        };
        links.link(open).await.map_err(|error| error.at(&place.node))
    }

    fn links(&self, place: &Place) -> Result<Arc<NodeLinks>, TierError> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(TierError::new(TierErrorKind::Closed, "the tier has been closed"));
        }
        let links = state.links.entry(place.clone());
        Ok(links.or_insert_with(|| Links::new(self.open_within)).clone())
    }

    /// Gives a connection up that is of no use any more.
    pub(super) fn lose(&self, place: &Place, lost: Number) {
        let links = self.state.lock().links.get(place).cloned();
        if let Some(links) = links {
            links.lose(lost);
        }
    }

    pub(super) fn close(&self) {
        let gone = {
            let mut state = self.state.lock();
            state.is_closed = true;
            std::mem::take(&mut state.links)
        };
        for links in gone.into_values() {
            links.close();
        }
    }
}
