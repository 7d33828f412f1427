package peers

func container(...int) counts {
	next := map[string][]string{
		"absent": {"created"}, "created": {"running", "removed"}, "running": {"exited"}, "exited": {"removed"},
	}
	c, _ := explore([]string{"absent"}, func(s string, emit func(string)) {
		for _, t := range next[s] {
			emit(t)
		}
	})
	return c
}

func vmLifecycle(k ...int) counts {
	type state [most]byte // 0 absent, 1 off, 2 on, 3 suspended, 4 destroyed
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		on := 0
		for _, p := range s {
			if p == 2 {
				on++
			}
		}
		for v := range k[0] {
			to := func(p byte) {
				t := s
				t[v] = p
				emit(t)
			}
			switch s[v] {
			case 0:
				to(1)
			case 1:
				to(4)
				if on < k[1] {
					to(2)
				}
			case 2:
				to(1)
				to(3)
			case 3:
				to(1)
				if on < k[1] {
					to(2)
				}
			}
		}
	})
	return c
}

func podScheduler(k ...int) counts {
	type demand struct{ cpu, memory int }
	type state struct {
		place [most]int // 0 pending, -1 failed, else the node plus one
		given [2]demand
	}
	needs := []demand{{2, 4}, {1, 2}, {4, 8}, {3, 6}, {5, 10}}[:k[0]]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for p, d := range needs {
			if s.place[p] != 0 {
				continue
			}
			placed := false
			for n, g := range s.given {
				if g.cpu+d.cpu <= 8 && g.memory+d.memory <= 16 {
					placed = true
					t := s
					t.place[p] = n + 1
					t.given[n] = demand{g.cpu + d.cpu, g.memory + d.memory}
					emit(t)
				}
			}
			if !placed {
				t := s
				t.place[p] = -1
				emit(t)
			}
		}
	})
	return c
}

func containerSecurity(k ...int) counts {
	type state [most]int // the owner of each resource, plus one
	containers, resources, limit := k[0], k[1], k[2]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		held := make([]int, containers+1)
		for _, owner := range s {
			held[owner]++
		}
		for c := 1; c <= containers; c++ {
			for r := range resources {
				if s[r] == 0 && held[c] < limit {
					t := s
					t[r] = c
					emit(t)
				}
			}
			for range 4 { // the permitted system calls, which change nothing
				emit(s)
			}
		}
	})
	return c
}

func admission(k ...int) counts {
	type state struct{ power, host [most]int } // power: 0 off, 1 admitted, 2 on; host plus one
	hosts, vms, capacity := k[0], k[1], k[2]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		promised := make([]int, hosts+1)
		needs := func(v int) int { return 1 + (v+1)%3 }
		for v := range vms {
			promised[s.host[v]] += needs(v)
		}
		for v := range vms {
			t := s
			switch s.power[v] {
			case 0:
				for h := 1; h <= hosts; h++ {
					if promised[h]+needs(v) <= capacity {
						t.power[v], t.host[v] = 1, h
						emit(t)
					}
				}
			case 1:
				t.power[v] = 2
				emit(t)
				t.power[v], t.host[v] = 0, 0
				emit(t)
			case 2:
				t.power[v], t.host[v] = 0, 0
				emit(t)
			}
		}
	})
	return c
}

func loadBalancing(k ...int) counts {
	type state [most]int // the host of each machine; machine i has load i+1
	hosts, vms := k[0], k[1]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		load := make([]int, hosts)
		for v := range vms {
			load[s[v]] += v + 1
		}
		for v := range vms {
			for h := range hosts {
				if load[s[v]]-load[h] > v+1 {
					t := s
					t[v] = h
					emit(t)
				}
			}
		}
	})
	return c
}

func banker(k ...int) counts {
	type state [most]int
	clients, total := k[0], k[1]
	claim := func(c int) int { return 2 + (c+1)%3 }
	free := func(s state) int {
		left := total
		for _, has := range s {
			left -= has
		}
		return left
	}
	// safe lets whoever can finish do so until nobody can: the order does not matter, since finishing only gives back.
	safe := func(s state) bool {
		left, done, count := free(s), [most]bool{}, 0
		for again := true; again; {
			again = false
			for c := range clients {
				if !done[c] && claim(c)-s[c] <= left {
					done[c], again = true, true
					left += s[c]
					count++
				}
			}
		}
		return count == clients
	}
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for c := range clients {
			t := s
			if s[c] == claim(c) {
				t[c] = 0
				emit(t)
			} else if free(s) > 0 {
				if t[c]++; safe(t) {
					emit(t)
				}
			}
		}
	})
	return c
}
