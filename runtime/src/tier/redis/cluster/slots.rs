//! Which node has which names.

use super::super::server::{Node, port, text};
use redis::Value;

/// The nodes of a cluster, by slot. Each name has one of 16,384 slots.
#[derive(Default)]
pub(super) struct Slots {
    shards: Vec<Shard>,
    /// By slot, the index of its shard. Empty as long as nothing is known.
    owners: Vec<Option<usize>>,
}

struct Shard {
    primary: Node,
    replicas: Vec<Node>,
}

impl Slots {
    const COUNT: usize = 16_384;

    /// The slots as a node has told them: its answer to `CLUSTER SLOTS`, with at least one slot in it.
    pub(super) fn told(answer: Value, by: &Node) -> Option<Self> {
        let Value::Array(ranges) = answer else { return None };
        let mut slots = Self { shards: Vec::new(), owners: vec![None; Self::COUNT] };
        for range in &ranges {
            slots.add(range, by)?;
        }
        (!slots.shards.is_empty()).then_some(slots)
    }

    /// The first slot and the last, the primary, and then its replicas.
    fn add(&mut self, range: &Value, by: &Node) -> Option<()> {
        let Value::Array(parts) = range else { return None };
        let [Value::Int(first), Value::Int(last), nodes @ ..] = parts.as_slice() else {
            return None;
        };
        let (first, last) = (usize::try_from(*first).ok()?, usize::try_from(*last).ok()?);
        let mut nodes = nodes.iter().map(|node| named(node, by));
        let primary = nodes.next()??;
        // What cannot be read as an address is not asked.
        let replicas = nodes.flatten().collect();
        self.owners.get_mut(first..=last)?.fill(Some(self.shards.len()));
        self.shards.push(Shard { primary, replicas });
        Some(())
    }

    pub(super) fn are_known(&self) -> bool {
        !self.owners.is_empty()
    }

    fn shard(&self, slot: usize) -> Option<&Shard> {
        self.shards.get((*self.owners.get(slot)?)?)
    }

    pub(super) fn primary(&self, slot: usize) -> Option<&Node> {
        Some(&self.shard(slot)?.primary)
    }

    /// A replica of a slot, always the same one, so that what was read there is not read as it was before.
    pub(super) fn replica(&self, slot: usize) -> Option<&Node> {
        let replicas = &self.shard(slot)?.replicas;
        replicas.get(slot.checked_rem(replicas.len())?)
    }

    /// Another node has a slot now.
    pub(super) fn moved(&mut self, slot: usize, to: &Node) {
        let shard = self.shards.iter().position(|shard| shard.primary == *to);
        let shard = shard.unwrap_or_else(|| {
            self.shards.push(Shard { primary: to.clone(), replicas: Vec::new() });
            self.shards.len() - 1
        });
        if let Some(owner) = self.owners.get_mut(slot) {
            *owner = Some(shard);
        }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.shards.iter().flat_map(|shard| std::iter::once(&shard.primary).chain(&shard.replicas))
    }
}

/// The slot of a name: a checksum of it, or of what stands in its first braces. So everybody who knows the name finds it.
pub(super) fn of(name: &[u8]) -> usize {
    let tag = name.iter().position(|byte| *byte == b'{').and_then(|open| {
        let inside = &name[open + 1..];
        let close = inside.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &inside[..close])
    });
    usize::from(checksum(tag.unwrap_or(name))) % Slots::COUNT
}

/// CRC-16/XMODEM.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 }
        })
    })
}

/// A node as an answer has it: host, port, and more that is of no interest. Without a host it is that of who answers.
fn named(node: &Value, by: &Node) -> Option<Node> {
    let Value::Array(parts) = node else { return None };
    let [host, number, ..] = parts.as_slice() else { return None };
    let host = if matches!(host, Value::Nil) { "" } else { text(host)? };
    // That is how a node says that it does not know the name of another one.
    if host == "?" {
        return None;
    }
    Some(Node::named(host, port(number)?, by))
}

#[cfg(test)]
mod tests {
    use super::{Node, Slots};
    use redis::Value;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn node(host: &str, port: u16) -> Node {
        Node { host: host.into(), port }
    }

    fn entry(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), text("id"), Value::Array(vec![])])
    }

    fn range(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
    }

    #[test]
    fn what_a_node_tells_is_known() {
        let by = node("self", 1);
        let nodes = vec![entry(text("a"), 7), entry(text("?"), 8), entry(text("c"), 9)];
        let answer =
            Value::Array(vec![range(0, 99, nodes), range(100, 16_383, vec![entry(Value::Nil, 8)])]);
        let mut slots = Slots::told(answer, &by).unwrap();
        assert_eq!(slots.primary(99), Some(&node("a", 7)));
        assert_eq!(slots.replica(99), Some(&node("c", 9)));
        assert_eq!(slots.primary(16_383), Some(&node("self", 8)));
        assert_eq!(slots.replica(100), None);
        slots.moved(5, &node("self", 8));
        slots.moved(6, &node("new", 1));
        assert_eq!(slots.primary(5), Some(&node("self", 8)));
        assert_eq!(slots.primary(6), Some(&node("new", 1)));
        assert_eq!(slots.primary(7), Some(&node("a", 7)));
        assert_eq!(slots.nodes().count(), 4);
    }

    #[test]
    fn slots_are_those_of_the_servers() {
        assert_eq!(super::checksum(b"123456789"), 0x31c3);
        // As `CLUSTER KEYSLOT` says.
        let names: [(&str, usize); 7] = [
            ("", 0),
            ("foo", 12_182),
            ("larder:a:e", 2_369),
            ("{user}.1", 5_474),
            ("a{}{b}", 15_033),
            ("a{b", 13_340),
            ("{{a}}", 10_276),
        ];
        for (name, slot) in names {
            assert_eq!(super::of(name.as_bytes()), slot, "{name}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_believed() {
        let a = || vec![entry(text("a"), 7)];
        let answers = [
            Value::Nil,
            Value::Array(vec![]),
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![range(0, 16_384, a())]),
            Value::Array(vec![range(-1, 5, a())]),
            Value::Array(vec![range(9, 5, a())]),
            Value::Array(vec![range(0, 5, vec![])]),
            Value::Array(vec![range(0, 5, vec![entry(text("a"), 70_000)])]),
        ];
        for answer in answers {
            assert!(Slots::told(answer.clone(), &node("self", 1)).is_none(), "{answer:?}");
        }
        assert!(!Slots::default().are_known());
        assert_eq!(Slots::default().primary(0), None);
    }
}
