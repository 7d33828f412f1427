package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
)

// mostWorkers is more than any machine has cores. Each takes memory of its own.
const mostWorkers = 1024

func workersError(n int) error {
	if n < 0 {
		return fmt.Errorf("got --workers %d, want at least 1, or 0 for one a core", n)
	}
	return fmt.Errorf("got --workers %d, want at most %d: more than there are cores gain nothing", n, mostWorkers)
}

// searchFlags bound a search.
type searchFlags struct {
	Workers   int           `placeholder:"N" help:"Goroutines that search, at most 1024. Default, and 0: one a core."`
	MaxStates int64         `placeholder:"N" help:"End undecided after N distinct states; 0 is no limit."`
	MaxDepth  int           `placeholder:"N" help:"End undecided after N steps from the initial states; 0 is no limit."`
	Timeout   time.Duration `placeholder:"D" help:"End undecided after this time for each model, such as 90s or 1h; 0 is no limit. The run to what was found until then is looked for all the same, which takes no longer than finding it; a second interrupt ends that, too."`
	Memory    *size         `placeholder:"SIZE" help:"End undecided when the states take this much memory, such as 4GiB; 0 is no limit. Default: three quarters of what the machine or its control group offers."`
	Symmetry  bool          `help:"Take states for one that differ only in the names of identities of symmetric types."`
	Por       bool          `help:"Leave out steps whose order makes no difference to what is checked. Traces need not be the shortest."`
}

// Validate refuses numbers without meaning; kong calls it.
func (f *searchFlags) Validate() error {
	switch {
	case f.Por && f.Symmetry:
		return errors.New("got --por and --symmetry, want one of them: they are not combined")
	case f.Workers < 0 || f.Workers > mostWorkers:
		return workersError(f.Workers)
	case f.MaxStates < 0:
		return fmt.Errorf("got --max-states %d, want at least 1, or 0 for no limit", f.MaxStates)
	case f.MaxDepth < 0:
		return fmt.Errorf("got --max-depth %d, want at least 1, or 0 for no limit", f.MaxDepth)
	case f.Timeout < 0:
		return fmt.Errorf("got --timeout %s, want more than 0, or 0 for no limit", f.Timeout)
	}
	return nil
}

// config gives what the flags mean to the checker.
func (f *searchFlags) config() checker.Config {
	memory := defaultMemory()
	if f.Memory != nil {
		memory = int64(*f.Memory)
	}
	return checker.Config{
		Workers:      f.Workers,
		Memory:       memory,
		MaxStates:    f.MaxStates,
		MaxDepth:     f.MaxDepth,
		Symmetry:     f.Symmetry,
		PartialOrder: f.Por,
	}
}

// size is a number of bytes.
type size int64

var units = map[string]int64{
	"": 1, "b": 1,
	"k": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
}

// UnmarshalText reads a number and a unit, such as 4GiB, 1.5g or 800MB.
func (s *size) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	digits := strings.TrimRight(strings.ToLower(word), "bkmgti ")
	unit := strings.TrimSpace(strings.ToLower(word[len(digits):]))
	n, err := strconv.ParseFloat(digits, 64)
	factor, known := units[unit]
	if err != nil || !known || !(n >= 0 && n*float64(factor) < 1<<62) {
		return fmt.Errorf("got size %q, want a number and a unit, such as 4GiB", word)
	}
	*s = size(n * float64(factor))
	return nil
}
