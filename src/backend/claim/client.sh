# The client: looks at the generations of a claim, follows the newest one, and starts a supervisor
# where there is none. All it knows it tells in marks on stderr; it may be killed at any time.
rt_mask=$(umask)
umask 077
rt_tell() { printf '%s: %s\n' "$rt_word" "$*" >&2; }
# A folder of ours that nobody else may look into.
rt_own() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(LC_ALL=C ls -ldn "$1" 2>/dev/null) in drwx------*) return 0;; esac
  return 1
}
# 1: no place there. 2: a place that must not be used, or that has this claim and can't be written.
rt_home() {
  case ${XDG_STATE_HOME-} in
  /*) rt_b=$XDG_STATE_HOME;;
  *) case ${HOME-} in /*) rt_b=$HOME/.local/state;; *) return 1;; esac;;
  esac
  rt_b=$rt_b/rutter/claims
  [ -d "$rt_b" ] || [ -L "$rt_b" ] || mkdir -p "$rt_b" 2>/dev/null || return 1
  rt_own "$rt_b" || return 2
  [ -w "$rt_b" ] && return 0
  [ -d "$rt_b/$rt_key" ] && return 2
  return 1
}
rt_spare() {
  rt_u=$(id -u) || return 2
  rt_b=$rt_var/rutter-$rt_u
  mkdir "$rt_b" 2>/dev/null
  rt_own "$rt_b" || return 2
  rt_b=$rt_b/claims
  mkdir "$rt_b" 2>/dev/null
  rt_own "$rt_b" && [ -w "$rt_b" ] || return 2
}
# Where this claim already is counts first.
rt_base() {
  for rt_f in "$rt_var"/rutter-*/claims/"$rt_key"; do
    [ -d "$rt_f" ] && [ -O "$rt_f" ] && { rt_spare; return; }
  done
  rt_home && return
  [ $? = 1 ] && rt_spare
}
rt_alive() {
  [ "$rt_pb" = "$rt_boot" ] && kill -0 "$rt_p" 2>/dev/null && rt_started "$rt_p" && [ "$rt_start" = "$rt_ps" ]
}
rt_who() { { read -r rt_p rt_pb rt_ps rt_ph rt_pw <"$1"; } 2>/dev/null; }
rt_lost() { rt_s=lost rt_why=$*; }
# What became of a generation that has a supervisor; nothing when it never began and never will.
rt_claimed() {
  [ "$rt_pw" = "$rt_what" ] || { rt_lost other; return; }
  [ -f "$rt_g/rc" ] && { rt_s=over; return; }
  [ -d "$rt_g/void" ] && return
  [ "$rt_ph" = "$rt_host" ] || { rt_lost host "$rt_ph"; return; }
  rt_alive && { rt_s=runs; return; }
# It is dead, so what it wrote is all there will be.
  [ -f "$rt_g/rc" ] && { rt_s=over; return; }
  [ -d "$rt_g/void" ] && return
  [ "$rt_pb" = "$rt_boot" ] || { rt_lost boot "$rt_p"; return; }
  [ -f "$rt_g/begun" ] || return
  rt_l=
  { read -r rt_l <"$rt_g/group"; } 2>/dev/null && kill -0 "-$rt_l" 2>/dev/null || rt_l=
  rt_lost dead "$rt_p" "$rt_l"
}
# A generation without a supervisor: one of the candidates has it, as long as one of them lives.
rt_candidates() {
  for rt_f in "$rt_g".pid.*; do
    rt_who "$rt_f" || continue
    [ "$rt_ph" = "$rt_host" ] || { rt_lost host "$rt_ph"; return; }
    rt_alive && { rt_s=wait; return; }
  done
  rt_who "$rt_g/pid" && rt_s=wait
}
rt_look() {
  rt_k=1
  while rt_g=$rt_d/$rt_k; [ -d "$rt_g" ]; do
    rt_s=
    if rt_who "$rt_g/pid"; then rt_claimed; else rt_candidates; fi
    [ -n "$rt_s" ] && return
    rt_k=$((rt_k + 1))
  done
  rt_s=none
}
# What was printed since the last look: the open files keep the place.
rt_show() {
  if [ "$rt_open" != "$rt_k" ]; then
    [ -f "$rt_g/out" ] && [ -f "$rt_g/err" ] || return 0
    exec 4<"$rt_g/out" 5<"$rt_g/err"
    rt_open=$rt_k
  fi
  [ -s "$rt_g/out" ] && cat <&4
  [ -s "$rt_g/err" ] && cat <&5 >&2
  return 0
}
rt_group() {
  [ "$rt_told" != "$rt_k" ] && { read -r rt_l <"$rt_g/group"; } 2>/dev/null || return 0
  rt_tell group "$rt_l"
  rt_told=$rt_k
}
rt_over() {
  [ -f "$rt_g/out" ] && [ -f "$rt_g/err" ] || { rt_tell lost cleared; return; }
  rt_show
  rt_l=
  { read -r rt_l <"$rt_g/rc"; } 2>/dev/null
  case $rt_l in ''|*[!0-9]*) rt_tell lost blank; return;; esac
  [ -f "$rt_g/cut" ] || { rt_tell exited "$rt_l"; return; }
  rt_l=
  { read -r rt_l <"$rt_g/cut"; } 2>/dev/null
  rt_tell cut "$rt_l"
}
rt_nap() {
  rt_i=$((rt_i + 1))
  rt_l=0.5
  [ $rt_i -lt 600 ] && rt_l=0.2
  [ $rt_i -lt 30 ] && rt_l=0.1
  [ $rt_i -lt 12 ] && rt_l=0.05
  [ $rt_i -lt 6 ] && rt_l=0.02
  sleep $rt_l 2>/dev/null || sleep 1
}
# 9: no supervisor has it.
rt_pursue() {
  rt_i=0 rt_open= rt_told=
  while :; do
    rt_look
    case $rt_s in
    none) return 9;;
    over) rt_over; return 0;;
    lost) rt_show; rt_tell lost "$rt_why"; return 0;;
    runs) rt_group; rt_show;;
    esac
    rt_nap
  done
}
rt_launch() {
  $rt_setsid sh -c "$rt_common
$rt_supervisor" sh "$rt_d" "$rt_k" "$rt_n" "$rt_secs" "$rt_mask" "$rt_end" "$rt_what" "$rt_shell" "$rt_command" 2>/dev/null
}
rt_hear() {
  rt_h=
  read -r rt_h
  case $rt_h in
  unfit|short) rt_tell $rt_h; return 0;;
  claimed) read -r rt_h;;
  esac
  rt_pursue
}
rt_main() {
  rt_base || { rt_tell unfit; return; }
  rt_d=$rt_b/$rt_key
  mkdir -p "${rt_d%/*}/fence/$rt_n" "$rt_d" 2>/dev/null || { rt_tell unfit; return; }
  rt_newer && { rt_tell fenced; return; }
  rt_pursue
  rt_e=$? rt_t=0
  while [ $rt_e = 9 ]; do
    rt_t=$((rt_t + 1))
    [ $rt_t = 6 ] && { rt_tell unfit; return; }
    rt_newer && { rt_tell fenced; return; }
    rt_look
    [ $rt_s = none ] || { rt_pursue; rt_e=$?; continue; }
    rt_launch | ( rt_hear )
    rt_e=$?
  done
}
rt_main
