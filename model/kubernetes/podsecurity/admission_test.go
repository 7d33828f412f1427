package podsecurity

import (
	"errors"
	"reflect"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// What the labels of a namespace come to (k8s.io/pod-security-admission v0.37.2, api/helpers_test.go, TestPolicyToEvaluate).
func TestPolicyOf(t *testing.T) {
	rest, base, priv := RestrictedLevel, BaselineLevel, PrivilegedLevel
	defaults := Policy{}
	strict := Policy{LevelVersion{rest, Latest}, LevelVersion{rest, Latest}, LevelVersion{rest, Latest}}
	for _, test := range []struct {
		name     string
		labels   map[string]string
		defaults Policy
		want     Policy
		ok       bool
	}{
		{"nothing", nil, strict, strict, true},
		{
			"enforce is warned of",
			map[string]string{EnforceLabel: "baseline", EnforceVersionLabel: "v1.22"},
			defaults,
			Policy{Enforce: LevelVersion{base, 22}, Warn: LevelVersion{base, 22}},
			true,
		},
		{
			"the version of warnings stays",
			map[string]string{EnforceLabel: "baseline", EnforceVersionLabel: "v1.22", WarnVersionLabel: "v1.20"},
			defaults,
			Policy{Enforce: LevelVersion{base, 22}, Warn: LevelVersion{base, 20}},
			true,
		},
		{
			"warnings that are asked for stay",
			map[string]string{EnforceLabel: "baseline", WarnLabel: "privileged"},
			defaults,
			Policy{Enforce: LevelVersion{base, 0}},
			true,
		},
		{
			"stricter defaults of warnings stay",
			map[string]string{EnforceLabel: "baseline"},
			strict,
			Policy{LevelVersion{base, Latest}, LevelVersion{rest, Latest}, LevelVersion{rest, Latest}},
			true,
		},
		{"a level that is none is restricted, and not warned of", map[string]string{EnforceLabel: "x"}, defaults, Policy{Enforce: LevelVersion{rest, 0}}, false},
		{
			"others are open",
			map[string]string{AuditLabel: "x", WarnLabel: "y"},
			strict,
			Policy{LevelVersion{rest, Latest}, LevelVersion{priv, Latest}, LevelVersion{priv, Latest}},
			false,
		},
		{
			"a version that is none is the latest",
			map[string]string{EnforceLabel: "baseline", EnforceVersionLabel: "1.20", AuditVersionLabel: "v", WarnVersionLabel: ""},
			defaults,
			Policy{LevelVersion{base, Latest}, LevelVersion{priv, Latest}, LevelVersion{base, Latest}},
			false,
		},
	} {
		if got, err := PolicyOf(test.labels, test.defaults); got != test.want || (err == nil) != test.ok {
			t.Errorf("%s: got %v, %v, want %v", test.name, got, err, test.want)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Exemptions, audit, warnings, and what is refused changes nothing.
func TestAdmission(t *testing.T) {
	a := NewAdmission(Config{Users: []string{"operator"}, Namespaces: []string{"kube-system"}, RuntimeClasses: []string{"vm"}})
	labels := map[string]string{EnforceLabel: "baseline", EnforceVersionLabel: "latest", AuditLabel: "restricted", AuditVersionLabel: "latest", WarnLabel: "restricted", WarnVersionLabel: "v1.7"}
	for _, name := range []string{"app", "kube-system"} {
		ok(t, a.CreateNamespace(name, labels))
	}
	bad := Pod{Containers: []Container{{Name: "c", Privileged: true}}}
	plain := Pod{Containers: []Container{{Name: "c", Security: Security{RunAsNonRoot: ptr(true)}}}}
	vm := bad
	vm.RuntimeClass = "vm"

	var forbidden *Forbidden
	if _, err := a.CreatePod("dev", "app", "p", bad); !errors.As(err, &forbidden) || !errors.Is(err, model.ErrRefused) ||
		!reflect.DeepEqual(forbidden.Violations, []Violation{{Privileged, []string{"c"}}}) {
		t.Errorf("got %v, want a privileged container forbidden", err)
	}
	if _, there := a.Pod("app", "p"); there {
		t.Error("a pod that is forbidden is there")
	}
	for _, test := range []struct {
		user, namespace, name, exempt string
		pod                           Pod
	}{{"operator", "app", "o", "user", bad}, {"dev", "kube-system", "k", "namespace", bad}, {"dev", "app", "v", "runtimeClass", vm}} {
		if r, err := a.CreatePod(test.user, test.namespace, test.name, test.pod); err != nil || r.Exempt != test.exempt || r.Warning != nil {
			t.Errorf("%s: got %+v, %v, want %s exempt", test.name, r, err, test.exempt)
		}
	}
	r, err := a.CreatePod("dev", "app", "p", plain)
	if err != nil || len(r.Audit) != 3 || len(r.Warning) != 0 {
		t.Errorf("got %+v, %v, want an audit of three checks and no warning at 1.7", r, err)
	}
	if _, err := a.SetImage("dev", "app", "o", "c", ""); err != nil {
		t.Errorf("the same image: %v", err)
	}
	if _, err := a.SetImage("dev", "app", "o", "c", "other"); !errors.As(err, &forbidden) {
		t.Errorf("another image for what is forbidden: got %v", err)
	}
	if p, _ := a.Pod("app", "o"); p.Containers[0].Image != "" {
		t.Error("a refused image is set")
	}
	if _, err := a.SetImage("dev", "app", "p", "c", "other"); err != nil {
		t.Error(err)
	}
	if _, err := a.Debug("dev", "app", "p", Container{Name: "d", Privileged: true}); !errors.As(err, &forbidden) {
		t.Errorf("a privileged container for debugging: got %v", err)
	}
	if _, err := a.Debug("dev", "app", "p", Container{Name: "d"}); err != nil {
		t.Error(err)
	}
	if r, err := a.Template("dev", "app", bad); err != nil || len(r.Warning) == 0 {
		t.Errorf("a template: got %+v, %v, want a warning and no error", r, err)
	}
	r, err = a.SetLabels("app", map[string]string{EnforceLabel: "restricted", EnforceVersionLabel: "latest"})
	if err != nil || len(r.Existing) != 2 || r.Existing["v"] != nil {
		t.Errorf("tightened: got %+v, %v, want the pods o and p", r, err)
	}
	for _, relaxed := range []string{"baseline", "privileged"} {
		if r, err = a.SetLabels("app", map[string]string{EnforceLabel: relaxed, EnforceVersionLabel: "latest"}); err != nil || r.Existing != nil {
			t.Errorf("relaxed to %s: got %+v, %v", relaxed, r, err)
		}
	}
	for name, err := range map[string]error{
		"a namespace twice":       a.CreateNamespace("app", nil),
		"a namespace, no name":    a.CreateNamespace("", nil),
		"labels that are none":    a.CreateNamespace("x", map[string]string{EnforceLabel: "x"}),
		"a pod that is not there": a.DeletePod("app", "x"),
		"a pod in no namespace":   second(a.CreatePod("dev", "x", "p", plain)),
		"a pod twice":             second(a.CreatePod("dev", "app", "p", plain)),
		"a template in none":      second(a.Template("dev", "x", plain)),
		"an image of none":        second(a.SetImage("dev", "app", "x", "c", "")),
		"of no container":         second(a.SetImage("dev", "app", "p", "x", "")),
		"an image for debugging":  second(a.SetImage("dev", "app", "p", "d", "x")),
		"a name twice":            second(a.Debug("dev", "app", "p", Container{Name: "c"})),
		"debugging nothing":       second(a.Debug("dev", "app", "x", Container{Name: "y"})),
		"labelling nothing":       second(a.SetLabels("x", nil)),
		"deleting nothing":        a.DeleteNamespace("x"),
		"labelling badly":         second(a.SetLabels("app", map[string]string{WarnLabel: "x"})),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A copy of a pod that is handed out is the caller's.
func TestPodsAreCopies(t *testing.T) {
	a := NewAdmission(Config{})
	ok(t, a.CreateNamespace("app", nil))
	p := Pod{Containers: []Container{{Name: "c"}}}
	ok(t, second(a.CreatePod("dev", "app", "p", p)))
	p.Containers[0].Privileged = true
	got, _ := a.Pod("app", "p")
	got.Containers[0].HostPorts = []int32{80}
	if again, _ := a.Pod("app", "p"); again.Containers[0].Privileged || again.Containers[0].HostPorts != nil {
		t.Error("the caller changed a pod from outside")
	}
}
