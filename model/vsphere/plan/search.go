package plan

import (
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// placement is a state of the search: the host of each machine, by VM-1, one byte each; 0 is off.
type placement string

// rule is an enabled rule, of which only machines that are on matter.
type rule struct {
	drs.Rule
	members []bool // by VM-1
}

// space is what does not change on the way.
type space struct {
	Problem
	open  []bool     // by Host-1: machines may move there
	risky []drs.Host // may fail: all but those in maintenance
	rules []rule
	units [][]drs.VM // what moves together: a partition of the machines that are on
	can   [][]bool   // by unit and Host-1: compatible, and allowed by mandatory rules of hosts
	alone [][]bool   // the same by VM-1, of the machine by itself, for restarts
}

func newSpace(p Problem, c *drs.Cluster) *space {
	s := &space{Problem: p}
	for h := drs.Host(1); int(h) <= c.Hosts(); h++ {
		s.open = append(s.open, c.Mode(h) == drs.Working)
		if c.Mode(h) != drs.Maintenance {
			s.risky = append(s.risky, h)
		}
	}
	for i, r := range p.Cluster.Rules {
		if c.Enabled(i + 1) {
			members := make([]bool, c.VMs())
			for _, v := range r.VMs {
				members[v-1] = c.At(v) != 0
			}
			s.rules = append(s.rules, rule{r, members})
		}
	}
	s.partition(c)
	for _, u := range s.units {
		s.can = append(s.can, s.allowed(u))
	}
	for v := range p.At {
		s.alone = append(s.alone, s.allowed([]drs.VM{drs.VM(v + 1)}))
	}
	return s
}

// partition joins the machines that mandatory affinity joins, directly or through others.
func (s *space) partition(c *drs.Cluster) {
	group := make([]int, c.VMs())
	for v := range group {
		group[v] = v
	}
	for _, r := range s.rules {
		if !r.Mandatory || r.Kind != drs.Affinity {
			continue
		}
		first := -1
		for v, in := range r.members {
			switch {
			case !in:
			case first < 0:
				first = v
			default:
				old := group[v]
				for w := range group {
					if group[w] == old {
						group[w] = group[first]
					}
				}
			}
		}
	}
	for first := range group {
		var unit []drs.VM
		for v := range group {
			if group[v] == group[first] && s.At[v] != 0 {
				unit = append(unit, drs.VM(v+1))
			}
		}
		if len(unit) > 0 && int(unit[0]) == first+1 {
			s.units = append(s.units, unit)
		}
	}
}

// allowed gives the open hosts that machines and rules of hosts allow to all of the machines together.
func (s *space) allowed(unit []drs.VM) []bool {
	out := slices.Clone(s.open)
	for i := range out {
		h := drs.Host(i + 1)
		for _, v := range unit {
			compatible := s.Cluster.VMs[v-1].Compatible
			out[i] = out[i] && (compatible == nil || slices.Contains(compatible, h))
		}
		for _, r := range s.rules {
			member := slices.ContainsFunc(unit, func(v drs.VM) bool { return r.members[v-1] })
			if member && r.Mandatory && (r.Kind == drs.HostAffinity || r.Kind == drs.HostAntiAffinity) {
				out[i] = out[i] && slices.Contains(r.Hosts, h) == (r.Kind == drs.HostAffinity)
			}
		}
	}
	return out
}

// change is one move within the space.
type change struct {
	unit int
	to   byte
}

// successors gives what one step makes of a placement, with its moves, in the order of units and hosts.
func (s *space) successors(from placement) iter.Seq2[model.Args, placement] {
	at := []byte(from)
	return func(yield func(model.Args, placement) bool) {
		var round []change
		var extend func(unit int) bool
		extend = func(unit int) bool {
			for ; unit < len(s.units); unit++ {
				for h := range s.open {
					ch := change{unit, byte(h + 1)}
					if !s.fits(at, round, ch) || !s.good(at, round, ch) {
						continue
					}
					round = append(round, ch)
					if !yield(s.args(round), placement(s.after(at, round...))) ||
						len(round) < s.Parallel && !extend(unit+1) {
						return false
					}
					round = round[:len(round)-1]
				}
			}
			return true
		}
		extend(0)
	}
}

// after makes the moves.
func (s *space) after(at []byte, round ...change) []byte {
	out := slices.Clone(at)
	for _, ch := range round {
		for _, v := range s.units[ch.unit] {
			out[v-1] = ch.to
		}
	}
	return out
}

// fits tells whether one more move may run at the same time as those of round: its target has room for it and for all that comes there, as
// long as nothing has left, and no mandatory rule keeps it apart from what is there, comes there or leaves there.
func (s *space) fits(at []byte, round []change, ch change) bool {
	if !s.can[ch.unit][ch.to-1] {
		return false
	}
	there := make([]bool, len(at)) // or on the way there
	for v, h := range at {
		there[v] = h == ch.to
	}
	stays := true
	for _, v := range s.units[ch.unit] {
		stays = stays && there[v-1]
	}
	if stays {
		return false
	}
	for _, c := range append(slices.Clone(round), ch) {
		for _, v := range s.units[c.unit] {
			there[v-1] = there[v-1] || c.to == ch.to
		}
	}
	var used, load drs.Resources
	for v, is := range there {
		if m := s.Cluster.VMs[v]; is {
			take(&used, m.Reservation, +1)
			take(&load, m.Demand, +1)
		}
	}
	most := s.Cluster.Hosts[ch.to-1]
	if used.CPU > most.CPU || used.Memory > most.Memory || s.WithinLoad && (load.CPU > most.CPU || load.Memory > most.Memory) {
		return false
	}
	for _, r := range s.rules {
		if r.Mandatory && r.Kind == drs.AntiAffinity && s.apart(r, there, s.units[ch.unit]) {
			return false
		}
	}
	return true
}

// apart tells whether the rule keeps one of unit apart from another machine that is there.
func (s *space) apart(r rule, there []bool, unit []drs.VM) bool {
	for _, v := range unit {
		if !r.members[v-1] {
			continue
		}
		for w, is := range there {
			if is && r.members[w] && w != int(v-1) {
				return true
			}
		}
	}
	return false
}

// good tells whether one more move may run with those of round, which are good, in whatever order they end.
func (s *space) good(at []byte, round []change, ch change) bool {
	for bits := range 1 << len(round) {
		var done, open []change
		for i, other := range round {
			if bits&(1<<i) != 0 {
				done = append(done, other)
			} else {
				open = append(open, other)
			}
		}
		before := s.after(at, done...)
		after := s.after(before, ch)
		if s.Survive > 0 && !s.survives(after) || s.worse(before, after) {
			return false
		}
		for _, other := range open {
			if s.worse(after, s.after(after, other)) {
				return false
			}
		}
	}
	return true
}

// worse tells whether an optional rule that is to be kept is broken further.
func (s *space) worse(from, to []byte) bool {
	if !s.KeepOptional {
		return false
	}
	for _, r := range s.rules {
		if !r.Mandatory && r.broken(to) > r.broken(from) {
			return true
		}
	}
	return false
}

// broken counts the pairs or the machines that are not as the rule has them.
func (r rule) broken(at []byte) int {
	n := 0
	for v, in := range r.members {
		if !in {
			continue
		}
		if r.Kind == drs.HostAffinity || r.Kind == drs.HostAntiAffinity {
			if slices.Contains(r.Hosts, drs.Host(at[v])) != (r.Kind == drs.HostAffinity) {
				n++
			}
			continue
		}
		for w := range v {
			if r.members[w] && (at[w] == at[v]) == (r.Kind == drs.AntiAffinity) {
				n++
			}
		}
	}
	return n
}

// args shows the moves of a step.
func (s *space) args(round []change) model.Args {
	text := ""
	for i, ch := range round {
		if i > 0 {
			text += ", "
		}
		text += Move{s.units[ch.unit], drs.Host(ch.to)}.String()
	}
	return model.Args{model.Text(text)}
}

// system is the space as the checker explores it. Its one property is a bound that is broken exactly where the goal is reached, so that the checker
// also tells how near it comes.
func (s *space) system(start placement) (model.System, error) {
	return model.Define(model.Definition[placement]{
		Name:          "Plan",
		Init:          slices.Values([]placement{start}),
		Actions:       []model.ActionOf[placement]{{Name: "Migrate", Params: []string{"moves"}, Next: s.successors}},
		Bounds:        []model.Measure[placement]{{Name: "left", Value: s.left, Limit: 1, AtLeast: true}},
		AllowDeadlock: true,
		Show:          show,
	})
}

// left is Goal.left of a placement.
func (s *space) left(at placement) int {
	n := 0
	for v := range len(at) {
		if slices.Contains(s.Goal.Empty, drs.Host(at[v])) {
			n++
		}
	}
	for _, m := range s.Goal.Run {
		if drs.Host(at[m.VM-1]) != m.To {
			n++
		}
	}
	for _, i := range s.Goal.Rules {
		r := rule{s.Cluster.Rules[i-1], make([]bool, len(at))}
		for _, v := range r.VMs {
			r.members[v-1] = at[v-1] != 0
		}
		n += r.broken([]byte(at))
	}
	return n
}

func show(at placement) []model.Binding {
	out := model.Value{Shape: model.Map}
	for v := range len(at) {
		out.Elems = append(out.Elems, model.Elem{Key: strconv.Itoa(v + 1), Value: model.Int(int64(at[v]))})
	}
	return []model.Binding{{Name: "at", Value: out}}
}

// read is the inverse of show.
func read(state []model.Binding) placement {
	var at []byte
	for _, e := range state[0].Value.Elems {
		at = append(at, byte(e.Value.Int))
	}
	return placement(at)
}

// step gives the moves between two placements.
func (s *space) step(from, to placement) Step {
	var out Step
	for _, u := range s.units {
		for _, v := range u {
			if from[v-1] != to[v-1] {
				out = append(out, Move{u, drs.Host(to[v-1])})
				break
			}
		}
	}
	return out
}
