package netpolicy

import (
	"iter"
	"sync"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	podNames = []string{"db", "web", "guest_web", "guest"}
	fourPods = []Pod{
		{Namespace: "shop", Name: "db", Labels: map[string]string{"app": "db"}},
		{Namespace: "shop", Name: "web", Labels: map[string]string{"app": "web"}},
		{Namespace: "guests", Name: "guest_web", Labels: map[string]string{"app": "web"}},
		{Namespace: "guests", Name: "guest"},
	}
	web  = &Selector{Match: map[string]string{"app": "web"}}
	team = &Selector{Expressions: []Requirement{{"team", Exists, nil}}}
)

// forDB is a policy that selects db.
func forDB(name string, rules ...Rule) Policy {
	return Policy{Namespace: "shop", Name: name, Pods: Selector{Match: map[string]string{"app": "db"}}, Ingress: rules}
}

// catalogue are the policies of policy.bh, by their places in its type.
var catalogue = []Policy{
	forDB("nobody"),
	forDB("from_web", Rule{[]Peer{{Pods: web}}, []Port{{Number: 1}}}),
	forDB("team_web", Rule{Peers: []Peer{{Pods: web, Namespaces: team}}}),
	forDB("team_or_web", Rule{Peers: []Peer{{Namespaces: team}, {Pods: web}}}),
	forDB("anybody", Rule{}),
	{Namespace: "shop", Name: "web_to_db", Pods: *web, Types: []Direction{Egress}, Egress: []Rule{{Peers: []Peer{{Pods: &Selector{Match: map[string]string{"app": "db"}}}}}}},
}

// programmed is a state of policy.bh: sets by the places of their members, pods by their places.
type programmed struct {
	Applied         uint8
	Seen            [4]uint8
	Ingress, Egress [4][4][2]bool
}

// answers are what the ends of connections say, by the set of policies that there are.
var answers sync.Map

type answer struct{ ingress, egress [4][4][2]bool }

// decided is what Decide says, of each pod with each other, where there are some policies.
func decided(policies uint8) answer {
	if a, ok := answers.Load(policies); ok {
		return a.(answer)
	}
	c := Config{Namespaces: map[string]map[string]string{"shop": nil, "guests": {"team": "x"}}, Pods: fourPods}
	for i, p := range catalogue {
		if policies&(1<<i) != 0 {
			c.Policies = append(c.Policies, p)
		}
	}
	cluster, err := New(c)
	if err != nil {
		panic(err)
	}
	var out answer
	for i, p := range fourPods {
		for j, q := range fourPods {
			for n := range 2 {
				v, err := cluster.Decide(Connection{Endpoint{Namespace: p.Namespace, Pod: p.Name}, Endpoint{Namespace: q.Namespace, Pod: q.Name}, TCP, n + 1})
				if err != nil {
					panic(err)
				}
				out.egress[i][j][n], out.ingress[j][i][n] = v.Local || v.Egress.Allowed(), v.Local || v.Ingress.Allowed()
			}
		}
	}
	answers.Store(policies, out)
	return out
}

// selecting are the policies that select a pod.
func selecting(p int) uint8 {
	var out uint8
	for i, policy := range catalogue {
		if policy.Namespace == fourPods[p].Namespace && policy.Pods.Selects(fourPods[p].Labels) {
			out |= 1 << i
		}
	}
	return out
}

// policySystem is the system of policy.bh over Cluster.
func policySystem() model.System {
	over := func(names []string, step func(programmed, int) (programmed, bool)) func(programmed) iter.Seq2[model.Args, programmed] {
		return func(s programmed) iter.Seq2[model.Args, programmed] {
			return func(yield func(model.Args, programmed) bool) {
				for i, name := range names {
					if next, ok := step(s, i); ok && !yield(model.Args{name}, next) {
						return
					}
				}
			}
		}
	}
	var policies []string
	for _, p := range catalogue {
		policies = append(policies, p.Name)
	}
	show := func(set uint8) model.Value {
		out := []string{}
		for i, name := range policies {
			if set&(1<<i) != 0 {
				out = append(out, name)
			}
		}
		return modelcheck.Names(out)
	}
	matrix := func(m [4][4][2]bool) model.Value {
		out := model.Value{Shape: model.Map}
		for i, p := range podNames {
			for j, q := range podNames {
				for n, port := range []string{"1", "2"} {
					out.Elems = append(out.Elems, model.Elem{Key: p + ", " + q + ", " + port, Value: model.Bool(m[i][j][n])})
				}
			}
		}
		return out
	}
	return model.MustDefine(model.Definition[programmed]{
		Name: "Policies",
		Init: func(yield func(programmed) bool) {
			open := decided(0)
			yield(programmed{Ingress: open.ingress, Egress: open.egress})
		},
		Actions: []model.ActionOf[programmed]{
			{Name: "Apply", Params: []string{"x"}, Next: over(policies, func(s programmed, x int) (programmed, bool) {
				ok := s.Applied&(1<<x) == 0
				s.Applied |= 1 << x
				return s, ok
			})},
			{Name: "Remove", Params: []string{"x"}, Next: over(policies, func(s programmed, x int) (programmed, bool) {
				ok := s.Applied&(1<<x) != 0
				s.Applied &^= 1 << x
				return s, ok
			})},
			{Name: "Program", Params: []string{"p"}, Next: over(podNames, func(s programmed, p int) (programmed, bool) {
				rules := s.Applied & selecting(p)
				ok := s.Seen[p] != rules
				now := decided(s.Applied)
				s.Seen[p], s.Ingress[p], s.Egress[p] = rules, now.ingress[p], now.egress[p]
				return s, ok
			})},
		},
		Show: func(s programmed) []model.Binding {
			seen := model.Value{Shape: model.Map}
			for i, p := range podNames {
				seen.Elems = append(seen.Elems, model.Elem{Key: p, Value: show(s.Seen[i])})
			}
			return []model.Binding{
				{Name: "applied", Value: show(s.Applied)},
				{Name: "seen", Value: seen},
				{Name: "ingress", Value: matrix(s.Ingress)},
				{Name: "egress", Value: matrix(s.Egress)},
			}
		},
	})
}
