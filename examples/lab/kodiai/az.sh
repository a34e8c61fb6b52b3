# az containerapp logs show, as far as the runbook asks for it.

[ "$1 $2 $3" = "containerapp logs show" ] || { echo "ERROR: '$*' is misspelled or not recognized" >&2; exit 2; }
shift 3
revision= tail=20 type=console
while [ $# -gt 0 ]; do
  case $1 in
    --revision) revision=$2 ;;
    --tail) tail=$2 ;;
    --type) type=$2 ;;
    -n | -g | --format) ;;
    *) echo "ERROR: unrecognized arguments: $1" >&2; exit 2 ;;
  esac
  shift 2
done

azure() {
  curl --silent --show-error --fail --cacert "$trust" --header "Authorization: Bearer $token" "$@"
}

if [ "$type" = system ]; then
  azure "$streams/eventstream?tailLines=$tail"
  exit
fi
replica=$(azure "$app/revisions/$revision/replicas?api-version=2025-01-01" |
  grep -o "\"name\":\"$revision-[^\"]*\"" | head -n 1 | cut -d '"' -f 4) || true
[ -n "$replica" ] || { echo "ERROR: No replicas found for revision '$revision'" >&2; exit 1; }
echo "$(date -u +%Y-%m-%dT%H:%M:%S) Connecting to the container 'ca-kodiai'..."
azure "$streams/revisions/$revision/replicas/$replica/containers/ca-kodiai/logstream?tailLines=$tail"
