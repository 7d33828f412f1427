// Package tla writes a model in TLA+, and the configuration with which TLC checks it.
//
// The module has the states and the steps of the model, an operator for each action. TLA+ has no faults: an expression without a
// value means something, but nothing is said of what. So the condition under which each has a value is written beside it. An action
// takes no step where one of its evaluations has none, and NoFault, an invariant, says that none comes to that. Of integers that do not fit 64 bits,
// which are a fault in the language, NoFault does not speak: TLC stops at the first that does not fit 32.
//
// TLC takes a disjunction that stands in a step for several steps and evaluates each. A condition that may be one is compared with TRUE, which
// makes it one value.
//
// []_vars and WF_vars pass over steps that change nothing. In the language these are steps: a property of steps is not asked of them by the
// module, and they do not count as an action that happens.
package tla

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

const (
	maxText   = 1 << 16 // bytes of one expression
	maxModule = 1 << 22 // bytes of a module
)

// Module is a model in TLA+.
type Module struct {
	Name   string // of the module, and of its file
	Text   string
	Config string // for TLC
	Left   []Left
}

// Left is a property that the module is not told of, and why.
type Left struct {
	Property string
	Why      string
}

// Refused says which construct of a model is not written in TLA+, and why.
type Refused struct {
	Pos syntax.Pos
	Msg string
}

func (r *Refused) Error() string { return types.Pos(r.Pos) + ": " + r.Msg }

func (g *exporter) refuse(msg string) { panic(&Refused{g.pos, msg}) }

type exporter struct {
	p        *ir.Program
	pos      syntax.Pos
	taken    map[string]bool
	used     map[string]bool // names of a definition
	tried    map[string]int  // where unique: by name without a number, how many numbers are used
	unique   bool            // no name of a definition is used twice
	vars     []string
	funcs    []string
	actions  []string
	consts   map[*ir.Expr]string
	reads    map[ir.FuncID]map[ir.VarID]bool
	partial  map[ir.FuncID]bool // functions that may have no value
	within   ir.FuncID          // the function whose definition is written, or -1
	measured env                // its parameters
	helpers  map[string]bool
	types    map[string]string // definitions of declared types, by name
	typeDefs []string
	places   map[*types.Type]string
	rounds   int
	config   []string
	module   *Module
}

// Export writes a model as a module of a name, or of that of the model where it is "". The error is a *Refused.
func Export(p *ir.Program, name string) (m *Module, err error) {
	g := &exporter{
		p: p, taken: map[string]bool{}, used: map[string]bool{}, tried: map[string]int{}, consts: map[*ir.Expr]string{}, within: -1,
		reads: map[ir.FuncID]map[ir.VarID]bool{}, partial: map[ir.FuncID]bool{}, helpers: map[string]bool{},
		types: map[string]string{}, places: map[*types.Type]string{}, module: &Module{},
	}
	defer func() {
		if r := recover(); r != nil {
			refused, ok := r.(*Refused)
			if !ok {
				panic(r)
			}
			m, err = nil, refused
		}
	}()
	g.export(name)
	return g.module, nil
}

func (g *exporter) export(name string) {
	if name == "" {
		name = g.p.Name
		if g.p.Config != "" {
			name += "_" + g.p.Config
		}
	}
	g.module.Name = clean(name)
	if keywords[g.module.Name] { // a standard module, as Sequences is, or a word of the language
		g.module.Name += "_model"
	}
	now := env{}
	for _, v := range g.p.Vars {
		g.vars = append(g.vars, g.fresh(v.Name))
	}
	for _, name := range g.vars {
		now.vars = append(now.vars, atom(name))
	}
	now.old = now.vars
	constants, defined := g.constants()
	for _, v := range g.p.Vars {
		g.pos = v.Pos
		g.typeText(v.Type) // gives types their names before others have them
	}
	for _, f := range g.p.Funcs {
		g.funcs = append(g.funcs, g.fresh(f.Name))
	}
	for _, a := range g.p.Actions {
		g.actions = append(g.actions, g.fresh(a.Name))
	}
	for i := range g.p.Funcs {
		g.readsOf(ir.FuncID(i))
	}
	funcs := g.functions(now)
	init := g.init(now)
	actions := g.actionDefs(now)
	next := g.next(now)
	props := g.properties(now)

	var b strings.Builder
	title := "---- MODULE " + g.module.Name + " ----"
	b.WriteString(title + "\n")
	b.WriteString("\\* " + comment(g.p.Name+", from "+g.p.File) + ".\n")
	b.WriteString("\\* Where an evaluation of the model has no value, an action has no step and NoFault is false. A property of steps is not asked of\n" +
		"\\* steps that change nothing. The bounds of types are those of the constants in the configuration. Integers have no end here; TLC stops\n" +
		"\\* where one does not fit 32 bits.\n")
	for _, l := range g.module.Left {
		b.WriteString("\\* Not here: " + comment(l.Property+", "+l.Why) + "\n")
	}
	b.WriteString("EXTENDS Integers, Sequences, FiniteSets\n\n")
	section := func(defs []string) {
		if len(defs) > 0 {
			b.WriteString(strings.Join(defs, "\n") + "\n\n")
		}
	}
	section(constants)
	section([]string{"VARIABLES " + strings.Join(g.vars, ", "), "", "vars == <<" + strings.Join(g.vars, ", ") + ">>"})
	section(g.helperDefs())
	section(g.typeDefs)
	section(defined)
	section([]string{g.typeOK()})
	section(funcs)
	section(init)
	section(actions)
	section(next)
	section(props)
	b.WriteString("====\n")
	g.module.Text = b.String()
	if len(g.module.Text) > maxModule {
		g.refuse(fmt.Sprintf("a module of more than %d bytes", maxModule))
	}
	g.module.Config = strings.Join(g.config, "\n") + "\n"
}

func comment(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// constants declares the constants, with their values in the configuration; what that cannot say is defined.
func (g *exporter) constants() (out, defs []string) {
	var declared []string
	for _, k := range g.p.Consts {
		name := g.fresh(k.Name)
		g.pos = k.Pos
		value, _ := g.eval(k.Value, env{})
		switch k.Value.Type.Kind {
		case types.Bool, types.Int, types.Range:
			if k.Value.Op == ir.Const && k.Value.Int >= 0 && k.Value.Int <= math.MaxInt32 { // TLC reads no others in a configuration
				declared = append(declared, name)
				g.config = append(g.config, "CONSTANT "+name+" = "+value.s)
				out = append(out, "ASSUME "+name+" = "+value.s)
				break
			}
			fallthrough
		default:
			defs = append(defs, name+" == "+value.s)
		}
		g.consts[k.Value] = name
	}
	if len(declared) > 0 {
		out = append([]string{"CONSTANTS " + strings.Join(declared, ", ")}, out...)
	}
	return out, defs
}

func (g *exporter) helperDefs() []string {
	var out []string
	if g.helpers["SumOf"] {
		out = append(out, "\\* The sum of a function over a set.",
			"RECURSIVE SumOf(_, _)",
			"SumOf(fun, dom) == IF dom = {} THEN 0 ELSE LET elem == CHOOSE other \\in dom : TRUE IN fun[elem] + SumOf(fun, dom \\ {elem})")
	}
	if g.helpers["MinOf"] {
		out = append(out, "MinOf(dom) == CHOOSE elem \\in dom : \\A other \\in dom : elem <= other")
	}
	if g.helpers["MaxOf"] {
		out = append(out, "MaxOf(dom) == CHOOSE elem \\in dom : \\A other \\in dom : other <= elem")
	}
	if g.helpers["Option"] {
		out = append(out, "Option(dom) == {<<>>} \\cup {<<elem>> : elem \\in dom}")
	}
	if g.helpers["SeqUpTo"] {
		out = append(out, "SeqUpTo(dom, most) == UNION {[1 .. len -> dom] : len \\in 0 .. most}")
	}
	if g.helpers["BagUpTo"] {
		out = append(out, "BagUpTo(dom, most) == {bag \\in [dom -> 0 .. most] : SumOf(bag, dom) <= most}")
	}
	return out
}

// typeText is the set of the values of a type, by its name where it has one.
func (g *exporter) typeText(t *types.Type) text {
	if t.Name == "" || t.Kind == types.Int || t.Kind == types.Bool {
		return g.bareType(t)
	}
	key := fmt.Sprintf("%s %d", t.Name, t.Kind)
	name, ok := g.types[key]
	if !ok {
		body := g.bareType(t)
		name = g.fresh(t.Name)
		g.types[key] = name
		g.typeDefs = append(g.typeDefs, name+" == "+body.s)
	}
	return atom(name)
}

func (g *exporter) bareType(t *types.Type) text {
	switch t.Kind {
	case types.Bool:
		return atom("BOOLEAN")
	case types.Int:
		return atom("Int")
	case types.Range, types.Symmetric:
		return interval(t)
	case types.Enum:
		var parts []text
		for _, m := range t.Members {
			parts = append(parts, quoted(m))
		}
		return atom("{" + list(parts) + "}")
	case types.Record:
		var parts []text
		for _, f := range t.Fields {
			parts = append(parts, atom(field(f.Name)+" : "+g.typeText(f.Type).s))
		}
		return atom("[" + list(parts) + "]")
	case types.Tuple:
		var parts []string
		for _, f := range t.Fields {
			parts = append(parts, g.typeText(f.Type).beside("\\X"))
		}
		return text{strings.Join(parts, " \\X "), "\\X"}
	case types.Union:
		var out text
		for i, v := range t.Variants {
			s := "[is : {" + strconv.Quote(v.Name) + "}"
			for k, f := range v.Fields {
				s += ", " + unionField(t, i, k) + " : " + g.typeText(f.Type).s
			}
			if i == 0 {
				out = atom(s + "]")
			} else {
				out = infix("\\cup", out, atom(s+"]"))
			}
		}
		return out
	case types.Option:
		g.helpers["Option"] = true
		return call("Option", g.typeText(t.Elem))
	case types.Map:
		return atom("[" + g.typeText(t.Key).s + " -> " + g.typeText(t.Elem).s + "]")
	case types.Set:
		return prefix("SUBSET", g.typeText(t.Elem))
	case types.Seq:
		g.helpers["SeqUpTo"] = true
		return call("SeqUpTo", g.typeText(t.Elem), number(t.Max))
	}
	g.helpers["BagUpTo"], g.helpers["SumOf"] = true, true
	return call("BagUpTo", g.typeText(t.Elem), number(t.Max))
}

func (g *exporter) typeOK() string {
	var fs conj
	for i, v := range g.p.Vars {
		fs = append(fs, leaf{infix("\\in", atom(g.vars[i]), g.typeText(v.Type))})
	}
	return definition("TypeOK", nil, fs)
}

// definition lays a definition out.
func definition(name string, params []string, body form) string {
	head := name
	if len(params) > 0 {
		head += "(" + strings.Join(params, ", ") + ")"
	}
	lines := body.lines()
	if len(lines) == 1 && len(head)+len(lines[0]) < 140 {
		return head + " == " + lines[0]
	}
	return head + " ==\n" + strings.Join(indent(lines, "  "), "\n")
}

// readsOf is which variables a function reads, itself or in others.
func (g *exporter) readsOf(f ir.FuncID) map[ir.VarID]bool {
	if r, ok := g.reads[f]; ok {
		return r
	}
	out := map[ir.VarID]bool{}
	g.reads[f] = out
	var visit func(e *ir.Expr)
	visit = func(e *ir.Expr) {
		if e == nil {
			return
		}
		switch e.Op {
		case ir.LoadVar:
			out[e.Var] = true
		case ir.Call:
			for v := range g.readsOf(e.Func) {
				out[v] = true
			}
		}
		for _, a := range e.Args {
			visit(a)
		}
		for i := range e.Binders {
			b := &e.Binders[i]
			for _, x := range []*ir.Expr{b.Lo, b.Hi, b.Set, b.Where} {
				visit(x)
			}
		}
		visit(e.Where)
		for i := range e.Arms {
			visit(e.Arms[i].Body)
		}
	}
	visit(g.p.Funcs[f].Body)
	visit(g.p.Funcs[f].Decreases)
	return out
}

// start begins a definition with parameters.
func (g *exporter) start(unique bool, n env, params []ir.LocalID) ([]string, env) {
	g.unique, g.used, g.tried = unique, map[string]bool{}, map[string]int{}
	n.names = nil
	var out []string
	for _, id := range params {
		var name string
		name, n = g.declare(id, n)
		out = append(out, name)
	}
	return out, n
}

// functions defines the functions, after those that they call, and beside each that may have no value when it has one.
func (g *exporter) functions(now env) []string {
	var out []string
	done := map[ir.FuncID]bool{}
	var define func(id ir.FuncID)
	define = func(id ir.FuncID) {
		if done[id] {
			return
		}
		done[id] = true
		f := &g.p.Funcs[id]
		called(f.Body, func(other ir.FuncID) { define(other) })
		called(f.Decreases, func(other ir.FuncID) { define(other) })
		g.pos = f.Pos
		params, n := g.start(false, now, f.Params)
		g.measured = n
		recursive := f.Decreases != nil
		g.within = -1
		if recursive {
			g.within = id
			g.partial[id] = true
		}
		x, ok := g.eval(f.Body, n)
		if recursive {
			g.within = -1
			m, okM := g.eval(f.Decreases, n)
			ok = both(both(okM, infix("<=", number(0), m)), ok)
			holes := "(" + strings.TrimSuffix(strings.Repeat("_, ", len(params)), ", ") + ")"
			out = append(out, "RECURSIVE "+g.funcs[id]+holes)
			out = append(out, "RECURSIVE "+g.funcs[id]+"_Defined"+holes)
			g.taken[g.funcs[id]+"_Defined"] = true
		}
		g.within = -1
		out = append(out, definition(g.funcs[id], params, leaf{x}))
		if !ok.yes() {
			g.partial[id] = true
			g.taken[g.funcs[id]+"_Defined"] = true
			out = append(out, definition(g.funcs[id]+"_Defined", params, leaf{ok}))
		}
	}
	for i := range g.p.Funcs {
		define(ir.FuncID(i))
	}
	return out
}

// called goes through the functions that an expression calls.
func called(e *ir.Expr, visit func(ir.FuncID)) {
	if e == nil {
		return
	}
	if e.Op == ir.Call {
		visit(e.Func)
	}
	for _, a := range e.Args {
		called(a, visit)
	}
	for i := range e.Binders {
		b := &e.Binders[i]
		for _, x := range []*ir.Expr{b.Lo, b.Hi, b.Set, b.Where} {
			called(x, visit)
		}
	}
	called(e.Where, visit)
	for i := range e.Arms {
		called(e.Arms[i].Body, visit)
	}
}
