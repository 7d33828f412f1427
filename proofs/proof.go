package proofs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// proof is the evidence about one instance of a property of whole runs, beside the states: ranks, levels or waits. Each
// is checked a state at a time, by several goroutines; the error is a RefusedError.
//
// In a certificate that of a claim is its length in bytes and its numbers, in base 128 (binary.PutUvarint): of each instance, as the
// system has them, those of ranks or waits by state, and for a claim of all fair runs those of levels: how many sets of duties there are, and
// these; how many lists, and of each how many levels and of each of these the order, the reason and what it is of; and
// for each state how many nodes it has, and of each of these the places of its set and of its list. A claim of kind Within has first its levels
// and then its waits, of each instance.
type proof interface {
	prove(g *graph) error
	write(b []byte) []byte
	read(in *numbers, states int64) error
	check(i int64, p *place) error
}

// ofRuns tells whether properties of a kind are claims about whole runs.
func ofRuns(k model.Kind) bool {
	return k == model.LTL || k == model.Can || k == model.Within || k == model.Longest
}

// rests tells whether a claim rests on proofs: of those about whole runs, and about several, one that is violated rests on a run, or
// two, unless it says what cannot be reached.
func (c *Claim) rests() bool {
	return ofRuns(c.Kind) && (c.Holds || c.Kind == model.Can) || c.Kind == model.Isolated && c.Holds
}

// restsOnRuns tells whether a claim rests on proofs about whole runs.
func (c Claim) restsOnRuns() bool { return ofRuns(c.Kind) && c.rests() }

// proofsOf gives the proofs of a claim that have to be found, or read.
func proofsOf(c *Claim, p model.Property, runs *model.Runs, of *model.RunProperty) (out []proof, err error) {
	limit := p.Limit
	if c.Extreme != nil {
		limit = min(limit, *c.Extreme)
	}
	add := func(one proof, failed error) {
		out, err = append(out, one), errors.Join(err, failed)
	}
	for i := range of.Instances {
		in := &of.Instances[i]
		switch c.Kind {
		case model.Can:
			add(newRanks(in.Formula, len(runs.Propositions)))
			continue
		case model.LTL, model.Within:
			add(newLevels(in.Formula, runs))
		}
		if c.Kind != model.LTL {
			add(newWaits(in.Wait, limit, runs))
		}
	}
	return out, err
}

// runProperty finds what a system says of a property of whole runs.
func runProperty(runs *model.Runs, id model.PropertyID) (*model.RunProperty, error) {
	at := slices.IndexFunc(runs.Properties, func(p model.RunProperty) bool { return p.Property == id })
	if at < 0 {
		return nil, errors.New("the model does not say what it claims of runs")
	}
	for _, f := range runs.Fairness {
		if f.Step < 0 || f.Step >= len(runs.Propositions) {
			return nil, errors.New("a proposition is none of the model")
		}
	}
	return &runs.Properties[at], nil
}

// formed tells what is wrong with what a system says of a property of which a run shows something.
func formed(k model.Kind, of *model.RunProperty, runs *model.Runs) (err error) {
	for i := range of.Instances {
		in := &of.Instances[i]
		if k != model.Longest {
			err = errors.Join(err, wellFormed(in.Formula, len(runs.Propositions), linear...))
		}
		if k != model.LTL {
			err = errors.Join(err, waitFormed(in.Wait, runs))
		}
	}
	return err
}

// writeEvidence writes that of the claims that rest on it.
func writeEvidence(w io.Writer, claims []Claim) error {
	for i := range claims {
		c := &claims[i]
		if !c.rests() {
			continue
		}
		if c.evidence == nil {
			return fmt.Errorf("no evidence about %s was found: Prove comes before Write", c.Property)
		}
		_, _ = w.Write(appendNumber(nil, uint64(len(c.evidence)))) // errors show when w is flushed
		_, _ = w.Write(c.evidence)
	}
	return nil
}

// readEvidence reads the proofs of all claims that rest on them.
func (v *verifier) readEvidence(c *Certificate) error {
	v.proofs, v.unwound = make([][]proof, len(v.by)), make([]*unwinding, len(v.by))
	for i := range v.header.Claims {
		claim := &v.header.Claims[i]
		if !claim.rests() {
			continue
		}
		id := slices.Index(v.by, claim)
		if err := v.expect(claim, model.PropertyID(id)); err != nil {
			return refused("%s: %v", claim.Property, err)
		}
		size, err := binary.ReadUvarint(c)
		if err != nil || size > 1<<62 {
			return damaged("evidence has no length")
		}
		data, err := io.ReadAll(io.LimitReader(c, int64(size)))
		if err != nil || uint64(len(data)) < size {
			return damaged("it ends within its evidence")
		}
		in := &numbers{data: data}
		for _, p := range v.proofs[id] {
			if err := p.read(in, v.set.states); err != nil {
				return err
			}
		}
		if u := v.unwound[id]; u != nil {
			if err := u.read(in, v.set.states); err != nil {
				return err
			}
		}
		if len(in.data) > 0 {
			return damaged("there is more evidence than there ought to be")
		}
	}
	return nil
}

// expect makes what the evidence of a claim is read into.
func (v *verifier) expect(c *Claim, id model.PropertyID) (err error) {
	if c.Kind == model.Isolated {
		v.unwound[id], err = newUnwinding(v.sys, id)
		return err
	}
	of, err := runProperty(v.runs, id)
	if err == nil {
		v.proofs[id], err = proofsOf(c, v.info.Properties[id], v.runs, of)
	}
	return err
}

func appendNumber(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

func appendNumbers(b []byte, of []uint32) []byte {
	for _, n := range of {
		b = appendNumber(b, uint64(n))
	}
	return b
}

// numbers reads numbers.
type numbers struct {
	data []byte
	bad  bool // something was not in form
}

// next reads a number up to most, or gives 0.
func (in *numbers) next(most uint64) uint64 {
	v, n := binary.Uvarint(in.data)
	if n <= 0 || v > most {
		in.bad, in.data = true, nil
		return 0
	}
	in.data = in.data[n:]
	return v
}

// some reads a number for each state.
func (in *numbers) some(states int64) ([]uint32, error) {
	if int64(len(in.data)) < states {
		in.bad = true
		return nil, in.err()
	}
	out := make([]uint32, states)
	for i := range out {
		out[i] = uint32(in.next(1<<32 - 1))
	}
	return out, in.err()
}

func (in *numbers) err() error {
	if in.bad {
		return damaged("evidence is not in form")
	}
	return nil
}
