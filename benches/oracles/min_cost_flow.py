"""Solves the problems that `flows` wrote with OR-tools, and compares costs.

    cargo run --release -p leyden-oracles --bin flows -- 200 1000000 NETWORK > flows.txt
    python3 benches/oracles/min_cost_flow.py flows.txt

Needs `pip install ortools`. Ends with 1 where a cost differs.
"""

import sys
import time

import numpy
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow


def read(path):
    """Number of nodes, arcs, own arcs by payer, queries."""
    nodes, arcs, own, queries = 0, [], {}, []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            kind, *fields = line.split()
            numbers = [int(field) for field in fields]
            if kind == "nodes":
                nodes = numbers[0]
            elif kind == "arc":
                arcs.append(numbers)
            elif kind == "own":
                own.setdefault(numbers[0], []).append(numbers)
            else:
                queries.append(numbers)
    return nodes, numpy.array(arcs, dtype=numpy.int64), own, queries


def solve(nodes, arcs, own, payer, payee, amount):
    """Least cost, or -1 where the amount cannot flow."""
    others = arcs[(arcs[:, 0] != payer) & (arcs[:, 1] != payer)]
    flow = SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(*others.T)
    for tail, head, capacity in own.get(payer, []):
        flow.add_arc_with_capacity_and_unit_cost(tail, head, capacity, 0)
    supplies = numpy.zeros(nodes, dtype=numpy.int64)
    supplies[payer], supplies[payee] = amount, -amount
    flow.set_nodes_supplies(numpy.arange(nodes), supplies)
    return flow.optimal_cost() if flow.solve() == flow.OPTIMAL else -1


def main():
    nodes, arcs, own, queries = read(sys.argv[1])
    differing, seconds, feasible = 0, [], 0
    for payer, payee, amount, ours in queries:
        start = time.process_time()
        theirs = solve(nodes, arcs, own, payer, payee, amount)
        seconds.append(time.process_time() - start)
        feasible += theirs >= 0
        if ours != theirs:
            differing += 1
            print(f"{payer} to {payee}: {ours} here, {theirs} by OR-tools")
    print(
        f"{len(queries)} problems, {feasible} feasible, {differing} differ; "
        f"OR-tools {1000 * numpy.median(seconds):.0f} ms in the median, building included"
    )
    return int(differing > 0)


sys.exit(main())
