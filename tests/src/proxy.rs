//! A network that can be made as bad as a test needs it: a TCP proxy in the process of the test.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// What is wrong with the network.
#[derive(Debug, Clone, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// All bytes take this long, and up to so much longer, in both directions.
    Latency(Duration, Duration),
    /// A connection is reset when so many bytes of answers have passed on it.
    CutAfter(usize),
    /// Instead of each part of an answer these bytes come.
    Garbage(Vec<u8>),
    /// Connections are taken, and then nothing passes, and nobody hears of it.
    HalfOpen,
    /// Answers come a byte at a time, with this pause between them.
    Drip(Duration),
    /// Connections are closed as soon as they are made.
    Down,
}

/// A proxy on a port of its own. Dropped, it takes its connections with it.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    runtime: Option<tokio::runtime::Runtime>,
}

#[derive(Debug, Default)]
struct Shared {
    fault: Mutex<Fault>,
    cut: Notify,
    /// On so many connections, the first, nothing passes any more.
    frozen: AtomicUsize,
    connections: AtomicUsize,
    writes: AtomicUsize,
    bytes: AtomicUsize,
    captured: Mutex<Vec<u8>>,
}

impl Proxy {
    /// A proxy before a server on this port of the loopback.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub fn before(server: u16) -> Self {
        // A runtime of its own, so that it works while a test blocks, and is not taken for a part of it.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a listener");
        let shared = Arc::new(Shared::default());
        runtime.spawn(accept(listener, server, Arc::clone(&shared)));
        Self { port, shared, runtime: Some(runtime) }
    }

    /// Its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on this is wrong, for new connections and for those that there are.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
    }

    /// Cuts all connections that there are.
    pub fn cut(&self) {
        self.shared.cut.notify_waiters();
    }

    /// On the connections that there are nothing passes any more, and nobody hears of it; new ones are as they should be.
    pub fn freeze(&self) {
        self.shared.frozen.store(self.connections(), SeqCst);
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// In how many pieces clients have sent something: no more than they have written, and no less than there were round
    /// trips.
    pub fn writes(&self) -> usize {
        self.shared.writes.load(SeqCst)
    }

    /// How many bytes clients have sent.
    pub fn bytes(&self) -> usize {
        self.shared.bytes.load(SeqCst)
    }

    /// All that clients have sent, on all connections, in the order in which it came.
    pub fn captured(&self) -> Vec<u8> {
        lock(&self.shared.captured).clone()
    }

    /// Counts from zero again, and forgets what was captured.
    pub fn reset(&self) {
        self.shared.writes.store(0, SeqCst);
        self.shared.bytes.store(0, SeqCst);
        lock(&self.shared.captured).clear();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One connection, by its number.
struct Line {
    shared: Arc<Shared>,
    number: usize,
}

impl Line {
    fn fault(&self) -> Fault {
        if self.number <= self.shared.frozen.load(SeqCst) {
            Fault::HalfOpen
        } else {
            lock(&self.shared.fault).clone()
        }
    }

    fn count(&self, bytes: &[u8]) {
        self.shared.writes.fetch_add(1, SeqCst);
        self.shared.bytes.fetch_add(bytes.len(), SeqCst);
        lock(&self.shared.captured).extend_from_slice(bytes);
    }

    fn delay(&self) -> Duration {
        match self.fault() {
            Fault::Latency(least, more) => {
                // As good as random here: how many bytes have passed.
                let part = u32::try_from(self.shared.bytes.load(SeqCst) % 17).unwrap_or(0);
                least + more * part / 16
            }
            _ => Duration::ZERO,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: std::net::TcpListener, server: u16, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((client, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, SeqCst) + 1;
        tokio::spawn(serve(client, server, Line { shared: Arc::clone(&shared), number }));
    }
}

async fn serve(client: TcpStream, server: u16, line: Line) {
    if matches!(line.fault(), Fault::Down) {
        return;
    }
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = line.shared.cut.notified() => {}
        () = pass(from_client, to_server, true, &line) => {}
        () = pass(from_server, to_client, false, &line) => {}
    }
}

/// Passes on what comes, until either side is gone or the fault ends it.
async fn pass(from: OwnedReadHalf, to: OwnedWriteHalf, asking: bool, line: &Line) {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::select! {
        () = take(from, sender, asking, line) => {}
        () = give(to, receiver, asking, line) => {}
    }
}

async fn take(
    mut from: OwnedReadHalf,
    sender: mpsc::UnboundedSender<(Instant, Vec<u8>)>,
    asking: bool,
    line: &Line,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..len];
        if asking {
            line.count(bytes);
        }
        if sender.send((Instant::now() + line.delay(), bytes.to_vec())).is_err() {
            return;
        }
    }
    if matches!(line.fault(), Fault::HalfOpen) {
        std::future::pending::<()>().await;
    }
}

async fn give(
    mut to: OwnedWriteHalf,
    mut receiver: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>,
    asking: bool,
    line: &Line,
) {
    let mut passed = 0;
    while let Some((due, mut bytes)) = receiver.recv().await {
        tokio::time::sleep_until(due).await;
        let mut pause = None;
        match line.fault() {
            Fault::HalfOpen => continue,
            Fault::CutAfter(len) if !asking => bytes.truncate(len.saturating_sub(passed)),
            Fault::Garbage(garbage) if !asking => bytes = garbage,
            Fault::Drip(time) if !asking => pause = Some(time),
            _ => {}
        }
        passed += bytes.len();
        let whole = bytes.len().max(1);
        for part in bytes.chunks(pause.map_or(whole, |_| 1)) {
            if to.write_all(part).await.is_err() {
                return;
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        if matches!(line.fault(), Fault::CutAfter(len) if !asking && passed >= len) {
            return;
        }
    }
}
