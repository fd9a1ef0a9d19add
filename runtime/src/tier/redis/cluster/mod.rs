//! Many servers, each of which has some of the names.
//!
//! Each command is about one name, so that none is refused because its names lie on several nodes or are being moved one by
//! one. All commands for one node travel in one piece, and the nodes are asked at the same time.
//!
//! The connections are those of the `redis` crate, the routing is not: its cluster connection sends a command per slot, goes
//! on asking a node that hangs, and sends `ASKING` apart from the command that it is for, so that commands of other tasks may
//! come between the two.

mod errands;
mod known;
mod nodes;
mod slots;
mod together;

use super::super::network::{Item, portions};
use super::super::{TierError, TierErrorKind};
use super::commands;
use super::errors::nonsense;
use super::server::{Login, Node};
use bytes::Bytes;
pub(super) use errands::Whom;
use errands::{Errand, Outcome};
use nodes::{Nodes, Place};
use redis::Value;
use slots::Slots;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use together::together;

/// A cluster.
pub(super) struct Cluster {
    nodes: Arc<Nodes>,
}

impl Cluster {
    /// So many names travel at once.
    const NAMES: usize = 512;
    /// How often an errand is sent. One whose name is moved meanwhile needs two times, or three when what is known is old.
    const ROUNDS: usize = 5;

    pub(super) fn new(login: Login, seeds: Vec<Node>, open_within: Duration) -> Self {
        Self { nodes: Nodes::new(login, seeds, open_within) }
    }

    pub(super) fn address(&self) -> String {
        self.nodes.address()
    }

    /// What is stored under these names, each asked of whom `whom` says.
    ///
    /// Every node answers at a moment of its own, all of them during the call.
    pub(super) async fn fetch(
        &self,
        names: &[Vec<u8>],
        whom: impl Fn(&[u8]) -> Whom,
    ) -> Result<Vec<Option<Bytes>>, TierError> {
        let mut found = Vec::with_capacity(names.len());
        for names in names.chunks(Self::NAMES) {
            let gets =
                names.iter().map(|name| Errand::new(name, commands::mget([name]), whom(name)));
            let values = self.ask(gets, true, |answer| commands::array(answer, 1)?.pop()).await?;
            found.extend(values.into_iter().map(commands::bytes));
        }
        Ok(found)
    }

    pub(super) async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        // One after the other: were the name moved between the two, the second might be answered first.
        let set = Errand::new(&item.name, commands::set_if_missing(item), Whom::Primary);
        self.ask([set], false, Some).await?;
        let mut found = self.fetch(std::slice::from_ref(&item.name), |_| Whom::Primary).await?;
        Ok(commands::present(found.pop().flatten()))
    }

    pub(super) async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        for items in portions(items, Self::NAMES) {
            // What is redirected arrives after what is not, so the last item of a name is the only one that is sent.
            let mut seen = HashSet::new();
            let last = items.iter().rev().filter(|item| seen.insert(&item.name));
            let sets =
                last.map(|item| Errand::new(&item.name, commands::store(item), Whom::Primary));
            let again = !items.iter().any(|item| item.once);
            self.ask(sets, again, Some).await?;
        }
        Ok(())
    }

    pub(super) async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        for names in names.chunks(Self::NAMES) {
            let unlinks =
                names.iter().map(|name| Errand::new(name, commands::unlink([name]), Whom::Primary));
            self.ask(unlinks, true, Some).await?;
        }
        Ok(())
    }

    pub(super) fn close(&self) {
        self.nodes.close();
    }

    /// What `read` makes of the answers to these commands, each about one name, in their order.
    ///
    /// What a node does not have is asked of the one that it names. What is lost on its way, because a connection is broken
    /// or cannot be made, is sent once more if it may be sent `again`, after it was asked anew who has what.
    async fn ask<T>(
        &self,
        errands: impl IntoIterator<Item = Errand>,
        again: bool,
        read: impl Fn(Value) -> Option<T>,
    ) -> Result<Vec<T>, TierError> {
        let errands = errands.into_iter().enumerate();
        let mut open: Vec<_> = errands.map(|(number, errand)| errand.numbered(number)).collect();
        let mut answers: Vec<Option<T>> = open.iter().map(|_| None).collect();
        let mut may_be_lost = again;
        for _ in 0..Self::ROUNDS {
            let places = self.places(std::mem::take(&mut open)).await?;
            let sent =
                places.into_iter().map(|(place, errands)| self.nodes.send(place, errands, &read));
            let (mut failed, mut was_lost) = (None, false);
            for outcome in together(sent).await.into_iter().flatten() {
                match outcome {
                    Outcome::Answered(number, answer) => answers[number] = Some(answer),
                    Outcome::Redirected(errand) => open.push(errand),
                    Outcome::Lost(errands, _) if may_be_lost => {
                        was_lost = true;
                        open.extend(errands);
                    }
                    Outcome::Lost(_, error) | Outcome::Failed(error) => failed = Some(error),
                }
            }
            may_be_lost &= !was_lost;
            if let Some(error) = failed {
                return Err(error);
            }
            if open.is_empty() {
                return answers.into_iter().map(|answer| answer.ok_or_else(nonsense)).collect();
            }
        }
        Err(TierError::new(TierErrorKind::Unavailable, "redis is being rearranged"))
    }

    /// The errands by the place that they go to, in their order.
    async fn places(&self, errands: Vec<Errand>) -> Result<HashMap<Place, Vec<Errand>>, TierError> {
        let look = |slots: &Slots| {
            errands.iter().map(|errand| Place::of(errand, slots)).collect::<Vec<_>>()
        };
        let whose = self.nodes.with_slots(look).await?;
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (errand, place) in errands.into_iter().zip(whose) {
            let Some(place) = place else {
                self.nodes.doubt();
                return Err(TierError::new(TierErrorKind::Unavailable, "a part of redis is down"));
            };
            places.entry(place).or_default().push(errand);
        }
        Ok(places)
    }
}

impl Place {
    /// The place that an errand goes to. A slot without replicas is read from its primary.
    fn of(errand: &Errand, slots: &Slots) -> Option<Self> {
        let primary = || slots.primary(errand.slot).map(|node| (node, false));
        let (node, as_replica) = match &errand.whom {
            Whom::Asking(node) => Some((node, false)),
            Whom::Primary => primary(),
            Whom::Replica => slots.replica(errand.slot).map(|node| (node, true)).or_else(primary),
        }?;
        Some(Self { node: node.clone(), as_replica })
    }
}
