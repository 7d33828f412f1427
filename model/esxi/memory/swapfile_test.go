package memory

import (
	"errors"
	"math"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// The faults of power-on have their names in the API, and are refusals.
func TestFaultsGolden(t *testing.T) {
	a := must(NewAdmission(6, 5, 1, []int{4, 4, 8}))
	var errs []error
	for _, step := range []error{
		a.Reserve(1, 3), a.PowerOn(1), a.PowerOn(1), a.Reserve(1, 0), a.Reserve(2, 2), a.PowerOn(2), a.PowerOn(3), a.PowerOff(2), a.Reserve(2, 5),
	} {
		if step != nil {
			errs = append(errs, step)
		}
	}
	want := []vim.FaultName{
		vim.InvalidPowerState, vim.InvalidPowerState, vim.InsufficientMemoryResources, vim.NoDiskSpace, vim.InvalidPowerState, vim.InvalidArgument,
	}
	if len(errs) != len(want) {
		t.Fatalf("got %v, want %v", errs, want)
	}
	for i, err := range errs {
		f := new(vim.Fault)
		if !errors.As(err, &f) || f.Name != want[i] || !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want a refusal named %s", err, want[i])
		}
	}
	if a.Unreserved() != 2 || a.FreeDisk() != 4 || !a.On(1) || a.SwapFile(1) != 1 {
		t.Errorf("got %+v", a)
	}
	for _, bad := range [][3]int{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}, {maxMB + 1, 0, 0}, {0, maxMB + 1, 0}, {10, 10, math.MaxInt}} {
		if _, err := NewAdmission(bad[0], bad[1], bad[2], nil); err == nil {
			t.Errorf("%v: got no error", bad)
		}
	}
	if _, err := NewAdmission(1, 1, 1, []int{0}); err == nil {
		t.Error("a machine of no size: got no error")
	}
}
