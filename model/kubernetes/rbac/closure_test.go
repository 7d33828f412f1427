package rbac

import (
	"fmt"
	"slices"
	"testing"
)

// here is a namespace with two accounts, a pod of each, the second of which is root on its node, and a secret with a token.
func here() Surroundings {
	return Surroundings{
		ServiceAccounts: []Key{{"ns", "a"}, {"ns", "b"}},
		Pods: []RunningPod{
			{Key: Key{"ns", "pod-a"}, ServiceAccount: "a", Node: "n1"},
			{Key: Key{"ns", "pod-b"}, ServiceAccount: "b", Node: "n2", Privileged: true},
			{Key: Key{"ns", "pod-c"}, Node: "n1"},
		},
		TokenSecrets: map[Key]string{{"ns", "token-a"}: "a"},
	}
}

var (
	actsA   = Power{Kind: ActAs, Name: ServiceAccount("ns", "a").Name}
	actsB   = Power{Kind: ActAs, Name: ServiceAccount("ns", "b").Name}
	actsV   = Power{Kind: ActAs, Name: "v"}
	secrets = Power{Kind: ReadSecrets, Namespace: "ns"}
	nodes   = Power{Kind: Nodes}
	anyone  = Power{Kind: Everything}
)

// What each right alone leads to ("Role Based Access Control Good Practices", Privilege escalation risks).
func TestWays(t *testing.T) {
	core := list{""}
	certificates := list{"certificates.k8s.io"}
	for _, test := range []struct {
		name  string
		here  func(*Surroundings)
		rules []Rule
		want  []Power
	}{
		{"nothing", nil, nil, nil},
		{"list pods", nil, []Rule{rule(list{"get", "list"}, core, list{"pods", "pods/log"})}, nil},
		{"create pods", nil, []Rule{rule(list{"create"}, core, list{"pods"})}, []Power{actsA, actsB, secrets}},
		{"patch deployments", nil, []Rule{rule(list{"patch"}, list{"apps"}, list{"deployments"}, "web")}, []Power{actsA, actsB, secrets}},
		{"create pods by name is nothing", nil, []Rule{rule(list{"create"}, core, list{"pods"}, "x")}, nil},
		{"create pods, privileged", func(s *Surroundings) { s.Privileged = list{"ns"} }, []Rule{rule(list{"create"}, core, list{"pods"})}, []Power{actsA, actsB, secrets, nodes}},
		{"create pods, privileged elsewhere", func(s *Surroundings) { s.Privileged = list{"other"} }, []Rule{rule(list{"create"}, core, list{"pods"})}, []Power{actsA, actsB, secrets}},
		{"create pods, relabel the namespace", nil, []Rule{rule(list{"create"}, core, list{"pods"}), rule(list{"patch"}, core, list{"namespaces"}, "ns")}, []Power{actsA, actsB, secrets, nodes}},
		{"relabel another", nil, []Rule{rule(list{"create"}, core, list{"pods"}), rule(list{"patch"}, core, list{"namespaces"}, "other")}, []Power{actsA, actsB, secrets}},
		{"relabel alone", nil, []Rule{rule(list{"patch"}, core, list{"namespaces"})}, nil},
		{"volumes", nil, []Rule{rule(list{"create"}, core, list{"persistentvolumes", "persistentvolumeclaims"})}, nil},
		{"exec", nil, []Rule{rule(list{"create"}, core, list{"pods/exec"})}, []Power{actsA, actsB, nodes}},
		{"exec into one", nil, []Rule{rule(list{"create"}, core, list{"pods/exec"}, "pod-a")}, []Power{actsA}},
		{"exec into one without a token", nil, []Rule{rule(list{"create"}, core, list{"pods/exec"}, "pod-c")}, nil},
		{"get exec", nil, []Rule{rule(list{"get"}, core, list{"pods/attach"}, "pod-a")}, nil},
		{"get exec, by WebSocket", func(s *Surroundings) { s.ExecByGet = true }, []Rule{rule(list{"get"}, core, list{"pods/attach"}, "pod-a")}, []Power{actsA}},
		{"debug", nil, []Rule{rule(list{"patch"}, core, list{"pods/ephemeralcontainers"}, "pod-a")}, []Power{actsA}},
		{"tokens", nil, []Rule{rule(list{"create"}, core, list{"serviceaccounts/token"}, "b")}, []Power{actsB}},
		{"create service accounts", nil, []Rule{rule(list{"create"}, core, list{"serviceaccounts"})}, nil},
		{"list secrets", nil, []Rule{rule(list{"list"}, core, list{"secrets"})}, []Power{actsA, secrets}},
		{"get a secret", nil, []Rule{rule(list{"get"}, core, list{"secrets"}, "token-a")}, []Power{actsA}},
		{"get another secret", nil, []Rule{rule(list{"get"}, core, list{"secrets"}, "x")}, nil},
		{"create secrets", nil, []Rule{rule(list{"create"}, core, list{"secrets"})}, nil},
		{"create secrets and get one", nil, []Rule{rule(list{"create"}, core, list{"secrets"}), rule(list{"get"}, core, list{"secrets"}, "x")}, []Power{actsA, actsB}},
	} {
		r, b := bound("own", "ns", forUser("u"), test.rules...)
		check(t, test.name, []Role{r}, []Binding{b}, test.here, test.want)
	}
	edit := rule(list{"create", "update"}, list{Group}, list{"clusterroles", "clusterrolebindings", "roles", "rolebindings"})
	view := Role{Key: Key{"", "view"}, Rules: []Rule{rule(list{"get"}, core, list{"pods"})}}
	admin := Role{Key: Key{"", "cluster-admin"}, Rules: everything}
	granted := func(role Key, namespace string) Power {
		return Power{Kind: Granted, Name: "u", Role: role, Namespace: namespace}
	}
	for _, test := range []struct {
		name  string
		here  func(*Surroundings)
		rules []Rule
		want  []Power // among others, if everything is
	}{
		{"edit roles", nil, []Rule{edit}, nil},
		{"escalate alone", nil, []Rule{rule(list{"escalate"}, list{Group}, list{"clusterroles"})}, nil},
		{"escalate and update", nil, []Rule{rule(list{"update", "escalate"}, list{Group}, list{"clusterroles"}, "own")}, []Power{{Kind: Rewritten, Role: Key{"", "own"}}, anyone}},
		{"escalate and patch a role of others", nil, []Rule{rule(list{"patch", "escalate"}, list{Group}, list{"clusterroles"}, "view")}, nil},
		{"bind one", nil, []Rule{edit, rule(list{"bind"}, list{Group}, list{"clusterroles"}, "view")}, []Power{granted(view.Key, ""), granted(view.Key, "ns")}},
		{"bind any", nil, []Rule{edit, rule(list{"bind"}, list{Group}, list{"clusterroles"})}, []Power{granted(admin.Key, ""), anyone}},
		{"bind and no bindings", nil, []Rule{rule(list{"bind"}, list{Group}, list{"clusterroles"})}, nil},
		{"bind, by a binding that is there", nil, []Rule{rule(list{"bind"}, list{Group}, list{"clusterroles"}), rule(list{"update"}, list{Group}, list{"clusterrolebindings"}, "admins")}, []Power{granted(admin.Key, ""), anyone}},
		{"the same by another binding", nil, []Rule{rule(list{"bind"}, list{Group}, list{"clusterroles"}), rule(list{"update"}, list{Group}, list{"clusterrolebindings"}, "own")}, nil},
		{"impersonate a user", nil, []Rule{rule(list{"impersonate"}, core, list{"users"}, "v")}, []Power{actsV}},
		{"impersonate groups", nil, []Rule{rule(list{"impersonate"}, core, list{"users", "groups"})}, []Power{anyone}},
		{"impersonate groups alone", nil, []Rule{rule(list{"impersonate"}, core, list{"groups"})}, nil},
		{"impersonate an account", nil, []Rule{rule(list{"impersonate"}, core, list{"serviceaccounts"}, "b")}, []Power{actsB}},
		{"nodes/proxy", nil, []Rule{rule(list{"create"}, core, list{"nodes/proxy"}, "n1")}, []Power{actsA}},
		{"nodes/proxy of a node with a privileged pod", nil, []Rule{rule(list{"create"}, core, list{"nodes/proxy"}, "n2")}, []Power{actsB, nodes, actsA}},
		{"and the control plane", func(s *Surroundings) { s.ControlPlane = true }, []Rule{rule(list{"create"}, core, list{"nodes/proxy"}, "n2")}, []Power{actsB, nodes, actsA, anyone}},
		{"volumes under baseline", nil, []Rule{rule(list{"create"}, core, list{"persistentvolumes", "persistentvolumeclaims", "pods"})}, []Power{actsA, actsB, secrets, nodes}},
		{"volumes without claims", nil, []Rule{rule(list{"create"}, core, list{"persistentvolumes", "pods"})}, []Power{actsA, actsB, secrets}},
		{"certificates", nil, []Rule{
			rule(list{"create"}, certificates, list{"certificatesigningrequests"}), rule(list{"update"}, certificates, list{"certificatesigningrequests/approval"}),
			rule(list{"approve"}, certificates, list{"signers"}, "kubernetes.io/kube-apiserver-client"),
		}, []Power{actsV, actsA, actsB}},
		{"certificates of another signer", nil, []Rule{
			rule(list{"create"}, certificates, list{"certificatesigningrequests"}), rule(list{"update"}, certificates, list{"certificatesigningrequests/approval"}),
			rule(list{"approve"}, certificates, list{"signers"}, "kubernetes.io/kubelet-serving"),
		}, nil},
		{"webhooks", nil, []Rule{rule(list{"patch"}, list{"admissionregistration.k8s.io"}, list{"mutatingwebhookconfigurations"}, "x")}, []Power{anyone}},
		{"make a role and bind it", nil, []Rule{edit, rule(list{"escalate", "bind"}, list{Group}, list{"roles"})}, []Power{granted(Key{"ns", freshRole}, "ns"), granted(admin.Key, "ns"), actsA, actsB, secrets, nodes}},
	} {
		r, b := bound("own", "", forUser("u"), test.rules...)
		other, to := bound("others", "", forUser("v"))
		check(t, test.name, []Role{r, view, admin, other}, []Binding{b, to, {Key{"", "admins"}, admin.Key, nil}}, test.here, test.want)
	}
}

func check(t *testing.T, name string, roles []Role, bindings []Binding, change func(*Surroundings), want []Power) {
	t.Helper()
	s := here()
	if change != nil {
		change(&s)
	}
	c := cluster(t, roles, bindings)
	got := Close(c, s, User{Name: "u"})
	powers := got.Powers()[1:]
	for _, p := range want {
		if !slices.Contains(powers, p) {
			t.Errorf("%s: it is not found that u %s", name, p)
		}
	}
	if !slices.Contains(want, anyone) {
		for _, p := range powers {
			if !slices.Contains(want, p) {
				t.Errorf("%s: u %s: %v", name, p, got.Path(p))
			}
		}
	}
	for _, p := range powers {
		replay(t, c, s, got.Path(p), p)
	}
}

// replay takes a path step by step: each must use what those before it gave, and be possible with nothing else.
func replay(t *testing.T, c *Cluster, s Surroundings, path []Step, to Power) {
	t.Helper()
	if len(path) < 2 || path[0].Power != (Power{Kind: ActAs, Name: "u"}) || path[len(path)-1].Power != to {
		t.Fatalf("%s: got path %v", to, path)
	}
	held := []Power{path[0].Power}
	for _, step := range path[1:] {
		for _, p := range step.Uses {
			if !slices.Contains(held, p) {
				t.Fatalf("%s: path %v: step %s uses %s, which is not held", to, path, step, p)
			}
		}
		if !slices.ContainsFunc(Next(c, s, User{Name: "u"}, step.Uses), func(o Step) bool { return o.Power == step.Power && o.How == step.How }) {
			t.Fatalf("%s: path %v: step %s is not possible by %v", to, path, step, step.Uses)
		}
		held = append(held, step.Power)
	}
}

// A path of several steps, by an account that may bind.
func TestPath(t *testing.T) {
	r, b := bound("own", "ns", forUser("u"), rule(list{"create"}, list{""}, list{"pods"}))
	k, kb := bound("controller", "", Subject{Kind: ServiceAccountSubject, Namespace: "ns", Name: "b"},
		rule(list{"bind"}, list{Group}, list{"clusterroles"}), rule(list{"create"}, list{Group}, list{"clusterrolebindings"}))
	c := cluster(t, []Role{r, k, {Key: Key{"", "cluster-admin"}, Rules: everything}}, []Binding{b, kb})
	got := fmt.Sprint(Close(c, here(), User{Name: "u"}).Path(anyone))
	want := "[acts as u" +
		" acts as system:serviceaccount:ns:b: Runs (create pods in ns)" +
		" system:serviceaccount:ns:b has cluster-admin in all namespaces: Binds (bind clusterroles cluster-admin, create clusterrolebindings)" +
		" is a member of system:masters: Impersonates (impersonate users u, impersonate groups system:masters)]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if Close(c, here(), User{Name: "v"}).Path(anyone) != nil {
		t.Error("v comes to everything")
	}
}

// Who acts with a group has what everybody has who is authenticated, besides: here it takes both.
func TestGroupIsAuthenticated(t *testing.T) {
	all, ab := bound("all", "", Subject{Kind: GroupSubject, Name: "system:authenticated"}, rule(list{"create"}, list{Group}, list{"clusterrolebindings"}))
	g, gb := bound("g", "", Subject{Kind: GroupSubject, Name: "g"}, rule(list{"bind"}, list{Group}, list{"clusterroles"}))
	r, b := bound("own", "", forUser("u"), rule(list{"impersonate"}, list{""}, list{"users"}, "v"), rule(list{"impersonate"}, list{""}, list{"groups"}, "g"))
	c := cluster(t, []Role{all, g, r, {Key: Key{"", "cluster-admin"}, Rules: everything}}, []Binding{ab, gb, b, {Key{"", "v"}, r.Key, []Subject{forUser("v")}}})
	if !Close(c, Surroundings{}, User{Name: "u"}).Holds(anyone) {
		t.Error("u does not come to everything")
	}
}
