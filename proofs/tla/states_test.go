package tla_test

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// An explorer of the modules that are written here, as TLC does it (getInitStates and getNextStates of its Tool.java): it goes through a formula
// from the left, where x = e and x' = e give a variable that has no value yet one. Disjunctions and \E are ways, all of which it goes,
// \A is a conjunction, and of => what is right of it; names stand for their definitions, also those of LET. All else is asked.

// spend takes from the budget what something costs: an expression, or each element of a value that is made.
func spend(cost int) {
	if budget -= cost; budget < 0 {
		panic(tooLong)
	}
}

// thing is a value of TLA+: a number, a truth value, a string, a set, or a function, which sequences and records are, too.
type thing struct {
	kind byte // n b s S F
	n    int64
	s    string
	keys []thing // of a function; the elements of a set
	vals []thing
	key  string
}

func numeral(n int64) thing { return thing{kind: 'n', n: n, key: strconv.FormatInt(n, 10)} }

func boolean(b bool) thing {
	t := thing{kind: 'b', key: "F"}
	if b {
		t.n, t.key = 1, "T"
	}
	return t
}

func word(s string) thing { return thing{kind: 's', s: s, key: strconv.Quote(s)} }

func setOf(es []thing) thing {
	spend(len(es))
	es = slices.Clone(es)
	sort.Slice(es, func(i, j int) bool { return es[i].key < es[j].key })
	es = slices.CompactFunc(es, func(a, b thing) bool { return a.key == b.key })
	var b strings.Builder
	for _, e := range es {
		b.WriteString(e.key + ",")
	}
	return thing{kind: 'S', keys: es, key: "{" + b.String() + "}"}
}

func functionOf(keys, vals []thing) thing {
	spend(len(keys))
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return keys[order[i]].key < keys[order[j]].key })
	t := thing{kind: 'F'}
	var b strings.Builder
	for _, i := range order {
		t.keys, t.vals = append(t.keys, keys[i]), append(t.vals, vals[i])
		b.WriteString(keys[i].key + ":" + vals[i].key + ",")
	}
	t.key = "[" + b.String() + "]"
	return t
}

func tupleOf(vals []thing) thing {
	var keys []thing
	for i := range vals {
		keys = append(keys, numeral(int64(i+1)))
	}
	return functionOf(keys, vals)
}

// items is a sequence as a list.
func (t thing) items() []thing {
	out := make([]thing, len(t.keys))
	for i, k := range t.keys {
		if k.kind != 'n' || k.n < 1 || int(k.n) > len(out) {
			panic(evalError("not a sequence: " + t.key))
		}
		out[k.n-1] = t.vals[i]
	}
	return out
}

func (t thing) at(key thing) thing {
	i, ok := sort.Find(len(t.keys), func(i int) int { return strings.Compare(key.key, t.keys[i].key) })
	if !ok || t.kind != 'F' {
		panic(evalError(t.key + " is applied to " + key.key + ", outside its domain"))
	}
	return t.vals[i]
}

func (t thing) has(e thing) bool {
	if t.kind != 'S' {
		panic(evalError("not a set: " + t.key))
	}
	_, ok := sort.Find(len(t.keys), func(i int) int { return strings.Compare(e.key, t.keys[i].key) })
	return ok
}

type evalError string

func (e evalError) Error() string { return string(e) }

// world is what names stand for: the variables now and next, by name, and the bound names.
type world struct {
	m     *module
	now   map[string]thing
	next  map[string]thing
	local *named
}

// budget is how many expressions an exploration may still evaluate; it ends with tooLong.
var budget int

const tooLong = evalError("it takes too long")

type named struct {
	name  string
	to    thing
	from  *todo // what LET defines it to be
	outer *named
}

func (w world) with(name string, to thing) world {
	w.local = &named{name: name, to: to, outer: w.local}
	return w
}

func (w world) eval(n *node) thing {
	spend(1)
	switch n.kind {
	case "number":
		k, err := strconv.ParseInt(n.text, 10, 64)
		if err != nil {
			panic(tooLong)
		}
		return numeral(k)
	case "string":
		return word(n.text)
	case "TRUE", "FALSE":
		return boolean(n.kind == "TRUE")
	case "BOOLEAN":
		return setOf([]thing{boolean(false), boolean(true)})
	case "name", "":
		return w.name(n)
	case "'":
		w.now = w.next
		return w.eval(n.args[0])
	case "list/\\":
		for _, a := range n.args {
			if !w.holds(a) {
				return boolean(false)
			}
		}
		return boolean(true)
	case "list\\/":
		return boolean(slices.ContainsFunc(n.args, w.holds))
	case "/\\":
		return boolean(w.holds(n.args[0]) && w.holds(n.args[1]))
	case "\\/":
		return boolean(w.holds(n.args[0]) || w.holds(n.args[1]))
	case "=>":
		return boolean(!w.holds(n.args[0]) || w.holds(n.args[1]))
	case "~":
		return boolean(!w.holds(n.args[0]))
	case "IF":
		if w.holds(n.args[0]) {
			return w.eval(n.args[1])
		}
		return w.eval(n.args[2])
	case "CASE":
		for i := 0; i < len(n.args); i += 2 {
			if w.holds(n.args[i]) {
				return w.eval(n.args[i+1])
			}
		}
		panic(evalError("no case"))
	case "LET":
		return w.with(n.bind[0], w.eval(n.args[0])).eval(n.args[1])
	case "()":
		return w.eval(n.args[0])
	case "\\A", "\\E", "CHOOSE", "filter", "image", "function":
		return w.binding(n)
	case "\\in":
		return boolean(w.member(w.eval(n.args[0]), n.args[1]))
	case "UNCHANGED":
		return boolean(w.eval(n.args[0]).key == world{w.m, w.next, nil, w.local}.eval(n.args[0]).key)
	case "EXCEPT":
		return w.except(w.eval(n.args[0]), n.path, n.args[len(n.args)-1].args[1])
	case "apply":
		return w.eval(n.args[0]).at(w.index(n.args[1]))
	case "field":
		return w.eval(n.args[0]).at(word(n.text))
	case "|->":
		var keys, vals []thing
		for i, k := range n.keys {
			keys, vals = append(keys, word(k)), append(vals, w.eval(n.args[i]))
		}
		return functionOf(keys, vals)
	}
	var args []thing
	for _, a := range n.args {
		args = append(args, w.eval(a))
	}
	return operate(n, args)
}

func (w world) holds(n *node) bool {
	t := w.eval(n)
	if t.kind != 'b' {
		panic(evalError("not a truth value: " + t.key))
	}
	return t.n == 1
}

// index is what stands in brackets: one value, or a tuple of several.
func (w world) index(n *node) thing {
	var vals []thing
	for _, a := range n.args {
		vals = append(vals, w.eval(a))
	}
	if len(vals) == 1 {
		return vals[0]
	}
	return tupleOf(vals)
}

func (w world) except(f thing, path []*node, value *node) thing {
	if len(path) == 0 {
		return w.with("@", f).eval(value)
	}
	key := word(path[0].text)
	if path[0].kind != "string" {
		key = w.index(path[0])
	}
	vals := slices.Clone(f.vals)
	for i, k := range f.keys {
		if k.key == key.key {
			vals[i] = w.except(vals[i], path[1:], value)
			return functionOf(f.keys, vals)
		}
	}
	panic(evalError("EXCEPT outside the domain of " + f.key))
}

func (w world) name(n *node) thing {
	for l := w.local; l != nil; l = l.outer {
		if l.name == n.name {
			return l.to
		}
	}
	if t, ok := w.now[n.name]; ok {
		return t
	}
	if body, ok := w.m.bodies[n.name]; ok {
		in := world{m: w.m, now: w.now, next: w.next}
		for i, p := range w.m.params[n.name] {
			in = in.with(p, w.eval(n.args[i]))
		}
		return in.eval(body)
	}
	var args []thing
	for _, a := range n.args {
		args = append(args, w.eval(a))
	}
	switch n.name {
	case "Cardinality":
		return numeral(int64(len(args[0].keys)))
	case "Len":
		return numeral(int64(len(args[0].items())))
	case "Head":
		if q := args[0].items(); len(q) > 0 {
			return q[0]
		}
	case "Tail":
		if q := args[0].items(); len(q) > 0 {
			return tupleOf(q[1:])
		}
	case "Append":
		return tupleOf(append(slices.Clone(args[0].items()), args[1]))
	}
	panic(evalError("no value: " + n.name))
}

// member tells whether a value is in a set, which it does not list where it can do without.
func (w world) member(v thing, set *node) bool {
	each := func(vs []thing, set *node) bool {
		return !slices.ContainsFunc(vs, func(e thing) bool { return !w.member(e, set) })
	}
	switch set.kind {
	case "functions":
		return v.kind == 'F' && setOf(v.keys).key == w.eval(set.args[0]).key && each(v.vals, set.args[1])
	case "()":
		return w.member(v, set.args[0])
	case "SUBSET":
		return v.kind == 'S' && each(v.keys, set.args[0])
	case "\\cup":
		return w.member(v, set.args[0]) || w.member(v, set.args[1])
	case ":":
		if v.kind != 'F' || len(v.keys) != len(set.keys) {
			return false
		}
		for i, k := range set.keys {
			if !slices.ContainsFunc(v.keys, func(key thing) bool { return key.key == word(k).key }) || !w.member(v.at(word(k)), set.args[i]) {
				return false
			}
		}
		return true
	case "name":
		switch set.name {
		case "Option":
			return v.kind == 'F' && len(v.keys) <= 1 && each(v.items(), set.args[0])
		case "SeqUpTo":
			return v.kind == 'F' && int64(len(v.keys)) <= w.eval(set.args[1]).n && each(v.items(), set.args[0])
		}
		if body, ok := w.m.bodies[set.name]; ok && len(set.args) == 0 {
			return w.member(v, body)
		}
	}
	return w.eval(set).has(v)
}

func (w world) binding(n *node) thing {
	set := w.eval(n.args[0])
	if set.kind != 'S' {
		panic(evalError("not a set: " + set.key))
	}
	var out []thing
	for _, e := range set.keys {
		in := w.with(n.bind[0], e)
		switch n.kind {
		case "\\A":
			if !in.holds(n.args[1]) {
				return boolean(false)
			}
		case "\\E":
			if in.holds(n.args[1]) {
				return boolean(true)
			}
		case "CHOOSE":
			if in.holds(n.args[1]) {
				return e
			}
		case "filter":
			if in.holds(n.args[1]) {
				out = append(out, e)
			}
		default:
			out = append(out, in.eval(n.args[1]))
		}
	}
	switch n.kind {
	case "\\A":
		return boolean(true)
	case "\\E":
		return boolean(false)
	case "CHOOSE":
		panic(evalError("nothing to choose"))
	case "function":
		return functionOf(set.keys, out)
	}
	return setOf(out)
}

// combinations calls visit with one value of each list, where the budget is enough for all of them.
func combinations(lists [][]thing, visit func([]thing)) {
	all := max(len(lists), 1)
	for _, l := range lists {
		if all *= len(l); all > budget {
			panic(tooLong)
		}
	}
	out := make([]thing, len(lists))
	var from func(i int)
	from = func(i int) {
		spend(1)
		if i == len(lists) {
			visit(slices.Clone(out))
			return
		}
		for _, x := range lists[i] {
			out[i] = x
			from(i + 1)
		}
	}
	from(0)
}

// The integers of TLA+ have no end. Where one does not fit, nothing is compared.
func sum(a, b int64) int64 {
	if s := a + b; (s > a) == (b > 0) {
		return s
	}
	panic(tooLong)
}

func opposite(a int64) int64 {
	if a == math.MinInt64 {
		panic(tooLong)
	}
	return -a
}

func product(a, b int64) int64 {
	if high, low := bits.Mul64(uint64(abs(a)), uint64(abs(b))); high != 0 || low > math.MaxInt64 {
		panic(tooLong)
	}
	return a * b
}

func abs(a int64) int64 {
	if a < 0 {
		return opposite(a)
	}
	return a
}

func operate(n *node, args []thing) thing {
	var out []thing
	number := func(f func(a, b int64) int64) thing {
		if args[0].kind != 'n' || args[1].kind != 'n' {
			panic(evalError("not numbers: " + args[0].key + " " + args[1].key))
		}
		return numeral(f(args[0].n, args[1].n))
	}
	less := func(f func(a, b int64) bool) thing {
		return boolean(number(func(a, b int64) int64 {
			if f(a, b) {
				return 1
			}
			return 0
		}).n == 1)
	}
	switch n.kind {
	case "=", "<=>", "#":
		if args[0].kind != args[1].kind {
			panic(evalError("values of two kinds are compared: " + args[0].key + " " + args[1].key))
		}
		return boolean((args[0].key == args[1].key) == (n.kind != "#"))
	case "<":
		return less(func(a, b int64) bool { return a < b })
	case "<=":
		return less(func(a, b int64) bool { return a <= b })
	case ">":
		return less(func(a, b int64) bool { return a > b })
	case ">=":
		return less(func(a, b int64) bool { return a >= b })
	case "+":
		return number(sum)
	case "-":
		return number(func(a, b int64) int64 { return sum(a, opposite(b)) })
	case "*":
		return number(product)
	case "-.":
		return numeral(opposite(args[0].n))
	case "\\div", "%":
		return number(func(a, b int64) int64 {
			if b <= 0 {
				panic(evalError("a divisor that is not positive"))
			}
			q, r := a/b, a%b
			if r < 0 {
				q, r = q-1, r+b
			}
			if n.kind == "%" {
				return r
			}
			return q
		})
	case "..":
		for k := args[0].n; k <= args[1].n; k++ {
			spend(1)
			out = append(out, numeral(k))
		}
		return setOf(out)
	case "\\notin":
		return boolean(!args[1].has(args[0]))
	case "\\subseteq":
		return boolean(!slices.ContainsFunc(args[0].keys, func(e thing) bool { return !args[1].has(e) }))
	case "\\cup":
		return setOf(append(slices.Clone(args[0].keys), args[1].keys...))
	case "\\cap", "\\":
		for _, e := range args[0].keys {
			if args[1].has(e) == (n.kind == "\\cap") {
				out = append(out, e)
			}
		}
		return setOf(out)
	case "\\X":
		var lists [][]thing
		for _, a := range args {
			lists = append(lists, a.keys)
		}
		combinations(lists, func(t []thing) { out = append(out, tupleOf(t)) })
		return setOf(out)
	case "SUBSET":
		if len(args[0].keys) > 30 || 1<<len(args[0].keys) > budget {
			panic(tooLong)
		}
		for mask := range 1 << len(args[0].keys) {
			var some []thing
			for i, e := range args[0].keys {
				if mask>>i&1 == 1 {
					some = append(some, e)
				}
			}
			out = append(out, setOf(some))
		}
		return setOf(out)
	case "UNION":
		for _, s := range args[0].keys {
			out = append(out, s.keys...)
		}
		return setOf(out)
	case "DOMAIN":
		return setOf(args[0].keys)
	case "set":
		return setOf(args)
	case "tuple":
		return tupleOf(args)
	case "functions", ":":
		keys := args[0].keys
		var lists [][]thing
		if n.kind == ":" {
			keys = nil
			for i, k := range n.keys {
				keys, lists = append(keys, word(k)), append(lists, args[i].keys)
			}
		} else {
			for range keys {
				lists = append(lists, args[1].keys)
			}
		}
		combinations(lists, func(t []thing) { out = append(out, functionOf(keys, t)) })
		return setOf(out)
	}
	panic(evalError(fmt.Sprintf("%s is not evaluated", n.kind)))
}

// todo is a formula that is still to be made true.
type todo struct {
	n *node
	w world
}

// solve gives the variables values, those of next for steps, for which a formula is true.
func (m *module) solve(work []todo, given map[string]thing, step bool, emit func(map[string]thing)) {
	if len(work) == 0 {
		emit(given)
		return
	}
	t, rest := work[0], work[1:]
	n := t.n
	w := t.w
	if step {
		w.next = given
	} else {
		w.now = given
	}
	t.w = w
	then := func(more ...todo) []todo { return append(more, rest...) }
	variable := func(n *node) (string, bool) {
		if step {
			if n.kind != "'" {
				return "", false
			}
			n = n.args[0]
		}
		return n.name, n.kind == "name" && slices.Contains(m.variables, n.name)
	}
	switch n.kind {
	case "list/\\", "/\\":
		var more []todo
		for _, a := range n.args {
			more = append(more, todo{a, w})
		}
		m.solve(then(more...), given, step, emit)
		return
	case "list\\/", "\\/":
		for _, a := range n.args {
			m.solve(then(todo{a, w}), given, step, emit)
		}
		return
	case "\\E":
		for _, e := range w.eval(n.args[0]).keys {
			m.solve(then(todo{n.args[1], w.with(n.bind[0], e)}), given, step, emit)
		}
		return
	case "\\A":
		var more []todo
		for _, e := range w.eval(n.args[0]).keys {
			more = append(more, todo{n.args[1], w.with(n.bind[0], e)})
		}
		m.solve(then(more...), given, step, emit)
		return
	case "=>":
		if w.holds(n.args[0]) {
			m.solve(then(todo{n.args[1], w}), given, step, emit)
			return
		}
		m.solve(rest, given, step, emit)
		return
	case "LET":
		in := w.with(n.bind[0], w.eval(n.args[0]))
		in.local.from = &todo{n.args[0], w}
		m.solve(then(todo{n.args[1], in}), given, step, emit)
		return
	case "apply":
		if f := w.from(todo{n.args[0], w}); f.n.kind == "function" {
			m.solve(then(todo{f.n.args[1], f.w.with(f.n.bind[0], w.index(n.args[1]))}), given, step, emit)
			return
		}
	case "IF":
		arm := n.args[2]
		if w.holds(n.args[0]) {
			arm = n.args[1]
		}
		m.solve(then(todo{arm, w}), given, step, emit)
		return
	case "UNCHANGED":
		names := []string{n.args[0].name}
		of := n.args[0]
		if of.name == "vars" {
			of = m.bodies["vars"]
		}
		if of.kind == "tuple" {
			names = nil
			for _, a := range of.args {
				names = append(names, a.name)
			}
		}
		after := map[string]thing{}
		for k, v := range given {
			after[k] = v
		}
		for _, name := range names {
			if old, ok := after[name]; ok && old.key != w.now[name].key {
				return
			}
			after[name] = w.now[name]
		}
		m.solve(rest, after, step, emit)
		return
	case "=", "\\in":
		name, ok := variable(n.args[0])
		if _, has := given[name]; !ok || has {
			break
		}
		values := []thing{w.eval(n.args[1])}
		if n.kind == "\\in" {
			values = values[0].keys
		}
		for _, v := range values {
			after := map[string]thing{name: v}
			for k, v := range given {
				after[k] = v
			}
			m.solve(rest, after, step, emit)
		}
		return
	case "name":
		if of := w.from(t); of.n != n {
			m.solve(then(of), given, step, emit)
			return
		}
		body, ok := m.bodies[n.name]
		if !ok {
			break
		}
		in := world{m: m, now: w.now, next: w.next}
		for i, p := range m.params[n.name] {
			in = in.with(p, w.eval(n.args[i]))
		}
		m.solve(then(todo{body, in}), given, step, emit)
		return
	}
	if w.holds(n) {
		m.solve(rest, given, step, emit)
	}
}

// from is what LET defines a name to be; anything else is itself.
func (w world) from(t todo) todo {
	for l := w.local; l != nil && t.n.kind == "name"; l = l.outer {
		if l.name == t.n.name {
			if l.from == nil {
				return t
			}
			return todo{l.from.n, l.from.w}
		}
	}
	return t
}

// found is what an exploration of a module says.
type found struct {
	states   int
	violated map[string]bool // by name of invariant or of property of steps
	dead     bool            // a state has no step
}

// explore goes through the states of a module, with what a configuration gives constants, and asks of each what it is to be asked; err is an
// evaluation that TLC would stop at.
func (m *module) explore(config string) (out found, err error) {
	out.violated = map[string]bool{}
	m.bodies["Int"] = &node{kind: "set"}
	var asked []string
	for _, line := range strings.Split(strings.TrimSpace(config), "\n") {
		f := strings.Fields(strings.TrimPrefix(line, "\\* "))
		switch f[0] {
		case "CONSTANT":
			ts, _ := scan(f[3])
			m.bodies[f[1]] = (&parser{ts: ts}).expr()
		case "INVARIANT", "PROPERTY":
			asked = append(asked, f[1])
		}
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(evalError)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%w", e)
		}
	}()
	key := func(s map[string]thing) string {
		var b strings.Builder
		for _, v := range m.variables {
			b.WriteString(s[v].key + ";")
		}
		return b.String()
	}
	for _, a := range m.assumed {
		if !(world{m: m}).holds(a) {
			return out, fmt.Errorf("an assumption is false")
		}
	}
	seen := map[string]bool{}
	var queue []map[string]thing
	visit := func(s map[string]thing) {
		if len(s) != len(m.variables) {
			panic(evalError("a variable has no value"))
		}
		if k := key(s); !seen[k] {
			seen[k] = true
			queue = append(queue, s)
			for _, name := range asked {
				if m.bodies[name].kind != "box" && !temporal(m.bodies[name]) && !out.violated[name] && !(world{m: m, now: s}).holds(m.bodies[name]) {
					out.violated[name] = true
				}
			}
		}
	}
	m.solve([]todo{{m.bodies["Init"], world{m: m}}}, map[string]thing{}, false, visit)
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		any := false
		m.solve([]todo{{m.bodies["Next"], world{m: m, now: s}}}, map[string]thing{}, true, func(t map[string]thing) {
			any = true
			visit(t)
			if key(s) == key(t) {
				return
			}
			for _, name := range asked {
				if b := m.bodies[name]; b.kind == "box" && !out.violated[name] && !(world{m: m, now: s, next: t}).holds(b.args[0]) {
					out.violated[name] = true
				}
			}
		})
		out.dead = out.dead || !any
	}
	out.states = len(seen)
	return out, nil
}

// temporal tells whether a formula is one of runs.
func temporal(n *node) bool {
	return n.kind == "[]" || n.kind == "<>" || n.kind == "~>" || slices.ContainsFunc(n.args, temporal)
}
