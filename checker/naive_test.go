package checker

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// verdicts is what the naive search says of one property.
type naiveFinding struct {
	verdict Verdict
	length  int // steps of the shortest trace, or -1 for none
	extreme int64
	vacuous []string
}

type naiveResult struct {
	stats      Stats
	fired, new []int64
	findings   []naiveFinding
}

// naive checks a toy the obvious way: one state after another, in Go maps. It shares no code with the engine.
func naive(t *toy) naiveResult {
	props := t.info.Properties
	r := naiveResult{
		fired: make([]int64, len(t.info.Actions)), new: make([]int64, len(t.info.Actions)),
		findings: make([]naiveFinding, len(props)),
	}
	troubled := make([]bool, len(props))
	met := make([]map[int]bool, len(props))
	faultAt := -1
	first := make([]int, len(props))  // shortest length at which p was found; -1
	passed := make([]int, len(props)) // of a bound: shortest length at which the limit was passed; -1
	for p := range props {
		first[p], passed[p], met[p] = -1, -1, map[int]bool{}
	}
	fault := func(length int) {
		if faultAt < 0 || length < faultAt {
			faultAt = length
		}
	}
	hit := func(p, length int) {
		if first[p] < 0 || length < first[p] {
			first[p] = length
		}
	}
	key := func(s model.State) string { return fmt.Sprint(s) }
	depth := map[string]int{}
	var level []model.State
	if t.initFault != nil {
		fault(0)
	}
	for _, s := range t.init {
		r.stats.Generated++
		if _, ok := depth[key(s)]; !ok {
			depth[key(s)] = 0
			level = append(level, s)
		}
	}
	r.stats.Initial = int64(len(level))
	for d := 0; len(level) > 0; d++ {
		r.stats.Depth = d
		credit := map[string]model.ActionID{}
		var next []model.State
		for _, s := range level {
			for p := range props {
				id := model.PropertyID(p)
				switch props[p].Kind {
				case model.Invariant, model.Reachable:
					ok, f := t.holds(id, s)
					if f != nil {
						troubled[p] = true
						fault(d)
					} else if ok == (props[p].Kind == model.Reachable) {
						hit(p, d)
					}
				case model.Bound:
					v, f := t.value(id, s)
					if f != nil {
						troubled[p] = true
						fault(d)
					} else if better := v > r.findings[p].extreme; first[p] < 0 || better != props[p].AtLeast && v != r.findings[p].extreme {
						first[p], r.findings[p].extreme = d, v
					}
					if f == nil && passed[p] < 0 && (props[p].AtLeast && v < props[p].Limit || !props[p].AtLeast && v > props[p].Limit) {
						passed[p] = d
					}
				}
				for k := range props[p].Antecedents {
					if props[p].Kind != model.Step && props[p].Kind != model.Ensures && t.met(id, k, s, nil) {
						met[p][k] = true
					}
				}
			}
			successors, faults := 0, 0
			for _, m := range t.next(s) {
				if m.fault != nil {
					faults++
					fault(d + 1)
					continue
				}
				successors++
				r.stats.Generated++
				r.fired[m.label.Action]++
				for p := range props {
					if props[p].Kind != model.Step && (props[p].Kind != model.Ensures || props[p].Action != m.label.Action) {
						continue
					}
					ok, f := t.steps(model.PropertyID(p), s, m)
					if f != nil {
						troubled[p] = true
						fault(d + 1)
					} else if !ok {
						hit(p, d+1)
					}
					for k := range props[p].Antecedents {
						if t.met(model.PropertyID(p), k, s, &m) {
							met[p][k] = true
						}
					}
				}
				k := key(m.to)
				if old, ok := depth[k]; !ok {
					depth[k] = d + 1
					credit[k] = m.label.Action
					next = append(next, m.to)
				} else if old == d+1 {
					credit[k] = min(credit[k], m.label.Action)
				}
			}
			if successors == 0 && faults == 0 {
				dead := slices.IndexFunc(props, func(p model.Property) bool { return p.Kind == model.Deadlock })
				if dead < 0 {
					r.stats.Terminal++
				} else if ok, f := t.holds(model.PropertyID(dead), s); f != nil {
					troubled[dead] = true
					fault(d)
				} else if ok {
					r.stats.Terminal++
				} else {
					hit(dead, d)
				}
			}
		}
		for _, a := range credit {
			r.new[a]++
		}
		level = next
	}
	r.stats.Distinct = int64(len(depth))
	for p := range props {
		f := &r.findings[p]
		f.length = first[p]
		bad := first[p] >= 0
		switch props[p].Kind {
		case model.FaultFree:
			f.length = faultAt
			bad = faultAt >= 0
		case model.Bound:
			if bad = passed[p] >= 0; bad {
				f.length = passed[p]
			}
		case model.Reachable:
			bad = first[p] < 0
			if bad && troubled[p] {
				f.verdict = Undecided
				bad = false
			} else if !bad {
				troubled[p] = false
			}
		}
		switch {
		case bad:
			f.verdict = Violated
		case troubled[p]:
			f.verdict = Undecided
		default:
			f.verdict = Holds
		}
		for k, text := range props[p].Antecedents {
			if !met[p][k] {
				f.vacuous = append(f.vacuous, text)
			}
		}
	}
	return r
}

// randomToy makes a system whose every aspect is drawn from a seed: its graph, the lengths and words of its states, what
// its properties say, and which evaluations fault.
func randomToy(seed uint64) *toy {
	rng := rand.New(rand.NewPCG(seed, 1))
	n := 1 + rng.IntN(400)
	if rng.IntN(4) == 0 {
		n = 1 + rng.IntN(5)
	}
	width := rng.IntN(5)
	actions := 1 + rng.IntN(5)
	t := &toy{info: model.Info{Name: "random", StateWords: width, Deterministic: rng.IntN(2) == 0}}
	for a := range actions {
		t.info.Actions = append(t.info.Actions, model.Action{Name: fmt.Sprint("act", a)})
	}
	states := make([]model.State, n)
	index := map[string]int{}
	for i := range states {
		w := width
		if width == 0 {
			w = 1 + rng.IntN(4)
			if i == 0 {
				w = 0
			}
		}
		s := make(model.State, w)
		for k := range s {
			s[k] = uint64(rng.IntN(3)) << rng.IntN(64)
		}
		if w > 0 {
			s[rng.IntN(w)] = uint64(i) + uint64(rng.IntN(2))<<40
		}
		for index[hash.Key(s)] != 0 {
			s[0]++
		}
		index[hash.Key(s)] = i + 1
		states[i] = s
	}
	moves := make([][]move, n)
	local := rng.IntN(2) == 0 // edges to near states make deep graphs
	faulty := rng.IntN(3) == 0
	for i := range moves {
		for range rng.IntN(2 + rng.IntN(5)) {
			to := rng.IntN(n)
			if local {
				to = (i + rng.IntN(9) - 2 + n) % n
			}
			l := model.Label{Action: model.ActionID(rng.IntN(actions)), Args: uint32(rng.IntN(3)), Choice: uint32(len(moves[i]))}
			m := move{label: l, to: states[to]}
			if faulty && rng.IntN(60) == 0 {
				m = move{label: l, fault: &model.Fault{Message: fmt.Sprint("no value ", rng.IntN(3)), Position: "x.bh:1:1"}}
			}
			moves[i] = append(moves[i], m)
		}
	}
	t.next = func(s model.State) []move { return moves[index[hash.Key(s)]-1] }
	for range 1 + rng.IntN(3) {
		t.init = append(t.init, states[rng.IntN(n)])
	}
	if faulty && rng.IntN(10) == 0 {
		t.initFault = &model.Fault{Message: "no start"}
	}
	kinds := []model.Kind{model.Invariant, model.Invariant, model.Reachable, model.Bound, model.Bound, model.Step, model.Ensures, model.Deadlock, model.FaultFree}
	rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	rare := make([]uint64, len(kinds))
	for i, k := range kinds {
		if i > 5 && (k == model.Deadlock || k == model.FaultFree) && rng.IntN(2) == 0 {
			continue
		}
		p := model.Property{Name: fmt.Sprint("p", i), Kind: k, Action: model.ActionID(rng.IntN(actions)), AtLeast: rng.IntN(2) == 0, Limit: int64(rng.IntN(7))}
		if k != model.Deadlock && k != model.FaultFree {
			for a := range rng.IntN(3) {
				p.Antecedents = append(p.Antecedents, fmt.Sprint("a", a))
			}
		}
		rare[len(t.info.Properties)] = uint64(2 + rng.IntN(600))
		t.info.Properties = append(t.info.Properties, p)
	}
	// draw is a number that depends on the arguments alone.
	draw := func(p model.PropertyID, s model.State, m *move) uint64 {
		h := hash.Mix(seed ^ uint64(p)<<32)
		for _, w := range s {
			h = hash.Mix(h ^ w)
		}
		if m != nil {
			for _, w := range m.to {
				h = hash.Mix(h ^ w)
			}
			h = hash.Mix(h ^ uint64(m.label.Action)<<40 ^ uint64(m.label.Args)<<20 ^ uint64(m.label.Choice))
		}
		return h
	}
	fail := func(h uint64) *model.Fault {
		if faulty && h>>40%211 == 0 {
			return &model.Fault{Message: "no truth", Position: "x.bh:2:2"}
		}
		return nil
	}
	t.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		h := draw(p, s, nil)
		if f := fail(h); f != nil {
			return false, f
		}
		return (h%rare[p] == 0) == (t.info.Properties[p].Kind == model.Reachable), nil
	}
	t.steps = func(p model.PropertyID, s model.State, m move) (bool, *model.Fault) {
		h := draw(p, s, &m)
		if f := fail(h); f != nil {
			return false, f
		}
		return h%rare[p] != 0, nil
	}
	t.value = func(p model.PropertyID, s model.State) (int64, *model.Fault) {
		h := draw(p, s, nil)
		return int64(h%11) - 3, fail(h)
	}
	t.met = func(p model.PropertyID, k int, s model.State, m *move) bool {
		return draw(p+model.PropertyID(100*(k+1)), s, m)%rare[p] == 0
	}
	return t
}
