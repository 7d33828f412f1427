package inductive

import (
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// coqNames prints terms as Coq reads them: integers are of type Z, the parts of a state are fields of a record.
type coqNames struct {
	names  map[string]string // of what stands for itself
	used   map[string]bool
	fields map[string]bool // the parts of a state
}

func newCoqNames() *coqNames {
	c := &coqNames{names: map[string]string{}, used: map[string]bool{}, fields: map[string]bool{}}
	for _, w := range strings.Fields(`as at cofix else end exists exists2 fix for forall fun if IF in let match mod return Prop Set SProp Type then using
		where with s s' state State Inv init reachable sum sumn typed Z O S eq conj True False true false and or not negb andb orb nat bool
		Lemma Theorem Definition Section End by invariant no_fault`) {
		c.used[w] = true
	}
	return c
}

// name is what a name is called in Coq, another one for each.
func (c *coqNames) name(of string) string {
	if n, ok := c.names[of]; ok {
		return n
	}
	n := strings.Map(plainLetter, strings.TrimPrefix(of, chosenMark))
	if n == "" || n[0] >= '0' && n[0] <= '9' {
		n = "n" + n
	}
	for c.used[n] || shadows(n) {
		n += "_"
	}
	c.used[n] = true
	c.names[of] = n
	return n
}

// shadows tells whether a name is like those that proofs use: a capital or b with a number.
func shadows(n string) bool {
	_, err := strconv.Atoi(n[1:])
	return err == nil
}

func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

const primed = "'"

// symbol is a part of a state, s or s', or another name.
func (c *coqNames) symbol(name string) string {
	if base, ok := strings.CutSuffix(name, primed); ok && c.fields[base] {
		return c.name(base) + " s'"
	}
	if c.fields[name] {
		return c.name(name) + " s"
	}
	return c.name(name)
}

// term prints an integer.
func (c *coqNames) term(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.term(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case Num:
		if t.Int < 0 {
			return "(" + strconv.FormatInt(t.Int, 10) + ")"
		}
		return strconv.FormatInt(t.Int, 10)
	case Var, App:
		if isBound(t) {
			return "b" + strings.TrimPrefix(t.Name, binderMark)
		}
		out := c.symbol(t.Name)
		for _, a := range t.Args {
			out += " " + c.term(a)
		}
		if strings.Contains(out, " ") {
			return "(" + out + ")"
		}
		return out
	case Add:
		return list(" + ")
	case Mul:
		return list(" * ")
	case Div:
		return list(" / ")
	case Mod:
		return list(" mod ")
	case Ite:
		return "(if " + c.boolean(t.Args[0]) + " then " + c.term(t.Args[1]) + " else " + c.term(t.Args[2]) + ")"
	case Sum:
		return "(sum " + c.term(t.Args[0]) + " " + c.term(t.Args[1]) + " " + c.function(t) + ")"
	}
	panic(&Unsupported{What: "a truth value as an integer, in Coq"})
}

// function prints the summand of a sum.
func (c *coqNames) function(t *Term) string {
	return "(fun b" + strings.TrimPrefix(t.Name, binderMark) + " => " + c.term(t.Args[2]) + ")"
}

// boolean prints a truth value that is computed.
func (c *coqNames) boolean(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.boolean(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case True:
		return "true"
	case False:
		return "false"
	case Le:
		return "(" + c.term(t.Args[0]) + " <=? " + c.term(t.Args[1]) + ")"
	case Eq:
		return "(" + c.term(t.Args[0]) + " =? " + c.term(t.Args[1]) + ")"
	case Not:
		return "(negb " + c.boolean(t.Args[0]) + ")"
	case And:
		return list(" && ")
	case Or:
		return list(" || ")
	}
	panic(&Unsupported{What: "a quantifier in the condition of a choice, in Coq"})
}

// prop prints a truth value that is claimed. Binders that follow each other come before what is said of each.
func (c *coqNames) prop(t *Term) string {
	list := func(op string) string {
		var parts []string
		for _, a := range t.Args {
			parts = append(parts, c.prop(a))
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch t.Op {
	case True:
		return "True"
	case False:
		return "False"
	case Le:
		return "(" + c.term(t.Args[0]) + " <= " + c.term(t.Args[1]) + ")"
	case Eq:
		return "(" + c.term(t.Args[0]) + " = " + c.term(t.Args[1]) + ")"
	case Not:
		return "(~ " + c.prop(t.Args[0]) + ")"
	case And:
		return list(" /\\ ")
	case Or:
		return list(" \\/ ")
	}
	var names, ranges []string
	for ; t.Op == Forall; t = t.Args[2] {
		b := "b" + strings.TrimPrefix(t.Name, binderMark)
		names = append(names, b)
		ranges = append(ranges, c.term(t.Args[0])+" <= "+b+" <= "+c.term(t.Args[1]))
	}
	return "(forall " + strings.Join(names, " ") + ", " + strings.Join(ranges, " -> ") + " -> " + c.prop(t) + ")"
}

// leaf is a part of a state: a function of keys, each of a scalar type.
type leaf struct {
	name string
	keys []*types.Type
	get  func(v value, keys []*Term) *Term
}

// leavesOf are the parts of a variable.
func (s *system) leavesOf(t *types.Type, name string, keys []*types.Type, of func(v value, keys []*Term) value) []leaf {
	p := s.pool
	one := func(suffix string, get func(value) *Term) leaf {
		return leaf{name + suffix, keys, func(v value, ks []*Term) *Term { return get(of(v, ks)) }}
	}
	switch t.Kind {
	case types.Bool:
		return []leaf{one("", func(v value) *Term { return p.ite(v.T, p.num(1), p.num(0)) })}
	case types.Range, types.Enum, types.Symmetric:
		return []leaf{one("", func(v value) *Term { return v.T })}
	case types.Record, types.Tuple:
		var out []leaf
		for i, f := range t.Fields {
			out = append(out, s.leavesOf(f.Type, name+"."+f.Name, keys, func(v value, ks []*Term) value { return of(v, ks).Parts[i] })...)
		}
		return out
	case types.Option, types.Union:
		out := []leaf{one(".tag", func(v value) *Term { return v.Tag })}
		for i, ts := range alternatives(t) {
			for j, u := range ts {
				out = append(out, s.leavesOf(u, name+altName(t, i, j), keys, func(v value, ks []*Term) value { return of(v, ks).Alts[i][j] })...)
			}
		}
		return out
	case types.Map:
		more := scalarsOf(t.Key)
		n := len(keys)
		return s.leavesOf(t.Elem, name, append(keys[:n:n], more...), func(v value, ks []*Term) value {
			return of(v, ks[:n]).At(keyOf(t.Key, ks[n:n+len(more)]))
		})
	case types.Set:
		more := scalarsOf(t.Elem)
		n := len(keys)
		return []leaf{{name, append(keys[:n:n], more...), func(v value, ks []*Term) *Term {
			return p.ite(of(v, ks[:n]).Has(keyOf(t.Elem, ks[n:])), p.num(1), p.num(0))
		}}}
	}
	panic(&Unsupported{What: t.String() + " in Coq"})
}

// scalarsOf are the types of the integers of a key.
func scalarsOf(t *types.Type) []*types.Type {
	switch t.Kind {
	case types.Range, types.Enum, types.Symmetric:
		return []*types.Type{t}
	case types.Record, types.Tuple:
		var out []*types.Type
		for _, f := range t.Fields {
			out = append(out, scalarsOf(f.Type)...)
		}
		return out
	}
	panic(&Unsupported{What: t.String() + " as a key, in Coq"})
}

func keyOf(t *types.Type, ks []*Term) value {
	if t.Kind != types.Record && t.Kind != types.Tuple {
		return scalar(ks[0])
	}
	var v value
	for _, f := range t.Fields {
		n := len(scalarsOf(f.Type))
		v.Parts = append(v.Parts, keyOf(f.Type, ks[:n]))
		ks = ks[n:]
	}
	return v
}

// prime is a term about the state after a step, as it stands.
func (s *system) prime(t *Term) *Term {
	memo := map[*Term]*Term{}
	var walk func(t *Term) *Term
	walk = func(t *Term) *Term {
		if u, ok := memo[t]; ok {
			return u
		}
		var args []*Term
		for _, a := range t.Args {
			args = append(args, walk(a))
		}
		name := t.Name
		if (t.Op == Var || t.Op == App) && s.coq.fields[name] {
			name += primed
		}
		u := s.pool.make(t.Op, t.Int, name, args...)
		memo[t] = u
		return u
	}
	return walk(t)
}

// conjuncts takes a term apart.
func conjuncts(t *Term) []*Term {
	switch t.Op {
	case True:
		return nil
	case And:
		return t.Args
	}
	return []*Term{t}
}
