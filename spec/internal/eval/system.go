package eval

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// System is a compiled program. It is immutable; runners share it.
type System struct {
	info      model.Info
	p         *ir.Program
	tb        *layout.Table
	pk        *layout.Packing
	next      int
	fuel      int64   // of one evaluation
	memory    []int64 // what a runner's memory holds at the start
	instances []*instance
	first     []int // of each action, the number of its first instance in instances
	props     []property
	initial   initial
	observed  observed
	watched   watched
	refined   []*refined
}

// instance is an action with its parameters fixed, or, where there are too many, with its parameters in memory.
type instance struct {
	action model.ActionID
	args   uint32
	guards []word // conjuncts, in order
	conds  []Conjunct
	body   step
	writes []int // cells of the state that the body may change
	pack   *layout.Patch
	// ensures and its antecedents, for the action that has one.
	ensures     word
	antecedents []word
	steps       []special // step properties as they read after this instance, by property
	// Of an instance that stands for all: how many there are, and how to put the parameters of number i into memory.
	count uint32
	pass  func(e *env, i uint32)
}

// special is a step property compiled for an instance, if it is known; holds, if the instance cannot break it.
type special struct {
	known, holds bool
	eval         word
}

type property struct {
	kind        model.Kind
	eval        word
	antecedents []word
}

// Error is a reason why a program cannot be compiled: it is too large.
type Error struct {
	Position string
	Message  string
}

// Error gives the position and the message.
func (e *Error) Error() string {
	if e.Position == "" {
		return e.Message
	}
	return e.Position + ": " + e.Message
}

// Compile makes a System of a program. The error is an *Error.
func Compile(p *ir.Program) (*System, error) { return CompileWith(p, usual) }

// CompileWith is Compile with another tuning.
func CompileWith(p *ir.Program, tuned Tuning) (*System, error) {
	own := *p // compilation adds locals
	own.Locals = slices.Clone(p.Locals)
	c := &compiler{p: &own, tuned: tuned, tb: &layout.Table{}, funcs: map[funcKey]*function{}, reads: map[ir.FuncID]bool{}}
	c.name(p)
	var vars []*types.Type
	for _, v := range p.Vars {
		vars = append(vars, v.Type)
		if _, err := c.tb.Cells(v.Type); err != nil {
			return nil, &Error{types.Pos(v.Pos), err.Error()}
		}
	}
	pk, err := layout.NewPacking(c.tb, vars)
	if err != nil {
		return nil, &Error{types.Pos(p.Vars[0].Pos), err.Error()}
	}
	for _, l := range p.Locals {
		if _, err := c.tb.Cells(l.Type); err != nil {
			return nil, &Error{"", "local " + l.Name + ": " + err.Error()}
		}
	}
	c.pk, c.next = pk, pk.Cells
	c.size = 2 * pk.Cells
	s := &System{p: c.p, tb: c.tb, pk: pk, next: pk.Cells, fuel: tuned.Fuel}
	if s.fuel == 0 {
		s.fuel = fuelLimit
	}
	s.info = model.Info{
		Name: p.Name, File: p.File, Config: p.Config,
		StateWords: pk.Words, StateBits: pk.Used, Deterministic: true,
	}
	for _, k := range p.Consts {
		b, err := c.constantValue(k)
		if err != nil {
			return nil, err
		}
		s.info.Constants = append(s.info.Constants, b)
	}
	if err := s.compileActions(c); err != nil {
		return nil, err
	}
	if err := s.compileRuns(c); err != nil {
		return nil, err
	}
	if err := s.compileFlow(c); err != nil {
		return nil, err
	}
	if err := s.compileRefined(c); err != nil {
		return nil, err
	}
	s.compileProperties(c)
	if err := s.compileInit(c); err != nil {
		return nil, err
	}
	s.specialise(c)
	if c.size > cellLimit {
		return nil, c.tooLarge()
	}
	s.memory = c.memory()
	return s, nil
}

func (c *compiler) tooLarge() error {
	return &Error{"", fmt.Sprintf("the model needs %d cells of memory to run, the limit is %d: its values are too large", c.size, cellLimit)}
}

// specialise compiles the step properties for each instance, and that the abstract state of a refinement stays as it is: what the
// instance does not change is known to be the same before and after.
func (s *System) specialise(c *compiler) {
	for i, p := range s.props {
		if p.kind != model.Step && p.kind != model.Refines {
			continue
		}
		for _, in := range s.instances {
			if in.body == nil || c.large() || uint64(len(s.instances)*len(s.props)) > c.tuned.Ground {
				continue
			}
			changed := map[int]bool{}
			for _, w := range in.writes {
				changed[w] = true
			}
			w := c.word(scope{base: c.next, root: c.newRoot(), changed: changed}, s.p.Props[i].Expr)
			if in.steps == nil {
				in.steps = make([]special, len(s.props))
			}
			in.steps[i] = special{known: true, holds: w.k && w.v != 0, eval: w.f}
		}
	}
}

// Closed works out a boolean expression of constants, such as an assumption.
func (s *System) Closed(x *ir.Expr) (bool, *model.Fault) {
	return s.Predicate(s.p, x)(make(model.State, s.pk.Words))
}

// apart is a compiler for code that runs on a memory of its own.
func (s *System) apart(p *ir.Program) *compiler {
	own := *p
	own.Locals = slices.Clone(p.Locals)
	c := &compiler{
		p: &own, tuned: usual, tb: s.tb, pk: s.pk, next: s.next, size: 2 * s.pk.Cells,
		funcs: map[funcKey]*function{}, reads: map[ir.FuncID]bool{},
	}
	c.name(p)
	return c
}

// Predicate compiles a boolean expression over the state of p, which is the system's program or one with more locals.
// The function is for one goroutine at a time, and so is Predicate itself.
func (s *System) Predicate(p *ir.Program, x *ir.Expr) func(model.State) (bool, *model.Fault) {
	c := s.apart(p)
	f := c.word(scope{base: 0, root: c.newRoot()}, x).f
	e := &env{m: c.memory(), limit: s.fuel}
	return func(st model.State) (ok bool, fault *model.Fault) {
		s.pk.Unpack(e.m, st)
		e.fuel, e.depth, e.save = e.limit, 0, e.save[:0]
		fault = e.try(func(e *env) { ok = f(e) != 0 })
		return ok, fault
	}
}

// constantValue works a constant out, once for all, whether or not it is used: it is an error of the model if it has no
// value.
func (c *compiler) constantValue(k ir.ConstValue) (model.Binding, error) {
	t := k.Value.Type
	b := model.Binding{Name: k.Name, Value: model.Text("?")}
	if c.size > cellLimit {
		return b, c.tooLarge()
	}
	s := scope{root: c.newRoot()}
	n, err := c.tb.Cells(t)
	if err != nil && !isWord(t) {
		return b, &Error{types.Pos(k.Pos), "constant " + k.Name + ": " + err.Error()}
	}
	// work runs f with what is left of the steps for all constants.
	work := func(f func(e *env)) error {
		e := c.folding()
		e.fuel, e.limit = fuelLimit-c.spent, fuelLimit
		fault := e.try(f)
		c.spent = fuelLimit - max(0, e.fuel)
		e.limit = foldFuel
		if fault != nil {
			return &Error{types.Pos(k.Pos), "constant " + k.Name + " has no value: " + fault.Message}
		}
		return nil
	}
	if isWord(t) {
		w := c.word(s, k.Value)
		if !w.k {
			v := int64(0)
			if err := work(func(e *env) { v = w.f(e) }); err != nil {
				return b, err
			}
			w = konst(v)
			if known := c.named[k.Value]; known != nil {
				known.word = &w
			}
		}
		if t.IsInt() {
			b.Value = model.Int(w.v)
		} else {
			b.Value = c.tb.Render(t, []int64{w.v})
		}
		return b, nil
	}
	p := c.comp(s, k.Value)
	e := c.folding()
	at := p.at
	if !p.k {
		if err := work(func(e *env) { at = p.f(e) }); err != nil {
			return b, err
		}
		e = c.fold
		q := c.constant(append([]int64(nil), e.m[at:at+n]...))
		if known := c.named[k.Value]; known != nil {
			known.place = &q
		}
	}
	if c.shown += n; c.shown > shownLimit {
		b.Value = model.Text("too large to show")
	} else {
		b.Value = c.tb.Render(t, e.m[at:at+n])
	}
	return b, nil
}

func (s *System) compileActions(c *compiler) error {
	total := uint64(0)
	for _, a := range s.p.Actions {
		n := uint64(1)
		for _, id := range a.Params {
			card := s.p.Locals[id].Type.Card()
			if card > instanceLimit {
				n = instanceLimit + 1
				break
			}
			n *= card
			if n > instanceLimit {
				break
			}
		}
		if n > instanceLimit {
			return &Error{types.Pos(a.Pos), fmt.Sprintf("action %s has more than %d choices of its parameters", a.Name, instanceLimit)}
		}
		total += n
	}
	for i, a := range s.p.Actions {
		params := make([]string, len(a.Params))
		cards := make([]uint64, len(a.Params))
		n := uint64(1)
		for k, id := range a.Params {
			params[k] = s.p.Locals[id].Name
			cards[k] = s.p.Locals[id].Type.Card()
			n *= cards[k]
		}
		s.info.Actions = append(s.info.Actions, model.Action{Name: a.Name, Params: params, Position: types.Pos(a.Pos)})
		if text := s.p.Assumption(&a); text != "" {
			s.info.Assumptions = append(s.info.Assumptions, text)
		}
		s.first = append(s.first, len(s.instances))
		first := len(s.instances)
		for arg := range n {
			if total > c.tuned.Ground || c.large() { // one for all, with the parameters in memory
				in := c.instance(model.ActionID(i), &a, nil)
				in.count = uint32(n)
				s.instances = append(s.instances[:first], in)
				break
			}
			values := make([]uint64, len(cards))
			for k, r := len(cards)-1, arg; k >= 0; k-- {
				values[k] = r % cards[k]
				r /= cards[k]
			}
			in := c.instance(model.ActionID(i), &a, values)
			in.args = uint32(arg)
			s.instances = append(s.instances, in)
		}
	}
	for _, in := range s.instances {
		in.pack = s.pk.NewPatch(in.writes)
	}
	return nil
}

// instance compiles an action for the parameters of the given ranks, or, without ranks, for parameters in memory.
func (c *compiler) instance(id model.ActionID, a *ir.Action, ranks []uint64) *instance {
	in := &instance{action: id, count: 1}
	s := scope{base: 0, root: c.newRoot()}
	var passes []func(e *env, r uint64)
	var cards []uint64
	for k, p := range a.Params {
		t := c.p.Locals[p].Type
		switch {
		case ranks == nil:
			passes = append(passes, c.localFromRank(s, p, t))
			cards = append(cards, t.Card())
		case isWord(t):
			s = s.bind(p, int64(ranks[k])+offset(t))
		default:
			cells := make([]int64, c.cells(t))
			c.tb.Unrank(t, ranks[k], cells)
			at := c.constant(cells).at
			s.bound = &binding{id: p, at: at, next: s.bound}
		}
	}
	if ranks == nil {
		in.pass = func(e *env, i uint32) {
			r := uint64(i)
			for k := len(cards) - 1; k >= 0; k-- {
				passes[k](e, r%cards[k])
				r /= cards[k]
			}
		}
	}
	if a.Guard != nil {
		c.conjuncts(s, a.Guard, in)
	}
	after := s
	after.base = c.next
	if !never(in.guards) {
		in.body = c.body(after, a.Body, func(e *env) { e.emit() })
		if a.Ensures != nil {
			in.ensures = c.word(after, a.Ensures).f
			for _, x := range ir.Ensuring(a) {
				in.antecedents = append(in.antecedents, c.word(after, x).f)
			}
		}
	}
	s.root.end = c.size
	for w := range s.root.writes {
		in.writes = append(in.writes, w)
	}
	slices.Sort(in.writes)
	return in
}

// conjuncts gives an instance the parts of a guard that are not always true. A guard that is never true gives one nil.
func (c *compiler) conjuncts(s scope, x *ir.Expr, in *instance) {
	if x.Op == ir.And {
		if c.conjuncts(s, x.Args[0], in); !never(in.guards) {
			c.conjuncts(s, x.Args[1], in)
		}
		return
	}
	w := c.word(s, x)
	switch {
	case w.k && w.v != 0:
		return
	case w.k && len(in.guards) == 0: // otherwise what stands before it might fault and is still tried
		w.f = nil
	}
	in.guards, in.conds = append(in.guards, w.f), append(in.conds, Conjunct{X: x, Safe: w.safe})
}

func never(guards []word) bool { return len(guards) == 1 && guards[0] == nil }

// kindsOfRuns gives what explorers call the properties of whole runs.
var kindsOfRuns = map[ir.PropKind]model.Kind{
	ir.Linear: model.LTL, ir.Possible: model.Can, ir.Within: model.Within, ir.Longest: model.Longest,
	ir.Fair: model.LTL,
}

func (s *System) compileProperties(c *compiler) {
	add := func(info model.Property, p property) {
		info.Kind = p.kind
		s.info.Properties = append(s.info.Properties, info)
		s.props = append(s.props, p)
	}
	for _, d := range s.p.Props {
		sc := scope{base: 0, root: c.newRoot()}
		p := property{kind: model.Invariant}
		info := model.Property{Name: d.Name, Position: types.Pos(d.Pos), Text: d.Text}
		if d.Kind == ir.Isolated {
			info.Total = s.watched.total
			add(info, property{kind: model.Isolated})
			continue
		}
		if d.Kind == ir.Step || d.Kind == ir.Refines {
			sc.base = c.next
		}
		for _, x := range ir.AntecedentsOf(&d) {
			p.antecedents = append(p.antecedents, c.word(sc, x).f)
			info.Antecedents = append(info.Antecedents, ir.AntecedentTextOf(s.p, &d, x))
		}
		if d.Kind.OfRuns() {
			info.Limit, info.Total = d.Limit, s.observed.total
			p.kind = kindsOfRuns[d.Kind]
			add(info, p)
			continue
		}
		switch d.Kind {
		case ir.Step:
			p.kind = model.Step
		case ir.Refines:
			p.kind = model.Refines
		case ir.Reachable:
			p.kind = model.Reachable
		case ir.MaxBound, ir.MinBound:
			p.kind = model.Bound
			info.Limit, info.AtLeast = d.Limit, d.Kind == ir.MinBound
		}
		w := c.word(sc, d.Expr)
		p.eval, info.Total = w.f, w.safe
		add(info, p)
	}
	for i, a := range s.p.Actions {
		if a.Ensures == nil {
			continue
		}
		info := model.Property{Name: ir.Ensured(a.Name), Position: types.Pos(a.Ensures.Pos), Action: model.ActionID(i)}
		for k := range ir.Ensuring(&a) {
			info.Antecedents = append(info.Antecedents, ir.EnsuringText(s.p, &a, k))
		}
		add(info, property{kind: model.Ensures})
	}
	sc := scope{base: 0, root: c.newRoot()}
	terminal := konst(0)
	for _, x := range s.p.Terminal {
		a, b := terminal, c.word(sc, x)
		if a.k && a.v == 0 {
			terminal = b
			continue
		}
		f, g := a.f, b.f
		terminal = dyn(func(e *env) int64 {
			if f(e) != 0 {
				return 1
			}
			return g(e)
		})
	}
	add(model.Property{Name: "deadlock"}, property{kind: model.Deadlock, eval: terminal.f})
	add(model.Property{Name: "fault"}, property{kind: model.FaultFree})
}

// Info describes the system.
func (s *System) Info() *model.Info { return &s.info }

// Program is what was compiled.
func (s *System) Program() *ir.Program { return s.p }

// Limited tells whether evaluations may take fewer steps than usual.
func (s *System) Limited() bool { return s.fuel != fuelLimit }

// Packing is how the system packs a state.
func (s *System) Packing() (*layout.Packing, *layout.Table) { return s.pk, s.tb }

// Instance gives the label number of an action's parameters by their ranks.
func (s *System) Instance(action int, ranks []uint64) uint32 {
	n := uint64(0)
	for k, id := range s.p.Actions[action].Params {
		n = n*s.p.Locals[id].Type.Card() + ranks[k]
	}
	return uint32(n)
}

// Rank works out the rank of a constant expression among the values of t.
func (s *System) Rank(x *ir.Expr, t *types.Type) (r uint64, fault *model.Fault) {
	c := s.apart(s.p)
	f := c.rank(scope{root: c.newRoot()}, x, t).f
	e := &env{m: c.memory(), fuel: s.fuel, limit: s.fuel}
	fault = e.try(func(e *env) { r = uint64(f(e)) })
	return r, fault
}
