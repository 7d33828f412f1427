package oci

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/linux/signal"
)

// Must names a demand of the runtime specification.
type Must string

// The demands on operations (runtime.md).
const (
	StateNeedsID       Must = "state: an error without an ID"
	StateOfUnknown     Must = "state: an error if the container does not exist"
	StateReports       Must = "state: the state of the container is returned"
	CreateNeedsBoth    Must = "create: an error without an ID or a path to a bundle"
	CreateNeedsFreeID  Must = "create: an error if the ID is in use"
	CreateMakes        Must = "create: a new container is created"
	CreateRunsNothing  Must = "create: the user-specified program is not run"
	StartNeedsID       Must = "start: an error without an ID"
	StartNeedsCreated  Must = "start: an error unless the container is created"
	StartNeedsProcess  Must = "start: an error if process was not set"
	StartRuns          Must = "start: the user-specified program is run"
	EditsHaveNoEffect  Must = "an update of config.json after create does not affect the container"
	KillNeedsID        Must = "kill: an error without an ID"
	KillNeedsLive      Must = "kill: an error unless the container is created or running"
	KillSends          Must = "kill: the signal is sent to the process"
	DeleteNeedsID      Must = "delete: an error without an ID"
	DeleteNeedsStopped Must = "delete: an error unless the container is stopped"
	DeleteReleases     Must = "delete: what create made is deleted"
	KeepsOthers        Must = "what a container has not made is not deleted"
	ErrorHasNoEffect   Must = "an error leaves everything as if the operation was never attempted"
	StatusIsTrue       Must = "the status says what the process has done"
)

// The demands on hooks (runtime.md, Lifecycle; config.md, POSIX-platform Hooks) and namespaces (config-linux.md, Namespaces).
const (
	HooksCalled        Must = "hooks: all of the operation are called, in the listed order, once each"
	HookPlace          Must = "hooks: they are called by their operation"
	HookNamespace      Must = "hooks: they are executed in the runtime or the container namespace, as their kind says"
	HookState          Must = "hooks: the state of the container is passed to them"
	HookFailureIsError Must = "hooks: one that fails is an error, but for poststop"
	HookFailureUndoes  Must = "hooks: after one that fails the container is stopped and destroyed"
	PoststopWarns      Must = "hooks: a poststop hook that fails is a warning, and no more"
	TypesOnce          Must = "namespaces: an error if a type is there twice"
	PathsFit           Must = "namespaces: an error if a path is not a namespace of its type"
	AbsentInherited    Must = "namespaces: a type that is left out is inherited from the runtime"
	NoPathIsNew        Must = "namespaces: one without a path is new"
	PathIsJoined       Must = "namespaces: the process is placed in the namespace of the path"
)

// Event is an operation with its answer and what was seen before and after it, or, where Op is Environment, what happened by itself.
type Event struct {
	Op            Operation
	ID            string   // "" where none was given
	Bundle        *Config  // of create: what its config.json said then; nil where no path was given
	Signal        string   // of kill
	Reported      Status   // by state
	Failed        bool     // an error was generated
	Calls         []Called // of hooks, in order
	Warnings      int      // that were logged
	Before, After Snapshot
}

// Called is a hook that was called.
type Called struct {
	Kind        HookKind
	Index       int
	InContainer bool   // where it was executed
	Status      Status // that it was told
	Failed      bool
}

// Breach is a demand that an event of a trace does not meet.
type Breach struct {
	Event  int // its index
	Must   Must
	Detail string
}

// String is for people.
func (b Breach) String() string { return fmt.Sprintf("event %d: %s: %s", b.Event, b.Must, b.Detail) }

// Conform judges a trace of a runtime, in which each operation has returned before the next begins and no process ends meanwhile:
// what it does not meet of the MUSTs of the specification, event by event. The trace begins without containers. It is an error if
// what is seen after one event is not what is seen before the next, or something is neither an operation nor of the environment.
func Conform(trace []Event) ([]Breach, error) {
	j := judge{configs: map[string]Config{}}
	for i, e := range trace {
		if i > 0 && !trace[i-1].After.equal(e.Before) {
			return nil, fmt.Errorf("event %d: what is seen before it is not what was seen after event %d", i, i-1)
		}
		if !j.judge(i, e) {
			return nil, fmt.Errorf("event %d: got operation %s", i, e.Op)
		}
	}
	return j.breaches, nil
}

// judge looks at one event. It is false if it is neither an operation nor of the environment.
func (j *judge) judge(i int, e Event) bool {
	j.event, j.e = i, e
	switch e.Op {
	case StateOp:
		j.state()
	case CreateOp:
		j.create()
	case StartOp:
		j.start()
	case KillOp:
		j.kill()
	case DeleteOp:
		j.delete()
	case Environment:
		j.environment()
		return true
	default:
		return false
	}
	j.hooks()
	j.effects()
	return true
}

// judge is what is known of a trace up to an event.
type judge struct {
	configs  map[string]Config // by ID, as they were at create
	breaches []Breach
	event    int
	e        Event
}

func (j *judge) complain(m Must, format string, args ...any) {
	j.breaches = append(j.breaches, Breach{j.event, m, fmt.Sprintf(format, args...)})
}

// mustFail complains if the condition is met and the operation did not generate an error. It gives the condition.
func (j *judge) mustFail(m Must, condition bool) bool {
	if condition && !j.e.Failed {
		j.complain(m, "%s of %q succeeded", j.e.Op, j.e.ID)
	}
	return condition
}

// before is the container of the event as it was; Absent if there was none.
func (j *judge) before() Seen { return j.e.Before.Containers[j.e.ID] }

func (j *judge) after() Seen { return j.e.After.Containers[j.e.ID] }

func (j *judge) state() {
	if j.mustFail(StateNeedsID, j.e.ID == "") || j.mustFail(StateOfUnknown, j.before().Status == Absent) {
		return
	}
	if j.e.Failed || j.e.Reported != j.before().Status {
		j.complain(StateReports, "got %s (an error: %t), want %s", j.e.Reported, j.e.Failed, j.before().Status)
	}
}

func (j *judge) create() {
	if j.mustFail(CreateNeedsBoth, j.e.ID == "" || j.e.Bundle == nil) ||
		j.mustFail(CreateNeedsFreeID, j.before().Status != Absent) {
		return
	}
	j.configs[j.e.ID] = j.e.Bundle.Clone()
	twice, wrong := j.listErrors()
	if j.mustFail(TypesOnce, twice) || j.mustFail(PathsFit, wrong) || j.e.Failed {
		return
	}
	if j.after().Status != Created {
		j.complain(CreateMakes, "the container is %s", j.after().Status)
		return
	}
	if p := j.after().Program; p != "" {
		j.complain(CreateRunsNothing, "%s was run", p)
	}
	j.namespaces()
}

// listErrors tells whether the list of namespaces has a type twice, and whether it has a path that is not of its type.
func (j *judge) listErrors() (twice, wrong bool) {
	for i, e := range j.e.Bundle.Namespaces {
		for _, f := range j.e.Bundle.Namespaces[:i] {
			twice = twice || e.Type == f.Type
		}
		if e.Path != "" {
			f, ok := j.e.Before.Host.Files[e.Path]
			wrong = wrong || !ok || f.Type != e.Type
		}
	}
	return twice, wrong
}

// namespaces looks at those of a container that was created.
func (j *judge) namespaces() {
	for t, got := range j.after().Spaces {
		i := slices.IndexFunc(j.e.Bundle.Namespaces, func(e Entry) bool { return e.Type == Type(t) })
		switch {
		case i < 0:
			if want := j.e.Before.Host.Own[t]; got != want {
				j.complain(AbsentInherited, "%s: got namespace %d, want %d", Type(t), got, want)
			}
		case j.e.Bundle.Namespaces[i].Path == "":
			if got == 0 || j.e.Before.has(got) {
				j.complain(NoPathIsNew, "%s: got namespace %d, which was there", Type(t), got)
			}
		default:
			if want := j.e.Before.Host.Files[j.e.Bundle.Namespaces[i].Path].Space; got != want {
				j.complain(PathIsJoined, "%s: got namespace %d, want %d", Type(t), got, want)
			}
		}
	}
}

func (j *judge) start() {
	config := j.configs[j.e.ID]
	if j.mustFail(StartNeedsID, j.e.ID == "") || j.mustFail(StartNeedsCreated, j.before().Status != Created) ||
		j.mustFail(StartNeedsProcess, config.Process == "") || j.e.Failed {
		return
	}
	switch p := j.after().Program; {
	case p == "":
		j.complain(StartRuns, "nothing was run")
	case p != config.Process:
		j.complain(EditsHaveNoEffect, "%s was run, and the container was created to run %s", p, config.Process)
	case j.after().Status == Created:
		j.complain(StatusIsTrue, "the program was run, and the container is still %s", Created)
	}
}

func (j *judge) kill() {
	live := j.before().Status == Created || j.before().Status == Running
	if j.mustFail(KillNeedsID, j.e.ID == "") || j.mustFail(KillNeedsLive, !live) || j.e.Failed {
		return
	}
	sent, known := signal.Parse(j.e.Signal)
	arrived := slices.ContainsFunc(j.after().Signals, func(name string) bool {
		s, ok := signal.Parse(name)
		return name == j.e.Signal || known && ok && s == sent
	})
	if !arrived && j.after().Status != Stopped {
		j.complain(KillSends, "%s did not arrive", j.e.Signal)
	}
}

func (j *judge) delete() {
	if j.mustFail(DeleteNeedsID, j.e.ID == "") || j.mustFail(DeleteNeedsStopped, j.before().Status != Stopped) || j.e.Failed {
		return
	}
	if j.after().Status != Absent {
		j.complain(DeleteReleases, "the container is %s", j.after().Status)
	}
	j.released(DeleteReleases)
}

// released complains about what is left of what the container made.
func (j *judge) released(m Must) {
	for _, name := range slices.Sorted(maps.Keys(j.e.After.Resources)) {
		if j.e.After.Resources[name] == j.e.ID {
			j.complain(m, "%s is left", name)
		}
	}
}

// environment looks at what happened by itself: processes end.
func (j *judge) environment() {
	for _, id := range slices.Sorted(maps.Keys(j.e.Before.Containers)) {
		was := j.e.Before.Containers[id]
		is, ok := j.e.After.Containers[id]
		ends := is.Status == Stopped && (was.Status == Created || was.Status == Running)
		if !ok || is.Status != was.Status && !ends || is.Program != was.Program {
			j.complain(StatusIsTrue, "%s went from %s to %s by itself", id, was.Status, is.Status)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(j.e.After.Containers)) {
		is := j.e.After.Containers[id]
		if j.e.Before.Containers[id].Status == Absent {
			j.complain(StatusIsTrue, "%s came to be %s by itself", id, is.Status)
		}
	}
}

// hooks compares what was called with what config.json said at create.
func (j *judge) hooks() {
	config := j.configs[j.e.ID]
	want, failed := expected(config, j.e)
	same := len(want) == len(j.e.Calls)
	for i, c := range j.e.Calls {
		same = same && c.Kind == want[i].Kind && c.Index == want[i].Index
		if op := min(c.Kind, Poststop).Operation(); op != j.e.Op && !(failed && op == DeleteOp) {
			j.complain(HookPlace, "%s called %s", j.e.Op, c.Kind)
		}
		if c.InContainer != c.Kind.InContainer() {
			j.complain(HookNamespace, "%s hook %d in the container: %t", c.Kind, c.Index, c.InContainer)
		}
		if !toldRightly(c) {
			j.complain(HookState, "%s hook %d was told %s", c.Kind, c.Index, c.Status)
		}
	}
	if !same {
		j.complain(HooksCalled, "got %s, want %s", list(j.e.Calls), list(want))
	}
	if !failed {
		j.poststop()
		return
	}
	if !j.e.Failed {
		j.complain(HookFailureIsError, "%s succeeded", j.e.Op)
	}
	if j.after().Status != Absent {
		j.complain(HookFailureUndoes, "the container is %s", j.after().Status)
	}
	j.released(HookFailureUndoes)
}

// poststop looks at a delete whose hooks failed.
func (j *judge) poststop() {
	bad := 0
	for _, c := range j.e.Calls {
		if c.Failed && c.Kind == Poststop {
			bad++
		}
	}
	if j.e.Op == DeleteOp && bad > 0 && (j.e.Failed || j.e.Warnings < bad) {
		j.complain(PoststopWarns, "%d failed, there are %d warnings, and delete failed: %t", bad, j.e.Warnings, j.e.Failed)
	}
}

// expected are the hooks that the operation has to call, given which of those that it called failed, and whether one failed that
// undoes the container: its own in order, up to the one that fails, and those of poststop behind that. An operation that fails
// before its hooks has to call none.
func expected(config Config, e Event) (want []Called, failed bool) {
	if e.Failed && len(e.Calls) == 0 || e.Op == KillOp || e.Op == StateOp {
		return nil, false
	}
	add := func(k HookKind) {
		for i := range config.Hooks[k] {
			if failed && k != Poststop {
				return
			}
			want = append(want, Called{Kind: k, Index: i})
			n := slices.IndexFunc(e.Calls, func(c Called) bool { return c.Kind == k && c.Index == i })
			failed = failed || n >= 0 && e.Calls[n].Failed && k != Poststop
		}
	}
	for k := range HookKind(HookKinds) {
		if k.Operation() == e.Op || k == Poststop && failed {
			add(k)
		}
	}
	return want, failed
}

// toldRightly tells whether a hook was given the status in which its kind is called.
func toldRightly(c Called) bool {
	switch {
	case c.Kind <= CreateContainer:
		return c.Status == Creating
	case c.Kind == StartContainer:
		return c.Status == Created
	case c.Kind == Poststart:
		return c.Status == Running || c.Status == Stopped
	}
	return c.Status == Stopped
}

func list(calls []Called) string {
	var out []string
	for _, c := range calls {
		out = append(out, fmt.Sprintf("%s %d", c.Kind, c.Index))
	}
	return fmt.Sprint(out)
}

// effects looks at what an error has done, and at what is not the container's.
func (j *judge) effects() {
	undone := slices.ContainsFunc(j.e.Calls, func(c Called) bool { return c.Failed })
	if j.e.Failed && !undone && !j.e.Before.equal(j.e.After) {
		j.complain(ErrorHasNoEffect, "%s of %q failed and changed something", j.e.Op, j.e.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(j.e.Before.Resources)) {
		if _, ok := j.e.After.Resources[name]; !ok && j.e.Before.Resources[name] != j.e.ID && !j.emptied(name) {
			j.complain(KeepsOthers, "%s of %q deleted %s", j.e.Op, j.e.ID, name)
		}
	}
}

// emptied tells whether a resource is a namespace in which the container had the last process: it goes with that (namespaces(7)),
// whoever made it.
func (j *judge) emptied(name string) bool {
	for _, s := range j.before().Spaces {
		if s != 0 && spaceName(s) == name {
			return !j.e.After.inUse(s)
		}
	}
	return false
}
