//! Which name somebody may have meant.

/// The one of `known` that looks most like `name`.
pub(crate) fn nearest(name: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    known.into_iter().min_by_key(|known| strsim::damerau_levenshtein(name, known))
}

/// The one of `known` that `name` looks like a slip of: a letter in three is another one, or one in all. `None` where all are
/// so far away that none was meant.
pub(crate) fn near(name: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let most = (name.chars().count() / 3).max(1);
    nearest(name, known).filter(|near| strsim::damerau_levenshtein(name, near) <= most)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn what_is_far_away_was_not_meant() {
        let near = |name| near(name, ["TTL", "DISK", "TIME_OUT"].map(str::to_owned));
        assert_eq!(near("TIMEOUT").as_deref(), Some("TIME_OUT"));
        assert_eq!(near("DISC").as_deref(), Some("DISK"));
        assert_eq!(near("TLL").as_deref(), Some("TTL"));
        assert_eq!((near("FOO"), near("DB"), near("")), (None, None, None));
    }
}
