package syntax

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// printParse: what is printed of any tree parses to that tree.
func printParse(t *rapid.T) {
	f := generator{t}.file()
	text := Print(f)
	g, err := Parse("g.bh", text)
	if err != nil {
		t.Fatalf("the printed tree does not parse: %v\n%s", err, text)
	}
	if !Equal(f, g) {
		t.Fatalf("the tree changed:\n%s\nprinted again:\n%s", text, Print(g))
	}
}

// untidyFormat: however a tree is laid out and commented, it parses to itself and obeys the laws of Format.
func untidyFormat(t *rapid.T) {
	g := generator{t}
	f := g.file()
	text := g.untidy(Print(f))
	h, err := Parse("g.bh", text)
	if err != nil {
		t.Fatalf("does not parse: %v\n%s", err, text)
	}
	if !Equal(f, h) {
		t.Fatalf("the tree changed:\n%s\nprinted again:\n%s", text, Print(h))
	}
	checkLaws(t, text)
}

// joinedFormat: blocks in blocks that all stand on one line, of which some fit the width and some do not, obey the laws too.
func joinedFormat(t *rapid.T) {
	g := generator{t}
	f := &File{Decls: some(g, 1, func() Decl { return &ActionDecl{Name: g.width(), Body: g.plainBlock(3)} })}
	var out strings.Builder
	depth := 0
	for _, tok := range scan("g.bh", Print(f)).tokens {
		switch tok.Value {
		case "{":
			depth++
		case "}":
			depth--
		case ";":
			if depth == 0 {
				out.WriteString("\n")
				continue
			}
		}
		out.WriteString(tok.Value)
		out.WriteString(g.one(" ", " ", " ", " ", " ", " ", " ", " /* c */ "))
	}
	checkLaws(t, []byte(out.String()))
}

// width draws a name of any width.
func (g generator) width() *Ident { return &Ident{Name: "w" + strings.Repeat("i", g.upTo(30))} }

func (g generator) plainBlock(depth int) *Block {
	return &Block{Stmts: some(g, 1, func() Stmt {
		kind := 0
		if depth > 0 {
			kind = g.upTo(4)
		}
		name := func() Expr { return &Name{Name: g.width().Name} }
		inner := func() *Block { return g.plainBlock(depth - 1) }
		switch kind {
		case 1:
			s := &IfStmt{Conds: some(g, 1, func() *CondBlock { return &CondBlock{Cond: name(), Body: inner()} })}
			if g.yes() {
				s.Else = inner()
			}
			return s
		case 2:
			return &EitherStmt{Branches: some(g, 2, inner)}
		case 3:
			return &MatchStmt{X: name(), Arms: []*StmtArm{{Pattern: &Pattern{Name: "_"}, Body: inner()}}}
		}
		return &AssignStmt{Target: name(), Op: "=", Value: name()}
	})}
}

func TestJoinedFormat(t *testing.T) { rapid.Check(t, joinedFormat) }

func FuzzJoinedFormat(f *testing.F) { f.Fuzz(rapid.MakeFuzz(joinedFormat)) }

func TestPrintParse(t *testing.T) { rapid.Check(t, printParse) }

func TestUntidyFormat(t *testing.T) { rapid.Check(t, untidyFormat) }

func FuzzPrintParse(f *testing.F) { f.Fuzz(rapid.MakeFuzz(printParse)) }

func FuzzUntidyFormat(f *testing.F) { f.Fuzz(rapid.MakeFuzz(untidyFormat)) }
