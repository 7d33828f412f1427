package inductive

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// sequences lists all sequences of n of some names.
func sequences(names []string, n int) []string {
	if n == 0 {
		return []string{""}
	}
	var out []string
	for _, s := range sequences(names, n-1) {
		for _, name := range names {
			out = append(out, strings.TrimPrefix(s+", "+name, ", "))
		}
	}
	return out
}

// TestStepsOfInduction compares what is asked with KInduction.v: the claim in the first k states of every run, and after k steps, of any
// actions each.
func TestStepsOfInduction(t *testing.T) {
	p, _, err := loadText(`model M

state {
  x: 0..9 = any
}

action Inc when x < 4 { x = x + 1 }

action Half when x > 5 { if x > 7 { x = 8 } else { x = 6 } }

invariant Low { x < 5 }
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= 3; k++ {
		want := map[string]bool{}
		for n := range k {
			for _, s := range sequences([]string{"Inc", "Half"}, n) {
				want[strings.TrimSuffix("init, "+s, ", ")] = true
			}
		}
		for _, s := range sequences([]string{"Inc", "Half"}, k) {
			want[s] = true
		}
		got := map[string]bool{}
		system := newSystem(p.IR(), nil, nil)
		for _, o := range system.obligations(k) {
			if o.Kind != Claims {
				continue
			}
			at, _, _ := strings.Cut(o.Name(p.IR()), ": ")
			got[at] = true
		}
		if !maps.Equal(got, want) {
			t.Errorf("k = %d: asked are %q, want %q", k, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}
