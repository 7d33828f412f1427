package rbac

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func rule(verbs, groups, resources []string, names ...string) Rule {
	return Rule{Verbs: verbs, APIGroups: groups, Resources: resources, ResourceNames: names}
}

type list = []string

// What rules match (kubernetes plugin/pkg/auth/authorizer/rbac/rbac_test.go, TestRuleMatches, and its neighbours).
func TestRuleAllows(t *testing.T) {
	for _, test := range []struct {
		name string
		rule Rule
		q    Request
		want bool
	}{
		{"exact", rule(list{"get"}, list{""}, list{"pods"}), Request{Verb: "get", Resource: "pods"}, true},
		{"another verb", rule(list{"get"}, list{""}, list{"pods"}), Request{Verb: "list", Resource: "pods"}, false},
		{"another group", rule(list{"get"}, list{"apps"}, list{"pods"}), Request{Verb: "get", Resource: "pods"}, false},
		{"any verb", rule(list{"*"}, list{""}, list{"pods"}), Request{Verb: "escalate", Resource: "pods"}, true},
		{"any group", rule(list{"get"}, list{"*"}, list{"deployments"}), Request{Verb: "get", APIGroup: "apps", Resource: "deployments"}, true},
		{"a resource is not its subresources", rule(list{"*"}, list{"*"}, list{"pods"}), Request{Verb: "create", Resource: "pods", Subresource: "exec"}, false},
		{"nor is a subresource the resource", rule(list{"*"}, list{"*"}, list{"pods/exec"}), Request{Verb: "create", Resource: "pods"}, false},
		{"pods/* is none", rule(list{"*"}, list{"*"}, list{"pods/*"}), Request{Verb: "create", Resource: "pods", Subresource: "exec"}, false},
		{"any resource has its subresources", rule(list{"*"}, list{"*"}, list{"*"}), Request{Verb: "create", Resource: "pods", Subresource: "exec"}, true},
		{"*/scale", rule(list{"*"}, list{"*"}, list{"*/scale"}), Request{Verb: "get", Resource: "deployments", Subresource: "scale"}, true},
		{"*/scale and others", rule(list{"*"}, list{"*"}, list{"*/scale"}), Request{Verb: "get", Resource: "deployments", Subresource: "status"}, false},
		{"*/scale and no subresource", rule(list{"*"}, list{"*"}, list{"*/scale"}), Request{Verb: "get", Resource: "scale"}, false},
		{"named", rule(list{"get"}, list{""}, list{"secrets"}, "a", "b"), Request{Verb: "get", Resource: "secrets", Name: "b"}, true},
		{"another name", rule(list{"get"}, list{""}, list{"secrets"}, "a"), Request{Verb: "get", Resource: "secrets", Name: "c"}, false},
		{"names do not allow lists", rule(list{"list"}, list{""}, list{"secrets"}, "a"), Request{Verb: "list", Resource: "secrets"}, false},
		{"a list of one name", rule(list{"list"}, list{""}, list{"secrets"}, "a"), Request{Verb: "list", Resource: "secrets", Name: "a"}, true},
		{"names cannot allow creation", rule(list{"create"}, list{""}, list{"secrets"}, "a"), Request{Verb: "create", Resource: "secrets"}, false},
		{"URL", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/healthz"}}, Request{Verb: "get", Path: "/healthz"}, true},
		{"URL below", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/healthz"}}, Request{Verb: "get", Path: "/healthz/x"}, false},
		{"URL with *", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/healthz/*"}}, Request{Verb: "get", Path: "/healthz/x/y"}, true},
		{"URL with * and nothing below", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/healthz/*"}}, Request{Verb: "get", Path: "/healthz"}, false},
		{"any URL", Rule{Verbs: list{"get"}, NonResourceURLs: list{"*"}}, Request{Verb: "get", Path: "/x"}, true},
		{"a star inside is a star", Rule{Verbs: list{"get"}, NonResourceURLs: list{"/a/*/c"}}, Request{Verb: "get", Path: "/a/b/c"}, false},
		{"a rule of resources has no URLs", rule(list{"*"}, list{"*"}, list{"*"}), Request{Verb: "get", Path: "/x"}, false},
		{"a rule of URLs has no resources", Rule{Verbs: list{"*"}, NonResourceURLs: list{"*"}}, Request{Verb: "get", Resource: "pods"}, false},
	} {
		if got := test.rule.Allows(test.q); got != test.want {
			t.Errorf("%s: %s allows %s: got %t, want %t", test.name, test.rule, test.q, got, test.want)
		}
	}
}

// What one may give away (kubernetes component-helpers/auth/rbac/validation/policy_comparator_test.go).
func TestCovers(t *testing.T) {
	get := rule(list{"get"}, list{"v1"}, list{"builds"})
	for _, test := range []struct {
		name         string
		owner, rules []Rule
		missing      []Rule
	}{
		{"itself", []Rule{get}, []Rule{get}, nil},
		{"nothing", nil, []Rule{get}, []Rule{get}},
		{"of two, the other", []Rule{rule(list{"delete"}, list{"v1"}, list{"builds"})}, []Rule{rule(list{"delete", "update"}, list{"v1"}, list{"builds"})}, []Rule{rule(list{"update"}, list{"v1"}, list{"builds"})}},
		{"from two rules", []Rule{get, rule(list{"list"}, list{"v1"}, list{"builds"})}, []Rule{rule(list{"get", "list"}, list{"v1"}, list{"builds"})}, nil},
		{"all names", []Rule{get}, []Rule{rule(list{"get"}, list{"v1"}, list{"builds"}, "a")}, nil},
		{"of one name, all", []Rule{rule(list{"get"}, list{"v1"}, list{"builds"}, "a")}, []Rule{get}, []Rule{get}},
		{"of one name, another", []Rule{rule(list{"get"}, list{"v1"}, list{"builds"}, "a")}, []Rule{rule(list{"get"}, list{"v1"}, list{"builds"}, "a", "b")}, []Rule{rule(list{"get"}, list{"v1"}, list{"builds"}, "b")}},
		{"any subresource", []Rule{rule(list{"get"}, list{"v1"}, list{"*/scale"})}, []Rule{rule(list{"get"}, list{"v1"}, list{"foo/scale"})}, nil},
		{"any resource", []Rule{rule(list{"get"}, list{"v1"}, list{"*"})}, []Rule{rule(list{"get"}, list{"v1"}, list{"foo/scale", "foo"})}, nil},
		{"of each resource, any", []Rule{rule(list{"get"}, list{"v1"}, list{"foo", "bar"})}, []Rule{rule(list{"get"}, list{"v1"}, list{"*"})}, []Rule{rule(list{"get"}, list{"v1"}, list{"*"})}},
		{"URLs", []Rule{{Verbs: list{"*"}, NonResourceURLs: list{"/apis/*"}}}, []Rule{{Verbs: list{"get"}, NonResourceURLs: list{"/apis/*", "/apis/x"}}}, nil},
		{"another URL", []Rule{{Verbs: list{"get"}, NonResourceURLs: list{"/apis/*"}}}, []Rule{{Verbs: list{"get"}, NonResourceURLs: list{"/apis"}}}, []Rule{{Verbs: list{"get"}, NonResourceURLs: list{"/apis"}}}},
		{"URLs and resources", everything[:1], everything[1:], everything[1:]},
	} {
		ok, missing := Covers(test.owner, test.rules)
		if ok != (len(test.missing) == 0) || !reflect.DeepEqual(missing, test.missing) {
			t.Errorf("%s: got %t, %v, want %v", test.name, ok, missing, test.missing)
		}
	}
}

// A small universe of names, in which there are some that no rule speaks of.
var (
	someVerbs     = list{"get", "list", "other"}
	someGroups    = list{"", "apps", "other"}
	someResources = list{"pods", "pods/log", "scale", "deployments/scale", "other", "other/log", "other/scale"}
	someNames     = list{"", "a", "b", "other"}
	somePaths     = list{"/a", "/a/b", "/c", "/cx", "/"}
)

// requests are all of the small universe.
func requests() []Request {
	var out []Request
	for _, v := range someVerbs {
		for _, p := range somePaths {
			out = append(out, Request{Verb: v, Path: p})
		}
		for _, g := range someGroups {
			for _, r := range someResources {
				for _, n := range someNames {
					q := Request{Verb: v, APIGroup: g, Resource: r, Name: n}
					if i := slices.Index([]byte(r), '/'); i >= 0 {
						q.Resource, q.Subresource = r[:i], r[i+1:]
					}
					out = append(out, q)
				}
			}
		}
	}
	return out
}

func drawRule(t *rapid.T) Rule {
	pick := func(from list, least int, name string) list {
		return rapid.SliceOfN(rapid.SampledFrom(from), least, 2).Draw(t, name)
	}
	if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
		return Rule{Verbs: pick(list{"get", "list", "*"}, 1, "verbs"), NonResourceURLs: pick(list{"/a", "/a/*", "/c*", "*"}, 1, "URLs")}
	}
	return Rule{
		Verbs: pick(list{"get", "list", "*"}, 1, "verbs"), APIGroups: pick(list{"", "apps", "*"}, 1, "groups"),
		Resources:     pick(list{"pods", "pods/log", "*/log", "*/scale", "deployments/scale", "*"}, 1, "resources"),
		ResourceNames: pick(list{"a", "b"}, 0, "names"),
	}
}

// What is covered gives nothing new: every request that the rules allow, the owner's allow. What is missing does, in this
// universe, which has names that no rule speaks of.
func TestCoversIsExact(t *testing.T) {
	all := requests()
	rapid.Check(t, func(t *rapid.T) {
		owner := rapid.SliceOfN(rapid.Custom(drawRule), 0, 3).Draw(t, "owner")
		given := drawRule(t)
		_, missing := Covers(owner, []Rule{given})
		allowed := func(rules []Rule, q Request) bool {
			return slices.ContainsFunc(rules, func(r Rule) bool { return r.Allows(q) })
		}
		for _, q := range all {
			if given.Allows(q) && !allowed(owner, q) && !allowed(missing, q) {
				t.Fatalf("%s is covered by %v but for %v, and allows %s", given, owner, missing, q)
			}
		}
		for _, m := range missing {
			news := slices.ContainsFunc(all, func(q Request) bool { return m.Allows(q) && !allowed(owner, q) })
			if !news {
				t.Fatalf("%s is missing from %v, and allows nothing new", m, owner)
			}
		}
	})
}
