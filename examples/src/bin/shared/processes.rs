//! The processes that the tour starts. Each is killed when it is dropped.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A port that was free may be taken by the time that Redis wants it: then another one is tried.
const ATTEMPTS: usize = 10;
/// How often Redis is asked whether it is ready, with a pause of [`PAUSE`] between.
const PINGS: usize = 500;
const PAUSE: Duration = Duration::from_millis(20);

/// Kills its process when it is dropped.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A `redis-server` on a port of the loopback that nobody else uses, with nothing on disk.
pub(crate) struct RedisServer {
    port: u16,
    _process: Guarded,
}

impl RedisServer {
    pub(crate) fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let mut process = Guarded(command(port, folder).spawn().map_err(cannot_start)?);
            if is_ready(port, &mut process.0)? {
                return Ok(Self { port, _process: process });
            }
        }
        Err("`redis-server` does not start on any port".into())
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn command(port: u16, folder: &Path) -> Command {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--save", "", "--appendonly", "no"]).arg("--dir").arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn cannot_start(error: io::Error) -> Box<dyn Error> {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no `redis-server` in the PATH; install Redis (Debian: `apt install redis-server`)".into()
        }
        _ => format!("`redis-server` cannot be started: {error}").into(),
    }
}

/// Whether it answers; not if it has ended.
fn is_ready(port: u16, process: &mut Child) -> io::Result<bool> {
    for _ in 0..PINGS {
        if process.try_wait()?.is_some() {
            return Ok(false);
        }
        if ping(port).is_ok_and(|answered| answered) {
            return Ok(true);
        }
        std::thread::park_timeout(PAUSE);
    }
    Ok(false)
}

fn ping(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(answer == *b"+PONG")
}

/// This program once more, as one of the two shops.
pub(crate) struct Worker {
    name: &'static str,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _process: Guarded,
}

impl Worker {
    pub(crate) fn start(name: &'static str, redis: u16, prices: &Path) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["worker", &format!("redis://127.0.0.1:{redis}")]).arg(prices);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Guarded(command.spawn()?);
        let gone = || io::Error::other("a process without pipes");
        let questions = process.0.stdin.take().ok_or_else(gone)?;
        let answers = BufReader::new(process.0.stdout.take().ok_or_else(gone)?).lines();
        Ok(Self { name, questions, answers, _process: process })
    }

    /// Asks it to do something, and prints what it answers.
    pub(crate) fn say(&mut self, question: &str) -> Result<(), Box<dyn Error>> {
        writeln!(self.questions, "{question}")?;
        let answer = self.answers.next().ok_or_else(|| format!("{} has ended", self.name))??;
        println!("  {}: {answer}", self.name);
        Ok(())
    }
}
