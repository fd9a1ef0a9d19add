//! What an address names: one server, the nodes of a cluster, or sentinels.

/// Where to begin. Users, passwords and databases are those of the servers, also in the addresses of sentinels.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Origin {
    One(String),
    Cluster(Vec<String>),
    Sentinels { name: String, addresses: Vec<String> },
}

pub(super) const NO_ADDRESS: &str = "not an address of a Redis server";
const NO_SLASHES: &str =
    "not an address of a Redis server: `//` is missing, as in redis://host:6379/0";

impl Origin {
    /// What an address names by itself: `redis://..`, `redis+cluster://..` or `redis+sentinel://..`.
    pub(super) fn of(address: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = address.split_once("://").ok_or(NO_SLASHES)?;
        let Some((scheme, kind)) = scheme.split_once('+').filter(|(_, kind)| *kind != "unix")
        else {
            return Ok(Self::One(address.to_owned()));
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) =
            authority.rfind('@').map_or(("", authority), |at| authority.split_at(at + 1));
        if user.matches('@').count() > 1 {
            return Err(
                "a user and a password for all hosts stand before the first; @ in a password is %40",
            );
        }
        let each = |path: &str| {
            hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}")).collect()
        };
        let (name, database) = path.split_once('/').unwrap_or((path, ""));
        match (kind, name) {
            ("cluster", "" | "0") if database.is_empty() => Ok(Self::Cluster(each(""))),
            ("cluster", _) => Err("a cluster has no databases"),
            ("sentinel", "") => Err("sentinels without a name: redis+sentinel://host/name"),
            ("sentinel", name) => {
                let addresses = each(&format!("/{database}"));
                Ok(Self::Sentinels { name: name.to_owned(), addresses })
            }
            _ => Err(NO_ADDRESS),
        }
    }
}

/// What may be wrong with the address of one server, which could not be read. Nothing of it is repeated.
pub(super) fn flaw(address: &str) -> &'static str {
    let Some((scheme, rest)) = address.split_once("://") else { return NO_SLASHES };
    if scheme.ends_with("unix") {
        return NO_ADDRESS;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if path.contains('@') {
        return "not an address of a Redis server: / and ? in a password are %2F and %3F";
    }
    let place = authority.rsplit('@').next().unwrap_or_default();
    // In `[::1]` colons are no sign of a port.
    let (host, port) = match place.rfind(':').filter(|at| !place[*at..].contains(']')) {
        Some(at) => (&place[..at], Some(&place[at + 1..])),
        None => (place, None),
    };
    if host.is_empty() {
        return "not an address of a Redis server: the host is missing, as in redis://host:6379/0";
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return "not an address of a Redis server: the port is no number up to 65535";
    }
    let database = path.split('?').next().unwrap_or_default().trim_matches('/');
    if !database.is_empty() && database.parse::<i64>().is_err() {
        return "not an address of a Redis server: the database is no number, as in redis://host:6379/0";
    }
    NO_ADDRESS
}

/// An address of a sentinel with the port that sentinels have, if it has none.
pub(super) fn of_sentinel(address: &str) -> String {
    let begin = address.find("://").map_or(0, |at| at + 3);
    let end = address[begin..].find('/').map_or(address.len(), |at| begin + at);
    let host = address[begin..end].rfind('@').map_or(begin, |at| begin + at + 1);
    // In `[::1]` colons are no sign of a port.
    let after = address[host..end].rfind(']').map_or(host, |at| host + at);
    if host == end || address[after..end].contains(':') {
        return address.to_owned();
    }
    format!("{}:26379{}", &address[..end], &address[end..])
}

#[cfg(test)]
mod tests {
    use super::{Origin, of_sentinel};

    #[test]
    fn one_address_of_many_hosts_is_many_addresses() {
        let of = |address| Origin::of(address).ok();
        let cluster = |addresses: &[&str]| {
            Some(Origin::Cluster(addresses.iter().map(ToString::to_string).collect()))
        };
        assert!(of("redis+cluster://h") == cluster(&["redis://h"]));
        assert!(
            of("rediss+cluster://u:p%40@a:1,[::1]:2/0")
                == cluster(&["rediss://u:p%40@a:1", "rediss://u:p%40@[::1]:2"])
        );
        let addresses = vec!["redis://:p@a/2".to_owned(), "redis://:p@b:1/2".to_owned()];
        let name = "main".to_owned();
        assert!(
            of("redis+sentinel://:p@a,b:1/main/2") == Some(Origin::Sentinels { name, addresses })
        );
        for wrong in [
            "h",
            "redis+x://h",
            "redis+cluster://h/1",
            "redis+sentinel://h/",
            "redis+cluster://:p@a,:p@b",
            "redis+sentinel://u:p@a,u:q@b/n",
        ] {
            assert!(of(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn sentinels_have_a_port_of_their_own() {
        assert_eq!(of_sentinel("redis://u:p@h/2"), "redis://u:p@h:26379/2");
        assert_eq!(of_sentinel("redis://[::1]"), "redis://[::1]:26379");
        for whole in ["redis://u:p@h:1/2", "redis://[::1]:1", "redis://", ""] {
            assert_eq!(of_sentinel(whole), whole);
        }
    }
}
