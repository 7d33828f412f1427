package memory

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// killer is an OOM with the tree of oom.bh, and the rest of its state.
type killer struct {
	*OOM
	Taken  []int
	Failed bool
}

var (
	killNames   = []string{"host", "red", "blue", "web", "db"}
	killParents = []Group{0, 0, 0, 1, 1}
)

// killers is an instance of oom.bh, with the names of its constants. adjust begins with -1000 and 0, in this order.
type killers struct {
	procs  int
	pages  int
	total  int64
	adjust []int
}

func (k killers) initial(yield func(killer) bool) {
	homes := []Group{2, 3, 4}
	for _, together := range [][]Group{nil, {1}, {3}, {1, 3}} {
		groups := make([]KillGroup, len(killParents))
		for g, parent := range killParents {
			groups[g] = KillGroup{Parent: parent, Together: slices.Contains(together, Group(g))}
		}
		for home := range modelcheck.Vectors(k.procs, len(homes)) {
			for pages := range modelcheck.Vectors(k.procs, k.pages) {
				for adjust := range modelcheck.Vectors(k.procs, len(k.adjust)) {
					if !slices.IsSorted(pages) {
						continue
					}
					procs := make([]Victim, k.procs)
					for i := range procs {
						procs[i] = Victim{homes[home[i]-1], int64(pages[i]), k.adjust[adjust[i]-1]}
					}
					o, err := NewOOM(groups, procs)
					if err != nil {
						panic(err)
					}
					if !yield(killer{OOM: o}) {
						return
					}
				}
			}
		}
	}
}

func (k killers) pair() modelcheck.Pair {
	sys := model.MustDefine(model.Definition[killer]{
		Name: "OOM",
		Init: k.initial,
		Actions: []model.ActionOf[killer]{{Name: "OutOfMemory", Params: []string{"g"}, Next: func(s killer) iter.Seq2[model.Args, killer] {
			return func(yield func(model.Args, killer) bool) {
				for g, name := range killNames {
					candidates := s.Candidates(Group(g), k.total)
					if len(candidates) == 0 && !yield(model.Args{name}, killer{OOM: s.Clone(), Failed: true}) {
						return
					}
					for _, v := range candidates {
						next := killer{OOM: s.Clone()}
						var err error
						if next.Taken, err = next.Kill(Group(g), k.total, v); err != nil {
							panic(err)
						}
						if !yield(model.Args{name}, next) {
							return
						}
					}
				}
			}
		}}},
		Show: func(s killer) []model.Binding {
			number := func(of func(Victim) model.Value) model.Value {
				return modelcheck.Map(1, k.procs, func(i int) model.Value { return of(s.procs[i-1]) })
			}
			var together []string
			for g, name := range killNames {
				if s.groups[g].Together {
					together = append(together, name)
				}
			}
			from1 := func(ps []int) model.Value {
				var out []int
				for _, p := range ps {
					out = append(out, p+1)
				}
				return modelcheck.Set(out)
			}
			var alive []int
			for p := range s.procs {
				if s.Alive(p) {
					alive = append(alive, p)
				}
			}
			return []model.Binding{
				{Name: "together", Value: modelcheck.Names(together)},
				{Name: "home", Value: number(func(v Victim) model.Value { return model.Text(killNames[v.In]) })},
				{Name: "pages", Value: number(func(v Victim) model.Value { return model.Int(v.Pages) })},
				{Name: "adjust", Value: number(func(v Victim) model.Value { return modelcheck.Int(v.Adjust) })},
				{Name: "alive", Value: from1(alive)},
				{Name: "taken", Value: from1(s.Taken)},
				{Name: "failed", Value: model.Bool(s.Failed)},
			}
		},
	})
	var adjust []string
	for _, a := range k.adjust {
		adjust = append(adjust, strconv.Itoa(a))
	}
	return modelcheck.Pair{Name: "oom", System: sys, File: "oom.bh", Constants: constants{
		"PROCS": strconv.Itoa(k.procs), "PAGES": strconv.Itoa(k.pages), "TOTAL": decimal(k.total), "ADJUST": "{" + strings.Join(adjust, ", ") + "}",
	}}
}

// lineage is g and all above it.
func lineage(groups []KillGroup, g Group) []Group {
	out := []Group{g}
	for g != Root {
		g = groups[g].Parent
		out = append(out, g)
	}
	return out
}

// Whoever is killed is inside, not spared, and the worst or together with the worst; every group with memory.oom.group that
// counts loses all or none.
func TestOOM(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := make([]KillGroup, rapid.IntRange(1, 6).Draw(t, "groups"))
		for g := 1; g < len(groups); g++ {
			groups[g] = KillGroup{Group(rapid.IntRange(0, g-1).Draw(t, "parent")), rapid.Bool().Draw(t, "together")}
		}
		procs := make([]Victim, rapid.IntRange(0, 6).Draw(t, "processes"))
		for i := range procs {
			procs[i] = Victim{
				Group(rapid.IntRange(0, len(groups)-1).Draw(t, "in")), rapid.Int64Range(0, 5).Draw(t, "pages"),
				rapid.SampledFrom([]int{NeverKill, -999, -1, 0, 0, 1, 1000}).Draw(t, "adjust"),
			}
		}
		o, err := NewOOM(groups, procs)
		if err != nil {
			t.Fatal(err)
		}
		total := rapid.SampledFrom([]int64{0, 999, 1000, 4000}).Draw(t, "total")
		for range rapid.IntRange(0, 4).Draw(t, "times") {
			g := Group(rapid.IntRange(0, len(groups)-1).Draw(t, "group"))
			before := o.Clone()
			worst, any := int64(0), false
			for i, p := range procs {
				if before.Alive(i) && p.Adjust != NeverKill && slices.Contains(lineage(groups, p.In), g) {
					if b := p.Pages + int64(p.Adjust)*(total/1000); !any || b > worst {
						worst, any = b, true
					}
				}
			}
			candidates := o.Candidates(g, total)
			victim := -1
			if len(candidates) > 0 {
				victim = rapid.SampledFrom(candidates).Draw(t, "victim")
			}
			killed, err := o.Kill(g, total, victim)
			var none *NoVictim
			if !any {
				if !errors.As(err, &none) || none.In != g || !errors.Is(err, model.ErrRefused) {
					t.Fatalf("nobody can be killed in %d: got %v", g, err)
				}
				continue
			}
			if err != nil || Badness(procs[victim], total) != worst || !slices.Contains(killed, victim) {
				t.Fatalf("got %v, %v and victim %d", killed, err, victim)
			}
			for i, p := range procs {
				if slices.Contains(killed, i) != (before.Alive(i) && !o.Alive(i)) {
					t.Fatalf("process %d: killed %v, alive %t", i, killed, o.Alive(i))
				}
				if slices.Contains(killed, i) && (p.Adjust == NeverKill || !slices.Contains(lineage(groups, p.In), g)) {
					t.Fatalf("%+v was killed for %d", p, g)
				}
			}
			count := false
			for a := range groups {
				if !groups[a].Together || !slices.Contains(lineage(groups, Group(a)), g) {
					continue
				}
				lost, left := 0, 0
				for i, p := range procs {
					if slices.Contains(lineage(groups, p.In), Group(a)) {
						count = count || i == victim
						if slices.Contains(killed, i) {
							lost++
						} else if o.Alive(i) && p.Adjust != NeverKill {
							left++
						}
					}
				}
				if lost > 0 && left > 0 {
					t.Fatalf("group %d lost %d processes and kept %d", a, lost, left)
				}
			}
			if !count && len(killed) != 1 {
				t.Fatalf("%v were killed without memory.oom.group", killed)
			}
		}
	})
}

// Points of a host of 4 GiB in pages of 4 KiB: 1000 is more than anybody can have, and -999 leaves a process that is larger than
// all of it.
func TestBadness(t *testing.T) {
	const total = 1 << 20
	for _, test := range []struct {
		v    Victim
		want int64
	}{
		{Victim{Pages: 5000}, 5000},
		{Victim{Pages: 5000, Adjust: 1000}, 1_053_000},
		{Victim{Pages: 5000, Adjust: -1}, 3952},
		{Victim{Pages: 0, Adjust: 2}, 2096},
	} {
		if got := Badness(test.v, total); got != test.want {
			t.Errorf("%+v: got %d points, want %d", test.v, got, test.want)
		}
	}
	if got := Badness(Victim{Pages: 5, Adjust: 1000}, 999); got != 5 {
		t.Errorf("of 999 pages: got %d points, want 5", got)
	}
}

func TestNewOOMRefuses(t *testing.T) {
	good := []KillGroup{{}, {}}
	for _, groups := range [][]KillGroup{nil, {{Together: true}}, {{}, {Parent: 1}}, {{}, {Parent: -1}}} {
		if _, err := NewOOM(groups, nil); err == nil {
			t.Errorf("%+v: got no error", groups)
		}
	}
	for _, v := range []Victim{{In: 2}, {In: -1}, {Pages: -1}, {Pages: maxPages + 1}, {Adjust: -1001}, {Adjust: 1001}} {
		if _, err := NewOOM(good, []Victim{v}); err == nil {
			t.Errorf("%+v: got no error", v)
		}
	}
	o, err := NewOOM(good, []Victim{{In: 1, Pages: 3}, {In: 1, Pages: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		g      Group
		total  int64
		victim int
	}{{-1, 1, 0}, {2, 1, 0}, {0, -1, 0}, {0, maxPages + 1, 0}, {0, 1, 1}, {0, 1, -1}, {0, 1, 2}} {
		if killed, err := o.Kill(test.g, test.total, test.victim); !errors.Is(err, model.ErrRefused) || killed != nil || !o.Alive(0) || !o.Alive(1) {
			t.Errorf("%+v: got %v and %v", test, killed, err)
		}
	}
	if o.Alive(-1) || o.Alive(2) {
		t.Error("there are processes that there are not")
	}
	defer func() {
		if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "memory: ") {
			t.Errorf("got panic %q, want a sentence of this package", sentence)
		}
	}()
	o.Candidates(2, 1)
}
