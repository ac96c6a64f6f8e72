#!/usr/bin/env bash
# Counts instructions per payment and per search of a scenario, for each router, on one thread.
#
#     benches/instructions.sh [SCENARIO [FEW MANY [ROUTER...]]]
#
# SCENARIO   default: scenarios/quickstart.toml; only the system lightning is run
# FEW, MANY  two numbers of payments; default 1,000 and 3,000. What both runs have in common (making the
#            network, drawing plots) is taken off by subtracting one from the other.
# ROUTER     default: cheapest lnd_fast lnd cloth
#
# Needs valgrind; without it the script says so and ends with 77. Counts depend neither on the load of the
# machine nor, but for the last digits, on the run: a change of 1 % is a change of the program. A search
# is a question to the payer's algorithm (`Sender::next`), also where it sees at once that nothing
# can be sent.
source "$(dirname "$0")/common.sh"
need valgrind
need callgrind_annotate
scenario=$(realpath "${1:-$benches/../scenarios/quickstart.toml}")
few=${2:-1000}
many=${3:-3000}
shift $(($# < 3 ? $# : 3))
routers=("$@")
[ $# -gt 0 ] || routers=(cheapest lnd_fast lnd cloth)
begin

# Instructions in all and in searches, and searches, of $2 payments with router $1.
count() {
    local all searching searches
    all=$(instructions "$scenario" --set "payments=$2" --set 'warmup="0 s"' \
        --set "lightning.routing={$1={}}")
    searching=$(callgrind_annotate --inclusive=yes --threshold=100 "$work/profile" |
        awk '/as leyden::payment::sender::Sender>::next/ && !found { gsub(",", "", $1); print $1 + 0; found = 1 }')
    searches=$(awk -F, '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "searches") column = i; next }
        { sum += $column }
        END { print sum }' "$work/out/lightning/payments.csv")
    echo "$all $searching $searches"
}

printf '%s, %d payments less %d\n' "$(basename "$scenario")" "$many" "$few"
printf '%-10s %14s %14s %14s %10s\n' router "per payment" "but searches" "per search" searches
for router in "${routers[@]}"; do
    read -r all1 searching1 searches1 <<<"$(count "$router" "$few")"
    read -r all2 searching2 searches2 <<<"$(count "$router" "$many")"
    awk -v router="$router" -v payments="$((many - few))" -v all="$((all2 - all1))" \
        -v searching="$((searching2 - searching1))" -v searches="$((searches2 - searches1))" 'BEGIN {
            printf "%-10s %14d %14d %14d %10d\n", router, all / payments, (all - searching) / payments,
                searching / searches, searches
        }'
done
