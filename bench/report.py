#!/usr/bin/env python3
"""Makes docs/performance.md and a summary for the terminal of what measure.py and profile.py wrote.

Prose is in performance.md.in, with {{names}} where measured text goes.
"""

import argparse
import collections
import datetime
import itertools
import json
import os
import pathlib
import platform
import re
import statistics
import sys

from measure import CALLERS, THREADS, TLS_CALLERS, TLS_WORKS, WORKS

OURS, BARE, GO, RUST, HAND_OVER = "tikv-cpp", "bare transport", "client-go", "client-rust", "hand-over"

WORK_NAMES = {
    "raw_get": "raw get",
    "raw_put": "raw put",
    "txn_get": "point read at a timestamp",
    "txn_1": "transaction of 1 key",
    "txn_10": "transaction of 10 keys",
}

# How threads can do a kind of work, with what is said of it.
THREAD_MODES = {"threads": "", "call by call": ", call by call"}

# What we hold ourselves to.
BARE_BAR = 1.6
GO_BAR_ONE = 0.4
GO_BAR_MANY = 0.25
OPS_BAR = 1.5


class Results:
    """Medians over the rounds, by client, work, mode and number of callers."""

    def __init__(self, lines):
        points = collections.defaultdict(list)
        self.versions = {}
        self.rounds = 0
        for line in lines:
            points[line["client"], line["work"], line["mode"], line["callers"]].append(line)
            self.versions[line["client"]] = line["version"]
            self.rounds = max(self.rounds, line["round"] + 1)
        self.points = {key: self.median(rounds) for key, rounds in points.items()}

    @staticmethod
    def median(rounds):
        return {name: statistics.median(line[name] for line in rounds)
                for name, value in rounds[0].items() if isinstance(value, (int, float))}

    def get(self, client, work, callers, mode="async"):
        return self.points.get((client, work, mode, callers))

    def clients(self):
        """Ours and the bare transport first."""
        known = [BARE, OURS, GO, RUST]
        found = {client for client, *_ in self.points} - {HAND_OVER}
        return [name for name in known if name in found] + sorted(found - set(known))


def server_bound(point):
    """While this client ran, the server used more CPU than it did: a faster client would not get more done."""
    return point["server_cores"] > point["cores"]


def ratio(value, base, name):
    return value[name] / base[name] if value and base else None


def number(value):
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join(["---"] + ["---:"] * (len(header) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def all_points(results):
    return [(work, callers) for work in WORKS for callers in CALLERS if results.get(OURS, work, callers)]


def cpu_table(results):
    """CPU time of the client's process in µs an operation."""
    clients = results.clients()
    rows = []
    for work, callers in all_points(results):
        ours = results.get(OURS, work, callers)
        cells = [f"{WORK_NAMES[work]}, {callers}"]
        for client in clients:
            point = results.get(client, work, callers)
            cells.append(number(point and point["cpu_us"]))
            if client != OURS:
                cells.append(number(ratio(ours, point, "cpu_us")))
        rows.append(cells)
    header = ["work, callers"]
    for client in clients:
        header += [client] if client == OURS else [client, "ours/it"]
    return table(header, rows)


def speed_table(results):
    """Operations per second, and how long one takes."""
    clients = [client for client in results.clients() if client != BARE]
    rows = []
    for work, callers in all_points(results):
        ours = results.get(OURS, work, callers)
        cells = [f"{WORK_NAMES[work]}, {callers}"]
        for client in clients:
            point = results.get(client, work, callers)
            cells.append(number(point and point["ops_per_s"]))
            if client == OURS:
                cells.append("server" if server_bound(ours) else "client")
            else:
                cells.append(number(ratio(ours, point, "ops_per_s")))
            cells.append("–" if not point else f"{number(point['p50_us'])} / {number(point['p99_us'])}")
        rows.append(cells)
    header = ["work, callers"]
    for client in clients:
        header += [f"{client} ops/s", "limit" if client == OURS else "ours/it", "p50 / p99 µs"]
    return table(header, rows)


def threads_table(results):
    rows = []
    for work, callers, mode in itertools.product(WORKS, THREADS, THREAD_MODES):
        ours = results.get(OURS, work, callers, mode)
        go = results.get(GO, work, callers)
        if ours is not None:
            rows.append([f"{WORK_NAMES[work]}{THREAD_MODES[mode]}, {callers}", number(ours["cpu_us"]), number(ours["ops_per_s"]),
                         f"{number(ours['p50_us'])} / {number(ours['p99_us'])}", number(ratio(ours, go, "cpu_us")),
                         number(ratio(ours, go, "ops_per_s"))])
    for callers in THREADS:
        alone = results.get(HAND_OVER, WORKS[0], callers, "threads")
        if alone is not None:
            rows.append([f"nothing but the hand-over, {callers}", number(alone["cpu_us"]), number(alone["ops_per_s"]),
                         f"{number(alone['p50_us'])} / {number(alone['p99_us'])}", "–", "–"])
    return table(["work, threads", "CPU µs/op", "ops/s", "p50 / p99 µs", "CPU ours/client-go", "ops/s ours/client-go"],
                 rows)


def tls_table(results):
    rows = []
    for work in TLS_WORKS:
        for callers in TLS_CALLERS:
            plain, tls = results.get(OURS, work, callers), results.get(OURS, work, callers, "tls")
            if plain is None or tls is None:
                continue
            rows.append([f"{WORK_NAMES[work]}, {callers}", number(plain["cpu_us"]), number(tls["cpu_us"]),
                         number(ratio(tls, plain, "cpu_us")), number(plain["ops_per_s"]), number(tls["ops_per_s"]),
                         f"{number(tls['p50_us'])} / {number(tls['p99_us'])}"])
    return table(["work, callers", "CPU µs/op, plain text", "with TLS", "TLS/plain text", "ops/s, plain text", "with TLS",
                  "p50 / p99 µs with TLS"], rows)


class Bar:
    def __init__(self, text):
        self.text = text
        self.met, self.missed, self.skipped = [], [], []

    def add(self, point, value, met, how=""):
        (self.met if met else self.missed).append((f"{WORK_NAMES[point[0]]}{how} with {point[1]}", value))

    def row(self):
        asked = len(self.met) + len(self.missed)
        verdict = "–" if not asked else "FAIL" if self.missed else "pass"
        values = [value for _, value in self.met + self.missed]
        span = f"{min(values):.2f} to {max(values):.2f}" if values else "–"
        missed = "; ".join(f"{where}: {value:.2f}" for where, value in self.missed)
        note = missed if missed else f"{len(self.skipped)} points left out: server-bound" if self.skipped else ""
        return [self.text, verdict, f"{len(self.met)} of {asked}", span, note]


def bars_of(results):
    bare = Bar(f"client CPU over the bare transport's at most {BARE_BAR}")
    one = Bar(f"CPU over client-go's with one caller at most {GO_BAR_ONE}")
    many = Bar(f"CPU over client-go's with 16 callers and more at most {GO_BAR_MANY}")
    speed = Bar(f"operations per second over client-go's at least {OPS_BAR} where the server is not the limit")
    threads = Bar(f"the same CPU bars for threads in `get()` ({GO_BAR_ONE} with one, {GO_BAR_MANY} with 16)")
    for point in all_points(results):
        work, callers = point
        ours, go = results.get(OURS, work, callers), results.get(GO, work, callers)
        if (value := ratio(ours, results.get(BARE, work, callers), "cpu_us")) is not None:
            bare.add(point, value, value <= BARE_BAR)
        if go is None:
            continue
        value = ratio(ours, go, "cpu_us")
        (one if callers == 1 else many).add(point, value, value <= (GO_BAR_ONE if callers == 1 else GO_BAR_MANY))
        if server_bound(ours):
            speed.skipped.append(point)
        else:
            value = ratio(ours, go, "ops_per_s")
            speed.add(point, value, value >= OPS_BAR)
    for work, callers, mode in itertools.product(WORKS, THREADS, THREAD_MODES):
        ours, go = results.get(OURS, work, callers, mode), results.get(GO, work, callers)
        if (value := ratio(ours, go, "cpu_us")) is not None:
            bar = GO_BAR_ONE if callers == 1 else GO_BAR_MANY
            threads.add((work, callers), value, value <= bar, THREAD_MODES[mode])
    return [bare, one, many, speed, threads]


def footprint_table(footprint):
    if not footprint:
        return "Not measured in this run."
    kib = lambda value: f"{value / 1024:.1f} KiB"
    idle = f"{footprint['idle_wakes']:.0f} in {footprint['idle_seconds']:.0f} s"
    return table(["what", "measured"], [
        ["an open client, heap", kib(footprint["client_heap"])],
        ["an open client, resident memory (heap, its thread's stack)", kib(footprint["client_resident"])],
        ["a store with its connection, heap", kib(footprint["store_heap"])],
        ["a cached region (keys of 20 bytes, 3 peers), heap", f"{footprint['region_heap']:.0f} bytes"],
        [f"wake-ups of {footprint['idle_clients']} idle clients", idle],
    ])


def profile_table(profiles):
    if not profiles:
        return "Not measured in this run: `perf` is missing or not allowed."
    parts = list(profiles[0]["shares"])
    rows = [[part] + [f"{100 * profile['shares'].get(part, 0):.0f} %" for profile in profiles] for part in parts]
    return table(["share of the client's CPU time"] + [f"{WORK_NAMES[p['work']]}, {p['callers']}" for p in profiles],
                 rows)


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    gib = int(memory.group(1)) / 1024 / 1024 if memory else 0
    return f"{os.cpu_count()} cores ({model}), {gib:.0f} GiB, Linux {platform.release().split('-')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--command", default="tools/bench")
    parser.add_argument("--template", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()

    lines = [json.loads(line) for line in arguments.results.read_text().splitlines()]
    results = Results([line for line in lines if "client" in line])
    footprint = next((line["footprint"] for line in lines if "footprint" in line), None)
    profiles = [line["profile"] for line in lines if "profile" in line]
    bars = bars_of(results)
    texts = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "command": arguments.command,
        "rounds": str(results.rounds),
        "versions": ", ".join(f"{name} {version}" for name, version in results.versions.items() if name not in (BARE, HAND_OVER)),
        "bars": table(["bar", "", "points", "values", "missed"], [bar.row() for bar in bars]),
        "cpu": cpu_table(results),
        "speed": speed_table(results),
        "threads": threads_table(results),
        "tls": tls_table(results),
        "footprint": footprint_table(footprint),
        "profile": profile_table(profiles),
    }
    for name in ("cpu", "speed", "threads", "tls", "profile", "footprint", "bars"):
        print(f"== {name}\n{texts[name]}\n")
    if arguments.out:
        text = re.sub(r"\{\{(\w+)\}\}", lambda match: texts[match.group(1)], arguments.template.read_text())
        arguments.out.write_text(text)
    return 1 if any(bar.missed for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
