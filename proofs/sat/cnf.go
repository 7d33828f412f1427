package sat

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// CNF is a formula in conjunctive normal form: a conjunction of disjunctions. Literal n is variable n, from 1; -n its negation.
type CNF struct {
	Vars    int
	Clauses [][]int
}

// Write writes the formula in DIMACS.
func (f *CNF) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "p cnf %d %d\n", f.Vars, len(f.Clauses))
	var buf []byte
	for _, c := range f.Clauses {
		buf = buf[:0]
		for _, l := range c {
			buf = append(strconv.AppendInt(buf, int64(l), 10), ' ')
		}
		if _, err := out.Write(append(buf, "0\n"...)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// clauses is a formula that has a model where all of some literals are true, by Tseitin's encoding: a variable for each node that they
// depend on, with the clauses that make it what it is. Var is the variable of each such node.
func (g *graph) clauses(all ...lit) (f *CNF, vars map[int]int) {
	f, vars = &CNF{}, map[int]int{}
	name := func(l lit) int {
		v := vars[int(l>>1)]
		if v == 0 {
			f.Vars++
			v = f.Vars
			vars[int(l>>1)] = v
			if l>>1 == 0 {
				f.Clauses = append(f.Clauses, []int{-v})
			}
		}
		if l&1 != 0 {
			return -v
		}
		return v
	}
	for _, n := range g.cone(all...) {
		v := name(lit(n) << 1)
		if x := g.nodes[n]; x.a != isInput {
			a, b := name(x.a), name(x.b)
			f.Clauses = append(f.Clauses, []int{-v, a}, []int{-v, b}, []int{v, -a, -b})
		}
	}
	for _, l := range all {
		f.Clauses = append(f.Clauses, []int{name(l)})
	}
	return f, vars
}
