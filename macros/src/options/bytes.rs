//! Sizes as people write them: `64MiB`, `1.5 GB`, `512B`.

use super::duration::split;
use crate::diagnostics::listed;

/// Units with their length in bytes. Each may be written in lower case too.
const UNITS: &[(&str, u128)] = &[
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads a size, in whole bytes; on failure says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("this size is empty".to_owned());
    }
    let (number, behind) = split(text, |c| c.is_ascii_digit() || c == '.');
    let unit = unit(number, behind.trim_start(), text)?;
    let bytes = scaled(number, unit)?;
    u64::try_from(bytes).map_err(|_| "this size is too large".to_owned())
}

/// How many bytes the unit has.
fn unit(number: &str, unit: &str, text: &str) -> Result<u128, String> {
    if number.is_empty() {
        return Err(format!("a number is missing before `{text}`"));
    }
    if unit.is_empty() {
        return Err(format!("`{number}` of what? The unit is missing"));
    }
    let is_meant = |name: &str| unit == name || unit == name.to_ascii_lowercase();
    let known = UNITS.iter().find(|(name, _)| is_meant(name));
    known.map(|(_, bytes)| *bytes).ok_or_else(|| {
        let units = listed(UNITS.iter().map(|(name, _)| *name));
        format!("`{unit}` is no unit of size; the units are {units}")
    })
}

/// `number` times `unit`, without what is less than a byte.
fn scaled(number: &str, unit: u128) -> Result<u128, String> {
    let bad = || format!("`{number}` is no number");
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    let digits = u32::try_from(fraction.len()).ok().filter(|digits| *digits <= 18);
    let divisor = 10_u128.pow(digits.ok_or_else(bad)?);
    let fraction: u64 = fraction.parse().map_err(|_| bad())?;
    Ok(u128::from(whole) * unit + u128::from(fraction) * unit / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, expected) in [
            ("512B", 512),
            ("64MiB", 64 << 20),
            ("64 mib", 64 << 20),
            ("  64\tMiB ", 64 << 20),
            ("100MB", 100_000_000),
            ("100kb", 100_000),
            ("1.5GiB", 3 << 29),
            ("0.5KB", 500),
            ("0.1KiB", 102),
            ("2TiB", 2 << 40),
            ("3tb", 3_000_000_000_000),
            ("16777215TiB", 16_777_215 << 40),
            ("0B", 0),
            ("0.9B", 0),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else_with_a_reason() {
        for (text, reason) in [
            ("", "empty"),
            ("64", "unit is missing"),
            ("MiB", "number is missing"),
            ("-1MB", "number is missing"),
            ("64M", "`B`, `KB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`"),
            ("64MIB", "no unit"),
            ("64Mb", "no unit"),
            ("1GB 1MB", "no unit"),
            ("1_000MB", "no unit"),
            ("1..5MB", "no number"),
            (".5MB", "no number"),
            ("1.MB", "no number"),
            ("0.0000000000000000000000001GB", "no number"),
            ("16777216TiB", "too large"),
            ("99999999999999999999TB", "no number"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
