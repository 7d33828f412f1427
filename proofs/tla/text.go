package tla

import (
	"strconv"
	"strings"
)

// text is an expression of TLA+ with its outermost operator, "" where nothing beside it could part it.
type text struct{ s, op string }

func atom(s string) text { return text{s: s} }

func number(n int64) text {
	if n < 0 {
		return text{strconv.FormatInt(n, 10), "-."}
	}
	return atom(strconv.FormatInt(n, 10))
}

func truth(b bool) text {
	if b {
		return atom("TRUE")
	}
	return atom("FALSE")
}

func (t text) yes() bool { return t.s == "TRUE" }
func (t text) no() bool  { return t.s == "FALSE" }

// open is the operator of what reaches as far right as it can: a quantifier, IF, LET, CASE, CHOOSE.
const open = "open"

// tightness says how tightly operators bind; one that stands beside a looser one, or one as tight, is put into parentheses, even
// where the grammar would do without.
var tightness = map[string]int{
	open: 0, "=>": 1, "<=>": 1, "~>": 1, "/\\": 2, "\\/": 2, "~": 3, "[]": 3, "<>": 3,
	"=": 4, "#": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "\\in": 4, "\\notin": 4, "\\subseteq": 4,
	"\\cup": 5, "\\cap": 5, "\\": 5, "SUBSET": 5, "UNION": 5, "DOMAIN": 5, "..": 7, "\\X": 10, "+": 8, "-": 8, "-.": 8, "%": 8, "*": 9, "\\div": 9,
}

func (t text) paren() string { return "(" + t.s + ")" }

// beside gives t as an operand of op.
func (t text) beside(op string) string {
	if t.op == "" || tightness[t.op] > tightness[op] {
		return t.s
	}
	return t.paren()
}

// applied gives t where a function is applied, or a field taken.
func (t text) applied() string {
	if t.op == "" {
		return t.s
	}
	return t.paren()
}

var chains = map[string]bool{"/\\": true, "\\/": true, "+": true, "\\cup": true, "\\cap": true, "*": true}

func infix(op string, a, b text) text {
	left := a.beside(op)
	if chains[op] && a.op == op {
		left = a.s
	}
	return text{left + " " + op + " " + b.beside(op), op}
}

func prefix(op string, a text) text { return text{op + " " + a.beside(op), op} }

func both(a, b text) text {
	switch {
	case a.yes() || b.no() || a.s == b.s:
		return b
	case b.yes() || a.no():
		return a
	}
	return infix("/\\", a, b)
}

func either(a, b text) text {
	switch {
	case a.no() || b.yes() || a.s == b.s:
		return b
	case b.no() || a.yes():
		return a
	}
	return infix("\\/", a, b)
}

var opposites = map[string]string{"=": "#", "#": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "\\in": "\\notin", "\\notin": "\\in"}

func not(a text) text {
	switch {
	case a.yes() || a.no():
		return truth(a.no())
	}
	if op, ok := opposites[a.op]; ok {
		if s, ok := parted(a); ok {
			return text{s[0] + " " + op + " " + s[1], op}
		}
		return text{"~" + a.paren(), "~"}
	}
	return text{"~" + a.beside("~"), "~"}
}

func implies(a, b text) text {
	switch {
	case a.no() || b.yes():
		return truth(true)
	case a.yes():
		return b
	case b.no():
		return not(a)
	}
	return infix("=>", a, b)
}

func ifText(c, a, b text) text {
	switch {
	case c.yes() || a.s == b.s:
		return a
	case c.no():
		return b
	}
	return text{"IF " + c.s + " THEN " + a.s + " ELSE " + b.s, open}
}

func call(name string, args ...text) text {
	if len(args) == 0 {
		return atom(name)
	}
	return atom(name + "(" + list(args) + ")")
}

func list(args []text) string {
	var out []string
	for _, a := range args {
		out = append(out, a.s)
	}
	return strings.Join(out, ", ")
}

// all is a quantifier: \A or \E.
func all(word, name string, set, body text) text {
	if body.yes() && word == "\\A" || body.no() && word == "\\E" {
		return body
	}
	return text{word + " " + name + " \\in " + set.s + " : " + body.s, open}
}

// filter is the set of those in a set for which a condition is true.
func filter(name string, set, cond text) text {
	if cond.yes() {
		return set
	}
	return atom("{" + name + " \\in " + set.s + " : " + cond.s + "}")
}

func function(name string, set, body text) text {
	return atom("[" + name + " \\in " + set.s + " |-> " + body.s + "]")
}

// form is a formula that is laid out over several lines.
type form interface {
	lines() []string
}

type (
	leaf   struct{ text }
	conj   []form
	disj   []form
	exists struct {
		name string
		set  text
		body form
	}
	let struct {
		name string
		to   text
		body form
	}
	branch struct {
		cond      text
		yes, otro form
	}
)

func (f leaf) lines() []string { return []string{f.s} }

func bullets(mark string, fs []form) []string {
	var out []string
	for _, f := range fs {
		for i, l := range f.lines() {
			if i == 0 {
				out = append(out, mark+" "+l)
			} else {
				out = append(out, "   "+l)
			}
		}
	}
	return out
}

func indent(lines []string, by string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, by+l)
	}
	return out
}

func (f conj) lines() []string { return bullets("/\\", f) }
func (f disj) lines() []string { return bullets("\\/", f) }

func (f exists) lines() []string {
	head := "\\E " + f.name + " \\in " + f.set.s + " :"
	body := f.body.lines()
	if len(body) == 1 && len(head)+len(body[0]) < 120 {
		return []string{head + " " + body[0]}
	}
	return append([]string{head}, indent(body, "  ")...)
}

func (f let) lines() []string {
	return append([]string{"LET " + f.name + " == " + f.to.s, "IN"}, indent(f.body.lines(), "  ")...)
}

func (f branch) lines() []string {
	out := append([]string{"IF " + f.cond.s, "THEN"}, indent(f.yes.lines(), "  ")...)
	return append(append(out, "ELSE"), indent(f.otro.lines(), "  ")...)
}

func isFalse(f form) bool { l, ok := f.(leaf); return ok && l.no() }
func isTrue(f form) bool  { l, ok := f.(leaf); return ok && l.yes() }

// allOf is the conjunction of some formulas.
func allOf(fs ...form) form {
	var out conj
	for _, f := range fs {
		switch g := f.(type) {
		case conj:
			out = append(out, g...)
			continue
		}
		switch {
		case isFalse(f):
			return f
		case !isTrue(f):
			out = append(out, f)
		}
	}
	switch len(out) {
	case 0:
		return leaf{truth(true)}
	case 1:
		return out[0]
	}
	return out
}

// anyOf is the disjunction of some formulas.
func anyOf(fs ...form) form {
	var out disj
	for _, f := range fs {
		if g, ok := f.(disj); ok {
			out = append(out, g...)
			continue
		}
		switch {
		case isTrue(f):
			return f
		case !isFalse(f):
			out = append(out, f)
		}
	}
	switch len(out) {
	case 0:
		return leaf{truth(false)}
	case 1:
		return out[0]
	}
	return out
}

func some(name string, set text, body form) form {
	if isFalse(body) {
		return body
	}
	return exists{name, set, body}
}

// named defines a name for a body, unless this does not use it, or only as the next value of a variable.
func named(name string, to text, body form) form {
	uses, last := 0, ""
	for _, l := range body.lines() {
		for range count(l, name) {
			uses++
			last = l
		}
	}
	switch {
	case uses == 0:
		return body
	case uses == 1 && (strings.HasSuffix(last, "' = "+name) || strings.HasSuffix(last, " = "+name) && !strings.Contains(last, "'")):
		if out, ok := replaced(body, name, to); ok {
			return out
		}
	}
	return let{name, to, body}
}

// replaced puts a text in the place of a name that stands at the end of a leaf.
func replaced(f form, name string, to text) (form, bool) {
	switch f := f.(type) {
	case leaf:
		if left, ok := strings.CutSuffix(f.s, " = "+name); ok && !strings.Contains(left, " ") {
			return leaf{text{left + " = " + to.beside("="), "="}}, true
		}
	case conj:
		for i := range f {
			if g, ok := replaced(f[i], name, to); ok {
				out := append(conj(nil), f...)
				out[i] = g
				return out, true
			}
		}
	case disj:
		for i := range f {
			if g, ok := replaced(f[i], name, to); ok {
				out := append(disj(nil), f...)
				out[i] = g
				return out, true
			}
		}
	case exists:
		g, ok := replaced(f.body, name, to)
		return exists{f.name, f.set, g}, ok
	case let:
		g, ok := replaced(f.body, name, to)
		return let{f.name, f.to, g}, ok
	case branch:
		if g, ok := replaced(f.yes, name, to); ok {
			return branch{f.cond, g, f.otro}, true
		}
		g, ok := replaced(f.otro, name, to)
		return branch{f.cond, f.yes, g}, ok
	}
	return f, false
}

// count tells how often a name stands in a line.
func count(line, name string) int {
	n := 0
	for i := 0; ; {
		k := strings.Index(line[i:], name)
		if k < 0 {
			return n
		}
		k += i
		i = k + len(name)
		if (k == 0 || !isName(line[k-1])) && (i == len(line) || !isName(line[i])) {
			n++
		}
	}
}

func isName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// parted parts a comparison at its operator, where that can be told.
func parted(t text) (out [2]string, ok bool) {
	depth := 0
	mark := " " + t.op + " "
	for i := 0; i+len(mark) <= len(t.s); i++ {
		switch t.s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '<', '>':
			if i+1 < len(t.s) && t.s[i+1] == t.s[i] {
				depth += map[byte]int{'<': 1, '>': -1}[t.s[i]]
				i++
				continue
			}
		}
		if depth == 0 && t.s[i:i+len(mark)] == mark {
			if ok {
				return out, false
			}
			out, ok = [2]string{t.s[:i], t.s[i+len(mark):]}, true
		}
	}
	return out, ok
}
