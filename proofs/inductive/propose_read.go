package inductive

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// expression is an expression of the language, and what is known of it. It stands in parentheses where it has several parts.
type expression struct {
	text string
	not  string // the opposite of a truth value, or "" where that is text with not before it
	part *part  // that it is, as a number
	num  *int64 // that it is
	all  []string
}

// read gives the definition of Inv in z3's answer as an expression of the language.
func (h *horn) read(answer string) (string, error) {
	model, _, err := parseSexp(answer)
	if err != nil {
		return "", err
	}
	for _, d := range model.list {
		if len(d.list) != 5 || d.list[0].atom != "define-fun" || d.list[1].atom != "Inv" || len(d.list[2].list) != len(h.parts) {
			continue
		}
		in := map[string]expression{}
		for i, a := range d.list[2].list {
			if len(a.list) != 2 {
				return "", errors.New("z3's answer is not understood")
			}
			x := &h.parts[i]
			in[a.list[0].atom] = expression{text: x.asNumber(), part: x}
		}
		e, err := expressed(d.list[4], in)
		if err != nil {
			return "", err
		}
		if len(e.all) > 0 {
			return strings.Join(e.all, "\n    and "), nil
		}
		return e.text, nil
	}
	return "", errors.New("z3's answer has no Inv")
}

// asNumber is a part as an integer of the language.
func (x *part) asNumber() string {
	switch x.t.Kind {
	case types.Bool:
		return "(if " + x.text + " then 1 else 0)"
	case types.Enum:
		text := strconv.Itoa(len(x.t.Members) - 1)
		for i := len(x.t.Members) - 2; i >= 0; i-- {
			text = fmt.Sprintf("if %s == %s then %d else %s", x.text, x.t.Members[i], i, text)
		}
		return "(" + text + ")"
	}
	return x.text
}

var always, never = expression{text: "true", not: "false"}, expression{text: "false", not: "true"}

// opposite is true where e is false.
func (e expression) opposite() expression {
	if e.not == "" {
		return expression{text: "(not " + e.text + ")", not: e.text}
	}
	return expression{text: e.not, not: e.text}
}

// junction joins truth values by and, or by or; always or never adds nothing, the other one decides.
func junction(word string, args []expression, unit expression) expression {
	var texts []string
	for _, a := range args {
		if a.text == unit.not {
			return unit.opposite()
		}
		if a.text != unit.text {
			texts = append(texts, a.text)
		}
	}
	switch len(texts) {
	case 0:
		return unit
	case 1:
		return expression{text: texts[0]}
	}
	e := expression{text: "(" + strings.Join(texts, " "+word+" ") + ")"}
	if word == "and" {
		e.all = texts
	}
	return e
}

// expressed is an S-expression of z3 as one of the language.
func expressed(s sexp, in map[string]expression) (expression, error) {
	if s.atom != "" {
		if e, ok := in[s.atom]; ok {
			return e, nil
		}
		switch s.atom {
		case "true":
			return always, nil
		case "false":
			return never, nil
		}
		if n, err := strconv.ParseInt(s.atom, 10, 64); err == nil {
			return expression{text: s.atom, num: &n}, nil
		}
		return expression{}, fmt.Errorf("z3 proposes %s, which the language does not have", s.atom)
	}
	if len(s.list) == 0 || s.list[0].atom == "" {
		return expression{}, errors.New("z3's answer is not understood")
	}
	op := s.list[0].atom
	if op == "let" && len(s.list) == 3 {
		inner := map[string]expression{}
		for k, v := range in {
			inner[k] = v
		}
		for _, d := range s.list[1].list {
			if len(d.list) != 2 {
				return expression{}, errors.New("z3's answer is not understood")
			}
			e, err := expressed(d.list[1], in)
			if err != nil {
				return expression{}, err
			}
			inner[d.list[0].atom] = e
		}
		return expressed(s.list[2], inner)
	}
	var args []expression
	for _, a := range s.list[1:] {
		e, err := expressed(a, in)
		if err != nil {
			return expression{}, err
		}
		args = append(args, e)
	}
	if e, ok := combined(op, args); ok {
		return e, nil
	}
	return expression{}, fmt.Errorf("z3 proposes %s of %d, which the language does not have", op, len(args))
}

func combined(op string, args []expression) (expression, bool) {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.text
	}
	number := func(text string) (expression, bool) { return expression{text: "(" + text + ")"}, true }
	switch {
	case len(args) == 0:
		return expression{}, false
	case op == "and":
		return junction("and", args, always), true
	case op == "or":
		return junction("or", args, never), true
	case op == "not" && len(args) == 1:
		return args[0].opposite(), true
	case op == "=>" && len(args) == 2:
		return junction("or", []expression{args[0].opposite(), args[1]}, never), true
	case op == "-" && len(args) == 1:
		if n := args[0].num; n != nil {
			m := -*n
			return expression{text: "(-" + texts[0] + ")", num: &m}, true
		}
		return number("-" + texts[0])
	case op == "+":
		text := texts[0]
		for _, t := range texts[1:] {
			if minus, ok := strings.CutPrefix(t, "(-"); ok { // of a product, or of a number
				text += " - " + strings.TrimSuffix(minus, ")")
			} else {
				text += " + " + t
			}
		}
		return number(text)
	case op == "-":
		return number(strings.Join(texts, " - "))
	case op == "*" && len(args) == 2 && args[0].num != nil && *args[0].num == -1:
		return expression{text: "(-" + texts[1] + ")"}, true
	case op == "*":
		return number(strings.Join(texts, " * "))
	case op == "ite" && len(args) == 3:
		return number("if " + texts[0] + " then " + texts[1] + " else " + texts[2])
	case len(args) == 2:
		return compared(op, args[0], args[1])
	}
	return expression{}, false
}

// comparisons are those of the language, with what is true where they are false, and where the sides are exchanged.
var comparisons = map[string]struct{ text, not, mirrored string }{
	"=": {"==", "!=", "="}, "<=": {"<=", ">", ">="}, ">=": {">=", "<", "<="}, "<": {"<", ">=", ">"}, ">": {">", "<=", "<"},
}

// compared is a comparison. Of a part whose values have names it lists these.
func compared(op string, a, b expression) (expression, bool) {
	c, ok := comparisons[op]
	if !ok {
		return expression{}, false
	}
	if a.num != nil && b.part != nil {
		return compared(c.mirrored, b, a)
	}
	if a.part != nil && b.num != nil && a.part.names() != nil {
		return a.part.among(op, *b.num), true
	}
	return expression{text: "(" + a.text + " " + c.text + " " + b.text + ")", not: "(" + a.text + " " + c.not + " " + b.text + ")"}, true
}

// names are those of the values of a part, or nil.
func (x *part) names() []string {
	switch x.t.Kind {
	case types.Bool:
		return []string{"false", "true"}
	case types.Enum:
		return x.t.Members
	}
	return nil
}

// among is that a part has one of the values that compare so with n.
func (x *part) among(op string, n int64) expression {
	var of, others []expression
	for i, name := range x.names() {
		e := expression{text: "(" + x.text + " == " + name + ")", not: "(" + x.text + " != " + name + ")"}
		if x.t.Kind == types.Bool {
			text := x.text
			if strings.Contains(text, " ") { // of a set
				text = "(" + text + ")"
			}
			if e = (expression{text: text, not: "(not " + text + ")"}); i == 0 {
				e = e.opposite()
			}
		}
		v := int64(i)
		if op == "=" && v == n || op == "<=" && v <= n || op == ">=" && v >= n || op == "<" && v < n || op == ">" && v > n {
			of = append(of, e)
		} else {
			others = append(others, e)
		}
	}
	switch {
	case len(others) == 1:
		return others[0].opposite()
	case len(of) == 1:
		return of[0]
	}
	e := junction("or", of, never)
	if len(of) > 0 && len(others) > 0 {
		e.not = junction("or", others, never).text
	}
	return e
}
