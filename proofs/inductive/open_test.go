package inductive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// opened draws models that speak of any number of things, and of constants in many places.
type opened struct {
	t         *rapid.T
	symmetric bool
	names     int
}

// names are what may be named: integers and things that are bound.
type names struct{ ints, things []string }

func (n names) with(thing string) names {
	n.things = append(n.things[:len(n.things):len(n.things)], thing)
	return n
}

func (n names) withInt(x string) names {
	n.ints = append(n.ints[:len(n.ints):len(n.ints)], x)
	return n
}

func (o *opened) one(ways ...func() string) string {
	return ways[rapid.IntRange(0, len(ways)-1).Draw(o.t, "way")]()
}

func (o *opened) pick(from ...string) string { return rapid.SampledFrom(from).Draw(o.t, "pick") }

func (o *opened) fresh() string {
	o.names++
	return "b" + strconv.Itoa(o.names)
}

// thing is a value of Thing.
func (o *opened) thing(n names, d int) string {
	if len(n.things) == 0 {
		if o.symmetric {
			return "top.value"
		}
		return o.pick("1", "N")
	}
	if d <= 0 {
		return o.pick(n.things...)
	}
	return o.one(
		func() string { return o.pick(n.things...) },
		func() string { return o.pick(n.things...) },
		func() string { return fmt.Sprintf("to[%s]", o.thing(n, d-1)) },
		func() string {
			return fmt.Sprintf("(if %s then %s else %s)", o.truth(n, d-1), o.thing(n, d-1), o.thing(n, d-1))
		},
		func() string {
			if o.symmetric {
				return o.pick(n.things...)
			}
			return o.pick("1", "N", "("+o.pick(n.things...)+" % N + 1)", "max(1, "+o.pick(n.things...)+" - 1)", "min(N, "+o.pick(n.things...)+" + 1)")
		},
		func() string { return "top.value" },
	)
}

func (o *opened) integer(n names, d int) string {
	atom := func() string {
		return o.pick(append([]string{"0", "1", "2", "N", "C", "C - 1", "N * C", "x", "x", "D"}, n.ints...)...)
	}
	if d <= 0 {
		return atom()
	}
	return o.one(
		atom,
		func() string { return fmt.Sprintf("m[%s]", o.thing(n, d-1)) },
		func() string { return fmt.Sprintf("m[%s]", o.thing(n, d-1)) },
		func() string {
			return fmt.Sprintf("(%s %s %s)", o.integer(n, d-1), o.pick("+", "-", "*"), o.integer(n, d-1))
		},
		func() string {
			return fmt.Sprintf("(%s %s %s)", o.integer(n, d-1), o.pick("/", "%"), o.pick("2", "-2", "3", "C", "D", "x"))
		},
		func() string {
			return fmt.Sprintf("%s(%s, %s)", o.pick("min", "max"), o.integer(n, d-1), o.integer(n, d-1))
		},
		func() string {
			return fmt.Sprintf("(if %s then %s else %s)", o.truth(n, d-1), o.integer(n, d-1), o.integer(n, d-1))
		},
		func() string { return fmt.Sprintf("size(%s)", o.set(n, d-1)) },
		func() string {
			b := o.fresh()
			in := n.with(b)
			return fmt.Sprintf("(sum %s in %s%s: %s)", b, o.domain(n, d-1), o.where(in, d-1), o.integer(in, d-1))
		},
		func() string {
			b := o.fresh()
			in := n.with(b)
			return fmt.Sprintf("(count %s in %s: %s)", b, o.domain(n, d-1), o.truth(in, d-1))
		},
		func() string {
			if o.symmetric {
				return atom()
			}
			return o.thing(n, d-1)
		},
		func() string { return "r." + "a" },
	)
}

func (o *opened) where(n names, d int) string {
	if !rapid.Bool().Draw(o.t, "where") {
		return ""
	}
	return " where " + o.truth(n, d)
}

// domain is what things are bound in.
func (o *opened) domain(n names, d int) string {
	return o.one(
		func() string { return "Thing" }, func() string { return "Thing" },
		func() string { return o.set(n, d) },
	)
}

func (o *opened) set(n names, d int) string {
	if d <= 0 {
		return o.pick("s", "Thing")
	}
	return o.one(
		func() string { return "s" },
		func() string { return "Thing" },
		func() string {
			return fmt.Sprintf("(%s %s %s)", "s", o.pick("union", "minus", "intersect"), o.set(n, d-1))
		},
		func() string { return fmt.Sprintf("(s %s {%s})", o.pick("union", "minus"), o.thing(n, d-1)) },
		func() string {
			b := o.fresh()
			return fmt.Sprintf("{%s in %s | %s}", b, o.domain(n, d-1), o.truth(n.with(b), d-1))
		},
		func() string {
			b := o.fresh()
			return fmt.Sprintf("(s union {to[%s] for %s in %s%s})", b, b, o.domain(n, d-1), o.where(n.with(b), d-1))
		},
	)
}

func (o *opened) truth(n names, d int) string {
	if d <= 0 {
		return o.pick("b", "not b", "x == 0", "x < C", "top is none", "s == {}", "true")
	}
	quantified := func() string {
		b := o.fresh()
		in := n.with(b)
		return fmt.Sprintf("(%s %s in %s%s: %s)", o.pick("forall", "exists"), b, o.domain(n, d-1), o.where(in, d-1), o.truth(in, d-1))
	}
	return o.one(
		func() string {
			return fmt.Sprintf("%s %s %s", o.integer(n, d-1), o.pick("<=", "<", "==", "!=", ">="), o.integer(n, d-1))
		},
		func() string {
			return fmt.Sprintf("%s %s %s", o.integer(n, d-1), o.pick("<=", "<", "==", "!=", ">="), o.integer(n, d-1))
		},
		func() string {
			return fmt.Sprintf("(%s %s %s)", o.truth(n, d-1), o.pick("and", "or", "implies", "iff"), o.truth(n, d-1))
		},
		func() string { return fmt.Sprintf("(not (%s))", o.truth(n, d-1)) },
		quantified, quantified,
		func() string { return fmt.Sprintf("%s %s %s", o.thing(n, d-1), o.pick("in", "not in"), o.set(n, d-1)) },
		func() string {
			return fmt.Sprintf("%s %s %s", o.set(n, d-1), o.pick("subset", "==", "!="), o.set(n, d-1))
		},
		func() string { return fmt.Sprintf("%s == %s", o.thing(n, d-1), o.thing(n, d-1)) },
		func() string { return fmt.Sprintf("top == some(%s)", o.thing(n, d-1)) },
		func() string { return "on[" + o.thing(n, d-1) + "]" },
		func() string { return fmt.Sprintf("link[%s, %s]", o.thing(n, d-1), o.thing(n, d-1)) },
		func() string {
			b := o.fresh()
			lo, hi := o.integer(n, 0), o.integer(n, 0)
			return fmt.Sprintf("(%s %s in %s..%s: %s)", o.pick("forall", "exists"), b, lo, hi, o.truth(n.withInt(b), d-1))
		},
	)
}

func (o *opened) statement(n names, d int) string {
	simple := []func() string{
		func() string { return fmt.Sprintf("x = %s", o.integer(n, 2)) },
		func() string { return fmt.Sprintf("x %s %s", o.pick("+=", "-="), o.integer(n, 1)) },
		func() string { return fmt.Sprintf("m[%s] = %s", o.thing(n, 1), o.integer(n, 1)) },
		func() string {
			return fmt.Sprintf("m[%s] %s %s", o.thing(n, 0), o.pick("+=", "-="), o.pick("1", "x", "D"))
		},
		func() string { return fmt.Sprintf("b = %s", o.truth(n, 2)) },
		func() string { return fmt.Sprintf("s = %s", o.set(n, 2)) },
		func() string { return fmt.Sprintf("top = %s", o.pick("none", "some("+o.thing(n, 1)+")")) },
		func() string { return fmt.Sprintf("on[%s] = %s", o.thing(n, 1), o.truth(n, 1)) },
		func() string { return fmt.Sprintf("to[%s] = %s", o.thing(n, 0), o.thing(n, 1)) },
		func() string { return fmt.Sprintf("link[%s, %s] = %s", o.thing(n, 0), o.thing(n, 1), o.truth(n, 1)) },
		func() string { return fmt.Sprintf("r.a = %s", o.integer(n, 1)) },
		func() string { return fmt.Sprintf("m = {key -> %s for key in Thing}", o.integer(n.with("key"), 1)) },
	}
	if d <= 0 {
		return o.one(simple...)
	}
	return o.one(append(simple,
		func() string {
			return fmt.Sprintf("if %s { %s } else { %s }", o.truth(n, 1), o.statement(n, d-1), o.statement(n, d-1))
		},
		func() string { return fmt.Sprintf("when %s", o.truth(n, 2)) },
		func() string { return fmt.Sprintf("assert %s", o.truth(n, 1)) },
		func() string {
			b := o.fresh()
			in := n.with(b)
			return fmt.Sprintf("choose %s in %s%s { %s }", b, o.domain(n, 1), o.where(in, 1), o.statement(in, d-1))
		},
		func() string { return fmt.Sprintf("either { %s } or { %s }", o.statement(n, d-1), o.statement(n, d-1)) },
		func() string {
			b := o.fresh()
			in := n.with(b)
			return fmt.Sprintf("for %s in Thing%s { %s }", b, o.where(in, 1),
				o.pick(fmt.Sprintf("m[%s] = %s", b, o.integer(in, 1)), fmt.Sprintf("on[%s] = %s", b, o.truth(in, 1)), fmt.Sprintf("link[%s, %s] = %s", b, o.thing(in, 0), o.truth(in, 1)),
					fmt.Sprintf("link[%s, %s] = %s", o.thing(n, 0), b, o.truth(in, 1)), fmt.Sprintf("m[%s] += %s", b, o.pick("1", "x", "m["+b+"]")), fmt.Sprintf("to[%s] = %s", b, o.thing(in, 1))))
		},
		func() string {
			b := o.fresh()
			return fmt.Sprintf("let %s = %s; %s", b, o.integer(n, 1), o.statement(n.withInt(b), d-1))
		},
	)...)
}

// model draws a model of constants N, C and D.
func (o *opened) model() string {
	var b strings.Builder
	b.WriteString("model Opened\nconst N = 2\nconst C = 2\nconst D = 1\n")
	b.WriteString("assume N >= 1 and C >= 0\n")
	if rapid.Bool().Draw(o.t, "assumes") {
		b.WriteString("assume " + o.pick("D > 0", "D == N", "D <= C", "C == 2 * D", "D < 0", "N > 1", "N <= C", "D != 0 and C % D == 0") + "\n")
	}
	o.symmetric = rapid.Bool().Draw(o.t, "symmetric")
	if o.symmetric {
		b.WriteString("type Thing = symmetric 1..N\n")
	} else {
		b.WriteString("type Thing = 1..N\n")
	}
	fmt.Fprintf(&b, "state {\n  x: %s = 0\n  m: map[Thing]%s = 0\n  b: bool = %s\n  s: set[Thing] = {}\n  top: option[Thing] = none\n  on: map[Thing]bool = false\n  to: map[Thing]Thing = any\n  link: map[Thing, Thing]bool = false\n  r: record { a: 0..C, f: bool } = {a = 0, f = false}\n}\n",
		o.pick("0..C", "0..9", "-C..C", "0..N"), o.pick("0..C", "0..2", "-1..C", "0..N * C"), o.pick("any", "false"))
	for i := range 2 {
		n := names{}
		params := ""
		if rapid.Bool().Draw(o.t, "parameter") {
			params, n = "v: Thing", names{things: []string{"v"}}
		}
		if rapid.Bool().Draw(o.t, "another") {
			if params != "" {
				params += ", "
			}
			params += "k: " + o.pick("0..C", "0..1", "-1..1")
			n.ints = append(n.ints, "k")
		}
		fmt.Fprintf(&b, "action A%d(%s)", i, params)
		if rapid.Bool().Draw(o.t, "guard") {
			b.WriteString(" when " + o.truth(n, 2))
		}
		b.WriteString(" { " + o.statement(n, 2))
		if rapid.Bool().Draw(o.t, "more") {
			b.WriteString("; " + o.statement(n, 1))
		}
		b.WriteString(" }\n")
	}
	for i := range 3 {
		fmt.Fprintf(&b, "invariant I%d { %s }\n", i, o.truth(names{}, 3))
	}
	fmt.Fprintf(&b, "step S { %s %s old(%s) }\n", o.pick("x", "size(s)", "(sum q in Thing: m[q])"), o.pick("<=", ">=", "=="), o.pick("x", "x + 1", "size(s)", "(sum q in Thing: m[q])"))
	fmt.Fprintf(&b, "bound B { max(%s) <= %s }\n", o.integer(names{}, 2), o.pick("C", "N * C", "N", "9", "D"))
	return b.String()
}

// What is proved for all values of constants is so under any: an obligation that was proved is one that a solver, asked of
// the model under given constants, does not refute.
func TestProvedForAllIsProvedForEach(t *testing.T) {
	solvers(t)
	seen := map[string]int{}
	drawn := 0
	rapid.Check(t, func(t *rapid.T) {
		if drawn++; drawn > 12 && os.Getenv("BULKHEAD_SOAK") == "" {
			return
		}
		text := (&opened{t: t}).model()
		p, inst, err := loadText(text, nil)
		if err != nil {
			seen["not loaded"]++ // an assumption does not hold, say
			return
		}
		report, err := Prove(context.Background(), p.IR(), inst, Options{Solvers: Installed()[:1], Limit: 2 * time.Second, All: true})
		if errors.As(err, new(*Unsupported)) {
			seen["refused"]++
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		seen["open "+strings.Join(report.Open, " ")]++
		proved := map[string]bool{}
		for _, r := range report.Results {
			if r.Verdict == Proved {
				proved[r.Name] = true
				if len(r.By) > 0 {
					seen["proved by a solver"]++
				} else {
					seen["proved by form"]++
				}
			} else {
				seen["not proved"]++
			}
		}
		open := " " + strings.Join(report.Open, " ") + " "
		for _, define := range []map[string]string{
			{"N": "1", "C": "0", "D": "0"}, {"N": "1", "C": "3", "D": "1"}, {"N": "2", "C": "2", "D": "-1"}, {"N": "2", "C": "1", "D": "2"}, {"N": "3", "C": "2", "D": "1"}, {"N": "3", "C": "1", "D": "-2"},
		} {
			with := map[string]string{}
			for k, v := range define {
				if strings.Contains(open, " "+k+" ") {
					with[k] = v
				}
			}
			q, inst, err := loadText(text, with)
			if err != nil {
				continue
			}
			s := newSystem(q.IR(), nil, nil)
			for i, ob := range s.obligations(1) {
				name := ob.Name(q.IR())
				if !proved[name] {
					continue
				}
				res, err := s.decide(context.Background(), i, ob, nil, inst, &Options{Solvers: Installed()[:1], Limit: 2 * time.Second})
				if errors.As(err, new(*Unsupported)) {
					seen["closed refused"]++
					continue
				}
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				if res.Verdict == Refuted {
					t.Fatalf("%s was proved for all values, and is refuted with %v\n%+v\n%s", name, with, res.Cex.Trace, text)
				}
				seen["compared"]++
				if res.Verdict == Undecided {
					seen["closed undecided"]++
				}
			}
		}
	})
	for what, n := range seen {
		t.Logf("%6d %s", n, what)
	}
}
