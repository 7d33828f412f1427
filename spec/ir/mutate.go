package ir

import "slices"

// Mutated is the program with the action that a mutant replaces, or nil where no mutant has that name under these constants.
func (p *Program) Mutated(mutant string) *Program {
	i := slices.IndexFunc(p.Mutants, func(m Mutant) bool { return m.Name == mutant && m.Replaced != nil })
	if i < 0 {
		return nil
	}
	q := *p
	q.Actions = slices.Clone(p.Actions)
	q.Actions[p.Mutants[i].Action] = *p.Mutants[i].Replaced
	q.Name += " with mutant " + mutant
	q.Flow = q.Flow.Replacing(&q, p.Mutants[i].Action)
	return &q
}
