package syntax

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// grammar is the participle parser of the tags in ast.go. Without lookahead, participle commits to a phrase as soon as
// its first token fits, which keeps parsing linear and makes the first token that does not fit the error.
var grammar = sync.OnceValue(buildGrammar)

func buildGrammar() *participle.Parser[File] {
	return participle.MustBuild[File](
		participle.Lexer(definition{}),
		participle.UseLookahead(0),
		participle.ParseTypeWith(parseExpr),
		participle.ParseTypeWith(parseType),
		participle.Union[Decl](
			&ActionDecl{}, &PropertyDecl{}, &ConstDecl{}, &TypeDecl{}, &StateDecl{}, &FuncDecl{}, &InitDecl{},
			&AssumeDecl{}, &BoundDecl{}, &TerminalDecl{}, &MutantDecl{}, &ScenarioDecl{}, &ConfigDecl{}, &ImportDecl{},
			&ObserveDecl{}, &ActsDecl{}, &IsolatedDecl{}, &UseDecl{}, &HideDecl{}, &CheckDecl{}, &RefinesDecl{},
		),
		participle.Union[Stmt](
			&IfStmt{}, &LetStmt{}, &ChooseStmt{}, &ForStmt{}, &EitherStmt{}, &MatchStmt{}, &AssertStmt{}, &WhenStmt{},
			&SkipStmt{}, &CallStmt{}, &AssignStmt{}, // last: an expression may begin with if, let or match too
		),
		participle.Union[ScenarioStep](&DoStep{}, &RefuseStep{}, &ExpectStep{}),
	)
}

// Parse reads a source file. The name stands in positions only. The error, if any, is of type Errors and holds the first
// mistake; the file is nil then.
func Parse(name string, src []byte) (*File, error) {
	f, _, err := parse(name, src)
	if err != nil {
		return nil, Errors{err}
	}
	return f, nil
}

// parse gives the tokens too, in the scanner.
func parse(name string, src []byte) (*File, *scanner, *Error) {
	s := scan(name, src)
	tokens, err := lexer.Upgrade(&tokenList{tokens: s.tokens})
	if err != nil {
		panic("a list of tokens cannot fail: " + err.Error())
	}
	f, err := grammar().ParseFromLexer(tokens)
	if err != nil {
		return nil, nil, s.first(err)
	}
	if s.err != nil {
		return nil, nil, s.err
	}
	f.Pos = Pos{Filename: name, Line: 1, Column: 1}
	f.Comments, f.Source = s.comments, src
	done := finisher{scanner: s}
	for i, d := range f.Decls {
		next := s.tokens[len(s.tokens)-1].Pos
		if i+1 < len(f.Decls) {
			next = declPos(f.Decls[i+1])
		}
		done.decl(d, next)
	}
	if done.err != nil {
		return nil, nil, done.err
	}
	return f, s, nil
}

// first gives the earlier of the scanner's error, if any, and that of a parse, in words.
func (s *scanner) first(err error) *Error {
	e := explain(err, s)
	if s.err != nil && s.err.Pos.Offset <= e.Pos.Offset {
		return s.err
	}
	return e
}

// tokenAt gives the index of the first token at or after a byte offset.
func (s *scanner) tokenAt(offset int) int {
	return sort.Search(len(s.tokens)-1, func(i int) bool { return s.tokens[i].Pos.Offset >= offset })
}

// finisher fills in and checks what the grammar cannot: closing braces, quotes, the targets of assignments.
type finisher struct {
	*scanner
	err *Error
}

// decl finishes a declaration, which ends before next.
func (f *finisher) decl(d Decl, next Pos) {
	last := func() Pos { return f.tokens[max(0, f.tokenAt(next.Offset)-2)].Pos } // before the ";"
	switch d := d.(type) {
	case *ImportDecl:
		d.Path = strings.Trim(d.Path, `"`)
	case *UseDecl:
		d.Path = strings.Trim(d.Path, `"`)
	case *RefinesDecl:
		d.Path = strings.Trim(d.Path, `"`)
	case *StateDecl:
		d.End = last()
	case *ScenarioDecl:
		d.End = last()
	case *ConfigDecl:
		d.End = last()
	case *InitDecl:
		f.block(d.Body)
	case *ActionDecl:
		f.block(d.Body)
	case *MutantDecl:
		if d.Body != nil {
			f.block(d.Body)
		}
		if d.Body == nil && d.Guard == nil {
			f.fail(d.Pos, "a mutant must have a guard, a body or both")
		}
	}
}

func (f *finisher) fail(pos Pos, format string, args ...any) {
	if f.err == nil {
		f.err = &Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

func (f *finisher) block(b *Block) {
	b.End = f.closers[b.Pos.Offset]
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *AssignStmt:
			f.target(s.Target)
		case *IfStmt:
			for _, c := range s.Conds {
				f.block(c.Body)
			}
			if s.Else != nil {
				f.block(s.Else)
			}
		case *ForStmt:
			f.block(s.Body)
		case *ChooseStmt:
			f.block(s.Body)
		case *EitherStmt:
			for _, b := range s.Branches {
				f.block(b)
			}
		case *MatchStmt:
			for _, a := range s.Arms {
				f.block(a.Body)
			}
		}
	}
}

// target checks that x is a variable, an element or a field.
func (f *finisher) target(x Expr) {
	for y := x; ; {
		switch z := y.(type) {
		case *Name:
			if z.Name == "none" {
				f.fail(x.Position(), "got `none`, want a variable, an element or a field to assign to")
			}
			return
		case *Index:
			y = z.X
		case *Field:
			y = z.X
		default:
			f.fail(x.Position(), "got an expression, want a variable, an element or a field to assign to")
			return
		}
	}
}

// declPos is where a declaration begins.
func declPos(d Decl) Pos {
	switch d := d.(type) {
	case *ImportDecl:
		return d.Pos
	case *UseDecl:
		return d.Pos
	case *RefinesDecl:
		return d.Pos
	case *HideDecl:
		return d.Pos
	case *CheckDecl:
		return d.Pos
	case *ConstDecl:
		return d.Pos
	case *AssumeDecl:
		return d.Pos
	case *TypeDecl:
		return d.Pos
	case *StateDecl:
		return d.Pos
	case *InitDecl:
		return d.Pos
	case *FuncDecl:
		return d.Pos
	case *ActionDecl:
		return d.Pos
	case *PropertyDecl:
		return d.Pos
	case *BoundDecl:
		return d.Pos
	case *TerminalDecl:
		return d.Pos
	case *ObserveDecl:
		return d.Pos
	case *ActsDecl:
		return d.Pos
	case *IsolatedDecl:
		return d.Pos
	case *MutantDecl:
		return d.Pos
	case *ScenarioDecl:
		return d.Pos
	case *ConfigDecl:
		return d.Pos
	}
	panic(fmt.Sprintf("a declaration of unknown type %T", d))
}
