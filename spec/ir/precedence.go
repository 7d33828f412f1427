package ir

import (
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// The levels of precedence, loosest first. A text of one level stands without parentheses where that level or a looser
// one is wanted.
const (
	loosest = iota
	quantLevel
	iffLevel
	impliesLevel
	leadsToLevel
	orLevel
	andLevel
	untilLevel
	notLevel
	compareLevel
	unionLevel
	intersectLevel
	rangeLevel
	addLevel
	mulLevel
	negLevel
	withLevel
	postfixLevel
	primaryLevel
)

// level is the precedence of what bare makes of e.
func (pr *printer) level(e *Expr) int {
	if _, _, ok := betweenParts(e); ok || e.Form == Beyond {
		return compareLevel
	}
	switch e.Op {
	case Const:
		if e.Type.IsInt() && e.Int < 0 {
			return negLevel
		}
		return primaryLevel
	case LoadLocal:
		if strings.HasPrefix(pr.local(e.Local), "-") {
			return negLevel
		}
		return primaryLevel
	case Narrow, Clip, MapFill:
		return pr.level(e.Args[0])
	case Not:
		if x := e.Args[0]; x.Op == Eq && !isIff(x) || x.Op == In {
			return compareLevel
		}
		return notLevel
	case Eq:
		if isIff(e) {
			return iffLevel
		}
		return compareLevel
	case Lt, Le, In, Subset, IsCtor:
		return compareLevel
	case And:
		return andLevel
	case Or:
		return orLevel
	case Implies:
		return impliesLevel
	case Union, Minus:
		return unionLevel
	case Intersect:
		return intersectLevel
	case Add, Sub:
		return addLevel
	case Mul, Div, Mod:
		return mulLevel
	case Neg:
		return negLevel
	case If, Let, Forall, Exists, Sum, Pick:
		return quantLevel
	case Count:
		if isConst(e.Args[0], 1) && isWhole(e) {
			return postfixLevel
		}
		return quantLevel
	case MinOver, MaxOver:
		if isIdentity(e) && e.Where == nil {
			return postfixLevel
		}
		return quantLevel
	case SetAll:
		if t := e.Type.Elem; t.Name == "" && t.Kind == types.Range {
			return rangeLevel
		}
		return primaryLevel
	case SetOver:
		if isIdentity(e) && e.Where == nil && e.Binders[0].Where == nil {
			return pr.domainLevel(&e.Binders[0])
		}
		return primaryLevel
	case WithField, WithKey:
		return withLevel
	case RecordLit, Ctor, Index, SeqIndex, Field, Value, Call:
		return postfixLevel
	}
	return primaryLevel
}

// isIff tells whether an Eq compares truth values by iff.
func isIff(e *Expr) bool { return e.Form != Equals && isBool(e.Args[0]) }

func isBool(e *Expr) bool { return e.Type.Kind == types.Bool }

func isConst(e *Expr, v int64) bool { return e.Op == Const && isBool(e) && e.Int == v }

// isIdentity tells whether e goes through one binder and takes its values as they are.
func isIdentity(e *Expr) bool {
	if len(e.Binders) != 1 || len(e.Args) != 1 {
		return false
	}
	x := e.Args[0]
	for x.Op == Narrow || x.Op == Clip {
		x = x.Args[0]
	}
	return x.Op == LoadLocal && x.Local == e.Binders[0].Local
}

// isWhole tells whether e goes through one binder without a condition outside its domain.
func isWhole(e *Expr) bool { return len(e.Binders) == 1 && e.Where == nil }
