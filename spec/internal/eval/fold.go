package eval

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// foldable tells whether working an expression out once is worth trying.
func foldable(x *ir.Expr) bool {
	switch x.Op {
	case ir.Forall, ir.Exists, ir.Count, ir.Sum, ir.MinOver, ir.MaxOver, ir.Pick, ir.Call, ir.Index, ir.SeqIndex, ir.Field,
		ir.In, ir.Subset, ir.SetOver, ir.SetLit, ir.SetAll, ir.MapLit, ir.MapOver, ir.MapFill, ir.RecordLit, ir.SeqLit, ir.BagLit,
		ir.WithKey, ir.WithField, ir.Union, ir.Intersect, ir.Minus, ir.Ctor, ir.Div, ir.Mod, ir.Min, ir.Max, ir.Value, ir.Head, ir.Size:
		return true
	}
	return false
}

// closed tells whether an expression depends on nothing but constants.
func (c *compiler) closed(s scope, x *ir.Expr) bool {
	return c.closedIn(s, x, map[ir.LocalID]bool{})
}

func (c *compiler) closedIn(s scope, x *ir.Expr, inner map[ir.LocalID]bool) bool {
	if x == nil || c.named[x] != nil {
		return true
	}
	switch x.Op {
	case ir.LoadVar:
		return false
	case ir.LoadLocal:
		return inner[x.Local] || s.lookup(x.Local) != nil
	case ir.Let:
		inner[x.Local] = true
	case ir.Call:
		if c.stateful(x.Func) || c.unfinished(x.Func) {
			return false
		}
	}
	for _, b := range x.Binders {
		if !c.closedIn(s, b.Lo, inner) || !c.closedIn(s, b.Hi, inner) || !c.closedIn(s, b.Set, inner) {
			return false
		}
		inner[b.Local] = true
		if !c.closedIn(s, b.Where, inner) {
			return false
		}
	}
	for _, a := range x.Args {
		if !c.closedIn(s, a, inner) {
			return false
		}
	}
	for _, a := range x.Arms {
		for _, id := range a.Binds {
			inner[id] = true
		}
		if !c.closedIn(s, a.Body, inner) {
			return false
		}
	}
	return c.closedIn(s, x.Where, inner)
}

// unfinished tells whether a function is being compiled, so that it cannot run yet.
func (c *compiler) unfinished(id ir.FuncID) bool {
	for _, base := range []int{0, c.next} {
		if f := c.funcs[funcKey{id, base}]; f != nil && f.busy {
			return true
		}
	}
	return false
}

// stateful tells whether a function reads the state, itself or by another.
func (c *compiler) stateful(id ir.FuncID) bool {
	if v, ok := c.reads[id]; ok {
		return v
	}
	c.reads[id] = false // a recursive call adds nothing
	v := c.readsState(c.p.Funcs[id].Body) || c.readsState(c.p.Funcs[id].Decreases)
	c.reads[id] = v
	return v
}

func (c *compiler) readsState(x *ir.Expr) bool {
	if x == nil || c.named[x] != nil {
		return false
	}
	if x.Op == ir.LoadVar || x.Op == ir.Call && c.stateful(x.Func) || c.readsState(x.Where) {
		return true
	}
	for _, b := range x.Binders {
		if c.readsState(b.Lo) || c.readsState(b.Hi) || c.readsState(b.Set) || c.readsState(b.Where) {
			return true
		}
	}
	for _, a := range x.Args {
		if c.readsState(a) {
			return true
		}
	}
	for _, a := range x.Arms {
		if c.readsState(a.Body) {
			return true
		}
	}
	return false
}

// memory is what a runner starts with.
func (c *compiler) memory() []int64 {
	m := make([]int64, c.size)
	for _, k := range c.image {
		copy(m[k.at:], k.cells)
	}
	return m
}

// foldFuel is how many steps the compiler spends on working out one constant.
const foldFuel = 1 << 20

// folding is an environment to work out a constant on. It is always the same one: code reads nothing but constants and
// what it wrote itself.
func (c *compiler) folding() *env {
	if c.fold == nil {
		c.fold = &env{limit: foldFuel}
	}
	e := c.fold
	if n := c.size - len(e.m); n > 0 {
		e.m = append(e.m, make([]int64, n)...)
	}
	for ; c.done < len(c.image); c.done++ {
		copy(e.m[c.image[c.done].at:], c.image[c.done].cells)
	}
	e.fuel, e.depth, e.rounds, e.save = foldFuel, 0, 0, e.save[:0]
	return e
}

// named is a constant of the model. It is compiled once, wherever it is used: constants made of constants made of
// constants would be written out twice as often with every step.
type named struct {
	word  *code
	place *place
}

// name prepares for the constants of a program.
func (c *compiler) name(p *ir.Program) {
	c.named = map[*ir.Expr]*named{}
	for _, k := range p.Consts {
		if k.Value.Op != ir.Const {
			c.named[k.Value] = &named{}
		}
	}
}

func (c *compiler) namedWord(k *named, x *ir.Expr) code {
	if k.word == nil {
		w := c.wordOnce(scope{root: c.newRoot()}, x)
		k.word = &w
	}
	return *k.word
}

func (c *compiler) namedPlace(k *named, x *ir.Expr) place {
	if k.place == nil {
		p := c.compOnce(scope{root: c.newRoot()}, x)
		k.place = &p
	}
	return *k.place
}

// runWord works out a word that depends on nothing; false when that faults or takes long.
func (c *compiler) runWord(f word) (v int64, ok bool) {
	if c.size > cellLimit {
		return 0, false
	}
	e := c.folding()
	return v, e.try(func(e *env) { v = f(e) }) == nil
}

func (c *compiler) runPlace(f addr, n int) ([]int64, bool) {
	if c.size > cellLimit {
		return nil, false
	}
	e := c.folding()
	var at int
	if e.try(func(e *env) { at = f(e) }) != nil {
		return nil, false
	}
	return append([]int64(nil), e.m[at:at+n]...), true
}

// outside faults because a value is not one of its type.
func outside(pos syntax.Pos, v int64, t *types.Type) {
	if t.Name != "" {
		fail(pos, "value %d is outside %s (%d..%d)", v, t.Name, t.Lo, t.Hi)
	}
	fail(pos, "value %d is outside %d..%d", v, t.Lo, t.Hi)
}
