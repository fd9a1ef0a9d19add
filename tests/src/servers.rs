//! Real servers for tests: `redis-server` and `memcached`, each on a free port of the loopback, gone when it is dropped.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running server.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    options: Vec<String>,
    port: u16,
    /// Where nodes of a cluster talk to each other.
    bus: u16,
    child: Option<Child>,
    dir: TempDir,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Redis,
    RedisTls,
    RedisNode,
    RedisSentinel,
    RedisSentinelTls,
    Memcached,
}

impl Kind {
    fn speaks_tls(self) -> bool {
        matches!(self, Self::RedisTls | Self::RedisSentinelTls)
    }

    fn is_sentinel(self) -> bool {
        matches!(self, Self::RedisSentinel | Self::RedisSentinelTls)
    }
}

impl Server {
    /// A `redis-server` that keeps nothing on disk, with these options: `["--requirepass", "secret"]`.
    ///
    /// # Panics
    /// When it cannot be started, as all others here.
    pub fn redis(options: &[&str]) -> Self {
        Self::start(Kind::Redis, options)
    }

    /// A `redis-server` that speaks TLS only, as `localhost` and `127.0.0.1`; [`ca_file`](Self::ca_file) is who says so.
    pub fn redis_tls(options: &[&str]) -> Self {
        Self::start(Kind::RedisTls, options)
    }

    /// A `redis-server` that is to be a node of a cluster.
    pub(crate) fn redis_node(options: &[&str]) -> Self {
        Self::start(Kind::RedisNode, options)
    }

    /// A sentinel with this configuration that speaks TLS only.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn redis_sentinel_tls(configuration: &str) -> Self {
        Self::start(Kind::RedisSentinelTls, &[configuration])
    }

    /// A sentinel with this configuration.
    pub(crate) fn redis_sentinel(configuration: &str) -> Self {
        Self::start(Kind::RedisSentinel, &[configuration])
    }

    /// A `memcached` with these options: `["-m", "8"]`.
    pub fn memcached(options: &[&str]) -> Self {
        Self::start(Kind::Memcached, options)
    }

    fn start(kind: Kind, options: &[&str]) -> Self {
        let options = options.iter().map(ToString::to_string).collect();
        let dir = tempfile::tempdir().expect("a directory");
        if kind.speaks_tls() {
            make_certificates(dir.path());
        }
        let mut server = Self { kind, options, port: 0, bus: 0, child: None, dir };
        for _ in 0..20 {
            server.port = free_port();
            server.bus = free_port();
            // Somebody else may have taken the port meanwhile.
            if server.launch() {
                return server;
            }
        }
        panic!("no server can be started: {:?}", server.command());
    }

    /// Its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address, without user and password: `redis://127.0.0.1:6379`.
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The same by way of another port, that of a [`Proxy`](crate::Proxy).
    pub fn url_at(&self, port: u16) -> String {
        let scheme = match self.kind {
            Kind::Redis | Kind::RedisNode | Kind::RedisSentinel => "redis",
            Kind::RedisTls | Kind::RedisSentinelTls => "rediss",
            Kind::Memcached => "memcached",
        };
        format!("{scheme}://127.0.0.1:{port}")
    }

    /// What a Redis server answers to a command, given as words.
    ///
    /// # Errors
    /// The server's, and when it cannot be asked.
    pub fn ask(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let address = match self.password() {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => self.url(),
        };
        let mut connection = redis::Client::open(address)?.get_connection()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query(&mut connection)
    }

    /// What it answers as text; of one that cannot be asked none.
    pub fn tells(&self, words: &[&str]) -> String {
        self.ask(words).ok().and_then(|told| redis::from_redis_value(told).ok()).unwrap_or_default()
    }

    /// The password that its options ask for.
    fn password(&self) -> Option<&str> {
        let words = self.options.iter().flat_map(|option| option.split_whitespace());
        words.skip_while(|word| !["--requirepass", "requirepass"].contains(word)).nth(1)
    }

    pub(crate) fn bus(&self) -> u16 {
        self.bus
    }

    /// Its directory, for files that its options name.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The certificate of those who have signed that of a TLS server.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Stops it in the middle of whatever it does: connections stay, and nothing is answered.
    pub fn stop(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn cont(&self) {
        self.signal("CONT");
    }

    /// Ends it without a warning. What it held is lost.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same port, after a [`kill`](Self::kill) or instead of one.
    pub fn restart(&mut self) {
        self.kill();
        let deadline = Deadline::after(Duration::from_secs(20));
        while !self.launch() {
            deadline.pause("the server does not start again");
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.as_ref().expect("a server that runs").id();
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {name}");
    }

    /// Whether it runs now. It does not when its port is taken.
    fn launch(&mut self) -> bool {
        let mut child = self.command().spawn().expect("the server is installed");
        let deadline = Deadline::after(Duration::from_secs(20));
        loop {
            if child.try_wait().expect("a child").is_some() {
                return false;
            }
            if self.answers() {
                // It may be another server that answers, while ours is about to give up.
                let gone = child.try_wait().expect("a child").is_some();
                self.child = Some(child);
                return !gone;
            }
            deadline.pause("the server does not answer");
        }
    }

    fn command(&self) -> Command {
        let port = self.port.to_string();
        let mut command = match self.kind {
            Kind::Memcached => {
                let mut command = Command::new("memcached");
                command.args(["-l", "127.0.0.1", "-U", "0", "-u", "root", "-p", &port]);
                command
            }
            Kind::RedisSentinel | Kind::RedisSentinelTls => {
                let configuration = self.dir.path().join("sentinel.conf");
                std::fs::write(&configuration, &self.options[0]).expect("a file");
                let mut command = Command::new("redis-server");
                command.arg(configuration);
                command.args(["--sentinel", "--bind", "127.0.0.1"]);
                command.args(self.ports(&port));
                command
            }
            Kind::Redis | Kind::RedisTls | Kind::RedisNode => {
                let mut command = Command::new("redis-server");
                command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command.arg("--dir").arg(self.dir.path());
                command.args(self.ports(&port));
                command
            }
        };
        if self.kind.speaks_tls() {
            for (option, file) in [
                ("--tls-cert-file", "cert.pem"),
                ("--tls-key-file", "key.pem"),
                ("--tls-ca-cert-file", "ca.pem"),
            ] {
                command.arg(option).arg(self.dir.path().join(file));
            }
            command.args(["--tls-auth-clients", "no"]);
        }
        if self.kind == Kind::RedisNode {
            command.args(["--cluster-enabled", "yes", "--cluster-port", &self.bus.to_string()]);
        }
        if !self.kind.is_sentinel() {
            command.args(&self.options);
        }
        command.current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Its port, with TLS or without.
    fn ports<'a>(&self, port: &'a str) -> [&'a str; 4] {
        if self.kind.speaks_tls() {
            ["--tls-port", port, "--port", "0"]
        } else {
            ["--port", port, "--tls-port", "0"]
        }
    }

    /// Whether it takes connections and, where that can be asked without TLS, answers.
    fn answers(&self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
            return false;
        };
        let question: &[u8] = match self.kind {
            Kind::Redis | Kind::RedisNode | Kind::RedisSentinel => b"PING\r\n",
            Kind::Memcached => b"version\r\n",
            Kind::RedisTls | Kind::RedisSentinelTls => return true,
        };
        let mut answer = [0; 64];
        stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a time-out");
        let read = stream.write_all(question).and_then(|()| stream.read(&mut answer));
        read.is_ok_and(|len| len > 0) && !answer.starts_with(b"-LOADING")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that says one thing and then does not listen, until it is asked what it has heard.
#[derive(Debug)]
pub struct DeafServer {
    port: u16,
    listen: std::sync::mpsc::Sender<()>,
    heard: std::thread::JoinHandle<usize>,
}

impl DeafServer {
    /// A server that greets who comes first like this.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(greeting: &'static [u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (listen, told) = std::sync::mpsc::channel();
        let heard = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a client");
            client.write_all(greeting).expect("a client that listens");
            told.recv().expect("somebody who asks");
            let (mut heard, mut buffer) = (0, vec![0; 1 << 16]);
            while let Ok(len @ 1..) = client.read(&mut buffer) {
                heard += len;
            }
            heard
        });
        Self { port, listen, heard }
    }

    /// Its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many bytes reach it before the client is gone. Not to be called on a runtime that has to close the client.
    ///
    /// # Panics
    /// When nobody came.
    pub fn hears(self) -> usize {
        self.listen.send(()).expect("a server that runs");
        self.heard.join().expect("a server that ran")
    }
}

/// A port of the loopback that nobody listens on.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

/// A moment after which a test has failed.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(tokio::time::Instant);

impl Deadline {
    /// The moment this long from now.
    pub fn after(time: Duration) -> Self {
        Self(tokio::time::Instant::now() + time)
    }

    /// Gives others a chance, before it is looked again.
    ///
    /// # Panics
    /// After the deadline.
    pub fn pause(&self, what: &str) {
        assert!(tokio::time::Instant::now() < self.0, "{what}");
        std::thread::park_timeout(Duration::from_millis(3));
    }
}

/// Waits until several servers have agreed on something. On a runtime of several threads the others go on meanwhile.
pub(crate) fn until(what: &str, fulfilled: impl Fn() -> bool) {
    tokio::task::block_in_place(|| {
        let deadline = Deadline::after(Duration::from_secs(30));
        while !fulfilled() {
            deadline.pause(what);
        }
    });
}

/// An authority, and a certificate from it for `localhost`.
fn make_certificates(dir: &Path) {
    std::fs::write(dir.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        .expect("a file");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for arguments in [
        format!("req -x509 {key} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem"),
        format!("req {key} -subj /CN=localhost -keyout key.pem -out request.pem"),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem".to_owned(),
    ] {
        let mut openssl = Command::new("openssl");
        let made = openssl.args(arguments.split(' ')).current_dir(dir).output();
        assert!(made.is_ok_and(|output| output.status.success()), "openssl {arguments}");
    }
}
