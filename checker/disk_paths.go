package checker

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// trail is a run to one state, known from some state on.
type trail struct {
	at    int           // of the target among the targets
	known []model.State // from the end
	depth int           // of the last of known
}

// paths goes back from each target: the states of the depth before are expanded, one after another, until one leads
// there, for all targets at once. In the worst case every state is expanded once more. From the first depth on disk the
// rest of a run is found by exploring once more in memory, where these depths had room.
func (d *disk) paths(by stepper, targets []target, _ bool) ([][]model.State, error) {
	d.grow.Lock()
	if d.set != nil {
		d.top.note(d.set.peakBytes() + d.buffers() + d.index.Load())
		d.set.close()
		d.set = nil
	}
	d.grow.Unlock()
	out := make([][]model.State, len(targets))
	var trails []*trail
	deepest := 0
	for i, t := range targets {
		trails = append(trails, &trail{i, []model.State{t.state}, t.depth})
		deepest = max(deepest, t.depth)
	}
	var failed error
	err := by.guard(func() {
		for depth := deepest; depth > d.base && failed == nil; depth-- {
			failed = d.back(by, trails, depth)
		}
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	var rest []target
	for _, t := range trails {
		rest = append(rest, target{t.known[len(t.known)-1], t.depth})
	}
	begun, err := d.again(d.base, rest)
	if err != nil {
		return nil, err
	}
	for i, t := range trails {
		slices.Reverse(t.known)
		out[t.at] = append(begun[i], t.known[1:]...)
	}
	return out, nil
}

// back finds a predecessor of the first known state of each trail that begins at a depth.
func (d *disk) back(by stepper, trails []*trail, depth int) error {
	wanted, count := map[uint64][]*trail{}, 0
	for _, t := range trails {
		if t.depth == depth {
			h := d.codec.hash(t.known[len(t.known)-1])
			wanted[h] = append(wanted[h], t)
			count++
		}
	}
	if count == 0 {
		return nil
	}
	if depth-1-d.base >= len(d.depths) {
		return fmt.Errorf("a state was met after %d steps, and there are no states before it", depth)
	}
	r, err := d.read(d.depths[depth-1-d.base])
	if err != nil {
		return diskError{err}
	}
	defer r.close()
	for count > 0 && r.next() {
		by.leave(r.words, func(t model.State, f *model.Fault) {
			if f != nil {
				return
			}
			for _, w := range wanted[d.codec.hash(t)] {
				if w.depth == depth && slices.Equal(w.known[len(w.known)-1], t) {
					w.known, w.depth = append(w.known, slices.Clone(r.words)), depth-1
					count--
				}
			}
		})
	}
	if r.err != nil {
		return diskError{r.err}
	}
	if count > 0 {
		return &goneError{fmt.Sprintf("a state was met after %d steps, and is not when they are taken again", depth)}
	}
	return nil
}
