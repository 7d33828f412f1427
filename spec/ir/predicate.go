package ir

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// BuildPredicate types and lowers a boolean expression over the state of a model that is already built. The program
// returned is p with the locals that the expression needs. The error is a syntax.Errors.
func BuildPredicate(info *types.Info, p *Program, e syntax.Expr) (*Program, *Expr, error) {
	if err := types.Predicate(info, e); err != nil {
		return nil, nil, err
	}
	own := *p
	own.Locals = slices.Clone(p.Locals)
	b := &builder{info: info, p: &own, locals: map[*types.Object]LocalID{}, consts: map[*types.Const]*Expr{}}
	x := b.expr(e)
	return &own, x, nil
}
