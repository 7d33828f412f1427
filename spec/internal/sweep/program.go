// Package sweep runs a model by tables: the third and fastest way, beside the plain interpreter (package interp) and the
// compiled code (package eval).
//
// A packed state is cut into chunks of at most eight bits. Every alternative of every instance of every action, what
// package symbolic makes of a model, is one bit; for every value of every chunk a table says which alternatives it does
// not rule out. So the alternatives that are enabled in a state are the conjunction of a few table entries, 64 at a time.
// A guard that is no conjunction of conditions on single chunks is looked up besides, and only where what the chunks say
// one by one has let it through: as a sum of products, which are bits in these tables too (sums.go), or as an automaton.
// A step is the old state with some bits masked out and others put in: constants, bits moved from elsewhere, or what tables
// give for the values of some chunks.
//
// Functions of several chunks are automata: a table for each chunk in turn, whose entries say where to go on (a decision
// diagram, cut into chunks). What is claimed of a state is looked up in one or a few of them, or together with what is enabled
// (alarm.go).
//
// What an alternative does alike to many variables, as a loop does, is computed for all of them at once, bit by bit (lanes.go,
// vector.go). An instance whose tables would be large since it looks up what a variable names is made anew for each
// value of that variable.
//
// Faults are alternatives too: where one fires, compiled code is asked what the fault is. Whatever cannot be made into
// tables runs as compiled code, instance by instance and property by property: Explain says what and why.
package sweep

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/symbolic"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

type node = diagram.Node

// Limits of what is made into tables. Tables are made for state spaces of many thousand states at least, so they may take
// some hundredths of a second.
const (
	octet         = 8       // bits of a chunk, but for single numbers that need more
	instanceSteps = 1 << 19 // of diagrams, for an instance of an action
	caseSteps     = 1 << 16 // for all cases of an instance that was too large
	claimSteps    = 1 << 18 // for a property
	totalSteps    = 1 << 22 // for the whole model
	tableLimit    = 1 << 21 // entries of all automata together
	claimNodes    = 1 << 11 // of the diagram of what is claimed together
	maxInstances  = 1 << 13
	largeTables   = 1 << 16 // entries of automata of one instance
	mostPlaces    = 32      // cases that an instance is made for one by one
)

// chunk is some neighbouring bits of a packed state.
type chunk struct {
	word   int
	shift  uint
	mask   uint64
	lo, hi int // the variables in it
}

// reading is where a chunk is, and its number.
type reading struct {
	word, number uint32
	mask         uint16
	shift        uint8
}

// alternative is a way in which a state can change.
type alternative struct {
	first   patch // of the first word
	action  model.ActionID
	kind    kind
	args    uint32 // of the instance
	count   uint32 // of an instance that runs as compiled code, and how many in turn do
	guards  []root
	patches []patch // of the other words
	ops     []op
	checks  []check
	lanes   *lanes // nil where there are none
}

// lanes is what an alternative does to many variables alike, and the conditions on that.
type lanes struct {
	vectors []int32
	some    []some
}

type kind uint8

const (
	step  kind = iota
	fault      // there is a fault
	slow       // compiled code knows
)

// patch is a constant change of a word: the bits of keep stay, those of set are put in.
type patch struct {
	word      int
	keep, set uint64
}

// op puts further bits into a word, which its patch has cleared.
type op struct {
	kind   opKind
	word   int
	root   root   // of a function, or of its table where it is of one chunk
	from   int    // of bits moved: the word they come from
	mask   uint64 // the bits there
	rotate int    // how far to the left
}

type opKind uint8

const (
	tabled opKind = iota
	walked
	moved
)

// check is something that is watched on a step.
type check struct {
	id int32 // its number among all that is watched
	at root  // it needs to be looked at where this is not 0
}

// Program is the tables of a model. It is immutable, but for what Ponder does; runners share it.
type Program struct {
	info   *model.Info
	words  int
	chunks []chunk
	asked  []reading // of the chunks, those that something is looked up for
	auto   automata

	alternatives []alternative
	guards       [][]guardTable // by two groups of 64 alternatives
	all          []uint64       // a bit for each alternative, for an even number of words
	sums         []sum          // by alternative; those of others are 0
	summed       bitset         // the alternatives that have one
	table        []uint64
	direct       []uint64
	vectors      []vector
	sleeping     atomic.Pointer[sleeping]
	pondering    sync.Mutex
	rest         *builder // what Ponder goes on with, or nil

	alarms []alarm
	onStep []alarm // of what is watched on steps
	claims []claims
	bounds []bound
	truths []truths
	always []uint64           // propositions about states that are true in all of them
	opaque bool               // there are propositions about states that are not in tables
	plain  []model.PropertyID // evaluated by compiled code on every state
	plainA []antecedent
	watchN int // how much can be watched on steps and states
	number map[watched]int32

	fallbacks []Fallback
}

// guardTable gives, for a value of a chunk, which alternatives of two groups of 64 it lets through: it is where their words for
// value 0 stand, and how many words there are for each value, of these groups and of others.
type guardTable struct{ at, row, chunk uint32 }

// claims is a function whose value has a bit for every claim that needs to be looked at.
type claims struct {
	at  root
	ids []int32
}

// truths is a function whose value has a bit for every proposition that is true; -1 where one faults.
type truths struct {
	at   root
	bits []int // the numbers of the propositions
}

type bound struct {
	p      model.PropertyID
	at     root
	levels []level // from the nearest to the limit on to the farthest beyond it; nil where there are no alarms
}

// faulting is the value of a bound where its evaluation faults.
const faulting = -1 << 63

// watched is something about a property: k is the number of an antecedent of it, or one of the following.
type watched struct {
	p model.PropertyID
	k int
}

const (
	itself    = -1 // it is violated or, a Reachable one, met; or its evaluation faults
	itsFaults = -2
)

type antecedent struct {
	p model.PropertyID
	k int
}

// Fallback is something that runs as compiled code, and why.
type Fallback struct {
	Name   string // of an action or a property
	Count  int    // of its instances
	Of     int
	Reason string
}

// Fallbacks lists what runs as compiled code.
func (p *Program) Fallbacks() []Fallback { return p.fallbacks }

// builder makes a Program.
type builder struct {
	*Program
	sys      *eval.System
	code     *ir.Program
	m        *symbolic.Machine
	of       []int // of each variable of diagrams, its chunk
	about    map[node]spread
	bits     []candidate
	products []product
	steps    int              // left of totalSteps
	certain  map[question]int // the only value that a variable has under a condition; -1 where it has several

	placed map[node]int // where the table of a function begins in direct

	tuning    Tuning
	registers int // words of those of all vectors
}

// candidate is an alternative whose guards are not yet in tables.
type candidate struct {
	alternative
	when  []node
	parts []part
	loose []node      // the guards that are looked up besides
	rings [][]product // by check: where the alternative can be taken and it is to be looked at; nil where these are many
	does  *footprint  // nil where that is not known
	behaviour
}

// part is a condition on a chunk that a guard implies.
type part struct {
	chunk int
	when  node
}

// Compile makes the tables of a compiled model. It gives nil where there is nothing to be gained.
func Compile(sys *eval.System) *Program { return CompileWith(sys, Tuning{}) }

// Tuning is for tests, which have small models treated like large ones; the zero value is what is best.
type Tuning struct {
	Lanes int  // make vectors of so many lanes or more, whether or not tables would be faster; 0: of those that pay
	Cases bool // make each instance for all values of the variables by which it finds its way around maps
}

// CompileWith is Compile, tuned otherwise.
func CompileWith(sys *eval.System, tuning Tuning) *Program {
	pk, _ := sys.Packing()
	code := sys.Program()
	b := &builder{
		Program: &Program{info: sys.Info(), words: pk.Words, number: map[watched]int32{}}, about: map[node]spread{}, placed: map[node]int{}, certain: map[question]int{},
		sys: sys, code: code, m: symbolic.New(code, pk), steps: totalSteps, tuning: tuning,
	}
	if b.m == nil || sys.Limited() {
		return nil
	}
	b.auto.m = b.m
	b.cut()
	b.auto.chunks, b.auto.of = b.chunks, b.of
	b.auto.states, b.auto.asked = map[node]root{}, make([]bool, len(b.chunks))
	if !b.actions() {
		return nil
	}
	b.properties()
	b.ringing()
	b.sumUp()
	b.propositions()
	b.tables()
	b.sleep()
	if b.sleeping.Load().words > 0 {
		b.rest = b
	}
	for k, asked := range b.auto.asked {
		if asked {
			c := &b.chunks[k]
			b.asked = append(b.asked, reading{word: uint32(c.word), number: uint32(k), mask: uint16(c.mask), shift: uint8(c.shift)})
		}
	}
	b.auto.forget()
	b.certain = nil
	return b.Program
}

// cut makes chunks of the variables, which are in the order of their bits.
func (b *builder) cut() {
	for i, v := range b.m.Vars {
		word, shift, width := v.Word, v.Shift, v.Width
		n := len(b.chunks)
		switch {
		case v.Size > 1<<symbolic.DomainBits || shift+width > 64: // never looked at, or cut by a word's end
			b.of = append(b.of, -1)
			continue
		case width == 0 && n > 0:
			b.chunks[n-1].hi = i + 1
			b.of = append(b.of, n-1)
			continue
		}
		if n > 0 {
			c := &b.chunks[n-1]
			if c.word == word && c.hi == i && shift+width-c.shift <= octet {
				c.mask = 1<<(shift+width-c.shift) - 1
				c.hi = i + 1
				b.of = append(b.of, n-1)
				continue
			}
		}
		b.chunks = append(b.chunks, chunk{word: word, shift: shift, mask: 1<<width - 1, lo: i, hi: i + 1})
		b.of = append(b.of, n)
	}
}

// try does a part of the work within a budget.
func (b *builder) try(steps int, f func()) string {
	if b.steps <= 0 {
		return "the tables of the model are large already"
	}
	steps = min(steps, b.steps)
	mark := b.auto.mark()
	why := b.m.Try(steps, f)
	if why != "" {
		b.auto.back(mark)
	}
	b.steps -= steps - max(0, b.m.Budget())
	return why
}

// watch numbers what can be watched.
func (b *builder) watch(p model.PropertyID, k int) int32 {
	id, ok := b.number[watched{p, k}]
	if !ok {
		id = int32(b.watchN)
		b.number[watched{p, k}] = id
		b.watchN++
	}
	return id
}

// actions makes alternatives of all actions; false where none of them is in tables.
func (b *builder) actions() bool {
	some := false
	for id := range b.code.Actions {
		a := &b.code.Actions[id]
		cards := make([]uint64, len(a.Params))
		n := uint64(1)
		for k, l := range a.Params {
			cards[k] = b.code.Locals[l].Type.Card()
			n *= cards[k]
		}
		fell := map[string]int{}
		if uint64(len(b.bits))+n > maxInstances {
			fell["the model has very many instances of actions"] = int(n)
			b.bits = append(b.bits, candidate{alternative: alternative{action: model.ActionID(id), kind: slow, count: uint32(n)}})
		} else {
			for arg := range n {
				ranks := make([]uint64, len(cards))
				for k, r := len(cards)-1, arg; k >= 0; k-- {
					ranks[k] = r % cards[k]
					r /= cards[k]
				}
				if why := b.instance(model.ActionID(id), a, uint32(arg), ranks); why != "" {
					fell[why]++
					b.bits = append(b.bits, b.plainly(model.ActionID(id), a, uint32(arg), ranks))
				} else {
					some = true
				}
			}
		}
		b.fell(a.Name, int(n), fell)
	}
	return some
}

// fell notes what runs as compiled code.
func (b *builder) fell(name string, of int, reasons map[string]int) {
	var keys []string
	for why := range reasons {
		keys = append(keys, why)
	}
	slices.Sort(keys)
	for _, why := range keys {
		b.fallbacks = append(b.fallbacks, Fallback{Name: name, Count: reasons[why], Of: of, Reason: why})
	}
}

// plainly is an instance that runs as compiled code, where those of its guards hold that are in tables.
func (b *builder) plainly(id model.ActionID, a *ir.Action, args uint32, ranks []uint64) candidate {
	c := candidate{alternative: alternative{action: id, kind: slow, args: args, count: 1}}
	if a.Guard == nil {
		return c
	}
	var conditions []node
	b.try(instanceSteps, func() { conditions = b.m.Necessary(a, ranks) })
	for _, n := range conditions {
		d := candidate{when: []node{n}}
		if b.try(instanceSteps, func() { b.guard(&d) }) == "" {
			c.guards, c.parts, c.loose = append(c.guards, d.guards...), append(c.parts, d.parts...), append(c.loose, d.loose...)
		}
	}
	return c
}

// instance makes alternatives of an instance of an action. Where their tables are large, or could not be made at all, they are
// made for each value of the variables by which it finds its way around maps, if that makes them much smaller.
func (b *builder) instance(id model.ActionID, a *ir.Action, args uint32, ranks []uint64) (why string) {
	whole := func(made *[]candidate) {
		b.candidates(id, a, args, ranks, b.m.Run(a, ranks), made)
	}
	from, left := b.mark(), b.steps
	why = b.orNothing(instanceSteps, whole)
	size := len(b.auto.next) - from.auto[1]
	if why == "" && size <= largeTables && !b.tuning.Cases {
		return ""
	}
	cases := b.places()
	if len(cases) == 0 {
		return why
	}
	b.back(from)
	spent := left - b.steps
	steps := min(spent, caseSteps)
	if b.tuning.Cases {
		steps = instanceSteps
	}
	byCase := b.orNothing(steps, func(made *[]candidate) {
		for _, values := range cases {
			b.m.RunWhere(a, ranks, values, func(in *symbolic.Instance) { b.candidates(id, a, args, ranks, in, made) })
		}
	})
	switch {
	case why != "" && byCase != "":
		return why
	case why != "" || byCase == "" && (len(b.auto.next)-from.auto[1] < size/4 || b.tuning.Cases):
		return ""
	}
	b.back(from)
	b.steps += spent // it was paid for
	return b.orNothing(instanceSteps, whole)
}

// places lists the values of the variables by which the instance that was run last finds its way around maps: of all such
// variables as long as there are few cases.
func (b *builder) places() (out []map[int]int) {
	out = []map[int]int{{}}
	for _, i := range b.m.Keys() {
		n := b.m.Size(i)
		if n < 2 || len(out)*n > mostPlaces {
			continue
		}
		var finer []map[int]int
		for _, values := range out {
			for v := range n {
				more := maps.Clone(values)
				more[i] = v
				finer = append(finer, more)
			}
		}
		out = finer
	}
	if len(out) == 1 {
		return nil
	}
	return out
}

// candidates makes alternatives of what an instance does.
func (b *builder) candidates(id model.ActionID, a *ir.Action, args uint32, ranks []uint64, in *symbolic.Instance, made *[]candidate) {
	var faults []node
	var each [][]node
	for _, f := range in.Faults {
		each = append(each, f.Guards)
		faults = append(faults, f.Guards...)
		if g, possible := b.together(f.Guards); possible {
			c := candidate{alternative: alternative{action: id, kind: fault, args: args}, when: g}
			b.guard(&c)
			*made = append(*made, c)
		}
	}
	for i := range in.Alternatives {
		whole := b.draft(id, a, ranks, &in.Alternatives[i])
		if whole == nil {
			continue
		}
		does := b.footprint(whole, faults)
		for _, part := range b.lanes(whole) {
			for _, d := range b.split(part) {
				c := candidate{alternative: alternative{action: id, kind: step, args: args}, when: d.guards}
				b.guard(&c)
				b.change(&c, d)
				c.does, c.behaviour = does.and(b.footprint(d, nil)), behaviour{d, each}
				for _, l := range d.checks {
					c.checks = append(c.checks, check{l.id, b.auto.add(l.when)})
					c.rings = append(c.rings, b.rings(d, l.when))
				}
				*made = append(*made, c)
			}
		}
	}
}

// orNothing runs f within a budget and adds what it made, if it came to its end.
func (b *builder) orNothing(steps int, f func(made *[]candidate)) string {
	from := b.mark()
	var made []candidate
	why := b.try(steps, func() { f(&made) })
	if why != "" {
		b.back(from)
		return why
	}
	b.bits = append(b.bits, made...)
	return ""
}

// made is how much there was of what instances are made into.
type made struct {
	auto                             [3]int
	bits, direct, vectors, registers int
}

func (b *builder) mark() made {
	return made{b.auto.mark(), len(b.bits), len(b.direct), len(b.vectors), b.registers}
}

// back forgets what came later.
func (b *builder) back(m made) {
	b.auto.back(m.auto)
	maps.DeleteFunc(b.placed, func(_ node, at int) bool { return at >= m.direct })
	b.bits, b.direct, b.vectors, b.registers = b.bits[:m.bits], b.direct[:m.direct], b.vectors[:m.vectors], m.registers
}

// together is the conjunction of guards, as one condition where that is not too large; false where it is never true.
func (b *builder) together(guards []node) ([]node, bool) {
	all := diagram.True
	for i, g := range guards {
		all = b.m.Apply(diagram.And, all, g)
		if b.m.Count(all) > 1<<10 { // as many conditions as there are
			return append([]node{all}, guards[i+1:]...), true
		}
	}
	return []node{all}, all != diagram.False
}

func (f Fallback) String() string {
	if f.Of == 0 {
		return fmt.Sprintf("%s: %s", f.Name, f.Reason)
	}
	return fmt.Sprintf("%s (%d of %d): %s", f.Name, f.Count, f.Of, f.Reason)
}
