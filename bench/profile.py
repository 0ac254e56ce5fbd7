#!/usr/bin/env python3
"""Samples the client with perf and says which part of its CPU time goes where; a line of JSON for each point.

By the function that was running, not by who called it: memory that a protobuf message asks for counts as memory.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from measure import loaded_server

POINTS = [("raw_get", 1), ("raw_get", 16), ("raw_get", 128), ("txn_10", 16)]

# The first rule whose pattern is in "symbol (library)" names the part.
RULES = [
    ("kernel", r"\(\[(kernel|guest)|\[unknown\] \(\[unknown\]\)|\.ko\)"),
    ("clock", r"\[vdso\]|clock_gettime|steady_clock"),
    ("nghttp2", r"libnghttp2"),
    ("memory: malloc, free, memcpy", r"malloc|calloc|realloc|free\b|_int_|operator new|operator delete|memcpy|memmove|"
                                     r"memset|unlink_chunk|tcache"),
    ("protobuf", r"^google::protobuf|libprotobuf|^tikv::proto::\w+::"),
    ("Asio", r"boost::asio|boost::system"),
    ("the benchmark itself", r"^tikv::bench::|vfprintf|snprintf|printf_|_IO_|itoa"),
    ("ours: net", r"^tikv::net::"),
    ("ours: tasks, loop, timers", r"^tikv::(runtime|detail)::|pthread_mutex"),
    ("ours: client above net", r"tikv::"),
    ("rest", r""),
]


def part_of(place):
    return next(name for name, pattern in RULES if re.search(pattern, place))


def sample(client, server, work, callers, seconds):
    with tempfile.TemporaryDirectory() as folder:
        data = str(pathlib.Path(folder) / "perf.data")
        command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", data, client, "--work", work,
                   "--callers", str(callers), "--warm", "0.1", "--seconds", str(seconds)]
        subprocess.run(command + server.arguments(), check=True, stdout=subprocess.DEVNULL)
        script = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], check=True, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counts = collections.Counter()
    for line in script.stdout.splitlines():
        place = line.strip().partition(" ")[2]
        if place:
            counts[part_of(place), place] += 1
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="tikv-embedded")
    parser.add_argument("--client", required=True, help="tikv-bench, or another program with its options")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--functions", type=int, default=0, help="also print so many functions of each point")
    parser.add_argument("--point", action="append", default=[], help="WORK,CALLERS instead of the usual ones")
    parser.add_argument("--out", type=pathlib.Path, help="file that a line is added to for each point")
    programs = parser.parse_args()
    points = [(work, int(callers)) for work, callers in (one.split(",") for one in programs.point)] or POINTS
    server = loaded_server(programs)
    for work, callers in points:
        counts = sample(programs.client, server, work, callers, programs.seconds)
        total = sum(counts.values())
        shares = {name: sum(n for (part, _), n in counts.items() if part == name) / total for name, _ in RULES}
        if programs.out:
            with programs.out.open("a") as out:
                out.write(json.dumps({"profile": {"work": work, "callers": callers, "shares": shares}}) + "\n")
        print(f"== {work} with {callers} callers: {total} samples", file=sys.stderr)
        for name, share in shares.items():
            print(f"{100 * share:5.1f} %  {name}", file=sys.stderr)
        for (part, place), count in counts.most_common(programs.functions):
            print(f"{100 * count / total:6.2f} %  {part:30.30}  {place[:150]}", file=sys.stderr)
    server.stop()


if __name__ == "__main__":
    main()
