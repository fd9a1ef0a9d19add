//! Durations as people write them: `60s`, `1h30m`, `1.5s`, `250ms`.

use crate::diagnostics::listed;
use std::time::Duration;

/// Units from the longest to the shortest, with their length in nanoseconds.
const UNITS: &[(&[&str], u128)] = &[
    (&["w", "week", "weeks"], 7 * 24 * 3600 * SECOND),
    (&["d", "day", "days"], 24 * 3600 * SECOND),
    (&["h", "hr", "hour", "hours"], 3600 * SECOND),
    (&["m", "min", "mins", "minute", "minutes"], 60 * SECOND),
    (&["s", "sec", "secs", "second", "seconds"], SECOND),
    (&["ms"], SECOND / 1_000),
    (&["us", "µs"], SECOND / 1_000_000),
    (&["ns"], 1),
];
const SECOND: u128 = 1_000_000_000;

/// Reads a duration; on failure says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("this duration is empty".to_owned());
    }
    let mut nanos = 0_u128;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let (number, behind) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, behind) = split(behind.trim_start(), char::is_alphabetic);
        let place = place(number, unit, rest)?;
        if place < next_unit {
            return Err(format!("`{unit}` is out of order: long units come first, each once"));
        }
        next_unit = place + 1;
        let part = scaled(number, UNITS[place].1)?;
        nanos = nanos.checked_add(part).ok_or("this duration is too long")?;
        rest = behind.trim_start();
    }
    let seconds = u64::try_from(nanos / SECOND).map_err(|_| "this duration is too long")?;
    let subsecond = u32::try_from(nanos % SECOND).map_err(|_| "this duration is too long")?;
    Ok(Duration::new(seconds, subsecond))
}

/// Which unit it is.
fn place(number: &str, unit: &str, rest: &str) -> Result<usize, String> {
    if number.is_empty() {
        return Err(format!("a number is missing before `{rest}`"));
    }
    if unit.is_empty() {
        return Err(format!("`{number}` of what? The unit is missing"));
    }
    let known = UNITS.iter().position(|(names, _)| names.contains(&unit));
    known.ok_or_else(|| {
        let units: Vec<_> = UNITS.iter().map(|(names, _)| names[0]).collect();
        format!("`{unit}` is no unit of time; the units are {}", listed(units))
    })
}

/// `number` times `unit`, exactly.
fn scaled(number: &str, unit: u128) -> Result<u128, String> {
    let bad = || format!("`{number}` is no number");
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u128 = whole.parse().map_err(|_| bad())?;
    let digits = u32::try_from(fraction.len()).ok().filter(|digits| *digits <= 18);
    let divisor = 10_u128.pow(digits.ok_or_else(bad)?);
    let fraction: u128 = fraction.parse().map_err(|_| bad())?;
    if !(fraction * unit).is_multiple_of(divisor) {
        return Err(format!("`{number}` is finer than a nanosecond"));
    }
    let whole = whole.checked_mul(unit).ok_or("this duration is too long")?;
    whole.checked_add(fraction * unit / divisor).ok_or_else(|| "this duration is too long".into())
}

/// What of the beginning of `text` belongs together, and the rest.
pub(super) fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, expected) in [
            ("60s", Duration::from_mins(1)),
            ("1h30m", Duration::from_mins(90)),
            ("1h 30m", Duration::from_mins(90)),
            ("250ms", Duration::from_millis(250)),
            ("1.5s", Duration::from_millis(1500)),
            ("1d", Duration::from_hours(24)),
            ("2 weeks", Duration::from_hours(14 * 24)),
            ("10us", Duration::from_micros(10)),
            ("10µs", Duration::from_micros(10)),
            ("7ns", Duration::from_nanos(7)),
            ("0s", Duration::ZERO),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else_with_a_reason() {
        for (text, reason) in [
            ("", "empty"),
            ("60", "unit is missing"),
            ("s", "number is missing"),
            ("60x", "`w`, `d`, `h`, `m`, `s`, `ms`, `us`, `ns`"),
            ("1m1h", "out of order"),
            ("1s1s", "out of order"),
            ("1..5s", "no number"),
            ("-5s", "number is missing"),
            ("0.5ns", "finer"),
            ("0.0000000000000000000000001s", "no number"),
            ("99999999999999999999999999999999999999w", "too long"),
            ("99999999999999999999999999999999999999999999w", "no number"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
