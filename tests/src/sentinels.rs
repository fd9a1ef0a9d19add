//! A Redis primary and its replica, watched by sentinels, gone when they are dropped.

use crate::{Server, servers::until};

/// Two servers and three sentinels, who call the primary `main`.
#[derive(Debug)]
pub struct RedisSentinels {
    servers: Vec<Server>,
    sentinels: Vec<Server>,
}

impl RedisSentinels {
    /// The servers with these options, the first of them the primary; and sentinels, with these lines of configuration.
    ///
    /// # Panics
    /// When they cannot be started, as all others here.
    pub fn start(options: &[&str], configuration: &str) -> Self {
        let mut options = options.to_vec();
        options.extend(["--repl-diskless-sync-delay", "0"]);
        let servers: Vec<_> = (0..2).map(|_| Server::redis(&options)).collect();
        let port = servers[0].port().to_string();
        servers[1].ask(&["REPLICAOF", "127.0.0.1", &port]).expect("a replica");
        until("the replica does not follow", || {
            servers[1].tells(&["INFO", "replication"]).contains("master_link_status:up")
        });
        let configuration = format!(
            "sentinel monitor main 127.0.0.1 {port} 2\n\
             sentinel down-after-milliseconds main 600\n\
             sentinel failover-timeout main 1000\n\
             {configuration}"
        );
        let sentinels = (0..3).map(|_| Server::redis_sentinel(&configuration)).collect();
        let all = Self { servers, sentinels };
        all.until_watched();
        all
    }

    /// Waits until all sentinels know each other and the replica.
    fn until_watched(&self) {
        until("the sentinels do not see each other", || {
            self.sentinels.iter().all(|sentinel| {
                let info = sentinel.tells(&["INFO", "sentinel"]);
                info.contains("status=ok") && info.contains("slaves=1,sentinels=3")
            })
        });
    }

    /// Waits until the sentinels see a replica that follows.
    pub fn until_replicas(&self) {
        self.until_watched();
        until("the replica does not follow", || {
            let follows = |server: &Server| {
                server.tells(&["INFO", "replication"]).contains("master_link_status:up")
            };
            self.servers.iter().any(follows)
        });
    }

    /// Their address for larder: `redis+sentinel://127.0.0.1:26379,../main`.
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self
            .sentinels
            .iter()
            .map(|sentinel| format!("127.0.0.1:{}", sentinel.port()))
            .collect();
        format!("redis+sentinel://{}/main", hosts.join(","))
    }

    /// The servers.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// One of them, to be killed and started again.
    pub fn server(&mut self, number: usize) -> &mut Server {
        &mut self.servers[number]
    }

    /// One of the sentinels.
    pub fn sentinel(&mut self, number: usize) -> &mut Server {
        &mut self.sentinels[number]
    }

    /// Has the primary give way, as soon as the last failover has come to an end.
    pub fn fail_over(&self) {
        until("the last failover does not come to an end", || {
            self.sentinels[0].tells(&["SENTINEL", "FAILOVER", "main"]) == "OK"
        });
    }

    /// Waits until all sentinels say that this server is the primary, and it says so itself.
    pub fn until_primary(&self, number: usize) {
        let server = &self.servers[number];
        let port = format!(":{},", server.port());
        until("the other one does not take over", || {
            server.tells(&["INFO", "replication"]).contains("role:master")
                && self.sentinels.iter().all(|sentinel| {
                    let info = sentinel.tells(&["INFO", "sentinel"]);
                    // One that does not run says nothing.
                    info.is_empty() || info.contains(&port)
                })
        });
    }
}
