package inductive_test

import (
	"context"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bulkheadlang/bulkhead/proofs/inductive"
	"github.com/bulkheadlang/bulkhead/spec"
)

func load(t *testing.T, text string, define map[string]string) (*spec.Program, inductive.Instance) {
	t.Helper()
	p, err := spec.LoadWith(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh", spec.Options{Define: define})
	if err != nil {
		t.Fatal(spec.Detail(err))
	}
	plain, err := p.Plain()
	if err != nil {
		t.Fatal(err)
	}
	return p, plain.(inductive.Instance)
}

func TestTry(t *testing.T) {
	file := os.Getenv("TRY")
	if file == "" {
		t.Skip()
	}
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, inst := load(t, string(src), nil)
	r, err := inductive.Prove(context.Background(), p.IR(), inst, inductive.Options{Solvers: inductive.Installed(), Limit: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Results {
		t.Log(x.Name, x.Verdict, x.By, x.Why)
		if x.Cex != nil {
			for _, st := range x.Cex.Trace.Steps {
				t.Log("   ", st.Step, st.State)
			}
			t.Log("   ", x.Cex.Fault, x.Cex.Parts)
		}
	}
}
