package checker

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
)

// flowToy is a deterministic system of numbered states, inputs and domains.
type flowToy struct {
	toy
	claims model.Isolation
	next   [][]int    // by state and input: a state, off or bad
	owners [][]uint64 // by state and input
	view   [][]int    // by domain and state
	broken int        // the state in which Sees faults, or -1
	twice  bool       // the first input that is enabled leads to a second state, too
}

const (
	off = -1 // the input is not enabled
	bad = -2 // it faults
)

func (t *flowToy) Isolation() *model.Isolation { return &t.claims }
func (t *flowToy) NewRunner() model.Runner     { return &flowToyRunner{toyRunner{t: &t.toy}, t} }

// label gives that of an input: the choice is the number of the step among those of the instance, which depends on what is enabled.
func (t *flowToy) label(s, in int) model.Label {
	choice := uint32(0)
	for i := in &^ 1; i < in; i++ {
		if t.next[s][i] != off {
			choice++
		}
	}
	return model.Label{Action: model.ActionID(in / 2 % 2), Args: uint32(in / 4), Choice: choice}
}

// set makes the toy a System. Inputs 2i and 2i+1 are the choices of one instance.
func (t *flowToy) set(initial ...int) {
	t.info.StateWords = 1
	t.info.Actions = []model.Action{{Name: "A"}, {Name: "B"}}
	for _, s := range initial {
		t.init = append(t.init, model.State{uint64(s)})
	}
	t.toy.next = func(s model.State) (out []move) {
		for in, to := range t.next[s[0]] {
			l := t.label(int(s[0]), in)
			switch to {
			case off:
			case bad:
				out = append(out, move{label: l, fault: &model.Fault{Message: "no step"}})
			default:
				out = append(out, move{label: l, to: model.State{uint64(to)}})
			}
		}
		if t.twice && len(out) > 0 {
			out = append(out, move{label: out[0].label, to: model.State{(out[0].to[0] + 1) % uint64(len(t.next))}})
		}
		return out
	}
	for in := 0; in < len(t.owners[0]); in += 2 {
		l := t.label(0, in)
		for s := range t.owners {
			if t.owners[s][in] != t.owners[0][in] {
				t.claims.Varying = append(t.claims.Varying, model.Instance{Action: l.Action, Args: l.Args, Text: fmt.Sprint("instance ", in/2)})
				break
			}
		}
	}
}

type flowToyRunner struct {
	toyRunner
	ft *flowToy
}

// input gives the number of the input of a step that leaves the current state.
func (r *flowToyRunner) input(l model.Label) int {
	in := int(l.Args)*4 + int(l.Action)*2
	for skip := int(l.Choice); ; in++ {
		if r.ft.next[r.s[0]][in] != off {
			if skip--; skip < 0 {
				return in
			}
		}
	}
}

func (r *flowToyRunner) Sees(d int, out []byte) ([]byte, *model.Fault) {
	if int(r.s[0]) == r.ft.broken {
		return out, &model.Fault{Message: "nothing to see"}
	}
	return binary.AppendVarint(out, int64(r.ft.view[d][r.s[0]])), nil
}

func (r *flowToyRunner) View(d int) []model.Binding {
	return []model.Binding{{Name: "view", Value: model.Int(int64(r.ft.view[d][r.s[0]]))}}
}

func (r *flowToyRunner) Acts(a model.ActionID, args uint32) (uint64, *model.Fault) {
	return r.ft.owners[r.s[0]][int(args)*4+int(a)*2], nil
}

func (r *flowToyRunner) Chosen(l model.Label, out []byte) []byte {
	return append(out, byte(r.input(l)&1))
}

// Describe gives what the label of a toy does not: the choice whatever else is enabled.
func (r *flowToyRunner) Describe(s model.State, l model.Label) model.StepText {
	at := &flowToyRunner{toyRunner{s: s}, r.ft}
	return model.StepText{
		Action:  r.ft.info.Actions[l.Action].Name,
		Args:    []model.Binding{{Name: "a", Value: model.Int(int64(l.Args))}},
		Choices: []model.Binding{{Name: "c", Value: model.Int(int64(at.input(l) & 1))}},
	}
}

// step gives the state to which an input leads.
func (t *flowToy) step(s, in int) int {
	if to := t.next[s][in]; to >= 0 {
		return to
	}
	return s
}

func (t *flowToy) purged(s, in int, by uint64) bool {
	o := t.owners[s][in]
	return o != 0 && o&^by == 0
}

// sees gives what domain d sees in a state, with the inputs that may affect it there.
func (t *flowToy) sees(d, s int, by uint64) string {
	out := fmt.Sprint(t.view[d][s])
	for in := range t.owners[s] {
		out += fmt.Sprint(" ", t.purged(s, in, by))
	}
	return out
}

// drawFlowToy draws a system of a few states; nearly half of them are isolated.
func drawFlowToy(t *rapid.T) *flowToy {
	n := rapid.IntRange(1, 7).Draw(t, "states")
	instances := rapid.IntRange(1, 3).Draw(t, "instances")
	domains := rapid.IntRange(1, 3).Draw(t, "domains")
	out := &flowToy{broken: -1}
	vary := rapid.IntRange(0, 2).Draw(t, "owners vary") == 0
	dull := rapid.IntRange(1, 3).Draw(t, "views")
	fixed := rapid.SliceOfN(rapid.Uint64Range(0, 1<<domains-1), instances, instances).Draw(t, "owners")
	for range n {
		next, owners := make([]int, 2*instances), make([]uint64, 2*instances)
		for i := range next {
			next[i] = rapid.IntRange(-2, n-1).Draw(t, "to")
			if next[i] == bad && rapid.Bool().Draw(t, "off") {
				next[i] = off
			}
		}
		for i := range instances {
			o := fixed[i]
			if vary && rapid.IntRange(0, 3).Draw(t, "other") == 0 {
				o = rapid.Uint64Range(0, 1<<domains-1).Draw(t, "owner")
			}
			owners[2*i], owners[2*i+1] = o, o
		}
		out.next, out.owners = append(out.next, next), append(out.owners, owners)
	}
	for d := range domains {
		out.claims.Domains = append(out.claims.Domains, fmt.Sprintf("tenant(%d)", d))
		out.view = append(out.view, rapid.SliceOfN(rapid.IntRange(0, dull-1), n, n).Draw(t, "view"))
		by := rapid.Uint64Range(0, 1<<domains-1).Draw(t, "by") &^ (1 << d)
		out.claims.Properties = append(out.claims.Properties, model.IsolatedDomain{Property: model.PropertyID(d % 2), Of: d, By: by})
	}
	out.info.Properties = []model.Property{{Name: "Even", Kind: model.Isolated}, {Name: "Odd", Kind: model.Isolated}}
	out.set(rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, min(n, 2), rapid.ID[int]).Draw(t, "initial")...)
	return out
}

// shortestLeak gives the length of a shortest sequence of inputs whose end a domain tells from the end of its purge, by exploring both
// runs at once, or -1.
func (t *flowToy) shortestLeak(c model.IsolatedDomain) int {
	type pair struct{ s, p int }
	length := map[pair]int{}
	var queue []pair
	for _, s := range t.init {
		p := pair{int(s[0]), int(s[0])}
		length[p] = 0
		queue = append(queue, p)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		if t.sees(c.Of, p.s, c.By) != t.sees(c.Of, p.p, c.By) {
			return length[p]
		}
		for in := range t.next[0] {
			to := pair{t.step(p.s, in), p.p}
			if !t.purged(p.s, in, c.By) {
				to.p = t.step(p.p, in)
			}
			if _, ok := length[to]; !ok {
				length[to] = length[p] + 1
				queue = append(queue, to)
			}
		}
	}
	return -1
}

// leaksWithin tells whether a domain tells the end of some sequence of up to so many inputs from s, after which p is the end of the
// purge, from that of its purge.
func (t *flowToy) leaksWithin(c model.IsolatedDomain, s int, inputs []int, most int) bool {
	at, p := s, s
	for _, in := range inputs {
		if !t.purged(at, in, c.By) {
			p = t.step(p, in)
		}
		at = t.step(at, in)
	}
	if t.sees(c.Of, at, c.By) != t.sees(c.Of, p, c.By) {
		return true
	}
	if len(inputs) == most {
		return false
	}
	for in := range t.next[0] {
		if t.leaksWithin(c, s, append(inputs[:len(inputs):len(inputs)], in), most) {
			return true
		}
	}
	return false
}

// isolated decides a claim by the coarsest partition with output and step consistency: Moore's rounds until nothing is split, and then
// local respect.
func (t *flowToy) isolated(c model.IsolatedDomain) bool {
	block := make([]string, len(t.next))
	for s := range block {
		block[s] = t.sees(c.Of, s, c.By)
	}
	for range t.next {
		finer := make([]string, len(block))
		for s := range block {
			finer[s] = block[s]
			for in := range t.next[s] {
				if !t.purged(s, in, c.By) {
					finer[s] += "|" + block[t.step(s, in)]
				}
			}
		}
		number := map[string]string{}
		for s, f := range finer {
			if number[f] == "" {
				number[f] = fmt.Sprint(len(number))
			}
			block[s] = t.sees(c.Of, s, c.By) + "#" + number[f]
		}
	}
	for s := range t.reach() {
		for in := range t.next[s] {
			if t.purged(s, in, c.By) && block[t.step(s, in)] != block[s] {
				return false
			}
		}
	}
	return true
}

func (t *flowToy) reach() map[int]bool {
	seen := map[int]bool{}
	var queue []int
	for _, s := range t.init {
		queue = append(queue, int(s[0]))
	}
	for ; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		if seen[s] {
			continue
		}
		seen[s] = true
		for in := range t.next[s] {
			queue = append(queue, t.step(s, in))
		}
	}
	return seen
}

func TestIsolatedAgainstProductAndPurge(t *testing.T) {
	leaks, holds, varied := 0, 0, 0
	redraw.Until(t, func() bool { return leaks > 0 && holds > 0 && varied > 0 }, func(t *rapid.T) {
		toy := drawFlowToy(t)
		workers := rapid.IntRange(1, 3).Draw(t, "workers")
		r, err := Check(t.Context(), toy, Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Properties {
			if f.Property.Kind != model.Isolated {
				continue
			}
			shortest := -1
			for _, c := range toy.claims.Properties {
				if toy.info.Properties[c.Property].Name != f.Property.Name || c.By == 0 {
					continue
				}
				n := toy.shortestLeak(c)
				if n >= 0 && (shortest < 0 || n < shortest) {
					shortest = n
				}
				if toy.isolated(c) != (n < 0) {
					t.Fatalf("the oracles disagree: %d", n)
				}
				within := false
				for _, s := range toy.init {
					within = within || toy.leaksWithin(c, int(s[0]), nil, 3)
				}
				if within != (n >= 0 && n <= 3) {
					t.Fatalf("the oracles disagree: within 3 inputs %v, shortest %d", within, n)
				}
				for _, u := range f.Unwound {
					if u.Domain == toy.claims.Domains[c.Of] && u.Holds != (n < 0) {
						t.Errorf("%s: got %v, want %v", u.Domain, u.Holds, n < 0)
					}
				}
			}
			want := Holds
			if shortest >= 0 {
				want = Violated
			}
			if f.Verdict != want {
				t.Fatalf("got %s (%s), want %s", f.Verdict, f.Reason, want)
			}
			if f.Verdict == Holds {
				holds++
				continue
			}
			if leaks++; len(toy.claims.Varying) > 0 {
				varied++
			}
			if x := f.Experiment; x == nil || len(x.Rows)-1 != shortest || f.Steps != shortest {
				t.Fatalf("the experiment has %d inputs, want %d", len(x.Rows)-1, shortest)
			}
			toy.judge(t, &f)
		}
	})
	if leaks == 0 || holds == 0 || varied == 0 {
		t.Errorf("drew %d leaks, %d of them with domains that depend on the state, and %d isolated systems, want some of each", leaks, varied, holds)
	}
}

// judge takes the runs of an experiment once more by the tables of the system.
func (t *flowToy) judge(tb rapid.TB, f *Finding) {
	x := f.Experiment
	d := slices.Index(t.claims.Domains, x.Domain)
	by := uint64(0)
	for _, c := range t.claims.Properties {
		if c.Of == d && t.info.Properties[c.Property].Name == f.Property.Name {
			by = c.By
		}
	}
	with := int(x.Rows[0].With.State[0].Value.Int)
	if !slices.ContainsFunc(t.init, func(s model.State) bool { return int(s[0]) == with }) {
		tb.Fatalf("the runs begin in state %d", with)
	}
	without := with
	for i, row := range x.Rows {
		if i > 0 {
			in := int(row.Input.Args[0].Value.Int)*4 + int(row.Input.Choices[0].Value.Int)
			if row.Input.Action == "B" {
				in += 2
			}
			if i == x.Removed && !t.purged(with, in, by) || i > x.Removed && (t.purged(with, in, by) || t.purged(without, in, by)) {
				tb.Fatalf("row %d is of the wrong domains", i)
			}
			if row.With.Taken != (t.next[with][in] >= 0) || row.Without.Taken != (i != x.Removed && t.next[without][in] >= 0) {
				tb.Fatalf("row %d is wrong about what is taken", i)
			}
			if with = t.step(with, in); i != x.Removed {
				without = t.step(without, in)
			}
		}
		if int(row.With.State[0].Value.Int) != with || int(row.Without.State[0].Value.Int) != without {
			tb.Fatalf("row %d leads to other states", i)
		}
		if same := t.sees(d, with, by) == t.sees(d, without, by); same != (i < len(x.Rows)-1) {
			tb.Fatalf("row %d: the domain sees the same: %v", i, same)
		}
		if (len(x.Acts) > 0) != (strings.SplitN(t.sees(d, with, by), " ", 2)[1] != strings.SplitN(t.sees(d, without, by), " ", 2)[1]) && i == len(x.Rows)-1 {
			tb.Fatalf("what may affect the domain is told wrongly: %v", x.Acts)
		}
	}
}

// leakyToy has a domain 1 whose input A moves a token that domain 0 sees when B looks.
func leakyToy() *flowToy {
	t := &flowToy{
		next:   [][]int{{1, off, off, off}, {off, off, 2, off}, {off, off, off, off}},
		owners: [][]uint64{{2, 2, 1, 1}, {2, 2, 1, 1}, {2, 2, 1, 1}},
		view:   [][]int{{0, 0, 1}, {0, 0, 0}},
		broken: -1,
	}
	t.claims = model.Isolation{Domains: []string{"low", "high"}, Properties: []model.IsolatedDomain{{Of: 0, By: 2}}}
	t.info.Properties = []model.Property{{Name: "Isolated", Kind: model.Isolated}, {Name: "fault", Kind: model.FaultFree}}
	t.set(0)
	return t
}

func checkFlow(t *testing.T, toy model.System, cfg Config) *Result {
	t.Helper()
	r, err := Check(t.Context(), toy, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExperiment(t *testing.T) {
	f := checkFlow(t, leakyToy(), Config{}).Properties[0]
	x := f.Experiment
	if f.Verdict != Violated || x == nil || x.Removed != 1 || len(x.Rows) != 3 || x.Direct() {
		t.Fatalf("got %+v", f)
	}
	if !slices.Equal(x.Channel, []string{"w0"}) || !slices.Equal(x.By, []string{"high"}) || x.Rows[2].Without.Taken || !x.Rows[2].With.Taken {
		t.Errorf("got %+v", x)
	}
	if len(f.Trace.Steps) != 3 || f.Trace.Steps[2].Step.Action != "B" {
		t.Errorf("got the run %+v", f.Trace)
	}
}

func TestIsolatedUndecided(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*flowToy)
		cfg    Config
		want   string
	}{
		"states": {cfg: Config{MaxStates: 2}, want: "limit"},
		"depth":  {cfg: Config{MaxDepth: 1}, want: "depth limit"},
		"lossy":  {cfg: Config{Lossy: Lossy{Hash: 40}}, want: "hash"},
		"twice":  {change: func(t *flowToy) { t.twice = true }, want: "leads from one state to several"},
	} {
		t.Run(name, func(t *testing.T) {
			toy := leakyToy()
			if c.change != nil {
				c.change(toy)
			}
			r := checkFlow(t, toy, c.cfg)
			f := r.Properties[0]
			if f.Verdict != Undecided || r.Verdict == Holds || !strings.Contains(f.Reason+r.Reason, c.want) {
				t.Errorf("got %s: %s %s", f.Verdict, f.Reason, r.Reason)
			}
		})
	}
}

func TestIsolatedFault(t *testing.T) {
	toy := leakyToy()
	toy.broken = 1
	r := checkFlow(t, toy, Config{})
	if f := r.Properties[0]; f.Verdict != Undecided || f.Fault == nil {
		t.Errorf("got %+v", f)
	}
	if f := r.Properties[1]; f.Verdict != Violated || len(f.Trace.Steps) != 2 {
		t.Errorf("got %+v", f)
	}
}

func TestIsolatedWithoutDomains(t *testing.T) {
	toy := &toy{init: []model.State{{0}}, next: func(model.State) []move { return nil }}
	toy.info = model.Info{StateWords: 1, Properties: []model.Property{{Name: "P", Kind: model.Isolated}}}
	if _, err := Check(t.Context(), toy, Config{}); err == nil || !strings.Contains(err.Error(), "says nothing of its domains") {
		t.Errorf("got %v", err)
	}
	bad := leakyToy()
	bad.claims.Properties[0].By = 4
	if _, err := Check(t.Context(), bad, Config{}); err == nil || !strings.Contains(err.Error(), "domain 2") {
		t.Errorf("got %v", err)
	}
}

// An experiment that does not show what it is to show is not reported.
func TestExperimentAmiss(t *testing.T) {
	toy := leakyToy()
	in := func(s, n int) word {
		r := toy.NewRunner()
		l := toy.label(s, n)
		return word{l, []byte{byte(n & 1)}, r.Describe(model.State{uint64(s)}, l)}
	}
	a, b := in(0, 0), in(1, 2)
	for name, c := range map[string]struct {
		start   uint64
		inputs  []word
		removed int
		by      uint64
		want    string
	}{
		"right":               {0, []word{a, b}, 0, 2, ""},
		"another start":       {1, []word{a, b}, 0, 2, "begin in an initial state"},
		"may affect it":       {0, []word{a, b}, 0, 0, "may affect the domain"},
		"not enabled":         {0, []word{b, a}, 1, 2, "a step is not enabled"},
		"no difference":       {0, []word{a}, 0, 2, "do not differ at their end"},
		"one more left in":    {0, []word{a, a, b}, 0, 2, "is left in"},
		"the end comes first": {0, []word{a, b, b}, 0, 2, "first there"},
	} {
		x := &experimenter{claims: &toy.claims, asked: question{IsolatedDomain: model.IsolatedDomain{Of: 0, By: c.by}}, sys: toy}
		out, _, err := x.perform(model.State{c.start}, c.inputs, c.removed)
		if c.want == "" && (err != nil || len(out.Rows) != 3) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
