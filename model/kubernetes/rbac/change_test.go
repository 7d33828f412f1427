package rbac

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cluster(t *testing.T, roles []Role, bindings []Binding) *Cluster {
	t.Helper()
	c, err := New(roles, bindings)
	must(t, err)
	return c
}

// bound gives a role with some rules to a user, everywhere or in a namespace.
func bound(name string, namespace string, s Subject, rules ...Rule) (Role, Binding) {
	k := Key{namespace, name}
	return Role{Key: k, Rules: rules}, Binding{k, k, []Subject{s}}
}

func forUser(name string) Subject { return Subject{Kind: UserSubject, Name: name} }

// Which bindings count where, and for whom (kubernetes pkg/registry/rbac/validation/rule_test.go, TestDefaultRuleResolver, and
// documentation, "Using RBAC Authorization").
func TestBindings(t *testing.T) {
	pods := rule(list{"get"}, list{""}, list{"pods"})
	health := Rule{Verbs: list{"get"}, NonResourceURLs: list{"/healthz"}}
	reader := Role{Key: Key{"", "reader"}, Rules: []Rule{pods, health}}
	bind := func(k Key, s Subject) Binding { return Binding{k, reader.Key, []Subject{s}} }
	for _, test := range []struct {
		name    string
		binding Binding
		user    User
		q       Request
		want    bool
	}{
		{"a ClusterRole by a RoleBinding", bind(Key{"ns", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Resource: "pods", Namespace: "ns"}, true},
		{"in another namespace", bind(Key{"ns", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Resource: "pods", Namespace: "other"}, false},
		{"in all namespaces", bind(Key{"ns", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Resource: "pods"}, false},
		{"URLs not by a RoleBinding", bind(Key{"ns", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Path: "/healthz"}, false},
		{"nor with a namespace", bind(Key{"ns", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Path: "/healthz", Namespace: "ns"}, false},
		{"everywhere", bind(Key{"", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Resource: "pods", Namespace: "ns"}, true},
		{"in all at once", bind(Key{"", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Resource: "pods"}, true},
		{"URLs", bind(Key{"", "b"}, forUser("u")), User{Name: "u"}, Request{Verb: "get", Path: "/healthz"}, true},
		{"a group", bind(Key{"", "b"}, Subject{Kind: GroupSubject, Name: "g"}), User{"u", list{"f", "g"}}, Request{Verb: "get", Resource: "pods"}, true},
		{"a user of the group's name", bind(Key{"", "b"}, Subject{Kind: GroupSubject, Name: "g"}), User{Name: "g"}, Request{Verb: "get", Resource: "pods"}, false},
		{"a service account", bind(Key{"ns", "b"}, Subject{Kind: ServiceAccountSubject, Namespace: "other", Name: "sa"}), ServiceAccount("other", "sa"), Request{Verb: "get", Resource: "pods", Namespace: "ns"}, true},
		{"of the binding's namespace", bind(Key{"ns", "b"}, Subject{Kind: ServiceAccountSubject, Name: "sa"}), ServiceAccount("ns", "sa"), Request{Verb: "get", Resource: "pods", Namespace: "ns"}, true},
		{"not of another", bind(Key{"ns", "b"}, Subject{Kind: ServiceAccountSubject, Name: "sa"}), ServiceAccount("other", "sa"), Request{Verb: "get", Resource: "pods", Namespace: "ns"}, false},
		{"all service accounts of a namespace", bind(Key{"", "b"}, Subject{Kind: GroupSubject, Name: "system:serviceaccounts:ns"}), ServiceAccount("ns", "sa"), Request{Verb: "get", Resource: "pods"}, true},
		{"system:masters needs nothing", bind(Key{"", "b"}, forUser("x")), User{"u", list{Masters}}, Request{Verb: "delete", Resource: "nodes"}, true},
		{"a user of that name does", bind(Key{"", "b"}, forUser("x")), User{Name: Masters}, Request{Verb: "delete", Resource: "nodes"}, false},
	} {
		c := cluster(t, []Role{reader}, []Binding{test.binding})
		g, got := c.Why(test.user, test.q)
		if got != test.want {
			t.Errorf("%s: %s: got %t, want %t", test.name, test.q, got, test.want)
		}
		if got && len(test.user.Groups) == 0 && (g.Binding != test.binding.Key || g.Role != reader.Key || !g.Rule.Allows(test.q)) {
			t.Errorf("%s: got because of %s", test.name, g)
		}
	}
}

// Aggregated ClusterRoles have the rules of all that they select, through one another; the labels of a Role do not count.
func TestAggregation(t *testing.T) {
	label := func(name string) map[string]string { return map[string]string{"to-" + name: "true"} }
	of := func(name string) []map[string]string { return []map[string]string{label(name)} }
	a, b := rule(list{"get"}, list{""}, list{"a"}), rule(list{"get"}, list{""}, list{"b"})
	c := cluster(t, []Role{
		{Key: Key{"", "admin"}, Aggregates: of("admin")},
		{Key: Key{"", "edit"}, Labels: label("admin"), Aggregates: of("edit"), Rules: []Rule{rule(list{"*"}, list{"*"}, list{"*"})}},
		{Key: Key{"", "one"}, Labels: label("edit"), Rules: []Rule{a}},
		{Key: Key{"", "two"}, Labels: label("admin"), Rules: []Rule{a, b}},
		{Key: Key{"ns", "three"}, Labels: label("admin"), Rules: []Rule{rule(list{"get"}, list{""}, list{"c"})}},
	}, nil)
	for name, want := range map[string][]Rule{"admin": {a, b}, "edit": {a}} {
		if r, _ := c.Role(Key{"", name}); !reflect.DeepEqual(r.Rules, want) {
			t.Errorf("%s: got %v, want %v", name, r.Rules, want)
		}
	}
	root := User{"root", list{Masters}}
	must(t, c.PutRole(root, Role{Key: Key{"", "four"}, Labels: label("edit"), Rules: []Rule{b}}))
	must(t, c.DeleteRole(root, Key{"", "one"}))
	if r, _ := c.Role(Key{"", "admin"}); !reflect.DeepEqual(r.Rules, []Rule{b, a}) {
		t.Errorf("admin: got %v", r.Rules)
	}
	// Two that select one another come to an end.
	cluster(t, []Role{
		{Key: Key{"", "x"}, Labels: label("y"), Aggregates: of("x")},
		{Key: Key{"", "y"}, Labels: label("x"), Aggregates: []map[string]string{label("y"), {}}},
		{Key: Key{"", "z"}, Labels: label("x"), Rules: []Rule{a}},
	}, nil)
}

// Of three that select one another in a circle, each would hand on what it has, for ever: the circle comes to an end, and all have all.
func TestAggregationInACircle(t *testing.T) {
	var roles []Role
	for i := range 3 {
		roles = append(roles, Role{
			Key: Key{"", fmt.Sprint("r", i)}, Labels: map[string]string{fmt.Sprint(i): ""},
			Aggregates: []map[string]string{{fmt.Sprint((i + 1) % 3): ""}}, Rules: []Rule{rule(list{"get"}, list{""}, list{fmt.Sprint(i)})},
		})
	}
	// Those of the first are gone before anybody looks at them.
	want := []Rule{roles[1].Rules[0], roles[2].Rules[0]}
	c := cluster(t, roles, nil)
	for _, r := range roles {
		got, _ := c.Role(r.Key)
		if ok, missing := Covers(got.Rules, want); !ok || len(got.Rules) != len(want) {
			t.Errorf("%s: got %v, want %v; %v is missing", r.Key, got.Rules, want, missing)
		}
	}
}

// Who may change roles and bindings (kubernetes pkg/registry/rbac/clusterrole/policybased, rolebinding/policybased).
func TestGuard(t *testing.T) {
	editRoles := rule(list{"create", "update", "delete"}, list{Group}, list{"roles", "rolebindings", "clusterroles", "clusterrolebindings"})
	pods := rule(list{"get"}, list{""}, list{"pods"})
	escalate := rule(list{"escalate"}, list{Group}, list{"roles", "clusterroles"}, "r")
	bind := rule(list{"bind"}, list{Group}, list{"clusterroles"}, "view")
	u := User{Name: "u"}
	set := func(namespace string, rules ...Rule) *Cluster {
		r, b := bound("own", namespace, forUser("u"), rules...)
		return cluster(t, []Role{r, {Key: Key{"", "view"}, Rules: []Rule{pods}}, {Key: Key{"", "sum"}, Aggregates: []map[string]string{{"x": "y"}}}}, []Binding{b})
	}
	role := func(namespace, name string, rules ...Rule) func(*Cluster) error {
		return func(c *Cluster) error { return c.PutRole(u, Role{Key: Key{namespace, name}, Rules: rules}) }
	}
	binding := func(namespace string, of Key) func(*Cluster) error {
		return func(c *Cluster) error {
			return c.PutBinding(u, Binding{Key{namespace, "b"}, of, []Subject{forUser("v")}})
		}
	}
	view := Key{"", "view"}
	for _, test := range []struct {
		name    string
		c       *Cluster
		do      func(*Cluster) error
		ok      bool
		missing int
	}{
		{"what one has", set("ns", editRoles, pods), role("ns", "r", pods), true, 0},
		{"not what one has not", set("ns", editRoles), role("ns", "r", pods), false, 1},
		{"with escalate", set("ns", editRoles, rule(list{"escalate"}, list{Group}, list{"roles"})), role("ns", "r", pods), true, 0},
		{"escalate of a name, of what is not there yet", set("ns", editRoles, escalate), role("ns", "r", pods), false, 1},
		{"of what is there", set("ns", editRoles, rule(list{"escalate"}, list{Group}, list{"roles"}, "own")), role("ns", "own", pods), true, 0},
		{"escalate of another name", set("ns", editRoles, escalate), role("ns", "own", pods), false, 1},
		{"to change nothing takes no more than update", set("", editRoles), role("", "view", pods), true, 0},
		{"to change labels does", set("", editRoles), func(c *Cluster) error {
			return c.PutRole(u, Role{Key: view, Labels: map[string]string{"a": "b"}, Rules: []Rule{pods}})
		}, false, 1},
		{"to change no subject of a binding", set("", editRoles), func(c *Cluster) error {
			c.bindings = put(c.bindings, Binding{Key{"", "b"}, view, []Subject{forUser("v")}})
			return binding("", view)(c)
		}, true, 0},
		{"without the right to edit", set("ns", pods, escalate), role("ns", "r", pods), false, 0},
		{"the right to create one of a name is none", set("ns", rule(list{"create"}, list{Group}, list{"roles"}, "r"), pods), role("ns", "r", pods), false, 0},
		{"to update one of a name", set("ns", rule(list{"update"}, list{Group}, list{"roles"}, "own"), pods), role("ns", "own", pods), true, 0},
		{"and another", set("ns", rule(list{"update"}, list{Group}, list{"roles"}, "other"), pods), role("ns", "own", pods), false, 0},
		{"in another namespace", set("ns", editRoles, pods), role("other", "r", pods), false, 0},
		{"what one has in a namespace is not for the cluster", set("ns", editRoles, pods), role("", "r", pods), false, 0},
		{"what one has everywhere is for a namespace", set("", editRoles, pods), role("ns", "r", pods), true, 0},
		{"to aggregate takes everything", set("", editRoles, pods), func(c *Cluster) error {
			return c.PutRole(u, Role{Key: Key{"", "r"}, Aggregates: []map[string]string{{}}})
		}, false, 2},
		{"and to stop it", set("", editRoles, pods), role("", "sum", pods), false, 2},
		{"bind what one has", set("ns", editRoles, pods), binding("ns", view), true, 0},
		{"not what one has not", set("ns", editRoles), binding("ns", view), false, 1},
		{"with bind", set("ns", editRoles, bind), binding("ns", view), true, 0},
		{"bind of another kind", set("ns", editRoles, bind), binding("ns", Key{"ns", "view"}), false, 0},
		{"bind in a namespace is not for the cluster", set("ns", editRoles, bind), binding("", view), false, 0},
		{"bind everywhere", set("", editRoles, bind), binding("", view), true, 0},
		{"no role", set("ns", editRoles), binding("ns", Key{"ns", "none"}), false, 0},
		{"no role, with bind", set("ns", editRoles, rule(list{"bind"}, list{Group}, list{"roles"})), binding("ns", Key{"ns", "none"}), true, 0},
		{"delete", set("ns", editRoles), func(c *Cluster) error { return c.DeleteRole(u, Key{"ns", "own"}) }, true, 0},
		{"delete what is not there", set("ns", editRoles), func(c *Cluster) error { return c.DeleteRole(u, Key{"ns", "x"}) }, false, 0},
		{"delete a binding", set("ns", editRoles), func(c *Cluster) error { return c.DeleteBinding(u, Key{"ns", "own"}) }, true, 0},
		{"that is not there", set("ns", editRoles), func(c *Cluster) error { return c.DeleteBinding(u, Key{"ns", "x"}) }, false, 0},
		{"delete of the cluster", set("ns", editRoles), func(c *Cluster) error { return c.DeleteRole(u, view) }, false, 0},
		{"the role of a binding is fixed", set("ns", editRoles, pods), func(c *Cluster) error {
			return c.PutBinding(u, Binding{Key{"ns", "own"}, view, nil})
		}, false, 0},
		{"URLs in a role", set("ns", editRoles), role("ns", "r", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/x"}}), false, 0},
	} {
		before := test.c.Clone()
		err := test.do(test.c)
		if (err == nil) != test.ok {
			t.Errorf("%s: got %v, want ok %t", test.name, err, test.ok)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, test.c) {
			t.Errorf("%s: got %v, or something changed", test.name, err)
		}
		var f *Forbidden
		if errors.As(err, &f) && len(f.Missing) != test.missing || f == nil && test.missing > 0 {
			t.Errorf("%s: got %v, want %d rules missing", test.name, err, test.missing)
		}
	}
}

// Whom one may act as (kubernetes apiserver/pkg/endpoints/filters/impersonation_test.go).
func TestImpersonate(t *testing.T) {
	for _, test := range []struct {
		name string
		rule Rule
		as   string
		with list
		want User
		ok   bool
	}{
		{"a user", rule(list{"impersonate"}, list{""}, list{"users"}), "v", nil, User{"v", list{"system:authenticated"}}, true},
		{"another user", rule(list{"impersonate"}, list{""}, list{"users"}, "w"), "v", nil, User{}, false},
		{"a group takes a right", rule(list{"impersonate"}, list{""}, list{"users"}), "v", list{"g"}, User{}, false},
		{"with it", rule(list{"impersonate"}, list{""}, list{"users", "groups"}), "v", list{Masters}, User{"v", list{Masters, "system:authenticated"}}, true},
		{"a group alone", rule(list{"impersonate"}, list{""}, list{"groups"}), "", list{"g"}, User{}, false},
		{"a service account", rule(list{"impersonate"}, list{""}, list{"serviceaccounts"}, "sa"), "system:serviceaccount:ns:sa", nil, ServiceAccount("ns", "sa"), true},
		{"it is no user", rule(list{"impersonate"}, list{""}, list{"users"}), "system:serviceaccount:ns:sa", nil, User{}, false},
		{"the anonymous", rule(list{"impersonate"}, list{""}, list{"users"}), "system:anonymous", nil, User{"system:anonymous", list{"system:unauthenticated"}}, true},
		{"one that says so", rule(list{"impersonate"}, list{""}, list{"users", "groups"}), "v", list{"system:unauthenticated"}, User{"v", list{"system:unauthenticated"}}, true},
	} {
		r, b := bound("own", "", forUser("u"), test.rule)
		got, err := cluster(t, []Role{r}, []Binding{b}).Impersonate(User{Name: "u"}, test.as, test.with...)
		if (err == nil) != test.ok || !reflect.DeepEqual(got, test.want) || err != nil && !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	k := Key{"ns", "a"}
	get := rule(list{"get"}, list{""}, list{"pods"})
	for name, test := range map[string]struct {
		roles    []Role
		bindings []Binding
	}{
		"a role twice":                  {[]Role{{Key: k}, {Key: k}}, nil},
		"a binding twice":               {nil, []Binding{{k, k, nil}, {k, k, nil}}},
		"no name":                       {[]Role{{Key: Key{"ns", ""}}}, nil},
		"a role that aggregates":        {[]Role{{Key: k, Aggregates: []map[string]string{{}}}}, nil},
		"no verbs":                      {[]Role{{Key: k, Rules: []Rule{{APIGroups: list{""}, Resources: list{"x"}}}}}, nil},
		"no resources":                  {[]Role{{Key: k, Rules: []Rule{{Verbs: list{"get"}, APIGroups: list{""}}}}}, nil},
		"URLs and resources":            {[]Role{{Key: Key{"", "a"}, Rules: []Rule{{get.Verbs, get.APIGroups, get.Resources, nil, list{"/x"}}}}}, nil},
		"a role of another namespace":   {nil, []Binding{{k, Key{"other", "r"}, nil}}},
		"a binding without a role":      {nil, []Binding{{k, Key{}, nil}}},
		"a subject of no kind":          {nil, []Binding{{k, k, []Subject{{Name: "u"}}}}},
		"a subject without a name":      {nil, []Binding{{k, k, []Subject{{Kind: UserSubject}}}}},
		"an account without namespaces": {nil, []Binding{{Key{"", "a"}, Key{"", "r"}, []Subject{{Kind: ServiceAccountSubject, Name: "sa"}}}}},
	} {
		if _, err := New(test.roles, test.bindings); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// What is handed in and out is not shared.
func TestCopies(t *testing.T) {
	r, b := bound("own", "ns", forUser("u"), rule(list{"get"}, list{""}, list{"pods"}))
	r.Labels = map[string]string{"a": "b"}
	c := cluster(t, []Role{r}, []Binding{b})
	want := c.Clone()
	q := Request{Verb: "delete", Resource: "pods", Namespace: "ns"}
	r.Rules[0].Verbs[0], r.Labels["a"], b.Subjects[0].Name = "delete", "c", "v"
	got, _ := c.Role(r.Key)
	got.Rules[0].Verbs[0] = "delete"
	c.Bindings()[0].Subjects[0].Name = "v"
	c.Rules(User{Name: "u"}, "ns")[0].Verbs[0] = "delete"
	if c.Allowed(User{Name: "u"}, q) || c.Allowed(User{Name: "v"}, q) || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}
