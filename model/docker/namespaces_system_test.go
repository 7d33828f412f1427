package docker

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/model"
)

// engine is Namespaces under the policy of namespaces.bh.
type engine struct{ *Namespaces }

func (e engine) clone() engine { return engine{e.Clone()} }

// podPolicy lets containers 1 to pod share what pods share, and the agent be in the host's network and PID namespace.
func podPolicy(pod, agent ID) Policy {
	return Policy{
		Between: func(c, d ID) Kinds {
			if c <= pod && d <= pod {
				return KindsOf(NetKind, IPCKind, UTSKind)
			}
			return 0
		},
		WithHost: func(c ID) Kinds {
			if c == agent {
				return KindsOf(NetKind, PIDKind)
			}
			return 0
		},
	}
}

// deviation is a mode in one kind.
type deviation struct {
	Kind Kind
	Mode Mode
}

func (d deviation) spec() Spec {
	var s Spec
	s[d.Kind] = d.Mode
	return s
}

// showMode shows a mode as the model writes it.
func showMode(m Mode) model.Value {
	if m.kind == hostMode {
		return model.Value{Shape: model.Tagged, Text: "Host"}
	}
	return model.Value{Shape: model.Tagged, Text: "Join", Elems: []model.Elem{{Key: "other", Value: showInt(m.with)}}}
}

func (e engine) bindings() []model.Binding {
	ns := model.Value{Shape: model.Map}
	for _, c := range numbers[ID](len(e.up)) {
		for k := range Kind(KindCount) {
			in, _ := e.Of(c, k) // the model writes 0 for a container that does not run
			ns.Elems = append(ns.Elems, model.Elem{Key: showInt(c).String() + ", " + k.String(), Value: showInt(in)})
		}
	}
	return []model.Binding{
		{Name: "up", Value: showMap(1, len(e.up), func(i int) model.Value { return model.Bool(e.Up(ID(i))) })},
		{Name: "ns", Value: ns},
	}
}

// engineSystem is the system whose states are those of Namespaces.
func engineSystem(containers, pod, agent int) model.System {
	policy := podPolicy(ID(pod), ID(agent))
	ids := numbers[ID](containers)
	modes := []Mode{Host}
	for _, c := range ids {
		modes = append(modes, Join(c))
	}
	return model.MustDefine(model.Definition[engine]{
		Name: "ContainerNamespaces",
		Init: func(yield func(engine) bool) { yield(engine{NewNamespaces(containers, policy)}) },
		Actions: []model.ActionOf[engine]{
			{Name: "Launch", Params: []string{"c"}, Next: each(ids, func(e *engine, c ID) error { return e.Launch(c, Spec{}) })},
			{Name: "LaunchSharing", Params: []string{"c", "k", "m"}, Next: func(e engine) iter.Seq2[model.Args, engine] {
				return func(yield func(model.Args, engine) bool) {
					for _, c := range ids {
						for k := range Kind(KindCount) {
							for _, m := range modes {
								next := e.clone()
								if next.Launch(c, deviation{k, m}.spec()) == nil && !yield(model.Args{c, k, showMode(m)}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Stop", Params: []string{"c"}, Next: each(ids, func(e *engine, c ID) error { return e.Stop(c) })},
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
