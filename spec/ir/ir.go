// Package ir is a model after its names are resolved: variables, locals, functions and actions are numbers, every
// conversion is a node of its own, and nothing is left to infer.
//
// Build makes a Program of what package types found out. The program is what package eval compiles, what the plain
// interpreter of package interp walks, and what exporters and proofs read. Scalars are integers throughout: a bool is 0
// or 1, an enum member its number, an identity of a symmetric type lo..hi its distance from lo, an integer itself.
package ir

import (
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// VarID numbers the state variables, from 0, in the order of declaration.
type VarID int

// LocalID numbers all locals of a program: parameters, binders, lets and names in patterns. No two share a number, so
// that a local needs a place of its own only while a recursive function is not called again.
type LocalID int

// FuncID numbers the functions.
type FuncID int

// Program is a model.
type Program struct {
	Name      string
	File      string
	Config    string
	Consts    []ConstValue
	Vars      []Var
	Locals    []Local
	Funcs     []Func
	Init      []*Stmt // after the initialisers
	Actions   []Action
	Props     []Prop
	Terminal  []*Expr // any of them accepts a state without successors
	Assumes   []*Expr
	Mutants   []Mutant
	Scenarios []Scenario
	Domains   *Domains // or nil
	Runs      Runs     // empty until package ground has made it
	Flow      *Flow    // nil, too; and where there are no Domains

	// Refined is what the properties of kind Refines speak of, in the order of these. As Build gives them, the variables and the
	// actions of the abstract models are among those of the program, behind its own, and package refine parts them.
	Refined []Refinement
}

// Refinement is a model that the program refines, and what each of its variables is, as an expression over the state of the program,
// of the type of the variable.
type Refinement struct {
	Name   string
	Path   string // of the file
	Vars   VarID  // the first of the variables, and
	Action int    // of the actions, among all: those from here to the next refinement are of the abstract model
	Init   []*Stmt
	Map    []*Expr
	Model  *Program // the abstract model by itself; nil until package refine has made it
}

// ConstValue is a constant, for reports. Def is the expression of a scalar that was folded, after configuration. Value is the node
// that stands wherever the constant is used.
type ConstValue struct {
	Name  string
	Pos   syntax.Pos
	Value *Expr
	Def   syntax.Expr
}

// Var is a state variable. Init is nil where every value of the type is an initial one.
type Var struct {
	Name string
	Pos  syntax.Pos
	Type *types.Type
	Init *Expr
}

// Local is a parameter, a binder, a let or a name in a pattern.
type Local struct {
	Name string
	Type *types.Type
}

// Func is a pure function. Decreases is nil unless it calls itself.
type Func struct {
	Name      string
	Pos       syntax.Pos
	Params    []LocalID
	Result    *types.Type
	Body      *Expr
	Decreases *Expr
}

// Action is a guarded step. Guard is nil where it is always true.
type Action struct {
	Name     string
	Pos      syntax.Pos
	Params   []LocalID
	Guard    *Expr
	Body     []*Stmt
	Ensures  *Expr
	Fairness string // "weak fairness of NAME" and the like, or ""
	Strong   bool
	PerValue []int // the numbers of the parameters for each of whose values the action is fair
}

// PropKind is what a property says.
type PropKind uint8

// The kinds of properties.
const (
	Invariant PropKind = iota
	Step
	Reachable
	MaxBound // Expr stays at or below Limit
	MinBound // Expr stays at or above Limit
	Linear   // Formula is true of every fair run
	Possible // Formula, which speaks of what can be reached, is true
	Within   // Formula is p ~> q, and q comes within Limit
	Longest  // Formula is p until q: how long p is true before q is never passes Limit
	Fair     // fair runs are mapped to runs of Program.Refined[Refined] that are fair to its action Of; Expr is that of Refines
	Isolated // Formula goes through pairs of domains: the first sees nothing of what the second does, but through those that its Args go through
	Refines  // the program refines Program.Refined[Refined]; Expr is that a step changes nothing of the abstract state
)

// OfRuns tells whether a property is a claim about whole runs.
func (k PropKind) OfRuns() bool { return k >= Linear && k < Isolated }

// Prop is a property.
type Prop struct {
	Name    string
	Pos     syntax.Pos
	Kind    PropKind
	Expr    *Expr
	Formula *Formula
	Limit   int64
	LimitOf syntax.Expr // of a bound: what Limit was computed from, less 1 or more 1 where Strict
	Strict  bool
	Unit    *Event // in whose occurrences Limit is counted; nil: in steps
	Text    string // as written
	Refined int    // of Refines and Fair
	Of      int    // of Fair
}

// Mutant is an action with another guard, another body or both.
type Mutant struct {
	Name     string
	Pos      syntax.Pos
	Config   string
	Action   int
	Breaks   string
	Replaced *Action // nil unless the mutant belongs to the constants in force
}

// ScenarioOp is what a step of a scenario does.
type ScenarioOp uint8

// The steps of scenarios.
const (
	Do ScenarioOp = iota
	Refuse
	Expect
)

// Scenario is a unit test of a model.
type Scenario struct {
	Name   string
	Pos    syntax.Pos
	Config string
	From   *Expr // or nil
	Steps  []ScenarioStep
	Here   bool // it belongs to the constants in force, and From and Steps are set
}

// ScenarioStep is one step: an action with constant arguments, or a condition.
type ScenarioStep struct {
	Op     ScenarioOp
	Pos    syntax.Pos
	Action int
	Args   []*Expr
	Cond   *Expr
	Text   string
}

// Op is what an expression does.
//
// An expression without a value is a fault, at the position of the node that has none. Arguments are evaluated left to
// right, all of them but for And, Or, Implies and If, which take no more than they need. Binders are gone through the
// first outermost; a domain is evaluated when its binder is reached, even if no element of it will pass a condition; a
// binder's condition is tested as soon as it has a value, the other one after the last binder. A sum adds in that order
// and a partial sum must fit too.
type Op uint8

// The operations. X, Y, Z are Args[0], Args[1], Args[2].
const (
	Const     Op = iota // Int, a scalar
	LoadVar             // variable Var
	LoadLocal           // local Local
	Old                 // X before the step
	Narrow              // the integer X, a fault unless it is within Type
	Clip                // the integer X, or the one of Type nearest to it
	Not                 // X
	Neg                 // X
	Add                 // X + Y; a fault unless it fits int64, as for Neg, Sub, Mul, Div, Sum
	Sub
	Mul
	Div // floor; a fault when Y is 0
	Mod // X - Y*Div(X, Y)
	And // left to right, as Or, Implies
	Or
	Implies
	Eq // of any type; of integers as integers
	Lt
	Le
	If      // X then Y else Z
	Let     // Local = X; Y
	Match   // X; Arms
	IsCtor  // X was made by constructor Int
	Forall  // Binders, Where (or nil), X
	Exists  //
	Count   //
	Sum     //
	MinOver // a fault when there is none
	MaxOver //
	Pick    // the first value of the one binder with Where; a fault when there is none
	In      // X in the set, sequence or bag Y
	Subset  // of sets or bags
	Union   //
	Intersect
	Minus
	SetLit   // Args
	SetOver  // { X for Binders where Where }
	SetAll   // every value of Type.Elem
	Powerset // of the set X
	SeqLit
	BagLit
	MapFill   // X for every key
	MapLit    // keys and values in turn; a fault when a key is missing, the last wins
	MapOver   // { X -> Y for Binders where Where }; a fault when a key is missing
	RecordLit // Args in the order of the fields
	Key       // of several keys: Args
	Ctor      // constructor Int of a union, or of an option (1 is some), with Args
	Index     // map X at key Y
	SeqIndex  // sequence X at Y; a fault outside 0..size-1
	Field     // number Int of record X
	Value     // of option X; a fault when none
	WithField // record X with field Int = Y
	WithKey   // map X with entry Y = Z
	Call      // Func with Args
	Size      // of a set, sequence or bag
	Head      // a fault when empty
	Tail      // a fault when empty
	Append    // a fault when full
	Elems     // of a sequence or bag, as a set
	Multiplicity
	BagAdd    // a fault when full
	BagRemove // a fault when absent
	Min       // of integers, Args
	Max
	Abs
)

// Form says how the text has an expression, where that could not be told otherwise. It means nothing.
type Form uint8

// The forms.
const (
	Plain   Form = iota
	Greater      // Lt and Le with their sides swapped: > and >=
	Equals       // Eq of truth values as ==, not iff; Not of that as !=
	Beyond       // a Let that is `x in S` for a set x that need not be of the type of the elements of S
)

// Expr is an expression. Type is the type of its value: integers have an interval that contains it.
type Expr struct {
	Form    Form
	Op      Op
	Type    *types.Type
	Pos     syntax.Pos
	Args    []*Expr
	Int     int64
	From    syntax.Expr // of a Const that is a bound of a type: what that was computed from, or nil
	Var     VarID
	Local   LocalID
	Func    FuncID
	Binders []Binder
	Where   *Expr
	Arms    []Arm
}

// Arm is one arm of a match: the constructor, or -1 for any, the locals it binds (-1 for none), and what it gives.
type Arm struct {
	Ctor  int
	Binds []LocalID
	Body  *Expr
	Stmts []*Stmt // of a statement
}

// DomainKind is what a binder goes through.
type DomainKind uint8

// The kinds of domains, each gone through in increasing order of rank.
const (
	AllOf    DomainKind = iota // every value of Type
	Interval                   // the integers Lo..Hi
	Members                    // the elements of Set
	Subsets                    // the subsets of Set
)

// Binder is one local that goes through a domain, which may depend on the binders before it. Where, if not nil, keeps
// only the values for which it is true.
type Binder struct {
	Local  LocalID
	Kind   DomainKind
	Type   *types.Type // of the elements
	Lo, Hi *Expr
	Set    *Expr
	Where  *Expr
	Own    string // the name that Where was written with, if it is not that of Local
}

// StmtOp is what a statement does.
//
// Statements run in order, and each alternative of Choose and Either goes on with all that follows, alternatives in order
// and depth first. A fault ends the alternative it is met in, as one outcome, and leaves the others alone. One in a domain
// or a condition of a Choose ends that statement: the alternatives before it stand, then there is one fault and no more.
//
// An assignment evaluates the new value first, then the path of its target from the left, each index against the value
// that it goes into; then it stores.
type StmtOp uint8

// The statements.
const (
	Assign    StmtOp = iota // Target = X
	IfElse                  // X then Body else Else
	For                     // Binders, Where: Body for each, in order
	Choose                  // Binders, Where: Body for one, a successor each
	Either                  // Branches, a successor each
	LetStmt                 // Local = X
	Assert                  // X, a fault when false
	When                    // X, no successor when false
	MatchStmt               // X, Arms
)

// Stmt is a statement.
type Stmt struct {
	Op       StmtOp
	Pos      syntax.Pos
	Target   Target
	X        *Expr
	Local    LocalID
	Binders  []Binder
	Where    *Expr
	Body     []*Stmt
	Else     []*Stmt
	Branches [][]*Stmt
	Arms     []Arm
}

// Target is what an assignment changes: a variable, or a part of it reached by the path.
type Target struct {
	Var  VarID
	Path []PathStep
	Type *types.Type // of the part
}

// PathStep goes into a value: by the key of a map, the index of a sequence or, where X is nil, the field Field.
type PathStep struct {
	X     *Expr
	Field int
	Pos   syntax.Pos
	Type  *types.Type // of what the step goes into
}
