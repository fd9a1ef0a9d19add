//! A Redis Cluster on the loopback, gone when it is dropped.

use crate::{Proxy, Server, servers::until};
use std::time::Duration;
use tokio::time::Instant;

/// Nodes that are a cluster: primaries first, then a replica of each, if there are any.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Server>,
    /// Before each node, if clients are to go through them.
    proxies: Vec<Proxy>,
}

const PRIMARIES: usize = 3;
const SLOTS: usize = 16_384;

#[expect(clippy::missing_panics_doc, reason = "all do, when a node does not do as it is told")]
impl RedisCluster {
    /// Three primaries, each with a replica.
    pub fn start(options: &[&str]) -> Self {
        let mut options = options.to_vec();
        options.extend(["--cluster-node-timeout", "600", "--repl-diskless-sync-delay", "0"]);
        options.extend(["--repl-ping-replica-period", "1"]);
        let nodes: Vec<_> = (0..2 * PRIMARIES).map(|_| Server::redis_node(&options)).collect();
        let cluster = Self { nodes, proxies: Vec::new() };
        cluster.form();
        cluster
    }

    /// Three primaries without replicas, each behind a proxy that clients are sent to.
    pub fn behind_proxies() -> Self {
        let node = || Server::redis_node(&["--cluster-node-timeout", "5000"]);
        let nodes: Vec<_> = (0..PRIMARIES).map(|_| node()).collect();
        let proxies: Vec<_> = nodes.iter().map(|node| Proxy::before(node.port())).collect();
        for (node, proxy) in nodes.iter().zip(&proxies) {
            let port = proxy.port().to_string();
            node.ask(&["CONFIG", "SET", "cluster-announce-port", &port]).expect("a setting");
        }
        let cluster = Self { nodes, proxies };
        cluster.form();
        cluster
    }

    fn form(&self) {
        for (number, node) in self.nodes.iter().enumerate() {
            let epoch = (number + 1).to_string();
            node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]).expect("a new node");
            if number < PRIMARIES {
                let first = (number * SLOTS / PRIMARIES).to_string();
                let last = ((number + 1) * SLOTS / PRIMARIES - 1).to_string();
                node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]).expect("its slots");
            }
            let (port, bus) = (node.port().to_string(), node.bus().to_string());
            let meet = ["CLUSTER", "MEET", "127.0.0.1", &port, &bus];
            self.nodes[0].ask(&meet).expect("a node that is met");
        }
        self.until("the nodes do not meet", |node| {
            let known = node.tells(&["CLUSTER", "NODES"]);
            known.lines().count() == self.nodes.len() && !known.contains("handshake")
        });
        for (number, replica) in self.nodes.iter().enumerate().skip(PRIMARIES) {
            let primary = self.nodes[number - PRIMARIES].tells(&["CLUSTER", "MYID"]);
            replica.ask(&["CLUSTER", "REPLICATE", &primary]).expect("a replica");
        }
        self.until_whole();
    }

    /// Waits until every node finds that all is well, and has a replica or is one.
    pub fn until_whole(&self) {
        let replicas = self.nodes.len() - PRIMARIES;
        self.until("the cluster is not whole", |node| {
            let known = node.tells(&["CLUSTER", "NODES"]);
            let info = node.tells(&["INFO", "replication"]);
            node.tells(&["CLUSTER", "INFO"]).contains("cluster_state:ok")
                && known.lines().filter(|line| line.contains("slave")).count() == replicas
                && !known.contains("fail")
                && (replicas == 0 || tells_replicas(node))
                && (replicas == 0
                    || info.contains("master_link_status:up")
                    || info.contains("connected_slaves:1"))
        });
    }

    /// Waits until every node that runs fulfils something.
    fn until(&self, what: &str, fulfilled: impl Fn(&Server) -> bool) {
        until(what, || self.nodes.iter().all(&fulfilled));
    }

    /// Its address for larder: `redis+cluster://127.0.0.1:7000,..`.
    pub fn url(&self) -> String {
        let port = |number: usize| match self.proxies.get(number) {
            Some(proxy) => proxy.port(),
            None => self.nodes[number].port(),
        };
        let hosts: Vec<_> =
            (0..self.nodes.len()).map(|number| format!("127.0.0.1:{}", port(number))).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    /// The nodes: the first three were the primaries at the beginning.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// One of them, to be killed and started again.
    pub fn node(&mut self, number: usize) -> &mut Server {
        &mut self.nodes[number]
    }

    /// The proxies before the nodes.
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// The slot of a name, as a node has it.
    pub fn slot(&self, name: &str) -> usize {
        let told = self.nodes[0].ask(&["CLUSTER", "KEYSLOT", name]).expect("a slot");
        redis::from_redis_value(told).expect("a number")
    }

    /// Which of the first three had this name at the beginning.
    pub fn owner(&self, name: &str) -> usize {
        let slot = self.slot(name);
        let ends = |number: usize| (number + 1) * SLOTS / PRIMARIES;
        (0..PRIMARIES).find(|number| slot < ends(*number)).expect("all slots are taken")
    }

    /// Waits until this node says that it is a primary.
    pub fn until_primary(&self, number: usize) {
        until("the replica does not take over", || {
            self.nodes[number].tells(&["INFO", "replication"]).contains("role:master")
        });
    }

    /// Waits until every primary knows what the others are. Slots that were moved before that may seem to go back.
    pub fn until_agreed(&self) {
        let epochs = |node: &Server| -> Vec<String> {
            let known = node.tells(&["CLUSTER", "NODES"]);
            let parts = known.lines().map(|line| line.split(' ').collect::<Vec<_>>());
            let mut epochs: Vec<_> = parts
                .filter(|parts| parts.len() > 8)
                .map(|parts| [&[parts[0], parts[6]], &parts[8..]].concat().join(" "))
                // What is being moved is known to one node only.
                .map(|line| line.split(" [").next().unwrap_or_default().to_owned())
                .collect();
            epochs.sort();
            epochs
        };
        let first = &self.nodes[0];
        self.until("the nodes do not agree", |node| epochs(node) == epochs(first));
    }

    /// How often nodes have answered with this error.
    pub fn errors(&self, code: &str) -> usize {
        self.nodes.iter().map(|node| errors(node, code)).sum()
    }

    /// Moves a slot with all that is in it from one primary to another, name by name, as `redis-cli` does.
    pub fn migrate(&self, slot: usize, from: usize, to: usize) {
        let slot = slot.to_string();
        let (from, to) = (&self.nodes[from], &self.nodes[to]);
        let id = |node: &Server| node.tells(&["CLUSTER", "MYID"]);
        let (from_id, to_id) = (id(from), id(to));
        to.ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]).expect("importing");
        from.ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]).expect("migrating");
        let port = to.port().to_string();
        loop {
            let told = from.ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "1"]).expect("names");
            let names: Vec<String> = redis::from_redis_value(told).expect("texts");
            let Some(name) = names.first() else { break };
            from.ask(&["MIGRATE", "127.0.0.1", &port, name, "0", "5000"]).expect("a name");
        }
        // As long as it takes with many names: whoever asks for one is sent to where it is now.
        let (before, begun) = (errors(from, "ASK"), Instant::now());
        while errors(from, "ASK") < before + 3 && begun.elapsed() < Duration::from_millis(30) {
            std::thread::yield_now();
        }
        // The new owner first, so that there is always one that takes commands.
        to.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]).expect("a new owner");
        for node in &self.nodes[..PRIMARIES] {
            node.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]).expect("a new owner");
        }
    }
}

/// How often a node has answered with this error.
fn errors(node: &Server, code: &str) -> usize {
    let begin = format!("errorstat_{code}:count=");
    let stats = node.tells(&["INFO", "errorstats"]);
    let count = stats.lines().find_map(|line| line.strip_prefix(&begin));
    count.map_or(0, |count| count.parse().expect("a number"))
}

/// Whether a node tells clients of a replica for each slot. It does not until that has something.
fn tells_replicas(node: &Server) -> bool {
    let Ok(redis::Value::Array(ranges)) = node.ask(&["CLUSTER", "SLOTS"]) else { return false };
    let is_complete = |range: &redis::Value| match range {
        // The first slot, the last one, the primary, and then replicas.
        redis::Value::Array(parts) => parts.len() > 3,
        _ => false,
    };
    ranges.iter().all(is_complete)
}
