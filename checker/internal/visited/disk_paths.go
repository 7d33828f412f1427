package visited

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

// Paths goes back from each target: the states of the depth before are expanded, one after another, until one leads
// there, for all targets at once. In the worst case every state is expanded once more. From the first depth on disk the
// rest of a run is found by exploring once more in memory, where these depths had room.
func (d *Disk) Paths(by Stepper, targets []Target, _ bool) ([][]model.State, error) {
	d.grow.Lock()
	if d.set != nil {
		d.top.note(d.set.PeakBytes() + d.buffers() + d.index.Load())
		d.set.Close()
		d.set = nil
	}
	d.grow.Unlock()
	out := make([][]model.State, len(targets))
	var trails []*trail
	deepest := 0
	for i, t := range targets {
		trails = append(trails, &trail{i, []model.State{t.State}, t.Depth})
		deepest = max(deepest, t.Depth)
	}
	var failed error
	err := by.Guard(func() {
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
	var rest []Target
	for _, t := range trails {
		rest = append(rest, Target{t.known[len(t.known)-1], t.depth})
	}
	begun, err := d.Again(d.base, rest)
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
func (d *Disk) back(by Stepper, trails []*trail, depth int) error {
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
		return DiskError{err}
	}
	defer r.close()
	for count > 0 && r.next() {
		by.Leave(r.words, func(t model.State, f *model.Fault) {
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
		return DiskError{r.err}
	}
	if count > 0 {
		return &GoneError{fmt.Sprintf("a state was met after %d steps, and is not when they are taken again", depth)}
	}
	return nil
}
