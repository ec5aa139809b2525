#!/usr/bin/env bash
# The whole life of a host update against a running server, with curl alone (docs/rollouts.md): published, previewed, approved; one
# owner does it at a moment of its own, another is told and lets it begin, a third has a window; and a bad one that is taken back.
#
#   RDFE_URL   where the server is       (http://127.0.0.1:5080)
#   RDFE_KEY   the operator's key        (data/operator.key of this repository)
#
# It moves the fabric's clock on by some days, for everybody. Stops at the first surprise with exit code 1, and leaves only what
# nodes have by then, and the story of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/rdfe.sh
clock_runs

number=$(date +%s)
box=$(new_guid) crate=$(new_guid) desk=$(new_guid)
declare -A owner=([box]=$box [crate]=$crate [desk]=$desk)
trap 'status=$?; trap - EXIT; set +e; printf "\ncleaning up\n" >&2; clean_up >/dev/null 2>&1; exit $((status ? status : 1))' EXIT
clean_up() {
  local name
  (call DELETE "/fabric/faults/bad-$number" '204 404')
  (call POST "/fabric/rollouts/good-$number/cancel" '200 202 404 409')
  (call POST "/fabric/rollouts/bad-$number/cancel" '200 202 404 409')
  (call DELETE "/subscriptions/$desk/maintenanceConfigurations/nights" '204 404')
  for name in box crate desk; do
    (delete "/subscriptions/${owner[$name]}/virtualMachines/$name" && wait_for "$operation")
    (delete "/subscriptions/${owner[$name]}")
  done
}

minute() { cut -c1-16 | sed 's/$/Z/'; }
now() { get /fabric/clock | field now | minute; }
advance() { post /fabric/clock/advance "{ \"by\": \"$1\" }" 202; wait_for "$operation"; }
advance_to() { post /fabric/clock/advance "{ \"to\": \"$1\" }" 202; wait_for "$operation"; }
# advance_until STEP TIMES WHAT COMMAND…: on and on, until the command says yes.
advance_until() {
  local step=$1 times=$2 what=$3 n; shift 3
  for ((n = 0; n < times; n++)); do
    if "$@"; then return; fi
    advance "$step"
  done
  fail "$what: not after $times times $step"
}
rollout_is() { [ "$(get "/fabric/rollouts/$1" | field status)" = "$2" ]; }
wave_is() { [ "$(get "/fabric/rollouts/good-$number" | field wave)" = "$1" ]; }
# mine NAME MEMBER: of the update, as the owner of that machine sees it.
mine() { get "/subscriptions/${owner[$1]}/maintenance" | each_object value | grep "driver-$number" | first | field "$2"; }
is() { [ "$(mine "$1" "$2")" = "$3" ]; }
is_told() { [ -n "$(mine "$1" scheduledEvent)" ] || is "$1" phase done; }
outcome() {
  is "$1" phase "done" || fail "$1 is $(mine "$1" phase)"
  say "$1: done by the $(mine "$1" by) at $(mine "$1" doneAt | minute), $(mine "$1" technology): $(mine "$1" measuredPause), where $(mine "$1" predictedPause) was predicted"
}

title "Three owners, each with a machine"
region=${RDFE_REGION:-$(get /fabric/regions | members name | first)}
for name in box crate desk; do
  put "/subscriptions/${owner[$name]}" "{ \"displayName\": \"Owner of $name\" }" 201
  put "/subscriptions/${owner[$name]}/virtualMachines/$name" "{ \"region\": \"$region\", \"size\": \"Small\", \"image\": \"$(vm_image)\" }" 202
  wait_for "$operation"
  machine=$(get "/subscriptions/${owner[$name]}/virtualMachines/$name")
  say "$name runs on $(field node <<<"$machine")"
done
put "/subscriptions/$desk/maintenanceConfigurations/nights" '{
  "window": { "startsAt": "2012-01-01T01:00", "duration": "PT4H", "timeZone": "Europe/Berlin", "recurrence": "Day" },
  "assignments": ["virtualMachines/desk"] }' 201
say "desk may be maintained at night, next from $(get "/subscriptions/$desk/maintenanceConfigurations/nights/occurrences?count=1" | field localStart)"

title "An update: a driver that is replaced under paused guests"
put "/fabric/hostUpdates/driver-$number" "{ \"component\": \"virtualDiskDriver\", \"version\": \"130.$number\",
  \"memoryPreserving\": \"light\", \"liveMigratable\": false, \"impact\": \"Machines stand still for some seconds.\" }" 201
words="\"hostUpdate\": \"driver-$number\", \"regions\": [\"$region\"], \"selfService\": \"P2D\", \"scheduled\": \"P20D\",
  \"stages\": [{ \"name\": \"canary\", \"share\": 0.2, \"bake\": \"PT1H\" }, { \"name\": \"all\", \"share\": 1, \"bake\": \"PT1H\" }]"
post /fabric/rollouts/preview "{ $words }" 200
plan=$(field plan <<<"$body")
say "plan $plan, once everybody's time has come:"
sed 's/.*"clusters":\[{/"clusters":[{/' <<<"$body" | each_object clusters | while read -r one; do
  printf '    %-14s %4s nodes in %s rounds, where %s are the least; %s, where %s is\n' "$(field cluster <<<"$one")" "$(field nodes <<<"$one")" \
    "$(inner rounds rounds <<<"$one")" "$(inner rounds least <<<"$one")" "$(inner makespan takes <<<"$one")" "$(inner makespan least <<<"$one")"
done

title "Approved: exactly that plan"
put "/fabric/rollouts/good-$number" "{ $words, \"plan\": \"$plan\" }" '201 202'
advance_until PT30M 96 "the canary is done" wave_is 2
advance_until PT10M 96 "the owner of box is asked" is box mayApply true
say "$(now): the canary is done; owners of machines choose their moment until $(mine box selfServiceUntil | minute)"

title "The owner of box does it now"
post "/subscriptions/$box/virtualMachines/box/performMaintenance" '' 202
wait_for "$operation"
outcome box

title "The two days are over; the owner of crate is told, and lets it begin"
advance_to "$(mine crate selfServiceUntil)"
advance_until PT2M 600 "crate is told" is_told crate
if ! is crate phase done; then
  event=$(mine crate scheduledEvent)
  say "$(now): $(get "/subscriptions/$crate/scheduledEvents" | each_object value | grep "$event" | first | field type), not before $(get "/subscriptions/$crate/scheduledEvents" | each_object value | grep "$event" | first | field notBefore | minute)"
  post "/subscriptions/$crate/maintenance/$(mine crate id)/acknowledge" '' '200 202 204'
fi
advance_until PT5M 600 "crate is done" is crate phase done
outcome crate

title "The owner of desk does nothing: it has a window"
advance_until PT30M 200 "desk is done" is desk phase done
outcome desk
say "outside its window the platform did: $(get "/subscriptions/$desk/maintenanceLedger" | each_object value | grep -c . || true) things"
advance_until PT1H 600 "the rollout succeeds" rollout_is "good-$number" succeeded
say "$(now): the rollout has succeeded"

title "A bad one: the first node that fails stops it, and what was changed is changed back"
put "/fabric/hostUpdates/worse-$number" "{ \"component\": \"virtualDiskDriver\", \"version\": \"131.$number\",
  \"memoryPreserving\": \"light\", \"liveMigratable\": false, \"impact\": \"Machines stand still for some seconds.\" }" 201
words="${words/driver-$number/worse-$number}, \"maxFailures\": 0, \"maxConcurrentNodes\": 2"
post /fabric/rollouts/preview "{ $words }" 200
plan=$(field plan <<<"$body")
# The third of the plan: two are done by then, and have something to give back.
node=$(each_object forecast <<<"$body" | awk 'NR == 3' | field node)
put "/fabric/faults/bad-$number" "{ \"kind\": \"maintenanceFails\", \"target\": { \"node\": \"$node\" } }" 201
put "/fabric/rollouts/bad-$number" "{ $words, \"plan\": \"$plan\" }" '201 202'
advance_until PT1H 100 "the rollout stops" rollout_is "bad-$number" paused
say "$(now): paused. $(get "/fabric/rollouts/bad-$number" | field pausedBecause)"
call DELETE "/fabric/faults/bad-$number" 204
post "/fabric/rollouts/bad-$number/rollback" '' '200 202'
advance_until PT1H 800 "it is rolled back" rollout_is "bad-$number" rolledBack
say "$(now): rolled back; $node has the driver $(get "/fabric/nodes/$node" | field virtualDiskDriver)"

trap - EXIT
clean_up >/dev/null
printf '\nDone in %s s. Next: docs/rollouts.md.\n' "$SECONDS"
