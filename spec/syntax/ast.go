// Package syntax turns the text of a .bh file into a syntax tree and back.
//
// Parse reads a file, Format prints one. Declarations and statements are read by a participle grammar, which stands in
// the tags of the node types; expressions, types, binders and patterns are read by the hand-written parser of expr.go
// and typeexpr.go, which participle calls. Nothing here knows what a name means: that is package types.
//
// The grammar is LL(1): the first token of a phrase decides which phrase it is, and from there on the first token that
// does not fit is the error. The lexer makes that so: it inserts a ";" where a newline ends a statement, merges
// repeated ones, and leaves out those after "{" and before "}".
package syntax

import "github.com/alecthomas/participle/v2/lexer"

// Pos is a place in a source file: file name, byte offset from 0, line and column from 1. Columns count characters.
type Pos = lexer.Position

// File is one source file.
type File struct {
	Pos      Pos
	Model    *ModelDecl `parser:"( @@ ';' )?"`
	Decls    []Decl     `parser:"( @@ ';' )*"`
	Comments []Comment  // in order of position
	Source   []byte     // the text that was parsed
}

// Comment is a comment as written, with its // or /* */.
type Comment struct {
	Pos  Pos
	Text string
}

// Ident is a name where it is declared or used as a plain label.
type Ident struct {
	Pos  Pos
	Name string `parser:"@Ident"`
}

// ModelDecl is the header line of a model.
type ModelDecl struct {
	Pos  Pos
	Name *Ident `parser:"'model' @@"`
}

// Decl is a top-level declaration: *ImportDecl, *UseDecl, *HideDecl, *CheckDecl, *ConstDecl, *AssumeDecl, *TypeDecl, *StateDecl,
// *InitDecl, *FuncDecl, *ActionDecl, *PropertyDecl, *BoundDecl, *TerminalDecl, *ObserveDecl, *ActsDecl, *IsolatedDecl,
// *RefinesDecl, *MutantDecl, *ScenarioDecl or *ConfigDecl.
type Decl interface{ decl() }

// ImportDecl brings the constants, types and functions of another file into scope.
type ImportDecl struct {
	Pos  Pos
	Path string `parser:"'import' @String"` // without its quotes
}

// Path is a name, qualified by the part that it is of: NAME, PART.NAME and so on. In hide and check the last may be *.
type Path struct {
	Pos  Pos
	Name string // with its points
}

// UseDecl makes another model a part of this one or, with an index, an array of parts, one for every value.
type UseDecl struct {
	Pos   Pos
	Path  string         `parser:"'use' @String 'as'"` // without its quotes
	Name  *Ident         `parser:"@@"`
	Index []*ParamGroup  `parser:"( '[' @@ ( ',' @@ )* ']' )?"`
	Sets  []*ConfigValue `parser:"( '{' ( @@ ( ';' @@ )* )? '}' )?"` // constants and types of the part
}

// HideDecl leaves actions of parts to those that call them.
type HideDecl struct {
	Pos     Pos
	Actions []*Path `parser:"'hide' @@ ( ',' @@ )*"`
}

// CheckDecl makes properties of parts properties of the model.
type CheckDecl struct {
	Pos   Pos
	Props []*Path `parser:"'check' @@ ( ',' @@ )*"`
}

// RefinesDecl claims that the model refines another one. What package compose makes of it, and of what stands in the other
// file, is at the end of the declarations: the RefinesDecl, and then the state, the initial states and the actions of that model.
type RefinesDecl struct {
	Pos  Pos
	Path string         `parser:"'refines' @String 'as'"` // without its quotes
	Name *Ident         `parser:"@@"`
	Sets []*ConfigValue `parser:"'{' ( @@ ( ';' @@ )* )? '}'"` // constants and types of the abstract model, and its variables, as NAME.variable
	Map  []*ConfigValue // what of Sets is about variables: set by package compose
}

// ConstDecl names a constant, which a configuration or the command line may replace.
type ConstDecl struct {
	Pos   Pos
	Name  *Ident   `parser:"'const' @@"`
	Type  TypeExpr `parser:"( ':' @@ )?"`
	Value Expr     `parser:"'=' @@"`
	Given Expr     // in its place, by the use of the part that it is of: set by package compose
}

// AssumeDecl states what the constants must satisfy.
type AssumeDecl struct {
	Pos  Pos
	Cond Expr     `parser:"'assume' @@"`
	Use  *UseDecl // that brought it, if any: set by package compose
}

// TypeDecl names a type.
type TypeDecl struct {
	Pos  Pos
	Name *Ident   `parser:"'type' @@"`
	Type TypeExpr `parser:"'=' @@"`
}

// StateDecl lists state variables; a file may have several.
type StateDecl struct {
	Pos  Pos
	Vars []*StateVar `parser:"'state' '{' ( @@ ( ';' @@ )* )? '}'"`
	End  Pos         // of the closing brace
}

// StateVar declares one or more variables of one type and one initialiser.
type StateVar struct {
	Pos   Pos
	Names []*Ident `parser:"@@ ( ',' @@ )*"`
	Type  TypeExpr `parser:"':' @@"`
	Any   bool     `parser:"'=' ( @'any'"`
	Init  Expr     `parser:"| @@ )"` // nil when Any
	// Arrays is the number of outermost maps of the type that package compose made, each for an array of parts. The
	// initialiser is that of what is in them.
	Arrays int
}

// InitDecl runs after the initialisers and may choose.
type InitDecl struct {
	Pos  Pos
	Body *Block `parser:"'init' @@"`
}

// ParamGroup is `a, b: T`.
type ParamGroup struct {
	Pos   Pos
	Names []*Ident
	Type  TypeExpr
}

// FuncDecl is a pure function of its parameters and of the state.
type FuncDecl struct {
	Pos       Pos
	Name      *Ident        `parser:"'func' @@"`
	Params    []*ParamGroup `parser:"'(' ( @@ ( ',' @@ )* )? ')'"`
	Result    TypeExpr      `parser:"@@"`
	Decreases Expr          `parser:"( 'decreases' @@ )?"` // required of a recursive function
	Body      Expr          `parser:"'=' @@"`
}

// Fairness is `fair`, `strong fair`, with `for a, b` when it holds per value of these parameters.
type Fairness struct {
	Pos    Pos
	Strong bool     `parser:"( @'strong' 'fair' | 'fair' )"`
	For    []*Ident `parser:"( 'for' @@ ( ',' @@ )* )?"`
}

// ActionDecl is a guarded atomic step.
type ActionDecl struct {
	Pos     Pos
	Fair    *Fairness     `parser:"@@?"`
	Name    *Ident        `parser:"'action' @@"`
	Params  []*ParamGroup `parser:"( '(' ( @@ ( ',' @@ )* )? ')' )?"`
	Guard   Expr          `parser:"( 'when' @@ )?"`
	Body    *Block        `parser:"@@"`
	Ensures Expr          `parser:"( 'ensures' @@ )?"`
	Hidden  bool          // it happens only where it is called: set by package compose
}

// PropertyDecl is an invariant, a step property, a reachability property or, of kind property, a formula over runs.
type PropertyDecl struct {
	Pos  Pos
	Kind string `parser:"@( 'invariant' | 'step' | 'reachable' | 'property' )"`
	Name *Ident `parser:"@@"`
	Body Expr   `parser:"'{' @@ '}'"`
}

// BoundDecl limits the greatest or least value of an expression over the reachable states, max(Expr) Op Limit, or a
// waiting time, longest(p until q) Op Limit Unit.
type BoundDecl struct {
	Pos     Pos
	Name    *Ident         `parser:"'bound' @@ '{'"`
	Foralls []*BoundForall `parser:"@@*"`
	Agg     string         `parser:"@( 'max' | 'min' | 'longest' )"`
	Expr    Expr           `parser:"'(' @@ ')'"`
	Op      string         `parser:"@( '<=' | '<' | '>=' | '>' )"`
	Limit   Expr           `parser:"@@"`
	Unit    *ActionCall    `parser:"@@? '}'"` // nil where every step counts
}

// BoundForall says that a waiting time is limited for every value: `forall a in S where w:`.
type BoundForall struct {
	Pos     Pos
	Binders *Binders `parser:"'forall' @@"`
	Where   Expr     `parser:"( 'where' @@ )? ':'"`
}

// TerminalDecl says in which states the system may stop.
type TerminalDecl struct {
	Pos  Pos
	Cond Expr `parser:"'terminal' '{' @@ '}'"`
}

// ObserveDecl says what each security domain of a kind, one for every value of the parameter, sees of a state.
type ObserveDecl struct {
	Pos   Pos
	Name  *Ident      `parser:"'observe' @@"`
	Param *ParamGroup `parser:"'(' @@ ')'"`
	Views []Expr      `parser:"'{' @@ ( ',' @@ )* '}'"`
}

// ActsDecl says which instances of actions belong to each domain.
type ActsDecl struct {
	Pos   Pos
	Name  *Ident       `parser:"'acts' @@"`
	Param *Ident       `parser:"'(' @@ ')'"`
	Acts  []*ActsEntry `parser:"'=' '{' ( @@ ( ',' @@ )* )? '}'"`
}

// ActsEntry is an action with a name, or _, for each parameter, or without any, and what must be true of them in the state.
type ActsEntry struct {
	Pos   Pos
	Call  *ActionCall `parser:"@@"`
	Where Expr        `parser:"( 'where' @@ )?"`
}

// IsolatedDecl says that nothing the second of two domains does changes what the first sees, but through those of Via.
type IsolatedDecl struct {
	Pos     Pos
	Name    *Ident   `parser:"'isolated' @@"`
	Binders *Binders `parser:"'{' @@"`
	Where   Expr     `parser:"( 'where' @@ )?"`
	Via     *Through `parser:"( 'via' @@ )? '}'"`
}

// Through is `d in T where e`.
type Through struct {
	Binders *Binders `parser:"@@"`
	Where   Expr     `parser:"( 'where' @@ )?"`
}

// MutantDecl replaces the guard, the body or both of an action by a fault that the named property must catch.
type MutantDecl struct {
	Pos    Pos
	Name   *Ident `parser:"'mutant' @@"`
	Of     *Path  `parser:"'of' @@"`
	Config *Ident `parser:"( 'in' @@ )?"`
	Breaks *Path  `parser:"'breaks' @@"` // a property, deadlock, fault, or ACTION.ensures
	Guard  Expr   `parser:"( 'when' @@ )?"`
	Body   *Block `parser:"@@?"`
}

// ScenarioDecl is a unit test of the model.
type ScenarioDecl struct {
	Pos    Pos
	Name   *Ident         `parser:"'scenario' @@"`
	Config *Ident         `parser:"( 'in' @@ )?"`
	From   Expr           `parser:"( 'from' '{' @@ '}' )?"`
	Steps  []ScenarioStep `parser:"'{' ( @@ ( ';' @@ )* )? '}'"`
	End    Pos
}

// ScenarioStep is *DoStep, *RefuseStep or *ExpectStep.
type ScenarioStep interface{ scenarioStep() }

// ActionCall is an action with arguments: constant ones in a scenario. In a formula over runs there may be none, which
// stands for any, and so does _ in the place of one.
type ActionCall struct {
	Pos  Pos
	Of   Expr // the part that it is of, as in host.Place(v) or vm[v].Start(), or nil
	Name *Ident
	Args []Expr
}

// DoStep takes an action, which must be enabled.
type DoStep struct {
	Pos  Pos
	Call *ActionCall `parser:"@@"`
}

// RefuseStep requires an action to be disabled.
type RefuseStep struct {
	Pos  Pos
	Call *ActionCall `parser:"'refuse' @@"`
}

// ExpectStep requires a predicate to hold.
type ExpectStep struct {
	Pos  Pos
	Cond Expr `parser:"'expect' @@"`
}

// ConfigDecl names an assignment of constants.
type ConfigDecl struct {
	Pos  Pos
	Name *Ident         `parser:"'config' @@"`
	Sets []*ConfigValue `parser:"'{' ( @@ ( ';' @@ )* )? '}'"`
	End  Pos
}

// ConfigValue gives one constant its value.
type ConfigValue struct {
	Pos   Pos
	Name  *Path `parser:"@@"`
	Value Expr  `parser:"'=' @@"`
}

func (*ImportDecl) decl()   {}
func (*UseDecl) decl()      {}
func (*HideDecl) decl()     {}
func (*CheckDecl) decl()    {}
func (*ConstDecl) decl()    {}
func (*AssumeDecl) decl()   {}
func (*TypeDecl) decl()     {}
func (*StateDecl) decl()    {}
func (*InitDecl) decl()     {}
func (*FuncDecl) decl()     {}
func (*ActionDecl) decl()   {}
func (*PropertyDecl) decl() {}
func (*BoundDecl) decl()    {}
func (*TerminalDecl) decl() {}
func (*ObserveDecl) decl()  {}
func (*ActsDecl) decl()     {}
func (*IsolatedDecl) decl() {}
func (*MutantDecl) decl()   {}
func (*ScenarioDecl) decl() {}
func (*ConfigDecl) decl()   {}
func (*RefinesDecl) decl()  {}

func (*DoStep) scenarioStep()     {}
func (*RefuseStep) scenarioStep() {}
func (*ExpectStep) scenarioStep() {}

// Block is a sequence of statements.
type Block struct {
	Pos   Pos
	Stmts []Stmt `parser:"'{' ( @@ ( ';' @@ )* )? '}'"`
	End   Pos    // of the closing brace
}

// Stmt is *AssignStmt, *CallStmt, *IfStmt, *ForStmt, *ChooseStmt, *EitherStmt, *LetStmt, *AssertStmt, *WhenStmt, *SkipStmt or
// *MatchStmt.
type Stmt interface{ stmt() }

// AssignStmt is `target = value`, `+=` or `-=`. The target is a variable, an element or a field.
type AssignStmt struct {
	Pos    Pos
	Target Expr   `parser:"@@"`
	Op     string `parser:"@( '=' | '+=' | '-=' )"`
	Value  Expr   `parser:"@@"`
}

// CallStmt joins an action in: its guard, as `when`, and its body.
type CallStmt struct {
	Pos  Pos
	Call *ActionCall
}

// CondBlock is a condition and what runs under it.
type CondBlock struct {
	Pos  Pos
	Cond Expr   `parser:"@@"`
	Body *Block `parser:"@@"`
}

// IfStmt is a chain of conditions.
type IfStmt struct {
	Pos   Pos
	Conds []*CondBlock `parser:"'if' @@ ( (?= 'else' 'if' ) 'else' 'if' @@ )*"`
	Else  *Block       `parser:"( 'else' @@ )?"`
}

// Binders is `a, b in S, c in T`.
type Binders struct {
	Pos    Pos
	Groups []*BinderGroup
}

// BinderGroup is `a, b in S`.
type BinderGroup struct {
	Names  []*Ident
	Domain Expr
}

// ForStmt runs its body for every element, in the order of the type.
type ForStmt struct {
	Pos     Pos
	Binders *Binders `parser:"'for' @@"`
	Where   Expr     `parser:"( 'where' @@ )?"`
	Body    *Block   `parser:"@@"`
}

// ChooseStmt gives one successor for every element.
type ChooseStmt struct {
	Pos     Pos
	Binders *Binders `parser:"'choose' @@"`
	Where   Expr     `parser:"( 'where' @@ )?"`
	Body    *Block   `parser:"@@"`
}

// EitherStmt gives one successor for every branch.
type EitherStmt struct {
	Pos      Pos
	Branches []*Block `parser:"'either' @@ ( 'or' @@ )+"`
}

// LetStmt names a value until the end of its block.
type LetStmt struct {
	Pos   Pos
	Name  *Ident   `parser:"'let' @@"`
	Type  TypeExpr `parser:"( ':' @@ )?"`
	Value Expr     `parser:"'=' @@"`
}

// AssertStmt faults when its condition is false.
type AssertStmt struct {
	Pos  Pos
	Cond Expr `parser:"'assert' @@"`
}

// WhenStmt gives up this step, as a false guard does, when its condition is false.
type WhenStmt struct {
	Pos  Pos
	Cond Expr `parser:"'when' @@"`
}

// SkipStmt changes nothing.
type SkipStmt struct {
	Pos Pos `parser:"'skip'"`
}

// MatchStmt runs the arm whose pattern fits.
type MatchStmt struct {
	Pos  Pos
	X    Expr       `parser:"'match' @@ '{'"`
	Arms []*StmtArm `parser:"'|'? @@ ( ( ';' '|'? | '|' ) @@ )* '}'"`
}

// StmtArm is `pattern -> { … }`.
type StmtArm struct {
	Pos     Pos
	Pattern *Pattern `parser:"@@"`
	Body    *Block   `parser:"'->' @@"`
}

// Pattern is a constructor with names for what it carries, or _ . It fits unions, options (some(x), none), enums and,
// by true and false, bools.
type Pattern struct {
	Pos   Pos
	Name  string
	Binds []*Ident // the name _ binds nothing
}

func (*AssignStmt) stmt() {}
func (*CallStmt) stmt()   {}
func (*IfStmt) stmt()     {}
func (*ForStmt) stmt()    {}
func (*ChooseStmt) stmt() {}
func (*EitherStmt) stmt() {}
func (*LetStmt) stmt()    {}
func (*AssertStmt) stmt() {}
func (*WhenStmt) stmt()   {}
func (*SkipStmt) stmt()   {}
func (*MatchStmt) stmt()  {}
