package ground

import (
	"fmt"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// fingerprint is a text that two expressions share only if they have the same value in every state, and fault in the same
// ones: it has all of the tree but positions and names, with the values of outer in the place of free locals. Free lists
// those that occur, in the order in which they are met.
func fingerprint(e *ir.Expr, outer map[ir.LocalID]interp.Value) (text string, free []ir.LocalID) {
	w := &writer{outer: outer, inner: map[ir.LocalID]int{}, seen: map[ir.LocalID]bool{}}
	w.expr(e)
	return w.out.String(), w.free
}

func eventKey(e *ir.Event) string {
	w := &writer{inner: map[ir.LocalID]int{}}
	w.put("step", e.Action)
	for _, a := range e.Args {
		w.expr(a)
	}
	return w.out.String()
}

type writer struct {
	out   strings.Builder
	outer map[ir.LocalID]interp.Value
	inner map[ir.LocalID]int // the locals that the expression binds, numbered as they are met
	bound int
	seen  map[ir.LocalID]bool
	free  []ir.LocalID
}

func (w *writer) put(parts ...any) { fmt.Fprintln(&w.out, parts...) }

func (w *writer) bind(id ir.LocalID) {
	w.bound++ // a local that is bound again is another one
	w.inner[id] = w.bound
	w.put("bind", w.bound)
}

func (w *writer) typ(t *types.Type) {
	w.put(t.Kind, t.String(), t.Lo, t.Hi)
}

func (w *writer) expr(e *ir.Expr) {
	if e == nil {
		w.put("none")
		return
	}
	w.put(e.Op, e.Int, len(e.Args), len(e.Binders), len(e.Arms))
	w.typ(e.Type)
	switch e.Op {
	case ir.LoadVar:
		w.put(e.Var)
	case ir.Call:
		w.put(e.Func)
	case ir.LoadLocal:
		if k, ok := w.inner[e.Local]; ok {
			w.put("local", k)
		} else {
			w.put("value", w.outer[e.Local])
			if !w.seen[e.Local] {
				w.seen[e.Local] = true
				w.free = append(w.free, e.Local)
			}
		}
	case ir.Let:
		w.expr(e.Args[0])
		w.bind(e.Local)
		w.expr(e.Args[1])
		return
	}
	for i := range e.Binders {
		b := &e.Binders[i]
		w.put(b.Kind)
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
		w.put(a.Ctor, len(a.Binds))
		for _, id := range a.Binds {
			if id >= 0 {
				w.bind(id)
			} else {
				w.put("any")
			}
		}
		w.expr(a.Body)
	}
}
