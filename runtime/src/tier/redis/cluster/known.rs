//! What is known of the slots, and whether it may be out of date.

use super::super::super::TierError;
use super::super::server::Node;
use super::slots::Slots;
use crate::clock::{self, Tick};
use std::time::Duration;
use tokio::runtime::Id;

/// Which node has which slots, as was told last.
#[derive(Default)]
pub(super) struct Known {
    slots: Slots,
    /// How often something has happened that does not fit what was known.
    doubts: u64,
    /// So many of these are answered by what is known now.
    answered: u64,
    /// Nobody asks anew before this moment.
    until: Tick,
    /// What came of the last question and when, if that was nothing, and the runtime that it was asked on.
    vain: Option<(TierError, Tick, Id)>,
    /// From this moment on it is doubted in any case.
    is_old_at: Tick,
}

/// What somebody asks who asks for the slots: the answer takes away the doubts that there were before.
#[derive(Clone, Copy)]
pub(super) struct Question(u64);

impl Known {
    /// A cluster that is being rearranged is not asked for its slots more often than this.
    const PAUSE: Duration = Duration::from_millis(50);
    /// And one that seems to be as it was, not less often than this: it may have more replicas now.
    const OLD: Duration = Duration::from_secs(30);

    /// What is known, if anything is that is not to be asked for first.
    pub(super) fn slots(&self, though_doubted: bool) -> Option<&Slots> {
        let is_doubted = self.doubts > self.answered || !clock::is_ahead(self.is_old_at);
        let is_fresh = though_doubted || !is_doubted || clock::is_ahead(self.until);
        (is_fresh && self.slots.are_known()).then_some(&self.slots)
    }

    /// Everybody who was known, also if that is out of date.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.slots.nodes()
    }

    /// What is known is asked for anew, before it is used the next time.
    pub(super) fn doubt(&mut self) {
        self.doubts += 1;
    }

    /// A node says that another one has this slot.
    pub(super) fn moved(&mut self, slot: usize, to: &Node) {
        self.slots.moved(slot, to);
        self.doubt();
    }

    /// Somebody is about to ask. What is doubted from now on he may not be told.
    pub(super) fn question(&self) -> Question {
        Question(self.doubts)
    }

    /// The answer to a question. Whether it is news: of two who asked, one on each runtime, the later one may have been
    /// answered first.
    pub(super) fn learned(&mut self, slots: Slots, Question(doubts): Question) -> bool {
        if doubts < self.answered {
            return false;
        }
        let now = clock::now();
        self.slots = slots;
        self.vain = None;
        self.answered = doubts;
        self.until = clock::after(now, clock::nanos(Self::PAUSE));
        self.is_old_at = clock::after(now, clock::nanos(Self::OLD));
        true
    }

    /// Nobody has answered.
    pub(super) fn asked_in_vain(&mut self, why: TierError, runtime: Id) {
        let now = clock::now();
        self.until = clock::after(now, clock::nanos(Self::PAUSE));
        self.vain = Some((why, now, runtime));
    }

    /// Why there are no slots, if that was found out on this runtime since `then`.
    pub(super) fn failure(&self, then: Tick, runtime: Id) -> Option<TierError> {
        let (why, at, asked_on) = self.vain.as_ref()?;
        let is_news = *at > then && *asked_on == runtime && !self.slots.are_known();
        is_news.then(|| why.repeated(""))
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Node, Slots};
    use redis::Value;

    fn node(port: u16) -> Node {
        Node { host: "h".into(), port }
    }

    /// All slots at one node.
    fn all_at(port: u16) -> Slots {
        let entry = Value::Array(vec![Value::Nil, Value::Int(port.into())]);
        let range = Value::Array(vec![Value::Int(0), Value::Int(16_383), entry]);
        Slots::told(Value::Array(vec![range]), &node(port)).unwrap()
    }

    fn primary(known: &Known, though_doubted: bool) -> Option<u16> {
        known.slots(though_doubted)?.primary(5).map(|node| node.port)
    }

    #[tokio::test(start_paused = true)]
    async fn a_doubt_outlives_the_answer_to_an_earlier_question() {
        let mut known = Known::default();
        let first = known.question();
        assert!(known.learned(all_at(1), first));
        known.doubt();
        let before = known.question();
        known.moved(5, &node(2));
        assert!(known.learned(all_at(1), before));
        tokio::time::advance(Known::PAUSE).await;
        assert_eq!(primary(&known, false), None, "it is asked once more");
        assert_eq!(primary(&known, true), Some(1));

        let after = known.question();
        assert!(known.learned(all_at(2), after));
        tokio::time::advance(Known::PAUSE).await;
        assert_eq!(primary(&known, false), Some(2));
        assert!(!known.learned(all_at(1), before), "an answer that has overtaken another one");
        assert_eq!(primary(&known, false), Some(2));
        tokio::time::advance(Known::OLD).await;
        assert_eq!(primary(&known, false), None);
    }
}
