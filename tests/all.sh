#!/usr/bin/env bash
# Installs what is missing and passes all the tests. On Debian and its kin as root or with sudo;
# elsewhere install the programs it names by hand. The tests of ssh log in users of their own, in mount
# namespaces: in a container that takes `--privileged`.
set -euo pipefail
cd "$(dirname "$0")/.."

needed=()
command -v cc >/dev/null || needed+=(build-essential)
command -v dash >/dev/null || needed+=(dash)
command -v bash >/dev/null || needed+=(bash)
command -v busybox >/dev/null || needed+=(busybox)
[ -x /usr/sbin/sshd ] || command -v sshd >/dev/null || needed+=(openssh-server)
command -v ssh-keygen >/dev/null || needed+=(openssh-client)
command -v sudo >/dev/null || needed+=(sudo)
command -v tcsh >/dev/null || needed+=(tcsh)
[ -f /usr/share/i18n/charmaps/GBK.gz ] || needed+=(locales)
command -v git >/dev/null || needed+=(git)
command -v openssl >/dev/null || needed+=(openssl)
command -v script >/dev/null || needed+=(bsdutils)
if [ ${#needed[@]} -gt 0 ]; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    command -v apt-get >/dev/null || { echo "please install: ${needed[*]}" >&2; exit 1; }
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${needed[@]}"
fi
command -v cargo >/dev/null || { echo "please install Rust 1.95 or newer: https://rustup.rs" >&2; exit 1; }

cargo test --locked --all-targets
cargo test --locked --doc
