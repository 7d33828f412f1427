package model

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

// definedRunner evaluates a defined system.
//
// A state whose copies may share memory is decoded anew for every function that gets it, so that none can disturb
// another; any other state is decoded once and copied.
type definedRunner[S any] struct {
	sys   *defined[S]
	words []uint64  // the current state
	cur   S         // its value, unless every use wants its own
	out   bitWriter // the state being emitted
	next  S         // its value as the action gave it
	probe bitWriter // to see whether an action changed what it was given, or a state its encoding
	count int       // states encoded so far
	args  Args      // of the step being emitted, where there are domains
}

func (d *defined[S]) encode(w *bitWriter, s *S) {
	if d.codec != nil {
		d.codec.encode(w, unsafe.Pointer(s))
		return
	}
	w.reset()
	w.putString(string(d.def.Encode(*s)))
}

func (d *defined[S]) decode(words []uint64) S {
	if d.codec != nil {
		s := new(S)
		d.codec.decode(words, unsafe.Pointer(s))
		return *s
	}
	r := bitReader{words: words}
	return d.def.Decode([]byte(r.getString()))
}

// current gives a copy of the current state.
func (r *definedRunner[S]) current() S {
	if r.sys.fresh {
		return r.sys.decode(r.words)
	}
	return r.cur
}

// emitted gives a copy of the state being emitted.
func (r *definedRunner[S]) emitted() S {
	if r.sys.fresh {
		return r.sys.decode(r.out.words)
	}
	return r.next
}

// emit makes s the state being emitted.
func (r *definedRunner[S]) emit(s S) {
	r.next = s
	r.sys.encode(&r.out, &r.next)
	if r.sys.trust {
		return
	}
	if r.count++; r.count <= checkedFirst || r.count%checkedOneIn == 0 {
		back := r.sys.decode(r.out.words)
		r.sys.encode(&r.probe, &back)
		if !slices.Equal(r.probe.words, r.out.words) {
			names := "Encode and Decode"
			if r.sys.codec != nil {
				names = "MarshalBinary and UnmarshalBinary of a part of the state"
			}
			panic(fmt.Sprintf("model: %s are not inverse: a state is encoded otherwise after it was decoded", names))
		}
		if r.sys.whole != nil && differ(r.sys.whole, &r.next, &back) {
			panic("model: Encode loses a part of the state: what Decode gives back is not equal to what Encode was given")
		}
	}
}

// differ tells whether two values differ by the encoding c. What it refuses, such as a NaN, does not.
func differ[S any](c *codec, a, b *S) (unlike bool) {
	defer func() {
		if recover() != nil {
			unlike = false
		}
	}()
	var v, w bitWriter
	c.encode(&v, unsafe.Pointer(a))
	c.encode(&w, unsafe.Pointer(b))
	return !slices.Equal(v.words, w.words)
}

// Of the states that a runner emits it decodes these, to see whether what the user gave for encoding them is right: each of
// the first, and of all the others one in so many.
const (
	checkedFirst = 64
	checkedOneIn = 256
)

func (r *definedRunner[S]) Init(emit func(State, *Fault)) {
	for s := range r.sys.def.Init {
		r.emit(s)
		emit(r.out.words, nil)
	}
}

func (r *definedRunner[S]) Load(s State) {
	r.words = append(r.words[:0], s...)
	if !r.sys.fresh {
		r.sys.codec.decode(r.words, unsafe.Pointer(&r.cur))
	}
}

func (r *definedRunner[S]) Next(emit func(Label, State, *Fault)) {
	for i := range r.sys.def.Actions {
		a := &r.sys.def.Actions[i]
		n := uint32(0)
		given := r.current()
		for args, t := range a.Next(given) {
			if len(args) != len(a.Params) {
				panic(fmt.Sprintf("model: action %s gave %d arguments, want %d", a.Name, len(args), len(a.Params)))
			}
			r.emit(t)
			emit(r.label(ActionID(i), args, n), r.out.words, nil)
			n++
		}
		// A change made in one attempt is in those after it, whether or not a successor came out.
		if r.sys.alias {
			r.sys.encode(&r.probe, &given)
			if !slices.Equal(r.probe.words, r.words) {
				panic(fmt.Sprintf("model: action %s changed the state it was given: "+
					"copy slices, maps and what pointers point at before changing them", a.Name))
			}
		}
	}
}

func (r *definedRunner[S]) Holds(p PropertyID) (bool, *Fault) {
	c := &r.sys.props[p]
	if c.stateWhen != nil && !c.stateWhen(r.current()) {
		return true, nil
	}
	return c.state(r.current()), nil
}

func (r *definedRunner[S]) HoldsStep(p PropertyID) (bool, *Fault) {
	c := &r.sys.props[p]
	if c.stepWhen != nil && !c.stepWhen(r.current(), r.emitted()) {
		return true, nil
	}
	return c.step(r.current(), r.emitted()), nil
}

func (r *definedRunner[S]) Value(p PropertyID) (int64, *Fault) {
	return int64(r.sys.props[p].value(r.current())), nil
}

func (r *definedRunner[S]) Antecedent(p PropertyID, _ int) bool {
	c := &r.sys.props[p]
	if c.stepWhen != nil {
		return c.stepWhen(r.current(), r.emitted())
	}
	return c.stateWhen(r.current())
}

// fingerprint goes into a label as its Choice, so that Describe finds the successor that is meant also where Next, against
// its contract, gives successors in another order every time. It is FNV-1a over the words, folded.
func fingerprint(words []uint64) uint32 {
	h := uint64(14695981039346656037)
	for _, w := range words {
		h = (h ^ w) * 1099511628211
		h ^= h >> 32
	}
	return uint32(h)
}

// Describe names the successor with the number and the fingerprint of the label or, where there is none, the first with
// the fingerprint; where there are domains the label has the number alone.
func (r *definedRunner[S]) Describe(s State, l Label) StepText {
	a := &r.sys.def.Actions[l.Action]
	var out bitWriter
	var found Args
	ok := false
	i, n := uint32(0), l.Args
	if r.sys.def.Domains != nil {
		n = l.Choice
	}
	for args, t := range a.Next(r.sys.decode(s)) {
		if r.sys.encode(&out, &t); (r.sys.def.Domains != nil || fingerprint(out.words) == l.Choice) && (!ok || i == n) {
			found, ok = args, true
		}
		if ok && i >= n {
			break
		}
		i++
	}
	if !ok {
		panic(fmt.Sprintf("model: action %s has no successor %d in this state", a.Name, n))
	}
	text := StepText{Action: a.Name}
	for k, p := range a.Params {
		text.Args = append(text.Args, Binding{Name: p, Value: showArg(found[k])})
	}
	return text
}

func showArg(a any) Value {
	switch a := a.(type) {
	case nil:
		return Value{Shape: Tagged, Text: "none"}
	case Value:
		return a
	default:
		return show(reflect.ValueOf(a), 0)
	}
}

func (r *definedRunner[S]) Render(s State) []Binding {
	value := r.sys.decode(s)
	if r.sys.def.Show != nil {
		return r.sys.def.Show(value)
	}
	return showState(reflect.ValueOf(&value).Elem())
}
