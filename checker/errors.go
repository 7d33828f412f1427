package checker

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// PanicError reports a panic inside the code of a System: a fault of whoever wrote it, not a verdict on the model.
type PanicError struct {
	Method string       // of the Runner or System, such as "Next"
	Value  any          // what it panicked with; nil where it ended its goroutine instead
	Stack  []byte       // of the goroutine, as text
	Trace  *model.Trace // to the state that was loaded, or nil where there is none or it cannot be built
}

// Error gives the method and the value.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return fmt.Sprintf("the system ended its goroutine in %s", e.Method)
	}
	return fmt.Sprintf("the system panicked in %s: %v", e.Method, e.Value)
}

// Unwrap gives the value where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// NondeterminismError reports that a System gave different successors of one state, or different initial states, when
// asked again. No verdict on such a system means anything.
type NondeterminismError struct {
	What  string       // what differed, such as "Next gave 3 successors, then 2"
	Trace *model.Trace // to the state, or nil for initial states or where it cannot be built
}

// Error says what differed.
func (e *NondeterminismError) Error() string { return "the system is not deterministic: " + e.What }

// contradiction turns an error of the visited set into the one of the system that it comes from, where it does.
func contradiction(err error) error {
	if gone := (*visited.GoneError)(nil); errors.As(err, &gone) {
		return &NondeterminismError{What: gone.What}
	}
	return err
}

// reasonOf is the sentence for an error that ends a search early but is not one of Check.
func reasonOf(err error, cfg *Config) string {
	var disk visited.DiskError
	switch {
	case errors.As(err, &disk):
		return "disk error: " + disk.Error()
	case errors.Is(err, visited.ErrMemory):
		return "memory limit " + formatBytes(cfg.Memory) + " reached"
	case errors.Is(err, offheap.ErrNone):
		return "the machine gave no more memory"
	case errors.Is(err, visited.ErrNumbers):
		return fmt.Sprintf("%d parts of states reached, as many as can be numbered", int64(visited.MostNumbers))
	case errors.Is(err, visited.ErrStates) && cfg.MaxStates > 0 && cfg.MaxStates < visited.MaxStates:
		return fmt.Sprintf("state limit %d reached", cfg.MaxStates)
	default:
		return fmt.Sprintf("%d states reached, as many as can be numbered", int64(visited.MaxStates))
	}
}

// formatBytes writes a number of bytes in the largest unit, with two decimals at most.
func formatBytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, u := float64(n), 0
	for x >= 1024 && u < len(units)-1 {
		x, u = x/1024, u+1
	}
	text := strconv.FormatFloat(x, 'f', 2, 64)
	if short := strconv.FormatFloat(x, 'f', -1, 64); len(short) < len(text) {
		text = short
	}
	return text + " " + units[u]
}
