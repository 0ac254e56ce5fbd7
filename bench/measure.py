#!/usr/bin/env python3
"""Runs all benchmark programs against embedded clusters, interleaved, and writes one line of JSON a measurement.

Every point (a kind of work with a number of callers) is measured with each program in turn before the next point
comes, and all of it is repeated round after round, so that noise of the machine meets all programs alike. Each
measurement has a cluster of its own, newly loaded: what programs before it have written would make the server larger,
which then takes more of the caches that server and client share. Some points are measured with TLS too.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

WORKS = ["raw_get", "raw_put", "txn_get", "txn_1", "txn_10"]
CALLERS = [1, 16, 128, 1024]
THREADS = [1, 16]
CALL_BY_CALL_WORKS = ["txn_1", "txn_10"]
TLS_WORKS = ["raw_get", "raw_put"]
TLS_CALLERS = [1, 16, 128]
QUICK_WORKS = ["raw_get", "txn_10"]
QUICK_CALLERS = [1, 16]
READ_KEYS = 10_000  # this and the next as in workload.h
REGION_KEYS = 2500
REGIONS = 20  # of transactional keys: what is read, and what 1024 callers write
FOOTPRINT_KEYS = 1003  # each in a region of its own
POINT_TIMEOUT = 30


class Server:
    """tikv-embedded in a process of its own; with TLS if there is a certificate, a pair of files."""

    def __init__(self, program, stores, txn_borders, raw_borders, certificate=None):
        command = [program, "--stores", str(stores), "--replicas", str(stores)]
        if certificate:
            command += ["--cert", certificate[0], "--key", certificate[1]]
        if txn_borders:
            command += ["--split", ",".join(txn_borders)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        if not ready.startswith("ready pd="):
            sys.exit(f"the embedded cluster did not start: {ready!r}")
        self.clients = ["--pd", ready.strip().removeprefix("ready pd=")]
        if certificate:
            self.clients += ["--ca", certificate[0]]
        for border in raw_borders:
            self.say(f"split-raw {border}")

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error"):
            sys.exit(f"{command}: {answer}")
        return answer

    def arguments(self):
        return self.clients + ["--server-pid", str(self.process.pid)]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(POINT_TIMEOUT)


def key(number):
    return f"bench/key/{number:010d}"


def make_certificate(folder):
    """A server's certificate, which is its own authority, and its key."""
    certificate, key_file = f"{folder}/cert.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "1", "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key_file, "-out",
                    certificate], check=True, stderr=subprocess.DEVNULL)
    return certificate, key_file


def loaded_server(programs, certificate=None):
    """One store. Raw keys are below all transactional ones, as regions see keys, so both have borders of their own."""
    txn_borders = [key(i * REGION_KEYS) for i in range(REGIONS)]
    raw_borders = [key(i * REGION_KEYS) for i in range(1, READ_KEYS // REGION_KEYS)]
    server = Server(programs.server, 1, txn_borders, raw_borders, certificate)
    subprocess.run([programs.client, "--work", "load"] + server.clients, check=True, timeout=POINT_TIMEOUT)
    return server


def footprint(programs):
    """What footprint.cc expects: see there."""
    server = Server(programs.server, 3, [key(i) for i in range(1, FOOTPRINT_KEYS)], [])
    stores = [part.split("=")[0] for part in server.say("stores").split()]
    regions = server.say("regions").split()
    if len(regions) != FOOTPRINT_KEYS or len(stores) != 3:
        sys.exit("the cluster for footprint is not as it should be")
    for at, store in enumerate(stores):
        server.say(f"move-leader {key(at)} {store}")
    run = subprocess.run([programs.footprint, "--seconds", "2"] + server.clients, check=True, text=True,
                         stdout=subprocess.PIPE, timeout=2 * POINT_TIMEOUT)
    server.stop()
    return json.loads(run.stdout)


def points(quick):
    """(work, callers, threads): what is measured, in order."""
    for work in QUICK_WORKS if quick else WORKS:
        for callers in QUICK_CALLERS if quick else CALLERS:
            yield work, callers, False
        for callers in THREADS[:1] if quick else THREADS:
            yield work, callers, True


def runs_of(point, programs):
    """(name, mode, command): what a point is measured with, in order.

    Only our client can block; the others are compared with the callers that they have.
    """
    work, callers, threads = point
    if threads:
        yield "tikv-cpp", "threads", [programs.client, "--threads"]
        if work in CALL_BY_CALL_WORKS:
            yield "tikv-cpp", "call by call", [programs.client, "--threads", "--call-by-call"]
        if programs.handover and work == WORKS[0]:
            yield "hand-over", "threads", [programs.handover, "--threads"]
        return
    yield "bare transport", "async", [programs.bare]
    yield "tikv-cpp", "async", [programs.client]
    if work in TLS_WORKS and callers in TLS_CALLERS:
        yield "tikv-cpp", "tls", [programs.client]
    for peer in programs.peer:
        name, _, path = peer.partition("=")
        yield name, "async", [path]


def measure(command, name, server, point, times):
    work, callers, _ = point
    arguments = ["--work", work, "--callers", str(callers), "--warm", str(times[0]), "--seconds", str(times[1])]
    try:
        run = subprocess.run(command + server.arguments() + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, timeout=POINT_TIMEOUT)
    except subprocess.TimeoutExpired:
        print(f"{name}: {work} with {callers} callers did not end", file=sys.stderr)
        return None
    if run.returncode != 0 or not run.stdout.strip():
        why = run.stderr.strip().splitlines()[-1:] or ["no output"]
        print(f"{name}: {work} with {callers} callers failed: {why[0][:300]}", file=sys.stderr)
        return None
    line = json.loads(run.stdout.strip().splitlines()[-1])
    line["client"] = name
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="tikv-embedded")
    parser.add_argument("--client", required=True, help="tikv-bench")
    parser.add_argument("--bare", required=True, help="tikv-bench-bare")
    parser.add_argument("--handover", help="tikv-bench-handover")
    parser.add_argument("--footprint", help="tikv-bench-footprint")
    parser.add_argument("--peer", action="append", default=[], help="NAME=PROGRAM, as often as wanted")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm", type=float, default=0.25, help="seconds before each window")
    parser.add_argument("--seconds", type=float, default=0.75, help="seconds of each window")
    parser.add_argument("--quick", action="store_true", help="some points only")
    parser.add_argument("--only", default="", help="points whose work starts with this")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    programs = parser.parse_args()

    begin = time.monotonic()
    failed = False
    with programs.out.open("w") as out, tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(folder)
        for turn in range(programs.rounds):
            for point in points(programs.quick):
                if not point[0].startswith(programs.only):
                    continue
                for name, mode, command in runs_of(point, programs):
                    server = loaded_server(programs, certificate if mode == "tls" else None)
                    line = measure(command, name, server, point, (programs.warm, programs.seconds))
                    server.stop()
                    if line is None:
                        failed = failed or name in ("tikv-cpp", "bare transport", "hand-over")
                        continue
                    line |= {"mode": mode, "round": turn}
                    out.write(json.dumps(line) + "\n")
                    out.flush()
            print(f"round {turn + 1} of {programs.rounds} done after {time.monotonic() - begin:.0f} s", file=sys.stderr)
        if programs.footprint:
            out.write(json.dumps({"footprint": footprint(programs)}) + "\n")
    if failed:
        sys.exit("some of our own measurements failed")


if __name__ == "__main__":
    main()
