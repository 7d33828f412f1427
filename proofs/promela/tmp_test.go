package promela_test

import (
	"github.com/bulkheadlang/bulkhead/proofs/promela"
	"os"
	"testing"
)

func TestTmp(t *testing.T) {
	m, err := promela.Export(load(t, os.Getenv("ONLY")).IR())
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/h7t/out.pml", []byte(m.Text), 0o600)
}
