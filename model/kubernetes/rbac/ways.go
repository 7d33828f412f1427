package rbac

import (
	"maps"
	"slices"
)

// ways are all that an identity can do to come to more.
var ways = []func(*actor){
	(*actor).binds, (*actor).rewrites, (*actor).impersonates, (*actor).requests, (*actor).runs, (*actor).execs, (*actor).reads,
	(*actor).proxies, (*actor).certifies, (*actor).webhooks,
}

// on makes a request for each verb.
func on(group, resource, subresource, namespace, name string, verbs ...string) []Request {
	var out []Request
	for _, v := range verbs {
		out = append(out, Request{Verb: v, APIGroup: group, Resource: resource, Subresource: subresource, Namespace: namespace, Name: name})
	}
	return out
}

// rbacRequest is on for roles and bindings of a namespace, or of the cluster.
func rbacRequest(kind string, k Key, verbs ...string) []Request {
	var out []Request
	for _, v := range verbs {
		out = append(out, request(v, kind, k))
	}
	return out
}

// freshRole stands for a role that is not there yet.
const freshRole = "a new role"

// binds gives itself a role. One that it makes first takes escalate, and gives everything.
func (a *actor) binds() {
	for _, scope := range append([]string{""}, a.namespaces...) {
		mine := a.now.rules(a.user, scope)
		bindings := rbacRequest("rolebindings", Key{Namespace: scope}, "create", "update", "patch")
		give := func(k Key, rules []Rule, more ...[]Request) {
			if ok, _ := Covers(mine, rules); ok {
				return
			}
			bind := request("bind", "roles", k)
			bind.Namespace = scope
			to := Power{Kind: Granted, Name: a.user.Name, Role: k, Namespace: scope}
			a.step(to, Binds, append(more, []Request{bind}, a.bindingsOf(k, scope, bindings))...)
		}
		for _, r := range a.now.roles {
			if r.Namespace == "" || r.Namespace == scope {
				give(r.Key, r.Rules)
			}
		}
		for _, n := range []string{"", scope} {
			k := Key{n, freshRole}
			if _, there := a.now.role(k); !there {
				give(k, all(k), rbacRequest("roles", Key{Namespace: n}, "create"), rbacRequest("roles", Key{n, someName}, "escalate"))
			}
			if scope == "" {
				break
			}
		}
	}
}

// bindingsOf leaves, of the requests to change bindings, those that can be made for a role: to create one, and to change one that
// gives it.
func (a *actor) bindingsOf(role Key, scope string, of []Request) []Request {
	out := of[:1:1]
	for _, b := range a.now.bindings {
		if b.Role == role && b.Namespace == scope {
			for _, q := range of[1:] {
				q.Name = b.Name
				out = append(out, q)
			}
		}
	}
	return out
}

// rewrites gives all rules to a role that it has, perhaps since it gave it to itself.
func (a *actor) rewrites() {
	seen := map[Key]bool{}
	for i, b := range slices.Concat(a.base.bindings, a.now.bindings) {
		role, ok := a.now.role(b.Role)
		mine := slices.ContainsFunc(b.Subjects, func(s Subject) bool { return s.is(a.user, b.Namespace) })
		if !ok || !mine || seen[b.Role] {
			continue
		}
		seen[b.Role] = true
		if full, _ := Covers(role.Rules, all(b.Role)); full {
			continue
		}
		var uses []Power
		if i >= len(a.base.bindings) {
			given := func(p Power) bool { return p.Kind == Granted && p.Name == a.user.Name && p.Role == b.Role }
			uses = append(uses, a.held[slices.IndexFunc(a.held, given)])
		}
		a.stepBy(uses, Power{Kind: Rewritten, Role: b.Role}, Rewrites,
			rbacRequest("roles", b.Role, "update", "patch"), rbacRequest("roles", b.Role, "escalate"))
	}
}

// subjects are the users and groups that bindings name, and Masters.
func (w *world) subjects() (users, groups []string) {
	groups = []string{Masters}
	for _, b := range w.now.bindings {
		for _, s := range b.Subjects {
			switch {
			case s.Kind == UserSubject && !slices.Contains(users, s.Name):
				users = append(users, s.Name)
			case s.Kind == GroupSubject && !slices.Contains(groups, s.Name):
				groups = append(groups, s.Name)
			}
		}
	}
	slices.Sort(users)
	slices.Sort(groups)
	return users, groups
}

// impersonates acts as users and service accounts, and with any group that one of them may be given.
func (a *actor) impersonates() {
	users, groups := a.subjects()
	as := func(p Power, q []Request) {
		a.step(p, Impersonates, q)
		for _, g := range groups {
			to := Power{Kind: ActAs, Name: p.Name, Group: g}
			if g == Masters {
				to = Power{Kind: Everything}
			}
			a.step(to, Impersonates, q, on("", "groups", "", "", g, "impersonate"))
		}
	}
	for _, u := range users {
		if _, _, account := splitServiceAccount(u); !account {
			as(Power{Kind: ActAs, Name: u}, on("", "users", "", "", u, "impersonate"))
		}
	}
	for _, k := range a.here.ServiceAccounts {
		as(accountPower(k.Namespace, k.Name), on("", "serviceaccounts", "", k.Namespace, k.Name, "impersonate"))
	}
	// A user of no consequence will do for a group.
	a.step(Power{Kind: Everything}, Impersonates, on("", "users", "", "", someName, "impersonate"), on("", "groups", "", "", Masters, "impersonate"))
	for _, g := range groups {
		if g != Masters {
			a.step(Power{Kind: ActAs, Name: "anybody", Group: g}, Impersonates,
				on("", "users", "", "", someName, "impersonate"), on("", "groups", "", "", g, "impersonate"))
		}
	}
}

func (a *actor) requests() {
	for _, k := range a.here.ServiceAccounts {
		a.step(accountPower(k.Namespace, k.Name), Requests, on("", "serviceaccounts", "token", k.Namespace, k.Name, "create"))
	}
}

// workloads are requests that make pods of one's own in a namespace.
func workloads(namespace string) []Request {
	out := on("", "pods", "", namespace, "", "create")
	for _, w := range []struct{ group, resource string }{
		{"", "replicationcontrollers"},
		{"apps", "deployments"},
		{"apps", "daemonsets"},
		{"apps", "replicasets"},
		{"apps", "statefulsets"},
		{"batch", "jobs"},
		{"batch", "cronjobs"},
	} {
		out = append(out, on(w.group, w.resource, "", namespace, "", "create")...)
		out = append(out, on(w.group, w.resource, "", namespace, someName, "update", "patch")...)
	}
	return out
}

// runs runs pods, with any service account and secret of the namespace and, where admission lets it, on the paths of the node.
func (a *actor) runs() {
	for _, n := range a.namespaces {
		pods := workloads(n)
		for _, k := range a.here.ServiceAccounts {
			if k.Namespace == n {
				a.step(accountPower(n, k.Name), Runs, pods)
			}
		}
		a.step(Power{Kind: ReadSecrets, Namespace: n}, Runs, pods)
		if slices.Contains(a.here.Privileged, n) {
			a.step(Power{Kind: Nodes}, Runs, pods)
		}
		a.step(Power{Kind: Nodes}, Relabels, pods, on("", "namespaces", "", n, n, "update", "patch"))
		a.step(Power{Kind: Nodes}, Mounts, pods, on("", "persistentvolumes", "", "", "", "create"),
			on("", "persistentvolumeclaims", "", n, "", "create"))
	}
}

// into are the powers of who runs a program in a pod.
func (a *actor) into(p RunningPod, how How, needs []Request) {
	if p.ServiceAccount != "" {
		a.step(accountPower(p.Namespace, p.ServiceAccount), how, needs)
	}
	if p.Privileged {
		a.step(Power{Kind: Nodes}, how, needs)
	}
}

func (a *actor) execs() {
	verbs := []string{"create"}
	if a.here.ExecByGet {
		verbs = append(verbs, "get")
	}
	for _, p := range a.here.Pods {
		needs := slices.Concat(
			on("", "pods", "exec", p.Namespace, p.Name, verbs...), on("", "pods", "attach", p.Namespace, p.Name, verbs...),
			on("", "pods", "ephemeralcontainers", p.Namespace, p.Name, "update", "patch"))
		a.into(p, Execs, needs)
	}
}

// reads reads secrets. To list is to read; so is to watch.
func (a *actor) reads() {
	for _, n := range a.namespaces {
		list := on("", "secrets", "", n, "", "list", "watch")
		get := on("", "secrets", "", n, "", "get")
		a.step(Power{Kind: ReadSecrets, Namespace: n}, Reads, slices.Concat(list, get))
		for _, k := range a.here.ServiceAccounts {
			if k.Namespace == n {
				a.step(accountPower(n, k.Name), Mints, on("", "secrets", "", n, "", "create"), slices.Concat(list, on("", "secrets", "", n, someName, "get")))
			}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(a.here.TokenSecrets), compareKeys) {
		a.step(accountPower(k.Namespace, a.here.TokenSecrets[k]), Reads,
			append(on("", "secrets", "", k.Namespace, "", "list", "watch"), on("", "secrets", "", k.Namespace, k.Name, "get", "list", "watch")...))
	}
}

func (a *actor) proxies() {
	verbs := []string{"create"}
	if a.here.ExecByGet {
		verbs = append(verbs, "get")
	}
	for _, p := range a.here.Pods {
		a.into(p, Proxies, on("", "nodes", "proxy", "", p.Node, verbs...))
	}
}

// certifies makes certificates of any user and group but Masters.
func (a *actor) certifies() {
	const group, signer = "certificates.k8s.io", "kubernetes.io/kube-apiserver-client"
	needs := [][]Request{
		on(group, "certificatesigningrequests", "", "", "", "create"),
		on(group, "certificatesigningrequests", "approval", "", someName, "update", "patch"),
		append(on(group, "signers", "", "", signer, "approve"), on(group, "signers", "", "", "kubernetes.io/*", "approve")...),
	}
	users, groups := a.subjects()
	for _, u := range users {
		a.step(Power{Kind: ActAs, Name: u}, Certifies, needs...)
	}
	for _, k := range a.here.ServiceAccounts {
		a.step(accountPower(k.Namespace, k.Name), Certifies, needs...)
	}
	for _, g := range groups {
		if g != Masters {
			a.step(Power{Kind: ActAs, Name: "anybody", Group: g}, Certifies, needs...)
		}
	}
}

func (a *actor) webhooks() {
	const group, resource = "admissionregistration.k8s.io", "mutatingwebhookconfigurations"
	a.step(Power{Kind: Everything}, Webhooks, append(on(group, resource, "", "", "", "create"), on(group, resource, "", "", someName, "update", "patch")...))
}
