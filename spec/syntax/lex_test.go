package syntax

import (
	"errors"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
)

// lexed gives the tokens as participle would get them, in the form kind:text.
func lexed(t *testing.T, src string) (string, error) {
	t.Helper()
	l, err := definition{}.Lex("l.bh", strings.NewReader(src))
	if err != nil {
		return "", err
	}
	tokens, err := lexer.ConsumeAll(l)
	if err != nil {
		t.Fatal(err)
	}
	names := lexer.SymbolsByRune(definition{})
	var out []string
	for _, tok := range tokens {
		out = append(out, names[tok.Type]+":"+tok.Value)
	}
	return strings.Join(out, " "), nil
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", "EOF:"},
		{"x", "Ident:x Newline:; EOF:"},
		{"x;", "Ident:x Op:; EOF:"},
		{"; ;x", "Ident:x Newline:; EOF:"},
		{"model any rate", "Keyword:model Keyword:any Reserved:rate EOF:"},
		{"1..2", "Int:1 Op:.. Int:2 Newline:; EOF:"},
		{"1.f 1_0", "Int:1 Op:. Ident:f Int:1_0 Newline:; EOF:"},
		{"a--b->c-=d", "Ident:a Op:- Op:- Ident:b Op:-> Ident:c Op:-= Ident:d Newline:; EOF:"},
		{"a<=b<c>=d!=e", "Ident:a Op:<= Ident:b Op:< Ident:c Op:>= Ident:d Op:!= Ident:e Newline:; EOF:"},
		{"a ~> b", "Ident:a Op:~> Ident:b Newline:; EOF:"},
		{`"a b"`, `String:"a b" Newline:; EOF:`},
		{"A.ensures ensures", "Ident:A Op:. Ident:ensures Keyword:ensures EOF:"},
		{"{\n;x;\n}", "Op:{ Ident:x Op:} Newline:; EOF:"},
		{"(x\ny)", "Op:( Ident:x Ident:y Op:) Newline:; EOF:"},
		{"({x\ny})", "Op:( Op:{ Ident:x Newline:; Ident:y Op:} Op:) Newline:; EOF:"},
		{"min max deadlock fault int", "Ident:min Ident:max Ident:deadlock Ident:fault Ident:int Newline:; EOF:"},
	} {
		if got, err := lexed(t, c.src); err != nil || got != c.want {
			t.Errorf("%q:\n got %s, %v\nwant %s", c.src, got, err, c.want)
		}
	}
	var e *Error
	if _, err := lexed(t, "a\n  #"); !errors.As(err, &e) || e.Pos.String() != "l.bh:2:3" {
		t.Errorf("got the error %v, want an *Error at l.bh:2:3", err)
	}
}

// Every word that the grammar of ast.go names must be a keyword, or @Ident would match it.
func TestGrammarWordsAreKeywords(t *testing.T) {
	plain := wordSet("max", "min", "longest", "as", "check") // names with a meaning by position
	for _, m := range strings.FieldsFunc(grammar().String(), func(r rune) bool { return strings.ContainsRune(" ()|?*+\n", r) }) {
		word, ok := strings.CutPrefix(m, `"`)
		word = strings.TrimSuffix(word, `"`)
		if ok && word != "" && isNameByte(word[0]) && !keywords[word] && !plain[word] {
			t.Errorf("%q stands in the grammar and is no keyword", word)
		}
	}
}
