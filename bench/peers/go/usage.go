package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// usage is what this process and the server had used at one moment.
type usage struct {
	when         time.Time
	user, system time.Duration
	switches     int64
	server       time.Duration
}

func look(server int) usage {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	return usage{time.Now(), time.Duration(own.Utime.Nano()), time.Duration(own.Stime.Nano()), own.Nvcsw, cpuOf(server)}
}

// cpuOf reads another process's CPU time, in the kernel's ticks of 10 ms.
func cpuOf(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	system, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// line is one measurement; the names are those of bench/meter.cc.
type line struct {
	Client   string  `json:"client"`
	Version  string  `json:"version"`
	Work     string  `json:"work"`
	Mode     string  `json:"mode"`
	Callers  int     `json:"callers"`
	Ops      uint64  `json:"ops"`
	Seconds  float64 `json:"seconds"`
	OpsPerS  float64 `json:"ops_per_s"`
	CPU      float64 `json:"cpu_us"`
	User     float64 `json:"user_us"`
	System   float64 `json:"system_us"`
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	Switches float64 `json:"switches"`
	Cores    float64 `json:"cores"`
	Server   float64 `json:"server_cores"`
}

func report(args arguments, version string, times *histogram, before, after usage) line {
	seconds := after.when.Sub(before.when).Seconds()
	ops := float64(max(times.total, 1))
	user := after.user - before.user
	system := after.system - before.system
	perOp := func(d time.Duration) float64 { return d.Seconds() * 1e6 / ops }
	return line{
		Client: "client-go", Version: version, Work: args.work, Mode: "async", Callers: args.callers,
		Ops: times.total, Seconds: seconds, OpsPerS: ops / seconds,
		CPU: perOp(user + system), User: perOp(user), System: perOp(system),
		P50: times.quantile(0.5), P99: times.quantile(0.99),
		Switches: float64(after.switches-before.switches) / ops,
		Cores:    (user + system).Seconds() / seconds,
		Server:   (after.server - before.server).Seconds() / seconds,
	}
}
