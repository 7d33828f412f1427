package sat

import "slices"

// lit is a node of a graph, odd where it is negated.
type lit uint32

const (
	lFalse lit = 0
	lTrue  lit = 1
)

func (l lit) not() lit { return l ^ 1 }

func (l lit) constant() bool { return l <= lTrue }

// graph is an and-inverter graph: each node is the conjunction of two literals of earlier nodes, or an input. Node 0 is false. Two
// nodes of the same operands are one.
type graph struct {
	nodes  []gate
	known  map[gate]lit
	inputs []lit
	limit  int // nodes
}

// gate is the operands of a node, the greater second. Of an input the first is isInput and the second its number.
type gate struct{ a, b lit }

const isInput = ^lit(0)

// tooLarge is the panic of a graph of too many nodes.
type tooLarge struct{ nodes int }

func newGraph(limit int) *graph {
	return &graph{nodes: []gate{{isInput, 0}}, known: map[gate]lit{}, limit: limit}
}

func (g *graph) node(n gate) lit {
	if len(g.nodes) >= g.limit {
		panic(tooLarge{g.limit})
	}
	g.nodes = append(g.nodes, n)
	return lit(len(g.nodes)-1) << 1
}

func (g *graph) input() lit {
	l := g.node(gate{isInput, lit(len(g.inputs))})
	g.inputs = append(g.inputs, l)
	return l
}

func (g *graph) and(a, b lit) lit {
	if a > b {
		a, b = b, a
	}
	switch {
	case a == lFalse || a == b.not():
		return lFalse
	case a == lTrue || a == b:
		return b
	}
	if l, ok := g.absorbed(a, b); ok {
		return l
	}
	if l, ok := g.absorbed(b, a); ok {
		return l
	}
	n := gate{a, b}
	if l, ok := g.known[n]; ok {
		return l
	}
	l := g.node(n)
	g.known[n] = l
	return l
}

// absorbed is a and b where the operands of node a tell.
func (g *graph) absorbed(a, b lit) (lit, bool) {
	n := g.nodes[a>>1]
	if n.a == isInput {
		return 0, false
	}
	if a&1 == 0 {
		switch b {
		case n.a, n.b:
			return a, true
		case n.a.not(), n.b.not():
			return lFalse, true
		}
		return 0, false
	}
	switch b { // b and not (n.a and n.b)
	case n.a:
		return g.and(b, n.b.not()), true
	case n.b:
		return g.and(b, n.a.not()), true
	case n.a.not(), n.b.not():
		return b, true
	}
	return 0, false
}

func (g *graph) or(a, b lit) lit { return g.and(a.not(), b.not()).not() }

func (g *graph) implies(a, b lit) lit { return g.and(a, b.not()).not() }

func (g *graph) xor(a, b lit) lit {
	return g.or(g.and(a, b.not()), g.and(a.not(), b))
}

func (g *graph) iff(a, b lit) lit { return g.xor(a, b).not() }

func (g *graph) mux(c, a, b lit) lit {
	switch {
	case c == lTrue || a == b:
		return a
	case c == lFalse:
		return b
	}
	return g.or(g.and(c, a), g.and(c.not(), b))
}

func (g *graph) all(ls ...lit) lit { return g.tree(ls, g.and, lTrue) }
func (g *graph) any(ls ...lit) lit { return g.tree(ls, g.or, lFalse) }

// tree combines a list by halves.
func (g *graph) tree(ls []lit, op func(a, b lit) lit, none lit) lit {
	switch len(ls) {
	case 0:
		return none
	case 1:
		return ls[0]
	}
	return op(g.tree(ls[:len(ls)/2], op, none), g.tree(ls[len(ls)/2:], op, none))
}

// cone lists the nodes that some literals depend on, in order, node 0 left out.
func (g *graph) cone(of ...lit) []int {
	seen := make([]bool, len(g.nodes))
	seen[0] = true
	var out, stack []int
	push := func(l lit) {
		if n := int(l >> 1); !seen[n] {
			seen[n] = true
			stack, out = append(stack, n), append(out, n)
		}
	}
	for _, l := range of {
		push(l)
	}
	for len(stack) > 0 {
		n := g.nodes[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		if n.a != isInput {
			push(n.a)
			push(n.b)
		}
	}
	slices.Sort(out)
	return out
}

// exists is true where f is for some values of inputs: these are replaced by both constants, the last first, in what depends on them of a
// conjunction.
func (g *graph) exists(f lit, inputs []lit) lit {
	for _, in := range slices.Backward(inputs) {
		if f.constant() {
			return f
		}
		depends := g.depends(f, in)
		var bound, free []lit
		for _, c := range g.conjuncts(f) {
			if depends[c>>1] {
				bound = append(bound, c)
			} else {
				free = append(free, c)
			}
		}
		of := g.all(bound...)
		f = g.and(g.all(free...), g.or(g.with(of, in, lFalse), g.with(of, in, lTrue)))
	}
	return f
}

// depends tells which nodes of f depend on an input.
func (g *graph) depends(f, input lit) []bool {
	out := make([]bool, len(g.nodes))
	out[input>>1] = true
	for _, n := range g.cone(f) {
		if x := g.nodes[n]; x.a != isInput {
			out[n] = out[x.a>>1] || out[x.b>>1]
		}
	}
	return out
}

// with is f with a constant in the place of an input.
func (g *graph) with(f, input, constant lit) lit {
	to := map[lit]lit{input: constant}
	of := func(l lit) lit {
		if m, ok := to[l&^1]; ok {
			return m ^ l&1
		}
		return l
	}
	for _, n := range g.cone(f) {
		x := g.nodes[n]
		if x.a == isInput {
			continue
		}
		if a, b := of(x.a), of(x.b); a != x.a || b != x.b {
			to[lit(n)<<1] = g.and(a, b)
		}
	}
	return of(f)
}

// simulate gives the value of every node for 64 assignments at once, each a bit of the values of inputs.
func (g *graph) simulate(inputs []uint64) []uint64 {
	out := make([]uint64, len(g.nodes))
	of := func(l lit) uint64 {
		if l&1 != 0 {
			return ^out[l>>1]
		}
		return out[l>>1]
	}
	for i, n := range g.nodes {
		switch {
		case i == 0:
		case n.a != isInput:
			out[i] = of(n.a) & of(n.b)
		case int(n.b) < len(inputs):
			out[i] = inputs[n.b]
		}
	}
	return out
}

// at is the value of a literal for assignment k of a simulation.
func at(values []uint64, l lit, k uint) bool { return values[l>>1]>>k&1 != uint64(l&1) }

// conjuncts are literals that are all true where l is.
func (g *graph) conjuncts(l lit) []lit {
	seen := map[lit]bool{}
	var out []lit
	stack := []lit{l}
	for len(stack) > 0 {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[x] {
			continue
		}
		seen[x] = true
		if n := g.nodes[x>>1]; x&1 == 0 && n.a != isInput {
			stack = append(stack, n.b, n.a)
		} else if x != lTrue {
			out = append(out, x)
		}
	}
	return out
}
