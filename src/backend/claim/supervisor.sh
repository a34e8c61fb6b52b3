# The supervisor: takes one generation of a claim, carries the command out, and records its end.
# It is in a session of its own, and holds nothing of the client but a pipe for a few words.
rt_d=$1 rt_k=$2 rt_n=$3 rt_secs=$4 rt_mask=$5 rt_end=$6 rt_what=$7 rt_shell=$8 rt_command=$9
rt_g=$rt_d/$rt_k
rt_say() { ( printf '%s\n' "$1" ) 2>/dev/null; }
rt_flush() { sync "$@" 2>/dev/null || sync; }
# A printf that is a program would show its arguments to everybody; ksh has print.
rt_put() {
  case $(command -v printf) in
  printf) printf %s "$rt_input";;
  *) print -rn -- "$rt_input";;
  esac
}
# Whether anything of the command is there: what belongs to another user can only be seen.
rt_left() {
  rt_l=$(LC_ALL=C kill -0 "$rt_t" 2>&1) && return 0
  case $rt_l in *ermitted*) return 0;; esac
  return 1
}
rt_signal() {
  kill "-$1" "$rt_t" 2>/dev/null && return
  sudo -n kill "-$1" "$rt_t" </dev/null >/dev/null 2>&1
}
# Ends the command when its time is over. Of one that is not over at once the client hears, so that it looks for output.
rt_watch() {
  trap 'kill $! 2>/dev/null; exit 0' TERM
  sleep 0.1 >/dev/null 2>&1 &
  wait $!
  rt_say long
  exec >/dev/null
  sleep "$rt_secs" &
  wait $!
  trap '' TERM
  : >"$rt_g/cut"
  rt_i=0
  until { read -r rt_t <"$rt_g/$rt_file"; } 2>/dev/null; do
    rt_i=$((rt_i + 1))
    [ $rt_i = 50 ] && return
    sleep 0.1 2>/dev/null || sleep 1
  done
  [ $rt_file = group ] && rt_t=-$rt_t
  rt_signal TERM
  rt_i=0
  while rt_left; do
    rt_i=$((rt_i + 1))
    case $rt_i in 20) rt_signal KILL;; 40) printf 'left\n' >"$rt_g/cut"; return;; esac
    sleep 0.1 2>/dev/null || sleep 1
  done
}
# The command, in its own session, with the user's own umask; then its exit code, durably, and whole or not at all.
rt_carry() {
  ( rt_watch ) </dev/null &
  rt_w=$!
  $rt_setsid sh -c 'printf "%s\n" "$$" >"$1"; umask "$2"; exec "$3" -c "$4"' sh "$rt_g/$rt_file" "$rt_mask" "$rt_shell" "$rt_command" >"$rt_g/out" 2>"$rt_g/err"
  rt_c=$?
  [ -f "$rt_g/cut" ] || kill "$rt_w" 2>/dev/null
  wait "$rt_w" 2>/dev/null
  rt_i=0
  until { printf '%s\n' "$rt_c" >"$rt_g/.rc"; } 2>/dev/null; do
    rt_i=$((rt_i + 1))
    [ $rt_i = 600 ] && exit 1
    sleep 1
  done
  rt_flush "$rt_g/out" "$rt_g/err" "$rt_g/.rc"
  mv "$rt_g/.rc" "$rt_g/rc"
  rt_say over
}
# Once a day: the output of what ended over 30 days ago goes, and after a year all of it. What has not ended stays.
rt_prune() {
  cd "${rt_d%/*/*}" || return
  [ -n "$(find .pruned -mtime -1 2>/dev/null)" ] && return
  : >.pruned
  find . -name rc -type f -mtime +365 -exec sh -c 'for r; do rm -rf "${r%/*/rc}"; done' sh {} +
  find . -name rc -type f -mtime +30 -exec sh -c 'for r; do rm -f "${r%rc}out" "${r%rc}err"; done' sh {} +
  for rt_f in */; do
    set -- "$rt_f"*
    [ "$*" = "${rt_f}fence" ] && [ -n "$(find "$rt_f" -prune -mtime +30)" ] && rm -rf "$rt_f"
  done
}
# Nothing begins before all of its input is here; the last word of it says so.
if [ -n "$rt_end" ]; then
  rt_input=$(cat)
  case $rt_input in
  *"$rt_end") rt_input=${rt_input%"$rt_end"};;
  *) rt_say short; exit;;
  esac
fi
exec </dev/null
rt_file=group
[ -n "$rt_setsid" ] || { rt_file=lone; trap '' HUP; }
rt_started $$
# Who may win stands there before anybody wins: one line, which counts when all of it is there.
rt_mine=$rt_d/$rt_k.pid.$$
rt_me="$$ $rt_boot $rt_start $rt_host $rt_what"
{ printf '%s\n' "$rt_me" >"$rt_mine"; } 2>/dev/null || { rt_say unfit; exit; }
if ! mkdir "$rt_g" 2>/dev/null; then
  rm -f "$rt_mine"
  if [ -d "$rt_g" ]; then rt_say held; else rt_say unfit; fi
  exit
fi
printf '%s\n' "$rt_me" >"$rt_g/pid" || exit
rt_say claimed
# From here on a crash of the machine is told from "never began".
rt_flush "$rt_g/pid" "$rt_g" "$rt_d"
# A newer runner may have come in the meantime; it finds that this one never began.
rt_newer && { mkdir "$rt_g/void"; exit; }
: >"$rt_g/out"
: >"$rt_g/err"
: >"$rt_g/begun"
if [ -n "$rt_end" ]; then rt_put | rt_carry; else rt_carry; fi
( rm -f "$rt_mine"; rt_flush "$rt_g"; rt_prune ) >/dev/null 2>&1 &
