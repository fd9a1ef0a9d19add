//! Which types there are in a type, and what has been seen of them.

use super::Shape;
use super::heard::{Heard, Stop};
use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// No type needs more; should one, what was seen until then has to do.
const MAX_STEPS: usize = 200_000;
const MAX_PASSES: usize = 5_000;
/// A pass that finds nothing new is not the last at once: another one makes other choices.
const QUIET_PASSES: usize = 16;
/// Where anything is asked for, it takes some guessing.
const QUIET_GUESSES: usize = 300;
const MAX_STACK: usize = 100;

/// What a `Deserialize` asked for, by the type of its visitor: that is another one for each type.
#[derive(Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    index: HashMap<(TypeId, String), usize>,
    /// What is being asked just now, from the root on.
    stack: Vec<usize>,
    heard: BTreeSet<Heard>,
    /// How much has been found out so far.
    changes: usize,
    changes_before: usize,
    quiet: usize,
    passes: usize,
    steps: usize,
    guesses: u64,
    recursive: bool,
    cut: bool,
}

struct Node {
    kind: String,
    slots: Vec<Slot>,
    /// From here on there is something that has not been tried.
    leads: bool,
    by_position: bool,
}

/// A part of a type: a field, a variant, an element.
struct Slot {
    label: &'static str,
    /// What kind of variant it is.
    form: &'static str,
    /// What it asked for. Where fields were given that an error had told of: under which name.
    nodes: BTreeSet<(&'static str, usize)>,
    state: State,
    tries: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Untried,
    /// There is a value for it.
    Fine,
    /// It has been asked all that there is, and did not like any answer.
    Broken,
}

/// A part of a known type, from which another one is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub(super) node: usize,
    pub(super) slot: usize,
    /// Under which name, where that is not the slot's own.
    pub(super) name: &'static str,
}

impl Graph {
    /// Whether there is to be another pass.
    pub(super) fn begin_pass(&mut self) -> bool {
        let quiet = self.passes > 0 && self.changes == self.changes_before;
        self.quiet = if quiet { self.quiet + 1 } else { 0 };
        self.changes_before = self.changes;
        self.stack.clear();
        self.find_leads();
        self.passes += 1;
        self.cut |= self.passes > MAX_PASSES || self.steps > MAX_STEPS;
        self.quiet <= (if self.guesses > 0 { QUIET_GUESSES } else { QUIET_PASSES }) && !self.cut
    }

    fn find_leads(&mut self) {
        for node in &mut self.nodes {
            node.leads = node.slots.iter().any(|slot| slot.state == State::Untried);
        }
        loop {
            let leads: Vec<bool> = self.nodes.iter().map(|node| node.leads).collect();
            let mut more = false;
            for node in self.nodes.iter_mut().filter(|node| !node.leads) {
                node.leads = node.slots.iter().any(|slot| slot.leads(&leads));
                more |= node.leads;
            }
            if !more {
                return;
            }
        }
    }

    /// Something of this kind is asked for by this visitor. Tells which node that is, and whether it is being asked for
    /// already, further up.
    pub(super) fn enter(
        &mut self,
        visitor: TypeId,
        kind: String,
        labels: &[&'static str],
        from: Option<From>,
    ) -> Result<(usize, bool), Stop> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.stack.len() >= MAX_STACK {
            self.cut = true;
            return Err(Stop);
        }
        let next = self.nodes.len();
        let node = *self.index.entry((visitor, kind.clone())).or_insert(next);
        if node == next {
            self.changes += 1;
            self.nodes.push(Node::new(kind, labels));
        }
        if let Some(From { node: above, slot, name }) = from {
            let new = self.nodes[above].slots[slot].nodes.insert((name, node));
            self.changes += usize::from(new);
        }
        let again = self.stack.contains(&node);
        self.recursive |= again;
        self.stack.push(node);
        Ok((node, again))
    }

    pub(super) fn leave(&mut self) {
        self.stack.pop();
    }

    pub(super) fn state(&self, at: From) -> State {
        self.nodes[at.node].slots[at.slot].state
    }

    pub(super) fn label(&self, at: From) -> &'static str {
        self.nodes[at.node].slots[at.slot].label
    }

    pub(super) fn slots(&self, node: usize) -> usize {
        self.nodes[node].slots.len()
    }

    pub(super) fn form(&mut self, at: From, form: &'static str) {
        self.nodes[at.node].slots[at.slot].form = form;
    }

    /// A part is about to be asked. Returns what [`tried`](Self::tried) wants to know.
    pub(super) fn trying(&mut self, at: From) -> usize {
        self.nodes[at.node].slots[at.slot].tries += 1;
        self.changes
    }

    /// It was asked. One that failed is asked again as long as there is something new to be seen in it.
    pub(super) fn tried(&mut self, at: From, changes: usize, fine: bool) {
        let news = self.changes != changes;
        let slot = &mut self.nodes[at.node].slots[at.slot];
        let state = match slot.state {
            State::Untried if fine => State::Fine,
            State::Untried if !news => State::Broken,
            state => state,
        };
        self.changes += usize::from(state != slot.state);
        slot.state = state;
    }

    /// Which variant to try: one that was not tried, one from which there is something to be seen, or any that works.
    pub(super) fn choose(&self, node: usize, again: bool) -> Option<From> {
        let leads: Vec<bool> = self.nodes.iter().map(|node| node.leads).collect();
        let rank = |slot: &Slot| match slot.state {
            State::Fine if again => 0,
            State::Untried => 1,
            _ if slot.leads(&leads) => 2,
            State::Fine => 3,
            State::Broken => 4,
        };
        let slots = self.nodes[node].slots.iter().enumerate();
        let best = slots.min_by_key(|(_, slot)| (rank(slot), slot.tries));
        best.map(|(slot, _)| From { node, slot, name: "" })
    }

    /// Whether the fields of this struct are given as a sequence.
    pub(super) fn by_position(&self, node: usize) -> bool {
        self.nodes[node].by_position
    }

    /// If none of its fields was ever asked for by name, they are given as a sequence from now on.
    pub(super) fn unnamed(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        if !node.by_position && node.slots.iter().all(|slot| slot.tries == 0) {
            node.by_position = true;
            self.changes += 1;
        }
    }

    pub(super) fn hear(&mut self, all: Vec<Heard>) {
        let before = self.heard.len();
        self.heard.extend(all);
        self.changes += self.heard.len() - before;
    }

    /// Whether this part was asked for as one of several names.
    pub(super) fn is_identifier(&self, at: From) -> bool {
        let nodes = &self.nodes[at.node].slots[at.slot].nodes;
        nodes.iter().any(|(_, node)| self.nodes[*node].kind == "identifier")
    }

    /// The fields that some part has missed.
    pub(super) fn missed(&self) -> Vec<&'static str> {
        let missing = |heard: &Heard| match heard {
            Heard::Missing(field) => Some(*field),
            _ => None,
        };
        self.heard.iter().filter_map(missing).collect()
    }

    /// A number below `bound`, not quite predictable and the same in every process.
    pub(super) fn guess(&mut self, bound: usize) -> usize {
        self.guesses = self.guesses.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.guesses ^ (self.guesses >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = u128::from(mixed ^ (mixed >> 27)).wrapping_mul(bound as u128);
        usize::try_from(mixed >> 64).unwrap_or(0)
    }

    /// Something to say to who wants a word and does not say which: one that some variant is called.
    pub(super) fn word(&mut self) -> &'static str {
        let variants = |heard: &Heard| match heard {
            Heard::Variants(variants) => *variants,
            _ => &[],
        };
        let mut words = vec!["1"];
        words.extend(self.heard.iter().flat_map(variants));
        words[self.guess(words.len())]
    }

    pub(super) fn shape(&self) -> Shape {
        let any = |kind: &str| self.nodes.iter().any(|node| node.kind == kind);
        let mut slots = self.nodes.iter().flat_map(|node| &node.slots);
        let unknown = self.cut || slots.any(|slot| slot.state != State::Fine);
        let asks = any("any");
        let hash = blake3::hash(self.text().as_bytes());
        Shape {
            fingerprint: u64::from_le_bytes(std::array::from_fn(|n| hash.as_bytes()[n])),
            options_of_nothing: unknown || self.has_options_of_nothing(),
            floats: unknown || asks || any("f32") || any("f64"),
            asks,
            unbounded: unknown || asks || self.recursive,
        }
    }

    fn has_options_of_nothing(&self) -> bool {
        let mut options = self.nodes.iter().filter(|node| node.kind == "option");
        options.any(|node| self.holds_nothing(node))
    }

    fn holds_nothing(&self, node: &Node) -> bool {
        node.slots[0].nodes.iter().any(|(_, inner)| self.may_be_nothing(*inner))
    }

    fn may_be_nothing(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        match node.kind.as_str() {
            "option" | "any" | "ignored" | "unit" => true,
            kind if kind.starts_with("unit struct") => true,
            // A newtype cannot hold itself but by way of an option or the like.
            kind if kind.starts_with("newtype") => self.holds_nothing(node),
            _ => false,
        }
    }

    /// Everything that was seen, in the order in which it was. What is hashed: its form is part of the format.
    pub(super) fn text(&self) -> String {
        let mut text = "larder shape 1\n".to_owned();
        for (number, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(text, "{number} {}", node.kind);
            for slot in &node.slots {
                let _ = writeln!(text, " {:?} {} {:?}", slot.label, slot.form, slot.nodes);
            }
        }
        for heard in &self.heard {
            let _ = writeln!(text, "{heard:?}");
        }
        text
    }
}

impl Node {
    fn new(kind: String, labels: &[&'static str]) -> Self {
        let slots = labels.iter().map(|label| Slot {
            label,
            form: "",
            nodes: BTreeSet::new(),
            state: State::Untried,
            tries: 0,
        });
        Self { kind, slots: slots.collect(), leads: false, by_position: false }
    }
}

impl Slot {
    fn leads(&self, nodes: &[bool]) -> bool {
        self.nodes.iter().any(|(_, node)| nodes.get(*node).copied().unwrap_or(false))
    }
}
