package interp

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Literal is an expression whose value is v, of type t.
func Literal(t *types.Type, v Value) *ir.Expr {
	e := &ir.Expr{Type: t}
	parts := func(of func(i int) *types.Type) {
		for i, x := range v.Elems {
			e.Args = append(e.Args, Literal(of(i), x))
		}
	}
	same := func(int) *types.Type { return t.Elem }
	switch t.Kind {
	case types.Record, types.Tuple:
		e.Op = ir.RecordLit
		if t.Kind == types.Tuple {
			e.Op = ir.Key
		}
		parts(func(i int) *types.Type { return t.Fields[i].Type })
	case types.Union, types.Option:
		e.Op, e.Int = ir.Ctor, v.Int
		payload := types.Payload(t, int(v.Int))
		parts(func(i int) *types.Type { return payload[i] })
	case types.Map:
		e.Op = ir.MapLit
		for i, k := range v.Keys {
			e.Args = append(e.Args, Literal(t.Key, k), Literal(t.Elem, v.Elems[i]))
		}
	case types.Set:
		e.Op = ir.SetLit
		parts(same)
	case types.Seq:
		e.Op = ir.SeqLit
		parts(same)
	case types.Bag:
		e.Op = ir.BagLit
		parts(same)
	default:
		e.Int = v.Int
	}
	return e
}
