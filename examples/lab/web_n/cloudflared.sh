#!/bin/sh
# Starts cloudflared once caddy is in the swarm's DNS and the whole chain behind it answers.
# Until then the edge does not know of it.
trap 'exit 143' TERM

# Where cloudflared writes too: lines of two streams may change places in the daemon's log.
say() {
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >&2
}

# pause SECONDS: as sleep, but SIGTERM is heeded at once
pause() {
  sleep "$1" &
  wait $!
}

# await LIMIT WHAT COMMAND...: once a second, until it succeeds
await() {
  limit=$1 what=$2 waited=0
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$waited" -ge "$limit" ]; then
      say "timeout after ${limit}s waiting for $what"
      exit 1
    fi
    pause 1
    waited=$((waited + 1))
  done
}

await "${CADDY_LIMIT:-120}" "caddy DNS" nslookup "${ORIGIN%:*}"
say "caddy DNS resolved"
await "${ORIGIN_LIMIT:-1800}" "origin chain" timeout 5 wget -q -O /dev/null "http://$ORIGIN/api/healthcheck"
say "origin chain ready"
exec /lab part cloudflared
