package ground

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// fingerprint is what two expressions share only if they have the same value in every state, and fault in the same ones:
// a hash of all of the tree but positions and names, with the values of outer in the place of free locals. Free lists
// those that occur, in the order in which they are met.
func fingerprint(e *ir.Expr, outer map[ir.LocalID]interp.Value) (key string, free []ir.LocalID) {
	w := &writer{outer: outer, inner: map[ir.LocalID]int{}, seen: map[ir.LocalID]bool{}}
	w.text("state")
	w.expr(e)
	return w.key(), w.free
}

// eventKey is the same of a closed event; word is what is said of it.
func eventKey(word string, e *ir.Event) string {
	w := &writer{}
	w.text(word)
	w.numbers(int64(e.Action), int64(len(e.Args)))
	for _, a := range e.Args {
		w.expr(a)
	}
	return w.key()
}

type writer struct {
	out   []byte
	outer map[ir.LocalID]interp.Value
	inner map[ir.LocalID]int // the locals that the expression binds, numbered as they are met
	bound int
	seen  map[ir.LocalID]bool
	free  []ir.LocalID
}

func (w *writer) key() string {
	sum := sha256.Sum256(w.out)
	return string(sum[:])
}

func (w *writer) numbers(ns ...int64) {
	for _, n := range ns {
		w.out = binary.AppendVarint(w.out, n)
	}
}

func (w *writer) text(s string) {
	w.numbers(int64(len(s)))
	w.out = append(w.out, s...)
}

func (w *writer) bind(id ir.LocalID) {
	w.bound++ // a local that is bound again is another one
	w.inner[id] = w.bound
}

func (w *writer) typ(t *types.Type) {
	w.numbers(int64(t.Kind), t.Lo, t.Hi)
	w.text(t.String())
}

func (w *writer) value(v interp.Value) {
	w.numbers(int64(v.Form), v.Int, int64(len(v.Keys)), int64(len(v.Elems)))
	for _, x := range v.Keys {
		w.value(x)
	}
	for _, x := range v.Elems {
		w.value(x)
	}
}

func (w *writer) expr(e *ir.Expr) {
	if e == nil {
		w.numbers(-1)
		return
	}
	w.numbers(int64(e.Op), e.Int, int64(len(e.Args)), int64(len(e.Binders)), int64(len(e.Arms)))
	w.typ(e.Type)
	switch e.Op {
	case ir.LoadVar:
		w.numbers(int64(e.Var))
	case ir.Call:
		w.numbers(int64(e.Func))
	case ir.LoadLocal:
		w.local(e.Local)
	case ir.Let:
		w.expr(e.Args[0])
		w.bind(e.Local)
		w.expr(e.Args[1])
		return
	}
	for i := range e.Binders {
		b := &e.Binders[i]
		w.numbers(int64(b.Kind))
		w.typ(b.Type)
		w.expr(b.Lo)
		w.expr(b.Hi)
		w.expr(b.Set)
		w.bind(b.Local)
		w.expr(b.Where)
	}
	w.expr(e.Where)
	for _, a := range e.Args {
		w.expr(a)
	}
	for i := range e.Arms {
		a := &e.Arms[i]
		w.numbers(int64(a.Ctor), int64(len(a.Binds)))
		for _, id := range a.Binds {
			if id >= 0 {
				w.bind(id)
			}
		}
		w.expr(a.Body)
	}
}

func (w *writer) local(id ir.LocalID) {
	if k, ok := w.inner[id]; ok {
		w.numbers(int64(k))
		return
	}
	w.numbers(0) // no inner one has this number
	w.value(w.outer[id])
	if !w.seen[id] {
		w.seen[id] = true
		w.free = append(w.free, id)
	}
}
