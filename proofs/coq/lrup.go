package coq

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// LRUPStep is a step of a proof by reverse unit propagation with hints: a clause of literals that are not 0, its number, and the
// numbers of the clauses that refute its negation, in their order. The clauses of the formula have the numbers from 1, those of steps
// increase. A step with Forget has nothing else.
type LRUPStep struct {
	ID     int
	Clause []int
	Hints  []int
	Forget []int
}

// WriteLRUP writes a Coq file with a theorem, unsatisfiable: no assignment makes all clauses of the formula true. Coq proves it by
// running the checker of theories/Lrup.v on the proof, so that the file compiles only where the proof is right. The formula
// stands there as it is; the proof is packed, since Coq reads terms slowly. What this format cannot hold is an error.
func WriteLRUP(w io.Writer, formula [][]int, proof []LRUPStep) error {
	text, err := packed(len(formula), proof)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	out.WriteString("From Coq Require Import List ZArith.\nFrom Bulkhead Require Import Lrup.\nImport ListNotations.\n\n")
	out.WriteString("Definition formula : list (list Z) := [\n")
	for i, c := range formula {
		out.WriteString("  [")
		for j, l := range c {
			if l == 0 {
				return fmt.Errorf("clause %d: a literal is 0", i+1)
			}
			if j > 0 {
				out.WriteString("; ")
			}
			fmt.Fprint(out, l)
		}
		out.WriteString("]")
		if i < len(formula)-1 {
			out.WriteString(";")
		}
		out.WriteString("\n")
	}
	out.WriteString("]%Z.\n\nDefinition proof : list text := [\n")
	for i, line := range text {
		fmt.Fprintf(out, "  \"%s\"", line)
		if i < len(text)-1 {
			out.WriteString(";")
		}
		out.WriteString("\n")
	}
	out.WriteString("]%proof.\n\nTheorem unsatisfiable : unsat formula.\n" +
		"Proof. apply (check_text_sound formula proof). vm_cast_no_check (eq_refl true). Qed.\n")
	return out.Flush()
}

// lineLength is that of texts in characters, but for the number that ends one.
const lineLength = 1000

// packer writes numbers with five bits a character, the lowest first; the sixth says that there are more. No line splits a number.
type packer struct {
	lines []string
	line  strings.Builder
}

func (p *packer) number(n int) {
	for ; n >= 32; n >>= 5 {
		p.line.WriteByte(character(n&31 | 32))
	}
	p.line.WriteByte(character(n))
	if p.line.Len() >= lineLength {
		p.end()
	}
}

// character has the six bits of n as its lowest; none is a quotation mark.
func character(n int) byte {
	if n == 63 {
		return '?'
	}
	return byte('@' + n)
}

func (p *packer) end() {
	if p.line.Len() > 0 {
		p.lines = append(p.lines, p.line.String())
		p.line.Reset()
	}
}

// clauses writes the numbers of clauses up to last, each counted from the nearer end, and 0.
func (p *packer) clauses(last int, ids []int) error {
	for _, id := range ids {
		switch {
		case id < 1 || id > last:
			return fmt.Errorf("got clause %d, want one from 1 to %d", id, last)
		case id <= last-id:
			p.number(2 * id)
		default:
			p.number(2*(last-id) + 1)
		}
	}
	p.number(0)
	return nil
}

// packed is the proof as the function decode of Lrup.v reads it, for a formula of so many clauses.
func packed(clauses int, proof []LRUPStep) ([]string, error) {
	p, last := &packer{}, clauses
	for i, s := range proof {
		if s.Forget != nil {
			if s.ID != 0 || s.Clause != nil || s.Hints != nil {
				return nil, fmt.Errorf("step %d: it forgets clauses, and has other parts", i+1)
			}
			p.number(0)
			if err := p.clauses(last, s.Forget); err != nil {
				return nil, fmt.Errorf("step %d: %w", i+1, err)
			}
			continue
		}
		if s.ID <= last {
			return nil, fmt.Errorf("step %d: got number %d after %d", i+1, s.ID, last)
		}
		p.number(s.ID - last)
		for _, l := range s.Clause {
			if l == 0 {
				return nil, fmt.Errorf("step %d: a literal is 0", i+1)
			}
			p.number(literal(l))
		}
		p.number(0)
		if err := p.clauses(s.ID-1, s.Hints); err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		last = s.ID
	}
	p.end()
	return p.lines, nil
}

// literal is twice a variable, and one more where it is negated.
func literal(l int) int {
	if l < 0 {
		return -2*l + 1
	}
	return 2 * l
}
