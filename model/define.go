package model

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
)

// Definition describes a system by Go values and functions; Define makes a System of it. Fields that are not needed stay
// zero. S is the type of a state: any Go type of booleans, numbers, strings, arrays, slices, maps, structs and pointers
// to these, exported or not, and any other with Encode and Decode. A type of booleans, numbers, arrays and structs alone
// is the fastest, and the narrower its numbers the smaller its states.
//
// Two values of S are one state exactly when they are equal: by ==, or part by part below slices, maps and pointers. A nil
// slice or map is an empty one, a pointer what it points at, -0 is 0; a NaN is refused with a panic.
//
// The functions must depend on their arguments alone. Several goroutines call them at once. Each call gets its own copy
// of a state with slices, maps or pointers, so a function may change what it is given; but see ActionOf.Next and Over. A
// panic in a function passes through the Runner to the explorer.
//
// The encoding of a state may be at most 524,288 words (4 MiB) long, and where package checker cannot map memory (on
// Windows, and under the race detector) 32,768 words: it refuses a longer one.
type Definition[S any] struct {
	Name        string
	Constants   []Binding // for reports
	Init        iter.Seq[S]
	Actions     []ActionOf[S]
	Invariants  []Predicate[S] // true in every reachable state
	Steps       []Relation[S]  // true of every transition
	Reachable   []Predicate[S] // true in some reachable state
	Bounds      []Measure[S]
	Domains     *Domains[S] // nil where nothing is said of any
	Assumptions []string    // what the verdict rests on; see Info

	// Terminal tells whether a state may have no successors; nil means that none may.
	Terminal func(S) bool
	// AllowDeadlock leaves out the property that every state has a successor or is terminal. Terminal is then nil.
	AllowDeadlock bool

	// Show gives the variables of a state, the same names in the same order for all. nil means the fields of S, or one
	// variable named state when S is not a struct (or a pointer to one). A type with a String method shows by it.
	Show func(S) []Binding

	// Encode and Decode replace the encoding by reflection: equal states must give equal bytes, other states other bytes,
	// and Decode gives a new copy of the state. Both or neither are set. The Runner panics when it meets a state that is
	// encoded otherwise after it was decoded or, where S has an encoding by reflection too, that is not equal to what it was
	// before; it looks at the first states and at a sample of the others. For another S it cannot tell that other states get
	// other bytes: states with the same bytes are one state, and what only they lead to is never seen.
	Encode func(S) []byte
	Decode func([]byte) S
}

// Args are the values of the parameters of one step: as many as ActionOf.Params, of any type. They show as the parts of a
// state do, and a Value shows as it is.
type Args []any

// ActionOf is one kind of step between states of type S.
type ActionOf[S any] struct {
	Name   string
	Params []string // names
	// Next gives every successor of a state, with the arguments that lead to it, in a fixed order (which the range over a
	// map does not have: sort the keys); none when the action is not enabled. It must leave the state it is given as it
	// is, since a change made in one attempt would be in the next: copy slices, maps and what pointers point at before
	// changing them, or undo the changes. The Runner panics otherwise. Guarded, Over and Over2 make such functions of
	// plainer ones, which get copies and may change them.
	Next func(S) iter.Seq2[Args, S]
}

// Predicate is a property of states.
type Predicate[S any] struct {
	Name  string
	Text  string // for people; may be ""
	Holds func(S) bool
	// When, if not nil, is the condition under which an invariant claims anything: it is true where When is false. An
	// explorer warns when the condition was never met. A Reachable state must meet it too.
	When func(S) bool
}

// Relation is a property of transitions.
type Relation[S any] struct {
	Name   string
	Text   string // for people; may be ""
	Action string // the only action of which it speaks, or "" for all
	Holds  func(before, after S) bool
	// When, if not nil, is the condition under which the relation claims anything; see Predicate.
	When func(before, after S) bool
}

// Measure is an integer that never passes a limit: at most Limit or, with AtLeast, at least Limit.
type Measure[S any] struct {
	Name    string
	Text    string // for people; may be ""
	Value   func(S) int
	Limit   int
	AtLeast bool
}

// Guarded gives the Next of an action without parameters: next(s) where guard(s), and nothing elsewhere. A nil guard is
// always true. Both get copies of the state that they may change; see Over.
func Guarded[S any](guard func(S) bool, next func(S) S) func(S) iter.Seq2[Args, S] {
	copies := newCopier[S]()
	return func(s S) iter.Seq2[Args, S] {
		return func(yield func(Args, S) bool) {
			if guard == nil || guard(copies.copy(s)) {
				yield(nil, next(copies.copy(s)))
			}
		}
	}
}

// Over gives the Next of an action with one parameter, which takes each of values. The function next gives the successor,
// and false where the action is not enabled.
//
// Each call of next gets its own copy of the state, which it may change, whether or not the action is enabled. Where S
// holds an interface or another part that needs an Encode of the definition's own, there is no such copy: next must then
// copy what it changes, and the Runner panics otherwise. A copy holds copies of what pointers point at.
func Over[S, P any](values []P, next func(S, P) (S, bool)) func(S) iter.Seq2[Args, S] {
	copies := newCopier[S]()
	return func(s S) iter.Seq2[Args, S] {
		return func(yield func(Args, S) bool) {
			for _, p := range values {
				if t, ok := next(copies.copy(s), p); ok && !yield(Args{p}, t) {
					return
				}
			}
		}
	}
}

// Over2 is Over for two parameters.
func Over2[S, P, Q any](ps []P, qs []Q, next func(S, P, Q) (S, bool)) func(S) iter.Seq2[Args, S] {
	copies := newCopier[S]()
	return func(s S) iter.Seq2[Args, S] {
		return func(yield func(Args, S) bool) {
			for _, p := range ps {
				for _, q := range qs {
					if t, ok := next(copies.copy(s), p, q); ok && !yield(Args{p, q}, t) {
						return
					}
				}
			}
		}
	}
}

// Define makes a System of d. The error names everything that is missing or ambiguous in d, and a part of S that cannot
// be encoded.
func Define[S any](d Definition[S]) (System, error) {
	sys := &defined[S]{def: d}
	err := errors.Join(sys.checkParts(), sys.checkDomains(), sys.number(), sys.chooseCodec())
	if err != nil {
		return nil, fmt.Errorf("system %q: %w", d.Name, err)
	}
	return sys, nil
}

// MustDefine is Define for a definition that is known to be right. It panics otherwise.
func MustDefine[S any](d Definition[S]) System {
	sys, err := Define(d)
	if err != nil {
		panic("model: " + err.Error())
	}
	return sys
}

// defined is the System of a Definition.
type defined[S any] struct {
	def   Definition[S]
	info  Info
	codec *codec // nil when the definition has its own
	fresh bool   // every use of a state wants its own decoding; see codec
	alias bool   // copies of a state may share memory that can be written
	trust bool   // nothing that the user gave encodes states
	whole *codec // of S by reflection, where the definition has its own and S allows one: to see that theirs loses nothing
	props []claim[S]
}

// claim is what a property evaluates: one of state, step and value.
type claim[S any] struct {
	state, stateWhen func(S) bool
	step, stepWhen   func(before, after S) bool
	value            func(S) int
}

func (d *defined[S]) Info() *Info { return &d.info }

func (d *defined[S]) NewRunner() Runner { return &definedRunner[S]{sys: d} }

func (d *defined[S]) checkParts() error {
	var errs []error
	complain := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if d.def.Name == "" {
		complain("a definition needs a name")
	}
	if d.def.Init == nil {
		complain("no Init: a system needs initial states")
	}
	if (d.def.Encode == nil) != (d.def.Decode == nil) {
		complain("got one of Encode and Decode, want both or neither")
	}
	if d.def.Terminal != nil && d.def.AllowDeadlock {
		complain("got Terminal and AllowDeadlock, want one of them: with AllowDeadlock, every state may have no successors")
	}
	names := map[string]bool{}
	for i, a := range d.def.Actions {
		switch {
		case a.Name == "":
			complain("action %d needs a name", i)
		case names[a.Name]:
			complain("two actions are named %s", a.Name)
		}
		names[a.Name] = true
		if a.Next == nil {
			complain("action %s has no Next", a.Name)
		}
		params := map[string]bool{}
		for _, p := range a.Params {
			if params[p] {
				complain("two parameters of action %s are named %s", a.Name, p)
			}
			params[p] = true
		}
	}
	return errors.Join(errs...)
}

// number lists the actions and the properties in info, and what each property evaluates in props.
func (d *defined[S]) number() error {
	d.info = Info{Name: d.def.Name, Constants: d.def.Constants, Assumptions: d.def.Assumptions}
	actions := map[string]ActionID{}
	for i, a := range d.def.Actions {
		actions[a.Name] = ActionID(i)
		d.info.Actions = append(d.info.Actions, Action{Name: a.Name, Params: a.Params})
	}

	var errs []error
	names := map[string]bool{}
	add := func(p Property, c claim[S], when bool) {
		switch {
		case p.Name == "":
			errs = append(errs, fmt.Errorf("%s %d needs a name", p.Kind, len(d.props)))
		case names[p.Name]:
			errs = append(errs, fmt.Errorf("two properties are named %s", p.Name))
		case c.state == nil && c.step == nil && c.value == nil:
			errs = append(errs, fmt.Errorf("%s %s has no function", p.Kind, p.Name))
		}
		names[p.Name], p.Total = true, true
		if when {
			p.Antecedents = []string{"the condition of " + p.Name}
		}
		d.info.Properties = append(d.info.Properties, p)
		d.props = append(d.props, c)
	}
	for _, p := range d.def.Invariants {
		add(Property{Name: p.Name, Kind: Invariant, Text: p.Text}, claim[S]{state: p.Holds, stateWhen: p.When}, p.When != nil)
	}
	for _, p := range d.def.Steps {
		prop := Property{Name: p.Name, Kind: Step, Text: p.Text}
		if p.Action != "" {
			id, ok := actions[p.Action]
			if !ok {
				errs = append(errs, fmt.Errorf("step %s speaks of action %s, which does not exist", p.Name, p.Action))
			}
			prop.Kind, prop.Action = Ensures, id
		}
		add(prop, claim[S]{step: p.Holds, stepWhen: p.When}, p.When != nil)
	}
	for _, p := range d.def.Reachable {
		add(Property{Name: p.Name, Kind: Reachable, Text: p.Text}, claim[S]{state: both(p.When, p.Holds)}, false)
	}
	for _, p := range d.def.Bounds {
		add(Property{Name: p.Name, Kind: Bound, Text: p.Text, Limit: int64(p.Limit), AtLeast: p.AtLeast},
			claim[S]{value: p.Value}, false)
	}
	if !d.def.AllowDeadlock {
		terminal := d.def.Terminal
		if terminal == nil {
			terminal = func(S) bool { return false }
		}
		add(Property{Name: string(Deadlock), Kind: Deadlock}, claim[S]{state: terminal}, false)
	}
	if d.def.Domains != nil {
		for _, c := range d.def.Domains.Isolated { // the last ones; see Isolation
			add(Property{Name: c.Name, Kind: Isolated, Text: c.Text}, claim[S]{state: func(S) bool { return true }}, false)
		}
	}
	return errors.Join(errs...)
}

// both gives the conjunction of two predicates, the first of which may be nil for true.
func both[S any](p, q func(S) bool) func(S) bool {
	if p == nil || q == nil {
		return q
	}
	return func(s S) bool { return p(s) && q(s) }
}

func (d *defined[S]) chooseCodec() error {
	d.alias = shares(reflect.TypeFor[S](), map[reflect.Type]bool{})
	if d.def.Encode != nil && d.def.Decode != nil {
		d.fresh = true
		if c, err := newCodec(reflect.TypeFor[S]()); err == nil {
			d.whole = c
		}
		return nil
	}
	c, err := newCodec(reflect.TypeFor[S]())
	if err != nil {
		return err
	}
	d.codec, d.fresh, d.trust = c, c.fresh, !c.methods
	d.info.StateWords, d.info.StateBits = c.words, c.bits
	return nil
}
