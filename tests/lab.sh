#!/usr/bin/env bash
# The nightly target: installs what the lab needs, and carries the shipped runbooks out in it. As root,
# on Debian and its kin; elsewhere install the programs it names by hand. See docs/lab.md.
# `bash tests/lab.sh NAME…` does only some of it.
set -euo pipefail
cd "$(dirname "$0")/.."

needed=()
need() { [ -x "/usr/sbin/$1" ] || [ -x "/usr/bin/$1" ] || [ -x "/bin/$1" ] || [ -x "/usr/local/bin/$1" ] || needed+=("$2"); }
need cc build-essential
need dockerd docker.io
need docker docker.io
need sshd openssh-server
need ssh-keygen openssh-client
need haproxy haproxy
need socat socat
# Images hold nothing but it: it must need no libraries.
busybox="$(command -v busybox || true)"
{ [ -n "$busybox" ] && ! ldd "$busybox" >/dev/null 2>&1; } || needed+=(busybox-static)
need sudo sudo
need ip iproute2
need iptables iptables
need script bsdutils
need curl curl
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || needed+=(postgresql)
if [ ${#needed[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || { echo "please install: ${needed[*]}" >&2; exit 1; }
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${needed[@]}"
fi
command -v cargo >/dev/null || { echo "please install Rust 1.95 or newer: https://rustup.rs" >&2; exit 1; }

cargo build --locked --bin rutter --example lab
lab=target/debug/examples/lab
flagship=ha-windows-worker-rolling-reboot
trap '$lab down' EXIT

# What is left must be nothing, however far `up` had come.
nothing_left() {
    [ -z "$($lab status)" ] && [ ! -e "/var/tmp/rutter-lab${RUTTER_LAB:-}" ] &&
        ! ip netns | grep -q "^rlab${RUTTER_LAB:-}-" && ! grep -q "/var/tmp/rutter-lab${RUTTER_LAB:-}/" /proc/mounts
}

step() { printf '\n=== %s\n' "$*"; }

ending() {
    step "down, after an up that was killed half way, and twice in a row"
    $lab down
    $lab up & up=$!
    sleep "$((RANDOM % 12)).5"
    kill -KILL "$up" 2>/dev/null || true
    wait "$up" || true
    $lab down
    nothing_left
    $lab down
    nothing_left
}

shows() {
    step "SIGTERM, approvals from other terminals, a guard that denies, a lease"
    $lab up
    $lab show all
}

cycle() {
    step "the flagship, unchanged, for five tenants under load"
    $lab run "$flagship"
}

twice() {
    step "the same for two tenants, with an update that needs a second reboot, and Azure that answers 429 to each third read"
    $lab run "$flagship" --tenants 2 --reboots-needed 2 --throttle 2
}

killed() {
    step "the same, with the runner killed at three random moments"
    $lab run "$flagship" --kill 3
}

unguarded() {
    step "the same without its safeguards: requests must fail"
    $lab run "$flagship" --without-safeguards
}

rolling() {
    step "the rolling WebDeploy behind HAProxy: whole, with a server that fails, with the runner killed, without its safeguards"
    $lab run iis-webdeploy-rolling
    $lab run iis-webdeploy-rolling --failing Server2
    $lab run iis-webdeploy-rolling --kill 3
    $lab run iis-webdeploy-rolling --without-safeguards
}

slots() {
    step "a swap with preview under load; cancelled by a person; without its safeguards"
    $lab down
    $lab run webapp-swap-with-preview
    $lab show cancel
    $lab run webapp-swap-with-preview --without-safeguards
    $lab down
}

kodiai() {
    step "the graceful restart deploy: whole, with rows stuck in processing, with a build that can't start, without its safeguards"
    $lab down
    $lab run graceful-restart-deploy
    $lab run graceful-restart-deploy --turn stuck
    $lab run graceful-restart-deploy --turn rollback
    $lab run graceful-restart-deploy --without-safeguards
    $lab down
}

all=(ending cycle twice killed unguarded shows slots rolling kodiai)
for what in "${@:-${all[@]}}"; do "$what"; done
$lab down
nothing_left
