package podsecurity

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Policy is what a namespace asks for in each mode. The zero Policy asks for nothing.
type Policy struct {
	Enforce LevelVersion // refuses pods
	Audit   LevelVersion // annotates the audit event
	Warn    LevelVersion // warns the user
}

// The labels of a namespace.
const (
	EnforceLabel        = "pod-security.kubernetes.io/enforce"
	EnforceVersionLabel = "pod-security.kubernetes.io/enforce-version"
	AuditLabel          = "pod-security.kubernetes.io/audit"
	AuditVersionLabel   = "pod-security.kubernetes.io/audit-version"
	WarnLabel           = "pod-security.kubernetes.io/warn"
	WarnVersionLabel    = "pod-security.kubernetes.io/warn-version"
)

// PolicyOf reads the labels of a namespace; what they do not say is as the defaults are. With an error comes a policy all the
// same, which is what holds in a namespace that has such labels: a level that is none is restricted to enforce, and privileged to
// audit and to warn; a version that is none is the latest. A level that is enforced is warned of as well, where nothing is said of
// warnings and it is stricter than the default (k8s.io/pod-security-admission v0.37.2, api/helpers.go, PolicyToEvaluate).
func PolicyOf(labels map[string]string, defaults Policy) (Policy, error) {
	p := defaults
	var first error
	note := func(label string, err error) bool {
		if err != nil && first == nil {
			first = fmt.Errorf("label %s: %w", label, err)
		}
		return err == nil
	}
	level := func(label string, to *Level) (given, good bool) {
		text, ok := labels[label]
		if !ok {
			return false, false
		}
		l, err := ParseLevel(text)
		*to = l
		return true, note(label, err)
	}
	version := func(label string, to *Version) bool {
		text, ok := labels[label]
		if ok {
			v, err := ParseVersion(text)
			*to = v
			note(label, err)
		}
		return ok
	}
	_, enforced := level(EnforceLabel, &p.Enforce.Level)
	version(EnforceVersionLabel, &p.Enforce.Version)
	if given, good := level(AuditLabel, &p.Audit.Level); given && !good {
		p.Audit.Level = PrivilegedLevel
	}
	version(AuditVersionLabel, &p.Audit.Version)
	warns, good := level(WarnLabel, &p.Warn.Level)
	if warns && !good {
		p.Warn.Level = PrivilegedLevel
	}
	versioned := version(WarnVersionLabel, &p.Warn.Version)
	if !warns && enforced && p.Enforce.Level > p.Warn.Level {
		p.Warn.Level = p.Enforce.Level
		if !versioned {
			p.Warn.Version = p.Enforce.Version
		}
	}
	return p, first
}

// Config is the configuration of the admission plugin, PodSecurityConfiguration.
type Config struct {
	Defaults Policy // for namespaces without labels
	// Who is exempt: by name of the user who asks, of the namespace, of the pod's runtime class. To exempt the user of a controller,
	// such as that of ReplicaSets, is to exempt everybody who can make what it controls.
	Users, Namespaces, RuntimeClasses []string
}

// Response is the answer to a request that was allowed.
type Response struct {
	Exempt  string      // "user", "namespace" or "runtimeClass" where nothing was looked at, else ""
	Audit   []Violation // of the policy that is audited
	Warning []Violation // of the policy that is warned of
	// Existing are, by their names, the pods that a policy which is now enforced would refuse. They stay.
	Existing map[string][]Violation
}

// Forbidden is the error of a pod that what is enforced refuses: status 403. It wraps model.ErrRefused.
type Forbidden struct {
	Policy     LevelVersion
	Violations []Violation
}

// Error says what the pod violates.
func (f *Forbidden) Error() string {
	return fmt.Sprintf("refused: violates PodSecurity %q: %v", f.Policy, f.Violations)
}

// Unwrap gives model.ErrRefused.
func (f *Forbidden) Unwrap() error { return model.ErrRefused }

// Admission is the namespaces of a cluster with the pods in them, and what the Pod Security admission plugin answers.
//
// Not modelled: subresources that the plugin passes over (exec, attach, binding, eviction, log, portforward, proxy, status),
// and the limits on how many pods of a namespace are looked at when it is labelled (3,000, one second).
type Admission struct {
	config     Config
	namespaces map[string]*namespace
}

type namespace struct {
	labels map[string]string
	pods   map[string]*Pod
}

// NewAdmission makes a cluster without namespaces.
func NewAdmission(c Config) *Admission {
	c.Users, c.Namespaces, c.RuntimeClasses = slices.Clone(c.Users), slices.Clone(c.Namespaces), slices.Clone(c.RuntimeClasses)
	return &Admission{config: c, namespaces: map[string]*namespace{}}
}

// CreateNamespace makes a namespace. Labels that cannot be read are refused.
func (a *Admission) CreateNamespace(name string, labels map[string]string) error {
	if _, ok := a.namespaces[name]; ok || name == "" {
		return model.Refuse("create namespace %q: it exists, or has no name", name)
	}
	if _, err := PolicyOf(labels, a.config.Defaults); err != nil {
		return model.Refuse("create namespace %q: %w", name, err)
	}
	a.namespaces[name] = &namespace{labels: maps.Clone(labels), pods: map[string]*Pod{}}
	return nil
}

// SetLabels replaces the labels of a namespace. The pods in it stay. If what is enforced is another version, or stricter, the answer
// names those that it would refuse.
func (a *Admission) SetLabels(name string, labels map[string]string) (Response, error) {
	ns, ok := a.namespaces[name]
	if !ok {
		return Response{}, model.Refuse("there is no namespace %q", name)
	}
	before, _ := PolicyOf(ns.labels, a.config.Defaults)
	after, err := PolicyOf(labels, a.config.Defaults)
	if err != nil {
		return Response{}, model.Refuse("label namespace %q: %w", name, err)
	}
	ns.labels = maps.Clone(labels)
	e, f := before.Enforce, after.Enforce
	if e == f || f.Level == PrivilegedLevel || e.Version == f.Version && f.Level <= e.Level || slices.Contains(a.config.Namespaces, name) {
		return Response{}, nil
	}
	var r Response
	for pod, p := range ns.pods {
		if found := Evaluate(f, p); len(found) > 0 && !slices.Contains(a.config.RuntimeClasses, p.RuntimeClass) {
			if r.Existing == nil {
				r.Existing = map[string][]Violation{}
			}
			r.Existing[pod] = found
		}
	}
	return r, nil
}

// DeleteNamespace deletes a namespace with all that is in it.
func (a *Admission) DeleteNamespace(name string) error {
	if _, ok := a.namespaces[name]; !ok {
		return model.Refuse("there is no namespace %q", name)
	}
	delete(a.namespaces, name)
	return nil
}

// Pod is a copy of a pod; false where there is none.
func (a *Admission) Pod(namespace, name string) (Pod, bool) {
	if ns, ok := a.namespaces[namespace]; ok {
		if p, ok := ns.pods[name]; ok {
			return p.clone(), true
		}
	}
	return Pod{}, false
}

// CreatePod makes a pod.
func (a *Admission) CreatePod(user, namespace, name string, p Pod) (Response, error) {
	ns, ok := a.namespaces[namespace]
	if !ok {
		return Response{}, model.Refuse("there is no namespace %q", namespace)
	}
	if _, ok := ns.pods[name]; ok {
		return Response{}, model.Refuse("create pod %q: it exists", name)
	}
	return a.put(user, namespace, name, p.clone())
}

// SetImage gives a container another image, which has the whole pod looked at again; the image that it has changes nothing. That of
// an ephemeral container cannot be changed.
func (a *Admission) SetImage(user, namespace, name, container, image string) (Response, error) {
	p, ok := a.Pod(namespace, name)
	if !ok {
		return Response{}, model.Refuse("there is no pod %q in namespace %q", name, namespace)
	}
	for _, list := range [...][]Container{p.Init, p.Containers} {
		i := slices.IndexFunc(list, func(c Container) bool { return c.Name == container })
		if i < 0 {
			continue
		}
		if list[i].Image == image {
			return Response{}, nil
		}
		list[i].Image = image
		return a.put(user, namespace, name, p)
	}
	return Response{}, model.Refuse("pod %q has no container %q", name, container)
}

// Debug adds an ephemeral container, which has the whole pod looked at again.
func (a *Admission) Debug(user, namespace, name string, c Container) (Response, error) {
	p, ok := a.Pod(namespace, name)
	if !ok {
		return Response{}, model.Refuse("there is no pod %q in namespace %q", name, namespace)
	}
	for other := range p.all() {
		if other.Name == c.Name {
			return Response{}, model.Refuse("pod %q has a container %q", name, c.Name)
		}
	}
	p.Ephemeral = append(p.Ephemeral, c)
	return a.put(user, namespace, name, p)
}

// DeletePod deletes a pod.
func (a *Admission) DeletePod(namespace, name string) error {
	if _, ok := a.Pod(namespace, name); !ok {
		return model.Refuse("there is no pod %q in namespace %q", name, namespace)
	}
	delete(a.namespaces[namespace].pods, name)
	return nil
}

// Template answers a request to create or change what makes pods, such as a Deployment or a Job. It is never refused.
func (a *Admission) Template(user, namespace string, p Pod) (Response, error) {
	if _, ok := a.namespaces[namespace]; !ok {
		return Response{}, model.Refuse("there is no namespace %q", namespace)
	}
	_, r, err := a.answer(user, namespace, &p, false)
	return r, err
}

// put makes or replaces a pod if it is allowed.
func (a *Admission) put(user, namespace, name string, p Pod) (Response, error) {
	ok, r, err := a.answer(user, namespace, &p, true)
	if ok {
		a.namespaces[namespace].pods[name] = &p
	}
	return r, err
}

// answer evaluates a pod in a namespace that exists.
func (a *Admission) answer(user, namespace string, p *Pod, enforce bool) (bool, Response, error) {
	for _, e := range [...]struct {
		kind, name string
		exempt     []string
	}{{"namespace", namespace, a.config.Namespaces}, {"user", user, a.config.Users}, {"runtimeClass", p.RuntimeClass, a.config.RuntimeClasses}} {
		if e.name != "" && slices.Contains(e.exempt, e.name) {
			return true, Response{Exempt: e.kind}, nil
		}
	}
	policy, _ := PolicyOf(a.namespaces[namespace].labels, a.config.Defaults)
	r := Response{Audit: Evaluate(policy.Audit, p)}
	if enforce {
		if found := Evaluate(policy.Enforce, p); len(found) > 0 {
			return false, r, &Forbidden{policy.Enforce, found}
		}
	}
	r.Warning = Evaluate(policy.Warn, p)
	return true, r, nil
}

// clone copies what steps change: the lists of containers.
func (p *Pod) clone() Pod {
	out := *p
	out.Init, out.Containers, out.Ephemeral = slices.Clone(p.Init), slices.Clone(p.Containers), slices.Clone(p.Ephemeral)
	return out
}
