//! From addresses to servers.

use super::ReadFrom;
use super::RedisBuilder;
use super::address::{NO_ADDRESS, Origin, flaw, of_sentinel};
use super::cluster::Cluster;
use super::one::{One, Whereabouts};
use super::sentinels::Sentinels;
use super::server::{Login, Node};
use super::wire::Servers;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    RedisConnectionInfo,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What is wrong is said without the parser's words, which may repeat the address.
type Checked<T> = Result<T, &'static str>;

impl RedisBuilder {
    /// The servers. Nothing is connected yet.
    pub(super) fn servers(&self) -> Checked<Servers> {
        let origin = self.origin.as_ref().map_err(|what| *what)?;
        if self.read_from != ReadFrom::Primary && !matches!(origin, Origin::Cluster(_)) {
            return Err("reading from replicas without a cluster");
        }
        if self.sentinel_password.is_some() && !matches!(origin, Origin::Sentinels { .. }) {
            return Err("a password of sentinels without sentinels");
        }
        match origin {
            Origin::One(address) => {
                let whereabouts = Whereabouts::Known(Arc::new(self.login(info(address)?)?));
                Ok(Servers::One(One::new(whereabouts, self.connect_timeout)))
            }
            Origin::Cluster(addresses) => self.cluster(addresses),
            Origin::Sentinels { name, addresses } => self.sentinels(name, addresses),
        }
    }

    fn cluster(&self, addresses: &[String]) -> Checked<Servers> {
        let (seeds, info) = alike(addresses.iter().map(|address| info(address)))?;
        if info.redis_settings().db() != 0 {
            return Err("a cluster has no databases");
        }
        let cluster = Cluster::new(self.login(info)?, seeds, self.connect_timeout);
        Ok(Servers::Cluster(cluster, self.read_from == ReadFrom::Replica))
    }

    fn sentinels(&self, name: &str, addresses: &[String]) -> Checked<Servers> {
        if name.is_empty() {
            return Err("sentinels without a name: redis+sentinel://host/name");
        }
        let addresses = addresses.iter().map(|address| info(&of_sentinel(address)));
        let (nodes, info) = alike(addresses)?;
        let mut settings = RedisConnectionInfo::default();
        if let Some(password) = &self.sentinel_password {
            settings = settings.set_password(password);
        }
        let login = self.login(info.clone().set_redis_settings(settings))?;
        let sentinels = Sentinels::new(name.to_owned(), nodes, login, self.login(info)?);
        let whereabouts = Whereabouts::Asked(Arc::new(sentinels));
        Ok(Servers::One(One::new(whereabouts, self.connect_timeout)))
    }

    fn login(&self, info: ConnectionInfo) -> Checked<Login> {
        let config = AsyncConnectionConfig::new()
            // Opening has a time-out of its own, around all of it.
            .set_connection_timeout(None)
            .set_response_timeout(Some(self.response_timeout));
        Ok(Login::new(self.secured(info)?, config))
    }

    fn secured(&self, info: ConnectionInfo) -> Checked<Client> {
        match &self.ca_file {
            None => Client::open(info).map_err(|_| "these settings do not go together"),
            Some(_) if !is_secure(&info) => Err("a CA file without rediss://"),
            Some(file) => trusting(info, file),
        }
    }
}

fn info(address: &str) -> Checked<ConnectionInfo> {
    let known = ["redis://", "rediss://", "valkey://", "valkeys://", "unix://", "redis+unix://"];
    if !known.iter().any(|scheme| address.starts_with(scheme)) {
        return Err(NO_ADDRESS);
    }
    if address.contains('#') {
        return Err("an address with #: TLS is always checked, and # in a password is %23");
    }
    let info = address.into_connection_info().map_err(|_| flaw(address))?;
    if !info.addr().is_supported() {
        return Err("rediss:// needs the feature redis-tls");
    }
    // Commands do not wait to become more. And a connection that is given up takes with it what it has not sent: written
    // later, when the network is back, it would undo what was done on the next connection meanwhile.
    let tcp = TcpSettings::default().set_nodelay(true).set_linger_time(Duration::ZERO);
    Ok(info.set_tcp_settings(tcp))
}

fn is_secure(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}

/// Where servers are that differ in nothing else, and one of their addresses.
fn alike(
    infos: impl Iterator<Item = Checked<ConnectionInfo>>,
) -> Checked<(Vec<Node>, ConnectionInfo)> {
    let infos = infos.collect::<Checked<Vec<_>>>()?;
    let Some(first) = infos.first() else { return Err("no addresses") };
    let mut nodes = Vec::with_capacity(infos.len());
    for info in &infos {
        let (one, other) = (first.redis_settings(), info.redis_settings());
        let is_like_it = is_secure(info) == is_secure(first)
            && (one.username(), one.password(), one.db(), one.protocol())
                == (other.username(), other.password(), other.db(), other.protocol());
        if !is_like_it {
            return Err("addresses that differ in more than host and port");
        }
        let (ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) =
            info.addr()
        else {
            return Err("many servers at an address of one: unix://");
        };
        nodes.push(Node { host: host.as_str().into(), port: *port });
    }
    Ok((nodes, first.clone()))
}

#[cfg(feature = "redis-tls")]
fn trusting(info: ConnectionInfo, file: &Path) -> Checked<Client> {
    let pem = std::fs::read(file).map_err(|_| "the CA file cannot be read")?;
    if !pem.windows(11).any(|part| part == b"-----BEGIN ") {
        return Err("the CA file has no certificate in it");
    }
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem) };
    Client::build_with_tls(info, certificates).map_err(|_| "the CA file has no certificate in it")
}

#[cfg(not(feature = "redis-tls"))]
fn trusting(_: ConnectionInfo, _: &Path) -> Checked<Client> {
    Err("a CA file needs the feature redis-tls")
}
