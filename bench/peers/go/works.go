package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tikv/client-go/v2/config"
	"github.com/tikv/client-go/v2/rawkv"
	"github.com/tikv/client-go/v2/txnkv"
)

// As in bench/workload.h.
const (
	readKeys  = 10000
	keySets   = 4
	valueSize = 64
)

var value = bytes.Repeat([]byte{'v'}, valueSize)

func key(number uint64) []byte {
	text := []byte("bench/key/0000000000")
	for at := len(text) - 1; number > 0; number /= 10 {
		text[at] = byte('0' + number%10)
		at--
	}
	return text
}

type works struct {
	ctx     context.Context
	name    string
	callers uint64
	raw     *rawkv.Client
	txn     *txnkv.Client
	ts      uint64
}

func connect(ctx context.Context, args arguments) (*works, error) {
	w := &works{ctx: ctx, name: args.work, callers: uint64(args.callers)}
	var err error
	switch args.work {
	case "raw_get", "raw_put":
		w.raw, err = rawkv.NewClient(ctx, args.pd, config.Security{})
		return w, err
	case "txn_get", "txn_1", "txn_10":
		if w.txn, err = txnkv.NewClient(args.pd); err != nil {
			return nil, err
		}
		w.ts, err = w.txn.GetTimestamp(ctx)
		return w, err
	}
	return nil, fmt.Errorf("no such work: %s", args.work)
}

// caller gives the operation of the index-th caller.
func (w *works) caller(index int) func(n uint64) error {
	i := uint64(index)
	reads := func(n uint64) []byte { return key((i*7919 + n) % readKeys) }
	switch w.name {
	case "raw_get":
		return func(n uint64) error { return found(w.raw.Get(w.ctx, reads(n))) }
	case "raw_put":
		return func(n uint64) error { return w.raw.Put(w.ctx, reads(n), value) }
	case "txn_get":
		return func(n uint64) error { return found(w.txn.GetSnapshot(w.ts).Get(w.ctx, reads(n))) }
	case "txn_1":
		return func(n uint64) error { return w.write(i, n, 1) }
	}
	return func(n uint64) error { return w.write(i, n, 10) }
}

func (w *works) write(caller, n, keys uint64) error {
	txn, err := w.txn.Begin()
	if err != nil {
		return err
	}
	first := readKeys + (n%keySets*w.callers+caller)*10
	for k := range keys {
		if err := txn.Set(key(first+k), value); err != nil {
			return err
		}
	}
	return txn.Commit(w.ctx)
}

func found(value []byte, err error) error {
	if err == nil && len(value) != valueSize {
		return fmt.Errorf("a value of %d bytes", len(value))
	}
	return err
}
