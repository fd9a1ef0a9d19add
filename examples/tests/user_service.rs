//! Runs the tour and looks for what it promises.

use std::process::Command;

#[test]
fn the_tour_shows_what_it_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_user_service")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");

    let steps = [
        "user(1) = Ada Lovelace Loaded { took: ",
        "user(1) = Ada Lovelace Hit { tier: \"memory\", age: ",
        "100 answers, 1 query\n",
        "user(404): there is no user 404\n  user(404): there is no user 404\n  2 queries\n",
        "user(1) = Ada Lovelace\n  user(1) = Augusta Ada King\n",
        "user(3).peek() = None\n",
        "user(3).peek() = Some(User { name: \"Edsger Dijkstra\" }) after .prime(..)\n",
        "user(3).bypass() = Edsger W. Dijkstra\n",
        "user(3).use_cache(false) = Edsger W. Dijkstra\n",
        "coalesced  99\n",
        "The database was asked 8 times.\n",
    ];
    let mut rest = text.as_str();
    for step in steps {
        rest = rest.split_once(step).unwrap_or_else(|| panic!("no `{step}` in:\n{text}")).1;
    }
}
