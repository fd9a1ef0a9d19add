#!/usr/bin/env bash
# Plants one bug after the other (`planted!` in the sources) and runs a scenario that has to find it. Fails if one
# does not, or if a scenario fails without any bug.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only RUST_BACKTRACE=0
target=${CARGO_TARGET_DIR:-target}

# binary CHECKER: builds the scenarios with a checker. Where the program is.
binary() {
    RUSTFLAGS="--cfg larder_model --cfg larder_model=\"$1\"" CARGO_TARGET_DIR=$target/$1 \
        cargo test --quiet -p larder --lib --no-run --message-format=json |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1
}

loom=$(binary loom)
shuttle=$(binary shuttle)
missed=0

# planted BUG SCENARIO CHECKER...: the scenario has to fail with the bug and to pass without it.
planted() {
    local bug=$1 scenario=$2 checker begun=$SECONDS
    shift 2
    for checker in "$@"; do
        local program=${!checker} found=found
        (cd runtime && LARDER_PLANTED=$bug "$program" --test-threads=1 "$scenario" >/dev/null 2>&1) && found=MISSED
        (cd runtime && "$program" --test-threads=1 "$scenario" >/dev/null 2>&1) || found="FAILS ANYWAY"
        [ "$found" = found ] || missed=1
        printf '%-10s %-48s %-8s %s (%d s)\n' "$bug" "$scenario" "$checker" "$found" $((SECONDS - begun))
    done
}

# No second look below the lock before a load begins.
planted recheck two_callers_of_a_ready_body loom shuttle
# Those who wait are woken before the value is stored.
planted publish two_callers_of_a_slow_body loom shuttle
# Who leaves a flight does not say so.
planted seat a_caller_leaves loom shuttle
# A claim whose owner is gone stays.
planted solo a_weigher_panics loom shuttle
# Who waits is not woken when the body wanted to go on while it was being polled. Too rare for chance to find.
planted wheel a_caller_of_a_shared_body_is_held loom
# A write does not fence off the load that is under way.
planted stale an_invalidation_during_a_slow_load loom shuttle
# A place is given to another entry without looking who reads.
planted grace an_entry_is_replaced_and_its_place_used_again loom shuttle
# A reader believes that there is nothing while entries are being moved.
planted moves a_table_is_drained_and_filled_again loom shuttle
# A reader looks before everybody can see that he reads. Only a processor that reorders shows it, and so only loom.
planted fence an_entry_is_replaced_and_its_place_used_again loom

exit "$missed"
