package lrup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Check reads a formula in DIMACS and a proof in the text of LRAT, and checks that each step of the proof follows from what stands
// before it, up to the empty clause. Where it gives nil, the formula has no model. It uses nothing else of this package.
//
// A line of the proof is `ID LITERAL… 0 HINT… 0`, a step, or `ID d ID… 0`, which forgets clauses. The clauses of the formula have the
// numbers from 1; those of steps increase. A step is checked so: all its literals are taken to be false; each hint names a clause of which all literals are
// false but one, which is then true; the last hint names one of which all are false. Whatever else a hint names is an error, and so
// is what LRAT has beside that (negative hints).
func Check(cnf, proof io.Reader) error {
	c := &checker{clauses: map[int][]int{}}
	if err := c.formula(&scanner{in: bufio.NewReader(cnf)}); err != nil {
		return fmt.Errorf("formula: %w", err)
	}
	in := &scanner{in: bufio.NewReader(proof)}
	for {
		done, err := c.line(in)
		if err != nil {
			return fmt.Errorf("proof, line %d: %w", in.line+1, err)
		}
		if done {
			return nil
		}
	}
}

// mostVars keeps a header from taking all memory.
const mostVars = 1 << 28

type checker struct {
	clauses map[int][]int
	last    int
	value   []int8 // by variable: 1 true, -1 false, 0 neither
	set     []int  // the variables with a value
}

func (c *checker) formula(in *scanner) error {
	vars, count, err := in.header()
	if err != nil {
		return err
	}
	c.value = make([]int8, vars+1)
	for range count {
		lits, err := in.numbers()
		if err != nil {
			return fmt.Errorf("clause %d: %w", c.last+1, err)
		}
		if err := c.known(lits); err != nil {
			return fmt.Errorf("clause %d: %w", c.last+1, err)
		}
		c.last++
		c.clauses[c.last] = lits
	}
	if word, err := in.word(); err == nil {
		return fmt.Errorf("got %q after the last clause", word)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (c *checker) known(lits []int) error {
	for _, l := range lits {
		if max(l, -l) >= len(c.value) {
			return fmt.Errorf("got literal %d, want at most %d", l, len(c.value)-1)
		}
	}
	return nil
}

// line checks a line of the proof; done says that it was the empty clause.
func (c *checker) line(in *scanner) (done bool, err error) {
	id, err := in.number()
	if errors.Is(err, io.EOF) {
		return false, errors.New("the proof ends without the empty clause")
	}
	if err != nil {
		return false, err
	}
	if in.deletes() {
		gone, err := in.numbers()
		for _, g := range gone {
			delete(c.clauses, g)
		}
		return false, err
	}
	if id <= c.last {
		return false, fmt.Errorf("got number %d after %d", id, c.last)
	}
	lits, err := in.numbers()
	if err != nil {
		return false, err
	}
	if err := c.known(lits); err != nil {
		return false, err
	}
	hints, err := in.numbers()
	if err != nil {
		return false, err
	}
	if err := c.follows(lits, hints); err != nil {
		return false, fmt.Errorf("step %d: %w", id, err)
	}
	c.last = id
	c.clauses[id] = lits
	return len(lits) == 0, nil
}

func (c *checker) follows(lits, hints []int) error {
	defer func() {
		for _, v := range c.set {
			c.value[v] = 0
		}
		c.set = c.set[:0]
	}()
	for _, l := range lits {
		if c.of(l) > 0 {
			return fmt.Errorf("it has both %d and %d", l, -l)
		}
		c.assume(-l)
	}
	for i, h := range hints {
		clause, ok := c.clauses[h]
		if !ok {
			return fmt.Errorf("there is no clause %d", h)
		}
		open := 0
		for _, l := range clause {
			switch v := c.of(l); {
			case v > 0:
				return fmt.Errorf("clause %d is true", h)
			case v == 0 && open != 0 && open != l:
				return fmt.Errorf("clause %d has two literals without a value", h)
			case v == 0:
				open = l
			}
		}
		if open == 0 {
			if i < len(hints)-1 {
				return fmt.Errorf("there is a hint after clause %d, which is false", h)
			}
			return nil
		}
		c.assume(open)
	}
	return errors.New("no hint names a clause that is false")
}

// of is the value of a literal.
func (c *checker) of(l int) int8 {
	if l < 0 {
		return -c.value[-l]
	}
	return c.value[l]
}

func (c *checker) assume(l int) {
	v := max(l, -l)
	c.set = append(c.set, v)
	c.value[v] = 1
	if l < 0 {
		c.value[v] = -1
	}
}

// scanner reads words parted by white space.
type scanner struct {
	in   *bufio.Reader
	line int
	held string // a word read ahead
}

func (s *scanner) word() (string, error) {
	if w := s.held; w != "" {
		s.held = ""
		return w, nil
	}
	var w []byte
	for {
		b, err := s.in.ReadByte()
		space := err == nil && (b == ' ' || b == '\n' || b == '\t' || b == '\r')
		switch {
		case (space || errors.Is(err, io.EOF)) && len(w) > 0:
			if space {
				err = s.in.UnreadByte()
			} else {
				err = nil
			}
			return string(w), err
		case err != nil:
			return "", err
		case !space:
			w = append(w, b)
		case b == '\n':
			s.line++
		}
	}
}

func (s *scanner) number() (int, error) {
	w, err := s.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(w, 10, 32)
	if err != nil || n == -1<<31 {
		return 0, fmt.Errorf("got %q, want a number", w)
	}
	return int(n), nil
}

// numbers reads up to a 0.
func (s *scanner) numbers() ([]int, error) {
	out := []int{}
	for {
		n, err := s.number()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil || n == 0 {
			return out, err
		}
		out = append(out, n)
	}
}

// deletes skips the mark of a deletion, if it is next.
func (s *scanner) deletes() bool {
	w, err := s.word()
	if err != nil || w == "d" {
		return err == nil
	}
	s.held = w
	return false
}

// header reads `p cnf VARIABLES CLAUSES`, after comments.
func (s *scanner) header() (vars, clauses int, err error) {
	for {
		w, err := s.word()
		if err != nil {
			return 0, 0, errors.New("it has no line p cnf VARIABLES CLAUSES")
		}
		if w != "c" {
			s.held = w
			break
		}
		if _, err := s.in.ReadString('\n'); err != nil {
			return 0, 0, err
		}
		s.line++
	}
	for _, want := range [2]string{"p", "cnf"} {
		if w, err := s.word(); err != nil || w != want {
			return 0, 0, errors.New("it has no line p cnf VARIABLES CLAUSES")
		}
	}
	if vars, err = s.number(); err != nil {
		return 0, 0, err
	}
	clauses, err = s.number()
	if err == nil && (vars < 0 || clauses < 0 || vars > mostVars) {
		err = fmt.Errorf("got %d variables and %d clauses, want at least 0 and at most %d variables", vars, clauses, mostVars)
	}
	return vars, clauses, err
}
