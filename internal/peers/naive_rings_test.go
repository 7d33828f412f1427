package peers

func tokenRing(k ...int) counts {
	type state struct {
		at    [most]byte // 0 idle, 1 waiting, 2 sending
		token int
	}
	n := k[0]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		for p := range n {
			if s.at[p] == 1 && s.token != p {
				continue
			}
			t := s
			t.at[p] = (s.at[p] + 1) % 3
			emit(t)
		}
		if s.at[s.token] != 2 {
			s.token = (s.token + 1) % n
			emit(s)
		}
	})
	return c
}

func stabilisingRing(k ...int) counts {
	type state [most]int
	n, values := k[0], k[1]
	initial := []state{{}}
	for m := range n {
		var longer []state
		for _, s := range initial {
			for v := range values {
				s[m] = v
				longer = append(longer, s)
			}
		}
		initial = longer
	}
	c, _ := explore(initial, func(s state, emit func(state)) {
		for m := range n {
			t := s
			switch {
			case m == 0 && s[0] == s[n-1]:
				t[0] = (s[0] + 1) % values
			case m > 0 && s[m] != s[m-1]:
				t[m] = s[m-1]
			default:
				continue
			}
			emit(t)
		}
	})
	return c
}

func leaderRing(k ...int) counts {
	type state struct {
		name          [most]int
		asked, master [most]bool
		link          [most][most]int // messages from each seat to the one after it; 0 past the end
	}
	n := k[0]
	put := func(s *state, seat, name int) {
		for i := range s.link[seat] {
			if s.link[seat][i] == 0 {
				s.link[seat][i] = name
				return
			}
		}
	}
	var initial []state
	var arrange func(s state, seat int)
	arrange = func(s state, seat int) {
		if seat == n {
			initial = append(initial, s)
			return
		}
	names:
		for name := 1; name <= n; name++ {
			for _, taken := range s.name[:seat] {
				if taken == name {
					continue names
				}
			}
			t := s
			t.name[seat] = name
			arrange(t, seat+1)
		}
	}
	arrange(state{}, 0)
	c, _ := explore(initial, func(s state, emit func(state)) {
		for seat := range n {
			if !s.asked[seat] {
				t := s
				t.asked[seat] = true
				put(&t, seat, s.name[seat])
				emit(t)
			}
			from := (seat + n - 1) % n
			if got := s.link[from][0]; got != 0 {
				t := s
				copy(t.link[from][:], s.link[from][1:])
				t.link[from][most-1] = 0
				if got == s.name[seat] {
					t.master[seat] = true
				} else if got > s.name[seat] {
					put(&t, seat, got)
				}
				emit(t)
			}
		}
	})
	return c
}

func producerConsumer(k ...int) counts {
	type state struct {
		buffer             [most]int // items plus one; 0 past the end
		produced, consumed int
	}
	size, labels := k[0], k[1]
	c, _ := explore([]state{{}}, func(s state, emit func(state)) {
		held := 0
		for held < size && s.buffer[held] != 0 {
			held++
		}
		if held < size {
			t := s
			t.buffer[held] = s.produced + 1
			t.produced = (s.produced + 1) % labels
			emit(t)
		}
		if held > 0 {
			t := s
			copy(t.buffer[:], s.buffer[1:])
			t.buffer[most-1] = 0
			t.consumed = (s.consumed + 1) % labels
			emit(t)
		}
	})
	return c
}
