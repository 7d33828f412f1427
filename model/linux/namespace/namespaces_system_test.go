package namespace

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"

	"github.com/bulkheadlang/bulkhead/model"
)

// engine is Namespaces under the policy of namespaces.bh.
type engine struct{ *Namespaces }

func (e engine) clone() engine { return engine{e.Clone()} }

// podPolicy is the policy of namespaces.bh: containers 1 to pod share what pods share; the agent may be in the host's
// namespaces of the kinds for which docker run has an option; all but the tenant may be in the host's user namespace.
func podPolicy(pod, agent, tenant ID) Policy {
	return Policy{
		Between: func(c, d ID) Kinds {
			out := KindsOf(TimeKind)
			if c != tenant && d != tenant {
				out |= KindsOf(UserKind)
			}
			if c <= pod && d <= pod {
				out |= KindsOf(NetKind, IPCKind, UTSKind)
			}
			return out
		},
		WithHost: func(c ID) Kinds {
			out := KindsOf(TimeKind)
			if c != tenant {
				out |= KindsOf(UserKind)
			}
			if c == agent {
				out |= KindsOf(PIDKind, NetKind, IPCKind, UTSKind, CgroupKind)
			}
			return out
		},
	}
}

// ask is what a launch may ask for, as the model writes it.
type ask struct {
	shown model.Value
	specs func(e engine, c ID) iter.Seq[Spec]
}

// asks lists Default, Pod of each container, and Any.
func asks(containers int) []ask {
	one := func(s Spec) iter.Seq[Spec] { return func(yield func(Spec) bool) { yield(s) } }
	out := []ask{{
		shown: model.Value{Shape: model.Tagged, Text: "Default"},
		specs: func(engine, ID) iter.Seq[Spec] { return one(DockerDefault(Daemon{})) },
	}}
	for _, d := range modelcheck.Numbers[ID](containers) {
		out = append(out, ask{
			shown: model.Value{Shape: model.Tagged, Text: "Pod", Elems: []model.Elem{{Key: "other", Value: modelcheck.Int(d)}}},
			specs: func(engine, ID) iter.Seq[Spec] {
				s := DockerDefault(Daemon{})
				s[NetKind], s[IPCKind], s[UTSKind] = Join(d), Join(d), Join(d)
				return one(s)
			},
		})
	}
	return append(out, ask{shown: model.Value{Shape: model.Tagged, Text: "Any"}, specs: anySpec})
}

// anySpec gives every spec that may be admitted. The policy speaks of each kind by itself, so a mode that is refused when
// the other kinds are private, whatever the users, is refused in every spec (TestAllPairsOfSpecs).
func anySpec(e engine, c ID) iter.Seq[Spec] {
	modes := []Mode{Private, Host}
	for _, d := range modelcheck.Numbers[ID](len(e.up)) {
		if e.Up(d) {
			modes = append(modes, Join(d))
		}
	}
	var may [KindCount][]Mode
	for k := range Kind(KindCount) {
		for _, m := range modes {
			for _, u := range modes {
				var s Spec
				s[UserKind] = u
				s[k] = m
				if e.clone().Launch(c, s) == nil {
					may[k] = append(may[k], m)
					break
				}
			}
		}
	}
	return func(yield func(Spec) bool) {
		var s Spec
		var fill func(k int) bool
		fill = func(k int) bool {
			if k == KindCount {
				return yield(s)
			}
			for _, m := range may[k] {
				s[k] = m
				if !fill(k + 1) {
					return false
				}
			}
			return true
		}
		fill(0)
	}
}

func (e engine) bindings() []model.Binding {
	ns := model.Value{Shape: model.Map}
	for _, c := range modelcheck.Numbers[ID](len(e.up)) {
		for k := range Kind(KindCount) {
			in, _ := e.Of(c, k) // the model writes 0 for a container that does not run
			ns.Elems = append(ns.Elems, model.Elem{Key: modelcheck.Int(c).String() + ", " + k.String(), Value: modelcheck.Int(in)})
		}
	}
	return []model.Binding{
		{Name: "up", Value: modelcheck.Map(1, len(e.up), func(i int) model.Value { return model.Bool(e.Up(ID(i))) })},
		{Name: "ns", Value: ns},
	}
}

// engineSystem is the system whose states are those of Namespaces.
func engineSystem(containers, pod, agent, tenant int) model.System {
	policy := podPolicy(ID(pod), ID(agent), ID(tenant))
	ids := modelcheck.Numbers[ID](containers)
	all := asks(containers)
	return model.MustDefine(model.Definition[engine]{
		Name: "ContainerNamespaces",
		Init: func(yield func(engine) bool) { yield(engine{NewNamespaces(containers, policy)}) },
		Actions: []model.ActionOf[engine]{
			{Name: "Launch", Params: []string{"c", "a"}, Next: func(e engine) iter.Seq2[model.Args, engine] {
				return func(yield func(model.Args, engine) bool) {
					for _, c := range ids {
						for _, a := range all {
							for spec := range a.specs(e, c) {
								next := e.clone()
								if next.Launch(c, spec) == nil && !yield(model.Args{c, a.shown}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Stop", Params: []string{"c"}, Next: modelcheck.Call1(ids, func(e *engine, c ID) error {
				*e = e.clone() // its policy is a function, so Over makes no copies
				return e.Stop(c)
			})},
		},
		Invariants: []model.Predicate[engine]{
			{Name: "Isolation", Holds: func(e engine) bool { return len(e.Violations(policy)) == 0 }},
		},
		Encode: func(e engine) []byte {
			var out []byte
			for i, up := range e.up {
				if up {
					out = append(out, 1)
				} else {
					out = append(out, 0)
				}
				for _, n := range e.ns[i] {
					out = append(out, byte(n))
				}
			}
			return out
		},
		Decode: func(b []byte) engine {
			e := engine{NewNamespaces(containers, policy)}
			for i := range e.up {
				part := b[i*(KindCount+1):]
				e.up[i] = part[0] == 1
				for k := range KindCount {
					e.ns[i][k] = NsID(part[k+1])
				}
			}
			return e
		},
		Show: engine.bindings,
	})
}
