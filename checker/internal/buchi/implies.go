package buchi

// implies tells whether every word of which a is true is one of which b is, as far as the shape of the formulas shows
// (Somenzi and Bloem, Efficient Büchi automata from LTL formulae, CAV 2000).
func (t *table) implies(a, b id) bool {
	if a == b || a == idFalse || b == idTrue {
		return true
	}
	if a == idTrue || b == idFalse {
		return false
	}
	known, ok := t.weak[[2]id{a, b}]
	if !ok {
		known = t.shows(a, b)
		t.weak[[2]id{a, b}] = known
	}
	return known
}

func (t *table) shows(a, b id) bool {
	x, y := &t.nodes[a], &t.nodes[b]
	switch {
	case y.op == opAnd:
		return t.impliesAll(a, y.kids)
	case x.op == opOr:
		for _, k := range x.kids {
			if !t.implies(k, b) {
				return false
			}
		}
		return true
	}
	if x.op == opAnd {
		for _, k := range x.kids {
			if t.implies(k, b) {
				return true
			}
		}
	}
	if y.op == opOr {
		for _, k := range y.kids {
			if t.implies(a, k) {
				return true
			}
		}
	}
	switch y.op {
	case opNext:
		if x.op == opNext && t.implies(x.kids[0], y.kids[0]) || x.universal && t.implies(a, y.kids[0]) {
			return true
		}
	case opUntil:
		c, d := y.kids[0], y.kids[1]
		if t.implies(a, d) || x.op == opUntil && t.implies(x.kids[0], c) && t.implies(x.kids[1], d) {
			return true
		}
	case opRelease:
		c, d := y.kids[0], y.kids[1]
		if t.implies(a, d) && (t.implies(a, c) || c == idFalse && x.universal) ||
			x.op == opRelease && t.implies(x.kids[0], c) && t.implies(x.kids[1], d) {
			return true
		}
	}
	switch x.op {
	case opNext:
		return y.eventual && t.implies(x.kids[0], b)
	case opUntil:
		c, d := x.kids[0], x.kids[1] // c until d implies eventually d
		return t.implies(d, b) && (t.implies(c, b) || y.eventual)
	case opRelease:
		return t.implies(x.kids[1], b)
	}
	return false
}

func (t *table) impliesAll(a id, list []id) bool {
	for _, b := range list {
		if !t.implies(a, b) {
			return false
		}
	}
	return true
}
