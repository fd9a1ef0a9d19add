//! What is said to Redis servers.

use super::super::TierError;
use super::super::network::{Item, Part, Wire, escaped, hex};
use super::cluster::{Cluster, Whom};
use super::one::One;
use bytes::Bytes;

/// One server or many.
pub(super) struct RedisWire {
    pub(super) servers: Servers,
    pub(super) prefix: String,
}

pub(super) enum Servers {
    One(One),
    /// A cluster, and whether values are read from its replicas.
    Cluster(Cluster, bool),
}

impl RedisWire {
    /// Where the servers are.
    pub(super) fn address(&self) -> String {
        match &self.servers {
            Servers::One(one) => one.address(),
            Servers::Cluster(cluster, _) => cluster.address(),
        }
    }
}

#[cfg(feature = "testing")]
impl RedisWire {
    pub(super) async fn connection(&self) -> Result<super::connection::Connection, TierError> {
        match &self.servers {
            Servers::One(one) => one.connection().await,
            Servers::Cluster(..) => Err(TierError::unsupported("a cluster has many connections")),
        }
    }
}

impl Wire for RedisWire {
    /// What Redis takes unless it is told otherwise.
    fn max_value(&self) -> usize {
        512 << 20
    }

    fn name(&self, namespace: &str, part: Part<'_>) -> Vec<u8> {
        let (prefix, namespace) = (&self.prefix, escaped(namespace));
        match part {
            Part::Epoch => format!("{prefix}:{namespace}:e").into_bytes(),
            Part::Tag(hash) => format!("{prefix}:{namespace}:t:{}", hex(hash)).into_bytes(),
            Part::Entry(epoch, key) => {
                let mut name = format!("{prefix}:{namespace}:v:{epoch:x}:").into_bytes();
                name.extend_from_slice(key.as_bytes());
                name
            }
        }
    }

    async fn fetch(&self, names: &[Vec<u8>]) -> Result<Vec<Option<Bytes>>, TierError> {
        match &self.servers {
            Servers::One(one) => one.fetch(names).await,
            Servers::Cluster(cluster, false) => cluster.fetch(names, |_| Whom::Primary).await,
            // An old value is found out by the numbers that it bears, if these are not old too.
            Servers::Cluster(cluster, true) => {
                let whom = |name: &[u8]| if is_value(name) { Whom::Replica } else { Whom::Primary };
                cluster.fetch(names, whom).await
            }
        }
    }

    async fn add(&self, item: &Item) -> Result<Option<Bytes>, TierError> {
        match &self.servers {
            Servers::One(one) => one.add(item).await,
            Servers::Cluster(cluster, _) => cluster.add(item).await,
        }
    }

    async fn store(&self, items: &[Item]) -> Result<(), TierError> {
        match &self.servers {
            Servers::One(one) => one.store(items).await,
            Servers::Cluster(cluster, _) => cluster.store(items).await,
        }
    }

    async fn remove(&self, names: &[Vec<u8>]) -> Result<(), TierError> {
        match &self.servers {
            Servers::One(one) => one.remove(names).await,
            Servers::Cluster(cluster, _) => cluster.remove(names).await,
        }
    }

    fn close(&self) {
        match &self.servers {
            Servers::One(one) => one.close(),
            Servers::Cluster(cluster, _) => cluster.close(),
        }
    }
}

/// Whether a value is what is stored under this name, and not a number: its third part is `v`.
fn is_value(name: &[u8]) -> bool {
    name.split(|byte| *byte == b':').nth(2) == Some(b"v")
}
