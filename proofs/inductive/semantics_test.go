package inductive

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	draw "github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// evaluation works terms out, exactly: integers are of any size.
type evaluation struct {
	pool *pool
	leaf map[*Term]int64
	memo map[*Term]*big.Int
}

func (ev *evaluation) truth(t *Term) bool { return ev.number(t).Sign() != 0 }

func (ev *evaluation) number(t *Term) *big.Int {
	if n, ok := ev.memo[t]; ok {
		return n
	}
	n := ev.compute(t)
	ev.memo[t] = n
	return n
}

func (ev *evaluation) compute(t *Term) *big.Int {
	at := func(i int) *big.Int { return ev.number(t.Args[i]) }
	truth := func(b bool) *big.Int {
		if b {
			return big.NewInt(1)
		}
		return big.NewInt(0)
	}
	floor := func() (q, m *big.Int) {
		if at(1).Sign() == 0 {
			return big.NewInt(0), big.NewInt(0)
		}
		q, m = new(big.Int).QuoRem(at(0), at(1), new(big.Int))
		if m.Sign() != 0 && m.Sign() != at(1).Sign() {
			q.Sub(q, big.NewInt(1))
			m.Add(m, at(1))
		}
		return q, m
	}
	switch t.Op {
	case Num:
		return big.NewInt(t.Int)
	case Var, App:
		var args []*Term
		for i := range t.Args {
			if !at(i).IsInt64() {
				return big.NewInt(0)
			}
			args = append(args, ev.pool.num(at(i).Int64()))
		}
		return big.NewInt(ev.leaf[ev.pool.app(t.Name, args)])
	case Add:
		n := new(big.Int)
		for i := range t.Args {
			n.Add(n, at(i))
		}
		return n
	case Mul:
		return new(big.Int).Mul(at(0), at(1))
	case Div:
		q, _ := floor()
		return q
	case Mod:
		_, m := floor()
		return m
	case Ite:
		if ev.truth(t.Args[0]) {
			return at(1)
		}
		return at(2)
	case True, False:
		return truth(t.Op == True)
	case Le:
		return truth(at(0).Cmp(at(1)) <= 0)
	case Eq:
		return truth(at(0).Cmp(at(1)) == 0)
	case Not:
		return truth(!ev.truth(t.Args[0]))
	case And, Or:
		for _, a := range t.Args {
			if ev.truth(a) == (t.Op == Or) {
				return truth(t.Op == Or)
			}
		}
		return truth(t.Op == And)
	}
	if t.Op == Forall || t.Op == Sum {
		sum := new(big.Int)
		for n := at(0).Int64(); n <= at(1).Int64(); n++ {
			x := ev.number(ev.pool.body(t, ev.pool.num(n)))
			if t.Op == Forall && x.Sign() == 0 {
				return truth(false)
			}
			sum.Add(sum, x)
		}
		if t.Op == Forall {
			return truth(true)
		}
		return sum
	}
	panic("no value")
}

// put gives the leaves of a value what a rendering shows.
func (s *system) put(t *types.Type, v value, mv model.Value, leaf map[*Term]int64) {
	scalarOf := func(mv model.Value) int64 {
		switch t.Kind {
		case types.Bool:
			if mv.String() == "true" {
				return 1
			}
			return 0
		case types.Enum:
			return int64(slices.Index(t.Members, mv.Text))
		}
		n, err := strconv.ParseInt(mv.String(), 10, 64)
		if err != nil {
			panic(err)
		}
		if t.Kind == types.Symmetric {
			n -= t.Lo
		}
		return n
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		for i, f := range t.Fields {
			s.put(f.Type, v.Parts[i], mv.Elems[i].Value, leaf)
		}
	case types.Option, types.Union:
		name := mv.Text
		tag := 0
		if t.Kind == types.Option {
			if name == "some" {
				tag = 1
			}
		} else {
			tag = slices.IndexFunc(t.Variants, func(u types.Variant) bool { return u.Name == name })
		}
		leaf[v.Tag] = int64(tag)
		for j, u := range alternatives(t)[tag] {
			s.put(u, v.Alts[tag][j], mv.Elems[j].Value, leaf)
		}
	case types.Map:
		for i, k := range s.enumerate(t.Key) {
			s.put(t.Elem, v.At(k), mv.Elems[i].Value, leaf)
		}
	case types.Set, types.Bag:
		var in []string
		for _, e := range mv.Elems {
			in = append(in, e.Value.String())
		}
		for _, x := range s.enumerate(t.Elem) {
			n := int64(0)
			text := s.shown(t.Elem, x)
			for _, other := range in {
				if other == text {
					n++
				}
			}
			if t.Kind == types.Bag {
				leaf[v.Count(x)] = n
			} else {
				leaf[s.leaves(types.BoolType(), scalar(v.Has(x)), nil)[0]] = n
			}
		}
	case types.Seq:
		leaf[v.Len] = int64(len(mv.Elems))
		for i, e := range mv.Elems {
			s.put(t.Elem, v.At(scalar(s.pool.num(int64(i)))), e.Value, leaf)
		}
	case types.Bool:
		leaf[s.leaves(t, v, nil)[0]] = scalarOf(mv)
	default:
		leaf[v.T] = scalarOf(mv)
	}
}

// shown is a value without variables as the interpreter renders it.
func (s *system) shown(t *types.Type, v value) string {
	number := func(x *Term) int64 {
		if x.IsBool() {
			return map[Op]int64{True: 1, False: 0}[x.Op]
		}
		return x.Int
	}
	list := func(ts []*types.Type, vs []value) string {
		var parts []string
		for i, u := range ts {
			parts = append(parts, s.shown(u, vs[i]))
		}
		return strings.Join(parts, ", ")
	}
	switch t.Kind {
	case types.Bool:
		return strconv.FormatBool(number(v.T) == 1)
	case types.Enum:
		return t.Members[number(v.T)]
	case types.Symmetric:
		return fmt.Sprint(t.Lo + number(v.T))
	case types.Option, types.Union:
		tag := int(v.Tag.Int)
		name := []string{"none", "some"}
		if t.Kind == types.Union {
			name = nil
			for _, u := range t.Variants {
				name = append(name, u.Name)
			}
		}
		if ts := alternatives(t)[tag]; len(ts) > 0 && t.Kind == types.Option {
			return name[tag] + "(" + list(ts, v.Alts[tag]) + ")"
		} else if len(ts) > 0 {
			panic(&Unsupported{What: "this test: a set of " + t.String()})
		}
		return name[tag]
	case types.Range:
		return fmt.Sprint(number(v.T))
	}
	panic(&Unsupported{What: "this test: a set of " + t.String()})
}

// assignments calls visit with values for some terms' leaves, in all ways that their types allow.
func (s *system) assignments(picks []pick, leaf map[*Term]int64, visit func()) {
	if len(picks) == 0 {
		visit()
		return
	}
	p := picks[0]
	leaves := s.leaves(p.t, p.v, nil)
	for _, x := range s.enumerate(p.t) {
		for i, l := range s.given(p.t, x) {
			leaf[leaves[i]] = l
		}
		s.assignments(picks[1:], leaf, visit)
	}
}

// given are the integers of a value without variables, in the order of leaves.
func (s *system) given(t *types.Type, v value) []int64 {
	ev := &evaluation{s.pool, nil, map[*Term]*big.Int{}}
	one := func(x *Term) int64 { return ev.number(x).Int64() }
	var out []int64
	switch t.Kind {
	case types.Record, types.Tuple:
		for i, f := range t.Fields {
			out = append(out, s.given(f.Type, v.Parts[i])...)
		}
	case types.Option, types.Union:
		out = append(out, one(v.Tag))
		for i, ts := range alternatives(t) {
			for j, u := range ts {
				out = append(out, s.given(u, v.Alts[i][j])...)
			}
		}
	case types.Map:
		for _, k := range s.enumerate(t.Key) {
			out = append(out, s.given(t.Elem, v.At(k))...)
		}
	case types.Set:
		for _, x := range s.enumerate(t.Elem) {
			out = append(out, one(v.Has(x)))
		}
	case types.Seq:
		out = append(out, one(v.Len))
		for i := range s.most(t) {
			out = append(out, s.given(t.Elem, v.At(scalar(s.pool.num(i))))...)
		}
	default:
		out = append(out, one(v.T))
	}
	return out
}

// mostWays bounds the choices of an action that are all tried.
const mostWays = 2000

// agree compares the terms of each action with the interpreter in the reachable states of a model, up to a limit: an action faults
// in a state exactly where what it needs is false for some arguments and choices, and all its steps keep a claim exactly where the
// obligation says so.
func agree(prog *ir.Program, inst Instance, limit int) (compared int, err error) {
	defer func() {
		if r := recover(); r != nil {
			u, ok := r.(*Unsupported)
			if !ok {
				panic(r)
			}
			err = u
		}
	}()
	s := newSystem(prog, nil, nil)
	type acts struct {
		list  []*Obligation
		picks []pick
	}
	var actions []acts
	for i := range prog.Actions {
		s.picks = nil
		list := s.ofAction(i)
		var all []pick
		for k, id := range prog.Actions[i].Params {
			all = append(all, pick{prog.Locals[id].Type, list[0].params[k]})
		}
		all = append(all, s.picks...)
		ways := uint64(1)
		for _, p := range all {
			if ways *= min(p.t.Card(), mostWays+1); ways > mostWays {
				return 0, &Unsupported{What: "this test: so many choices"}
			}
		}
		actions = append(actions, acts{list, all})
	}
	seen := map[string]bool{}
	var queue []model.State
	push := func(t model.State) {
		if key := fmt.Sprint(t); !seen[key] && len(seen) < limit {
			seen[key] = true
			queue = append(queue, slices.Clone(t))
		}
	}
	r, r2 := inst.NewRunner(), inst.NewRunner()
	r.Init(func(t model.State, f *model.Fault) {
		if f == nil {
			push(t)
		}
	})
	c := &confirmation{inst: inst, prog: prog, from: r, to: r2}
	for len(queue) > 0 {
		st := queue[0]
		queue = queue[1:]
		leaf := map[*Term]int64{}
		for i, b := range r.Render(st) {
			s.put(prog.Vars[i].Type, s.vars[i], b.Value, leaf)
		}
		// what the interpreter says: by action, whether it faults, and which claims are kept
		fault := make([]bool, len(actions))
		kept := make([]map[string]bool, len(actions))
		for i := range kept {
			kept[i] = map[string]bool{}
		}
		r.Load(st)
		r.Next(func(l model.Label, t model.State, f *model.Fault) {
			if f != nil {
				fault[l.Action] = true
				return
			}
			push(t)
			r2.Load(t)
			for _, o := range actions[l.Action].list {
				c.o = o
				ok := true
				var f *model.Fault
				switch o.Kind {
				case Claims:
					ok, f = c.holds(r2, model.PropertyID(o.Prop))
				case Steps:
					ok, f = r.HoldsStep(c.property())
				}
				if !ok || f != nil {
					kept[l.Action][o.claim()] = true
				}
			}
		})
		for i, a := range actions {
			says := map[string]bool{} // what the terms say is broken
			s.assignments(a.picks, leaf, func() {
				ev := &evaluation{s.pool, leaf, map[*Term]*big.Int{}}
				for _, o := range a.list {
					if !ev.truth(o.Goal) {
						says[o.claim()] = true
					}
				}
			})
			for _, o := range a.list {
				compared++
				broken := kept[i][o.claim()]
				if o.Kind == Sound {
					broken = fault[i]
				} else if fault[i] {
					continue // what the terms say of a step without a value means nothing
				}
				if o.Kind == Claims && broken && !says[o.claim()] { // it was false before, and did not change on some way
					if held, f := func() (bool, *model.Fault) { r2.Load(st); return c.holds(r2, model.PropertyID(o.Prop)) }(); !held || f != nil {
						continue
					}
				}
				if says[o.claim()] != broken {
					return compared, fmt.Errorf("%s in %v: the terms say broken is %t, the interpreter %t", o.Name(prog), r.Render(st), says[o.claim()], broken)
				}
			}
		}
	}
	return compared, nil
}

func loadText(text string, define map[string]string) (*spec.Program, Instance, error) {
	p, err := spec.LoadWith(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh", spec.Options{Define: define})
	if err != nil {
		return nil, nil, err
	}
	plain, err := p.Plain()
	if err != nil {
		return nil, nil, err
	}
	return p, plain.(Instance), nil
}

// The terms of drawn models mean what the interpreter does.
func TestTermsOfDrawnModels(t *testing.T) {
	total, in, refused := 0, 0, map[string]int{}
	redraw.Until(t, func() bool { return in >= 40 && total >= 500 }, func(t *rapid.T) {
		text := draw.Model(t)
		p, inst, err := loadText(text, nil)
		if err != nil {
			t.Fatalf("%s\n%s", spec.Detail(err), text)
		}
		n, err := agree(p.IR(), inst, 12)
		if u, ok := err.(*Unsupported); ok {
			refused[u.What]++
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		in++
		total += n
	})
	if in < 40 || total < 500 {
		t.Errorf("only %d comparisons of %d models", total, in)
	}
	t.Logf("%d comparisons of %d models; refused: %v", total, in, refused)
}

// Those of the models that ship, too: of fewer states each where neither BULKHEAD_PEERS nor BULKHEAD_SOAK is set, and of the plan of an
// evacuation without failures, of which the terms take longer than those of all others together.
func TestTermsOfModels(t *testing.T) {
	states := 4
	define := map[string]map[string]string{"evacuation.bh": {"FAILURES": "0"}}
	if os.Getenv("BULKHEAD_PEERS") != "" || os.Getenv("BULKHEAD_SOAK") != "" {
		states, define = 25, nil
	}
	files, err := filepath.Glob("../../examples/*.bh")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		more, err := filepath.Glob("../../model/*/*/*.bh")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	in := 0
	for _, file := range files {
		p, err := spec.LoadWith(os.DirFS("../.."), strings.TrimPrefix(filepath.ToSlash(file), "../../"), spec.Options{Define: define[filepath.Base(file)]})
		if err != nil {
			continue
		}
		plain, err := p.Plain()
		if err != nil {
			t.Fatal(err)
		}
		n, err := agree(p.IR(), plain.(Instance), states)
		if u, ok := err.(*Unsupported); ok {
			t.Logf("%s: %v", file, u)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		in++
		t.Logf("%s: %d comparisons", file, n)
	}
	if in < 15 {
		t.Errorf("only %d models are within the fragment", in)
	}
}

// What the order of evaluation decides: a quantifier ends before what would fault, an index is tested before a store, a part is
// looked at only where it is there.
func TestTermsOfOrder(t *testing.T) {
	for _, text := range []string{
		"state { x: 0..3 = 0 }\naction A when exists y in 0..3: y == x or 6 / (y - 2) < 0 { x = (x + 1) % 4 }\naction B when forall y in 0..3: y < x or 6 / (y - 2) > 0 { x = 0 }\n" +
			"action C when x == 0 or 6 / x > 2 { skip }\naction D when x != 0 and 6 / x > 2 { skip }\naction E when x == 0 implies 6 / x > 2 { skip }\naction F when x != 0 implies 6 / x > 2 { skip }\naction G { x = if x == 0 then 1 else 6 / x - 1 }\n",
		"state {\nx: 0..3 = 0\no: option[0..3] = none\n}\naction A { if o is none { o = some(x) } else { x = (o.value + 1) % 4; o = none } }\naction B when o.value == 2 { skip }\n",
		"state {\nq: seq[0..1, 2] = []\nx: 0..2 = 0\n}\naction A { q[x] = 1; x = 2 }\naction B { q = append(q, 0) }\naction C { x = min(size(q), 1) }\n",
		"state {\nx: 0..3 = 0\ns: set[0..3] = any\n}\naction A { x = min y in s: y }\naction B { x = max y in s where y > x: y }\naction C { x = pick y in s where y >= x }\n",
		"state { x: -3..3 = 0 }\naction A { x = x / 2 - 1 }\naction B { x = x % 2 + x / -2 }\naction C { for y in 1..3 where y > x { x += 1; assert x < 3 } }\n",
		"state {\nm: map[0..2]0..2 = any\nx: 0..2 = 0\n}\naction A(k: 0..2) { m[m[k]] += 1; x = m[k] }\naction B { either { when x > 0; x -= 1 } or { choose k in 0..2 where m[k] / x > 0 { x = k } } }\n",
		"type U = union { P(a: 0..1) | Q(b: bool, c: 0..2) | R }\nstate {\nu: U = R\nm: map[bool]option[U] = none\n}\naction A(v: U) { u = v }\naction B(b: bool) { m[b] = some(u); match u { P(a) -> { u = Q(a == 1, a) } | Q(b2, c) -> { when b2; assert c < 2; u = P(c) } | R -> { skip } } }\naction C when m[true] == m[false] and m[true] is some { u = m[true].value }\n",
	} {
		claims := "invariant I { u is R }\nstep S { u == old(u) }\n"
		if strings.Contains(text, "x: ") {
			claims = "invariant I { x != 1 }\ninvariant J { x < 2 }\nstep S { x <= old(x) }\nstep T { x != old(x) + 1 }\n"
		}
		p, inst, err := loadText("model M\n"+text+claims, nil)
		if err != nil {
			t.Fatalf("%s\n%s", spec.Detail(err), text)
		}
		if n, err := agree(p.IR(), inst, 300); err != nil || n == 0 {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// A loop through any number of things reads what was there before it, its own place included.
func TestLoopsThroughOpenTypes(t *testing.T) {
	const head = "model M\nconst N = 3\ntype T = symmetric 1..N\nstate {\nm: map[T]0..9 = 0\nn: map[T, T]0..9 = 0\n}\n"
	for body, want := range map[string]Verdict{
		"action A when forall t in T: m[t] < 9 { for t in T { m[t] += 1 } }\nstep S { forall t in T: m[t] == old(m[t]) + 1 }\n":                          Proved,
		"action A when forall t in T: m[t] < 9 { for t in T { m[t] += 1 } }\nstep S { forall t in T: m[t] == old(m[t]) + 2 }\n":                          Refuted,
		"action A { for t in T where m[t] < 9 { m[t] = m[t] + 1 } }\nstep S { forall t in T: m[t] == min(old(m[t]) + 1, 9) }\n":                          Proved,
		"action A { for t in T where m[t] < 9 { m[t] = m[t] + 1 } }\nstep S { forall t in T: m[t] == old(m[t]) + 1 }\n":                                  Refuted,
		"action A { for t in T { m[t] = 9 - m[t] }; for t in T { m[t] = 9 - m[t] } }\nstep S { m == old(m) }\n":                                          Proved,
		"action A(u: T) { for t in T { n[u, t] = m[t] }; for t in T { m[t] = 0 } }\nstep S { forall t, u in T: n[u, t] in {old(n[u, t]), old(m[t])} }\n": Proved,
		"action A(u: T) { for t in T { m[t] = 0 }; for t in T { n[u, t] = m[t] } }\nstep S { exists u in T: forall t in T: n[u, t] == old(m[t]) }\n":     Refuted,
	} {
		_, report := proveText(t, head+body, nil, true, "A: ")
		got := Proved
		for _, r := range report.Results {
			if r.Verdict != Proved {
				got = r.Verdict
			}
		}
		if got != want {
			t.Errorf("got %d, want %d of\n%s%v", got, want, body, failed(report))
		}
	}
}

// One that reads what it writes at its own place ends, whether solvers are installed or not.
func TestLoopReadsItsOwnPlace(t *testing.T) {
	p, inst, err := loadText("model M\nconst N = 3\ntype T = 1..N\nstate { m: map[T]0..9 = 0 }\naction A { for t in T { m[t] += 1 } }\ninvariant I { forall t, u in T: m[t] == m[u] }\n", nil)
	if err != nil {
		t.Fatal(spec.Detail(err))
	}
	if _, err := Prove(context.Background(), p.IR(), inst, Options{Open: []string{"N"}}); err != nil {
		t.Error(err)
	}
}
