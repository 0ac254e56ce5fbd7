package main

import (
	"math/bits"
	"sync/atomic"
)

// histogram counts durations in nanoseconds, with an error of 1/64 at most. All callers share one: a thousand of them
// would fill the processor's caches.
type histogram struct {
	counts [64 * 40]uint64
	total  uint64
}

func bucket(ns uint64) int {
	if ns < 64 {
		return int(ns)
	}
	exponent := bits.Len64(ns) - 7
	at := (exponent+1)*64 + int(ns>>uint(exponent)&63)
	return min(at, 64*40-1)
}

func middle(bucket int) float64 {
	if bucket < 64 {
		return float64(bucket)
	}
	exponent := uint(bucket/64 - 1)
	return float64((64+uint64(bucket%64))<<exponent) + float64(uint64(1)<<exponent)/2
}

func (h *histogram) add(ns uint64) {
	atomic.AddUint64(&h.counts[bucket(ns)], 1)
	atomic.AddUint64(&h.total, 1)
}

// quantile is in microseconds.
func (h *histogram) quantile(part float64) float64 {
	seen := uint64(0)
	for i, count := range h.counts {
		seen += count
		if float64(seen) >= part*float64(h.total) {
			return middle(i) / 1000
		}
	}
	return 0
}
