package plan

import "slices"

// lean leaves out of steps what they do not need to come as near the goal as left says: a search by steps adds to a step what may
// run beside its other moves, though it is for nothing. The steps stay as many as they are.
func (p Problem) lean(steps []Step, left int) []Step {
	for {
		less := p.spare(steps, left)
		if less == nil {
			return steps
		}
		steps = less
	}
}

// spare leaves out all moves of one unit, or one move, if that does, and gives nil if none can be spared.
func (p Problem) spare(steps []Step, left int) []Step {
	for i, step := range steps {
		for _, m := range step {
			for _, everywhere := range []bool{true, false} {
				less := without(steps, func(at int, n Move) bool { return (everywhere || at == i) && n.VMs[0] == m.VMs[0] })
				if end, err := p.follow(less); err == nil && p.Goal.left(end) <= left {
					return less
				}
			}
		}
	}
	return nil
}

// without gives the steps less the moves that out tells, by the index of their step.
func without(steps []Step, out func(step int, m Move) bool) []Step {
	less := make([]Step, len(steps))
	for i, step := range steps {
		less[i] = slices.DeleteFunc(slices.Clone(step), func(m Move) bool { return out(i, m) })
	}
	return less
}
