#!/usr/bin/env bash
# Counts the instructions per payment of a scenario with Lightning's chain on and off, on one thread.
#
#     benches/chain_cost.sh [SCENARIO]
#
# SCENARIO  default: scenarios/quickstart.toml; only the system lightning is run
#
# Needs valgrind. `lightning.onchain.enabled = false` turns the chain off: no block is found, nothing
# expires or closes. What a run of one payment without a chain takes (making the network, drawing plots) is
# taken off both; all work of the chain counts.
source "$(dirname "$0")/common.sh"
need valgrind
scenario=$(realpath "${1:-$benches/../scenarios/quickstart.toml}")
begin

one=(--set payments=1 --set 'warmup="0 s"')
base=$(instructions "$scenario" --set lightning.onchain.enabled=false "${one[@]}")
on=$(($(instructions "$scenario" --set lightning.onchain.enabled=true) - base))
off=$(($(instructions "$scenario" --set lightning.onchain.enabled=false) - base))
payments=$(rows payments)
echo "chain on:  $((on / payments)) instructions per payment ($payments payments)"
echo "chain off: $((off / payments))"
awk -v on="$on" -v off="$off" 'BEGIN { printf "ratio:     %.3f (bar 1.5)\n", on / off }'
