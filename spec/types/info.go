package types

import "github.com/bulkheadlang/bulkhead/spec/syntax"

// ObjectKind is what a name stands for.
type ObjectKind uint8

// The kinds of objects.
const (
	ConstObject ObjectKind = iota
	TypeObject
	VarObject
	FuncObject
	MemberObject  // of an enum; Index is its number
	CtorObject    // of a union; Index is its number
	LocalObject   // a parameter, a binder, a let or a name in a pattern
	BuiltinObject // size, head, …
)

// Object is a declared name.
type Object struct {
	Kind  ObjectKind
	Name  string
	Pos   syntax.Pos
	Type  *Type // of a value, or the type itself; of a FuncObject its result
	Index int   // of variables, functions, members and constructors
	Func  *Func // of a FuncObject
	Const *Const
}

// Const is a constant. Value is the expression that defines it after configuration; Scalar tells whether Int is its
// value already (a bool as 0 or 1, an enum member by its number).
type Const struct {
	Object *Object
	Value  syntax.Expr
	Scalar bool
	Int    int64
}

// Func is a function.
type Func struct {
	Object    *Object
	Decl      *syntax.FuncDecl
	Params    []*Object
	Result    *Type
	Recursive bool // it calls itself; Decl.Decreases is then set
	calls     []*Func
}

// Var is a state variable. Its initialiser is Init, or every value where Any is set.
type Var struct {
	Object *Object
	Any    bool
	Init   syntax.Expr
}

// Action is an action and its parameters.
type Action struct {
	Decl   *syntax.ActionDecl
	Params []*Object
	body   joins
}

// Mutant is a mutant and what it names.
type Mutant struct {
	Decl   *syntax.MutantDecl
	Action int    // index into Info.Actions
	Breaks string // the name of a property as reports give it: NAME, deadlock, fault or ACTION.ensures
	Here   bool   // it belongs to the constants in force, and its guard and body are typed
}

// Scenario is a scenario; its calls are resolved in Info.Calls.
type Scenario struct {
	Decl *syntax.ScenarioDecl
	Here bool // it belongs to the constants in force, and its steps are typed
}

// RunKind is what a formula over runs claims.
type RunKind uint8

// The kinds of formulas over runs.
const (
	LinearTime RunKind = iota // of every fair run
	Possible                  // that states can be reached: it has can in it
	Bounded                   // that a response comes in time: it is p ~> q within n
)

// Info is what Check found out about a model.
type Info struct {
	Files     []*syntax.File // the model first, then what it imports
	Name      string
	Consts    []*Const
	Vars      []*Var
	Funcs     []*Func
	Actions   []*Action // that happen by themselves
	Hidden    []*Action // that happen only where they are called
	Mutants   []*Mutant
	Scenarios []*Scenario

	Types   map[syntax.Expr]*Type          // of every expression
	Convert map[syntax.Expr]*Type          // the type an expression is turned into where it stands: a narrower range, or a filled map
	Clip    map[syntax.Expr]bool           // those conversions that take what is outside for the nearest value, and never fault
	Beyond  map[syntax.Expr]*Type          // of a set that is looked for among sets of this type, and may not be of it
	Fill    map[syntax.Expr]*Type          // the map type that an initial value fills
	Uses    map[syntax.Expr]*Object        // of names, qualified members and calls
	Defs    map[*syntax.Ident]*Object      // of parameters, binders, lets and names in patterns
	Calls   map[*syntax.ActionCall]int     // the action of a scenario's step, of happens and enabled, or of a unit
	Joins   map[*syntax.ActionCall]*Action // the action that a statement calls
	Limits  map[*syntax.BoundDecl]int64    // the greatest (or least) value a bound allows
	Match   map[*syntax.Pattern]int        // the number of a pattern's constructor, or -1 for _
	// Temporal holds the parts of formulas over runs that have temporal operators, happens or enabled in them. What else
	// there is is about one state.
	Temporal map[syntax.Expr]bool
	Runs     map[*syntax.PropertyDecl]RunKind // of formulas over runs
	Within   map[*syntax.Within]int64         // the longest wait allowed

	Flow *Domains // what it says of its security domains, or nil

	checker *checker // for Predicate

	Domains map[syntax.Expr]bool // expressions that are gone through or looked up in, never stored as a set
}

// Pos gives a position as messages write it.
func Pos(p syntax.Pos) string {
	if p.Filename == "" && p.Line == 0 {
		return ""
	}
	return p.String()
}

// Predicate types a boolean expression over the state of a model that was checked; identities of symmetric types may be
// written as numbers in it. What is found out is added to info, so that calls must not overlap. The error is a
// syntax.Errors.
func Predicate(info *Info, e syntax.Expr) error {
	c := info.checker
	c.errs, c.locals = nil, nil
	leave := c.enter(context{byNumber: true})
	defer leave()
	c.check(e, boolean)
	if len(c.errs) > 0 {
		return c.errs
	}
	return nil
}
