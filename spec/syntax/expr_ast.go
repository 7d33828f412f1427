package syntax

// Expr is an expression. Every node says where it begins.
type Expr interface {
	expr()
	Position() Pos
}

// TypeExpr is a type as written.
type TypeExpr interface {
	typeExpr()
	Position() Pos
}

// at is the position part of expression and type nodes.
type at struct{ Pos Pos }

// Position is where the node begins in its file.
func (a at) Position() Pos { return a.Pos }

// The expressions.
type (
	// IntLit is a decimal integer with optional _ between digits; its value fits int64.
	IntLit struct {
		at
		Value int64
		Text  string
	}
	// BoolLit is true or false.
	BoolLit struct {
		at
		Value bool
	}
	// Name is any use of a name, also none and the qualified TYPE.MEMBER before it is told from a field.
	Name struct {
		at
		Name string
	}
	// Paren keeps parentheses for the formatter.
	Paren struct {
		at
		X Expr
	}
	// Unary is `not x` or `-x`, or Op x with Op one of always eventually next can.
	Unary struct {
		at
		Op string
		X  Expr
	}
	// Binary is X Op Y with Op one of
	// iff implies or and == != < <= > >= in subset union minus intersect + - * / %
	// ~> until release and "weak until".
	Binary struct {
		at
		Op    string
		OpPos Pos
		X, Y  Expr
	}
	// Within is `p ~> q within Limit Unit`: X is the Binary. Unit is nil where every step counts.
	Within struct {
		at
		X     *Binary
		Limit Expr
		Unit  *ActionCall
	}
	// Event is `happens A(x)` or `enabled A(x)`, by Op.
	Event struct {
		at
		Op   string
		Call *ActionCall
	}
	// Range is the set of integers Lo..Hi.
	Range struct {
		at
		Lo, Hi Expr
	}
	// Is tests the constructor of a union, an option or an enum: `m is Prepared`.
	Is struct {
		at
		X    Expr
		Ctor *Ident
	}
	// If is `if c then a else b`.
	If struct {
		at
		Cond, Then, Else Expr
	}
	// Let is `let x = v: body`.
	Let struct {
		at
		Name  *Ident
		Value Expr
		Body  Expr
	}
	// Match is `match x { A(y) -> e | _ -> f }`.
	Match struct {
		at
		X    Expr
		Arms []*ExprArm
	}
	// ExprArm is one arm of Match.
	ExprArm struct {
		Pos     Pos
		Pattern *Pattern
		Body    Expr
	}
	// Quant is `Op binders [where w]: body` with Op one of forall exists count sum min max, or
	// `pick x in S [where w]`, whose Body is nil.
	Quant struct {
		at
		Op      string
		Binders *Binders
		Where   Expr
		Body    Expr
	}
	// SetLit is `{a, b}`; `{}` is empty.
	SetLit struct {
		at
		Elems []Expr
	}
	// SeqLit is `[a, b]`.
	SeqLit struct {
		at
		Elems []Expr
	}
	// BagLit is `bag{a, b}`.
	BagLit struct {
		at
		Elems []Expr
	}
	// MapLit is `{a -> x, b -> y}`; it gives every key a value.
	MapLit struct {
		at
		Entries []*MapEntry
	}
	// MapEntry is one `key -> value`.
	MapEntry struct {
		Pos        Pos
		Key, Value Expr
	}
	// RecordLit is `{f = a, g = b}`.
	RecordLit struct {
		at
		Fields []*FieldInit
	}
	// FieldInit is one `name = value`.
	FieldInit struct {
		Pos   Pos
		Name  *Ident
		Value Expr
	}
	// SetComp is `{ elem for binders where w }`, or, with Filter, `{ x in S | w }`, whose Elem is nil.
	SetComp struct {
		at
		Filter  bool
		Elem    Expr
		Binders *Binders
		Where   Expr
	}
	// MapComp is `{ key -> value for binders where w }`.
	MapComp struct {
		at
		Key, Value Expr
		Binders    *Binders
		Where      Expr
	}
	// Call is `f(a, b)`: a function, a built-in, a union constructor or, with named arguments, a record type.
	Call struct {
		at
		Of   Expr // the part that it is of, as in host.free() or vm[v].free(), or nil
		Fun  *Ident
		Args []*Arg
	}
	// Arg is one argument; Name is nil unless written `name = value`.
	Arg struct {
		Pos   Pos
		Name  *Ident
		Value Expr
	}
	// Index is `x[i]` or `m[a, b]`.
	Index struct {
		at
		X    Expr
		Args []Expr
	}
	// Field is `x.f`: a record field, an option's .value, or TYPE.MEMBER.
	Field struct {
		at
		X    Expr
		Name *Ident
	}
	// With is `x with { f = a, [k] = b }`: a copy with some fields or entries changed.
	With struct {
		at
		X       Expr
		Updates []*Update
	}
	// Update is one change of With: Field or Index is set.
	Update struct {
		Pos   Pos
		Field *Ident
		Index []Expr
		Value Expr
	}
	// Old is `old(e)`: e before the step.
	Old struct {
		at
		X Expr
	}
)

func (*IntLit) expr()    {}
func (*BoolLit) expr()   {}
func (*Name) expr()      {}
func (*Paren) expr()     {}
func (*Unary) expr()     {}
func (*Binary) expr()    {}
func (*Within) expr()    {}
func (*Event) expr()     {}
func (*Range) expr()     {}
func (*Is) expr()        {}
func (*If) expr()        {}
func (*Let) expr()       {}
func (*Match) expr()     {}
func (*Quant) expr()     {}
func (*SetLit) expr()    {}
func (*SeqLit) expr()    {}
func (*BagLit) expr()    {}
func (*MapLit) expr()    {}
func (*RecordLit) expr() {}
func (*SetComp) expr()   {}
func (*MapComp) expr()   {}
func (*Call) expr()      {}
func (*Index) expr()     {}
func (*Field) expr()     {}
func (*With) expr()      {}
func (*Old) expr()       {}

// The types.
type (
	// NamedType is bool, int or a declared name, qualified if it is of a part.
	NamedType struct {
		at
		Name string
	}
	// RangeType is `lo..hi`, or `symmetric lo..hi`.
	RangeType struct {
		at
		Symmetric bool
		Lo, Hi    Expr
	}
	// EnumType is `enum {a, b}`.
	EnumType struct {
		at
		Members []*Ident
	}
	// RecordType is `record {f: T, g: U}`.
	RecordType struct {
		at
		Fields []*ParamGroup
	}
	// UnionType is `union { A(x: T) | B }`.
	UnionType struct {
		at
		Variants []*Variant
	}
	// Variant is one constructor of a union.
	Variant struct {
		Pos    Pos
		Name   *Ident
		Fields []*ParamGroup
	}
	// OptionType is `option[T]`.
	OptionType struct {
		at
		Elem TypeExpr
	}
	// SetType is `set[T]`.
	SetType struct {
		at
		Elem TypeExpr
	}
	// MapType is `map[K]V` or `map[K1, K2]V`.
	MapType struct {
		at
		Keys []TypeExpr
		Elem TypeExpr
	}
	// SeqType is `seq[T, N]`: at most N elements.
	SeqType struct {
		at
		Elem TypeExpr
		Max  Expr
	}
	// BagType is `bag[T, N]`: at most N elements, counted with their repetitions.
	BagType struct {
		at
		Elem TypeExpr
		Max  Expr
	}
)

func (*NamedType) typeExpr()  {}
func (*RangeType) typeExpr()  {}
func (*EnumType) typeExpr()   {}
func (*RecordType) typeExpr() {}
func (*UnionType) typeExpr()  {}
func (*OptionType) typeExpr() {}
func (*SetType) typeExpr()    {}
func (*MapType) typeExpr()    {}
func (*SeqType) typeExpr()    {}
func (*BagType) typeExpr()    {}
