// Package eval runs a model: it compiles an ir.Program into closures over a flat memory and serves them as a
// model.System.
//
// The memory of a runner is one slice of cells (package layout): the current state, the state being made, and then every
// local, every intermediate composite and every constant, each at a place fixed at compile time. Nothing is allocated
// while a model runs. An action is compiled once for every choice of its parameters, with the parameters as constants,
// so that most subscripts and many conditions disappear; quantifiers over small types are written out in the same way.
// Actions with very many instances keep their parameters in memory instead.
//
// A statement is compiled with the statement that follows it, so that a choice can run the rest of the body once for
// every alternative and put the memory back in between. A fault is a panic that is caught around each alternative: the
// branches beside it go on.
package eval

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits that keep compilation and evaluation finite in practice.
const (
	groundCells   = 1 << 20 // memory after which no further instance gets code of its own
	cellLimit     = 1 << 24 // memory of a runner
	codeLimit     = 1 << 21 // expressions compiled after which nothing more is written out
	instanceLimit = 1 << 20 // instances of one action
	initialLimit  = 1 << 24 // combinations of `any` values
	fuelLimit     = 1 << 26 // steps of one evaluation: an iteration is one
	callFuel      = 16      // steps of a call
	choiceFuel    = 128     // steps of a branch: each may give a successor
	saveLimit     = 1 << 23 // cells that recursive calls keep of the calls around them
	shownLimit    = 1 << 18 // cells of constants that reports show
	depthLimit    = 10_000  // nested calls of a recursive function
	roundLimit    = 1 << 12 // rounds of a loop in which something is chosen; they are nested
)

// Tuning says how much code is written out. It changes how fast a model runs, never what it does.
type Tuning struct {
	Ground uint64 // instances of all actions that get code of their own; above, parameters are in memory
	Unroll int64  // copies of a body that quantifiers may be written out to, nested ones multiplied
	Fuel   int64  // steps of one evaluation; past them it faults. 0 means as many as usual
}

// usual is the tuning of Compile.
var usual = Tuning{Ground: 1 << 12, Unroll: 256}

// env is what code runs on. It belongs to one runner.
type env struct {
	m         []int64
	fuel      int64
	limit     int64 // of fuel
	depth     int
	rounds    int
	result    int64   // of the recursive call that just ended
	cells     []int64 // likewise, of a composite
	save      []int64 // a stack of memory to be put back
	emit      func()  // the end of a body: a successor stands in the new state
	faulted   func(*model.Fault)
	recording bool
	choices   []model.Binding
}

// word evaluates an expression whose value is one cell: a scalar or a set of at most 64 possible elements.
type word func(e *env) int64

// addr evaluates any other expression and says where its cells are.
type addr func(e *env) int

// code is a compiled word: f, or the constant v where k is set, or, where cell is set, what memory cell at holds plus lo.
// Code is safe when it is known that it cannot fault and does not take long, so that it may be left out.
type code struct {
	f    word
	k    bool
	v    int64
	cell bool
	at   int
	lo   int64
	safe bool
}

// place is a compiled composite: f, or always at where k is set.
type place struct {
	f  addr
	k  bool
	at int
}

// scope is what is known while an expression is compiled.
type scope struct {
	base   int // where LoadVar reads: the current state, or the one being made
	root   *root
	bound  *binding
	copies int // how many times the code at hand is written out
	// changed, if not nil, holds the cells of the state that the step at hand may have changed: all others are read from
	// the current state, so that what a step property says of them is known to be true when it is compiled.
	changed map[int]bool
}

// root is a piece of code that runs on its own: an instance of an action, a property, a function. It has its own places
// for locals, from start to end.
type root struct {
	locs       map[ir.LocalID]int
	start, end int
	writes     map[int]bool // cells of the state that assignments may change, counted from the state's start
}

// binding says that a local is a constant: a word, or a composite at a place in memory.
type binding struct {
	id   ir.LocalID
	v    int64
	at   int
	next *binding
}

func (s scope) bind(id ir.LocalID, v int64) scope {
	s.bound = &binding{id: id, v: v, next: s.bound}
	return s
}

func (s scope) lookup(id ir.LocalID) *binding {
	for b := s.bound; b != nil; b = b.next {
		if b.id == id {
			return b
		}
	}
	return nil
}

type compiler struct {
	p     *ir.Program
	tuned Tuning
	tb    *layout.Table
	pk    *layout.Packing
	next  int // where the state being made starts; the current one starts at 0
	size  int // cells of memory given away
	nodes int // expressions compiled
	image []constant
	named map[*ir.Expr]*named // the constants of the model that are no scalars
	fold  *env                // what constants are worked out on
	done  int                 // how much of image is in the memory of fold
	funcs map[funcKey]*function
	reads map[ir.FuncID]bool // whether a function reads the state
	spent int64              // steps that it took to work out the constants
	shown int                // cells of constants rendered for reports
}

// constant is what memory holds before anything runs.
type constant struct {
	at    int
	cells []int64
}

func (c *compiler) alloc(n int) int {
	at := c.size
	c.size += n
	return at
}

func (c *compiler) newRoot() *root {
	return &root{locs: map[ir.LocalID]int{}, start: c.size, writes: map[int]bool{}}
}

// isWord tells whether values of a type are one cell that code passes by value.
func isWord(t *types.Type) bool {
	return layout.IsScalar(t) || t.Kind == types.Set && t.Elem.Card() <= 64
}

func (c *compiler) cells(t *types.Type) int {
	if isWord(t) {
		return 1
	}
	return c.tb.Must(t)
}

// loc is where a local lives.
func (c *compiler) loc(s scope, id ir.LocalID) int {
	at, ok := s.root.locs[id]
	if !ok {
		at = c.alloc(c.cells(c.p.Locals[id].Type))
		s.root.locs[id] = at
	}
	return at
}

func fail(pos syntax.Pos, format string, args ...any) {
	panic(&model.Fault{Position: types.Pos(pos), Message: fmt.Sprintf(format, args...)})
}

func konst(v int64) code {
	return code{k: true, safe: true, v: v, f: func(*env) int64 { return v }}
}

func dyn(f word) code { return code{f: f} }

// dynOf is code made of parts that are safe or not, and safe if they are.
func dynOf(f word, parts ...code) code {
	safe := true
	for _, p := range parts {
		safe = safe && p.safe
	}
	return code{f: f, safe: safe}
}

func load(at int, lo int64) code {
	out := code{cell: true, safe: true, at: at, lo: lo}
	if lo == 0 {
		out.f = func(e *env) int64 { return e.m[at] }
	} else {
		out.f = func(e *env) int64 { return e.m[at] + lo }
	}
	return out
}

func fixed(at int) place {
	return place{k: true, at: at, f: func(*env) int { return at }}
}

// offset is the number to add to a cell to get the value code works on: integers are stored as their distance from the
// least one.
func offset(t *types.Type) int64 {
	if t.Kind == types.Range {
		return t.Lo
	}
	return 0
}

// wordAt reads a word of type t from a place in the representation of stored values.
func wordAt(t *types.Type, p place, plus int) code {
	lo := offset(t)
	if p.k {
		return load(p.at+plus, lo)
	}
	f := p.f
	return dyn(func(e *env) int64 { return e.m[f(e)+plus] + lo })
}

// settled is where n cells at a place fixed in the state being made are read: in the current state if they are the same
// there.
func (c *compiler) settled(s scope, at, n int) int {
	if s.changed == nil || at < c.next || at >= 2*c.next {
		return at
	}
	for i := range n {
		if s.changed[at-c.next+i] {
			return at
		}
	}
	return at - c.next
}

// settledPlace does the same for a place, where it is fixed.
func (c *compiler) settledPlace(s scope, p place, n int) place {
	if !p.k {
		return p
	}
	return fixed(c.settled(s, p.at, n))
}

// burn counts steps.
func (e *env) burn(steps int64) {
	e.fuel -= steps
	if e.fuel < 0 {
		panic(&model.Fault{Message: fmt.Sprintf("evaluation takes more than %d steps", e.limit)})
	}
}

// try runs f and reports whether it ended without a fault.
func (e *env) try(f func(*env)) (fault *model.Fault) {
	defer func() {
		if r := recover(); r != nil {
			ft, ok := r.(*model.Fault)
			if !ok {
				panic(r)
			}
			fault = ft
		}
	}()
	f(e)
	return nil
}

// into stores the value of x in memory as values are stored, at a place fixed or computed by dst.
func (c *compiler) into(s scope, x *ir.Expr, t *types.Type, dst place) func(e *env) {
	if isWord(t) {
		w := c.word(s, x)
		lo := offset(t)
		switch {
		case dst.k && w.k:
			at, v := dst.at, w.v-lo
			return func(e *env) { e.m[at] = v }
		case dst.k:
			at, f := dst.at, w.f
			return func(e *env) { e.m[at] = f(e) - lo }
		default:
			f, d := w.f, dst.f
			return func(e *env) {
				v := f(e) - lo // before the place: both may have effects on the same scratch memory
				e.m[d(e)] = v
			}
		}
	}
	n := c.cells(t)
	src := c.comp(s, x)
	if dst.k && src.k {
		to, from := dst.at, src.at
		return func(e *env) { copy(e.m[to:to+n], e.m[from:from+n]) }
	}
	from, to := src.f, dst.f
	return func(e *env) {
		a := from(e)
		b := to(e)
		copy(e.m[b:b+n], e.m[a:a+n])
	}
}

// setLocal stores the value of x in a local.
func (c *compiler) setLocal(s scope, id ir.LocalID, x *ir.Expr) func(e *env) {
	at := c.loc(s, id)
	if isWord(c.p.Locals[id].Type) {
		f := c.word(s, x).f
		return func(e *env) { e.m[at] = f(e) }
	}
	return c.into(s, x, c.p.Locals[id].Type, fixed(at))
}

// localFrom copies a stored value of type t at a place into a local of the same type.
func (c *compiler) localFrom(s scope, id ir.LocalID, t *types.Type, src place, plus int) func(e *env) {
	at := c.loc(s, id)
	if isWord(t) {
		f := wordAt(t, src, plus).f
		return func(e *env) { e.m[at] = f(e) }
	}
	n := c.cells(t)
	f := src.f
	return func(e *env) {
		a := f(e) + plus
		copy(e.m[at:at+n], e.m[a:a+n])
	}
}

// localFromRank gives a local the value of a rank.
func (c *compiler) localFromRank(s scope, id ir.LocalID, t *types.Type) func(e *env, r uint64) {
	at := c.loc(s, id)
	if isWord(t) {
		lo := offset(t)
		return func(e *env, r uint64) { e.m[at] = int64(r) + lo }
	}
	n := c.cells(t)
	tb := c.tb
	return func(e *env, r uint64) { tb.Unrank(t, r, e.m[at:at+n]) }
}
