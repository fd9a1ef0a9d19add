#!/usr/bin/env bash
# Runs the scenarios of runtime/src/model and of runtime/src/store/scenarios.rs under both model checkers.
#
# loom tries every order of events, up to a number of stops where there are too many: LOOM_MAX_PREEMPTIONS and
# LOOM_MAX_DURATION (seconds for each scenario) change that. shuttle takes LARDER_RUNS orders of each by chance, and as
# many by PCT; it prints its LARDER_SEED, and on a failure a schedule, which LARDER_SCHEDULE replays: the text or a file.
#
#     tests/models.sh                      both
#     tests/models.sh loom                 one of them
#     tests/models.sh shuttle updates      the scenarios with this in their names
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=line-tables-only
target=${CARGO_TARGET_DIR:-target}
# What is fewer than this has lost its threads.
least=1000

# model CHECKER [NAME]: builds the scenarios with a checker and runs them.
model() {
    local log
    log=$(mktemp)
    RUSTFLAGS="--cfg larder_model --cfg larder_model=\"$1\"" CARGO_TARGET_DIR=$target/$1 \
        cargo test --quiet -p larder --lib -- --nocapture --test-threads=1 ${2:-scenarios flights} 2>&1 |
        tee "$log" | grep -v '^LARDER_SEED\|^ok$\|^$' || { cat "$log"; exit 1; }
    local runs
    runs=$(grep -o 'model .*: [0-9]* runs' "$log" | awk '{ runs += $(NF - 1) } END { print runs + 0 }')
    rm "$log"
    echo "$1: $runs runs in all"
    if [ "$runs" -lt "$least" ]; then
        echo "$1: fewer than $least runs: the models are empty"
        exit 1
    fi
}

for checker in ${1:-loom shuttle}; do
    model "$checker" "${2:-}"
done
