package proofs

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// spoken is what properties of whole runs and of domains speak of in a state. It is to have a value there, whatever is claimed of them: otherwise
// something faults. Of those on which a claim rests nothing is asked here, since that they have a value is part of the evidence.
type spoken struct {
	runs   *onlooker // nil without properties of whole runs
	visits []*visit
}

func (v *verifier) newSpoken(r model.Runner) (*spoken, error) {
	out := &spoken{}
	resting := slices.ContainsFunc(v.header.Claims, Claim.restsOnRuns)
	for id, p := range v.info.Properties {
		switch {
		case ofRuns(p.Kind) && out.runs == nil && !resting:
			runs, err := runsOf(v.sys)
			if err != nil {
				return nil, err
			}
			if out.runs, err = newOnlooker(runs, r); err != nil {
				return nil, err
			}
		case p.Kind == model.Isolated && (v.by[id] == nil || !v.by[id].rests()):
			u, err := newUnwinding(v.sys, model.PropertyID(id))
			if err != nil {
				return nil, err
			}
			vis, err := newVisit(u, r)
			if err != nil {
				return nil, err
			}
			out.visits = append(out.visits, vis)
		}
	}
	return out, nil
}

// evaluate evaluates it in the state that is loaded. The error says what has no value.
func (s *spoken) evaluate() error {
	if s.runs != nil {
		if err := s.runs.begin(false); err != nil {
			return err
		}
	}
	for _, v := range s.visits {
		if err := v.begin(); err != nil {
			return err
		}
	}
	return nil
}
