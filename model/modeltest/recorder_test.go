package modeltest_test

import (
	"fmt"
	"strings"
	"testing"
)

// recorder stands for the testing.TB of a test that ought to fail.
type recorder struct {
	testing.TB
	failed bool
	text   strings.Builder
}

func (r *recorder) Helper() {}

func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.Logf(format, args...)
}

type stopped struct{}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(stopped{})
}

// record runs f and gives what it reported and whether it failed.
func record(f func(testing.TB)) (text string, failed bool) {
	r := &recorder{}
	func() {
		defer func() {
			if v := recover(); v != nil {
				if _, ok := v.(stopped); !ok {
					panic(v)
				}
			}
		}()
		f(r)
	}()
	return r.text.String(), r.failed
}

// fails checks that f fails with a text that contains want.
func fails(t testing.TB, want string, f func(testing.TB)) {
	t.Helper()
	if text, failed := record(f); !failed || !strings.Contains(text, want) {
		t.Errorf("failed: %v, with %q, want %q", failed, text, want)
	}
}
