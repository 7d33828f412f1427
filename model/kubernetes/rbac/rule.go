package rbac

import (
	"fmt"
	"slices"
	"strings"
)

// All stands for every verb, API group, resource or URL.
const All = "*"

// Rule is a PolicyRule: what may be done, to resources or to URLs that are none. A rule with both is one of each kind.
type Rule struct {
	Verbs           []string
	APIGroups       []string // "" is the core group
	Resources       []string // "pods", "pods/log", "*/scale" for the subresource of any resource; "pods/*" is none
	ResourceNames   []string // if any, only requests that name one of these
	NonResourceURLs []string // "/healthz", "/healthz/*"
}

// String is the rule in a line.
func (r Rule) String() string {
	out := strings.Join(r.Verbs, ",")
	if len(r.Resources) > 0 {
		out += " " + strings.Join(r.Resources, ",")
		if len(r.APIGroups) != 1 || r.APIGroups[0] != "" {
			out += " of " + fmt.Sprintf("%q", r.APIGroups)
		}
	}
	if len(r.ResourceNames) > 0 {
		out += " " + strings.Join(r.ResourceNames, ",")
	}
	if len(r.NonResourceURLs) > 0 {
		out += " " + strings.Join(r.NonResourceURLs, ",")
	}
	return out
}

// Request is what the API server asks an authorizer for. One with a path is for a URL that is no resource; it has no other
// field but the verb.
type Request struct {
	Verb        string // get, list, create, …; bind, escalate and impersonate are verbs too
	APIGroup    string
	Resource    string
	Subresource string
	Namespace   string // "" for what has none, and for all namespaces at once
	// Name of the object, "" where the request has none: list, watch and deletecollection without a selector of one name, and
	// create, whose name the URL does not say. So names do not restrict these.
	Name string
	Path string
}

// String is the request in a line.
func (r Request) String() string {
	if r.Path != "" {
		return r.Verb + " " + r.Path
	}
	out := r.Verb + " " + r.combined()
	if r.Name != "" {
		out += " " + r.Name
	}
	if r.Namespace != "" {
		out += " in " + r.Namespace
	}
	return out
}

// combined is the resource with its subresource.
func (r Request) combined() string {
	if r.Subresource == "" {
		return r.Resource
	}
	return r.Resource + "/" + r.Subresource
}

// Allows tells whether a rule alone allows a request (kubernetes plugin/pkg/auth/authorizer/rbac, RuleAllows;
// pkg/apis/rbac/v1/evaluation_helpers.go).
func (r Rule) Allows(q Request) bool {
	if !has(r.Verbs, q.Verb) {
		return false
	}
	if q.Path != "" {
		return slices.ContainsFunc(r.NonResourceURLs, func(url string) bool { return urlCovers(url, q.Path) })
	}
	return has(r.APIGroups, q.APIGroup) && coversResource(r.Resources, q.combined()) &&
		(len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, q.Name))
}

// has tells whether a name or All is in the list.
func has(list []string, name string) bool {
	return slices.Contains(list, All) || slices.Contains(list, name)
}

// coversResource tells whether a resource, with its subresource, is in the list, by itself, as any or as */subresource.
func coversResource(list []string, resource string) bool {
	if has(list, resource) {
		return true
	}
	_, sub, ok := strings.Cut(resource, "/")
	return ok && sub != "" && slices.Contains(list, All+"/"+sub)
}

func urlCovers(url, path string) bool {
	return url == path || strings.HasSuffix(url, All) && strings.HasPrefix(path, strings.TrimRight(url, All))
}

// Covers tells whether owner has all that rules give, and the parts that it has not. A part has one verb, and one resource with
// one name at most, or one URL, and a single rule of owner must cover it: verbs that together are all that there are do not cover
// "*" (kubernetes component-helpers/auth/rbac/validation, Covers).
func Covers(owner, rules []Rule) (bool, []Rule) {
	var missing []Rule
	for _, r := range rules {
		for _, part := range r.parts() {
			if !slices.ContainsFunc(owner, func(o Rule) bool { return o.covers(part) }) {
				missing = append(missing, part)
			}
		}
	}
	return len(missing) == 0, missing
}

// parts breaks a rule down.
func (r Rule) parts() []Rule {
	names := [][]string{nil}
	if len(r.ResourceNames) > 0 {
		names = nil
		for _, n := range r.ResourceNames {
			names = append(names, []string{n})
		}
	}
	var out []Rule
	for _, verb := range r.Verbs {
		for _, group := range r.APIGroups {
			for _, resource := range r.Resources {
				for _, name := range names {
					out = append(out, Rule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: name})
				}
			}
		}
		for _, url := range r.NonResourceURLs {
			out = append(out, Rule{Verbs: []string{verb}, NonResourceURLs: []string{url}})
		}
	}
	return out
}

// covers tells whether a rule covers a part.
func (r Rule) covers(part Rule) bool {
	if !has(r.Verbs, part.Verbs[0]) {
		return false
	}
	if len(part.NonResourceURLs) > 0 {
		return len(r.ResourceNames) == 0 &&
			slices.ContainsFunc(r.NonResourceURLs, func(url string) bool { return urlCovers(url, part.NonResourceURLs[0]) })
	}
	named := len(r.ResourceNames) == 0 || len(part.ResourceNames) > 0 && slices.Contains(r.ResourceNames, part.ResourceNames[0])
	return named && has(r.APIGroups, part.APIGroups[0]) && coversResource(r.Resources, part.Resources[0])
}

// clone is a rule that shares nothing.
func (r Rule) clone() Rule {
	return Rule{
		slices.Clone(r.Verbs), slices.Clone(r.APIGroups), slices.Clone(r.Resources), slices.Clone(r.ResourceNames), slices.Clone(r.NonResourceURLs),
	}
}

// everything is what it takes to give an aggregation rule, and what system:masters has.
var everything = []Rule{
	{Verbs: []string{All}, APIGroups: []string{All}, Resources: []string{All}},
	{Verbs: []string{All}, NonResourceURLs: []string{All}},
}
