// Package stubborn finds, for a state of a model, a part of the enabled instances of actions that is enough to explore:
// partial-order reduction by stubborn sets (Valmari, "Stubborn sets for reduced state space generation", 1990; Godefroid,
// "Partial-order methods for the verification of concurrent systems", 1996).
//
// An instance is active in a state where its guard is true or faults; any other one is disabled. A set of instances is
// stubborn in a state if
//
//   - for each active instance in it, all instances are in it that depend on this one;
//   - for each disabled instance in it, all instances are in it that may change a conjunct of its guard that is false, or
//     another one on which it depends whether that conjunct is come to: a necessary enabling set (Laarman, Pater, van de Pol
//     and Hansen, "Guard-based partial-order reduction", 2014).
//
// Two instances depend on each other if one may write a cell of the state that the other may read or write, unless they
// are never active together since their guards ask different things of one cell. What an instance reads is what its guard
// and all of its body read, so that its successors, its faults and whether it has any successor at all are functions of it,
// and what the Step and Ensures properties read that it might break: whether it breaks them is, too.
//
// Why this is enough. Let instances outside of a stubborn set T be taken, one after another, from state s. None of them
// makes a disabled instance of T active: all that could are in T. None changes what an active instance a of T reads: of
// those that could, all are in T but for those that are never active together with a; and the first step to make one of these
// active would have to write what the guard of a reads while a is active, so that it is in T itself. So an active instance
// of T does the same afterwards as it does in s, and then has changed nothing that the others read or write: they can be
// taken after it as well, and end in the same state. From this follows what package checker makes of it.
//
// A set is sufficient, in the words of model.Reducer, if all goals are in it: the instances that may write what a preserved
// property of states reads, that may fault, or that may violate a preserved property of steps. Sets with few active instances
// are looked for: around the goals, and around single instances that leave the properties of states alone. An active instance
// may come to nothing, by a `when` in its body; so a set counts only once one of it has given a successor.
//
// For properties of runs (model.RunReducer) the goals are the visible instances. Whether a step is enabled is a function of what its
// instance reads, so that what may write that is visible where fairness or `enabled` speaks of the step. The instances outside of T
// neither read nor write what an active instance of T writes, nor write what it reads; so its steps change the same cells from the
// same values to the same ones after any number of those, and are as silent there.
package stubborn

import (
	"fmt"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits of what is worth the memory.
const (
	mostBits  = 1 << 27 // instances times cells
	mostTable = 1 << 8  // values of a cell for which a conjunct is tabled
	mostRuns  = 1 << 10 // of an instance, for values of what it reads
	allRuns   = 1 << 18 // of all instances
)

// Compiled is a runner of compiled code.
type Compiled interface {
	model.Runner
	Cells() []int64
	Current() model.State
	Probe(first []int32)
	Run(i int, emit func(model.Label, model.State, *model.Fault))
	Tabulate(i, k, cell, n int) (values []bool, ok bool)
	Exhaust(i int, cells, sizes []int, note func(now, next []int64)) (ok bool)
}

// Analysis is what the instances of a model read and write. Its runners share it.
type Analysis struct {
	system    *eval.System
	pk        *layout.Packing
	instances []instance
	readers   []set // of each cell, the instances whose guard or body may read it
	writers   []set
	claims    []claim // of properties
	sayings   []claim // of propositions of runs; of one of steps: whether such a step is enabled
	happening []set   // of each such proposition that is of steps, the instances whose steps it is true of; nil for others
	runs      int     // that may yet be spent on instances

	mu        sync.Mutex
	dependent map[string][]set // by the Step and Ensures properties that are kept, what depending gives
}

// instance is what is known of an instance of an action.
type instance struct {
	never  bool
	guard  []conjunct
	reads  set // cells
	writes set
	faults bool            // it may fault
	values map[int][]int64 // that it may change cells to; nil or absent where they are not known
	// Of cells that it reads, from which value to which other one it may change them; nil or absent where that is not known.
	moves map[int][][2]int64
}

// conjunct is a part of a guard.
type conjunct struct {
	reads  set
	safe   bool   // it never faults
	cell   int    // the only one that it reads, if there is a table
	table  []bool // by the value of the cell, or nil
	usable bool   // there is a table, and no conjunct before it faults: the instance is active only where it is true
	enable set    // the instances that may make it true, or change whether it is come to
}

// Irreducible says why there can be no Analysis of a system, or gives "".
func Irreducible(s *eval.System) string {
	pk, _ := s.Packing()
	list, ok := s.Instances()
	if !ok {
		return "its actions have too many choices of parameters to be told apart"
	}
	if len(list)*pk.Cells > mostBits {
		return fmt.Sprintf("%d instances of actions on %d parts of a state are too many", len(list), pk.Cells)
	}
	return ""
}

// Analyse finds out what the instances of a system read and write, unless it is Irreducible. code is a runner of it.
func Analyse(s *eval.System, code Compiled) *Analysis {
	pk, tb := s.Packing()
	list, _ := s.Instances()
	a := &Analysis{system: s, pk: pk, runs: allRuns, readers: make([]set, pk.Cells), writers: make([]set, pk.Cells), dependent: map[string][]set{}}
	for c := range pk.Cells {
		a.readers[c], a.writers[c] = newSet(len(list)), newSet(len(list))
	}
	p := s.Program()
	limits, plain := limitsOf(p, tb)
	for i, in := range list {
		act := &p.Actions[in.Action]
		out := instance{never: in.Never, reads: newSet(pk.Cells), writes: newSet(pk.Cells)}
		if !in.Never {
			r := newReader(p, pk, tb)
			params := r.parameters(act, in.Ranks)
			r.writes, r.values = out.writes, map[int][]int64{}
			r.body(act.Body, params)
			out.reads, out.values = r.reads, r.values
			sound := true
			for k, g := range in.Guard {
				r := newReader(p, pk, tb)
				r.expr(g.X, params)
				c := conjunct{reads: r.reads, safe: g.Safe}
				if cells := r.reads.list(); len(cells) == 1 && limits[cells[0]] < mostTable {
					c.cell = cells[0]
					c.table, _ = code.Tabulate(i, k, c.cell, int(limits[c.cell])+1)
				}
				c.safe = c.safe || c.table != nil
				c.usable = sound && c.table != nil
				sound = sound && c.safe
				out.guard = append(out.guard, c)
				out.reads.addAll(r.reads)
			}
		}
		a.exhaust(i, &out, code, plain, limits)
		out.reads.each(func(c int) { a.readers[c].add(i) })
		out.writes.each(func(c int) { a.writers[c].add(i) })
		a.instances = append(a.instances, out)
	}
	for i := range a.instances {
		a.enabling(i)
	}
	a.claims = claimsOf(s, pk, tb, limits)
	a.propositions(tb, limits)
	return a
}

// limitsOf gives the greatest value of each cell, and tells which cells may have all values up to that, whatever is in others.
func limitsOf(p *ir.Program, tb *layout.Table) (limits []uint64, plain set) {
	for _, v := range p.Vars {
		limits = tb.Limits(limits, v.Type)
	}
	plain = newSet(len(limits))
	at := 0
	for _, v := range p.Vars {
		n := tb.Must(v.Type)
		if independent(v.Type) {
			for i := range n {
				plain.add(at + i)
			}
		}
		at += n
	}
	return limits, plain
}

// independent tells whether every cell of a value of a type may have any value.
func independent(t *types.Type) bool {
	switch {
	case layout.IsScalar(t), t.Kind == types.Set:
		return true
	case t.Kind == types.Map:
		return independent(t.Elem)
	case t.Kind == types.Record:
		return !slices.ContainsFunc(t.Fields, func(f types.Field) bool { return !independent(f.Type) })
	}
	return false
}

// exhaust runs an instance for all values of the cells that it reads, if they are few, to see whether it may fault and to
// which values it changes cells.
func (a *Analysis) exhaust(i int, in *instance, code Compiled, plain set, limits []uint64) {
	if in.never {
		return
	}
	in.faults = true // as far as anyone knows
	runs := 1
	var cells, sizes []int
	for _, c := range in.reads.list() {
		if !plain.has(c) || limits[c] >= mostTable {
			return
		}
		n := int(limits[c]) + 1
		if runs *= n; runs > a.runs || runs > mostRuns {
			return
		}
		cells, sizes = append(cells, c), append(sizes, n)
	}
	a.runs -= runs
	values, moves := map[int][]int64{}, map[int][][2]int64{}
	writes := in.writes.list()
	for _, c := range writes {
		values[c] = []int64{}
		if in.reads.has(c) {
			moves[c] = [][2]int64{}
		}
	}
	in.faults = !code.Exhaust(i, cells, sizes, func(now, next []int64) {
		for _, c := range writes {
			v, move := next[c], [2]int64{now[c], next[c]}
			if in.reads.has(c) && v == now[c] {
				continue
			}
			if in.reads.has(c) && !slices.Contains(moves[c], move) {
				moves[c] = append(moves[c], move)
			}
			if !slices.Contains(values[c], v) {
				values[c] = append(values[c], v)
			}
		}
	})
	if !in.faults {
		in.values, in.moves = values, moves
	}
}

// enabling finds for each conjunct of instance i the instances that may enable it by this one.
func (a *Analysis) enabling(i int) {
	in := &a.instances[i]
	before := newSet(len(a.instances)) // those that may change whether the conjunct is come to
	for k := range in.guard {
		g := &in.guard[k]
		writers := newSet(len(a.instances))
		g.reads.each(func(c int) { writers.addAll(a.writers[c]) })
		g.enable = append(set(nil), before...)
		writers.each(func(j int) {
			if g.table == nil || a.instances[j].mayGive(g.cell, g.table) {
				g.enable.add(j)
			}
		})
		g.enable.remove(i) // it is not taken before it is enabled
		if !g.safe {
			before.addAll(writers)
		}
	}
}

// mayGive tells whether an instance may give a cell a value for which a table is true.
func (in *instance) mayGive(cell int, table []bool) bool {
	list := in.values[cell]
	if list == nil {
		return true
	}
	for _, v := range list {
		if table[v] {
			return true
		}
	}
	return false
}

// mayBreak tells whether an instance may violate one of the Step and Ensures properties in a list.
func (a *Analysis) mayBreak(i int, properties []bool) bool {
	for p, info := range a.system.Info().Properties {
		if properties[p] && info.Kind.OfSteps() && a.system.MayBreak(i, model.PropertyID(p)) {
			return true
		}
	}
	return false
}

// exclude tells whether two instances are never active in one state: their guards ask different things of a cell.
func exclude(a, b *instance) bool {
	for i := range a.guard {
		for k := range b.guard {
			if g, h := &a.guard[i], &b.guard[k]; g.usable && h.usable && g.cell == h.cell && !compatible(g.table, h.table) {
				return true
			}
		}
	}
	return false
}

func compatible(s, t []bool) bool {
	for v := range s {
		if s[v] && t[v] {
			return true
		}
	}
	return false
}

// depending is dependence, worked out once.
func (a *Analysis) depending(steps []model.PropertyID) []set {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := fmt.Sprint(steps)
	if a.dependent[key] == nil {
		a.dependent[key] = a.dependence(steps)
	}
	return a.dependent[key]
}

// dependence gives for each instance the others that depend on it, where the given Step and Ensures properties are to be
// kept.
func (a *Analysis) dependence(steps []model.PropertyID) []set {
	n := len(a.instances)
	readers := a.readers
	reads := make([]set, n)
	for i := range a.instances {
		reads[i] = a.instances[i].reads
	}
	if len(steps) > 0 {
		readers = make([]set, len(a.readers))
		for c := range readers {
			readers[c] = append(set(nil), a.readers[c]...)
		}
		for i := range a.instances {
			if a.instances[i].never {
				continue
			}
			reads[i] = append(set(nil), reads[i]...)
			for _, p := range steps {
				if a.system.MayBreak(i, p) {
					reads[i].addAll(a.claims[p].reads)
				}
			}
			reads[i].each(func(c int) { readers[c].add(i) })
		}
	}
	out := make([]set, n)
	for i := range a.instances {
		in := &a.instances[i]
		d := newSet(n)
		in.writes.each(func(c int) {
			d.addAll(a.writers[c])
			d.addAll(readers[c])
		})
		reads[i].each(func(c int) { d.addAll(a.writers[c]) })
		d.each(func(j int) {
			if j == i || exclude(in, &a.instances[j]) {
				d.remove(j)
			}
		})
		out[i] = d
	}
	return out
}
