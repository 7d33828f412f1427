package podsecurity

import (
	"iter"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// kinds are those of the models, as what they are in a pod.
var kinds = []struct {
	name string
	set  func(*Pod)
}{
	{"linux", func(*Pod) {}},
	{"userns", func(p *Pod) { p.HostUsers = new(bool) }},
	{"windows", func(p *Pod) { p.OS = "windows" }},
}

// option is a field that may be unset, 0, or one of several values, from 1.
type option = int8

// choose gives every choice of a number below each limit, the last changing fastest.
func choose(limits []int) iter.Seq[[]int8] {
	return func(yield func([]int8) bool) {
		c := make([]int8, len(limits))
		for {
			if !yield(slices.Clone(c)) {
				return
			}
			i := len(c) - 1
			for i >= 0 && int(c[i]) == limits[i]-1 {
				c[i] = 0
				i--
			}
			if i < 0 {
				return
			}
			c[i]++
		}
	}
}

// question is a state of a model that evaluates one pod: the choices that make it, and whether it was evaluated.
type question struct {
	Choice []int8
	Done   bool
}

// subject is one such model.
type subject struct {
	name     string
	versions []Version
	limits   []int // of the choices behind version and kind
	pod      func(choice []int8) Pod
	show     func(choice []int8) []model.Binding
	checks   []CheckID
	names    map[CheckID]string // of checks in the model
}

func (s subject) system() model.System {
	pod := func(q question) (Version, Pod) {
		p := s.pod(q.Choice[2:])
		kinds[q.Choice[1]].set(&p)
		return s.versions[q.Choice[0]], p
	}
	// The model has part of the fields: a pod of Windows may set, besides, what a level asks for.
	verdict := func(q question, l Level) model.Value {
		v, p := pod(q)
		var violated []string
		found := Evaluate(LevelVersion{l, v}, &p)
		for _, id := range s.checks {
			if slices.ContainsFunc(found, func(f Violation) bool { return f.Check == id }) {
				violated = append(violated, s.names[id])
			}
		}
		return modelcheck.Names(violated)
	}
	return model.MustDefine(model.Definition[question]{
		Name: s.name,
		Init: func(yield func(question) bool) {
			for c := range choose(append([]int{len(s.versions), len(kinds)}, s.limits...)) {
				q := question{Choice: c}
				if _, p := pod(q); p.Validate() == nil && !yield(q) {
					return
				}
			}
		},
		Actions: []model.ActionOf[question]{{Name: "Evaluate", Next: model.Guarded(
			func(q question) bool { return !q.Done },
			func(q question) question { q.Done = true; return q })}},
		Terminal: func(q question) bool { return q.Done },
		Show: func(q question) []model.Binding {
			out := []model.Binding{
				{Name: "version", Value: model.Text("v" + s.versions[q.Choice[0]].String()[3:])},
				{Name: "kind", Value: model.Text(kinds[q.Choice[1]].name)},
			}
			out = append(out, s.show(q.Choice[2:])...)
			v := modelcheck.None()
			if q.Done {
				v = modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
					{Key: "baseline", Value: verdict(q, BaselineLevel)}, {Key: "restricted", Value: verdict(q, RestrictedLevel)},
				}})
			}
			return append(out, model.Binding{Name: "verdict", Value: v})
		},
	})
}

// showOption shows a choice among names, 0 being none.
func showOption(o option, names ...string) model.Value {
	if o == 0 {
		return modelcheck.None()
	}
	return modelcheck.Some(model.Text(names[o-1]))
}

func showBool(o option) model.Value {
	if o == 0 {
		return modelcheck.None()
	}
	return modelcheck.Some(model.Bool(o == 2))
}

func optionalBool(o option) *bool {
	if o == 0 {
		return nil
	}
	return ptr(o == 2)
}

func profile(o option) *string {
	return []*string{nil, ptr("RuntimeDefault"), ptr("Unconfined")}[o]
}

// inheritSystem evaluates what a container gets from its pod, with Evaluate.
func inheritSystem() model.System {
	return subject{
		name:     "Inherit",
		versions: []Version{18, 22, 23, 25, 35},
		limits:   []int{3, 3, 3, 3, 3}, // runAsNonRoot of pod and container, user, profile of pod and container
		pod: func(c []int8) Pod {
			p := Pod{Security: Security{RunAsNonRoot: optionalBool(c[0]), Seccomp: profile(c[3])}, Containers: []Container{{
				Name: "c", Security: Security{RunAsNonRoot: optionalBool(c[1]), Seccomp: profile(c[4])},
			}}}
			if c[2] > 0 {
				p.Containers[0].Security.RunAsUser = ptr(int64(c[2]-1) * 1000)
			}
			return p
		},
		show: func(c []int8) []model.Binding {
			return []model.Binding{
				{Name: "pod_non_root", Value: showBool(c[0])},
				{Name: "non_root", Value: showBool(c[1])},
				{Name: "user", Value: showOption(c[2], "root", "other")},
				{Name: "pod_profile", Value: showOption(c[3], "runtime_default", "unconfined")},
				{Name: "profile", Value: showOption(c[4], "runtime_default", "unconfined")},
			}
		},
		checks: []CheckID{SeccompProfileBaseline, RunAsNonRoot, RunAsUser, SeccompProfileRestricted},
		names: map[CheckID]string{
			SeccompProfileBaseline: "seccomp_baseline", RunAsNonRoot: "run_as_non_root", RunAsUser: "run_as_user", SeccompProfileRestricted: "seccomp_restricted",
		},
	}.system()
}

// capabilitiesSystem evaluates what a container can do by its own settings, with Evaluate.
func capabilitiesSystem() model.System {
	names, real := []string{"net_bind", "net_raw", "sys_admin"}, []string{"NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN"}
	chosen := func(set int8, of []string) []string {
		var out []string
		for i, name := range of {
			if set&(1<<i) != 0 {
				out = append(out, name)
			}
		}
		return out
	}
	return subject{
		name:     "Capabilities",
		versions: []Version{7, 8, 21, 22, 25, 34, 35},
		limits:   []int{2, 8, 2, 3, 2}, // privileged, added, ALL dropped, escalation, unmasked
		pod: func(c []int8) Pod {
			own := Container{Name: "c", Privileged: c[0] == 1, Add: chosen(c[1], real), AllowPrivilegeEscalation: optionalBool(c[3])}
			if c[2] == 1 {
				own.Drop = []string{"ALL"}
			}
			if c[4] == 1 {
				own.ProcMount = ptr("Unmasked")
			}
			return Pod{Containers: []Container{own}}
		},
		show: func(c []int8) []model.Binding {
			return []model.Binding{
				{Name: "elevated", Value: model.Bool(c[0] == 1)},
				{Name: "plus", Value: modelcheck.Names(chosen(c[1], names))},
				{Name: "drop_all", Value: model.Bool(c[2] == 1)},
				{Name: "escalate", Value: showBool(c[3])},
				{Name: "unmasked", Value: model.Bool(c[4] == 1)},
			}
		},
		checks: []CheckID{Privileged, CapabilitiesBaseline, ProcMount, AllowPrivilegeEscalation, CapabilitiesRestricted, ProcMountRestricted},
		names: map[CheckID]string{
			Privileged: "is_privileged", CapabilitiesBaseline: "added", ProcMount: "proc_mount", AllowPrivilegeEscalation: "may_escalate",
			CapabilitiesRestricted: "not_dropped", ProcMountRestricted: "proc_mount_restricted",
		},
	}.system()
}
