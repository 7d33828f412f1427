package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// Outcome is what Find says.
type Outcome int

// The outcomes.
const (
	Undecided  Outcome = iota // a limit was met before
	Found                     // there is a plan, and none has fewer steps
	Impossible                // there is none: all states that can be reached were looked at
)

var outcomes = [...]string{"undecided", "found", "impossible"}

// String names an outcome.
func (o Outcome) String() string { return outcomes[o] }

// Limits end a search. The zero value ends none.
type Limits struct {
	States  int64 // distinct placements; 0 means no limit
	Steps   int   // of a plan; 0 means no limit
	Memory  int64 // bytes; 0 means no limit
	Workers int   // goroutines; 0 means GOMAXPROCS
}

// Result is what Find found.
type Result struct {
	Outcome Outcome
	Plan    []Step // where Found: in order
	States  int64  // placements that were looked at
	Reason  string // where Undecided: why

	// Where Impossible: how near the goal one can come. Nearest are steps to a placement in which as little as possible is not as the goal has it,
	// Left is how much that is, in machines and violations of rules, and Refused is what stops each machine concerned there.
	Nearest []Step
	Left    int
	Refused []Refusal
}

// Find looks for a plan of the fewest steps, of which no move can be left out. An error is one of the problem. Where ctx ends first the
// outcome is Undecided.
func Find(ctx context.Context, p Problem, limits Limits) (*Result, error) {
	c, err := p.cluster()
	if err != nil {
		return nil, err
	}
	s := newSpace(p, c)
	start := make([]byte, len(p.At))
	for v, h := range p.At {
		start[v] = byte(h)
	}
	sys, err := s.system(placement(start))
	if err != nil {
		return nil, err
	}
	cfg := checker.Config{FailFast: true, MaxStates: limits.States, MaxDepth: s.fewest(), Memory: limits.Memory, Workers: limits.Workers}
	if limits.Steps > 0 {
		cfg.MaxDepth = min(cfg.MaxDepth, limits.Steps)
	}
	res, err := checker.Check(ctx, sys, cfg)
	if err != nil {
		return nil, err
	}
	if res.Properties[0].Verdict == checker.Undecided && ctx.Err() == nil && cfg.MaxDepth != limits.Steps {
		cfg.MaxDepth = limits.Steps
		if res, err = checker.Check(ctx, sys, cfg); err != nil {
			return nil, err
		}
	}
	out := &Result{States: res.Stats.Distinct, Reason: res.Reason}
	f := res.Properties[0]
	if f.Verdict == checker.Undecided {
		return out, nil
	}
	steps := s.way(f)
	end, err := p.follow(steps)
	if err != nil {
		return nil, fmt.Errorf("the way that was found is refused: %w", err)
	}
	left := p.Goal.left(end)
	steps = p.lean(steps, left)
	if f.Verdict == checker.Violated {
		out.Outcome, out.Plan, out.Reason = Found, steps, ""
		if err := p.Validate(steps); err != nil {
			return nil, fmt.Errorf("the plan that was found is refused: %w", err)
		}
		return out, nil
	}
	if end, err = p.follow(steps); err != nil {
		return nil, err
	}
	out.Outcome, out.Nearest, out.Reason = Impossible, steps, ""
	out.Left, out.Refused = left, p.refusals(end)
	return out, nil
}

// fewest is the steps, 1 at least, that it takes to move each unit once that the goal has elsewhere: as many as most plans have. Find tries so many
// first, since the checker, without a limit, looks one step beyond the goal, where there are many times as many placements.
func (s *space) fewest() int {
	units := 0
	for _, u := range s.units {
		if slices.ContainsFunc(u, func(v drs.VM) bool {
			return slices.Contains(s.Goal.Empty, s.At[v-1]) ||
				slices.ContainsFunc(s.Goal.Run, func(m drs.Move) bool { return m.VM == v && m.To != s.At[v-1] })
		}) {
			units++
		}
	}
	parallel := max(1, s.Parallel)
	return max(1, (units+parallel-1)/parallel)
}

// way reads the steps of the run that the checker shows.
func (s *space) way(f checker.Finding) []Step {
	if f.Trace == nil {
		return nil
	}
	var out []Step
	states := f.Trace.Steps
	for i := 1; i < len(states); i++ {
		out = append(out, s.step(read(states[i-1].State), read(states[i].State)))
	}
	return out
}
