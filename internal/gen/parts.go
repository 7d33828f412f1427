package gen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// Composition is a model of parts, and the same model written by hand.
type Composition struct {
	Files map[string]string // main.bh, and part.bh that it uses
	Flat  string            // one file: what main.bh calls part.x it calls part_x, and what it says of an array of all indices
}

// Parts draws a model that uses another one, as a part or as an array of them, alone or twice, with constants and a type given,
// actions that call those of the parts, and domains. What is written by hand is made of the same templates by
// substitution, without what the language does to compose.
func Parts(t *rapid.T) Composition {
	p := &parts{world: &world{t: t}}
	p.part()
	p.uses()
	for i := range p.upTo(2) {
		p.whole = append(p.whole, p.own(fmt.Sprint("Own", i)))
	}
	p.hide()
	for i := range p.upTo(2) {
		p.claims = append(p.claims, p.fact(fmt.Sprint("Q", i), func() string { return p.atom(false) }, "z", p.event))
	}
	if p.oneIn(3) {
		p.over = pick(p.world, []string{"true", p.atom(false)})
	}
	p.domains()
	for range p.upTo(2) {
		p.mutant()
	}
	p.main()
	p.byHand()
	return Composition{
		Files: map[string]string{"part.bh": p.inPart.String(), "main.bh": p.inMain.String()},
		Flat:  p.flat.String(),
	}
}

// parts draws templates. In them $name stands for a name of the part: its state a and b, its constant K, its type V, its
// functions, a parameter k or a local; and @name{INDEX} for one of a part as its user says it.
type parts struct {
	*world
	acts   []*act            // of the part
	facts  []fact            // its claims
	ends   string            // its condition of ends, or ""
	init   []deed            // its init block
	starts map[string]string // the initial values of a and b

	index  string // the type that arrays go through, as declared
	used   []use
	whole  []ownAct // the actions of main
	claims []fact   // of main
	over   string   // its condition of ends, or ""
	sees   string   // what a domain sees, or ""
	does   string
	wrong  []mutant

	fresh                int // calls and locals so far
	inPart, inMain, flat strings.Builder
}

// use is how main uses the part.
type use struct {
	name  string
	array bool
	k     string // what K is given, or ""
	given bool   // V is given
	hides []*act
}

// has tells whether main has an action of the part, or a claim about such.
func (u *use) has(text string) bool {
	return !slices.ContainsFunc(u.hides, func(a *act) bool { return a.name == text || strings.Contains(text, "$"+a.name) })
}

// act is an action of the part: its guard, its body, and what it ensures, all templates.
type act struct {
	name    string
	fair    string // "", "fair " or "strong fair "
	each    bool   // it is fair for each k
	param   bool   // it takes k
	guard   string
	body    []deed
	ensures string
	old     bool // old stands in its body
}

// ownAct is an action of main.
type ownAct struct {
	name, fair, guard string
	param             bool // it takes i, an index
	body              []deed
}

// mutant is one of an action of the part, all templates.
type mutant struct{ of, breaks, text string }

// deed is a statement: text, a call, or blocks, each with what stands before it.
type deed struct {
	text   string
	call   *act
	arg    string
	heads  []string
	blocks [][]deed
	at     string // of a call by main, @NAME{INDEX}
}

// fact is a claim of the part.
type fact struct{ kind, name, text string }

// voice is how a template is said.
type voice struct {
	flat   bool
	use    *use
	index  string            // of the part in an array, when flat
	names  map[string]string // of parameters and locals
	suffix string            // of locals, when flat
}

var (
	ofPart = regexp.MustCompile(`\$(\w+)(\(?)`)
	ofMain = regexp.MustCompile(`@(\w+)\.(\w*)\{([^}]*)\}(\(?)`)
)

// say gives a template of the part in words.
func (v voice) say(text string) string {
	text = ofPart.ReplaceAllStringFunc(text, func(m string) string {
		s := ofPart.FindStringSubmatch(m)
		name, open := s[1], s[2]
		if n, ok := v.names[name]; ok {
			return n + open
		}
		if name[0] == 'l' {
			return name + v.suffix + open
		}
		if !v.flat || name == "k" {
			return name + open
		}
		full := v.use.name + "_" + name
		switch {
		case !v.use.array:
		case name == "a" || name == "b":
			return full + "[" + v.index + "]" + open
		case name == "ready":
			return full + "(" + v.index + ", "
		}
		return full + open
	})
	return ofMain.ReplaceAllStringFunc(text, func(m string) string {
		s := ofMain.FindStringSubmatch(m)
		part, name, index, open := s[1], s[2], s[3], s[4]
		at := ""
		if index != "" {
			at = "[" + index + "]"
		}
		switch {
		case !v.flat && (name == "off" || name == "on"):
			return part + "." + name
		case !v.flat:
			return part + at + "." + name + open
		case name == "ready" && index != "":
			return part + "_" + name + "(" + index + ", "
		case name == "a" || name == "b":
			return part + "_" + name + at + open
		}
		return part + "_" + name + open
	})
}

// do gives statements in words.
func (p *parts) do(v voice, list []deed) string {
	var out []string
	for _, d := range list {
		switch {
		case d.call != nil && !v.flat:
			args := ""
			if d.call.param {
				args = v.say(d.arg)
			}
			out = append(out, v.say(d.at)+d.call.name+"("+args+")")
		case d.call != nil:
			out = append(out, p.joined(v, d))
		case d.blocks != nil:
			text := ""
			for i, b := range d.blocks {
				text += v.say(d.heads[i]) + " { " + p.do(v, b) + " }"
			}
			out = append(out, text)
		default:
			out = append(out, v.say(d.text))
		}
	}
	return strings.Join(out, "; ")
}

// joined writes a call out: its index and argument are worked out, its guard asked, its body done.
func (p *parts) joined(v voice, d deed) string {
	p.fresh++
	in := voice{flat: true, use: v.use, index: v.index, suffix: fmt.Sprint("_", p.fresh), names: map[string]string{}}
	text := ""
	if d.at != "" {
		s := ofMain.FindStringSubmatch(d.at)
		for i := range p.used {
			if p.used[i].name == s[1] {
				in.use = &p.used[i]
			}
		}
		in.index = ""
		if s[3] != "" {
			in.index = fmt.Sprint("at", p.fresh)
			text += "let " + in.index + ": I = " + v.say(s[3]) + "; "
		}
	}
	if d.call.param {
		in.names["k"] = fmt.Sprint("k", p.fresh)
		text += "let " + in.names["k"] + ": 0..1 = " + v.say(d.arg) + "; "
	}
	if d.call.guard != "" {
		text += "when " + in.say(d.call.guard) + "; "
	}
	return text + p.do(in, d.call.body)
}

// value draws an integer of the part, from 0 to 2 mostly.
func (p *parts) value(k bool) string {
	ways := []string{"$a", "$b", "$K", "0", "1", "(2 - $a)", "$twice($a)", "min(2, $b + 1)"}
	if k {
		ways = append(ways, "$k", "$k")
	}
	return pick(p.world, ways)
}

// is draws a condition of the part.
func (p *parts) is(k bool) string {
	x := p.value(k)
	switch p.upTo(9) {
	case 0:
		return "$ready(" + p.value(k) + ")"
	case 1:
		return "(" + p.is(k) + pick(p.world, []string{" and ", " or ", " implies "}) + p.is(k) + ")"
	case 2:
		return "not " + p.is(k)
	case 3:
		return "(exists $lx in $V: $lx < " + x + ")"
	case 4:
		if p.oneIn(3) {
			return "2 / " + x + " > 1"
		}
	}
	return x + pick(p.world, []string{" == ", " != ", " < ", " <= "}) + p.value(k)
}

// deeds draws statements of the part.
func (p *parts) deeds(k bool, depth int, old bool) (out []deed) {
	for range p.between(1, 2) {
		out = append(out, p.deed(k, depth, old))
		old = false
	}
	return out
}

func (p *parts) deed(k bool, depth int, old bool) deed {
	to := pick(p.world, []string{"$a", "$a", "$b"})
	n := p.upTo(11)
	if depth <= 0 {
		n = min(n, 5)
	}
	p.fresh++
	l := fmt.Sprint("$l", p.fresh)
	switch n {
	default:
		return deed{text: to + " = " + p.value(k)}
	case 2:
		return deed{text: to + " = (" + p.value(k) + " + 1) % 3"}
	case 3:
		return deed{text: "let " + l + " = " + p.value(k) + "; $b = " + l}
	case 4:
		return deed{text: "when " + p.is(k)}
	case 5:
		return deed{text: to + " = min(2, " + to + " + 1)"}
	case 6:
		return deed{heads: []string{"if " + p.is(k), " else"}, blocks: [][]deed{p.deeds(k, depth-1, old), p.deeds(k, depth-1, old)}}
	case 7:
		return deed{heads: []string{"either", " or"}, blocks: [][]deed{p.deeds(k, depth-1, old), p.deeds(k, depth-1, old)}}
	case 8:
		return deed{heads: []string{"choose " + l + " in $V where " + l + " != $a"}, blocks: [][]deed{{{text: to + " = " + l}}}}
	case 9:
		if len(p.acts) > 0 {
			a := pick(p.world, p.acts)
			if !a.old || old {
				return deed{call: a, arg: pick(p.world, []string{"0", "1", "$a % 2"})}
			}
		}
		return deed{text: "skip"}
	case 10:
		return deed{text: "assert " + p.is(k) + " or $a > 0"}
	case 11:
		return deed{heads: []string{"for " + l + " in 0..1 where " + l + " < $a"}, blocks: [][]deed{{{text: "$b = " + l}}}}
	}
}

// hasOld tells whether statements read the state before the step.
func hasOld(list []deed) bool {
	for _, d := range list {
		if strings.Contains(d.text, "old(") || d.call != nil && d.call.old {
			return true
		}
		for _, b := range d.blocks {
			if hasOld(b) {
				return true
			}
		}
	}
	return false
}

// part draws the part, and writes its file.
func (p *parts) part() {
	p.starts = map[string]string{"a": pick(p.world, []string{"0", "any", "$K", "1"}), "b": pick(p.world, []string{"0", "1", "2 - $K"})}
	if p.oneIn(4) {
		p.init = p.deeds(false, 1, false)
	}
	for i := range p.between(1, 3) {
		a := &act{name: fmt.Sprint("Act", i), param: p.oneIn(2), fair: pick(p.world, []string{"", "", "fair ", "strong fair "})}
		a.each = a.fair != "" && a.param && p.oneIn(2)
		if p.oneIn(2) {
			a.guard = p.is(a.param)
		}
		if p.oneIn(4) {
			a.body = append(a.body, deed{text: "$b = old($a)"})
		}
		a.body = append(a.body, p.deeds(a.param, 2, len(a.body) == 0)...)
		if a.old = hasOld(a.body); p.oneIn(4) {
			a.ensures = "old($a) <= " + p.value(a.param) + " or " + p.is(a.param)
		}
		p.acts = append(p.acts, a)
	}
	for i := range p.between(1, 3) {
		p.facts = append(p.facts, p.fact(fmt.Sprint("P", i), func() string { return p.is(false) }, "$a", func() string {
			a := pick(p.world, p.acts)
			if a.param && p.oneIn(2) {
				return "$" + a.name + "(" + pick(p.world, []string{"0", "1", "_"}) + ")"
			}
			return "$" + a.name
		}))
	}
	if p.oneIn(3) {
		p.ends = p.is(false)
	}
	v := voice{}
	w := &p.inPart
	w.WriteString("model Part\nconst K = 1\ntype V = 0..2\ntype Mode = enum { off, on }\n")
	p.common(w, v, "", "")
	for _, a := range p.acts {
		fmt.Fprintln(w, p.action(v, a, ""))
	}
	for _, f := range p.facts {
		fmt.Fprintf(w, "%s %s { %s }\n", f.kind, f.name, v.say(f.text))
	}
	if p.ends != "" {
		fmt.Fprintf(w, "terminal { %s }\n", v.say(p.ends))
	}
}

// common writes what declares functions, state and initial states of a part: of types as maps from the index when flat.
func (p *parts) common(w *strings.Builder, v voice, params, from string) {
	name := func(n string) string { return strings.TrimSuffix(v.say("$"+n), "["+v.index+"]") }
	fmt.Fprintf(w, "func %s(n: int) int = 2 * n\n", name("twice"))
	ready := "ready"
	if v.flat {
		ready = v.use.name + "_ready"
	}
	fmt.Fprintf(w, "func %s(%sn: int) bool = %s\n", ready, params, v.say("$a <= n"))
	fmt.Fprintf(w, "state { %s: %s0..2 = %s; %s: %s0..2 = %s }\n", name("a"), from, v.say(p.starts["a"]), name("b"), from, v.say(p.starts["b"]))
	switch {
	case p.init == nil:
	case from != "":
		fmt.Fprintf(w, "init { for %s in I { %s } }\n", v.index, p.do(v, p.init))
	default:
		fmt.Fprintf(w, "init { %s }\n", p.do(v, p.init))
	}
}

// action gives an action of the part.
func (p *parts) action(v voice, a *act, index string) string {
	var params, each []string
	if index != "" {
		params, each = append(params, index+": I"), append(each, index)
	}
	if a.param {
		params = append(params, "k: 0..1")
	}
	if a.each {
		each = append(each, "k")
	}
	fair := a.fair
	if fair != "" && len(each) > 0 {
		fair += "for " + strings.Join(each, ", ") + " "
	}
	name := a.name
	if v.flat {
		name = v.use.name + "_" + name
	}
	text := fair + "action " + name + "(" + strings.Join(params, ", ") + ")"
	if a.guard != "" {
		text += " when " + v.say(a.guard)
	}
	text += " { " + p.do(v, a.body) + " }"
	if a.ensures != "" {
		text += " ensures " + v.say(a.ensures)
	}
	return text
}

// fact draws a claim of conditions.
func (p *parts) fact(name string, is func() string, x string, event func() string) fact {
	c := is
	switch p.upTo(11) {
	case 0, 1:
		return fact{"invariant", name, c() + " or " + c()}
	case 2:
		return fact{"invariant", name, c() + " implies " + c()}
	case 3:
		return fact{"reachable", name, c() + " and " + c()}
	case 4:
		return fact{"step", name, "old(" + c() + ") implies " + c()}
	case 5:
		return fact{"bound", name, fmt.Sprintf("%s(%s) %s", "max", x, pick(p.world, []string{"<= 1", "<= 2", "< 2"}))}
	case 6:
		return fact{"property", name, "always eventually " + c()}
	case 7:
		return fact{"property", name, "(" + c() + ") ~> (" + c() + ")"}
	case 8:
		return fact{"property", name, "always can (" + c() + ")"}
	case 9:
		return fact{"property", name, "always eventually happens " + event()}
	case 10:
		return fact{"property", name, "always (enabled " + event() + " implies eventually " + c() + ")"}
	default:
		return fact{"bound", name, "longest((" + c() + ") until (" + c() + ")) <= 2"}
	}
}

// uses draws how main uses the part.
func (p *parts) uses() {
	p.index = pick(p.world, []string{"0..1", "0..1", "symmetric 0..1"})
	p.used = append(p.used, use{name: "part", array: p.oneIn(2)})
	if p.oneIn(3) {
		p.used = append(p.used, use{name: "twin", array: p.oneIn(6)})
	}
	for i := range p.used {
		p.used[i].k, p.used[i].given = pick(p.world, []string{"", "0", "2"}), p.oneIn(3)
	}
}

// some draws a part, with an index where it is in an array; false where there is none to be named.
func (p *parts) some(param bool) (u *use, at string, ok bool) {
	u = &p.used[p.upTo(len(p.used)-1)]
	switch {
	case !u.array:
		return u, "", true
	case param:
		return u, "i", true
	case strings.HasPrefix(p.index, "symmetric"):
		return u, "", false
	}
	return u, pick(p.world, []string{"0", "1", "z", "1 - z", "z + 1"}), true
}

// atom draws a condition of main.
func (p *parts) atom(param bool) string {
	u, at, ok := p.some(param)
	if !ok {
		return "z == 0"
	}
	name := "@" + u.name + "."
	return pick(p.world, []string{
		name + "a{" + at + "} == 1", name + "b{" + at + "} > z", name + "ready{" + at + "}(z)", "z == 0",
		name + "a{" + at + "} <= " + name + "K{}", name + "twice{}(z) == 2",
	})
}

// own draws an action of main.
func (p *parts) own(name string) ownAct {
	a := ownAct{name: name, param: p.oneIn(2), fair: pick(p.world, []string{"", "", "fair "})}
	if p.oneIn(2) {
		a.guard = p.atom(a.param)
	}
	changed := false
	for range p.between(1, 3) {
		a.body = append(a.body, p.ownDeed(a.param, 1, &changed))
	}
	return a
}

// ownDeed draws a statement of main. Once something has changed, nothing is called that needs the state before the step.
func (p *parts) ownDeed(param bool, depth int, changed *bool) deed {
	n := p.upTo(4 + 2*depth)
	u, at, ok := p.some(param)
	switch {
	case n <= 2 && ok:
		c := pick(p.world, p.acts)
		if c.old && *changed {
			break
		}
		*changed = true
		return deed{call: c, at: "@" + u.name + ".{" + at + "}", arg: pick(p.world, []string{"0", "1", "z", "z + 1"})}
	case n == 3:
		*changed = true
		return deed{text: "z = 1 - z"}
	case n == 4 && ok:
		*changed = true
		return deed{text: "@" + u.name + ".b{" + at + "} = z"}
	case n > 4:
		heads := []string{"either", " or"}
		if n == 6 {
			heads = []string{"if " + p.atom(param), " else"}
		}
		return deed{heads: heads, blocks: [][]deed{{p.ownDeed(param, depth-1, changed)}, {p.ownDeed(param, depth-1, changed)}}}
	}
	return deed{text: "skip"}
}

// calls tells whether statements call an action of a part.
func calls(list []deed, u *use, a *act) bool {
	return slices.ContainsFunc(list, func(d deed) bool {
		return d.call == a && strings.HasPrefix(d.at, "@"+u.name+".") || slices.ContainsFunc(d.blocks, func(b []deed) bool { return calls(b, u, a) })
	})
}

// hide draws which of the actions that are called happen there only.
func (p *parts) hide() {
	for i := range p.used {
		u := &p.used[i]
		for _, a := range p.acts {
			called := slices.ContainsFunc(p.whole, func(o ownAct) bool { return calls(o.body, u, a) })
			if called && p.oneIn(2) {
				u.hides = append(u.hides, a)
			}
		}
	}
}

// event draws an action that happens by itself.
func (p *parts) event() string {
	u := &p.used[p.upTo(len(p.used)-1)]
	for _, a := range p.acts {
		if u.has(a.name) {
			return "@" + u.name + "." + a.name + "{}"
		}
	}
	return p.whole[0].name // which calls what is hidden
}

// domains draws what the parts of an array see and do, and that they are isolated.
func (p *parts) domains() {
	if !p.used[0].array || p.oneIn(2) {
		return
	}
	var does []string
	for _, a := range p.acts {
		if !p.used[0].has(a.name) {
			continue
		}
		who, where := "t", ""
		if p.oneIn(3) {
			who, where = "w", pick(p.world, []string{" where w == t", " where w == t and @part.a{w} < 2", " where w != t or z == 0"})
		}
		if a.param {
			who += ", _"
		}
		does = append(does, "@part."+a.name+"{}("+who+")"+where)
	}
	if len(does) > 0 {
		p.sees = pick(p.world, []string{"@part.a{t}", "@part.b{t}", "@part.a{t}, @part.b{t}", "@part.a{t} == z"})
		p.does = strings.Join(does, ", ")
	}
}

// mutant draws a mutant of an action of the part.
func (p *parts) mutant() {
	u := &p.used[p.upTo(len(p.used)-1)]
	a, f := pick(p.world, p.acts), pick(p.world, p.facts)
	if !u.has(a.name) {
		return
	}
	breaks := pick(p.world, []string{"@" + u.name + "." + f.name + "{}", "deadlock", "fault"})
	if !u.has(f.text) {
		breaks = "deadlock"
	}
	at := ""
	if u.array {
		at = "i"
	}
	name := "@" + u.name + "."
	p.wrong = append(p.wrong, mutant{name + a.name + "{}", breaks, pick(p.world, []string{
		"when true", "when " + name + "ready{" + at + "}(0)", "{ skip }", "{ " + name + "a{" + at + "} = 2 }",
		"when z == 0 { " + name + "b{" + at + "} = 0; z = 1 }",
	})})
}

// ofWhole says what main has of its own.
func (p *parts) ofWhole(w *strings.Builder, v voice) {
	for _, a := range p.whole {
		text := a.fair + "action " + a.name
		if a.param {
			text += "(i: I)"
		}
		if a.guard != "" {
			text += " when " + v.say(a.guard)
		}
		fmt.Fprintf(w, "%s { %s }\n", text, p.do(v, a.body))
	}
	for _, f := range p.claims {
		fmt.Fprintf(w, "%s %s { %s }\n", f.kind, f.name, v.say(f.text))
	}
	if p.sees != "" {
		fmt.Fprintf(w, "observe who(t: I) { %s }\nacts who(t) = { %s }\nisolated Apart { t, u in I where t != u }\n", v.say(p.sees), v.say(p.does))
	}
	if p.over != "" {
		fmt.Fprintf(w, "terminal { %s }\n", v.say(p.over))
	}
	for i, m := range p.wrong {
		fmt.Fprintf(w, "mutant M%d of %s breaks %s %s\n", i, v.say(m.of), v.say(m.breaks), v.say(m.text))
	}
}

// head is how both files begin.
func (p *parts) head() string {
	return "model Main\ntype I = " + p.index + "\ntype W = 0..1\nstate { z: 0..1 = 0 }\n"
}

// main writes the file that uses the part.
func (p *parts) main() {
	w := &p.inMain
	w.WriteString(p.head())
	var checks []string
	for i := range p.used {
		u := &p.used[i]
		index, sets := "", []string{}
		if u.array {
			index = "[i: I]"
		}
		if u.k != "" {
			sets = append(sets, "K = "+u.k)
		}
		if u.given {
			sets = append(sets, "V = W")
		}
		fmt.Fprintf(w, "use \"part.bh\" as %s%s { %s }\n", u.name, index, strings.Join(sets, "; "))
		for _, a := range u.hides {
			fmt.Fprintf(w, "hide %s.%s\n", u.name, a.name)
		}
		for _, f := range p.facts {
			if u.has(f.text) {
				checks = append(checks, u.name+"."+f.name)
			}
		}
		for _, a := range p.acts {
			if a.ensures != "" && u.has(a.name) {
				checks = append(checks, u.name+"."+a.name+".ensures")
			}
		}
	}
	if len(checks) > 0 {
		fmt.Fprintf(w, "check %s\n", strings.Join(checks, ", "))
	}
	p.ofWhole(w, voice{})
}

// byHand writes the flat file.
func (p *parts) byHand() {
	w := &p.flat
	w.WriteString(p.head())
	var ends []string
	for i := range p.used {
		u := &p.used[i]
		k, set := "1", "0..2"
		if u.k != "" {
			k = u.k
		}
		if u.given {
			set = "W"
		}
		fmt.Fprintf(w, "const %s_K = %s\ntype %s_V = %s\n", u.name, k, u.name, set)
		v, params, from, all := voice{flat: true, use: u}, "", "", ""
		if u.array {
			v.index, params, from, all = "i", "i: I, ", "map[I]", "forall i in I: "
		}
		p.common(w, v, params, from)
		for _, a := range p.acts {
			if u.has(a.name) {
				fmt.Fprintln(w, p.action(v, a, v.index))
			}
		}
		for _, f := range p.facts {
			if u.has(f.text) {
				fmt.Fprintf(w, "%s %s_%s { %s }\n", f.kind, u.name, f.name, p.ofAll(v, f))
			}
		}
		if p.ends != "" {
			ends = append(ends, "("+all+v.say(p.ends)+")")
		}
	}
	if p.over == "" && len(ends) > 0 {
		fmt.Fprintf(w, "terminal { %s }\n", strings.Join(ends, " and "))
	}
	p.ofWhole(w, voice{flat: true})
}

// ofAll says a claim of the part by hand: of an array, of all indices, or for something to be reached, of some.
func (p *parts) ofAll(v voice, f fact) string {
	text := v.say(f.text)
	if !v.use.array {
		return text
	}
	for _, a := range p.acts { // an event takes the index first
		event := v.use.name + "_" + a.name
		switch {
		case strings.Contains(text, event+"("):
			text = strings.ReplaceAll(text, event+"(", event+"(i, ")
		case a.param:
			text = strings.ReplaceAll(text, event, event+"(i, _)")
		default:
			text = strings.ReplaceAll(text, event, event+"(i)")
		}
	}
	switch {
	case f.kind == "reachable":
		return "exists i in I: " + text
	case strings.HasPrefix(text, "max("):
		return strings.Replace(text, "max(", "max(max i in I: ", 1)
	}
	return "forall i in I: " + text
}
