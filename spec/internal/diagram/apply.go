package diagram

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Op is an operation on the leaves of two functions.
type Op int32

// The operations. Truth is 0 or 1.
const (
	ite Op = iota + 1 // of three
	Add
	Sub
	Mul
	Div // rounded down; by 0 it gives 0
	Mod
	Eq
	Lt
	Le
	And // of truth values
	Or
	Join // bit by bit, of any numbers
	Min
	Max
)

// apply combines two leaves.
func (op Op) apply(x, y int64) int64 {
	fits := func(v int64, ok bool) int64 {
		if !ok {
			panic(Exhausted{}) // an overflow is a fault, which leaves do not have
		}
		return v
	}
	switch op {
	case Add:
		return fits(types.AddOK(x, y))
	case Sub:
		return fits(types.SubOK(x, y))
	case Mul:
		return fits(types.MulOK(x, y))
	case Div, Mod:
		if y == 0 {
			return 0
		}
		if op == Mod {
			return types.ModFloor(x, y)
		}
		return fits(types.DivFloor(x, y))
	case Eq:
		return truth(x == y)
	case Lt:
		return truth(x < y)
	case Le:
		return truth(x <= y)
	case And:
		return x & y
	case Or, Join:
		return x | y
	case Min:
		return min(x, y)
	default:
		return max(x, y)
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Apply combines two functions point by point. An overflow of int64 panics with Exhausted.
func (s *Store) Apply(op Op, a, b Node) Node {
	switch op {
	case And:
		switch {
		case a == False || b == False:
			return False
		case a == True || a == b:
			return b
		case b == True:
			return a
		}
	case Or:
		switch {
		case a == True || b == True:
			return True
		case a == False || a == b:
			return b
		case b == False:
			return a
		}
	case Join:
		switch {
		case a == False || a == b:
			return b
		case b == False:
			return a
		}
	case Eq, Le:
		if a == b {
			return True
		}
	case Lt:
		if a == b {
			return False
		}
	}
	la, lb := s.level[a], s.level[b]
	if la == leaf && lb == leaf {
		return s.Const(op.apply(s.values[s.first[a]], s.values[s.first[b]]))
	}
	if a > b && (op == And || op == Or || op == Join || op == Add || op == Mul || op == Eq || op == Min || op == Max) {
		a, b, la, lb = b, a, lb, la
	}
	e, ok := s.lookup(int32(op), a, b, -1)
	if ok {
		return e.out
	}
	level := min(la, lb)
	var buffer [16]Node
	kids := buffer[:0]
	for v := range s.sizes[level] {
		kids = append(kids, s.Apply(op, s.at(a, level, v), s.at(b, level, v)))
	}
	s.spend(1)
	out := s.make(level, kids)
	*e = entry{int32(op), a, b, -1, out}
	return out
}

// Not is true where n is false.
func (s *Store) Not(n Node) Node { return s.If(n, False, True) }

// If is a where cond is true and b elsewhere.
func (s *Store) If(cond, a, b Node) Node {
	switch {
	case cond == True || a == b:
		return a
	case cond == False:
		return b
	case a == True && b == False:
		return cond
	}
	e, ok := s.lookup(int32(ite), cond, a, b)
	if ok {
		return e.out
	}
	level := min(s.level[cond], s.level[a], s.level[b])
	var buffer [16]Node
	kids := buffer[:0]
	for v := range s.sizes[level] {
		kids = append(kids, s.If(s.at(cond, level, v), s.at(a, level, v), s.at(b, level, v)))
	}
	s.spend(1)
	out := s.make(level, kids)
	*e = entry{int32(ite), cond, a, b, out}
	return out
}

// Map applies f to every leaf of n.
func (s *Store) Map(n Node, f func(int64) int64) Node {
	return s.rebuild(n, func(n Node) (Node, bool) {
		if s.level[n] == leaf {
			return s.Const(f(s.values[s.first[n]])), true
		}
		return 0, false
	})
}

// Restrict is n where variable i has value v.
func (s *Store) Restrict(n Node, i, v int) Node {
	return s.rebuild(n, func(n Node) (Node, bool) {
		switch level := s.level[n]; {
		case int(level) > i:
			return n, true
		case int(level) == i:
			return s.at(n, level, v), true
		}
		return 0, false
	})
}

// RestrictAll is n where the variables have the values that value gives, but for those of which it gives -1.
func (s *Store) RestrictAll(n Node, value func(i int) int) Node {
	memo := s.begin()
	var walk func(n Node) Node
	walk = func(n Node) Node {
		level := s.level[n]
		if level == leaf {
			return n
		}
		if memo.has(n) {
			return memo.out[n]
		}
		var out Node
		if v := value(int(level)); v >= 0 {
			out = walk(s.at(n, level, v))
		} else {
			var buffer [16]Node
			kids := buffer[:0]
			for v := range s.sizes[level] {
				kids = append(kids, walk(s.at(n, level, v)))
			}
			out = s.make(level, kids)
		}
		s.spend(1)
		memo.note(n, out)
		return out
	}
	return walk(n)
}

// rebuild makes a function like n, but for the parts that replace gives something for.
func (s *Store) rebuild(n Node, replace func(Node) (Node, bool)) Node {
	memo := s.begin()
	var walk func(n Node) Node
	walk = func(n Node) Node {
		if out, ok := replace(n); ok {
			return out
		}
		if memo.has(n) {
			return memo.out[n]
		}
		level := s.level[n]
		var buffer [16]Node
		kids := buffer[:0]
		for v := range s.sizes[level] {
			kids = append(kids, walk(s.at(n, level, v)))
		}
		s.spend(1)
		out := s.make(level, kids)
		memo.note(n, out)
		return out
	}
	return walk(n)
}

// Project is true, at the variables lo..hi-1, where some values of the others make n true.
func (s *Store) Project(n Node, lo, hi int) Node {
	memo := s.begin()
	var walk func(n Node) Node
	walk = func(n Node) Node {
		level := s.level[n]
		if n == False || level == leaf {
			return n
		}
		if int(level) >= hi {
			return True // it is not False, so something makes it true
		}
		if memo.has(n) {
			return memo.out[n]
		}
		var out Node
		if int(level) < lo {
			out = False
			for v := range s.sizes[level] {
				out = s.Apply(Or, out, walk(s.at(n, level, v)))
			}
		} else {
			var buffer [16]Node
			kids := buffer[:0]
			for v := range s.sizes[level] {
				kids = append(kids, walk(s.at(n, level, v)))
			}
			s.spend(1)
			out = s.make(level, kids)
		}
		memo.note(n, out)
		return out
	}
	return walk(n)
}

// Leaves lists the values that n takes, in increasing order.
func (s *Store) Leaves(n Node) []int64 {
	var out []int64
	s.visit(n, func(n Node) {
		if s.level[n] == leaf {
			out = append(out, s.values[s.first[n]])
		}
	})
	slices.Sort(out)
	return out
}

// Support lists the variables that n depends on, in order. The caller leaves it as it is.
func (s *Store) Support(n Node) []int {
	if out, ok := s.supports[n]; ok {
		return out
	}
	seen := make([]bool, len(s.sizes))
	s.visit(n, func(n Node) {
		if l := s.level[n]; l != leaf {
			seen[l] = true
		}
	})
	out := []int{}
	for i, yes := range seen {
		if yes {
			out = append(out, i)
		}
	}
	s.supports[n] = out
	return out
}

// Count is the number of nodes of n.
func (s *Store) Count(n Node) int {
	count := 0
	s.visit(n, func(Node) { count++ })
	return count
}

// visit calls f for every node of n, once.
func (s *Store) visit(n Node, f func(Node)) {
	seen := s.begin()
	var walk func(n Node)
	walk = func(n Node) {
		if seen.has(n) {
			return
		}
		seen.note(n, n)
		f(n)
		if s.level[n] != leaf {
			for _, k := range s.children(n) {
				walk(k)
			}
		}
	}
	walk(n)
}

// walk is what a walk over nodes notes about each of those that there were when it began. A later walk may write over the
// notes: what they say is then not known any more.
type walk struct {
	*notes
	number uint32
}

type notes struct {
	last uint32   // the number of the last walk
	by   []uint32 // of each node, the walk that noted it last
	out  []Node   // and what it noted
}

// begin begins a walk.
func (s *Store) begin() walk {
	if n := len(s.level) - len(s.notes.by); n > 0 {
		s.notes.by = append(s.notes.by, make([]uint32, n)...)
		s.notes.out = append(s.notes.out, make([]Node, n)...)
	}
	s.notes.last++
	return walk{&s.notes, s.notes.last}
}

func (w walk) has(n Node) bool { return w.by[n] == w.number }

func (w walk) note(n, out Node) { w.by[n], w.out[n] = w.number, out }

// Eval gives the value of n where the variables have the values that value gives.
func (s *Store) Eval(n Node, value func(i int) int) int64 {
	for s.level[n] != leaf {
		n = s.kids[int(s.first[n])+value(int(s.level[n]))]
	}
	return s.values[s.first[n]]
}
