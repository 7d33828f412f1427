package rbac

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// request is one for a role or binding.
func request(verb, kind string, k Key) Request {
	if k.Namespace == "" {
		kind = "cluster" + kind
	}
	return Request{Verb: verb, APIGroup: Group, Resource: kind, Namespace: k.Namespace, Name: k.Name}
}

// may refuses a request that is not allowed. The name of what is created is not asked for.
func (c *Cluster) may(by User, q Request) error {
	asked := q
	if q.Verb == "create" {
		asked.Name = ""
	}
	if !c.Allowed(by, asked) {
		return &Forbidden{User: by.Name, Request: q}
	}
	return nil
}

// PutRole creates or replaces a role: that takes the verb create or update and, unless by has the verb escalate on it, or
// nothing of it changes, all that the role gives, there where the role is; to have a ClusterRole aggregate takes everything.
// A role that is created has no name yet where it is asked for escalate, so that resource names do not give that
// (kubernetes pkg/registry/rbac/role/policybased, clusterrole/policybased; pkg/registry/rbac/escalation_check.go, helpers.go).
func (c *Cluster) PutRole(by User, r Role) error {
	if err := r.check(); err != nil {
		return model.Refuse("role %s: %w", r.Key, err)
	}
	old, exists := c.role(r.Key)
	verb := "create"
	if exists {
		verb = "update"
	}
	q := request(verb, "roles", r.Key)
	if err := c.may(by, q); err != nil {
		return err
	}
	escalate := request("escalate", "roles", r.Key)
	if !exists {
		escalate.Name = ""
	}
	if !c.Allowed(by, escalate) && !(exists && old.equal(r)) {
		needed := slices.Clone(r.Rules)
		if len(r.Aggregates) > 0 || len(old.Aggregates) > 0 {
			needed = append(needed, everything...)
		}
		if ok, missing := Covers(c.rules(by, r.Namespace), needed); !ok {
			return &Forbidden{by.Name, q, missing}
		}
	}
	c.roles = put(c.roles, r.clone())
	c.aggregate()
	return nil
}

// DeleteRole deletes a role. Bindings of it stay, and give what a role of that name gives that is made later.
func (c *Cluster) DeleteRole(by User, k Key) error {
	if err := c.may(by, request("delete", "roles", k)); err != nil {
		return err
	}
	if _, ok := c.role(k); !ok {
		return model.Refuse("there is no role %s", k)
	}
	c.roles = remove(c.roles, k)
	c.aggregate()
	return nil
}

// PutBinding creates a binding, or replaces the subjects of one: that takes the verb create or update and, unless by has the
// verb bind on the role, or nothing of it changes, all that the role gives, there where the binding is. Who has it may bind a role
// that does not exist.
func (c *Cluster) PutBinding(by User, b Binding) error {
	if err := b.check(); err != nil {
		return model.Refuse("binding %s: %w", b.Key, err)
	}
	old, exists := c.binding(b.Key)
	if exists && old.Role != b.Role {
		return model.Refuse("binding %s: the role of a binding cannot be changed", b.Key)
	}
	verb := "create"
	if exists {
		verb = "update"
	}
	q := request(verb, "rolebindings", b.Key)
	if err := c.may(by, q); err != nil {
		return err
	}
	bind := request("bind", "roles", b.Role)
	bind.Namespace = b.Namespace // of the binding, also where the role is a ClusterRole
	if !c.Allowed(by, bind) && !(exists && slices.Equal(old.Subjects, b.Subjects)) {
		role, ok := c.role(b.Role)
		if !ok {
			return model.Refuse("binding %s: there is no role %s", b.Key, b.Role)
		}
		if ok, missing := Covers(c.rules(by, b.Namespace), role.Rules); !ok {
			return &Forbidden{by.Name, q, missing}
		}
	}
	c.bindings = put(c.bindings, b.clone())
	return nil
}

// DeleteBinding deletes a binding.
func (c *Cluster) DeleteBinding(by User, k Key) error {
	if err := c.may(by, request("delete", "rolebindings", k)); err != nil {
		return err
	}
	if _, ok := c.binding(k); !ok {
		return model.Refuse("there is no binding %s", k)
	}
	c.bindings = remove(c.bindings, k)
	return nil
}

// Impersonate is the user that by acts as by the headers Impersonate-User and Impersonate-Group: that takes the verb impersonate on
// the user or service account, and on each group. Without groups, a service account has those that it always has. Whoever is not
// anonymous is authenticated besides, unless one of the groups says that it is not
// (kubernetes apiserver/pkg/endpoints/filters/impersonation).
func (c *Cluster) Impersonate(by User, name string, groups ...string) (User, error) {
	if name == "" {
		return User{}, model.Refuse("impersonating groups takes a user")
	}
	as := User{name, slices.Clone(groups)}
	q := Request{Verb: "impersonate", Resource: "users", Name: name}
	if namespace, account, ok := splitServiceAccount(name); ok {
		q = Request{Verb: "impersonate", Resource: "serviceaccounts", Namespace: namespace, Name: account}
		if len(groups) == 0 {
			as = ServiceAccount(namespace, account)
		}
	}
	if err := c.may(by, q); err != nil {
		return User{}, err
	}
	for _, g := range groups {
		if err := c.may(by, Request{Verb: "impersonate", Resource: "groups", Name: g}); err != nil {
			return User{}, err
		}
	}
	return as.authenticated(), nil
}

// The groups of everybody: of those who were authenticated, and of the others.
const (
	allAuthenticated   = "system:authenticated"
	allUnauthenticated = "system:unauthenticated"
)

// authenticated is a user that is impersonated, with the group that tells whether it is somebody.
func (u User) authenticated() User {
	group := allAuthenticated
	if u.Name == "system:anonymous" {
		group = allUnauthenticated
	}
	if slices.Contains(u.Groups, group) || slices.Contains(u.Groups, allUnauthenticated) {
		return u
	}
	return User{u.Name, append(slices.Clone(u.Groups), group)}
}
