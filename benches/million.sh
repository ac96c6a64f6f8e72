#!/usr/bin/env bash
# Times whole runs of scenarios/million-payments.toml, one per router.
#
#     benches/million.sh [ARGUMENT...]
#
# ARGUMENT  for `leyden run`, such as --threads 2, --set payments=100000, --set network.file=PATH
# ROUTERS   (environment) default: cheapest lnd_fast
#
# `cheapest` makes one attempt per payment: it does not learn, so where channels have run empty it would try one
# after the other until the payment's time-out. Another number: --set lightning.routing.cheapest.max_attempts=N
#
# Seconds are of the wall clock, from the start of the program to its last file, the making or reading of the
# network among them; CPU is that of all threads. A run writes some 150 bytes per payment to a temporary
# folder.
source "$(dirname "$0")/common.sh"
read -ra routers <<<"${ROUTERS:-cheapest lnd_fast}"
begin

value() {
    sed -n "s/^ *\"$1\": \(.*[^,]\),\{0,1\}$/\1/p" "$work/out/timing.json"
}

settings() {
    [ "$1" = cheapest ] && echo '{max_attempts=1}' || echo '{}'
}

load
printf '%-9s %9s %9s %9s %9s %11s %9s\n' router seconds simulated CPU MiB searches "look-ahead"
for router in "${routers[@]}"; do
    "$leyden" run "$benches/../scenarios/million-payments.toml" --quiet --force --out "$work/out" \
        --set "lightning.routing={$router=$(settings "$router")}" "$@" >"$work/said" || { cat "$work/said" >&2; exit 1; }
    awk -v router="$router" -v wall="$(value wall_s)" -v simulated="$(value simulated_s)" \
        -v cpu="$(value cpu_s)" -v peak="$(value peak_memory_bytes)" \
        -v searches="$(value searches_per_payment)" -v used="$(value look_ahead_hit_rate)" 'BEGIN {
            printf "%-9s %9.1f %9.1f %9.1f %9.0f %11.2f %9s\n", router, wall, simulated, cpu,
                peak / 1048576, searches, used == "null" ? "-" : sprintf("%.0f %%", 100 * used)
        }'
done
