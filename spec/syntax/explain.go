package syntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// explain turns the error of a parse into words.
func explain(err error, s *scanner) *Error {
	var own *Error
	var mine *syntaxError
	var theirs *participle.UnexpectedTokenError
	var other participle.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &mine):
		return mismatch{scanner: s, got: mine.got, want: mine.want, inExpr: true}.explain()
	case errors.As(err, &theirs):
		// The node that did not match is not exported, so its grammar is read back from the message.
		grammar := strings.TrimPrefix(theirs.Message(), fmt.Sprintf("unexpected token %q", theirs.Unexpected))
		grammar = strings.TrimSuffix(strings.TrimPrefix(grammar, " (expected "), ")")
		return mismatch{scanner: s, got: theirs.Unexpected, want: wantWords(grammar)}.explain()
	case errors.As(err, &other):
		return &Error{Pos: other.Position(), Msg: other.Message()}
	}
	return &Error{Pos: s.tokens[0].Pos, Msg: err.Error()}
}

// productions says what the node types are called in messages.
var productions = map[string]string{
	"Ident": "a name", "Expr": "an expression", "TypeExpr": "a type", "Block": "`{`", "Stmt": "a statement",
	"Decl": "a declaration", "StateVar": "a variable", "ParamGroup": "a parameter", "ConfigValue": "a constant",
	"Path": "a name", "Pattern": "a pattern", "StmtArm": "a pattern", "Binders": "a name", "CondBlock": "a condition",
	"ScenarioStep": "an action, `expect` or `refuse`", "ActionCall": "an action", "ActsEntry": "an action", "<ident>": "a name",
	"<string>": "a path in quotes",
}

// wantWords says in words what a phrase of grammar, in EBNF, begins with. An empty phrase is the whole file.
func wantWords(grammar string) string {
	if grammar == "" {
		return "a declaration"
	}
	var words []string
	for {
		grammar = strings.TrimLeft(grammar, "( ")
		n := strings.IndexAny(grammar, " )?*+")
		if strings.HasPrefix(grammar, `"`) {
			n = strings.IndexByte(grammar[1:], '"') + 2
		}
		if n < 0 {
			n = len(grammar)
		}
		word := grammar[:n]
		grammar = grammar[n:]
		if literal := strings.Trim(word, `"`); literal != word {
			word = "`" + literal + "`"
			if literal == ";" {
				word = "end of line"
			}
		} else if human := productions[word]; human != "" {
			word = human
		}
		words = append(words, word)
		next, ok := strings.CutPrefix(grammar, " | ")
		if !ok {
			return orList(words)
		}
		grammar = next
	}
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// mismatch is a token that does not fit, and what would have fitted.
type mismatch struct {
	*scanner
	got    lexer.Token
	want   string
	inExpr bool // it is inside an expression or a type
}

// explain finds the sentence for the mismatch, the most telling one first.
func (m mismatch) explain() *Error {
	i := m.tokenAt(m.got.Pos.Offset)
	for m.tokens[i].Type != m.got.Type && i+1 < len(m.tokens) {
		i++ // the end of the last line stands where the file ends
	}
	e := &Error{Pos: m.got.Pos}
	open := m.opener(i)
	start := m.statement(i)
	e.Msg = m.special(e, i, start, open)
	if e.Msg == "" {
		m.want = m.wantedIn(i, open)
		e.Msg = "got " + m.gotWords() + ", want " + m.want
		if near := nearest(m.got.Value, continuingWords); m.got.Type == identToken && near != "" {
			e.Msg += ": did you mean `" + near + "`?"
		}
	}
	unfinished := m.got.EOF() || slices.Contains(declWords, m.got.Value) && m.got.Type == keywordToken &&
		strings.HasSuffix(m.want, "`}`") && m.before(i).Pos.Line < m.got.Pos.Line
	if unfinished && open >= 0 {
		t := m.tokens[open]
		e.Notes = append(e.Notes, Note{Pos: t.Pos, Msg: "this `" + t.Value + "` is not closed"})
	}
	return e
}

// opener gives the index of the innermost bracket open before token i, or -1.
func (m mismatch) opener(i int) int {
	depth := 0
	for i--; i >= 0; i-- {
		switch m.tokens[i].Value {
		case ")", "]", "}":
			depth++
		case "(", "[", "{":
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return -1
}

// statement gives the index of the first token of the statement or declaration that token i is in.
func (m mismatch) statement(i int) int {
	depth := 0
	for ; i > 0; i-- {
		switch m.tokens[i-1].Value {
		case ")", "]", "}":
			depth++
		case "(", "[":
			depth--
		case "{":
			if depth--; depth < 0 {
				return i
			}
		case ";":
			if depth <= 0 {
				return i
			}
		}
	}
	return 0
}

// before gives token i-1, or the zero token.
func (m mismatch) before(i int) lexer.Token {
	if i < 1 {
		return lexer.Token{}
	}
	return m.tokens[i-1]
}

func (m mismatch) gotWords() string {
	switch {
	case m.got.EOF():
		return "end of file"
	case m.got.Type == newlineToken:
		return "end of line"
	case m.got.Type == keywordToken && strings.HasPrefix(m.want, "a"):
		return "the keyword " + quote(m.got.Value)
	}
	return quote(m.got.Value)
}

// wantedIn adds to what is wanted what else could have stood there.
func (m mismatch) wantedIn(i, open int) string {
	if open < 0 || m.inExpr {
		return m.want
	}
	owner := m.tokens[m.statement(open)]
	if owner.Value == "(" || owner.Value == "[" {
		return m.want
	}
	item := map[string]string{"state": "a variable", "config": "a constant", "scenario": "an action"}[owner.Value]
	if item == "" {
		item = "a statement"
	}
	isFormula := slices.Contains(formulaWords, owner.Value) || m.before(open).Value == "from"
	switch {
	case m.want == "`}`" && i == open+1 && !isFormula, m.before(i).Value == ";" && strings.HasPrefix(m.want, item):
		return item + " or `}`"
	case m.want == "`}`" && owner.Value != "match" && !isFormula:
		return "end of line or `}`"
	case m.want == "`)`" && m.before(i).Value == "(":
		return "a parameter or `)`"
	}
	return m.want
}

// continuingWords go on with a statement or a declaration; a name where one of them may stand may be a slip.
var continuingWords = []string{"else", "then", "where", "via", "with", "breaks", "ensures", "decreases", "when", "from"}

// formulaWords begin declarations whose braces hold one expression.
var formulaWords = []string{"invariant", "step", "reachable", "property", "bound", "terminal"}

// special gives the message of a mistake that is known by what surrounds token i, or "". The statement that i is in
// begins at token start.
func (m mismatch) special(e *Error, i, start, open int) string {
	prev := m.before(i)
	atDecl := open < 0 && !m.inExpr && (prev.Value == ";" || i == 0)
	switch {
	case m.got.Type == reservedToken:
		return m.reservedMessage(i)
	case m.got.Value == "any" && m.want == "an expression":
		return "`any` stands only as the whole initialiser of a state variable"
	case m.got.Value == "when" && open < 0 && (atDecl || prev.Value == "}"):
		return "`when` stands before the body: `action A when condition { … }`"
	case m.got.Type == newlineToken && m.want == "`{`" && m.tokens[i+1].Value == "{":
		return "got end of line, want `{` on the same line"
	case m.got.Value == "=" && m.comparing(i):
		return "got `=`, want `==`: `=` does not compare"
	case strings.HasPrefix(m.want, "`=`, `+=`"):
		return m.notAssigned(i, start)
	case atDecl:
		return m.notDeclared(e, i)
	}
	return ""
}

func (m mismatch) reservedMessage(i int) string {
	msg := fmt.Sprintf("%s (`%s`) are not built yet", reserved[m.got.Value], m.got.Value)
	if i+1 < len(m.tokens) {
		switch m.tokens[i+1].Value {
		case ":", ",", "=", "+=", "-=", ")":
			msg += ", and their word cannot be a name"
		}
	}
	return msg
}

// comparing tells whether "=", token i, stands where an expression could go on.
func (m mismatch) comparing(i int) bool {
	prev := m.before(i)
	if !endsStatement(prev) && prev.Value != "none" || m.want == "a type" || strings.Contains(m.want, "`=`") {
		return false
	}
	header := m.want == "`{`" && i >= 2 && slices.Contains(declWords, m.tokens[i-2].Value)
	return !header && m.want != "a parameter" && m.want != "`:`"
}

// notAssigned is the message for an expression where a statement should stand: it was read as the target of an
// assignment.
func (m mismatch) notAssigned(i, start int) string {
	for _, t := range m.tokens[start:i] {
		if t.Value == "==" {
			return "got a comparison, want a statement: `=` assigns, `==` compares"
		}
	}
	if first := m.tokens[start]; first.Type == identToken && i == start+1 {
		if near := nearest(first.Value, stmtWords); near != "" {
			return fmt.Sprintf("got %s after %s, want %s: did you mean `%s`?", m.gotWords(), quote(first.Value), m.want, near)
		}
	}
	if m.got.Value == ";" || m.got.Value == "}" {
		return "got an expression, want a statement: " + m.want + " is missing"
	}
	return ""
}

// notDeclared is the message for a token that no declaration begins with.
func (m mismatch) notDeclared(e *Error, i int) string {
	switch {
	case m.got.Value == "model" && m.tokens[0].Value == "model" && i > 0:
		e.Notes = append(e.Notes, Note{Pos: m.tokens[0].Pos, Msg: "the first one is here"})
		return "got a second `model`, want one in a file"
	case m.got.Value == "model":
		return "`model` must stand before all declarations"
	case m.got.Type == identToken:
		if near := nearest(m.got.Value, append([]string{"model"}, declWords...)); near != "" {
			return fmt.Sprintf("got %s, want a declaration: did you mean `%s`?", quote(m.got.Value), near)
		}
	case slices.Contains(stmtWords, m.got.Value):
		return fmt.Sprintf("got `%s`, want a declaration: statements stand in the braces of an action or of `init`", m.got.Value)
	case m.got.EOF():
		return "got end of file, want a declaration"
	}
	return "got " + m.gotWords() + ", want a declaration"
}

// Nearest gives the name that is nearly the given one, whatever the case of letters, or "".
func Nearest(name string, names []string) string {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	if i := slices.Index(lower, nearest(name, lower)); i >= 0 {
		return names[i]
	}
	return ""
}

// nearest gives the word that differs from the given one by at most two edits (one in short words), or "".
func nearest(word string, words []string) string {
	if len(word) > 20 {
		return ""
	}
	best, at := "", 3
	for _, w := range words {
		most := 2
		if len(w) <= 4 {
			most = 1
		}
		if d := editDistance(strings.ToLower(word), w); d <= most && d < at {
			best, at = w, d
		}
	}
	return best
}

// editDistance counts insertions, deletions, replacements and exchanges of neighbours.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
