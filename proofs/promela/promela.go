// Package promela writes a model in Promela, the language of SPIN, so that a checker of other people, which shares nothing with the engine,
// gives a second opinion.
//
// Export gives the text. What it says of itself, in the comment that it begins with, is how to run it. It has the same states as
// the model and one more, the one before the initial states: every step is one d_step, which is made of the parameters and the choices of one
// instance of an action, and variables that are not part of a state are hidden. Equal values have equal parts, since parts that mean nothing are 0.
//
// Properties of states are options of their own, that can be taken where the property is false; those of steps are asserted behind each step. An
// evaluation that has no value fails an assertion. What Promela has no words for is refused by its name and place.
package promela

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

const (
	maxWork    = 1 << 24 // expressions that are written out
	maxInitial = 1 << 12 // initial states
	maxCalls   = 1 << 13 // instances of actions with their choices
	maxInline  = 60_000  // bytes of an inline that SPIN reads
	maxParams  = 32      // of an inline
	maxModel   = 1 << 23 // bytes of text
)

// Prefixes of the hidden variables that assertions name.
const (
	HoldsPrefix   = "holds_"   // of a property that is violated
	ReachedPrefix = "reached_" // of a reachable property that is reached
)

// Model is a model in Promela.
type Model struct {
	Text  string
	Names map[string]string // of properties: the hidden variable that the assertion names
	Runs  []Run             // properties of runs: a formula for each instance
	Left  []Left            // properties that are not in it
}

// Run is a formula of SPIN for an instance of a property of runs.
type Run struct{ Property, Formula string }

// Left is a property that Promela is not told of, and why.
type Left struct {
	Property string
	Why      string
}

// Export writes a model. The error is a *Refused.
func Export(p *ir.Program) (m *Model, err error) {
	g := &exporter{
		p: p, taken: map[string]bool{}, shapes: map[*types.Type][]*types.Type{}, domains: map[*types.Type][]value{},
		typeNames: map[string]string{}, fields: map[string][]string{}, members: map[*types.Type][]string{},
		model: &Model{Names: map[string]string{}}, maxWays: maxWays,
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
	g.export()
	return g.model, nil
}

type exporter struct {
	p         *ir.Program
	model     *Model
	pos       syntax.Pos // of what is being written
	taken     map[string]bool
	shapes    map[*types.Type][]*types.Type
	domains   map[*types.Type][]value
	typeNames map[string]string
	fields    map[string][]string      // of records and unions, by typeKey
	members   map[*types.Type][]string // of enums, and the constructors of unions
	vars      []string
	typedefs  []string
	defines   []string
	temps     int
	work      int
	concrete  bool // everything is known: choices are gone through
	maxWays   int
	inlines   []string
	options   []string
	steps     []string // what is asserted behind every step
	old       map[string]bool
	runs      *runs // or nil
}

func (g *exporter) export() {
	var vars []string
	for _, v := range g.p.Vars {
		g.vars = append(g.vars, g.fresh(v.Name))
	}
	for i, v := range g.p.Vars {
		g.pos = v.Pos
		vars = append(vars, g.declare(v.Type, g.vars[i], false)+"; /* "+commented(v.Type.String())+" */")
	}
	now := env{vars: g.variables("")}
	now.old = now.vars
	g.stateProperties(now)
	g.old = map[string]bool{}
	step := env{vars: now.vars, old: g.variables("was_")}
	g.stepProperties(step)
	g.runProperties()
	g.temporal(now)
	initial := g.initial()
	calls := 0
	for i := range g.p.Actions {
		calls += g.action(i, step)
		if calls > maxCalls {
			refuse(g.p.Actions[i].Pos, fmt.Sprintf("more than %d instances of actions with their choices", maxCalls))
		}
	}
	g.terminal(now)

	var b strings.Builder
	b.WriteString(g.heading())
	section := func(lines []string) {
		if len(lines) > 0 {
			b.WriteString(strings.Join(lines, "\n") + "\n\n")
		}
	}
	section(g.defines)
	section(g.typedefs)
	section(vars)
	section(g.hidden())
	section(g.turning())
	section(g.inlines)
	b.WriteString("active proctype system() {\n  if\n" + strings.Join(initial, "\n") + "\n  fi;\n  do\n")
	if !unconditional(g.options) { // a do has an option
		b.WriteString("  :: d_step { false -> skip }\n")
	}
	b.WriteString(strings.Join(g.options, "\n") + "\n")
	if g.runs != nil {
		b.WriteString("#ifdef RUNS\n  :: d_step { true -> happened = 0; Turn() }; goto stopped\n#endif\n")
	}
	b.WriteString("  od\n")
	if g.runs != nil {
		b.WriteString("#ifdef RUNS\nstopped:\n  do :: d_step { true -> Turn() } od\n#endif\n")
	}
	b.WriteString("}\n")
	g.model.Text = b.String()
	if len(g.model.Text) > maxModel {
		refuse(g.p.Vars[0].Pos, fmt.Sprintf("a model of more than %d bytes once it is written out", maxModel))
	}
}

// unconditional tells whether there is an option that no flag leaves out.
func unconditional(options []string) bool {
	depth := 0
	for _, o := range options {
		switch {
		case strings.HasPrefix(o, "#if"):
			depth++
		case o == "#endif":
			depth--
		case depth == 0:
			return true
		}
	}
	return false
}

func (g *exporter) heading() string {
	var b strings.Builder
	title := g.p.Name
	if g.p.Config != "" {
		title += ", configuration " + g.p.Config
	}
	b.WriteString("/* " + commented(title) + ", from " + commented(g.p.File) + ".\n\n")
	b.WriteString("   spin -o2 -a FILE && gcc -DNOREDUCE -DSAFETY -o pan pan.c && ./pan\n\n" +
		"   stores the states of the model and one more, the one before the initial states. Breadth-first: spin -DBFS and gcc -DBFS. With spin -DREACH a failed\n" +
		"   assertion of reached_X says that the reachable property X is reached. With -DBARE nothing is asserted of states, so that a state which\n" +
		"   violates a property is looked at for a deadlock, too. -o2 keeps variables that are never read in the state.\n")
	if g.runs != nil {
		b.WriteString("   Properties of runs: spin -DRUNS -o2 -a FILE && gcc -DNOREDUCE -o pan pan.c && ./pan -A -a -N FORMULA, for each formula (ltl).\n")
	}
	for _, k := range g.p.Consts {
		b.WriteString("   " + commented(k.Name+" = "+g.p.Text(k.Value)) + "\n")
	}
	for _, l := range g.model.Left {
		b.WriteString("   Not here: " + commented(l.Property+", "+l.Why) + "\n")
	}
	b.WriteString("*/\n\n")
	return b.String()
}

// commented is a text that may stand in a comment.
func commented(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "*/", "* /"), "/*", "/ *")
}

// hidden declares what is no part of a state. SPIN hides nothing from a search breadth first, for which all of it is forgotten, by an
// assignment of 0, at the end of each step.
func (g *exporter) hidden() []string {
	var out, forget []string
	for i, v := range g.p.Vars {
		if name := "was_" + g.vars[i]; g.old[name] {
			out = append(out, "HIDDEN "+g.declare(v.Type, name, true)+";")
			for _, leaf := range g.leaves(g.at(name, v.Type)) {
				forget = append(forget, leaf.place+" = 0")
			}
		}
	}
	for i := range g.temps {
		out = append(out, fmt.Sprintf("HIDDEN int tmp_%d;", i+1))
		forget = append(forget, fmt.Sprintf("tmp_%d = 0", i+1))
	}
	flag := func(property string) {
		if name, ok := g.model.Names[property]; ok {
			out = append(out, "HIDDEN byte "+name+";")
			forget = append(forget, name+" = 0")
		}
	}
	for _, p := range g.p.Props {
		flag(p.Name)
	}
	for i := range g.p.Actions {
		flag(ir.Ensured(g.p.Actions[i].Name))
	}
	out = append([]string{"#ifdef BFS", "#define HIDDEN", "#else", "#define HIDDEN hidden", "#endif"}, append(out, "HIDDEN byte no_fault;")...)
	if len(forget) == 0 {
		forget = []string{"skip"}
	}
	return append(out, "inline Forget() {", "#ifdef BFS", "  "+strings.Join(forget, "; "), "#else", "  skip", "#endif", "}")
}

// variables gives the places of all variables, with a prefix.
func (g *exporter) variables(prefix string) []value {
	var out []value
	for i, v := range g.p.Vars {
		out = append(out, g.at(prefix+g.vars[i], v.Type))
	}
	return out
}

// declare declares a variable or a field. What is hidden cannot be of one bit.
func (g *exporter) declare(t *types.Type, name string, hidden bool) string {
	if !isArray(t) {
		return g.typeName(t, hidden) + " " + name
	}
	n := int64(card(g.pos, keys(t))) + shift(keys(t))
	inner := types.BoolType()
	switch t.Kind {
	case types.Map:
		inner = t.Elem
	case types.Bag:
		inner = types.IntRange(0, t.Max)
	}
	return fmt.Sprintf("%s %s[%d]", g.elemName(inner, hidden), name, n)
}

// elemName is the type of the elements of an array. An array of arrays is one of structures.
func (g *exporter) elemName(t *types.Type, hidden bool) string {
	if isArray(t) {
		return g.structure(t, "Row", func() []string { return []string{g.declare(t, "at", false)} })
	}
	return g.typeName(t, hidden)
}

// typeName is the name of a type of Promela with a place for every part.
func (g *exporter) typeName(t *types.Type, hidden bool) string {
	if isScalar(t) {
		lo, hi := bounds(t)
		switch {
		case t.Kind == types.Bool && !hidden:
			return "bool"
		case lo >= 0 && hi <= 255:
			return "byte"
		case lo >= -1<<15 && hi < 1<<15:
			return "short"
		case lo < minInteger || hi > maxInteger:
			refuse(g.pos, "an integer beyond the 32 bits of Promela's")
		}
		return "int"
	}
	switch t.Kind {
	case types.Record, types.Union, types.Option:
		return g.structure(t, "Record", func() []string {
			var out []string
			for i, p := range g.partTypes(t) {
				out = append(out, g.declare(p, g.partName(t, i), false))
			}
			return out
		})
	}
	return g.structure(t, "Seq", func() []string { // a sequence
		out := []string{g.declare(types.IntRange(0, t.Max), "size", false)}
		return append(out, fmt.Sprintf("%s at[%d]", g.elemName(t.Elem, false), max(t.Max, 1)))
	})
}

// structure declares a type of structures once.
func (g *exporter) structure(t *types.Type, name string, fields func() []string) string {
	key := name + " " + typeKey(t)
	if known, ok := g.typeNames[key]; ok {
		return known
	}
	body := fields()
	base := name
	if t.Name != "" {
		base = t.Name
	} else if t.Kind == types.Option && t.Elem.Name != "" {
		base = "Option_" + t.Elem.Name
	}
	out := g.fresh(base)
	g.typeNames[key] = out
	g.typedefs = append(g.typedefs, "typedef "+out+" { "+strings.Join(body, "; ")+" }")
	return out
}

// typeKey is the same text for two types exactly if they are identical.
func typeKey(t *types.Type) string {
	key := strconv.Itoa(int(t.Kind))
	switch t.Kind {
	case types.Enum, types.Symmetric, types.Union:
		return fmt.Sprintf("%s@%p", key, t)
	case types.Range:
		key += fmt.Sprintf(":%d..%d", t.Lo, t.Hi)
	case types.Seq, types.Bag:
		key += fmt.Sprintf(":%d", t.Max)
	}
	for _, f := range t.Fields {
		key += "{" + f.Name + ":" + typeKey(f.Type) + "}"
	}
	if t.Key != nil {
		key += "[" + typeKey(t.Key) + "]"
	}
	if t.Elem != nil {
		key += "(" + typeKey(t.Elem) + ")"
	}
	return key
}

// field is the name of field i of a record.
func (g *exporter) field(t *types.Type, i int) string { return g.partName(t, i) }

// carries is the name of part i of a union.
func (g *exporter) carries(t *types.Type, i int) string { return g.partName(t, i) }

// partName is the name of part i of a value that is no array. No name in the model is also that of a field, since inlines and
// definitions would put something else in its place.
func (g *exporter) partName(t *types.Type, i int) string {
	switch t.Kind {
	case types.Option:
		return []string{"some", "value"}[i]
	case types.Record, types.Union:
	default:
		return strconv.Itoa(i)
	}
	key := typeKey(t)
	if names, ok := g.fields[key]; ok {
		return names[i]
	}
	var names []string
	if t.Kind == types.Record {
		for _, f := range t.Fields {
			names = append(names, g.fresh(f.Name))
		}
	} else {
		names = append(names, g.fresh("made"))
		for _, v := range t.Variants {
			for _, f := range v.Fields {
				names = append(names, g.fresh(v.Name+"_"+f.Name))
			}
		}
	}
	g.fields[key] = names
	return names[i]
}

// constant is a number of a scalar type, by name where it has one.
func (g *exporter) constant(t *types.Type, k int64) ex {
	switch t.Kind {
	case types.Bool:
		return truth(k != 0)
	case types.Enum:
		x := num(k)
		x.s = g.memberNames(t, t.Members)[k]
		return x
	}
	return num(k)
}

// tag is constructor i of a union, by name.
func (g *exporter) tag(t *types.Type, i int) ex {
	var names []string
	for _, v := range t.Variants {
		names = append(names, v.Name)
	}
	x := num(int64(i))
	x.s = g.memberNames(t, names)[i]
	return x
}

func (g *exporter) memberNames(t *types.Type, names []string) []string {
	if out, ok := g.members[t]; ok {
		return out
	}
	var out []string
	for i, m := range names {
		name := g.fresh(m)
		out = append(out, name)
		g.defines = append(g.defines, fmt.Sprintf("#define %s %d", name, i))
	}
	g.members[t] = out
	return out
}

// initial gives an option for each initial state.
func (g *exporter) initial() []string {
	g.concrete, g.maxWays = true, maxInitial
	defer func() { g.concrete, g.maxWays = false, maxWays }()
	starts := [][]value{nil}
	ok := truth(true)
	for _, v := range g.p.Vars {
		g.pos = v.Pos
		var vs []value
		if v.Init == nil {
			vs = g.all(v.Type)
		} else {
			x, okInit := g.eval(v.Init, env{})
			x.t = v.Type
			vs, ok = []value{x}, and(ok, okInit)
		}
		var next [][]value
		for _, s := range starts {
			for _, x := range vs {
				next = append(next, append(s[:len(s):len(s)], x))
			}
		}
		if starts = next; len(starts) > maxInitial {
			refuse(v.Pos, fmt.Sprintf("more than %d initial states", maxInitial))
		}
	}
	if !ok.yes() {
		return []string{"  :: " + faulty(truth(true))}
	}
	seen := map[string]bool{}
	var out []string
	for _, vars := range starts {
		n := env{vars: vars, old: vars}
		for _, w := range g.ways(g.p.Init, way{guard: truth(true), sym: n, nat: env{vars: g.variables("")}}, true) {
			text := "  :: " + faulty(truth(true))
			if w.guard.no() && len(w.faults) == 0 {
				continue
			}
			if len(w.faults) == 0 {
				text = g.start(w.sym.vars)
			}
			if !seen[text] {
				seen[text] = true
				out = append(out, text)
			}
		}
		if len(out) > maxInitial {
			refuse(g.p.Vars[0].Pos, fmt.Sprintf("more than %d initial states", maxInitial))
		}
	}
	if len(out) == 0 {
		refuse(g.p.Vars[0].Pos, "a model without an initial state")
	}
	return out
}

// start puts values that are known into the variables, which are 0.
func (g *exporter) start(vars []value) string {
	parts := []string{"true ->"}
	for i, place := range g.variables("") {
		to, from := g.leaves(place), g.leaves(vars[i])
		for k := range to {
			if !from[k].x.known() {
				panic("promela: an initial value is not known")
			}
			if from[k].x.lo != 0 {
				parts = append(parts, to[k].place+" = "+from[k].x.s+";")
			}
		}
	}
	if len(parts) == 1 {
		parts = append(parts, "skip")
	}
	if g.runs != nil {
		return "  :: d_step { " + strings.Join(parts, " ") + "\n#ifdef RUNS\n       ; happened = 0\n#endif\n     }"
	}
	return "  :: d_step { " + strings.Join(parts, " ") + " }"
}

func faulty(when ex) string {
	return "d_step { " + when.s + " -> no_fault = false; assert(no_fault) }"
}

func (g *exporter) option(text, comment string) {
	if comment != "" {
		text += " /* " + commented(comment) + " */"
	}
	g.options = append(g.options, "  :: "+text)
}

// stateProperties makes an option of every property of states: where it is false, or, of one to be reached, true.
func (g *exporter) stateProperties(now env) {
	var options []string
	kept := g.options
	for i := range g.p.Props {
		p := &g.p.Props[i]
		g.options = nil
		g.pos = p.Pos
		switch p.Kind {
		case ir.Invariant, ir.MaxBound, ir.MinBound, ir.Reachable:
		default:
			if p.Formula != nil && p.Kind.OfRuns() {
				if ok := g.conditions(p.Formula, now); !ok.yes() {
					g.option(faulty(not(ok)), "a fault in a condition of "+p.Name)
				}
				options = append(options, g.options...)
			}
			continue
		}
		x, ok := g.truthOf(p.Expr, now)
		switch p.Kind {
		case ir.MaxBound:
			x = le(x, num(p.Limit))
		case ir.MinBound:
			x = le(num(p.Limit), x)
		}
		at := types.Pos(p.Pos) + ": " + p.Text
		if p.Kind == ir.Reachable {
			name := g.named(ReachedPrefix, p.Name)
			g.options = append(g.options, "#ifdef REACH")
			if hit := and(ok, x); !hit.no() {
				g.option(fmt.Sprintf("d_step { %s -> %s = true; assert(!%s); %s = false }", hit.s, name, name, name), at)
			}
			g.options = append(g.options, "#endif")
		} else {
			name := g.named(HoldsPrefix, p.Name)
			if miss := and(ok, not(x)); !miss.no() {
				g.option(fmt.Sprintf("d_step { %s -> %s = false; assert(%s) }", miss.s, name, name), at)
			}
		}
		if !ok.yes() {
			g.option(faulty(not(ok)), "a fault in "+p.Name)
		}
		options = append(options, g.options...)
	}
	g.options = kept
	if len(options) > 0 {
		g.options = append(append(append(g.options, "#if !defined(BARE) && !defined(RUNS)"), options...), "#endif")
	}
}

// conditions says that all conditions of one state in a formula over runs have values: they are evaluated in every state.
func (g *exporter) conditions(f *ir.Formula, n env) ex {
	if f.Expr != nil {
		_, ok := g.truthOf(f.Expr, n)
		return ok
	}
	ok := truth(true)
	if f.Op != ir.ForallFormula && f.Op != ir.ExistsFormula {
		for _, a := range f.Args {
			ok = and(ok, g.conditions(a, n))
		}
		return checked(g.pos, ok)
	}
	for _, r := range g.rounds(f.Binders, f.Where, n) {
		if r.when.yes() {
			ok = checked(g.pos, and(ok, g.conditions(f.Args[0], r.env)))
		}
	}
	return ok
}

func (g *exporter) named(prefix, property string) string {
	name := g.fresh(prefix + property)
	g.model.Names[property] = name
	return name
}

// stepProperties writes what is asserted behind every step.
func (g *exporter) stepProperties(step env) {
	for i := range g.p.Props {
		if p := &g.p.Props[i]; p.Kind == ir.Step {
			g.steps = append(g.steps, g.asserted(p.Expr, step, g.named(HoldsPrefix, p.Name))...)
		}
	}
}

// asserted writes the assertion of a property.
func (g *exporter) asserted(e *ir.Expr, n env, name string) []string {
	g.pos = e.Pos
	x, ok := g.truthOf(e, n)
	var out []string
	if !ok.yes() {
		out = append(out, "assert("+ok.s+");")
		x = or(not(ok), x)
	}
	return append(out, name+" = "+x.s+"; assert("+name+"); /* "+types.Pos(e.Pos)+" */")
}

// action writes an inline for each way through an action, with an option for each of its instances, and gives their number.
func (g *exporter) action(number int, step env) int {
	a := &g.p.Actions[number]
	g.pos = a.Pos
	var args []value
	w := way{guard: truth(true), names: map[string]bool{}}
	w.nat = step
	w.sym = env{vars: step.vars, old: step.vars}
	for _, id := range a.Params {
		v := g.formalOf(id, g.p.Locals[id].Type, &w)
		w.nat, w.sym = w.nat.bind(id, v), w.sym.bind(id, v)
		args = append(args, v)
	}
	x, ok := g.truthOf(a.Guard, w.sym)
	ways := g.ways(a.Body, w.under(x, ok), false)
	calls := 0
	faults := map[string]bool{}
	for _, w := range ways {
		for _, f := range w.faults {
			if !faults[f.s] {
				faults[f.s] = true
				g.options = append(g.options, "#ifndef RUNS")
				calls += g.inline(a.Name+"_fault", types.Pos(a.Pos)+": an evaluation without a value", w.formals, "", []string{"  " + faulty(f)})
				g.options = append(g.options, "#endif")
			}
		}
		if w.guard.no() {
			continue
		}
		name, comment := a.Name, types.Pos(a.Pos)
		if len(w.taken) > 0 {
			name += "_" + strings.Join(w.taken, "_")
			comment += ": branch " + strings.Join(w.taken, ", ")
		}
		lines := w.lines
		if a.Ensures != nil {
			property := ir.Ensured(a.Name)
			if g.model.Names[property] == "" {
				g.named(HoldsPrefix, property)
			}
			for _, l := range g.asserted(a.Ensures, w.nat, g.model.Names[property]) {
				lines = append(lines[:len(lines):len(lines)], l)
			}
		}
		lines = append(lines[:len(lines):len(lines)], g.steps...)
		lines = append(g.saved(lines), lines...)
		if len(lines) == 0 {
			lines = []string{"skip;"}
		}
		if w.temps > 0 || len(g.steps) > 0 || a.Ensures != nil || mentionsOld(lines) {
			lines = append(lines[:len(lines):len(lines)], "Forget();")
		}
		lines = append(lines, g.running(number, args)...)
		body := []string{"  d_step {", "    " + w.guard.s + " ->"}
		for _, l := range lines {
			if !strings.HasPrefix(l, "#") {
				l = "    " + l
			}
			body = append(body, l)
		}
		calls += g.inline(name, comment, w.formals, a.Name, append(body, "  }"))
	}
	return calls
}

// mentionsOld tells whether lines use what variables were before the step.
func mentionsOld(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "was_") })
}

// saved writes copies of the variables whose values before the step some lines read.
func (g *exporter) saved(lines []string) []string {
	read := map[string]bool{}
	for _, l := range lines {
		tokens(l, func(word string) { read[word] = true })
	}
	var out []string
	for i, v := range g.variables("") {
		name := "was_" + g.vars[i]
		if !read[name] {
			continue
		}
		g.old[name] = true
		to := g.leaves(g.at(name, v.t))
		for k, leaf := range g.leaves(v) {
			out = append(out, to[k].place+" = "+leaf.place+";")
		}
	}
	return out
}

// inline declares an inline and makes an option of every call of it.
func (g *exporter) inline(name, comment string, formals []formal, what string, body []string) int {
	var params []string
	ts := []*types.Type{}
	for _, f := range formals {
		params = append(params, f.names...)
		ts = append(ts, f.t)
	}
	if len(params) > maxParams {
		refuse(g.pos, fmt.Sprintf("parameters and choices of more than %d parts", maxParams))
	}
	n := uint64(1)
	for _, t := range ts {
		if n *= t.Card(); n > maxCalls {
			refuse(g.pos, fmt.Sprintf("more than %d instances of actions with their choices", maxCalls))
		}
	}
	text := strings.Join(body, "\n")
	if len(text) > maxInline {
		refuse(g.pos, "an action that takes more than 60 KB once it is written out")
	}
	name = g.fresh(name)
	g.inlines = append(g.inlines, "inline "+name+"("+strings.Join(params, ", ")+") { /* "+commented(comment)+" */\n"+text+"\n}")
	calls := g.products(ts)
	for _, args := range calls {
		var texts []string
		for _, a := range args {
			for _, leaf := range g.leaves(a) {
				texts = append(texts, leaf.x.s)
			}
		}
		g.option(name+"("+strings.Join(texts, ", ")+")", "")
	}
	return len(calls)
}

// terminal lets the system stop where a terminal says so: a step that changes nothing is no deadlock.
func (g *exporter) terminal(now env) {
	for _, t := range g.p.Terminal {
		g.pos = t.Pos
		x, ok := g.truthOf(t, now)
		if stop := and(ok, x); !stop.no() {
			g.options = append(g.options, "#ifndef RUNS")
			g.option("d_step { "+stop.s+" -> skip }", types.Pos(t.Pos)+": terminal")
			g.options = append(g.options, "#endif")
		}
		if !ok.yes() {
			g.option(faulty(not(ok)), "a fault in terminal")
		}
	}
}

// runProperties leaves properties of runs and of domains out, by name.
func (g *exporter) runProperties() {
	why := map[ir.PropKind]string{
		ir.Possible: "which speaks of what can be reached (can)", ir.Within: "a response within a limit (within)",
		ir.Longest: "a longest wait (longest)", ir.Fair: "a fair refinement", ir.Isolated: "a claim of isolation (isolated)", ir.Refines: "a refinement (refines)",
	}
	for _, p := range g.p.Props {
		if text, ok := why[p.Kind]; ok {
			g.model.Left = append(g.model.Left, Left{p.Name, text})
		}
	}
}
