package types

import (
	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// An action called as a statement joins in: its guard stands as `when` where the call does, with its body after it. What
// it reads is the state as the statements before have left it, but for old(…), which is the state before the whole step.
// So an action with old in it can be called only where both are the same.

// joins is what a body calls.
type joins struct {
	from    string // the action, or init, that it is the body of
	calls   []*Action
	size    int  // of the guard and the body: expressions and statements
	old     bool // old stands in it
	changed bool // while it is typed: the state may be another than before the step
	total   int  // size with what it calls, once it is known
}

// join is a call.
type join struct {
	call    *syntax.ActionCall
	from    *joins
	to      *Action
	changed bool // the state may be another than before the step
}

// maxJoined is the number of expressions and statements that calls may bring into all bodies of a model.
const maxJoined = 1 << 20

// joining types a body.
func (c *checker) joining(j *joins, changed bool, body func()) {
	j.changed = changed
	c.joins = j
	body()
	c.joins = nil
}

// branches gives what types blocks of which one runs: none sees what another has changed.
func (c *checker) branches() func(block func()) {
	before, j := c.joins.changed, c.joins
	return func(block func()) {
		after := j.changed
		j.changed = before
		block()
		j.changed = j.changed || after
	}
}

// anyAction is the action of a name, hidden or not, or nil.
func (c *checker) anyAction(name string) *Action {
	if i, ok := c.actions[name]; ok {
		return c.info.Actions[i]
	}
	return c.hidden[name]
}

// join types a call of an action in a body.
func (c *checker) join(call *syntax.ActionCall) {
	a := c.anyAction(call.Name.Name)
	switch {
	case call.Of != nil:
		c.notPart(call.Of)
		return
	case a == nil:
		c.noAction(call.Name)
		return
	case !c.fitsAction(call, a.Params):
		return
	}
	for k, arg := range call.Args {
		c.check(arg, a.Params[k].Type)
	}
	c.info.Joins[call] = a
	c.joins.calls = append(c.joins.calls, a)
	c.joined = append(c.joined, join{call, c.joins, a, c.joins.changed})
}

// noAction reports a statement that calls something else.
func (c *checker) noAction(name *syntax.Ident) {
	if os := c.lookup(name.Name); len(os) > 0 {
		note(c.errorf(name.Pos, "%s is %s; a statement calls an action", name.Name, describe(os[0])), os[0].Pos, "declared here")
		return
	}
	c.errorf(name.Pos, "no action %s%s", name.Name, c.near(name.Name, append(sortedKeys(c.actions), sortedKeys(c.hidden)...)))
}

// called finds the action of a scenario's step, of happens and enabled, or of a unit.
func (c *checker) called(call *syntax.ActionCall) (int, bool) {
	if call.Of != nil {
		c.notPart(call.Of)
		return 0, false
	}
	return c.actionNamed(call.Name.Pos, call.Name.Name)
}

func (c *checker) notPart(of syntax.Expr) {
	c.errorf(of.Position(), "%s is not a part of the model", syntax.ExprText(of))
}

// checkJoins refuses actions that call each other in a ring, calls of old where it means something else, and too many
// calls.
func (c *checker) checkJoins() {
	if len(c.joined) == 0 {
		return
	}
	all := append(append([]*Action{}, c.info.Actions...), c.info.Hidden...)
	if r := ring(all, func(a *Action) []*Action { return a.body.calls }); r != nil {
		c.errorf(r[0].Decl.Name.Pos, "actions call each other in a ring: %s", ringText(r, func(a *Action) string { return a.Decl.Name.Name }))
		return
	}
	total := 0
	for _, j := range c.joined {
		size, old := j.to.body.sum()
		if old && j.changed {
			why := "the call comes after something has changed"
			if j.from.from == "init" {
				why = "there is none before the initial one"
			}
			c.errorf(j.call.Pos, "%s needs the state before the step, for old, and %s", j.to.Decl.Name.Name, why)
		}
		if total += size; total > maxJoined {
			c.errorf(j.call.Pos, "the actions that statements call have more than %s expressions and statements together", grouped(maxJoined))
			return
		}
	}
}

// sum gives the size of a body with all that it calls, at most maxJoined+1, and whether old stands in any of it.
func (j *joins) sum() (size int, old bool) {
	if j.total == 0 {
		j.total = j.size + 1
		for _, a := range j.calls {
			n, o := a.body.sum()
			j.total, j.old = min(j.total+n, maxJoined+1), j.old || o
		}
	}
	return j.total, j.old
}
