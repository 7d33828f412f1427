package namespace

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// birth is an independent account of a process: the namespaces on the way from its own up to the host's, noted when the
// process was made, by names that are never used again.
type birth struct {
	path []int
	init bool // it is the init of path[0]
}

// From a namespace one sees exactly the processes in it and below it, each under a number of its own; and the end of an
// init ends those and no others.
func TestVisibilityIsDescent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const processes, namespaces = 8, 5
		pids := NewPIDs(processes, namespaces, rapid.IntRange(processes, 2*processes).Draw(t, "numbers"))
		births := map[Process]birth{HostInit: {path: []int{0}, init: true}}
		next := 1
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			p := Process(rapid.IntRange(1, processes).Draw(t, "process"))
			of := births[p]
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				if q, err := pids.Fork(p); err == nil {
					births[q] = birth{path: of.path}
				}
			case 2:
				if q, err := pids.ForkNew(p); err == nil {
					births[q] = birth{path: append([]int{next}, of.path...), init: true}
					next++
				}
			case 3:
				if pids.Exit(p) != nil {
					break
				}
				for q, b := range births {
					if q == p || of.init && slices.Contains(b.path, of.path[0]) {
						delete(births, q)
					}
				}
			}

			// Each namespace, by the name that its processes' paths give it.
			names := map[NsID]int{HostNs: 0}
			for q, b := range births {
				home, ok := pids.Home(q)
				if !ok {
					t.Fatalf("process %d is gone", q)
				}
				names[home] = b.path[0]
			}
			for q := Process(1); q <= processes; q++ {
				b, want := births[q]
				if pids.Alive(q) != want {
					t.Fatalf("process %d: got alive %t, want %t", q, pids.Alive(q), want)
				}
				for n, name := range names {
					if got, want := pids.Visible(n, q), slices.Contains(b.path, name); got != want {
						t.Fatalf("process %d from namespace %d: got visible %t, want %t", q, n, got, want)
					}
					if number := pids.Number(q, n); number != 0 {
						if found, ok := pids.Find(n, number); !ok || found != q {
							t.Fatalf("number %d in namespace %d: got process %d, want %d", number, n, found, q)
						}
					}
				}
			}
		}
	})
}

// The misreading of PID namespaces by which a child sees its parent's processes, and so everything: false.
func TestChildDoesNotSeeParent(t *testing.T) {
	pids := NewPIDs(3, 2, 3)
	inside, err := pids.ForkNew(HostInit)
	if err != nil {
		t.Fatal(err)
	}
	home, _ := pids.Home(inside)
	if pids.Visible(home, HostInit) {
		t.Error("the host's init is visible in a container")
	}
	if got := pids.Number(inside, home); got != 1 {
		t.Errorf("the container's init: got number %d inside, want 1", got)
	}
	if got := pids.Number(inside, HostNs); got != 2 {
		t.Errorf("the container's init: got number %d outside, want 2", got)
	}
}

// Numbers go round: one that becomes free is given again only after all later ones.
func TestNumbersGoRound(t *testing.T) {
	pids := NewPIDs(3, 1, 5)
	var got []int
	for range 7 {
		q, err := pids.Fork(HostInit)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, pids.Number(q, HostNs))
		if len(got) == 2 {
			continue // the process with number 3 stays
		}
		if err := pids.Exit(q); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int{2, 3, 4, 5, 2, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("got numbers %v, want %v", got, want)
	}
}

func TestPIDsRefuse(t *testing.T) {
	pids := NewPIDs(2, 1, 2)
	if _, err := pids.ForkNew(HostInit); err == nil {
		t.Error("made a namespace without room for one")
	}
	if err := pids.Exit(HostInit); err == nil {
		t.Error("the host's init exited")
	}
	if _, err := pids.Fork(2); err == nil {
		t.Error("a process that is not there forked")
	}
	if _, err := pids.Fork(HostInit); err != nil {
		t.Error(err)
	}
	if _, err := pids.Fork(HostInit); err == nil {
		t.Error("made a process without room for one")
	}
}

// A namespace that is not there is within nothing, itself included.
func TestPIDsWithin(t *testing.T) {
	pids := NewPIDs(3, 3, 3)
	if _, err := pids.ForkNew(HostInit); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		n, a NsID
		want bool
	}{
		{0, 0, true},
		{1, 0, true},
		{1, 1, true},
		{0, 1, false},
		{2, 2, false},
		{2, 0, false},
		{99, 0, false},
		{99, 99, false},
		{0, 99, false},
		{-1, 0, false},
		{-1, -1, false},
	} {
		if got := pids.Within(test.n, test.a); got != test.want {
			t.Errorf("namespace %d within %d: got %t, want %t", test.n, test.a, got, test.want)
		}
	}
}

// Room that cannot be is a programmer's error, with a sentence that says so.
func TestRoom(t *testing.T) {
	for name, call := range map[string]func(){
		"no processes":        func() { NewPIDs(0, 1, 1) },
		"no namespaces":       func() { NewPIDs(1, 0, 1) },
		"too few numbers":     func() { NewPIDs(3, 1, 2) },
		"negative containers": func() { NewNamespaces(-1, Policy{}) },
	} {
		mustPanic(t, name, call)
	}
}

// mustPanic wants a panic of this package, not one of the runtime.
func mustPanic(t *testing.T, name string, call func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "namespace: ") {
			t.Errorf("%s: got panic %q, want a sentence of this package", name, sentence)
		}
	}()
	call()
}
