#!/usr/bin/env bash
# The whole story against a running server, with curl alone: a fabric, a subscription, a package, a deployment with its
# steps and the reason for its cluster, an availability set with virtual machines, scale out, reboot, quota, delete.
#
#   RDFE_URL   where the server is       (http://127.0.0.1:5080)
#   RDFE_KEY   the operator's key        (data/operator.key of this repository)
#
# Stops at the first surprise with exit code 1, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/rdfe.sh
clock_runs

region=${RDFE_REGION:-$(get /fabric/regions | members name | first)}
subscription=$(new_guid)
service="shop-$(printf '%s' "$subscription" | cut -c1-8)"
base="/subscriptions/$subscription"
cleanup_of "$base" "$service"

title "The fabric"
get /fabric/load | each_object value | while read -r cluster; do
  printf '  %-18s %6s of %6s cores, %3s of %4s VIPs in use\n' \
    "$(field cluster <<<"$cluster")" "$(inner cores used <<<"$cluster")" "$(inner cores allocatable <<<"$cluster")" \
    "$(inner vips used <<<"$cluster")" "$(inner vips allocatable <<<"$cluster")"
done
say "we deploy to the region $region"

title "A subscription"
put "$base" '{ "displayName": "Quick start" }' 201
say "subscription $subscription"

title "A package: a real ZIP with a csdef, its role content, and a cscfg beside it"
package=$(mktemp -d)/shop.zip
scripts/pack.sh samples/shop "$package" >/dev/null
put_file "$base/packages/shop" application/zip "$package" 201
say "sha256 $(field sha256 <<<"$body" | cut -c1-16)…, $(field sizeBytes <<<"$body") bytes"

title "A hosted service and its deployment"
put "$base/services/$service" "{ \"region\": \"$region\" }" 201
say "dns name $(field dnsName <<<"$body")"
put "$base/services/$service/deployments/production" \
  "{ \"package\": \"shop\", \"configuration\": $(json_string <samples/shop/ServiceConfiguration.cscfg), \"label\": \"first\" }" 202
follow "$operation"
deployment=$(get "$base/services/$service/deployments/production")
say "VIP $(each_text vips <<<"$deployment" | first), cluster $(field cluster <<<"$deployment"), because:"
each_object candidates <<<"$deployment" | while read -r candidate; do
  printf '    %-16s %-9s %s\n' "$(field cluster <<<"$candidate")" "$(field verdict <<<"$candidate")" "$(field why <<<"$candidate")"
done
instances "$base/services/$service/deployments/production"
each_object advice <<<"$deployment" | while read -r advice; do
  say "advice: $(field message <<<"$advice")"
done

title "An availability set with three virtual machines"
put "$base/availabilitySets/front" "{ \"region\": \"$region\", \"updateDomainCount\": 5, \"faultDomainCount\": 2 }" 201
operations=()
for n in 1 2 3; do
  put "$base/virtualMachines/front-$n" \
    "{ \"availabilitySet\": \"front\", \"size\": \"Small\", \"image\": \"$(vm_image)\" }" 202
  operations+=("$operation")
done
for operation in "${operations[@]}"; do wait_for "$operation"; done
for n in 1 2 3; do
  machine=$(get "$base/virtualMachines/front-$n")
  printf '  %-10s %-9s UD %s  FD %-2s  %-28s %s\n' "front-$n" "$(field status <<<"$machine")" \
    "$(field updateDomain <<<"$machine")" "$(field faultDomain <<<"$machine")" "$(field node <<<"$machine")" "$(field dip <<<"$machine")"
done

title "Scale out: the web role from its count to five instances, by configuration"
post "$base/services/$service/deployments/production/configuration" \
  "{ \"configuration\": $(scaled 5 <samples/shop/ServiceConfiguration.cscfg | json_string), \"mode\": \"auto\" }" 202
follow "$operation"
instances "$base/services/$service/deployments/production"

title "Reboot one instance"
instance=$(get "$base/services/$service/deployments/production/instances" | members name | first)
post "$base/services/$service/deployments/production/instances/$instance/reboot" '' 202
follow "$operation"

title "Usage of quota"
get "$base/quotas" | each_object value | while read -r quota; do
  printf '  %-18s %6s of %6s\n' "$(field resource <<<"$quota")" "$(field used <<<"$quota")" "$(field limit <<<"$quota")"
done

title "Delete everything"
for n in 1 2 3; do delete "$base/virtualMachines/front-$n"; deleted_by+=("$operation"); done
delete "$base/services/$service/deployments/production"; deleted_by+=("$operation")
for operation in "${deleted_by[@]}"; do wait_for "$operation"; done
delete "$base/availabilitySets/front"
delete "$base/services/$service"
delete "$base/packages/shop"
delete "$base"
trap - EXIT
say "nothing is left"
printf '\nDone in %s s. Next: %s/swagger, and docs/.\n' "$SECONDS" "$RDFE_URL"
