package syntax

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of token. A literal in a grammar tag matches a token by its text, whatever its kind, so no two kinds may
// share texts: strings keep their quotes.
const (
	identToken    lexer.TokenType = iota + 1
	intToken                      // decimal digits with _ between them
	stringToken                   // with its quotes
	keywordToken                  // never a name
	reservedToken                 // a keyword to be
	opToken                       // brackets, operators and punctuation, also an explicit ";"
	newlineToken                  // a ";" that stands for the end of a line or of the file
)

var symbols = map[string]lexer.TokenType{
	"EOF":      lexer.EOF,
	"Ident":    identToken,
	"Int":      intToken,
	"String":   stringToken,
	"Keyword":  keywordToken,
	"Reserved": reservedToken,
	"Op":       opToken,
	"Newline":  newlineToken,
}

func wordSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// declWords begin declarations.
var declWords = []string{
	"import", "use", "hide", "const", "assume", "type", "state", "init", "func", "action", "fair", "strong", "invariant", "step",
	"reachable", "property", "bound", "terminal", "mutant", "scenario", "config", "observe", "acts", "isolated",
	"refines",
}

// stmtWords begin statements other than assignments.
var stmtWords = []string{"if", "for", "choose", "either", "let", "assert", "when", "skip", "match"}

var keywords = wordSet(slices.Concat(declWords, stmtWords, []string{
	"model", "ensures", "of", "breaks", "from", "expect", "refuse", "enum", "symmetric", "record", "union", "option",
	"map", "set", "seq", "bag", "decreases", "any", "then", "else", "in", "where", "or", "forall", "exists", "count",
	"sum", "pick", "and", "not", "implies", "iff", "subset", "minus", "intersect", "with", "old", "is", "true", "false",
	"none", "some", "always", "eventually", "next", "can", "until", "release", "weak", "within", "via",
})...)

// reserved says what each word that is not built yet belongs to.
var reserved = map[string]string{
	"prob":   "probabilities",
	"rate":   "rates",
	"reward": "rewards",
}

// endingWords are the keywords after which a newline ends a statement, as it does after names, literals and closing
// brackets.
var endingWords = wordSet("any", "none", "some", "true", "false", "skip")

// continuing are the tokens that no statement begins with: a newline before one of them ends nothing. For "when" see
// scanner.continues.
var continuing = wordSet(
	"and", "or", "implies", "iff", "in", "is", "union", "intersect", "minus", "subset",
	"==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "..", "~>", "|", ",", "=",
	"until", "release", "weak", "within", "via", "then", "else", "where", "with", "breaks", "of", "from", "ensures", "decreases", ")", "]", "}",
)

// endsStatement tells whether a newline after t may end a statement.
func endsStatement(t lexer.Token) bool {
	switch t.Type {
	case identToken, intToken, stringToken:
		return true
	case keywordToken:
		return endingWords[t.Value]
	}
	return t.Value == ")" || t.Value == "]" || t.Value == "}"
}
