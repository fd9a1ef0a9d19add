//! A connection to a memcached server, on which requests of many tasks travel together.
//!
//! The text protocol, as far as we need it. Requests are written in the order in which they come, and answered in it.

use super::answer::{Answer, take_answer};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// A connection. When the last handle is gone it is closed.
#[derive(Clone)]
pub(super) struct Connection {
    requests: mpsc::Sender<Request>,
    _tasks: Arc<Tasks>,
}

/// Some commands, and who waits for their answers.
struct Request {
    commands: Bytes,
    waiting: Waiting,
}

/// Who waits, and for how many answers.
struct Waiting {
    count: usize,
    answers: oneshot::Sender<Vec<Answer>>,
}

/// The tasks that drive a connection, which end with it.
struct Tasks(AbortHandle, AbortHandle);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.abort();
        self.1.abort();
    }
}

/// The connection was closed, by the server or because it said something that is no answer.
#[derive(Debug)]
pub(super) struct Gone;

impl Connection {
    /// So many requests wait to be written; more wait for room.
    const REQUESTS: usize = 64;

    pub(super) async fn open(host: &str, port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        // A connection that is given up takes with it what it has not sent: written later, when the network is back, it would
        // undo what was done on the next connection meanwhile.
        stream.set_zero_linger()?;
        let (reader, writer) = stream.into_split();
        let (requests, unwritten) = mpsc::channel(Self::REQUESTS);
        // Bounded by the callers: each has one request at a time.
        let (written, unanswered) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write(writer, unwritten, written));
        let writing = writing.abort_handle();
        let reading = tokio::spawn(read(reader, unanswered, writing.clone())).abort_handle();
        Ok(Self { requests, _tasks: Arc::new(Tasks(writing, reading)) })
    }

    /// The answers to `count` commands. A caller that leaves changes nothing for the others: its answers are read, and
    /// dropped.
    pub(super) async fn ask(&self, commands: Bytes, count: usize) -> Result<Vec<Answer>, Gone> {
        let (answers, answered) = oneshot::channel();
        let request = Request { commands, waiting: Waiting { count, answers } };
        self.requests.send(request).await.map_err(|_| Gone)?;
        answered.await.map_err(|_| Gone)
    }
}

/// Writes what comes, together what has come together, until the connection is gone.
async fn write(
    mut stream: OwnedWriteHalf,
    mut requests: mpsc::Receiver<Request>,
    written: mpsc::UnboundedSender<Waiting>,
) {
    let mut batch = Vec::new();
    while requests.recv_many(&mut batch, Connection::REQUESTS).await != 0 {
        // Whoever else is about to ask does it now, and travels along.
        tokio::task::yield_now().await;
        while batch.len() < Connection::REQUESTS
            && let Ok(request) = requests.try_recv()
        {
            batch.push(request);
        }
        let mut bytes = Vec::new();
        for request in batch.drain(..) {
            bytes.extend_from_slice(&request.commands);
            if written.send(request.waiting).is_err() {
                return;
            }
        }
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Reads answers and gives them to those who wait, until the connection is gone; then nobody waits any more.
async fn read(
    mut stream: OwnedReadHalf,
    mut unanswered: mpsc::UnboundedReceiver<Waiting>,
    writing: AbortHandle,
) {
    let mut bytes = Vec::new();
    while let Some(Waiting { count, answers }) = next(&mut unanswered, bytes.is_empty()).await {
        let Ok(read) = read_answers(&mut stream, &mut bytes, count).await else { break };
        // Whoever has left does not need them.
        let _ = answers.send(read);
    }
    // It may be stuck in the middle of a request, with a server that does not read.
    writing.abort();
}

/// Who waits next. Nobody, when something has come that nobody has asked for: it would be taken for the next answer.
async fn next(
    unanswered: &mut mpsc::UnboundedReceiver<Waiting>,
    is_quiet: bool,
) -> Option<Waiting> {
    match unanswered.try_recv() {
        Ok(waiting) => Some(waiting),
        Err(_) if is_quiet => unanswered.recv().await,
        Err(_) => None,
    }
}

/// The next `count` answers. What was read beyond them stays in `bytes`.
async fn read_answers(
    stream: &mut OwnedReadHalf,
    bytes: &mut Vec<u8>,
    count: usize,
) -> io::Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(count);
    let mut answer = Answer::default();
    while answers.len() < count {
        // Parts of an answer are taken as they come, so nothing is looked at twice but the part that is not yet whole.
        if take_answer(bytes, &mut answer)? {
            answers.push(std::mem::take(&mut answer));
        } else if stream.read_buf(bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answers)
}
