package perf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// The greatest numbers of states that equations are solved for: exactly, where the answers are long fractions, and in floating
// point, where a matrix of so many rows and columns is kept several times.
const (
	MaxExact   = 300
	MaxNumeric = 1500
)

// Errors of chains, for errors.Is.
var (
	ErrTooLarge  = errors.New("too many states")
	ErrNoRate    = errors.New("no rate")
	ErrSeveral   = errors.New("more than one class of states that is never left")
	ErrNoInitial = errors.New("no initial state")
)

// Rate says how often a step happens per unit of time while the system is in a state where it may. A rate of 0 stands for a
// step that does not happen. It gives nil for a step whose rate is not known.
type Rate func(state []model.Binding, step model.StepText) *big.Rat

// PerAction gives all instances of an action the same rate. A step that chooses something inside has none: the rate says
// nothing of how often each choice is made.
func PerAction(rates map[string]*big.Rat) Rate {
	return func(_ []model.Binding, step model.StepText) *big.Rat {
		if len(step.Choices) > 0 {
			return nil
		}
		return rates[step.Action]
	}
}

// Chain is a Markov chain in continuous time: the states of a system that are reached by steps with a rate greater than 0,
// and these steps. The time to each of them is exponentially distributed, and the first one is taken (J. Norris, Markov
// Chains, Cambridge 1997, chapter 2). States are numbered from 0, initial ones first.
type Chain struct {
	states  [][]model.Binding
	initial int // the number of initial states
	steps   [][]Transition
}

// Transition is a step of a chain.
type Transition struct {
	From, To int
	Step     model.StepText
	Rate     *big.Rat // per unit of time, more than 0
}

// NewChain explores a system breadth first from the initial states that start allows, all where it is nil. More than limit
// states are ErrTooLarge, a step without a rate ErrNoRate, a rate below 0 and an evaluation that faults are errors, too.
func NewChain(sys model.System, rate Rate, start func(state []model.Binding) bool, limit int) (*Chain, error) {
	if sys == nil || rate == nil {
		return nil, errors.New("a chain needs a system and rates")
	}
	w := walker{chain: &Chain{}, runner: sys.NewRunner(), rate: rate, numbers: map[string]int{}, limit: limit}
	w.runner.Init(func(s model.State, f *model.Fault) {
		switch {
		case f != nil:
			w.fail(f)
		case start == nil || start(w.runner.Render(s)):
			w.number(s)
		}
	})
	w.chain.initial = len(w.words)
	if w.err == nil && w.chain.initial == 0 {
		w.err = ErrNoInitial
	}
	for i := 0; i < len(w.words) && w.err == nil; i++ {
		w.expand(i)
	}
	if w.err != nil {
		return nil, fmt.Errorf("system %s: %w", sys.Info().Name, w.err)
	}
	return w.chain, nil
}

// walker explores a system for a chain.
type walker struct {
	chain   *Chain
	runner  model.Runner
	rate    Rate
	numbers map[string]int // of states, by their words
	words   []model.State
	limit   int
	err     error // the first one
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// number gives the number of a state, a new one to one that is new.
func (w *walker) number(s model.State) int {
	var key []byte
	for _, word := range s {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	n, ok := w.numbers[string(key)]
	if !ok {
		n = len(w.words)
		if n >= w.limit {
			w.fail(fmt.Errorf("%w: more than %d", ErrTooLarge, w.limit))
			return 0
		}
		w.numbers[string(key)] = n
		w.words = append(w.words, slices.Clone(s))
		w.chain.states = append(w.chain.states, w.runner.Render(s))
	}
	return n
}

// expand finds the steps that leave a state.
func (w *walker) expand(i int) {
	type found struct {
		label model.Label
		to    model.State
	}
	var next []found
	w.runner.Load(w.words[i])
	w.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f != nil {
			w.fail(f)
			return
		}
		next = append(next, found{l, slices.Clone(t)})
	})
	var steps []Transition
	for _, n := range next {
		step := w.runner.Describe(w.words[i], n.label)
		r := w.rate(w.chain.states[i], step)
		switch {
		case r == nil:
			w.fail(fmt.Errorf("%w for %s", ErrNoRate, step))
		case r.Sign() < 0:
			w.fail(fmt.Errorf("got rate %s for %s, want at least 0", r.RatString(), step))
		case r.Sign() > 0:
			steps = append(steps, Transition{From: i, To: w.number(n.to), Step: step, Rate: new(big.Rat).Set(r)})
		}
	}
	w.chain.steps = append(w.chain.steps, steps)
}

// Size is the number of states.
func (c *Chain) Size() int { return len(c.states) }

// Initial is the number of initial states, which come first.
func (c *Chain) Initial() int { return c.initial }

// State gives the variables of a state.
func (c *Chain) State(i int) []model.Binding { return slices.Clone(c.states[i]) }

// Where gives the numbers of the states for which a condition holds.
func (c *Chain) Where(holds func(state []model.Binding) bool) []int {
	var out []int
	for i, s := range c.states {
		if holds(s) {
			out = append(out, i)
		}
	}
	return out
}

// Steps gives the steps that leave a state.
func (c *Chain) Steps(i int) []Transition { return slices.Clone(c.steps[i]) }

// reach tells which states are reached from some, those included, along steps or against them, without leaving any that is
// closed.
func (c *Chain) reach(from []int, against bool, closed []bool) []bool {
	next := make([][]int, c.Size())
	for _, steps := range c.steps {
		for _, t := range steps {
			a, b := t.From, t.To
			if closed != nil && closed[a] {
				continue
			}
			if against {
				a, b = b, a
			}
			next[a] = append(next[a], b)
		}
	}
	seen, todo := make([]bool, c.Size()), slices.Clone(from)
	for _, s := range from {
		seen[s] = true
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, t := range next[s] {
			if !seen[t] {
				seen[t] = true
				todo = append(todo, t)
			}
		}
	}
	return seen
}

// recurrent gives the states that the chain comes back to for ever, or ErrSeveral where that depends on chance.
func (c *Chain) recurrent() ([]int, error) {
	for s := 0; ; {
		ahead, behind := c.reach([]int{s}, false, nil), c.reach([]int{s}, true, nil)
		escape := -1
		var class []int
		for t := range ahead {
			if ahead[t] && !behind[t] {
				escape = t
			}
			if ahead[t] {
				class = append(class, t)
			}
		}
		switch {
		case escape >= 0:
			s = escape // it reaches fewer states: s is not among them
		case slices.Contains(behind, false):
			return nil, ErrSeveral
		default:
			return class, nil
		}
	}
}

// balance are the equations of the long-run behaviour in a class of states that is never left: what flows into a state flows
// out, and the probabilities add up to 1, which stands in the place of the last of them, since that follows from the others.
func (c *Chain) balance(class []int) *equations {
	n, place := len(class), map[int]int{}
	for i, s := range class {
		place[s] = i
	}
	e := newEquations(n)
	for i, s := range class {
		for _, t := range c.steps[s] {
			j := place[t.To]
			e.matrix[j][i].Add(e.matrix[j][i], t.Rate)
			e.matrix[i][i].Sub(e.matrix[i][i], t.Rate)
		}
	}
	for i := range n {
		e.matrix[n-1][i].SetInt64(1)
	}
	e.right[n-1].SetInt64(1)
	return e
}

// Steady is the share of time that the chain spends in each state in the long run, exactly. It does not depend on where the
// chain begins: where it would, that is ErrSeveral. A class of more than MaxExact states is ErrTooLarge.
func (c *Chain) Steady() ([]*big.Rat, error) {
	class, err := c.within(MaxExact)
	if err != nil {
		return nil, err
	}
	values, err := c.balance(class).solve()
	if err != nil {
		return nil, err
	}
	out := make([]*big.Rat, c.Size())
	for i := range out {
		out[i] = new(big.Rat)
	}
	for i, s := range class {
		out[s] = values[i]
	}
	return out, nil
}

// SteadyNumeric is Steady in floating point, for up to MaxNumeric states, with a bound for its error.
func (c *Chain) SteadyNumeric() (Approximation, error) {
	class, err := c.within(MaxNumeric)
	if err != nil {
		return Approximation{}, err
	}
	a, err := c.balance(class).approximate()
	if err != nil {
		return Approximation{}, err
	}
	out := make([]float64, c.Size())
	for i, s := range class {
		out[s] = a.Values[i]
	}
	return Approximation{Values: out, Error: a.Error}, nil
}

// within gives the recurrent states, of which there are no more than limit.
func (c *Chain) within(limit int) ([]int, error) {
	class, err := c.recurrent()
	if err == nil && len(class) > limit {
		return nil, fmt.Errorf("%w: %d of them come back for ever, want at most %d", ErrTooLarge, len(class), limit)
	}
	return class, err
}

// Hitting is the mean time until the chain is in one of some states, from each state, exactly: 0 from these, and nil where
// it is infinite because the chain may get to where none of them can be reached. More than MaxExact states that are not
// themselves hit are ErrTooLarge.
func (c *Chain) Hitting(target []int) ([]*big.Rat, error) {
	states, hit, err := c.waiting(target, MaxExact)
	if err != nil {
		return nil, err
	}
	values, err := c.meanTimes(states).solve()
	if err != nil {
		return nil, err
	}
	out := make([]*big.Rat, c.Size())
	for s := range out {
		if hit[s] {
			out[s] = new(big.Rat)
		}
	}
	for i, s := range states {
		out[s] = values[i]
	}
	return out, nil
}

// HittingNumeric is Hitting in floating point, for up to MaxNumeric states, with a bound for the error of those values that
// are not infinite. The unit is that of time.
func (c *Chain) HittingNumeric(target []int) (Approximation, error) {
	states, hit, err := c.waiting(target, MaxNumeric)
	if err != nil {
		return Approximation{}, err
	}
	a := Approximation{}
	if len(states) > 0 {
		if a, err = c.meanTimes(states).approximate(); err != nil {
			return Approximation{}, err
		}
	}
	out := make([]float64, c.Size())
	for s := range out {
		if !hit[s] {
			out[s] = math.Inf(1)
		}
	}
	for i, s := range states {
		out[s] = a.Values[i]
	}
	return Approximation{Values: out, Error: a.Error}, nil
}

// waiting gives the states from which one of target is surely hit but has not been yet, no more than limit, and which are hit.
func (c *Chain) waiting(target []int, limit int) (states []int, hit []bool, err error) {
	hit = make([]bool, c.Size())
	for _, s := range target {
		if s < 0 || s >= c.Size() {
			return nil, nil, fmt.Errorf("got state %d, want 0 to %d", s, c.Size()-1)
		}
		hit[s] = true
	}
	can := c.reach(target, true, hit)
	var hopeless []int
	for s := range can {
		if !can[s] {
			hopeless = append(hopeless, s)
		}
	}
	unsure := c.reach(hopeless, true, hit)
	for s := range unsure {
		if !hit[s] && !unsure[s] {
			states = append(states, s)
		}
	}
	if len(states) > limit {
		return nil, nil, fmt.Errorf("%w: got %d on the way, want at most %d", ErrTooLarge, len(states), limit)
	}
	return states, hit, nil
}

// meanTimes are the equations of first steps: from a state it takes the mean time to the next step, and from there what it
// takes.
func (c *Chain) meanTimes(states []int) *equations {
	place := map[int]int{}
	for i, s := range states {
		place[s] = i
	}
	e := newEquations(len(states))
	for i, s := range states {
		for _, t := range c.steps[s] {
			e.matrix[i][i].Add(e.matrix[i][i], t.Rate)
			if j, ok := place[t.To]; ok {
				e.matrix[i][j].Sub(e.matrix[i][j], t.Rate)
			}
		}
		e.right[i].SetInt64(1)
	}
	return e
}

// Mean is the mean of a quantity over states with these probabilities.
func (c *Chain) Mean(shares []*big.Rat, quantity func(state []model.Binding) *big.Rat) (*big.Rat, error) {
	if len(shares) != c.Size() {
		return nil, fmt.Errorf("got probabilities of %d states, want %d", len(shares), c.Size())
	}
	out := new(big.Rat)
	for i, p := range shares {
		out.Add(out, new(big.Rat).Mul(p, quantity(c.states[i])))
	}
	return out, nil
}

// Frequency is how often per unit of time a step is taken for which a condition holds, where the states have these
// probabilities.
func (c *Chain) Frequency(shares []*big.Rat, counts func(t Transition) bool) (*big.Rat, error) {
	if len(shares) != c.Size() {
		return nil, fmt.Errorf("got probabilities of %d states, want %d", len(shares), c.Size())
	}
	out := new(big.Rat)
	for i, p := range shares {
		for _, t := range c.steps[i] {
			if counts(t) {
				out.Add(out, new(big.Rat).Mul(p, t.Rate))
			}
		}
	}
	return out, nil
}
