package memory

import (
	"testing"

	"pgregory.net/rapid"
)

// Marks of minFree itself: 255 % is clear by rule Reached, and high by rule Below.
func TestStatesGolden(t *testing.T) {
	for _, test := range []struct {
		name    string
		percent int64
		rule    Rule
		want    State
	}{
		{"esxtop of sysinfo.io: 255 % of 939 MB", 255, Reached, Clear},
		{"the same by the other rule", 255, Below, High},
		{"at the mark", 400, Reached, High},
		{"below it", 399, Reached, Clear},
		{"at 100", 100, Reached, Clear},
		{"below 100", 99, Reached, Soft},
		{"at 64", 64, Reached, Soft},
		{"below 64", 63, Reached, Hard},
		{"at 32", 32, Reached, Hard},
		{"below 32", 31, Reached, Low},
		{"nothing", 0, Reached, Low},
		{"epping: below 100", 99, Below, Clear},
		{"epping: below 64", 63, Below, Soft},
		{"epping: below 32", 31, Below, Hard},
		{"epping: below 16", 15, Below, Low},
		{"at 16", 16, Below, Hard},
	} {
		m := must(NewMonitor(939_00, DefaultMarks(), test.rule))
		if got := m.Observe(test.percent * 939); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if got, want := m.LargeBroken(test.percent*939), test.percent < 400; got != want {
			t.Errorf("%s: got large pages broken %t, want %t", test.name, got, want)
		}
	}
}

// The table of states (D. Epping): what each does.
func TestMeansGolden(t *testing.T) {
	for s, want := range map[State]Means{
		High:  {},
		Clear: {BreakLarge: true, Share: true},
		Soft:  {BreakLarge: true, Share: true, Balloon: true},
		Hard:  {BreakLarge: true, Share: true, Compress: true, Swap: true},
		Low:   {BreakLarge: true, Compress: true, Swap: true, Block: true},
	} {
		if got := s.Means(); got != want {
			t.Errorf("%s: got %+v, want %+v", s, got, want)
		}
	}
}

func TestNewMonitorRefuses(t *testing.T) {
	good := DefaultMarks()
	for name, change := range map[string]func(*Marks){
		"equal":           func(m *Marks) { m.Clear = m.High },
		"zero":            func(m *Marks) { m.Low = 0 },
		"out of order":    func(m *Marks) { m.Soft = 10 },
		"negative margin": func(m *Marks) { m.Margin = -1 },
		"huge":            func(m *Marks) { m.High = 10_001 },
	} {
		marks := good
		change(&marks)
		if _, err := NewMonitor(100, marks, Reached); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	for _, minFree := range []int64{0, -1, maxMB*100 + 1} {
		if _, err := NewMonitor(minFree, good, Reached); err == nil {
			t.Errorf("minFree %d: got no error", minFree)
		}
	}
}

// On any run, for any marks: the state is one that free memory allows, it is the worst that a mark alone says if memory
// shrank, and free memory moves by more than the margin between two changes in opposite directions.
func TestMonitorFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var percents []int
		at := 0
		for range 5 {
			at += rapid.IntRange(1, 90).Draw(t, "gap")
			percents = append(percents, at)
		}
		marks := Marks{percents[4], percents[3], percents[2], percents[1], percents[0], rapid.IntRange(0, 30).Draw(t, "margin")}
		rule := Rule(rapid.IntRange(0, 1).Draw(t, "rule"))
		minFree := int64(rapid.IntRange(1, 1000).Draw(t, "minFree"))
		m := must(NewMonitor(minFree, marks, rule))
		// entered lists below what the states Clear to Low are entered.
		entered := []int{marks.High, marks.Clear, marks.Soft, marks.Hard}
		if rule == Below {
			entered = []int{marks.Clear, marks.Soft, marks.Hard, marks.Low}
		}
		worse, free := false, minFree*int64(marks.High+marks.Margin)/100+1
		turn := free
		m.Observe(free)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			free = max(0, free+int64(rapid.IntRange(-300, 300).Draw(t, "change"))*minFree/100)
			before := m.State()
			after := m.Observe(free)
			for i, e := range entered {
				if free*100 < int64(e)*minFree && after < State(i+1) {
					t.Fatalf("%d of %d free: got %s, below the mark %d", free, minFree, after, e)
				}
				if free*100 >= int64(e+marks.Margin)*minFree && after >= State(i+1) {
					t.Fatalf("%d of %d free: got %s, above the mark %d and the margin", free, minFree, after, e)
				}
			}
			if after == before {
				continue
			}
			if after < before && worse && (free-turn)*100 <= int64(marks.Margin)*minFree {
				t.Fatalf("got better with %d free after it got worse with %d, margin %d %% of %d", free, turn, marks.Margin, minFree)
			}
			worse, turn = after > before, free
		}
	})
}

// The largest numbers do not overflow.
func TestMonitorIsExact(t *testing.T) {
	m := must(NewMonitor(maxMB*100, DefaultMarks(), Reached))
	for percent, want := range map[int64]State{400: High, 100: Clear, 99: Soft, 31: Low} {
		if got := m.Clone().Observe(maxMB * percent); got != want {
			t.Errorf("%d %%: got %s, want %s", percent, got, want)
		}
	}
	if got := m.Clone().Observe(1<<63 - 1); got != High {
		t.Errorf("everything free: got %s, want high", got)
	}
}
