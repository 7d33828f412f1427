package peers

// most is how many processes, seats or hosts a naive state has room for.
const most = 8

func mutex(k ...int) counts {
	type state [most]byte // 0 idle, 1 waiting, 2 holding
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		held := false
		for h := range n {
			held = held || s[h] == 2
		}
		for h := range n {
			if s[h] == 1 && held {
				continue
			}
			t := s
			t[h] = (s[h] + 1) % 3
			emit(t)
		}
	})
	return c
}

func ticketLock(k ...int) counts {
	type state struct {
		at            [most]byte // 0 idle, 1 waiting, 2 holding
		ticket        [most]int
		drawn, called int
	}
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for h := range n {
			t := s
			switch s.at[h] {
			case 0:
				t.ticket[h], t.drawn = s.drawn, (s.drawn+1)%n
			case 1:
				if s.ticket[h] != s.called {
					continue
				}
			case 2:
				t.ticket[h], t.called = 0, (s.called+1)%n
			}
			t.at[h] = (s.at[h] + 1) % 3
			emit(t)
		}
	})
	return c
}

func retry(...int) counts         { return jobs(func(job int) bool { return job == 1 }) }
func retryLivelock(...int) counts { return jobs(func(int) bool { return true }) }

// jobs counts the states of two backup jobs; letsGo says who gives up its first disk when the second one is locked.
func jobs(letsGo func(job int) bool) counts {
	type state struct {
		at     [2]byte // 0 starting, 1 with its first disk, 2 copying, 3 done
		locked [2]bool // job j locks disk j first
	}
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for j := range 2 {
			t := s
			switch first, second := j, 1-j; {
			case s.at[j] == 0 && !s.locked[first]:
				t.at[j], t.locked[first] = 1, true
			case s.at[j] == 1 && !s.locked[second]:
				t.at[j], t.locked[second] = 2, true
			case s.at[j] == 1 && letsGo(j):
				t.at[j], t.locked[first] = 0, false
			case s.at[j] == 2:
				t.at[j], t.locked = 3, [2]bool{}
			default:
				continue
			}
			emit(t)
		}
	})
	return c
}

func peterson(...int) counts {
	type state struct {
		at   [2]byte // 0 idle, 1 raised, 2 waiting, 3 inside
		flag [2]bool
		turn int
	}
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for p := range 2 {
			t := s
			switch s.at[p] {
			case 0:
				t.flag[p] = true
			case 1:
				t.turn = 1 - p
			case 2:
				if s.flag[1-p] && s.turn != p {
					continue
				}
			case 3:
				t.flag[p] = false
			}
			t.at[p] = (s.at[p] + 1) % 4
			emit(t)
		}
	})
	return c
}

func petersonN(k ...int) counts {
	type state struct {
		at          [most]byte // 0 idle, 1 climbing, 2 waiting, 3 inside
		level, last [most]int
	}
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for p := range n {
			t := s
			switch s.at[p] {
			case 0:
				t.level[p], t.at[p] = 1, 1
			case 1:
				t.last[s.level[p]], t.at[p] = p, 2
			case 2:
				alone := true
				for q := range n {
					alone = alone && (q == p || s.level[q] < s.level[p])
				}
				if s.last[s.level[p]] == p && !alone {
					continue
				}
				if s.level[p] == n-1 {
					t.at[p] = 3
				} else {
					t.level[p]++
					t.at[p] = 1
				}
			case 3:
				t.level[p], t.at[p] = 0, 0
			}
			emit(t)
		}
	})
	return c
}

func bakery(k ...int) counts {
	type state struct {
		at           [most]byte // 0 idle, 1 looking, 2 drawing, 3 queued, 4 inside
		seen, number [most]int
	}
	n, last := k[0], k[1]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		highest, peak, choosers := 0, 0, 0
		for p := range n {
			highest = max(highest, s.number[p])
			peak = max(peak, s.number[p], s.seen[p])
			if s.at[p] == 1 || s.at[p] == 2 {
				choosers++
			}
		}
		for p := range n {
			t := s
			t.at[p] = (s.at[p] + 1) % 5
			ok := true
			switch s.at[p] {
			case 0:
				ok = peak+choosers < last
			case 1:
				t.seen[p] = highest
			case 2:
				t.number[p], t.seen[p] = s.seen[p]+1, 0
			case 3:
				for q := range n {
					drawn := s.number[q] != 0
					earlier := s.number[q] < s.number[p] || s.number[q] == s.number[p] && q < p
					if q != p && (s.at[q] == 1 || s.at[q] == 2 || drawn && earlier) {
						ok = false
					}
				}
			case 4:
				t.number[p] = 0
			}
			if ok {
				emit(t)
			}
		}
	})
	return c
}

func readersWriters(k ...int) counts {
	type state struct{ reader, writer [most]byte } // reader: 1 reads; writer: 0 idle, 1 waiting, 2 writing
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		reading, waiting, writing := 0, 0, 0
		for _, r := range s.reader {
			reading += int(r)
		}
		for _, w := range s.writer {
			if w == 1 {
				waiting++
			} else if w == 2 {
				writing++
			}
		}
		for r := range k[0] {
			if s.reader[r] == 1 || waiting+writing == 0 {
				t := s
				t.reader[r] = 1 - s.reader[r]
				emit(t)
			}
		}
		for w := range k[1] {
			if s.writer[w] != 1 || reading+writing == 0 {
				t := s
				t.writer[w] = (s.writer[w] + 1) % 3
				emit(t)
			}
		}
	})
	return c
}

// table explores philosophers; first says which fork each takes first. A state names the holder of each fork, plus one,
// and who eats: the rest follows from it.
func table(n int, first func(p int) int) counts {
	type state struct {
		holder [most]int
		at     [most]byte
	}
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for p := range n {
			a := first(p)
			b := p + (p+1)%n - a // the other one
			t := s
			switch {
			case s.at[p] == 0 && s.holder[a] == 0:
				t.holder[a], t.at[p] = p+1, 1
			case s.at[p] == 1 && s.holder[b] == 0:
				t.holder[b], t.at[p] = p+1, 2
			case s.at[p] == 2:
				t.holder[a], t.holder[b], t.at[p] = 0, 0, 0
			default:
				continue
			}
			emit(t)
		}
	})
	return c
}

func philosophers(k ...int) counts {
	return table(k[0], func(p int) int {
		if p == k[0]-1 {
			return 0
		}
		return p
	})
}

func philosophersDeadlock(k ...int) counts { return table(k[0], func(p int) int { return p }) }
