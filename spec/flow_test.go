package spec_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
)

// drawTenants draws a model with two or three tenants, nearly half of which are isolated.
func drawTenants(t *rapid.T) string {
	one := func(options ...string) string { return rapid.SampledFrom(options).Draw(t, "one") }
	views := []string{"x[t]"}
	for _, v := range []string{"g", "x[t] == g", "{ k for k in T where k == t and x[k] == 1 }", "o"} {
		if rapid.IntRange(0, 4).Draw(t, "see") == 0 {
			views = append(views, v)
		}
	}
	inside, end := "choose w in 0..1 where %s { %s }", "either { g = 1 - g } or { %s }"
	if rapid.Bool().Draw(t, "nothing is chosen") { // then states are expanded by tables
		inside, end = "if %s { %s }", "if g == 0 { g = 1 } else { %s }"
	}
	inside = fmt.Sprintf(inside, one("true", "w != v", "w == g"), one("x[t] = w", "x[t] = w", "g = w", "if o == none { x[t] = w }"))
	if strings.HasPrefix(inside, "if") {
		inside = strings.ReplaceAll(inside, "w", "(1 - v)")
	}
	domains := one("0..1", "1..2", "1..2", "symmetric 1..2", "0..2", "0..2")
	acts := one("B(_, t)", "B(_, t)", "B(v, w) where w == t and v == 1", "B(_, w) where w == t or g == 1", "B(_, w) where o == some(t) and w == t", "B")
	via := ""
	if domains == "0..2" && !strings.Contains(acts, "g ==") && !strings.Contains(acts, "o ==") {
		via = one("", " via d in T where d != t and d != u", " via d in T where d == 1 and d != t and d != u", " via d in T where d == t + 1 and d != u")
	}
	return fmt.Sprintf(`model Drawn
type T = %s
state {
  x: map[T]0..1 = %s
  g: 0..1 = 0
  o: option[T] = none
}
action A(t: T, v: 0..1) when %s { %s }
action B(v: 0..1, t: T) { %s }
action E { %s }
observe tenant(t: T) { %s }
acts tenant(t) = { A(t, _), %s }
isolated P { t, u in T where t != u%s }
`, domains, one("0", "0", "any"),
		one("true", "x[t] == 0", "g == 0", "o != some(t)"),
		one("x[t] = v", "x[t] = 1 - x[t]", "x[t] = g", "g = v", "o = some(t)", "x[t] = v; o = some(t)"),
		inside, fmt.Sprintf(end, one("skip", "o = none", "g = 0")),
		strings.Join(views, ", "),
		acts, one("", "", " and o2(t)")+via) + "func o2(t: T) bool = true\n"
}

// run is two copies of a system side by side, the second without what may not affect a domain.
type copies struct {
	sys   model.System
	r     model.Runner
	on    model.Onlooker
	iso   *model.Isolation
	steps map[string]map[string]model.State // by state, then input in words
	label map[string]model.Label            // of an input, with some choice
}

// inputs gives the states to which inputs lead from s.
func (c *copies) inputs(s model.State) map[string]model.State {
	if out, ok := c.steps[words(s)]; ok {
		return out
	}
	type next struct {
		l model.Label
		t model.State
	}
	var all []next
	c.r.Load(s)
	c.r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f == nil {
			all = append(all, next{l, slices.Clone(t)})
		}
	})
	out := map[string]model.State{}
	for _, n := range all {
		in := c.r.Describe(s, n.l).String()
		out[in], c.label[in] = n.t, n.l
	}
	c.steps[words(s)] = out
	return out
}

func (c *copies) purged(s model.State, in string, by uint64) bool {
	c.r.Load(s)
	owners, f := c.on.Acts(c.label[in].Action, c.label[in].Args)
	return f == nil && owners != 0 && owners&^by == 0
}

func (c *copies) sees(d int, s model.State, by uint64) string {
	c.r.Load(s)
	view, _ := c.on.Sees(d, nil)
	out := string(view)
	for _, v := range c.iso.Varying {
		owners, _ := c.on.Acts(v.Action, v.Args)
		out += fmt.Sprint(" ", owners != 0 && owners&^by == 0)
	}
	return out
}

// shortest gives the length of a shortest sequence of inputs whose end a domain tells from that of its purge, or -1.
func (c *copies) shortest(p model.IsolatedDomain) int {
	if p.Via != nil {
		return c.shortestVia(&p)
	}
	type pair struct {
		s, t   model.State
		length int
	}
	var queue []pair
	c.r.Init(func(s model.State, f *model.Fault) {
		s = slices.Clone(s)
		queue = append(queue, pair{s, s, 0})
	})
	seen := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if key := words(at.s) + words(at.t); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		if c.sees(p.Of, at.s, p.By) != c.sees(p.Of, at.t, p.By) {
			return at.length
		}
		a, b := c.inputs(at.s), c.inputs(at.t)
		for _, from := range []map[string]model.State{a, b} {
			for in := range from {
				to := pair{at.s, at.t, at.length + 1}
				if s, ok := a[in]; ok {
					to.s = s
				}
				if t, ok := b[in]; ok && !c.purged(at.s, in, p.By) {
					to.t = t
				}
				queue = append(queue, to)
			}
		}
	}
	return -1
}

// numbered is all states of a system as numbers, and where inputs lead.
type numbered struct {
	initial []int
	views   []string // of one domain
	next    [][]int  // by input and state
	owners  []uint64 // by input
}

func (c *copies) numbered(of int) *numbered {
	out, number, inputs := &numbered{}, map[string]int{}, map[string]int{}
	var states []model.State
	at := func(s model.State) int {
		n, ok := number[words(s)]
		if !ok {
			n = len(states)
			number[words(s)], states = n, append(states, slices.Clone(s))
		}
		return n
	}
	c.r.Init(func(s model.State, f *model.Fault) { out.initial = append(out.initial, at(s)) })
	for n := 0; n < len(states); n++ {
		out.views = append(out.views, c.sees(of, states[n], 0))
		for in, to := range c.inputs(states[n]) {
			i, ok := inputs[in]
			if !ok {
				i = len(out.next)
				owners, _ := c.on.Acts(c.label[in].Action, c.label[in].Args)
				inputs[in], out.next, out.owners = i, append(out.next, nil), append(out.owners, owners)
			}
			for len(out.next[i]) < n {
				out.next[i] = append(out.next[i], len(out.next[i]))
			}
			out.next[i] = append(out.next[i], at(to))
		}
	}
	for i := range out.next {
		for len(out.next[i]) < len(states) {
			out.next[i] = append(out.next[i], len(out.next[i]))
		}
	}
	return out
}

// shortestVia is shortest where domains may affect others through some. Whose the inputs are that will be kept behind is guessed: all at first, and
// each input must be one of those that make it so.
func (c *copies) shortestVia(p *model.IsolatedDomain) int {
	g := c.numbered(p.Of)
	guesses := 1 << len(c.iso.Domains)
	type before struct {
		behind int
		kept   bool
	}
	ways := make([][][]before, len(g.next)) // by input and whose inputs will be kept, with it
	for in, o := range g.owners {
		ways[in] = make([][]before, guesses)
		for behind := range guesses {
			b := before{behind, o == 0 || o&^p.By != 0}
			for d, via := range p.Via {
				b.kept = b.kept || o>>d&1 == 1 && via&uint64(behind) != 0
			}
			with := behind
			if b.kept {
				with |= int(o)
			}
			ways[in][with] = append(ways[in][with], b)
		}
	}
	n := len(g.views)
	seen := make([]bool, n*n*guesses)
	var next []int
	push := func(s, t, sources int) {
		if at := (s*n+t)*guesses + sources; !seen[at] {
			seen[at] = true
			next = append(next, at)
		}
	}
	for _, s := range g.initial {
		for sources := range guesses {
			push(s, s, sources)
		}
	}
	for length := 0; len(next) > 0; length++ {
		layer := next
		next = nil
		for _, at := range layer {
			s, t, sources := at/guesses/n, at/guesses%n, at%guesses
			if sources == 0 && g.views[s] != g.views[t] {
				return length
			}
			for in := range g.next {
				for _, b := range ways[in][sources] {
					if b.kept {
						push(g.next[in][s], g.next[in][t], b.behind)
					} else {
						push(g.next[in][s], t, b.behind)
					}
				}
			}
		}
	}
	return -1
}

func TestIsolatedModelsAgainstProduct(t *testing.T) {
	leaks, holds, varying, direct, via := 0, 0, 0, 0, [2]int{}
	redraw.Until(t, func() bool {
		return leaks > direct && holds > 0 && varying > 0 && direct > 0 && via[0] > 0 && via[1] > 0
	}, func(t *rapid.T) {
		text := drawTenants(t)
		p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		slow, err := interp.New(p.IR()).System()
		if err != nil {
			t.Fatal(err)
		}
		f := isolatedBy(t, p)
		if g := isolatedBy(t, slow); g.Verdict != f.Verdict || g.Steps != f.Steps || fmt.Sprint(g.Unwound) != fmt.Sprint(f.Unwound) {
			t.Fatalf("interpreted: %s in %d, %v; compiled: %s in %d, %v\n%s", g.Verdict, g.Steps, g.Unwound, f.Verdict, f.Steps, f.Unwound, text)
		}
		want, iso := inCopies(slow), p.Isolation()
		switch {
		case want < 0 && f.Verdict == checker.Holds:
			if holds++; strings.Contains(text, " via ") {
				via[0]++
			}
		case want >= 0 && f.Verdict == checker.Violated && f.Steps == want:
			if leaks++; len(iso.Varying) > 0 {
				varying++
			}
			if f.Experiment.Direct() {
				direct++
			}
			if strings.Contains(text, " via ") {
				via[1]++
			}
			if len(f.Experiment.Channel) == 0 && len(f.Experiment.Acts) == 0 {
				t.Fatalf("the experiment shows no channel\n%s", text)
			}
		default:
			t.Fatalf("got %s in %d steps, want the shortest leak %d\n%s", f.Verdict, f.Steps, want, text)
		}
	})
	if leaks == direct || holds == 0 || varying == 0 || direct == 0 || via[0] == 0 || via[1] == 0 {
		t.Errorf("drew %d leaks, %d direct and %d with domains that depend on the state, and %d isolated models; and through others %d that are isolated and %d that are not; "+
			"want some of each", leaks, direct, varying, holds, via[0], via[1])
	}
}

// The models of what isolates tenants, and the mutants that are to open a channel, against the product: whether each is isolated,
// and how long the shortest experiment is. Those that take seconds are left to the soak.
func TestIsolatedFilesAgainstProduct(t *testing.T) {
	large := []string{"memory", "memory.Unsalted", "hybrid"}
	files := os.DirFS("../model/isolation")
	names, err := fs.Glob(files, "*.bh")
	if err != nil || len(names) == 0 {
		t.Fatalf("got the files %q, %v", names, err)
	}
	for _, file := range names {
		p, err := spec.Load(files, file)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(p.Info().Properties, func(q model.Property) bool { return q.Kind == model.Isolated })
		claim, name := p.Info().Properties[at].Name, strings.TrimSuffix(file, ".bh")
		systems := map[string]model.System{name: p}
		for _, m := range p.Mutants() {
			if m.Breaks == claim {
				systems[name+"."+m.Name] = m.System()
			}
		}
		for name, sys := range systems {
			t.Run(name, func(t *testing.T) {
				if slices.Contains(large, name) && os.Getenv("BULKHEAD_SOAK") == "" {
					t.Skip("takes long: set BULKHEAD_SOAK")
				}
				r, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{claim}})
				if err != nil {
					t.Fatal(err)
				}
				got := -1
				if f := r.Properties[0]; f.Verdict == checker.Violated {
					got = f.Steps
				} else if f.Verdict != checker.Holds {
					t.Fatalf("got %s", f.Verdict)
				}
				if want := inCopies(sys); got != want {
					t.Errorf("got a shortest experiment of %d steps, want %d", got, want)
				}
			})
		}
	}
}

// inCopies is the length of the shortest experiment of any claim of a system, or -1.
func inCopies(sys model.System) int {
	c := &copies{sys: sys, r: sys.NewRunner(), iso: sys.(model.Isolating).Isolation(), steps: map[string]map[string]model.State{}, label: map[string]model.Label{}}
	c.on = c.r.(model.Onlooker)
	least := -1
	for _, claim := range c.iso.Properties {
		if n := c.shortest(claim); n >= 0 && (least < 0 || n < least) {
			least = n
		}
	}
	return least
}

func isolatedBy(t *rapid.T, sys model.System) checker.Finding {
	r, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{"P"}, SweepFrom: rapid.SampledFrom([]int64{-1, 1, 1}).Draw(t, "sweep from")})
	if err != nil {
		t.Fatal(err)
	}
	return r.Properties[0]
}

func TestIsolatedErrors(t *testing.T) {
	head := "model M\ntype T = 1..2\nstate { x: map[T]bool = false }\naction A(t: T, n: 0..3) { x[t] = n > 1 }\n"
	for decls, want := range map[string]string{
		"isolated P { t, u in T where t != u }":                                                          "m.bh:5:10: nothing says what a domain sees",
		"acts tenant(t) = { A }":                                                                         "m.bh:5:6: nothing says what a tenant sees",
		"observe tenant(t: T) { x[t] }\nisolated P { t, u in T where t != u }":                           "m.bh:6:10: nothing says what a tenant does",
		"observe tenant(t: T) { x[t] }\nobserve host(t: T) { x }":                                        "m.bh:6:9: a model says once what its domains see",
		"observe tenant(t: 0..99) { 1 }":                                                                 "m.bh:5:19: there are 100 values of 0..99, want at most 64 domains",
		"observe tenant(t, u: T) { 1 }":                                                                  "m.bh:5:19: a domain is one value, got a second parameter",
		"observe tenant(t: T) { y }":                                                                     "m.bh:5:24: unknown name y",
		"observe tenant(t: T) { x[t] }\nacts host(t) = { A }":                                            "m.bh:6:6: got host, want tenant",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { B }":                                          "m.bh:6:20: no action B",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A(t) }":                                       "m.bh:6:20: A takes 2 arguments, got 1",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A(u, _) }":                                    "m.bh:6:22: u is not used behind where",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A(1, _) }":                                    "m.bh:6:22: got an expression, want a name",
		"observe tenant(t: bool) { t }\nacts tenant(t) = { A(t, _) }":                                    "m.bh:6:22: t is of type bool, and this argument of type T",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A }\nisolated P { t in T }":                   "m.bh:7:14: got 1 name, want two",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A }\nisolated P { t, u in T }":                "m.bh:7:10: tenant(1) would be isolated from itself: want where t != u",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A }\nisolated P { t, u in 1..9 where t < u }": "m.bh:7:10: 3 is no domain",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A }\nisolated P { t, u in T where x[t] }":     "m.bh:7:30: which domains are isolated from which does not depend on the state",
		"observe tenant(t: T) { x[t] }\nacts tenant(t) = { A }\nisolated P { t, u in bool where t }":     "m.bh:7:14: t is of type bool, want a domain, which is of type T",
	} {
		_, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(head + decls + "\n")}}, "m.bh")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", decls, err, want)
		}
	}
}

// TestDomains says by hand what the model is to say of its domains.
func TestDomains(t *testing.T) {
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(`model M
type T = 1..3
state { owner: map[0..1]T = 1; log: seq[T, 2] = [] }
action A(t: T, v: 0..1) when size(log) < 2 { log = append(log, t) }
action B(v: 0..1, w: T) { owner[v] = w; log = [] }
action C { skip }
observe tenant(t: T) { log, owner[0] == t }
acts tenant(t) = { A(t, _), B(_, w) where w == t, B(v, _) where owner[v] == t, C }
isolated P { t, u in T where t < u }
`)}}, "m.bh")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(p.Isolation().Properties), "[{0 0 6 []} {0 1 4 []}]"; got != want {
		t.Errorf("got the pairs %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(p.Isolation().Domains, len(p.Isolation().Varying)), "[tenant(1) tenant(2) tenant(3)] 6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	slow, err := interp.New(p.IR()).System()
	if err != nil {
		t.Fatal(err)
	}
	for _, sys := range []model.System{p, slow} {
		r := sys.NewRunner()
		on := r.(model.Onlooker)
		g, err := checker.Explore(t.Context(), sys, checker.Config{})
		if err != nil {
			t.Fatal(err)
		}
		views, texts := map[string]bool{}, map[string]bool{}
		for _, s := range g.Nodes {
			r.Load(s)
			owner := r.Render(s)[0].Value.Elems
			for n := range uint32(6) {
				a, _ := on.Acts(0, n)
				b, _ := on.Acts(1, n)
				c, _ := on.Acts(2, 0)
				if a != 1<<(n/2) || b != 1<<(n%3)|1<<(owner[n/3].Value.Int-1) || c != 7 {
					t.Fatalf("instance %d belongs to %b, %b and %b where owner is %v", n, a, b, c, owner)
				}
			}
			view, _ := on.Sees(2, nil)
			views[string(view)], texts[fmt.Sprint(on.View(2))] = true, true
		}
		if len(views) != len(texts) || len(views) != 2*(1+3+9) {
			t.Errorf("there are %d views, and %d in words, want 26", len(views), len(texts))
		}
	}
}
