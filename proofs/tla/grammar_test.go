package tla_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A parser of the part of TLA+ that is written here, after the grammar and the table of operators in Specifying Systems (Lamport, 2002,
// chapter 15): lists of conjuncts and disjuncts by the columns of their bullets, precedences as ranges, and names, which are declared before
// they are used, with their arity, and hide no other.

type token struct {
	s         string
	kind      byte // n name, d number, s string, o operator, e end
	line, col int
}

var operators = []string{
	"|->", "<=>", "====", "<<", ">>", "->", "=>", "==", "<=", ">=", "<>", "[]", "]_", "/\\", "\\/", "~>", "..",
	"=", "#", "<", ">", "[", "]", ".", ",", ":", "(", ")", "{", "}", "'", "!", "@", "~", "+", "-", "*", "%",
}

func scan(src string) (out []token, err error) {
	for n, line := range strings.Split(src, "\n") {
		if k := strings.Index(line, "\\*"); k >= 0 {
			line = line[:k]
		}
		for i := 0; i < len(line); {
			c := line[i]
			at := token{line: n + 1, col: i + 1}
			switch {
			case c == ' ':
				i++
				continue
			case strings.HasPrefix(line[i:], "----"):
				for i < len(line) && line[i] == '-' {
					i++
				}
				at.s, at.kind = "----", 'o'
			case isLetter(c):
				j := i
				for j < len(line) && (isLetter(line[j]) || line[j] >= '0' && line[j] <= '9') {
					j++
				}
				at.s, at.kind = line[i:j], 'n'
				i = j
			case c >= '0' && c <= '9':
				j := i
				for j < len(line) && line[j] >= '0' && line[j] <= '9' {
					j++
				}
				at.s, at.kind = line[i:j], 'd'
				i = j
			case c == '"':
				j := strings.IndexByte(line[i+1:], '"')
				if j < 0 {
					return nil, fmt.Errorf("line %d: a string without an end", n+1)
				}
				at.s, at.kind = line[i:i+j+2], 's'
				i += j + 2
			case c == '\\' && i+1 < len(line) && line[i+1] != '/':
				j := i + 1
				for j < len(line) && isLetter(line[j]) {
					j++
				}
				at.s, at.kind = line[i:j], 'o'
				i = j
			default:
				k := slices.IndexFunc(operators, func(o string) bool { return strings.HasPrefix(line[i:], o) })
				if k < 0 {
					return nil, fmt.Errorf("line %d:%d: no token begins with %q", n+1, i+1, c)
				}
				at.s, at.kind = operators[k], 'o'
				i += len(operators[k])
			}
			out = append(out, at)
		}
	}
	return append(out, token{kind: 'e', col: 0}), nil
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

type precedence struct {
	lo, hi int
	left   bool
}

var infixes = map[string]precedence{
	"=>": {1, 1, false}, "<=>": {2, 2, false}, "~>": {2, 2, false}, "/\\": {3, 3, true}, "\\/": {3, 3, true},
	"=": {5, 5, false}, "#": {5, 5, false}, "<": {5, 5, false}, ">": {5, 5, false}, "<=": {5, 5, false}, ">=": {5, 5, false},
	"\\in": {5, 5, false}, "\\notin": {5, 5, false}, "\\subseteq": {5, 5, false},
	"\\": {8, 8, false}, "\\cup": {8, 8, true}, "\\cap": {8, 8, true}, "..": {9, 9, false}, "+": {10, 10, true}, "-": {11, 11, true},
	"%": {10, 11, false}, "\\X": {10, 13, true}, "*": {13, 13, true}, "\\div": {13, 13, false},
}

var prefixes = map[string]precedence{
	"~": {4, 4, false}, "[]": {4, 15, false}, "<>": {4, 15, false}, "UNCHANGED": {4, 15, false},
	"SUBSET": {8, 8, false}, "UNION": {8, 8, false}, "DOMAIN": {9, 9, false}, "-": {12, 12, false},
}

var reservedWords = strings.Fields(`ASSUME CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE EXCEPT EXTENDS IF IN LET MODULE OTHER RECURSIVE SUBSET THEN
	UNCHANGED UNION VARIABLE VARIABLES ENABLED INSTANCE LOCAL ASSUMPTION AXIOM THEOREM WITH LAMBDA STATE ACTION NEW PROOF BY QED PICK TAKE HAVE USE`)

// node is a use of a name, a binding or what is made of others.
type node struct {
	kind  string // an operator, or how it is written
	name  string // that is used
	arity int
	at    token
	bind  []string // names that hold in the last of args
	args  []*node
	text  string   // of a literal, or the name of a field
	keys  []string // of a record
	path  []*node  // of EXCEPT: what stands in brackets, or a field
}

type parser struct {
	ts    []token
	at    int
	limit int // only tokens in columns behind it belong to the innermost bullet
}

func (p *parser) peek() token {
	t := p.ts[p.at]
	if t.col <= p.limit {
		return token{kind: 'e', line: t.line, col: t.col}
	}
	return t
}

type syntaxError string

func (p *parser) fail(format string, args ...any) {
	t := p.ts[p.at]
	panic(syntaxError(fmt.Sprintf("line %d:%d (%s): ", t.line, t.col, t.s) + fmt.Sprintf(format, args...)))
}

func (p *parser) is(s string) bool { t := p.peek(); return t.s == s && t.kind != 's' }

func (p *parser) want(s string) {
	if !p.is(s) {
		p.fail("want %s", s)
	}
	p.at++
}

func (p *parser) ident() string {
	t := p.peek()
	if t.kind != 'n' || slices.Contains(reservedWords, t.s) || strings.HasPrefix(t.s, "WF_") || strings.HasPrefix(t.s, "SF_") {
		p.fail("want a name")
	}
	p.at++
	return t.s
}

// expr parses operands and infix operators by their precedences.
func (p *parser) expr() *node {
	type pending struct {
		op     string
		of     precedence
		prefix bool
	}
	var ops []pending
	var operands []*node
	reduce := func() {
		o := ops[len(ops)-1]
		ops = ops[:len(ops)-1]
		n := 2
		if o.prefix {
			n = 1
		}
		kind := o.op
		if o.prefix && kind == "-" {
			kind = "-."
		}
		args := slices.Clone(operands[len(operands)-n:])
		if kind == "\\X" && args[0].kind == kind { // a product of three sets, not of pairs
			args = append(slices.Clone(args[0].args), args[1])
		}
		operands = append(operands[:len(operands)-n], &node{kind: kind, args: args})
	}
	for {
		for {
			t := p.peek()
			of, ok := prefixes[t.s]
			if !ok || t.kind == 's' || t.kind == 'e' {
				break
			}
			p.at++
			if t.s == "[]" && p.is("[") { // [][A]_v
				p.at--
				break
			}
			ops = append(ops, pending{t.s, of, true})
		}
		operands = append(operands, p.operand())
		t := p.peek()
		of, ok := infixes[t.s]
		if !ok || t.kind != 'o' {
			break
		}
		for len(ops) > 0 {
			o := ops[len(ops)-1]
			tighter := o.of.lo > of.hi
			looser := o.of.hi < of.lo
			if !tighter && !looser {
				if o.op != t.s || !of.left || o.prefix {
					p.fail("%s beside %s needs parentheses", t.s, o.op)
				}
				tighter = true
			}
			if !tighter {
				break
			}
			reduce()
		}
		p.at++
		ops = append(ops, pending{t.s, of, false})
	}
	for len(ops) > 0 {
		reduce()
	}
	return operands[0]
}

// bullets parses a list of conjuncts or of disjuncts, which stand below each other.
func (p *parser) bullets() *node {
	first := p.peek()
	out := &node{kind: "list" + first.s}
	outer := p.limit
	for p.at < len(p.ts) {
		t := p.ts[p.at]
		if t.s != first.s || t.col != first.col || t.col <= outer {
			break
		}
		p.at++
		p.limit = first.col
		out.args = append(out.args, p.expr())
		p.limit = outer
	}
	if t := p.peek(); t.kind != 'e' && t.line > first.line && t.col <= first.col && (t.s == "/\\" || t.s == "\\/") {
		p.fail("a bullet that is in no list")
	}
	return out
}

func (p *parser) bindings(kind string) *node {
	name := p.ident()
	p.want("\\in")
	set := p.expr()
	p.want(":")
	return &node{kind: kind, bind: []string{name}, args: []*node{set, p.expr()}}
}

func (p *parser) operand() *node {
	t := p.peek()
	var out *node
	switch {
	case t.s == "/\\" || t.s == "\\/":
		return p.bullets()
	case t.s == "\\A" || t.s == "\\E":
		p.at++
		return p.bindings(t.s)
	case t.kind == 'n' && t.s == "CHOOSE":
		p.at++
		return p.bindings(t.s)
	case t.kind == 'n' && t.s == "IF":
		p.at++
		c := p.expr()
		p.want("THEN")
		a := p.expr()
		p.want("ELSE")
		return &node{kind: "IF", args: []*node{c, a, p.expr()}}
	case t.kind == 'n' && t.s == "LET":
		p.at++
		name := p.ident()
		p.want("==")
		to := p.expr()
		p.want("IN")
		return &node{kind: "LET", bind: []string{name}, args: []*node{to, p.expr()}}
	case t.kind == 'n' && t.s == "CASE":
		p.at++
		out = &node{kind: "CASE"}
		for {
			c := p.expr()
			p.want("->")
			out.args = append(out.args, c, p.expr())
			if !p.is("[]") {
				return out
			}
			p.at++
		}
	case t.s == "[]":
		p.at++
		p.want("[")
		out = p.expr()
		p.want("]_")
		return &node{kind: "box", args: []*node{out, p.use()}}
	case t.kind == 'n' && (strings.HasPrefix(t.s, "WF_") || strings.HasPrefix(t.s, "SF_")):
		p.at++
		p.want("(")
		out = &node{kind: "fair", args: []*node{{name: t.s[3:], at: t}, p.expr()}}
		p.want(")")
		return out
	case t.kind == 'd' || t.kind == 's':
		p.at++
		out = &node{kind: map[byte]string{'d': "number", 's': "string"}[t.kind], text: strings.Trim(t.s, `"`)}
	case t.s == "@":
		p.at++
		out = &node{name: "@", at: t}
	case t.kind == 'n':
		out = p.use()
	case t.s == "(":
		p.at++
		out = p.expr()
		p.want(")")
		if out.kind == "\\X" {
			out = &node{kind: "()", args: []*node{out}}
		}
	case t.s == "<<":
		p.at++
		out = p.list(">>")
		out.kind = "tuple"
	case t.s == "{":
		out = p.set()
	case t.s == "[":
		out = p.brackets()
	default:
		p.fail("want an expression")
	}
	for {
		switch {
		case p.is("'"):
			p.at++
			out = &node{kind: "'", args: []*node{out}}
		case p.is("["):
			p.at++
			out = &node{kind: "apply", args: []*node{out, p.list("]")}}
		case p.is("."):
			p.at++
			out = &node{kind: "field", text: p.ident(), args: []*node{out}}
		default:
			return out
		}
	}
}

// use is a name with its arguments.
func (p *parser) use() *node {
	out := &node{at: p.peek()}
	if s := p.peek().s; s == "TRUE" || s == "FALSE" || s == "BOOLEAN" {
		p.at++
		return &node{kind: s}
	}
	out.kind = "name"
	out.name = p.ident()
	if p.is("(") {
		p.at++
		out.args = p.list(")").args
		out.arity = len(out.args)
	}
	return out
}

func (p *parser) list(end string) *node {
	out := &node{}
	for !p.is(end) {
		out.args = append(out.args, p.expr())
		if !p.is(end) {
			p.want(",")
		}
	}
	p.at++
	return out
}

// ahead tells whether a name and a token stand next.
func (p *parser) ahead(s string) bool {
	return p.peek().kind == 'n' && p.at+1 < len(p.ts) && p.ts[p.at+1].s == s
}

func (p *parser) set() *node {
	p.want("{")
	if p.is("}") {
		p.at++
		return &node{kind: "set"}
	}
	if p.ahead("\\in") {
		start := p.at
		name := p.ident()
		p.want("\\in")
		set := p.expr()
		if p.is(":") {
			p.at++
			cond := p.expr()
			p.want("}")
			return &node{kind: "filter", bind: []string{name}, args: []*node{set, cond}}
		}
		p.at = start
	}
	x := p.expr()
	if p.is(":") {
		p.at++
		name := p.ident()
		p.want("\\in")
		set := p.expr()
		p.want("}")
		return &node{kind: "image", bind: []string{name}, args: []*node{set, x}}
	}
	out := &node{kind: "set", args: []*node{x}}
	if p.is("}") {
		p.at++
		return out
	}
	p.want(",")
	out.args = append(out.args, p.list("}").args...)
	return out
}

func (p *parser) brackets() *node {
	p.want("[")
	switch {
	case p.ahead("\\in"):
		start := p.at
		name := p.ident()
		p.at++
		set := p.expr()
		if p.is("|->") {
			p.at++
			body := p.expr()
			p.want("]")
			return &node{kind: "function", bind: []string{name}, args: []*node{set, body}}
		}
		p.at = start
	case p.ahead("|->"), p.ahead(":"):
		mark := p.ts[p.at+1].s
		out := &node{kind: mark}
		for {
			out.keys = append(out.keys, p.ident())
			p.want(mark)
			out.args = append(out.args, p.expr())
			if p.is("]") {
				p.at++
				return out
			}
			p.want(",")
		}
	}
	x := p.expr()
	out := &node{args: []*node{x}}
	switch {
	case p.is("->"):
		p.at++
		out.kind = "functions"
		out.args = append(out.args, p.expr())
	case p.is("EXCEPT"):
		p.at++
		out.kind = "EXCEPT"
		p.want("!")
		for !p.is("=") {
			if p.is(".") {
				p.at++
				out.path = append(out.path, &node{kind: "string", text: p.ident()})
				continue
			}
			p.want("[")
			key := p.list("]")
			out.args, out.path = append(out.args, key), append(out.path, key)
		}
		p.at++
		out.args = append(out.args, &node{bind: []string{"@"}, args: []*node{{}, p.expr()}})
	default:
		p.fail("want -> or EXCEPT")
	}
	p.want("]")
	return out
}

// module is what a module defines: names with their arities.
type module struct {
	constants []string
	arity     map[string]int
	params    map[string][]string
	bodies    map[string]*node
	assumed   []*node
	variables []string
}

// parse reads a module.
func parse(src string) (m *module, err error) {
	ts, err := scan(src)
	if err != nil {
		return nil, err
	}
	p := &parser{ts: ts}
	m = &module{arity: map[string]int{}, params: map[string][]string{}, bodies: map[string]*node{}}
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(syntaxError)
			if !ok {
				panic(r)
			}
			m, err = nil, fmt.Errorf("%s", string(s))
		}
	}()
	p.want("----")
	p.want("MODULE")
	self := p.ident()
	p.want("----")
	p.want("EXTENDS")
	for {
		if p.is(self) {
			p.fail("a module that extends itself")
		}
		switch p.ident() {
		case "Integers":
			m.arity["Int"] = 0
		case "Sequences":
			for name, n := range map[string]int{"Seq": 1, "Len": 1, "Head": 1, "Tail": 1, "Append": 2, "SubSeq": 3, "SelectSeq": 2} {
				m.arity[name] = n
			}
		case "FiniteSets":
			m.arity["Cardinality"], m.arity["IsFiniteSet"] = 1, 1
		default:
			p.fail("no such module")
		}
		if !p.is(",") {
			break
		}
		p.at++
	}
	recursive := map[string]bool{}
	for !p.is("====") {
		m.unit(p, recursive)
	}
	for name := range recursive {
		return nil, fmt.Errorf("%s is declared and not defined", name)
	}
	return m, nil
}

func (m *module) declare(p *parser, name string, arity int) {
	if _, ok := m.arity[name]; ok {
		p.fail("%s is declared twice", name)
	}
	m.arity[name] = arity
}

func (m *module) unit(p *parser, recursive map[string]bool) {
	t := p.peek()
	switch t.s {
	case "CONSTANTS", "VARIABLES":
		p.at++
		for {
			name := p.ident()
			m.declare(p, name, 0)
			if t.s == "CONSTANTS" {
				m.constants = append(m.constants, name)
			} else {
				m.variables = append(m.variables, name)
			}
			if !p.is(",") {
				return
			}
			p.at++
		}
	case "ASSUME":
		p.at++
		e := p.expr()
		m.resolve(p, e, map[string]int{})
		m.assumed = append(m.assumed, e)
		return
	case "RECURSIVE":
		p.at++
		name := p.ident()
		n := 0
		if p.is("(") {
			for !p.is(")") {
				p.at++
				if p.ident() != "_" {
					p.fail("want _")
				}
				n++
			}
			p.at++
		}
		m.declare(p, name, n)
		recursive[name] = true
		return
	}
	name := p.ident()
	local := map[string]int{}
	n := 0
	if p.is("(") {
		for !p.is(")") {
			p.at++
			param := p.ident()
			if _, ok := m.arity[param]; ok || local[param] > 0 {
				p.fail("parameter %s hides another name", param)
			}
			local[param] = 1
			m.params[name] = append(m.params[name], param)
			n++
		}
		p.at++
	}
	for k := range local {
		local[k] = 0
	}
	p.want("==")
	body := p.expr()
	m.bodies[name] = body
	if recursive[name] {
		if m.arity[name] != n {
			p.fail("%s is declared with another arity", name)
		}
		delete(recursive, name)
		m.resolve(p, body, local)
		return
	}
	m.resolve(p, body, local)
	m.declare(p, name, n)
}

// resolve checks that every name that is used is declared, with that many arguments, and that none hides another.
func (m *module) resolve(p *parser, n *node, local map[string]int) {
	if n.name != "" {
		arity, ok := local[n.name]
		if !ok {
			arity, ok = m.arity[n.name]
		}
		if !ok || arity != n.arity {
			panic(syntaxError(fmt.Sprintf("line %d:%d: %s with %d arguments is not declared", n.at.line, n.at.col, n.name, n.arity)))
		}
	}
	for i, a := range n.args {
		if i < len(n.args)-1 || len(n.bind) == 0 {
			m.resolve(p, a, local)
			continue
		}
		inner := map[string]int{}
		for k, v := range local {
			inner[k] = v
		}
		for _, name := range n.bind {
			_, global := m.arity[name]
			_, hidden := local[name]
			if (global || hidden) && name != "@" {
				panic(syntaxError(fmt.Sprintf("line %d: %s hides another name", p.ts[max(0, p.at-1)].line, name)))
			}
			inner[name] = 0
		}
		m.resolve(p, a, inner)
	}
}

// configured checks a configuration against a module: every constant has a value, and what is to be checked is defined.
func (m *module) configured(text string) error {
	given := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(line)
		switch f[0] {
		case "\\*":
			continue
		case "CONSTANT":
			given[f[1]] = true
			if len(f) != 4 || f[2] != "=" || !slices.Contains(m.constants, f[1]) {
				return fmt.Errorf("%s", line)
			}
			if _, err := strconv.ParseUint(f[3], 10, 31); err != nil && f[3] != "TRUE" && f[3] != "FALSE" { // TLC reads no sign
				return fmt.Errorf("%s", line)
			}
		case "SPECIFICATION", "INVARIANT", "PROPERTY":
			if n, ok := m.arity[f[1]]; len(f) != 2 || !ok || n != 0 {
				return fmt.Errorf("%s", line)
			}
		default:
			return fmt.Errorf("%s", line)
		}
	}
	for _, c := range m.constants {
		if !given[c] {
			return fmt.Errorf("%s has no value", c)
		}
	}
	return nil
}
