# What the scripts share: HTTP with curl, and just enough JSON for flat reading with sed and awk. Nothing needs jq.
RDFE_URL=${RDFE_URL:-http://127.0.0.1:5080}
if [ -z "${RDFE_KEY:-}" ] && [ -r data/operator.key ]; then RDFE_KEY=$(cat data/operator.key); fi
: "${RDFE_KEY:?Set RDFE_KEY to the operator\'s key; the server printed it once, and keeps it in its data folder.}"

body='' operation='' deleted_by=()

title() { printf '\n%s\n' "$*"; }
say() { printf '  %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; exit 1; }
new_guid() {
  if [ -r /proc/sys/kernel/random/uuid ]; then cat /proc/sys/kernel/random/uuid
  else uuidgen | tr 'A-Z' 'a-z'; fi
}

# call METHOD PATH EXPECTED [curl arguments…]: sets body and operation; anything unexpected ends the script.
call() {
  local method=$1 path=$2 expected=$3 answer status; shift 3
  case $path in http*) ;; *) path=$RDFE_URL$path ;; esac
  answer=$(curl -sS -X "$method" -H "Authorization: Bearer $RDFE_KEY" -w '\n%{http_code}' "$@" "$path") || fail "$method $path: no answer"
  status=${answer##*$'\n'} body=${answer%$'\n'*}
  case " $expected " in *" $status "*) ;; *) fail "$method $path answered $status: $body" ;; esac
  operation=$(field operation <<<"$body")
}
get() { call GET "$1" 200; printf '%s' "$body"; }
put() { call PUT "$1" "$3" -H 'Content-Type: application/json' -d "$2"; }
put_file() { call PUT "$1" "$4" -H "Content-Type: $2" --data-binary "@$3"; }
post() { if [ -n "$2" ]; then call POST "$1" "$3" -H 'Content-Type: application/json' -d "$2"; else call POST "$1" "$3"; fi; }
delete() { call DELETE "$1" '202 204'; }

# Reading JSON. One token a line, then the member that is asked for. Nobody stops reading early: with pipefail, the
# one who writes would take the whole script down.
first() { awk 'NR == 1'; }
tokens() { grep -oE '"([^"\\]|\\.)*"|[][{}:,]|-?[0-9][0-9.eE+-]*|true|false|null' || true; }
unquote() { sed -e 's/^"//' -e 's/"$//' -e 's/\\"/"/g' -e 's/\\\\/\\/g' -e 's/^null$//'; }
# field NAME: the first member of that name, wherever it is.
field() { tokens | awk -v name="\"$1\"" 'found == 2 { print; found = 3 } found == 1 { found = ($0 == ":") ? 2 : 0 } !found && $0 == name { found = 1 }' | unquote; }
# members NAME: every member of that name.
members() { tokens | awk -v name="\"$1\"" 'found == 2 { print; found = 0; next } found == 1 { found = ($0 == ":") ? 2 : 0; next } $0 == name { found = 1 }' | unquote; }
# each_object NAME: the objects of the first array of that name, one a line.
each_object() { tokens | awk -v name="\"$1\"" '
  state == 0 { if ($0 == name) state = 1; next }
  state == 1 { if ($0 == "[") state = 2; else if ($0 != ":") state = 0; next }
  state == 2 { if (depth == 0 && $0 == "]") { state = 3; next }
    if ($0 == "{" || $0 == "[") depth++
    if (depth > 0) line = line $0
    if ($0 == "}" || $0 == "]") { depth--; if (depth == 0) { print line; line = "" } } }'; }
# each_text NAME: the strings of the first array of that name, one a line.
each_text() { tokens | awk -v name="\"$1\"" '
  state == 0 { if ($0 == name) state = 1; next }
  state == 1 { if ($0 == "[") state = 2; else if ($0 != ":") state = 0; next }
  state == 2 { if ($0 == "]") state = 3; else if ($0 != ",") print }' | unquote; }
# inner OBJECT NAME: a member of the object that is a member.
inner() { tokens | awk -v name="\"$1\"" 'seen { print } !seen && $0 == name { seen = 1 }' | tr '\n' ' ' | field "$2"; }
json_string() { awk 'BEGIN { printf "\"" } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/\r/, ""); printf "%s\\n", $0 } END { printf "\"" }'; }

# clock_runs: on a clock that stands still nothing that is asked for would ever end.
clock_runs() {
  local rate
  rate=$(get /fabric/clock | field rate) || exit 1
  if [ "$rate" = 0 ]; then
    fail "the fabric's clock stands still: PUT /fabric/clock { \"rate\": 60 } lets it run"
  fi
}

# wait_for URL: until the operation has ended; anything but success ends the script.
wait_for() {
  local status
  [ -n "$1" ] || return 0
  while :; do
    status=$(get "$1" | field status)
    case $status in
      succeeded) return 0 ;;
      failed | canceled) fail "the operation $status: $(get "$1")" ;;
    esac
    sleep 0.3
  done
}
# follow URL: the same, and then its steps with their fabric times.
follow() {
  wait_for "$1"
  get "$1" | each_object steps | while read -r step; do
    printf '    %-18s %s  %s\n' "$(field name <<<"$step")" "$(field status <<<"$step")" "$(field endedAt <<<"$step" | cut -c12-19)"
  done
}
instances() {
  get "$1/instances" | each_object value | while read -r instance; do
    printf '  %-14s %-9s UD %s  FD %-2s  %-28s %s\n' "$(field name <<<"$instance")" "$(field status <<<"$instance")" \
      "$(field updateDomain <<<"$instance")" "$(field faultDomain <<<"$instance")" "$(field node <<<"$instance")" "$(field dip <<<"$instance")"
  done
}
vm_image() { get '/fabric/images?top=1000' | each_object value | grep '"kind":"vm"' | first | field name; }
# scaled COUNT: a cscfg with another instance count for its first role.
scaled() { awk -v count="$1" '!done && /<Instances count=/ { sub(/count="[0-9]+"/, "count=\"" count "\""); done = 1 } { print }'; }

# On the way out, whatever happened: delete what this run made.
cleanup_of() {
  trap 'status=$?; trap - EXIT; set +e
    printf "\ncleaning up\n" >&2
    for n in 1 2 3; do (delete "'"$1"'/virtualMachines/front-$n" && wait_for "$operation") >/dev/null 2>&1; done
    (delete "'"$1/services/$2"'/deployments/production" && wait_for "$operation") >/dev/null 2>&1
    for path in /availabilitySets/front "/services/'"$2"'" /packages/shop ""; do (delete "'"$1"'$path") >/dev/null 2>&1; done
    exit $((status ? status : 1))' EXIT
}
