package proofs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// unwinding is the evidence that a property about domains holds: for each domain that it protects a partition of the states, of which Rushby's
// unwinding conditions are checked a state at a time, by several goroutines. In the states of one class the domain sees the same, what
// may affect it included; a step that may not affect it stays in its class; one that may leads from all of them to one class, and where it is not
// enabled, to their own. By induction on a sequence of inputs, the domain then sees the same without those that may not affect it.
// (J. Rushby, Noninterference, Transitivity, and Channel-Control Security Policies, SRI CSL-92-02, 1992.)
//
// Where domains may affect it through others, inputs differ in through which; there is a partition for each such set V, whose steps that stay
// in a class are those of V, and which says nothing of inputs of domains in V. (See checker/internal/flow, and model.Isolating, for why that
// is enough.)
//
// In a certificate it is the number of partitions, and of each the place of its claim among those of the property, V, and the class of each
// state, in base 128.
type unwinding struct {
	iso        *model.Isolation
	claims     []model.IsolatedDomain
	varying    map[[2]uint32]int
	partitions []*partition

	mu    sync.Mutex
	known map[string]uint32 // what there is to see of states, by number from 1
}

// partition is one for a domain.
type partition struct {
	claim *model.IsolatedDomain
	at    int    // of the claim
	via   uint64 // V
	class []uint32
	shown []atomic.Uint32 // by class, what is seen of its states; 0 for none yet
}

// newUnwinding prepares for a property of a system.
func newUnwinding(sys model.System, id model.PropertyID) (*unwinding, error) {
	says, ok := sys.(model.Isolating)
	if !ok {
		return nil, errors.New("the model says nothing of its domains")
	}
	u := &unwinding{iso: says.Isolation(), varying: map[[2]uint32]int{}, known: map[string]uint32{}}
	n := len(u.iso.Domains)
	if n > model.MaxDomains {
		return nil, errors.New("the model has too many domains")
	}
	for i, v := range u.iso.Varying {
		u.varying[[2]uint32{uint32(v.Action), v.Args}] = i
	}
	for _, c := range u.iso.Properties {
		if c.Property != id || c.By == 0 {
			continue
		}
		if c.Of < 0 || c.Of >= n || bits.Len64(c.By) > n || c.Via != nil && (len(c.Via) != n || len(u.varying) > 0) {
			return nil, errors.New("what the model claims of its domains is not in form")
		}
		u.claims = append(u.claims, c)
	}
	return u, nil
}

// visit is what an onlooker sees of a state and the steps that leave it.
type visit struct {
	u       *unwinding
	on      model.Onlooker
	owners  []uint64 // of the varying instances
	seen    map[int][]byte
	steps   []moved
	keys    []byte // of the steps
	profile []byte
}

// moved is a step: an input, and where it leads.
type moved struct {
	key    []byte
	owners uint64
	to     int64
}

func newVisit(u *unwinding, r model.Runner) (*visit, error) {
	on, ok := r.(model.Onlooker)
	if !ok {
		return nil, errors.New("the model does not show what its domains see")
	}
	return &visit{u: u, on: on, owners: make([]uint64, len(u.iso.Varying)), seen: map[int][]byte{}}, nil
}

// begin looks at the state that is loaded.
func (v *visit) begin() error {
	v.steps, v.keys = v.steps[:0], v.keys[:0]
	for i, in := range v.u.iso.Varying {
		var f *model.Fault
		if v.owners[i], f = v.on.Acts(in.Action, in.Args); f != nil {
			return fmt.Errorf("whose %s is, faults: %w", in.Text, f)
		}
	}
	for _, c := range v.u.claims {
		out, f := v.on.Sees(c.Of, v.seen[c.Of][:0])
		if f != nil {
			return fmt.Errorf("what %s sees faults: %w", v.u.iso.Domains[c.Of], f)
		}
		v.seen[c.Of] = out
	}
	return nil
}

// step looks at the step that is being emitted; it leads to state to.
func (v *visit) step(l model.Label, to int64) {
	at := len(v.keys)
	v.keys = binary.BigEndian.AppendUint32(v.keys, uint32(l.Action))
	v.keys = binary.BigEndian.AppendUint32(v.keys, l.Args)
	v.keys = v.on.Chosen(l, v.keys)
	v.steps = append(v.steps, moved{key: v.keys[at:len(v.keys):len(v.keys)], to: to})
}

// end comes after the last step.
func (v *visit) end() error {
	for i := range v.steps {
		s := &v.steps[i]
		owners, err := v.u.ownersOf(v.on, v.owners, s.key)
		if err != nil {
			return err
		}
		s.owners = owners
	}
	slices.SortFunc(v.steps, func(a, b moved) int { return slices.Compare(a.key, b.key) })
	for i := 1; i < len(v.steps); i++ {
		if a, b := v.steps[i-1], v.steps[i]; slices.Equal(a.key, b.key) && a.to != b.to {
			return errors.New("a step leads from one state to several with the same choices")
		}
	}
	return nil
}

// ownersOf gives the domains that an input belongs to in a state of which those of the varying instances are given.
func (u *unwinding) ownersOf(on model.Onlooker, varying []uint64, key []byte) (uint64, error) {
	action, args := binary.BigEndian.Uint32(key), binary.BigEndian.Uint32(key[4:])
	if n, ok := u.varying[[2]uint32{action, args}]; ok {
		return varying[n], nil
	}
	owners, f := on.Acts(model.ActionID(action), args)
	if f != nil {
		return 0, fmt.Errorf("whose a step is, faults: %w", f)
	}
	return owners, nil
}

// role tells what an input is to a partition.
func (p *partition) role(owners uint64) role {
	switch {
	case p.claim.Forbids(owners) && p.claim.Through(owners) == p.via:
		return hidden
	case owners&p.via != 0:
		return beside
	}
	return may
}

type role int

const (
	may    role = iota // affect the domain, or is of another partition: it leads from a class to a class
	hidden             // may not affect the domain: it stays in a class
	beside             // is of a domain through which hidden ones may: nothing is asked of it
)

// sight is what a domain sees, and which inputs it knows may not affect it.
func (v *visit) sight(c *model.IsolatedDomain, out []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(v.seen[c.Of])))
	out = append(out, v.seen[c.Of]...)
	for _, owners := range v.owners {
		mark := byte('-')
		if c.Forbids(owners) {
			mark = '+'
		}
		out = append(out, mark)
	}
	return out
}

// check looks at state i, which has been visited.
func (u *unwinding) check(i int64, v *visit) error {
	for k := range u.claims {
		c := &u.claims[k]
		for _, s := range v.steps {
			if c.Forbids(s.owners) && !slices.ContainsFunc(u.partitions, func(p *partition) bool { return p.at == k && p.via == c.Through(s.owners) }) {
				return refused("it says nothing of what %s may find out about some steps", u.iso.Domains[c.Of])
			}
		}
	}
	for _, p := range u.partitions {
		own := p.class[i]
		v.profile = v.sight(p.claim, v.profile[:0])
		for n, s := range v.steps {
			to := p.class[s.to]
			switch p.role(s.owners) {
			case hidden:
				if to != own {
					return refused("a step that may not affect %s leads out of a class", u.iso.Domains[p.claim.Of])
				}
			case may:
				if to != own && (n == 0 || !slices.Equal(v.steps[n-1].key, s.key)) {
					v.profile = append(binary.AppendUvarint(v.profile, uint64(len(s.key))), s.key...)
					v.profile = binary.AppendUvarint(v.profile, uint64(to))
				}
			}
		}
		n := u.number(v.profile)
		if !p.shown[own].CompareAndSwap(0, n) && p.shown[own].Load() != n {
			return refused("%s sees different things in the states of one class, or comes from them to several", u.iso.Domains[p.claim.Of])
		}
	}
	return nil
}

func (u *unwinding) number(profile []byte) uint32 {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, ok := u.known[string(profile)]
	if !ok {
		n = uint32(len(u.known)) + 1
		u.known[string(profile)] = n
	}
	return n
}

func (u *unwinding) write(b []byte) []byte {
	b = appendNumber(b, uint64(len(u.partitions)))
	for _, p := range u.partitions {
		b = appendNumber(b, uint64(p.at))
		b = appendNumber(b, p.via)
		b = appendNumbers(b, p.class)
	}
	return b
}

func (u *unwinding) read(in *numbers, states int64) error {
	for range in.next(uint64(len(in.data))) {
		at, via := in.next(uint64(len(u.claims))), in.next(1<<64-1)
		if in.bad || at >= uint64(len(u.claims)) {
			in.bad = true
			return in.err()
		}
		class, err := in.some(states)
		if err != nil {
			return err
		}
		if int64(slices.Max(class)) >= states {
			in.bad = true
			return in.err()
		}
		u.add(int(at), via, class)
	}
	return in.err()
}

func (u *unwinding) add(at int, via uint64, class []uint32) {
	u.partitions = append(u.partitions, &partition{
		claim: &u.claims[at], at: at, via: via, class: class, shown: make([]atomic.Uint32, int(slices.Max(class))+1),
	})
}

// prove finds partitions: of the equivalences that the conditions allow, those with the smallest classes, by the algorithm of Hopcroft and Karp
// for the equivalence of automata (Cornell TR 71-114, 1971). The error says why there is none, or is that of the context.
func (u *unwinding) prove(ctx context.Context, sys model.System, states *Closure) error {
	g, err := u.graph(ctx, sys, states)
	if err != nil {
		return err
	}
	for at := range u.claims {
		c := &u.claims[at]
		vias := map[uint64]bool{}
		for _, owners := range g.owners {
			if c.Forbids(owners) {
				vias[c.Through(owners)] = true
			}
		}
		for via := range vias {
			u.add(at, via, g.classes(&partition{claim: c, via: via}))
		}
	}
	slices.SortStableFunc(u.partitions, func(a, b *partition) int {
		return slices.Compare([]uint64{uint64(a.at), a.via}, []uint64{uint64(b.at), b.via})
	})
	return u.tour(ctx, sys, states, u.check) // of nothing that a verifier refuses
}

// tour visits all states.
func (u *unwinding) tour(ctx context.Context, sys model.System, states *Closure, do func(i int64, v *visit) error) error {
	r := sys.NewRunner()
	v, err := newVisit(u, r)
	if err != nil {
		return err
	}
	all := &states.parts[0]
	for i := range all.Len() {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.Load(all.state(states.width, i))
		if err := v.begin(); err != nil {
			return err
		}
		var missing error
		r.Next(func(l model.Label, t model.State, f *model.Fault) {
			if f != nil || missing != nil {
				return
			}
			to, ok := all.find(states.width, t)
			if !ok {
				missing = errors.New("a step leads to a state that the search has not met")
				return
			}
			v.step(l, int64(to))
		})
		if missing != nil {
			return missing
		}
		if err := v.end(); err != nil {
			return err
		}
		if err := do(int64(i), v); err != nil {
			return err
		}
	}
	return nil
}

// flows is the steps of all states, those of each in the order of their inputs.
type flows struct {
	first  []uint32
	inputs []uint32
	to     []uint32
	owners []uint64
}

func (u *unwinding) graph(ctx context.Context, sys model.System, states *Closure) (*flows, error) {
	g := &flows{first: []uint32{0}}
	numbers := map[string]uint32{}
	err := u.tour(ctx, sys, states, func(_ int64, v *visit) error {
		at := len(g.to)
		for _, s := range v.steps {
			n, ok := numbers[string(s.key)]
			if !ok {
				n = uint32(len(numbers))
				numbers[string(s.key)] = n
			}
			g.inputs, g.to, g.owners = append(g.inputs, n), append(g.to, uint32(s.to)), append(g.owners, s.owners)
		}
		if len(g.to) > 1<<31 {
			return errEdges
		}
		g.first = append(g.first, uint32(len(g.to)))
		g.sort(at)
		return nil
	})
	return g, err
}

// sort puts the steps from place at on in the order of their inputs.
func (g *flows) sort(at int) {
	for i := at + 1; i < len(g.to); i++ {
		for k := i; k > at && g.inputs[k] < g.inputs[k-1]; k-- {
			g.inputs[k], g.inputs[k-1] = g.inputs[k-1], g.inputs[k]
			g.to[k], g.to[k-1] = g.to[k-1], g.to[k]
			g.owners[k], g.owners[k-1] = g.owners[k-1], g.owners[k]
		}
	}
}

// classes gives the class of each state in the least equivalence in which hidden steps stay in a class and others lead from class to class.
func (g *flows) classes(p *partition) []uint32 {
	n := uint32(len(g.first) - 1)
	parent := make([]uint32, n)
	for i := range parent {
		parent[i] = uint32(i)
	}
	find := func(i uint32) uint32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	var queue [][2]uint32
	join := func(a, b uint32) {
		if ra, rb := find(a), find(b); ra != rb {
			parent[max(ra, rb)] = min(ra, rb)
			queue = append(queue, [2]uint32{a, b})
		}
	}
	for s := range n {
		for e := g.first[s]; e < g.first[s+1]; e++ {
			if p.role(g.owners[e]) == hidden {
				join(s, g.to[e])
			}
		}
	}
	for at := 0; at < len(queue); at++ {
		a, b := queue[at][0], queue[at][1]
		i, iEnd, k, kEnd := g.first[a], g.first[a+1], g.first[b], g.first[b+1]
		for i < iEnd || k < kEnd {
			switch {
			case k == kEnd || i < iEnd && g.inputs[i] < g.inputs[k]:
				if p.role(g.owners[i]) == may {
					join(g.to[i], b)
				}
				i++
			case i == iEnd || g.inputs[k] < g.inputs[i]:
				if p.role(g.owners[k]) == may {
					join(a, g.to[k])
				}
				k++
			default:
				if p.role(g.owners[i]) == may {
					join(g.to[i], g.to[k])
				}
				i, k = i+1, k+1
			}
		}
	}
	class, count := make([]uint32, n), uint32(0)
	for s := range n {
		if r := find(s); r == s {
			class[s] = count
			count++
		} else {
			class[s] = class[r] // of a state before it
		}
	}
	return class
}
