package visited

import "slices"

// condense merges the last runs of a list while there are many of one tier, or many in all.
func (d *Disk) condense(list []*runFile, candidates bool) ([]*runFile, error) {
	for n := len(list); n >= mergedAtOnce; n = len(list) {
		last := slices.Clone(list[n-mergedAtOnce:])
		tier := last[0].tier
		if last[mergedAtOnce-1].tier != tier && n < 2*mergedAtOnce-1 {
			return list, nil
		}
		run, err := d.mergeRuns(last, candidates)
		if err != nil {
			return list, err
		}
		run.tier = tier + 1
		list = append(list[:n-mergedAtOnce], run)
		d.remove(last...)
	}
	return list, nil
}

// gather makes runs of the states of a tree, which come in no order: so many bytes of them are sorted at a time.
func (d *Disk) gather(from *tree, memory int64) error {
	var list []*runFile
	b := Batch{Width: d.width, Words: make([]uint64, d.width), Froms: []uint64{InitialState}, Hashes: []uint64{0}}
	var in *Inserter
	open := func() (err error) {
		err = d.hold(1, memory)
		in = &Inserter{st: d.set, size: 1}
		return err
	}
	// end writes what was sorted.
	end := func() error {
		defer func() {
			d.set.Close()
			d.set = nil
		}()
		if d.set.Distinct() == 0 {
			return nil
		}
		run, err := d.writeSet(false)
		if err != nil {
			return err
		}
		d.count.Add(run.states)
		list, err = d.condense(append(list, run), false)
		return err
	}
	if err := open(); err != nil {
		return err
	}
	err := from.drain(0, func(r *record) error {
		if d.Halted() {
			return errHalted
		}
		copy(b.Words, r.words)
		b.Hashes[0] = d.codec.hash(b.Words)
		_, err := in.some(&b, 0)
		if err != ErrMemory && err != ErrStates || d.set.Distinct() == 0 {
			return err
		}
		if err := end(); err != nil {
			return err
		}
		if err := open(); err != nil {
			return err
		}
		_, err = in.some(&b, 0)
		return err
	})
	if err == nil {
		err = end()
	}
	d.old = list
	return err
}

// open gives readers of runs.
func (d *Disk) open(runs []*runFile) ([]*runReader, error) {
	var out []*runReader
	for _, run := range runs {
		r, err := d.read(run)
		if err != nil {
			closeAll(out)
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func closeAll(readers []*runReader) {
	for _, r := range readers {
		r.close()
	}
}

// mergeRuns makes one run of several.
func (d *Disk) mergeRuns(runs []*runFile, candidates bool) (*runFile, error) {
	readers, err := d.open(runs)
	if err != nil {
		return nil, err
	}
	defer closeAll(readers)
	var sources []source
	for _, r := range readers {
		sources = append(sources, r)
	}
	w, err := d.write(candidates)
	if err != nil {
		return nil, err
	}
	err = merge(sources, d.Halted, func(r *record) error {
		w.add(r)
		return w.err
	})
	return d.finishRun(w, err)
}

// consolidate merges runs of older states until each has at least twice as many as the next. What is in the set stays.
func (d *Disk) consolidate() error {
	for {
		n := len(d.old)
		from, sum := n-1, int64(0)
		if n > 0 {
			sum = d.old[from].states
		}
		for from > 0 && (d.old[from-1].states < 2*sum || from >= oldRuns) {
			from--
			sum += d.old[from].states
		}
		if from >= n-1 {
			return nil
		}
		last := slices.Clone(d.old[from:])
		run, err := d.mergeRuns(last, false)
		if err != nil {
			return err
		}
		d.old = append(d.old[:from:from], run)
		d.remove(last...)
	}
}
