package peers

func twoPhaseCommit(k ...int) counts {
	type state struct {
		rm            [most]byte // 0 working, 1 prepared, 2 committed, 3 aborted
		heard, said   [most]bool
		decided       bool
		commit, abort bool
	}
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		all := true
		for r := range n {
			all = all && s.heard[r]
			t := s
			if !s.decided && s.said[r] {
				t.heard[r] = true
				emit(t)
			}
			if t = s; s.rm[r] == 0 {
				t.rm[r], t.said[r] = 1, true
				emit(t)
				t = s
				t.rm[r] = 3
				emit(t)
			}
			if t = s; s.commit {
				t.rm[r] = 2
				emit(t)
			}
			if t = s; s.abort {
				t.rm[r] = 3
				emit(t)
			}
		}
		if s.decided {
			return
		}
		t := s
		t.decided, t.abort = true, true
		emit(t)
		if all {
			t = s
			t.decided, t.commit = true, true
			emit(t)
		}
	})
	return c
}

func transactions(k ...int) counts {
	type state struct {
		phase [most]byte       // 0 begun, 1 preparing, 2 committed, 3 aborted: the decision follows from it
		vote  [most][most]byte // 0 unknown, 1 yes, 2 no
	}
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for x := range k[0] {
			if s.phase[x] == 0 {
				t := s
				t.phase[x] = 1
				emit(t)
			}
			if s.phase[x] != 1 {
				continue
			}
			yes, no := 0, 0
			for p := range k[1] {
				switch s.vote[x][p] {
				case 0:
					for v := byte(1); v <= 2; v++ {
						t := s
						t.vote[x][p] = v
						emit(t)
					}
				case 1:
					yes++
				case 2:
					no++
				}
			}
			t := s
			if yes == k[1] {
				t.phase[x] = 2
				emit(t)
			}
			if no > 0 {
				t.phase[x] = 3
				emit(t)
			}
		}
	})
	return c
}

func german(k ...int) counts {
	type state struct {
		cache, request, order [most]byte // numbered as the model lists them
		ack, toStop, holders  [most]bool
		command               byte
		asker                 int // plus one
		owned                 bool
	}
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for c := range n {
			step := func(enabled bool, change func(t *state)) {
				if enabled {
					t := s
					change(&t)
					emit(t)
				}
			}
			take := func(command byte) func(t *state) {
				return func(t *state) { t.command, t.asker, t.request[c], t.toStop = command, c+1, 0, s.holders }
			}
			mine := s.asker == c+1 && s.order[c] == 0 && !s.owned
			step(s.request[c] == 0 && s.cache[c] == 0, func(t *state) { t.request[c] = 1 })
			step(s.request[c] == 0 && s.cache[c] != 2, func(t *state) { t.request[c] = 2 })
			step(s.command == 0 && s.request[c] == 1, take(1))
			step(s.command == 0 && s.request[c] == 2, take(2))
			step(s.order[c] == 0 && s.toStop[c] && (s.command == 2 || s.command == 1 && s.owned), func(t *state) {
				t.order[c], t.toStop[c] = 1, false
			})
			step(s.order[c] == 1 && !s.ack[c], func(t *state) { t.order[c], t.ack[c], t.cache[c] = 0, true, 0 })
			step(s.ack[c] && s.command != 0, func(t *state) { t.ack[c], t.holders[c], t.owned = false, false, false })
			step(s.command == 1 && mine, func(t *state) { t.order[c], t.holders[c], t.command = 2, true, 0 })
			step(s.command == 2 && mine && s.holders == [most]bool{}, func(t *state) {
				t.order[c], t.holders[c], t.owned, t.command = 3, true, true, 0
			})
			step(s.order[c] == 2, func(t *state) { t.order[c], t.cache[c] = 0, 1 })
			step(s.order[c] == 3, func(t *state) { t.order[c], t.cache[c] = 0, 2 })
		}
	})
	return c
}

// version stamps a write: a counter and, where the store uses it, the node that wrote.
type version struct{ counter, node int }

// update is a write on its way; one key is enough for every configuration.
type update struct {
	value int
	version
}

// replica is one node of a store: its value (0 is none) and what has reached it.
type replica struct {
	value   int
	at      version
	pending [16]update // a set: insert keeps it sorted, so that equal sets are equal arrays
}

// insert adds u to the set of pending updates, which it keeps sorted.
func (r *replica) insert(u update) {
	less := func(a, b update) bool {
		if a.counter != b.counter {
			return a.counter < b.counter
		}
		if a.node != b.node {
			return a.node < b.node
		}
		return a.value < b.value
	}
	for i := range r.pending {
		switch p := r.pending[i]; {
		case p == u:
			return
		case p == update{}:
			r.pending[i] = u
			return
		case less(u, p):
			copy(r.pending[i+1:], r.pending[i:])
			r.pending[i] = u
			return
		}
	}
	panic("too many pending updates for a naive replica")
}

func (r *replica) drop(i int) {
	copy(r.pending[i:], r.pending[i+1:])
	r.pending[len(r.pending)-1] = update{}
}

type storeState struct {
	node   [3]replica
	writes int
}

// write is a write of v at node n, stamped w, sent to all others.
func (s storeState) write(nodes, n, v int, w version) storeState {
	s.writes++
	s.node[n].value, s.node[n].at = v, w
	for m := range nodes {
		if m != n {
			s.node[m].insert(update{v, w})
		}
	}
	return s
}

func replicatedStore(k ...int) counts {
	c, _ := replicatedStates(k...)
	return c
}

func replicatedStates(k ...int) (counts, map[storeState]int) {
	nodes, values, writes := k[0], k[1], k[2]
	return explore([]storeState{{}}, func(s storeState, emit func(storeState)) {
		for n := range nodes {
			at := s.node[n].at
			for v := 1; v <= values && s.writes < writes; v++ {
				emit(s.write(nodes, n, v, version{counter: at.counter + 1}))
			}
			for i, u := range s.node[n].pending {
				if u.counter > at.counter {
					t := s
					t.node[n].value, t.node[n].at = u.value, u.version
					t.node[n].drop(i)
					emit(t)
				}
			}
		}
	})
}

func replicatedStoreFixed(k ...int) counts {
	nodes, values, writes := k[0], k[1], k[2]
	c, _ := explore([]storeState{{}}, func(s storeState, emit func(storeState)) {
		for n := range nodes {
			at := s.node[n].at
			for v := 1; v <= values && s.writes < writes; v++ {
				emit(s.write(nodes, n, v, version{at.counter + 1, n + 1}))
			}
			for i, u := range s.node[n].pending {
				if u == (update{}) {
					break
				}
				t := s
				t.node[n].drop(i)
				if u.counter > at.counter || u.counter == at.counter && u.node > at.node {
					t.node[n].value, t.node[n].at = u.value, u.version
				}
				emit(t)
			}
		}
	})
	return c
}
