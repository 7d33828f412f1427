package sat

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func load(t failer, text string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
	if err != nil {
		t.Fatalf("%v\n%s", spec.Detail(err), text)
	}
	return p
}

func plainOf(t failer, p *spec.Program) Plain {
	t.Helper()
	sys, err := p.Plain()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return sys.(Plain)
}

// compared is what a comparison went through.
type compared struct{ states, steps, faults, refused, skipped int }

// oracle compares the circuits of a model with its plain interpreter.
type oracle struct {
	t     failer
	text  string
	m     *machine
	plain Plain
	run   model.Runner
	r     *rand.Rand
	seen  *compared

	from   []value // any state
	valid  lit
	acts   []step
	claims []claim
	goods  []lit   // of claims about states and of reachable
	steps  [][]lit // of claims about steps, by action
	dead   lit
	ends   lit
	big    []int // actions of too many inputs to try
}

// limitBits is how many inputs of one action are tried in all ways.
const limitBits = 11

func key(s model.State) string { return fmt.Sprint([]uint64(s)) }

func newOracle(t failer, text string, p *spec.Program, seen *compared) (*oracle, error) {
	o := &oracle{t: t, text: text, m: newMachine(p.IR(), 1<<20), plain: plainOf(t, p), r: rand.New(rand.NewPCG(5, 6)), seen: seen}
	o.run = o.plain.NewRunner()
	o.claims = claims(o.m.p, o.plain.Info())
	return o, o.m.try(func() {
		o.from, o.valid = o.m.state()
		enabled := lFalse
		for i := range o.m.p.Actions {
			o.m.work = workLimit
			st := o.m.act(&o.m.p.Actions[i], o.from)
			o.acts = append(o.acts, st)
			if len(st.inputs) <= limitBits {
				enabled = o.m.g.or(enabled, o.m.g.exists(o.m.g.or(st.live, st.fault), st.inputs))
			} else {
				o.big = append(o.big, i)
			}
		}
		o.dead = enabled.not()
		o.ends = o.m.terminal(o.from)
		for _, c := range o.claims {
			o.m.work = workLimit
			good, steps := lTrue, make([]lit, len(o.acts))
			switch c.kind {
			case ofStates, reachable:
				good = o.m.good(c, o.from)
			case ofSteps:
				for i := range o.acts {
					steps[i] = o.m.goodStep(c, i, o.from, &o.acts[i])
				}
			}
			o.goods, o.steps = append(o.goods, good), append(o.steps, steps)
		}
	})
}

// inputs gives the inputs of a circuit the values that make it a constant one, in all assignments.
func (o *oracle) inputs(v, constant value, to []uint64) {
	set := func(l, c lit) {
		if n := o.m.g.nodes[l>>1]; l > lTrue {
			to[n.b] = -uint64(c)
		} else if l != c {
			o.t.Fatalf("a bit of a state is always %d, want %d\n%s", l, c, o.text)
		}
	}
	for i := range v.num.bits {
		set(v.num.bits[i], constant.num.bit(i))
	}
	for i := range v.set {
		set(v.set[i], constant.set[i])
	}
	for i := range v.parts {
		o.inputs(v.parts[i], constant.parts[i], to)
	}
}

// assignment is the inputs for a state.
func (o *oracle) assignment(state []*ir.Expr) []uint64 {
	out := make([]uint64, len(o.m.g.inputs))
	o.m.work = workLimit
	for i, e := range state {
		fault := lFalse
		o.inputs(o.from[i], o.m.expr(scope{live: lTrue, fault: &fault}, e), out)
		if fault != lFalse {
			o.t.Fatalf("a value of a state faults")
		}
	}
	return out
}

// each tries all assignments to the inputs of a step.
func (o *oracle) each(st *step, number []uint64, visit func(sim []uint64, k uint)) bool {
	if len(st.inputs) > limitBits {
		return false
	}
	for base := uint64(0); base < 1<<len(st.inputs); base += 64 {
		for i, in := range st.inputs {
			n := o.m.g.nodes[in>>1].b
			number[n] = 0
			for k := range uint64(64) {
				number[n] |= (base + k) >> i & 1 << k
			}
		}
		sim := o.m.g.simulate(number)
		for k := range uint(min(64, uint64(1)<<len(st.inputs)-base)) {
			visit(sim, k)
		}
	}
	return true
}

func (o *oracle) state(vs []value, sim []uint64, k uint) model.State {
	s, err := o.plain.StateOf(o.m.literals(vs, sim, k))
	if err != nil {
		o.t.Fatalf("the circuit's state is none: %v\n%s", err, o.text)
	}
	return s
}

// outcome is what an action, or the initialisation, does: the states after it, each with the claims about steps that are true of it, and whether it faults.
type outcome struct {
	next   map[string]bool
	faults bool
}

func (o *oracle) outcome(st *step, action int, number []uint64) (out outcome, ok bool) {
	out.next = map[string]bool{}
	ok = o.each(st, number, func(sim []uint64, k uint) {
		out.faults = out.faults || at(sim, st.fault, k)
		if !at(sim, st.live, k) {
			return
		}
		text := key(o.state(st.next, sim, k))
		for i, c := range o.claims {
			if c.kind == ofSteps && action >= 0 {
				text += fmt.Sprint(" ", c.property.Name, at(sim, o.steps[i][action], k))
			}
		}
		out.next[text] = true
	})
	return out, ok
}

func (o *oracle) compare(where string, got, want outcome) {
	o.t.Helper()
	extra := slices.DeleteFunc(slices.Collect(maps.Keys(got.next)), func(s string) bool { return want.next[s] })
	missing := slices.DeleteFunc(slices.Collect(maps.Keys(want.next)), func(s string) bool { return got.next[s] })
	// Where something faults, the interpreter gives up what would come after it in the same statement; circuits do not.
	if got.faults != want.faults || len(missing) > 0 || !want.faults && len(extra) > 0 {
		o.t.Fatalf("%s: got a fault: %v, want %v; got in vain %v, missing %v of %v\n%s",
			where, got.faults, want.faults, extra, missing, want.next, o.text)
	}
	o.seen.steps += len(want.next)
	if want.faults {
		o.seen.faults++
	}
}

// initial compares the initial states, and gives those of the circuit.
func (o *oracle) initial() (out [][]*ir.Expr) {
	want := outcome{next: map[string]bool{}}
	o.run.Init(func(s model.State, f *model.Fault) {
		if f != nil {
			want.faults = true
		} else {
			want.next[key(s)] = true
		}
	})
	var st step
	if o.m.try(func() { st = o.m.start() }) != nil {
		o.seen.skipped++
		return nil
	}
	got, ok := o.outcome(&st, -1, make([]uint64, len(o.m.g.inputs)))
	if !ok {
		o.seen.skipped++
		return nil
	}
	o.compare("initially", got, want)
	o.each(&st, make([]uint64, len(o.m.g.inputs)), func(sim []uint64, k uint) {
		if at(sim, st.live, k) {
			out = append(out, o.m.literals(st.next, sim, k))
		}
	})
	return out
}

// step compares what all actions do in a state, and what properties say of it, and gives the states after it.
func (o *oracle) step(state []*ir.Expr) (out [][]*ir.Expr) {
	s, err := o.plain.StateOf(state)
	if err != nil {
		o.t.Fatalf("%v", err)
	}
	o.seen.states++
	o.run.Load(s)
	number := o.assignment(state)
	want := make([]outcome, len(o.acts))
	for i := range want {
		want[i].next = map[string]bool{}
	}
	successors := 0
	o.run.Next(func(l model.Label, t model.State, f *model.Fault) {
		w := &want[l.Action]
		successors++
		if f != nil {
			w.faults = true
			return
		}
		text := key(t)
		for i, c := range o.claims {
			if c.kind == ofSteps {
				ok, f := o.run.HoldsStep(model.PropertyID(i))
				text += fmt.Sprint(" ", c.property.Name, ok && f == nil)
			}
		}
		w.next[text] = true
	})
	sim := o.m.g.simulate(number)
	if !at(sim, o.valid, 0) {
		o.t.Fatalf("a state is not valid: %v\n%s", o.run.Render(s), o.text)
	}
	if dead := at(sim, o.dead, 0); len(o.big) == 0 && dead != (successors == 0) {
		o.t.Fatalf("%v: without successors: %v, want %v\n%s", o.run.Render(s), dead, successors == 0, o.text)
	}
	for i, c := range o.claims {
		var holds bool
		var f *model.Fault
		got := at(sim, o.goods[i], 0)
		switch c.kind {
		case ofStates, reachable:
			holds, f = holdsIn(o.run, o.plain.Info(), c.id)
		case deadlock:
			holds, f = o.run.Holds(c.id)
			got = at(sim, o.ends, 0)
		default:
			continue
		}
		if got != (holds && f == nil) {
			o.t.Fatalf("%s in %v: got %v, want %v, %v\n%s", c.property.Name, o.run.Render(s), got, holds, f, o.text)
		}
	}
	for i := range o.acts {
		st := &o.acts[i]
		got, ok := o.outcome(st, i, number)
		if !ok {
			o.seen.skipped++
			continue
		}
		o.compare(fmt.Sprintf("%s in %v", o.m.p.Actions[i].Name, o.run.Render(s)), got, want[i])
		o.each(st, number, func(sim []uint64, k uint) {
			if at(sim, st.live, k) && len(out) < 20 {
				out = append(out, o.m.literals(st.next, sim, k))
			}
		})
	}
	return out
}

// compareModel compares a model on the states that can be reached, up to some, and on others that are drawn.
func compareModel(t failer, text string, p *spec.Program, limit, drawn int, seen *compared) {
	o, err := newOracle(t, text, p, seen)
	if refused := (*RefusedError)(nil); errors.As(err, &refused) {
		seen.refused++
		if l, ok := t.(interface{ Logf(string, ...any) }); ok && len(text) < 200 {
			l.Logf("%s: %v", text, err)
		}
		return
	}
	known := map[string]bool{}
	queue := o.initial()
	for i := 0; i < len(queue) && len(known) < limit; i++ {
		s, err := o.plain.StateOf(queue[i])
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !known[key(s)] {
			known[key(s)] = true
			queue = append(queue, o.step(queue[i])...)
		}
	}
	for range drawn {
		number := make([]uint64, len(o.m.g.inputs))
		for i := range number {
			number[i] = o.r.Uint64() & o.r.Uint64() // small numbers are values more often
		}
		sim := o.m.g.simulate(number)
		for k := range uint(64) {
			if at(sim, o.valid, k) {
				o.step(o.m.literals(o.from, sim, k))
				break
			}
		}
	}
}

// The circuits of drawn models do what the plain interpreter does, in states that can be reached and in others.
func TestDrawnModels(t *testing.T) {
	seen := &compared{}
	rapid.Check(t, func(t *rapid.T) {
		// The first draws the whole language; the others have more of steps and of choices.
		text := rapid.SampledFrom([]func(*rapid.T) string{gen.Model, gen.Model, gen.Lanes, gen.Apart, gen.Processes}).Draw(t, "of")(t)
		compareModel(t, text, load(t, text), 12, 4, seen)
	})
	t.Logf("%+v", *seen)
	if seen.steps < 500 || seen.faults < 30 || seen.refused*5 > seen.states {
		t.Errorf("%+v: the test sees too little", *seen)
	}
}

// The circuits of shipped models do what the plain interpreter does; of the library where tests may take long.
func TestModels(t *testing.T) {
	roots := []string{"examples"}
	if os.Getenv("BULKHEAD_SOAK") != "" || os.Getenv("BULKHEAD_PEERS") != "" {
		roots = append(roots, "model")
	}
	root := os.DirFS(filepath.Join("..", ".."))
	seen := &compared{}
	for _, dir := range roots {
		err := fs.WalkDir(root, dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(file, ".bh") {
				return err
			}
			p, err := spec.Load(root, file)
			if err != nil {
				return nil // a part of others
			}
			compareModel(t, file, p, 6, 2, seen)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%+v", *seen)
}
