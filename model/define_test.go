package model

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// machine is a state with parts of every kind; its systems are compared with a plain exploration in a Go map.
type machine struct {
	count int8
	mode  colour
	done  [2]bool
	queue []int8
	owner map[colour]string
	spare *int8
}

func (m machine) clone() machine {
	m.queue, m.owner = slices.Clone(m.queue), maps.Clone(m.owner)
	if m.spare != nil {
		n := *m.spare
		m.spare = &n
	}
	return m
}

// text tells machines apart.
func (m machine) text() string {
	spare := "none"
	if m.spare != nil {
		spare = fmt.Sprint(*m.spare)
	}
	return fmt.Sprint(m.count, m.mode, m.done, len(m.queue), m.queue, len(m.owner), m.owner, spare)
}

// moves are what a machine can do: each returns false where it cannot.
var moves = map[string]func(*machine, int) bool{
	"count": func(m *machine, n int) bool { m.count = (m.count + int8(n)) % 3; return true },
	"paint": func(m *machine, n int) bool { m.mode = colour(n) % 3; return m.count == 0 },
	"mark":  func(m *machine, n int) bool { m.done[n%2] = true; return m.mode == red },
	"push": func(m *machine, n int) bool {
		m.queue = append(m.queue, int8(n))
		return len(m.queue) <= 2
	},
	"pop": func(m *machine, _ int) bool {
		if len(m.queue) == 0 {
			return false
		}
		m.queue = m.queue[1:]
		return true
	},
	"own": func(m *machine, n int) bool {
		if m.owner == nil {
			m.owner = map[colour]string{}
		}
		m.owner[m.mode] = []string{"", "a", "b c"}[n%3]
		return len(m.owner) < 3
	},
	"drop": func(m *machine, _ int) bool { delete(m.owner, m.mode); return true },
	"save": func(m *machine, _ int) bool { n := m.count; m.spare = &n; return m.done[0] },
	"load": func(m *machine, _ int) bool {
		if m.spare == nil {
			return false
		}
		m.count, m.spare = *m.spare, nil
		return true
	},
}

func (m machine) do(move string, n int) (machine, bool) {
	m = m.clone()
	ok := moves[move](&m, n)
	return m, ok
}

func TestDefineAgreesWithAPlainExploration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(moves))), 1, 6, rapid.ID).Draw(t, "moves")
		args := rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 3, rapid.ID).Draw(t, "args")
		low := func(m machine) bool { return m.count < 2 }
		calm := func(before, after machine) bool { return before.mode == after.mode || len(after.queue) == 0 }
		d := Definition[machine]{
			Name:       "Machine",
			Init:       slices.Values([]machine{{}, {queue: []int8{}, owner: map[colour]string{}}, {count: 1}}),
			Invariants: []Predicate[machine]{{Name: "Low", Holds: low}},
			Steps:      []Relation[machine]{{Name: "Calm", Holds: calm}},
		}
		for _, name := range names {
			d.Actions = append(d.Actions, ActionOf[machine]{Name: name, Params: []string{"n"}, Next: Over(args,
				func(m machine, n int) (machine, bool) { return m.do(name, n) })})
		}
		sys, err := Define(d)
		if err != nil {
			t.Fatal(err)
		}

		// What each state leads to, in words, the plain way and through the runner.
		want := map[string]string{}
		todo := slices.Collect(d.Init)
		for ; len(todo) > 0; todo = todo[1:] {
			m := todo[0]
			if _, ok := want[m.text()]; ok {
				continue
			}
			text := fmt.Sprintln(low(m))
			for _, name := range names {
				for _, n := range args {
					if next, ok := m.do(name, n); ok {
						text += fmt.Sprintf("%s(n=%d) %s %v\n", name, n, next.text(), calm(m, next))
						todo = append(todo, next)
					}
				}
			}
			want[m.text()] = text
		}

		got := map[string]string{}
		d2 := sys.(*defined[machine])
		words := map[string]bool{}
		r := sys.NewRunner()
		var states []State
		r.Init(func(s State, _ *Fault) { states = append(states, slices.Clone(s)) })
		for ; len(states) > 0; states = states[1:] {
			s := states[0]
			if words[fmt.Sprint(s)] {
				continue
			}
			words[fmt.Sprint(s)] = true
			r.Load(s)
			ok, _ := r.Holds(0)
			text := fmt.Sprintln(ok)
			r.Next(func(l Label, next State, _ *Fault) {
				states = append(states, slices.Clone(next))
				ok, _ := r.HoldsStep(1)
				m := d2.decode(next)
				text += fmt.Sprintf("%s %s %v\n", r.Describe(s, l), m.text(), ok)
			})
			got[d2.decode(s).text()] = text
		}
		if len(words) != len(want) || !maps.Equal(got, want) {
			t.Fatalf("got %d states, want %d\n%v\n%v", len(words), len(want), got, want)
		}
	})
}

func TestDefineRefuses(t *testing.T) {
	up := Guarded(nil, func(n int8) int8 { return n + 1 })
	yes := func(int8) bool { return true }
	whole := func() Definition[int8] {
		return Definition[int8]{
			Name: "N", Init: slices.Values([]int8{0}),
			Actions: []ActionOf[int8]{{Name: "Up", Next: up}},
		}
	}
	for _, c := range []struct {
		want   string
		change func(*Definition[int8])
	}{
		{"needs a name", func(d *Definition[int8]) { d.Name = "" }},
		{"no Init", func(d *Definition[int8]) { d.Init = nil }},
		{"action 0 needs a name", func(d *Definition[int8]) { d.Actions[0].Name = "" }},
		{"two actions are named Up", func(d *Definition[int8]) { d.Actions = append(d.Actions, d.Actions[0]) }},
		{"action Up has no Next", func(d *Definition[int8]) { d.Actions[0].Next = nil }},
		{"two parameters of action Up are named v", func(d *Definition[int8]) { d.Actions[0].Params = []string{"v", "v"} }},
		{"invariant 0 needs a name", func(d *Definition[int8]) { d.Invariants = []Predicate[int8]{{Holds: yes}} }},
		{"invariant A has no function", func(d *Definition[int8]) { d.Invariants = []Predicate[int8]{{Name: "A", When: yes}} }},
		{"two properties are named A", func(d *Definition[int8]) {
			d.Invariants = []Predicate[int8]{{Name: "A", Holds: yes}}
			d.Reachable = d.Invariants
		}},
		{"two properties are named deadlock", func(d *Definition[int8]) { d.Reachable = []Predicate[int8]{{Name: "deadlock", Holds: yes}} }},
		{"reachable R has no function", func(d *Definition[int8]) { d.Reachable = []Predicate[int8]{{Name: "R", When: yes}} }},
		{"step S has no function", func(d *Definition[int8]) { d.Steps = []Relation[int8]{{Name: "S"}} }},
		{"step S speaks of action Down, which does not exist", func(d *Definition[int8]) {
			d.Steps = []Relation[int8]{{Name: "S", Action: "Down", Holds: func(_, _ int8) bool { return true }}}
		}},
		{"bound B has no function", func(d *Definition[int8]) { d.Bounds = []Measure[int8]{{Name: "B"}} }},
		{"got Terminal and AllowDeadlock", func(d *Definition[int8]) { d.AllowDeadlock, d.Terminal = true, yes }},
		{"got 0 domains, want 1 to 32", func(d *Definition[int8]) { d.Domains = &Domains[int8]{} }},
		{"got 33 domains", func(d *Definition[int8]) { d.Domains = &Domains[int8]{Names: make([]string, 33)} }},
		{"domains need both Sees and Acts", func(d *Definition[int8]) { d.Domains = &Domains[int8]{Names: []string{"a"}} }},
		{"two domains are named a", func(d *Definition[int8]) { d.Domains = &Domains[int8]{Names: []string{"a", "a"}} }},
		{"isolated I has no From", func(d *Definition[int8]) {
			d.Domains = &Domains[int8]{Names: []string{"a"}, Isolated: []DomainClaim{{Name: "I"}}}
		}},
		{"two properties are named deadlock", func(d *Definition[int8]) {
			d.Domains = &Domains[int8]{Names: []string{"a"}, Isolated: []DomainClaim{{Name: "deadlock"}}}
		}},
		{"want both or neither", func(d *Definition[int8]) { d.Encode = func(int8) []byte { return nil } }},
	} {
		d := whole()
		if _, err := Define(d); err != nil {
			t.Fatal(err)
		}
		c.change(&d)
		if _, err := Define(d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
	_, err := Define(Definition[func()]{Name: "F", Init: slices.Values([]func(){})})
	if err == nil || !strings.Contains(err.Error(), `system "F": state of type func() cannot be part of a state`) {
		t.Errorf("got error %v", err)
	}
	panics(t, "model: system", func() { MustDefine(Definition[int8]{}) })
}

// load gives a runner of d in its first initial state.
func load[S any](t *testing.T, d Definition[S]) (Runner, State) {
	t.Helper()
	d.Name = "Test"
	sys, err := Define(d)
	if err != nil {
		t.Fatal(err)
	}
	r := sys.NewRunner()
	var first State
	r.Init(func(s State, _ *Fault) {
		if first == nil {
			first = slices.Clone(s)
		}
	})
	r.Load(first)
	return r, first
}

func successors(r Runner) []State {
	var out []State
	r.Next(func(_ Label, s State, _ *Fault) { out = append(out, slices.Clone(s)) })
	return out
}

func TestActionsThatChangeTheirState(t *testing.T) {
	type state struct{ queue []int8 }
	action := func(next func(s state, yield func(Args, state) bool)) Definition[state] {
		return Definition[state]{
			Init: slices.Values([]state{{queue: []int8{1, 2}}}),
			Actions: []ActionOf[state]{{Name: "A", Next: func(s state) iter.Seq2[Args, state] {
				return func(yield func(Args, state) bool) { next(s, yield) }
			}}, {Name: "B", Next: Guarded(nil, func(s state) state { return s })}},
		}
	}
	changed := "action A changed the state it was given"
	once := func(s state, yield func(Args, state) bool) { s.queue[0] = 9; yield(nil, s) }
	never := func(s state, _ func(Args, state) bool) { s.queue[0] = 9 }
	for _, next := range []func(state, func(Args, state) bool){
		once, never, func(s state, yield func(Args, state) bool) { once(s, yield); yield(nil, s) },
	} {
		r, _ := load(t, action(next))
		panics(t, changed, func() { successors(r) })
	}
	undone := func(s state, yield func(Args, state) bool) {
		for i := range s.queue {
			s.queue[i] += 5
			yield(nil, s)
			s.queue[i] -= 5
		}
	}
	r, _ := load(t, action(undone))
	if got := successors(r); len(got) != 3 || slices.Equal(got[0], got[1]) {
		t.Errorf("got successors %x, want three", got)
	}
	appended := func(s state, yield func(Args, state) bool) {
		one, two := state{append(s.queue, 1)}, state{append(s.queue, 2)}
		yield(nil, one)
		yield(nil, two)
	}
	r, _ = load(t, action(appended))
	if got := successors(r); len(got) != 3 || slices.Equal(got[0], got[1]) {
		t.Errorf("got successors %x, want three", got)
	}
	r, _ = load(t, action(func(s state, yield func(Args, state) bool) { yield(Args{1}, s) }))
	panics(t, "action A gave 1 arguments, want 0", func() { successors(r) })
}

// used is a state with memory that copies share, in every way that a state can.
type used struct {
	slice []int
	owner map[string][]int
	rest  *[3]int
	nest  [1]struct{ deep []*int }
}

func (u used) add(i, by int) (sum int) {
	u.slice[i] += by
	u.owner["a"][i] += by
	u.rest[i] += by
	*u.nest[0].deep[i] += by
	u.owner["new"] = append(u.owner["new"], by)
	for k := range 3 {
		sum += u.slice[k] + u.owner["a"][k] + u.rest[k] + *u.nest[0].deep[k]
	}
	return sum + len(u.owner["new"])
}

func unused() used {
	return used{
		slice: make([]int, 3), owner: map[string][]int{"a": make([]int, 3)}, rest: new([3]int),
		nest: [1]struct{ deep []*int }{{[]*int{new(int), new(int), new(int)}}},
	}
}

// What an attempt did to its state is not in the next attempt, whether or not it was refused.
func TestAttemptsDoNotLeak(t *testing.T) {
	var seen []int
	try := func(s used, i int) (used, bool) {
		sum := s.add(i, i+1)
		seen = append(seen, sum)
		return s, sum <= 9
	}
	for name, next := range map[string]func(used) iter.Seq2[Args, used]{
		"Over":  Over([]int{2, 1, 0}, try),
		"Over2": Over2([]int{1}, []int{2, 1, 0}, func(s used, _, i int) (used, bool) { return try(s, i) }),
	} {
		params := map[string][]string{"Over": {"i"}, "Over2": {"k", "i"}}[name]
		r, _ := load(t, Definition[used]{
			Init:    slices.Values([]used{unused()}),
			Actions: []ActionOf[used]{{Name: "Use", Params: params, Next: next}},
		})
		seen = nil
		if got := len(successors(r)); got != 2 || !slices.Equal(seen, []int{13, 9, 5}) {
			t.Errorf("%s: got %d successors and sums %v, want 2 and [13 9 5]", name, got, seen)
		}
	}

	seen = nil
	r, _ := load(t, Definition[used]{
		Init: slices.Values([]used{unused()}),
		Actions: []ActionOf[used]{{Name: "Use", Next: Guarded(
			func(s used) bool { s.add(0, 7); return true }, func(s used) used { seen = append(seen, s.add(0, 1)); return s })}},
	})
	if got := len(successors(r)); got != 1 || !slices.Equal(seen, []int{5}) {
		t.Errorf("Guarded: got %d successors and sums %v, want 1 and [5]", got, seen)
	}
}

// Where there is no copy for each attempt, a change is refused, also when no successor or one comes out.
func TestAttemptsThatCannotHaveCopies(t *testing.T) {
	type state struct{ any any }
	encode := func(s state) []byte { return []byte{s.any.([]byte)[0]} }
	decode := func(b []byte) state { return state{slices.Clone(b)} }
	for limit := range byte(3) {
		r, _ := load(t, Definition[state]{
			Init: slices.Values([]state{{[]byte{0}}}), Encode: encode, Decode: decode,
			Actions: []ActionOf[state]{{Name: "Use", Params: []string{"by"}, Next: Over([]byte{2, 1}, func(s state, by byte) (state, bool) {
				b := s.any.([]byte)
				b[0] += by
				return s, b[0] <= limit
			})}},
		})
		panics(t, "action Use changed the state it was given", func() { successors(r) })
	}
}

// A definition with its own Encode may hold what the encoding by reflection refuses.
func TestCopiesOfWhatCannotBeEncoded(t *testing.T) {
	type state struct {
		loop  *chain
		ratio []float64
		names []string
		when  flipped
	}
	loop := &chain{value: 3}
	loop.next = loop
	s := state{loop, []float64{math.NaN()}, []string{}, flipped{value: 2}}
	c := newCopier[state]().copy(s)
	if c.loop == loop || c.loop.next != c.loop || c.loop.value != 3 {
		t.Errorf("got a chain %p to %p of %d, want a new one to itself of 3", c.loop, c.loop.next, c.loop.value)
	}
	if &c.ratio[0] == &s.ratio[0] || !math.IsNaN(c.ratio[0]) || c.names == nil || c.when != s.when {
		t.Errorf("got %v, want a copy of %v", c, s)
	}
}

// coarse and its copies are written by methods that are not inverse.
type coarse struct{ n uint8 }

func (c coarse) MarshalBinary() ([]byte, error)  { return []byte{c.n}, nil }
func (c *coarse) UnmarshalBinary(b []byte) error { c.n = b[0] / 2; return nil }
func encodeByte(n uint8) []byte                  { return []byte{n} }
func decodeWrongFrom(first uint8) func([]byte) uint8 {
	return func(b []byte) uint8 {
		if b[0] >= first {
			return b[0] - 1
		}
		return b[0]
	}
}

func TestEncodingsThatAreNotInverse(t *testing.T) {
	d := Definition[uint8]{Init: slices.Values([]uint8{1}), Encode: encodeByte, Decode: decodeWrongFrom(1)}
	panics(t, "Encode and Decode are not inverse", func() { load(t, d) })
	d.Init = func(yield func(uint8) bool) {
		for i := range 300 {
			if !yield(uint8(min(i, 200))) {
				return
			}
		}
	}
	d.Decode = decodeWrongFrom(200) // after the first states
	panics(t, "Encode and Decode are not inverse", func() { load(t, d) })
	d.Decode = decodeWrongFrom(201)
	load(t, d)
	panics(t, "MarshalBinary and UnmarshalBinary of a part of the state are not inverse", func() {
		load(t, Definition[[]coarse]{Init: slices.Values([][]coarse{{{1}}})})
	})
}

// No function sees what another did to its copy.
// An Encode that leaves out a part of a state is refused, also where what it writes comes back the same.
func TestEncodingsThatLoseParts(t *testing.T) {
	type state struct {
		n    uint8
		lost []uint8
	}
	d := Definition[state]{
		Init:   slices.Values([]state{{n: 1}}),
		Encode: func(s state) []byte { return []byte{s.n} },
		Decode: func(b []byte) state { return state{n: b[0], lost: []uint8{}} }, // an empty slice is a nil one
		Actions: []ActionOf[state]{{Name: "Note", Next: Guarded(nil, func(s state) state {
			s.lost = append(s.lost, s.n)
			return s
		})}},
	}
	r, _ := load(t, d)
	panics(t, "Encode loses a part of the state", func() { successors(r) })
	d.Encode = func(s state) []byte { return append([]byte{s.n}, s.lost...) }
	d.Decode = func(b []byte) state { return state{n: b[0], lost: slices.Clone(b[1:])} }
	r, _ = load(t, d)
	successors(r)
}

// Describe names the successor that is meant by its target, also where Next gives another order every time.
func TestDescribeInAnyOrder(t *testing.T) {
	turn := 0
	sys := MustDefine(Definition[int8]{
		Name: "Turning", Init: slices.Values([]int8{0}),
		Actions: []ActionOf[int8]{{Name: "Pick", Params: []string{"k"}, Next: func(int8) iter.Seq2[Args, int8] {
			return func(yield func(Args, int8) bool) {
				turn++
				for i := range 5 {
					if k := int8((i + turn) % 5); !yield(Args{k}, k) {
						return
					}
				}
			}
		}}},
	})
	r := sys.NewRunner()
	start := State{0}
	r.Load(start)
	var labels []Label
	var want []string
	r.Next(func(l Label, s State, _ *Fault) {
		labels = append(labels, l)
		want = append(want, fmt.Sprintf("Pick(k=%s)", r.Render(s)[0].Value))
	})
	for range 3 {
		for i, l := range labels {
			if got := r.Describe(start, l).String(); got != want[i] {
				t.Errorf("got %s of the step to %d, want %s", got, i, want[i])
			}
		}
	}
}

func TestPropertiesThatChangeTheirState(t *testing.T) {
	type state struct{ queue []int8 }
	spoil := func(s state) bool {
		ok := s.queue[0] == 1
		s.queue[0] = 7
		return ok
	}
	r, first := load(t, Definition[state]{
		Init:       slices.Values([]state{{queue: []int8{1}}}),
		Actions:    []ActionOf[state]{{Name: "A", Next: Guarded(spoil, func(s state) state { spoil(s); return s })}},
		Invariants: []Predicate[state]{{Name: "I", When: spoil, Holds: spoil}},
		Steps: []Relation[state]{{Name: "S", Holds: func(before, after state) bool {
			return spoil(before) && after.queue[0] == 7
		}}},
		Terminal: spoil,
	})
	for range 2 {
		r.Next(func(_ Label, _ State, _ *Fault) {
			for range 2 {
				if ok, _ := r.HoldsStep(1); !ok {
					t.Errorf("S sees a state that was changed")
				}
			}
		})
		for _, p := range []PropertyID{0, 2, 0} {
			if ok, _ := r.Holds(p); !ok || !r.Antecedent(0, 0) {
				t.Errorf("property %d sees a state that was changed", p)
			}
		}
		if got := r.Render(first)[0].Value.String(); got != "[1]" {
			t.Errorf("got queue = %s", got)
		}
	}
}

func TestProperties(t *testing.T) {
	even := func(n int8) bool { return n%2 == 0 }
	r, _ := load(t, Definition[int8]{
		Init:       slices.Values([]int8{3}),
		Actions:    []ActionOf[int8]{{Name: "Up", Next: Guarded(nil, func(n int8) int8 { return n + 1 })}},
		Invariants: []Predicate[int8]{{Name: "I", When: even, Holds: func(int8) bool { return false }}},
		Reachable:  []Predicate[int8]{{Name: "R", When: even, Holds: func(int8) bool { return true }}},
		Bounds:     []Measure[int8]{{Name: "B", Limit: -4, AtLeast: true, Value: func(n int8) int { return -int(n) }}},
		Steps: []Relation[int8]{{
			Name: "S", Action: "Up",
			When: func(before, _ int8) bool { return even(before) }, Holds: func(_, after int8) bool { return even(after) },
		}},
	})
	kinds := fmt.Sprint(func() (out []Kind) {
		for _, p := range r.(*definedRunner[int8]).sys.info.Properties {
			out = append(out, p.Kind)
		}
		return out
	}())
	if kinds != "[invariant ensures reachable bound deadlock]" {
		t.Errorf("got properties %s", kinds)
	}
	holds := func(p PropertyID) bool { ok, _ := r.Holds(p); return ok }
	if !holds(0) || r.Antecedent(0, 0) || holds(2) || holds(4) {
		t.Errorf("odd: got %v, %v, %v, %v", holds(0), r.Antecedent(0, 0), holds(2), holds(4))
	}
	if v, _ := r.Value(3); v != -3 {
		t.Errorf("got value %d, want -3", v)
	}
	var four State
	r.Next(func(_ Label, s State, _ *Fault) {
		four = slices.Clone(s)
		if ok, _ := r.HoldsStep(1); !ok || r.Antecedent(1, 0) {
			t.Errorf("from 3: got %v, %v", ok, r.Antecedent(1, 0))
		}
	})
	r.Load(four)
	if holds(0) || !r.Antecedent(0, 0) || !holds(2) {
		t.Errorf("even: got %v, %v, %v", holds(0), r.Antecedent(0, 0), holds(2))
	}
	r.Next(func(_ Label, _ State, _ *Fault) {
		if ok, _ := r.HoldsStep(1); ok || !r.Antecedent(1, 0) {
			t.Errorf("from 4: got %v, %v", ok, r.Antecedent(1, 0))
		}
	})
}

func TestDeadlockCanBeAllowed(t *testing.T) {
	d := Definition[int8]{Name: "N", Init: slices.Values([]int8{0}), AllowDeadlock: true}
	if got := MustDefine(d).Info().Properties; len(got) != 0 {
		t.Errorf("got properties %v, want none", got)
	}
}

// shape is a state that only its definition can encode.
type shape interface{ area() int8 }

type square struct{ side int8 }

func (s square) area() int8 { return s.side * s.side }

type point struct{}

func (point) area() int8 { return 0 }

func TestOwnEncoding(t *testing.T) {
	r, first := load(t, Definition[shape]{
		Init: slices.Values([]shape{point{}}),
		Actions: []ActionOf[shape]{{Name: "Grow", Params: []string{"by"}, Next: Over([]int8{1, 2}, func(s shape, by int8) (shape, bool) {
			return square{side: by}, s.area() == 0
		})}},
		Invariants: []Predicate[shape]{{Name: "Small", Holds: func(s shape) bool { return s.area() < 4 }}},
		Encode: func(s shape) []byte {
			if q, ok := s.(square); ok {
				return []byte{byte(q.side)}
			}
			return nil
		},
		Decode: func(b []byte) shape {
			if len(b) == 0 {
				return point{}
			}
			return square{int8(b[0])}
		},
	})
	if got := fmt.Sprint(r.Render(first)); got != "[{state {}}]" {
		t.Errorf("got %s", got)
	}
	next := successors(r)
	if len(next) != 2 || slices.Equal(next[0], next[1]) {
		t.Fatalf("got successors %x, want two", next)
	}
	if got := fmt.Sprint(r.Render(next[1])); got != "[{state {side = 2}}]" {
		t.Errorf("got %s", got)
	}
	r.Load(next[1])
	if ok, _ := r.Holds(0); ok {
		t.Errorf("a square of area 4 is small")
	}
}

func BenchmarkNextOfStruct(b *testing.B) {
	type state struct {
		world [6]colour
		left  [6]int8
	}
	sys := MustDefine(Definition[state]{
		Name: "Bench",
		Init: slices.Values([]state{{}}),
		Actions: []ActionOf[state]{{Name: "Set", Params: []string{"i"}, Next: Over([]int{0, 1, 2, 3, 4, 5},
			func(s state, i int) (state, bool) {
				s.world[i] = blue
				return s, true
			})}},
		Invariants: []Predicate[state]{{Name: "I", Holds: func(s state) bool { return s.left[0] == 0 }}},
	})
	r := sys.NewRunner()
	s := State{uint64(1), 0}
	if n := unsafe.Sizeof(state{}); int(n)*8 > 64*len(s) {
		b.Fatalf("got %d bytes", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Load(s)
		r.Holds(0)
		r.Next(func(Label, State, *Fault) {})
	}
}
