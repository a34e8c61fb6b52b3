#!/usr/bin/env bash
# The nightly target: every scenario of every shipped world under every single fault, in a release build. See docs/faults.md.
# `bash tests/sweep.sh --pairs` goes on to every pair within the bound; with `--scenario 'two of the tenants'` that takes some
# minutes. Other options of `rutter test --faults` may stand there too.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked --release -q
target/release/rutter test runbooks examples/worlds/pool-restart.world --faults --stats "$@"
