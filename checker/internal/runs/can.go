package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Branching evaluates formulas that speak of what can be reached. Of each it finds all states where it is true, the inner
// ones first (Clarke, Emerson and Sistla, Automatic verification of finite-state concurrent systems using temporal logic
// specifications, TOPLAS 1986).
type Branching struct {
	g     *Graph
	ctx   context.Context
	meter *Meter
	bytes int64

	starts, sources []uint32 // the reversed edges: of each state where its predecessors begin, and these
	sets            map[*model.Formula][]uint64
	kept            int64 // of bytes: those of sets
}

// Branching prepares a graph for Can. Close gives its memory back.
func (g *Graph) Branching(ctx context.Context, m *Meter) (*Branching, error) {
	b := &Branching{g: g, ctx: ctx, meter: m, sets: map[*model.Formula][]uint64{}}
	if err := b.reverse(); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close gives the memory back.
func (b *Branching) Close() {
	b.meter.Give(b.bytes)
	b.bytes, b.starts, b.sources, b.sets = 0, nil, nil, nil
}

// Reach says what a run shows of its last state.
type Reach uint8

// What a run can show.
const (
	Nothing     Reach = iota // what is claimed of the state itself is false
	Unreachable              // from there something cannot be reached that is to be possible
	Reached                  // it is one that is not to be possible to reach
)

// Evidence is a run that shows why a formula is false.
type Evidence struct {
	Path  []Step // from an initial state
	End   uint32 // the last state
	Shows Reach
}

// Can tells whether formula f is true of every initial state; where it is not, the evidence is nil no more.
func (b *Branching) Can(f *model.Formula) (*Evidence, error) {
	defer func() { // of a formula, the sets are of no use to others
		b.meter.Give(b.kept)
		b.bytes -= b.kept
		b.kept = 0
		clear(b.sets)
	}()
	set, err := b.eval(f)
	if err != nil {
		return nil, err
	}
	from := b.those(b.g.Initial, set, false)
	if len(from) == 0 {
		return nil, nil
	}
	return b.show(f, from, false)
}

// those gives those of some states that are in a set, or are not.
func (b *Branching) those(states []uint32, set []uint64, in bool) (out []uint32) {
	for _, s := range states {
		if has(set, int(s)) == in {
			out = append(out, s)
		}
	}
	return out
}

func (b *Branching) take(n int64) error {
	if err := b.meter.Take(n); err != nil {
		return err
	}
	b.bytes += n
	return nil
}

// reverse lists the predecessors of every state.
func (b *Branching) reverse() error {
	n, m := b.g.Len(), len(b.g.Targets)
	if err := b.take(4 * int64(n+1+m)); err != nil {
		return err
	}
	b.starts, b.sources = make([]uint32, n+1), make([]uint32, m)
	for _, t := range b.g.Targets {
		b.starts[t]++
	}
	sum := uint32(0)
	for s := range b.starts {
		sum += b.starts[s]
		b.starts[s] = sum // where those of the state end, for now
	}
	for s := n - 1; s >= 0; s-- {
		lo, hi := b.g.out(uint32(s))
		for e := hi; e > lo; e-- {
			t := b.g.Targets[e-1]
			b.starts[t]--
			b.sources[b.starts[t]] = uint32(s)
		}
	}
	return b.ctx.Err()
}

// eval gives the states where a formula is true.
func (b *Branching) eval(f *model.Formula) (set []uint64, err error) {
	if set, ok := b.sets[f]; ok {
		return set, nil
	}
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	words := (b.g.Len() + 63) / 64
	if err := b.take(8 * int64(words)); err != nil {
		return nil, err
	}
	b.kept += 8 * int64(words)
	if Plain(f) {
		set = make([]uint64, words)
		of := make([]bool, len(b.g.StateBits))
		for class, bits := range b.g.StateBits {
			of[class] = Holds(f, bits, make([]uint64, len(bits)))
		}
		for s, class := range b.g.States {
			if of[class] {
				set[s>>6] |= 1 << (s & 63)
			}
		}
		b.sets[f] = set
		return set, nil
	}
	var args [][]uint64
	for _, g := range f.Args {
		x, err := b.eval(g)
		if err != nil {
			return nil, err
		}
		args = append(args, x)
	}
	switch f.Op {
	case model.CanOp:
		set, err = b.backward(args[0])
	case model.AlwaysOp:
		set, err = b.backward(complement(args[0], b.g.Len()))
		set = complement(set, b.g.Len())
	case model.NotOp, model.AndOp, model.OrOp, model.ImpliesOp, model.IffOp:
		set = make([]uint64, words)
		for w := range set {
			set[w] = connect(f.Op, args, w)
		}
		set = complement(complement(set, b.g.Len()), b.g.Len()) // without bits beyond the last state
	default:
		return nil, fmt.Errorf("a formula about what can be reached has operator %d", f.Op)
	}
	if err != nil {
		return nil, err
	}
	b.sets[f] = set
	return set, nil
}

func connect(op model.Op, args [][]uint64, w int) (x uint64) {
	switch op {
	case model.NotOp:
		return ^args[0][w]
	case model.AndOp:
		x = ^x
		for _, a := range args {
			x &= a[w]
		}
		return x
	case model.OrOp:
		for _, a := range args {
			x |= a[w]
		}
		return x
	case model.ImpliesOp:
		return ^args[0][w] | args[1][w]
	default: // IffOp
		return ^(args[0][w] ^ args[1][w])
	}
}

// complement gives the states of n that are not in a set.
func complement(set []uint64, n int) []uint64 {
	out := make([]uint64, len(set))
	for w := range set {
		out[w] = ^set[w]
	}
	if n&63 != 0 && len(out) > 0 {
		out[len(out)-1] &= 1<<(n&63) - 1
	}
	return out
}

// backward gives the states from which one of a set can be reached.
func (b *Branching) backward(goal []uint64) ([]uint64, error) {
	set := slices.Clone(goal)
	todo := []uint32{}
	for _, s := range members(goal) {
		todo = append(todo, uint32(s))
	}
	for i := 0; len(todo) > 0; i++ {
		if i%interval == 0 && b.ctx.Err() != nil {
			return nil, b.ctx.Err()
		}
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range b.sources[b.starts[s]:b.starts[s+1]] {
			if !has(set, int(p)) {
				set[p>>6] |= 1 << (p & 63)
				todo = append(todo, p)
			}
		}
	}
	return set, nil
}

// show leads from one of some states, in all of which f is true as told, to the state that shows it: the nearest one where
// what is always to be true is not, or that can be reached, and on from there. Of several parts that show it, one that leads on
// is shown.
func (b *Branching) show(f *model.Formula, from []uint32, truth bool) (*Evidence, error) {
	here := &Evidence{End: from[0]}
	if Plain(f) {
		return here, nil
	}
	switch f.Op {
	case model.NotOp:
		return b.show(f.Args[0], from, !truth)
	case model.AndOp, model.OrOp:
		return b.some(f.Args, from, func(int) bool { return truth })
	case model.ImpliesOp:
		return b.some(f.Args, from, func(k int) bool { return truth == (k == 1) })
	case model.IffOp:
		return b.some(f.Args, from[:1], func(k int) bool { return has(b.sets[f.Args[k]], int(from[0])) })
	}
	if truth == (f.Op == model.AlwaysOp) { // it is so of every run, which none can show
		if f.Op == model.CanOp {
			here.Shows = Unreachable
		}
		return here, nil
	}
	inner := f.Args[0]
	path, end, err := b.g.path(b.ctx, b.meter, from, func(t uint32) bool { return has(b.sets[inner], int(t)) == truth })
	if err != nil {
		return nil, err
	}
	on, err := b.show(inner, []uint32{end}, truth)
	if err != nil {
		return nil, err
	}
	if on.Shows == Nothing && truth {
		on.Shows = Reached
	}
	on.Path = append(path, on.Path...)
	return on, nil
}

// some shows one of several formulas that are true in some of the states as told by want: the first that shows something of a
// run, or else the first.
func (b *Branching) some(list []*model.Formula, from []uint32, want func(k int) bool) (*Evidence, error) {
	first := &Evidence{End: from[0]}
	for k, f := range list {
		states := b.those(from, b.sets[f], want(k))
		if len(states) == 0 {
			continue
		}
		e, err := b.show(f, states, want(k))
		if err != nil || e.Shows != Nothing || len(e.Path) > 0 {
			return e, err
		}
	}
	return first, nil
}

// errUnreachable is of a path that is not there, although a search before found one.
var errUnreachable = errors.New("runs: a state is not reached that was reached before")

// Path gives a shortest path from an initial state to one that goal names, and that state.
func (g *Graph) Path(ctx context.Context, m *Meter, goal func(s uint32) bool) (steps []Step, end uint32, err error) {
	return g.path(ctx, m, g.Initial, goal)
}

// path gives a shortest path from one of some states to one that goal names, and that state.
func (g *Graph) path(ctx context.Context, m *Meter, from []uint32, goal func(s uint32) bool) (steps []Step, end uint32, err error) {
	size := 8 * int64(g.Len())
	if err := m.Take(size); err != nil {
		return nil, 0, err
	}
	defer m.Give(size)
	by := make([]Step, g.Len()) // the step by which a state was met; of the first ones Edge is none
	const none = ^uint32(0)
	met := make([]uint64, (g.Len()+63)/64)
	var queue []uint32
	meet := func(s uint32, step Step) bool {
		if has(met, int(s)) {
			return false
		}
		met[s>>6] |= 1 << (s & 63)
		by[s] = step
		queue = append(queue, s)
		return goal(s)
	}
	back := func(s uint32) ([]Step, uint32, error) {
		end := s
		for by[s].Edge != none {
			steps = append(steps, by[s])
			s = by[s].State
		}
		slices.Reverse(steps)
		return steps, end, nil
	}
	for _, s := range from {
		if meet(s, Step{s, none}) {
			return back(s)
		}
	}
	for i := 0; i < len(queue); i++ {
		if i%interval == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		s := queue[i]
		for e, hi := g.out(s); e < hi; e++ {
			if meet(g.Targets[e], Step{s, e}) {
				return back(g.Targets[e])
			}
		}
	}
	return nil, 0, errUnreachable
}
