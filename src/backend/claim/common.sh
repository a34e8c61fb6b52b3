# What the client and the supervisor share. All names begin with rt_, so that none of the user's variables is one of them.
rt_boot=- rt_host=-
[ -r /proc/sys/kernel/random/boot_id ] && read -r rt_boot </proc/sys/kernel/random/boot_id
if [ -r /proc/sys/kernel/hostname ]; then read -r rt_host </proc/sys/kernel/hostname; else rt_host=$(uname -n); fi
rt_setsid=
command -v setsid >/dev/null 2>&1 && rt_setsid=setsid
# When a process began, counted from the boot; false when it is over.
rt_started() {
  rt_start=-
  [ -r /proc/self/stat ] || return 0
  { read -r rt_l <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${rt_l##*") "}
  case $1 in Z|X) return 1;; esac
  shift 19
  rt_start=$1
}
# Whether a newer runner has this run.
rt_newer() {
  for rt_f in "${rt_d%/*}"/fence/*; do
    [ "${rt_f##*/}" -gt "$rt_n" ] 2>/dev/null && return 0
  done
  return 1
}
