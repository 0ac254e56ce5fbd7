// The benchmark's work done by client-go: the same operations, callers, window and output line as bench/client_bench.cc.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pingcap/log"
	"go.uber.org/zap"
)

// Phases of a run, in order.
const (
	warming = iota
	measuring
	over
)

type arguments struct {
	pd      []string
	work    string
	callers int
	warm    time.Duration
	seconds time.Duration
	server  int
}

func parse() arguments {
	pd := flag.String("pd", "127.0.0.1:2379", "host:port of PD, several with commas")
	work := flag.String("work", "raw_get", "raw_get, raw_put, txn_get, txn_1 or txn_10")
	callers := flag.Int("callers", 1, "operations under way at once")
	warm := flag.Float64("warm", 0.3, "seconds before the window")
	seconds := flag.Float64("seconds", 1, "seconds of the window")
	server := flag.Int("server-pid", 0, "process whose CPU time is told as well")
	flag.Parse()
	return arguments{strings.Split(*pd, ","), *work, *callers, span(*warm), span(*seconds), *server}
}

func span(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// caller repeats its operation until the run is over.
func caller(run func(n uint64) error, phase *atomic.Int32, times *histogram) {
	begin := time.Now()
	for n := uint64(0); phase.Load() != over; n++ {
		if err := run(n); err != nil {
			fmt.Fprintln(os.Stderr, "client-go:", err)
			os.Exit(1)
		}
		end := time.Now()
		if phase.Load() == measuring {
			times.add(uint64(end.Sub(begin)))
		}
		begin = end
	}
}

func main() {
	log.ReplaceGlobals(zap.NewNop(), nil)
	args := parse()
	works, err := connect(context.Background(), args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "client-go:", err)
		os.Exit(1)
	}
	var phase atomic.Int32
	var callers sync.WaitGroup
	var times histogram
	for i := range args.callers {
		callers.Add(1)
		go func() {
			defer callers.Done()
			caller(works.caller(i), &phase, &times)
		}()
	}
	time.Sleep(args.warm)
	phase.Store(measuring)
	before := look(args.server)
	time.Sleep(args.seconds)
	after := look(args.server)
	phase.Store(over)
	callers.Wait()

	line, _ := json.Marshal(report(args, version(), &times, before, after))
	fmt.Println(string(line))
}

// version is that of client-go, as built in.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range build.Deps {
		if module.Path != "github.com/tikv/client-go/v2" {
			continue
		}
		if module.Replace != nil {
			return "HEAD"
		}
		return module.Version
	}
	return "unknown"
}
