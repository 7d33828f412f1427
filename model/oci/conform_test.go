package oci

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// recorder does operations, each to its end, and notes what is seen.
type recorder struct {
	*Runtime
	trace []Event
}

// do takes one operation; fails says of a hook whether it fails.
func (r *recorder) do(e Event, fails func(Call) bool) {
	e.Before = r.Snapshot()
	var err error
	switch e.Op {
	case StateOp:
		e.Reported, err = r.State(e.ID)
	case CreateOp:
		err = r.Create(e.ID, e.Bundle)
	case StartOp:
		err = r.Start(e.ID)
	case KillOp:
		err = r.Kill(e.ID, e.Signal)
	case DeleteOp:
		err = r.Delete(e.ID)
	case Environment:
		if r.Reap(e.ID) != nil {
			_ = r.Exit(e.ID)
		}
	}
	e.Failed = err != nil
	if err == nil && e.Op != Environment && e.Op != StateOp && e.Op != KillOp {
		e.Failed = !r.Finish(e.ID, func(c Call) bool {
			failed := fails != nil && fails(c)
			e.Calls = append(e.Calls, Called{c.Kind, c.Index, c.Kind.InContainer(), c.Status, failed})
			if failed && c.Kind == Poststop {
				e.Warnings++
			}
			return failed
		})
	}
	e.After = r.Snapshot()
	r.trace = append(r.trace, e)
}

// musts are the demands that a trace breaks.
func musts(t testing.TB, trace []Event) []Must {
	t.Helper()
	breaches, err := Conform(trace)
	if err != nil {
		t.Fatal(err)
	}
	return named(breaches)
}

func named(breaches []Breach) []Must {
	out := map[Must]bool{}
	for _, b := range breaches {
		out[b.Must] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// anything draws an operation, good or bad.
func anything(t *rapid.T) Event {
	e := Event{
		Op:     rapid.SampledFrom([]Operation{StateOp, CreateOp, CreateOp, StartOp, StartOp, KillOp, DeleteOp, DeleteOp, Environment}).Draw(t, "op"),
		ID:     rapid.SampledFrom([]string{"a", "a", "b", "b", "", "a/b"}).Draw(t, "id"),
		Signal: rapid.SampledFrom([]string{sigkill, "TERM"}).Draw(t, "signal"),
	}
	if e.Op == CreateOp {
		e.Bundle = rapid.SampledFrom([]*Config{hooked(0), hooked(1), hooked(2), {}, nil}).Draw(t, "bundle")
		if e.Bundle != nil {
			e.Bundle.Namespaces = rapid.SampledFrom([][]Entry{
				nil,
				{{Type: Network}},
				{{Network, blue}},
				{{Type: PID}, {Type: Network}},
				{{Type: PID}, {Type: PID}},
				{{PID, blue}},
				{{Network, Path("a", Network)}},
				{{PID, Path("b", PID)}},
			}).Draw(t, "namespaces")
		}
	}
	return e
}

func draw(t *rapid.T, profile Profile) []Event {
	r := &recorder{Runtime: newRuntime(profile, Host{Files: map[string]File{blue: {Network, 1}}})}
	for range rapid.IntRange(1, 30).Draw(t, "steps") {
		e := anything(t)
		failing := rapid.IntRange(0, 15).Draw(t, "failing")
		n := 0
		r.do(e, func(Call) bool { n++; return n == failing })
	}
	return r.trace
}

// A runtime that departs nowhere breaks nothing.
func TestSpecConforms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if broken, err := Conform(draw(t, Profile{})); err != nil || len(broken) > 0 {
			t.Fatalf("got %v (%v)", broken, err)
		}
	})
}

// runc breaks these demands, and no others.
func TestRuncDeparts(t *testing.T) {
	allowed := []Must{
		DeleteNeedsStopped, KillNeedsLive, StartRuns, HooksCalled, HookPlace, HookState, HookFailureIsError, HookFailureUndoes, PoststopWarns,
	}
	rapid.Check(t, func(t *rapid.T) {
		breaches, err := Conform(draw(t, Runc()))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range breaches {
			if !slices.Contains(allowed, b.Must) {
				t.Fatal(b)
			}
		}
	})
}

// life is a whole life with hooks, of which one may fail.
func life(profile Profile, bundle *Config, fails func(Call) bool) []Event {
	r := &recorder{Runtime: newRuntime(profile, Host{})}
	for _, op := range []Operation{CreateOp, StateOp, StartOp, KillOp, Environment, DeleteOp} {
		r.do(Event{Op: op, ID: only, Bundle: bundle, Signal: sigkill}, fails)
	}
	return r.trace
}

// Each departure of runc breaks just what it is said to break.
func TestEachDeparture(t *testing.T) {
	failing := func(k HookKind) func(Call) bool { return func(c Call) bool { return c.Kind == k } }
	early := &recorder{Runtime: at(t, Profile{DeletesCreated: true}, Absent)}
	early.do(Event{Op: CreateOp, ID: only, Bundle: hooked(1)}, nil)
	early.do(Event{Op: DeleteOp, ID: only}, nil)

	frozen := &recorder{Runtime: at(t, Profile{KillsPaused: true}, Paused)}
	frozen.do(Event{Op: KillOp, ID: only, Signal: "TERM"}, nil)

	for _, test := range []struct {
		name  string
		trace []Event
		want  []Must
	}{
		{"delete of a created container", early.trace, []Must{DeleteNeedsStopped}},
		{"kill of a paused one", frozen.trace, []Must{KillNeedsLive}},
		{"poststart in create", life(Profile{EarlyPoststart: true}, hooked(1), nil), []Must{HookPlace, HooksCalled, HookState}},
		{"startContainer unseen", life(Profile{UnseenStartHooks: true}, hooked(1), failing(StartContainer))[:3], []Must{HookFailureUndoes, HookFailureIsError, HooksCalled, StartRuns}},
		{"poststop fatal", life(Profile{FatalPoststop: true}, hooked(1), failing(Poststop)), []Must{PoststopWarns}},
		{"poststop fatal, with another behind it", life(Profile{FatalPoststop: true}, hooked(2), failing(Poststop)), []Must{HooksCalled, PoststopWarns}},
		{"none", life(Profile{}, hooked(2), failing(Poststop)), nil},
	} {
		slices.Sort(test.want)
		if got := musts(t, test.trace); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// tampered is a good trace in which one thing was changed.
type tampered struct {
	must   Must
	event  Operation // the first of this operation is changed
	change func(*Event)
	extra  []Must // that the same change breaks as well
}

// is changes the container of an event as it is seen afterwards.
func is(e *Event, change func(*Seen)) {
	s := e.After.Containers[e.ID]
	change(&s)
	e.After.Containers[e.ID] = s
}

// Every demand is broken by a change of a trace that breaks none, and is named for it.
func TestEveryMust(t *testing.T) {
	blank := func(e *Event) { e.ID = ""; e.Calls = nil }
	tests := []tampered{
		{StateNeedsID, StateOp, blank, nil},
		{StateOfUnknown, StateOp, func(e *Event) { e.ID = "nobody" }, nil},
		{StateReports, StateOp, func(e *Event) { e.Reported = Running }, nil},
		{CreateNeedsBoth, CreateOp, func(e *Event) { e.Bundle = nil }, nil},
		{CreateNeedsFreeID, CreateOp, func(e *Event) { e.Before.Containers[e.ID] = Seen{Status: Running} }, nil},
		{CreateMakes, CreateOp, func(e *Event) { is(e, func(s *Seen) { s.Status = Creating }) }, nil},
		{CreateRunsNothing, CreateOp, func(e *Event) { is(e, func(s *Seen) { s.Program = "/old" }) }, nil},
		{TypesOnce, CreateOp, func(e *Event) { e.Bundle.Namespaces = append(e.Bundle.Namespaces, Entry{Type: Network}) }, nil},
		{PathsFit, CreateOp, func(e *Event) { e.Bundle.Namespaces[1].Type = Mount }, nil},
		{AbsentInherited, CreateOp, func(e *Event) { is(e, func(s *Seen) { s.Spaces[Mount] = 77 }) }, nil},
		{NoPathIsNew, CreateOp, func(e *Event) { is(e, func(s *Seen) { s.Spaces[Network] = s.Spaces[Mount] }) }, nil},
		{PathIsJoined, CreateOp, func(e *Event) { is(e, func(s *Seen) { s.Spaces[IPC] = 77 }) }, nil},
		{StartNeedsID, StartOp, blank, nil},
		{StartNeedsCreated, StartOp, func(e *Event) { e.Before.Containers[e.ID] = Seen{Status: Stopped} }, nil},
		{StartRuns, StartOp, func(e *Event) { is(e, func(s *Seen) { s.Program = "" }) }, nil},
		{EditsHaveNoEffect, StartOp, func(e *Event) { is(e, func(s *Seen) { s.Program = "/new" }) }, nil},
		{StatusIsTrue, StartOp, func(e *Event) { is(e, func(s *Seen) { s.Status = Created }) }, nil},
		{StatusIsTrue, Environment, func(e *Event) { is(e, func(s *Seen) { s.Status = Created }) }, nil},
		{StatusIsTrue, Environment, func(e *Event) { delete(e.After.Containers, e.ID) }, nil},
		{StatusIsTrue, Environment, func(e *Event) { e.After.Containers["other"] = Seen{Status: Running} }, nil},
		{KillNeedsID, KillOp, blank, nil},
		{KillNeedsLive, KillOp, func(e *Event) { e.Before.Containers[e.ID] = Seen{Status: Stopped} }, nil},
		{KillSends, KillOp, func(e *Event) { is(e, func(s *Seen) { s.Signals = nil }) }, nil},
		{DeleteNeedsID, DeleteOp, blank, []Must{KeepsOthers}},
		{DeleteNeedsStopped, DeleteOp, func(e *Event) { e.Before.Containers[e.ID] = Seen{Status: Running} }, nil},
		{DeleteReleases, DeleteOp, func(e *Event) { e.After.Resources["its cgroup"] = only }, nil},
		{DeleteReleases, DeleteOp, func(e *Event) { e.After.Containers[only] = Seen{Status: Stopped} }, nil},
		{KeepsOthers, DeleteOp, func(e *Event) { e.Before.Resources["a volume"] = "" }, nil},
		{ErrorHasNoEffect, StateOp, func(e *Event) { e.ID, e.Failed = "nobody", true; is(e, func(s *Seen) { s.Status = Running }) }, nil},
		{HooksCalled, CreateOp, func(e *Event) { e.Calls = e.Calls[1:] }, nil},
		{HooksCalled, CreateOp, func(e *Event) { e.Calls[0], e.Calls[1] = e.Calls[1], e.Calls[0] }, nil},
		{HooksCalled, DeleteOp, func(e *Event) { e.Calls = append(e.Calls, e.Calls[0]) }, nil},
		{HookPlace, StartOp, func(e *Event) { e.Calls = append(e.Calls, Called{Kind: Poststop, Status: Stopped}) }, []Must{HooksCalled}},
		{HookNamespace, CreateOp, func(e *Event) { e.Calls[2*2].InContainer = false }, nil},
		{HookNamespace, StartOp, func(e *Event) { e.Calls[2].InContainer = true }, nil},
		{HookState, StartOp, func(e *Event) { e.Calls[0].Status = Running }, nil},
		{PoststopWarns, DeleteOp, func(e *Event) { e.Calls[0].Failed = true }, nil},
	}
	tested := map[Must]bool{StartNeedsProcess: true, HookFailureIsError: true, HookFailureUndoes: true} // below
	for _, test := range tests {
		tested[test.must] = true
		bundle := hooked(2)
		bundle.Namespaces = []Entry{{Type: Network}, {IPC, "/ipc"}}
		r := &recorder{Runtime: newRuntime(Profile{}, Host{Files: map[string]File{"/ipc": {IPC, 5}}})}
		for _, op := range []Operation{CreateOp, StateOp, StartOp, KillOp, Environment, DeleteOp} {
			r.do(Event{Op: op, ID: only, Bundle: bundle, Signal: "TERM"}, nil)
		}
		if got := musts(t, r.trace); got != nil {
			t.Fatalf("untouched: got %q", got)
		}
		i := slices.IndexFunc(r.trace, func(e Event) bool { return e.Op == test.event })
		test.change(&r.trace[i])
		j := judge{configs: map[string]Config{only: bundle.Clone()}}
		j.judge(i, r.trace[i])
		got := named(j.breaches)
		want := append([]Must{test.must}, test.extra...)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q, changed in %s: got %q", test.must, test.event, got)
		}
	}
	for _, m := range allMusts {
		if !tested[m] {
			t.Errorf("no test breaks %q", m)
		}
	}
}

// allMusts are all demands.
var allMusts = []Must{
	StateNeedsID, StateOfUnknown, StateReports, CreateNeedsBoth, CreateNeedsFreeID, CreateMakes, CreateRunsNothing, StartNeedsID,
	StartNeedsCreated, StartNeedsProcess, StartRuns, EditsHaveNoEffect, KillNeedsID, KillNeedsLive, KillSends, DeleteNeedsID,
	DeleteNeedsStopped, DeleteReleases, KeepsOthers, ErrorHasNoEffect, StatusIsTrue, HooksCalled, HookPlace, HookNamespace, HookState,
	HookFailureIsError, HookFailureUndoes, PoststopWarns, TypesOnce, PathsFit, AbsentInherited, NoPathIsNew, PathIsJoined,
}

// A start without process, and hooks that fail without consequence.
func TestFailuresMustShow(t *testing.T) {
	r := &recorder{Runtime: newRuntime(Profile{}, Host{})}
	r.do(Event{Op: CreateOp, ID: only, Bundle: &Config{}}, nil)
	r.do(Event{Op: StartOp, ID: only}, nil)
	if got := musts(t, r.trace); got != nil {
		t.Errorf("got %q, want none: the start failed", got)
	}
	r.trace[1].Failed = false
	if got := musts(t, r.trace); !slices.Equal(got, []Must{StartNeedsProcess}) {
		t.Errorf("got %q, want %q", got, StartNeedsProcess)
	}

	trace := life(Profile{}, hooked(1), func(c Call) bool { return c.Kind == CreateRuntime })[:1]
	trace[0].Failed = false
	if got := musts(t, trace); !slices.Contains(got, HookFailureIsError) {
		t.Errorf("got %q, want %q", got, HookFailureIsError)
	}
	trace[0].Failed = true
	good := trace[0].Calls
	trace[0].Calls = append(slices.Clone(good), Called{Kind: StartContainer, InContainer: true, Status: Created})
	if got := musts(t, trace); !slices.Contains(got, HookPlace) {
		t.Errorf("got %q, want %q", got, HookPlace)
	}
	trace[0].Calls = good
	trace[0].After.Resources["its cgroup"] = only
	if got := musts(t, trace); !slices.Equal(got, []Must{HookFailureUndoes}) {
		t.Errorf("got %q, want %q", got, HookFailureUndoes)
	}
}

// A namespace goes with the last process in it, whoever made it; as long as somebody is in it, nobody may take it away.
func TestLastProcess(t *testing.T) {
	r := &recorder{Runtime: newRuntime(Profile{}, Host{})}
	own, joins := hooked(1), hooked(1)
	own.Namespaces = []Entry{{Type: Network}}
	joins.Namespaces = []Entry{{Network, Path("a", Network)}}
	r.do(Event{Op: CreateOp, ID: "a", Bundle: own}, nil)
	r.do(Event{Op: CreateOp, ID: "b", Bundle: joins}, nil)
	r.do(Event{Op: CreateOp, ID: "c", Bundle: joins}, nil)
	r.do(Event{Op: Environment, ID: "a"}, nil)
	r.do(Event{Op: DeleteOp, ID: "a"}, nil)
	for _, id := range []string{"b", "c"} {
		r.do(Event{Op: StartOp, ID: id}, func(c Call) bool { return c.Kind == StartContainer })
	}
	space := spaceName(r.trace[1].After.Containers["b"].Spaces[Network])
	first, last := r.trace[5], r.trace[6]
	if _, before := first.After.Resources[space]; !before {
		t.Errorf("%s went while c was in it", space)
	}
	if _, after := last.After.Resources[space]; after {
		t.Errorf("%s stays when nobody is in it", space)
	}
	if got := musts(t, r.trace); got != nil {
		t.Errorf("got %q, want none", got)
	}
	j := judge{configs: map[string]Config{"b": joins.Clone()}}
	delete(first.After.Resources, space)
	j.judge(5, first)
	if got := named(j.breaches); !slices.Equal(got, []Must{KeepsOthers}) {
		t.Errorf("taken away from c: got %q, want %q", got, KeepsOthers)
	}
}

// A trace with a gap, or with something that is no operation, is none.
func TestNoTrace(t *testing.T) {
	trace := life(Profile{}, hooked(1), nil)
	if _, err := Conform(append(trace[:1:1], trace[2:]...)); err != nil {
		t.Errorf("state changes nothing: got %v", err)
	}
	if _, err := Conform(append(trace[:2:2], trace[3:]...)); err == nil {
		t.Error("want an error for a trace with a gap")
	}
	if _, err := Conform([]Event{{Op: 99}}); err == nil {
		t.Error("want an error for an operation that there is not")
	}
}
