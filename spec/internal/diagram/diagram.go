// Package diagram is functions of finitely many variables with finite domains, as multi-valued decision diagrams.
//
// A diagram is a graph: a node asks for one variable and has a child for each of its values; a leaf is an integer. On
// every path variables come in the order of their numbers. A node whose children are all the same is left out and equal
// nodes are one node, so that two functions are equal exactly when their nodes are (R. E. Bryant, Graph-based algorithms
// for Boolean function manipulation, IEEE Transactions on Computers 35(8), 1986; A. Srinivasan and others, Algorithms for
// discrete function manipulation, ICCAD 1990). Truth values are the leaves 0 and 1.
//
// Diagrams grow exponentially in bad cases. A Store therefore has a budget, and any operation that passes it panics with
// Exhausted: whoever builds diagrams recovers it and does without.
package diagram

import (
	"math"
	"slices"
)

// Node is a function. Nodes belong to one Store.
type Node int32

// The truth values.
const (
	False Node = 0
	True  Node = 1
)

// Exhausted is the panic of an operation that needs more than the budget of its Store.
type Exhausted struct{}

// leaf is the level of leaves, below every variable.
const leaf = math.MaxInt32

// Store holds the nodes of some functions. It is for one goroutine.
type Store struct {
	sizes  []int // of the variables' domains
	budget int   // steps left

	level  []int32
	first  []int32 // of each inner node its first child, in kids; of a leaf, its value in values
	kids   []Node
	values []int64
	leaves map[int64]Node

	unique []Node // open addressing over inner nodes
	inner  int
	cache  []entry

	supports map[Node][]int // what Support has said
	notes    notes
}

type entry struct {
	op      int32
	a, b, c Node
	out     Node
}

const cacheSlots = 1 << 13

// New makes a Store of functions of variables with the given numbers of values, each at least 1.
func New(sizes []int, budget int) *Store {
	s := &Store{sizes: sizes, leaves: map[int64]Node{}, supports: map[Node][]int{}, unique: make([]Node, 1<<10), cache: make([]entry, cacheSlots)}
	for i := range s.unique {
		s.unique[i] = -1
	}
	s.budget = math.MaxInt
	s.Const(0)
	s.Const(1)
	s.budget = budget
	return s
}

// Budget is the number of steps left: a step is a child of a node made.
func (s *Store) Budget() int { return s.budget }

// Allow sets the number of steps left.
func (s *Store) Allow(steps int) { s.budget = steps }

func (s *Store) spend(n int) {
	s.budget -= n
	if s.budget < 0 {
		panic(Exhausted{})
	}
}

// Const is the function that is always v.
func (s *Store) Const(v int64) Node {
	if n, ok := s.leaves[v]; ok {
		return n
	}
	s.spend(1)
	n := Node(len(s.level))
	s.level = append(s.level, leaf)
	s.first = append(s.first, int32(len(s.values)))
	s.values = append(s.values, v)
	s.leaves[v] = n
	return n
}

// Bool is True or False.
func Bool(b bool) Node {
	if b {
		return True
	}
	return False
}

// IsConst tells whether n is the same everywhere, and its value.
func (s *Store) IsConst(n Node) (int64, bool) {
	if s.level[n] != leaf {
		return 0, false
	}
	return s.values[s.first[n]], true
}

// Variable is the variable that a node asks for; it has children.
func (s *Store) Variable(n Node) int { return int(s.level[n]) }

// Child is the function that n is where its variable has value v.
func (s *Store) Child(n Node, v int) Node { return s.kids[int(s.first[n])+v] }

func (s *Store) children(n Node) []Node {
	k := int(s.first[n])
	return s.kids[k : k+s.sizes[s.level[n]]]
}

// at gives child v of n as seen from a variable at or above it.
func (s *Store) at(n Node, level int32, v int) Node {
	if s.level[n] != level {
		return n
	}
	return s.kids[int(s.first[n])+v]
}

// make gives the node of a variable with children, which it may overwrite afterwards: they are copied.
func (s *Store) make(level int32, kids []Node) Node {
	same := true
	for _, k := range kids[1:] {
		if k != kids[0] {
			same = false
			break
		}
	}
	if same {
		return kids[0]
	}
	if s.inner*2 >= len(s.unique) {
		s.grow()
	}
	h := hashOf(level, kids)
	mask := uint64(len(s.unique) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := s.unique[i]
		if n < 0 {
			s.spend(len(kids))
			n = Node(len(s.level))
			s.level = append(s.level, level)
			s.first = append(s.first, int32(len(s.kids)))
			s.kids = append(s.kids, kids...)
			s.unique[i] = n
			s.inner++
			return n
		}
		if s.level[n] == level && slices.Equal(s.children(n), kids) {
			return n
		}
	}
}

func (s *Store) grow() {
	old := s.unique
	s.unique = make([]Node, 2*len(old))
	for i := range s.unique {
		s.unique[i] = -1
	}
	mask := uint64(len(s.unique) - 1)
	for _, n := range old {
		if n < 0 {
			continue
		}
		i := hashOf(s.level[n], s.children(n)) & mask
		for s.unique[i] >= 0 {
			i = (i + 1) & mask
		}
		s.unique[i] = n
	}
}

func hashOf(level int32, kids []Node) uint64 {
	h := uint64(level)*0x9e3779b97f4a7c15 + 1
	for _, k := range kids {
		h = (h ^ uint64(k)) * 0xbf58476d1ce4e5b9
		h ^= h >> 29
	}
	return h ^ h>>32
}

// Var is the value of variable i plus lo.
func (s *Store) Var(i int, lo int64) Node {
	kids := make([]Node, s.sizes[i])
	for v := range kids {
		kids[v] = s.Const(int64(v) + lo)
	}
	return s.make(int32(i), kids)
}

// Size is the number of values of variable i.
func (s *Store) Size(i int) int { return s.sizes[i] }

// lookup finds the result of an operation in the cache, which forgets.
func (s *Store) lookup(op int32, a, b, c Node) (*entry, bool) {
	h := (uint64(uint32(a))*0x9e3779b97f4a7c15 ^ uint64(uint32(b))*0xbf58476d1ce4e5b9 ^ uint64(uint32(c))*0x94d049bb133111eb) + uint64(op)*0x2545f4914f6cdd1d
	e := &s.cache[(h^h>>31)&(cacheSlots-1)]
	return e, e.op == op && e.a == a && e.b == b && e.c == c
}
