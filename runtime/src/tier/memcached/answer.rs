//! What a memcached server answers.

use bytes::Bytes;
use std::io;

/// The answer to one command: values, if it asked for some, and the line at the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The values that were found, with their names.
    pub(super) values: Vec<(Bytes, Bytes)>,
    /// `END`, `STORED`, or what went wrong.
    pub(super) line: Vec<u8>,
}

/// No line of an answer is longer.
const MAX_LINE: usize = 1024;
/// No value is longer: a server may be told to take more than 1 MB, but not this.
const MAX_VALUE: usize = 128 << 20;

/// Takes from the front of `bytes` what belongs to `answer`, as far as it has come, and returns whether that is all of it.
///
/// An error means that this is no answer. What follows cannot be understood then.
pub(super) fn take_answer(bytes: &mut Vec<u8>, answer: &mut Answer) -> io::Result<bool> {
    let mut taken = 0;
    let whole = loop {
        let Some(line) = line(&bytes[taken..])? else { break false };
        let after = taken + line.len() + 2;
        let Some(head) = line.strip_prefix(b"VALUE ") else {
            answer.line = line.to_vec();
            taken = after;
            break true;
        };
        let (name, len) = name_and_len(head).ok_or_else(nonsense)?;
        let Some(value) = bytes.get(after..after + len + 2) else { break false };
        let value = value.strip_suffix(b"\r\n").ok_or_else(nonsense)?;
        answer.values.push((Bytes::copy_from_slice(name), Bytes::copy_from_slice(value)));
        taken = after + len + 2;
    };
    bytes.drain(..taken);
    Ok(whole)
}

/// The first line, without its end; `None` when that has not come yet.
fn line(bytes: &[u8]) -> io::Result<Option<&[u8]>> {
    let start = &bytes[..bytes.len().min(MAX_LINE)];
    match start.windows(2).position(|end| end == b"\r\n") {
        Some(len) => Ok(Some(&bytes[..len])),
        None if bytes.len() >= MAX_LINE => Err(nonsense()),
        None => Ok(None),
    }
}

/// Of `name flags length`.
fn name_and_len(head: &[u8]) -> Option<(&[u8], usize)> {
    let mut words = head.split(|&byte| byte == b' ');
    let (name, _flags, len) = (words.next()?, words.next()?, words.next()?);
    let len = str::from_utf8(len).ok()?.parse().ok()?;
    (len <= MAX_VALUE).then_some((name, len))
}

fn nonsense() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::{Answer, take_answer};

    fn answer(values: &[(&'static str, &'static str)], line: &str) -> Answer {
        let values = values.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        Answer { values, line: line.as_bytes().to_vec() }
    }

    #[test]
    fn an_answer_is_understood_wherever_it_is_cut() {
        let sent = b"VALUE a 0 3\r\nx\r\n\r\nVALUE b 0 0\r\n\r\nEND\r\nSTORED\r\n";
        let first = answer(&[("a", "x\r\n"), ("b", "")], "END");
        for cut in 0..sent.len() {
            let mut read = Answer::default();
            let mut bytes = sent[..cut].to_vec();
            let whole = take_answer(&mut bytes, &mut read).unwrap();
            bytes.extend_from_slice(&sent[cut..]);
            assert!(whole || take_answer(&mut bytes, &mut read).unwrap());
            assert_eq!(read, first);
            let mut read = Answer::default();
            assert!(take_answer(&mut bytes, &mut read).unwrap());
            assert_eq!((read, bytes.len()), (answer(&[], "STORED"), 0));
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let long = [b'x'; 2000];
        let wrong: [&[u8]; 5] = [
            b"VALUE a 0 99999999999999\r\n",
            b"VALUE a 0 -1\r\n",
            b"VALUE a\r\n",
            b"VALUE a 0 1\r\nxyz",
            &long,
        ];
        for sent in wrong {
            assert!(take_answer(&mut sent.to_vec(), &mut Answer::default()).is_err());
        }
    }
}
