package stubborn

// Reads lists the cells that an instance may read.
func (a *Analysis) Reads(i int) []int { return a.instances[i].reads.list() }

// Writes lists the cells that an instance may write.
func (a *Analysis) Writes(i int) []int { return a.instances[i].writes.list() }

// Gives lists the values that an instance may change a cell to, nil where they are not known.
func (a *Analysis) Gives(i, cell int) []int64 { return a.instances[i].values[cell] }

// Faults tells whether an instance may fault.
func (a *Analysis) Faults(i int) bool { return a.instances[i].faults }

// Claim gives the cells that a property reads, and the classes of the values of some.
func (a *Analysis) Claim(p int) ([]int, map[int][]int) {
	return a.claims[p].reads.list(), a.claims[p].classes
}
