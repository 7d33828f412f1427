package spec_test

import (
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// verdict is the value of a property in a state or on a transition.
type verdict struct {
	Value int64
	Fault string // its position, "" where there is none
	Met   []bool // its antecedents
}

// emission is what Init or Next gave, and what was true of it.
type emission struct {
	Label    model.Label
	State    string // its words; "" with a fault
	Fault    string
	Verdicts []verdict
	Observed string // the propositions that are true of the step
	Text     model.StepText
}

// observer runs a system and writes down what it does.
type observer struct {
	system model.System
	runner model.Runner
	// spent is set once an evaluation was cut short. Two systems count steps differently, so that nothing after that
	// need be the same.
	spent bool
}

func observe(s model.System) *observer { return &observer{system: s, runner: s.NewRunner()} }

// where is the position of a fault, which is never "": evaluators word faults differently.
func (o *observer) where(f *model.Fault) string {
	if f == nil {
		return ""
	}
	for _, limit := range []string{"takes more than", "calls within calls", "nests deeper", "rounds within rounds"} {
		o.spent = o.spent || strings.Contains(f.Message, limit)
	}
	if strings.Contains(f.Message, "interp: ") {
		panic(f.Message)
	}
	return "at " + f.Position
}

// words is a state as text, which is its key, too; fmt would take most of the time of a search.
func words(s model.State) string {
	var b []byte
	for _, w := range s {
		b = append(strconv.AppendUint(b, w, 16), ' ')
	}
	return string(b)
}

func (o *observer) holds(ok bool, f *model.Fault) verdict {
	v := verdict{Fault: o.where(f)}
	if ok && f == nil {
		v.Value = 1
	}
	return v
}

// initial lists the initial states, and keep gets each.
func (o *observer) initial(keep func(model.State)) []emission {
	var out []emission
	o.runner.Init(func(s model.State, f *model.Fault) {
		e := emission{Fault: o.where(f)}
		if f == nil {
			e.State = words(s)
			keep(s)
		}
		out = append(out, e)
	})
	return out
}

// state evaluates all properties in a state and lists its successors; keep gets each of these.
func (o *observer) state(s model.State, keep func(model.State)) ([]verdict, []model.Binding, []emission) {
	o.runner.Load(s)
	props := o.system.Info().Properties
	verdicts := o.verdicts(model.Invariant, model.Reachable, model.Bound, model.Deadlock, model.LTL, model.Can)
	var out []emission
	o.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		e := emission{Label: l, Fault: o.where(f)}
		if f == nil {
			e.State = words(t)
			bits := o.bits()
			o.runner.(model.Observer).ObserveStep(l, bits)
			e.Observed = fmt.Sprintf("%x", bits)
			for p, q := range props {
				if q.Kind.OfSteps() && (q.Kind != model.Ensures || q.Action == l.Action) {
					v := o.holds(o.runner.HoldsStep(model.PropertyID(p)))
					v.Met = o.met(model.PropertyID(p))
					e.Verdicts = append(e.Verdicts, v)
				}
			}
			keep(t)
		}
		out = append(out, e)
	})
	for i := range out {
		out[i].Text = o.runner.Describe(s, out[i].Label)
	}
	verdicts = append(verdicts, o.verdicts(model.Invariant)...) // once more, after Next
	bits := o.bits()
	f := o.runner.(model.Observer).Observe(bits)
	for _, b := range bits {
		verdicts = append(verdicts, verdict{Value: int64(b), Fault: o.where(f)})
	}
	return verdicts, o.runner.Render(s), out
}

// bits is room for the propositions, in disorder.
func (o *observer) bits() []uint64 {
	out := make([]uint64, (len(o.system.(model.Temporal).Runs().Propositions)+63)/64)
	for i := range out {
		out[i] = 0x5555_5555_5555_5555
	}
	return out
}

func (o *observer) verdicts(kinds ...model.Kind) []verdict {
	var out []verdict
	for p, q := range o.system.Info().Properties {
		id := model.PropertyID(p)
		switch {
		case !slices.Contains(kinds, q.Kind):
			continue
		case q.Kind == model.Bound:
			n, f := o.runner.Value(id)
			if f != nil {
				n = 0
			}
			out = append(out, verdict{Value: n, Fault: o.where(f)})
			continue
		case q.Kind == model.LTL, q.Kind == model.Can:
			out = append(out, verdict{Met: o.met(id)})
			continue
		}
		v := o.holds(o.runner.Holds(id))
		v.Met = o.met(id)
		out = append(out, v)
	}
	return out
}

func (o *observer) met(p model.PropertyID) []bool {
	var out []bool
	for k := range o.system.Info().Properties[p].Antecedents {
		out = append(out, o.runner.Antecedent(p, k))
	}
	return out
}

// same compares two systems in up to most states and their successors. What they say of themselves must be the same but
// for positions where moved is set.
func same(t failer, name string, a, b model.System, most int, moved bool) (states int) {
	t.Helper()
	var opts []cmp.Option
	opts = append(opts, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(model.Property{}, "Total"))
	if moved {
		opts = append(opts,
			cmpopts.IgnoreFields(model.Property{}, "Position"), cmpopts.IgnoreFields(model.Action{}, "Position"),
			cmpopts.IgnoreFields(model.StepText{}, "Position"),
			cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Fault" }, cmp.Comparer(func(x, y string) bool {
				return (x == "") == (y == "")
			})))
	}
	check := func(what string, x, y any) {
		t.Helper()
		if reflect.DeepEqual(x, y) { // stricter, and many times faster
			return
		}
		if d := cmp.Diff(x, y, opts...); d != "" {
			t.Fatalf("%s: %s differ:\n%s", name, what, d)
		}
	}
	check("descriptions", a.Info(), b.Info())
	check("claims of runs", a.(model.Temporal).Runs(), b.(model.Temporal).Runs())
	x, y := observe(a), observe(b)
	seen := map[string]bool{}
	var queue []model.State
	keep := func(s model.State) {
		if k := words(s); !seen[k] && len(seen) < most {
			seen[k] = true
			queue = append(queue, slices.Clone(s))
		}
	}
	ignore := func(model.State) {}
	first, second := x.initial(keep), y.initial(ignore)
	if x.spent || y.spent {
		return 0
	}
	check("initial states", first, second)
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		v, r, n := x.state(s, keep)
		w, q, m := y.state(s, ignore)
		if x.spent || y.spent {
			return i
		}
		check("values of "+fmt.Sprint(r), r, q)
		check("properties in "+fmt.Sprint(r), v, w)
		check("successors of "+fmt.Sprint(r), n, m)
	}
	return len(queue)
}

func mustLoad(t failer, fsys fs.FS, name string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fsys, name)
	if err != nil {
		t.Fatalf("%s", spec.Detail(err))
	}
	return p
}

// steps is what the interpreter may take for one evaluation here.
const steps = 1 << 17

// agree compares the compiled model with the interpreted one, with itself compiled in another way, and with itself after
// formatting: in up to most states, and in searches up to another number of them.
func agree(t failer, fsys fs.FS, name string, most, searched int) int {
	t.Helper()
	p := mustLoad(t, fsys, name)
	m := interp.New(p.IR())
	m.Steps = steps
	plain, err := m.System()
	if err != nil {
		t.Fatalf("%s", err)
	}
	n := same(t, "compiled (-) and interpreted (+)", p, plain, most, false)
	sweeps(t, p, most)
	searches(t, p, searched)
	for _, tuned := range []eval.Tuning{{}, {Ground: 1 << 12, Unroll: 4}} {
		other, err := eval.CompileWith(p.IR(), tuned)
		if err != nil {
			t.Fatalf("%s", err)
		}
		same(t, fmt.Sprintf("compiled as usual (-) and with %+v (+)", tuned), p, other, most, false)
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatalf("%s", err)
	}
	out, err := spec.Format(name, src)
	if err != nil {
		t.Fatalf("%s", err)
	}
	same(t, "as written (-) and formatted (+)", p, mustLoad(t, over{fsys, name, out}, name), most/4, true)
	return n
}

// over is a file system with another content for one file.
type over struct {
	fs.FS
	name    string
	content []byte
}

func (o over) Open(name string) (fs.File, error) {
	if name == o.name {
		return fstest.MapFS{name: {Data: o.content}}.Open(name)
	}
	return o.FS.Open(name)
}

// The compiled evaluator and the plain interpreter do the same on any model.
func TestDrawnModelsAgree(t *testing.T) {
	redraw.Fewer(t, "25")
	rapid.Check(t, func(t *rapid.T) { drawnAgrees(t, gen.Model(t)) })
}

// They do the same on small models with many properties of runs.
func TestDrawnRunsAgree(t *testing.T) {
	redraw.Fewer(t, "40")
	rapid.Check(t, func(t *rapid.T) { drawnAgrees(t, gen.Runs(t)) })
}

func drawnAgrees(t *rapid.T, src string) {
	t.Log(src)
	fitting(t, src)
	agree(t, fstest.MapFS{"drawn.bh": {Data: []byte(src)}}, "drawn.bh", 60, 1200)
}

// fitting skips a drawn model that is too large, which few are. All others must compile.
func fitting(t *rapid.T, src string) {
	_, err := spec.Load(fstest.MapFS{"drawn.bh": {Data: []byte(src)}}, "drawn.bh")
	if err != nil && strings.Contains(err.Error(), "the limit is") {
		t.Skip(err)
	}
}

// Models on which they once did not, or that few drawn models are like.
func TestParticularModelsAgree(t *testing.T) {
	for name, src := range map[string]string{
		"a domain without a value under a condition that is never true": `
			state { q: seq[bool, 1] = [] }
			action A { q = [exists x in {y in {head(q)} | false}: x] }
			invariant I { {y in elems(tail(q)) | false} == {} }`,
		"a recursive call of constants, inside the function": `
			state { x: 0..9 = 0 }
			func f(n: 0..1) int decreases n = if n == 0 then n else f(0)
			action A { x = f(1) }`,
		"a guard that is never true": `
			state { x: bool = true }
			action A(k: 0..9) when false { x = false }`,
		"a condition of a choice without a value": `
			state { x: map[0..3]0..3 = 0 }
			init { x[1] = 1 }
			action A {
				choose i, j in 0..3 where x[i] / (x[j] + i - 2) == 0 { x[j] = i }
				choose k in 0..(3 / x[0]) { x[k] = 1 }
			}`,
		"the order of an assignment": `
			state { x: map[0..3]seq[0..3, 2] = [] }
			action A(i: 0..3) { x[3 / i][1 / i] = 1 / (i - 2) }
			action B(i: 0..3) { x[i][2] = head(x[i]) }
			action C(i: 0..3) { x[i] = append(x[i], 3 / i) }`,
		"choices in loops in choices": `
			state { x: 0..99 = 0 }
			action A {
				choose i in 1..2 {
					for j in 0..i where j != 1 {
						either { x += j } or { choose k in {j, i} { x += k; when x % 5 != 4 } }
					}
					for j in i..3 { for k in j..3 { x += k - j } }
				}
				assert x < 12
			}
			step Up { old(x) <= x }`,
		"subsets of a large set": `
			type R = record { a: 0..7; b: -6..6 }
			state { s: set[R] = {}; n: 0..99 = 0 }
			action A(i: 0..7) when size(s) < 3 { s = s union {R(a = i, b = i - 3)} }
			action B {
				choose t in powerset(s) where t != s { s = t }
				for r in s { n = (n * 3 + r.a) % 100 }
				for t, u in powerset(s) where t subset u { n = (n * 5 + size(u minus t)) % 100 }
			}`,
		"what a recursive call leaves alone": `
			state { x: 0..99 = 0; l0: seq[0..9, 4] = [] }
			func f(n: 0..4) int decreases n = if n == 0 then 1 else f(n - 1) + 2 * n + f(n / 2) * n
			func g(n: 0..4) seq[0..9, 4] decreases n = if n == 0 then [] else let l = g(n - 1): append(l, n + size(g(n / 2)))
			action A(i: 0..4) { x = f(i) % 100; l0 = g(i) }`,
		"values of more than a word": `
			type R = record { a: 0..7; b: -2..2 }
			state { s: set[R] = {}; l: option[R] = none }
			action A(r: R) when r.a < 2 and r not in s { s = s union {r}; l = some(r with { b = -r.b }) }
			action B when l != none { s = {r in s | r.a != l.value.a}; l = none }
			invariant I { l == none or exists r in s: r.a == l.value.a }
			bound N { max(size(s)) <= 9 }`,
		"events of very many instances": `
			state { x: 0..9 = 0 }
			fair for k action A(k: 0..9, m: 0..999) when m < 3 { x = k }
			property P { forall k in 0..9: always (happens A(k, _) implies next x == k) }
			property Q { eventually (happens A(_, 2) or happens A(3, 4) and enabled A(7, _)) }`,
		"more propositions than a word has bits": `
			state { x: 0..99 = 0; y: map[0..6]bool = false }
			action A(i: 0..6) { x = (x * 7 + i) % 100; y[i] = not y[i] }
			property P { forall i in 0..69: always (x == i implies next (x != i or y[i % 7])) }`,
		"propositions about numbers that are not in tables": `
			state { n: 0..9_999_999 = 0; b: bool = false }
			action A { b = not b }
			action B when n < 50 { n += 1 }
			property P { always (n == 7 implies eventually (b or n * n > 70)) }`,
		"propositions without a value": `
			type R = record { a: 0..3; s: set[0..2]; o: option[bool] }
			state { r: R = {a = 0, s = {}, o = none}; q: seq[R, 2] = [] }
			action A(r2: R) when size(q) < 2 { q = append(q, r2); r = r2 }
			action B { r = head(q); q = tail(q) }
			property P { forall w in {R(a = 1, s = {2}, o = some(true)), R(a = 0, s = {}, o = none)} where w.a < 2:
				always (head(q) == w implies happens A(w) or r.o.value or 6 / r.a > size(w.s)) }
			property Q { forall s in powerset(0..1): tail(q) == [] ~> s subset r.s within 3 A(_) }
			bound L { forall m in {match R(a = 1, s = {}, o = none).o { none -> 1 | some(b) -> 2 }}: longest(r.a <= m until m in r.s) < 4 }`,
	} {
		t.Run(name, func(t *testing.T) {
			if n := agree(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + src)}}, "m.bh", 200, 4000); n == 0 {
				t.Error("got no state to compare")
			}
		})
	}
}

// They do the same on the models that come with the checker.
func TestModelsAgree(t *testing.T) {
	t.Parallel()
	most := 2_500
	if os.Getenv("BULKHEAD_SOAK") != "" {
		most = 50_000
	}
	eachShipped(t, func(t *testing.T, dir fs.FS, file string) {
		if n := agree(t, dir, file, 10, most); n < 2 {
			t.Errorf("got %d states to compare", n)
		}
	})
}
