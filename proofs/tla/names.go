package tla

import (
	"strconv"
	"strings"
)

// keywords are the words that TLA+ has for itself, and what the standard modules that are extended define.
var keywords = words(`
	ASSUME ASSUMPTION AXIOM CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE ENABLED EXCEPT EXTENDS IF IN INSTANCE LAMBDA LET LOCAL
	MODULE OTHER RECURSIVE SF_ STRONG SUBSET THEN THEOREM UNCHANGED UNION VARIABLE VARIABLES WF_ WITH BOOLEAN FALSE TRUE STRING PROOF BY OBVIOUS
	OMITTED QED HAVE TAKE PICK SUFFICES NEW STATE ACTION TEMPORAL PROVE WITNESS DEFINE DEF DEFS HIDE USE ONLY LEMMA COROLLARY PROPOSITION
	Nat Int Real Infinity Seq Len Head Tail Append SubSeq SelectSeq Cardinality IsFiniteSet Naturals Integers Sequences FiniteSets Reals Bags TLC
	Init Next Spec TypeOK NoFault vars SumOf MinOf MaxOf Option SeqUpTo BagUpTo Stop is fun dom elem other bag len most
`)

func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// fresh gives a name of the model, or one like it where that is taken already, and takes it.
func (g *exporter) fresh(name string) string {
	name = clean(name)
	for out, n := name, 0; ; {
		if !g.taken[out] && !keywords[out] {
			g.taken[out] = true
			return out
		}
		n++
		out = name + "_" + strconv.Itoa(n)
	}
}

// clean makes an identifier of a name.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
	letter := strings.IndexFunc(name, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	if letter < 0 || strings.HasPrefix(name, "WF_") || strings.HasPrefix(name, "SF_") {
		return "v" + name
	}
	return name
}

// field is the name of a field of a record or of what a constructor carries; `is` is that of the constructor.
func field(name string) string {
	if keywords[name] && (strings.ToUpper(name) == name || name == "is") {
		return name + "_field"
	}
	return clean(name)
}
