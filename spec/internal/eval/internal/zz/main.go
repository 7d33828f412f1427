package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

func main() {
	p, err := spec.LoadWith(os.DirFS("/"), os.Args[1][1:], spec.Options{Define: map[string]string{"RMS": os.Args[2]}})
	if err != nil {
		panic(err)
	}
	f, _ := os.Create("/tmp/bh/cpu.prof")
	pprof.StartCPUProfile(f)
	res, err := checker.Check(context.Background(), p, checker.Config{Workers: 1})
	pprof.StopCPUProfile()
	fmt.Println(res.Stats, err)
}
