package podsecurity

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// golden are the verdicts of the admission plugin of Kubernetes; see the command internal/oracles/podsecurity.
type golden struct {
	Versions int              // evaluated at 1.0 to 1.Versions-1 and, last, at the latest
	Checks   map[string][]int // how many checks are made, by level and version
	Pods     []judged
}

// judged is a pod with the versions at which it is forbidden: by each check alone, by its id, and by each level. A pair is
// the first of several versions in a row and the one after the last.
type judged struct {
	Pod       Pod
	Forbidden map[string][][2]int
}

func readGolden(t *testing.T) golden {
	t.Helper()
	f, err := os.Open("testdata/verdicts.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.NewDecoder(z).Decode(&g); err != nil {
		t.Fatal(err)
	}
	return g
}

// policyVersions are the versions of the file.
func (g golden) policyVersions() []Version {
	var out []Version
	for v := range g.Versions {
		out = append(out, Version(v))
	}
	return append(out, Latest)
}

// Every check, alone and together with the others, says of every drawn pod at every version what the plugin says.
func TestVerdictsOfKubernetes(t *testing.T) {
	g := readGolden(t)
	if len(g.Pods) < 1000 || g.Versions <= int(Newest) {
		t.Fatalf("got %d pods and %d versions", len(g.Pods), g.Versions)
	}
	forbidden, allowed := map[string]int{}, map[Level]int{}
	for i, j := range g.Pods {
		for name := range j.Forbidden {
			forbidden[name]++
		}
		for n, v := range g.policyVersions() {
			want := func(name string) bool {
				return slices.ContainsFunc(j.Forbidden[name], func(run [2]int) bool { return run[0] <= n && n < run[1] })
			}
			for _, c := range checks {
				if got := Forbids(c.id, v, &j.Pod); got != want(string(c.id)) {
					t.Errorf("pod %d, %s at %s: got forbidden %t, want %t: %+v", i, c.id, v, got, want(string(c.id)), j.Pod)
				}
			}
			for _, l := range []Level{BaselineLevel, RestrictedLevel} {
				found := Evaluate(LevelVersion{l, v}, &j.Pod)
				if got := len(found) > 0; got != want(l.String()) {
					t.Errorf("pod %d at %s: got forbidden %t (%v), want %t: %+v", i, LevelVersion{l, v}, got, found, want(l.String()), j.Pod)
				}
				if len(found) == 0 {
					allowed[l]++
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	for _, c := range checks {
		if forbidden[string(c.id)] < 20 {
			t.Errorf("%s forbids %d pods: the sample is too poor", c.id, forbidden[string(c.id)])
		}
	}
	if allowed[RestrictedLevel] < 1000 || allowed[BaselineLevel] < 1000 {
		t.Errorf("baseline and restricted allow %d and %d: the sample is too poor", allowed[BaselineLevel], allowed[RestrictedLevel])
	}
	for _, l := range []Level{BaselineLevel, RestrictedLevel} {
		for n, v := range g.policyVersions() {
			if got := len(Checks(LevelVersion{l, v})); got != g.Checks[l.String()][n] {
				t.Errorf("%s: got %d checks, want %d", LevelVersion{l, v}, got, g.Checks[l.String()][n])
			}
		}
	}
}

// Restricted allows only what baseline allows, and that only what privileged allows, of pods that the API server accepts.
func TestLevelsAreMonotone(t *testing.T) {
	accepted := 0
	for i, j := range readGolden(t).Pods {
		if j.Pod.Validate() != nil {
			continue
		}
		accepted++
		for _, v := range []Version{0, 8, 18, 19, 22, 25, 35, Latest} {
			if len(Evaluate(LevelVersion{PrivilegedLevel, v}, &j.Pod)) > 0 {
				t.Fatalf("pod %d is refused at privileged", i)
			}
			if len(Evaluate(LevelVersion{RestrictedLevel, v}, &j.Pod)) == 0 && len(Evaluate(LevelVersion{BaselineLevel, v}, &j.Pod)) > 0 {
				t.Fatalf("pod %d at %s: restricted allows it, and baseline does not: %+v", i, v, j.Pod)
			}
		}
	}
	if accepted < 1000 {
		t.Errorf("the API server accepts %d pods: the sample is too poor", accepted)
	}
}

// Of others restricted allows some that baseline does not; it is the API server that refuses them.
func TestMonotoneRestsOnValidation(t *testing.T) {
	for name, change := range map[string]func(*Pod){
		"a volume with two sources":      func(p *Pod) { p.Volumes[0].Sources = []string{"hostPath", "emptyDir"} },
		"capabilities on Windows":        func(p *Pod) { p.OS, p.Containers[0].Add = "windows", []string{"SYS_ADMIN"} },
		"a pod's seccomp on Windows":     func(p *Pod) { p.OS, p.Security.Seccomp = "windows", ptr("Unconfined") },
		"a container's, also on Windows": func(p *Pod) { p.OS, p.Containers[0].Security.Seccomp = "windows", ptr("Unconfined") },
	} {
		p := compliant()
		change(&p)
		if p.Validate() == nil {
			t.Errorf("%s: the API server accepts it", name)
		}
		restricted, baseline := Evaluate(LevelVersion{RestrictedLevel, 25}, &p), Evaluate(LevelVersion{BaselineLevel, 25}, &p)
		if len(restricted) > 0 || len(baseline) != 1 {
			t.Errorf("%s: got %v at restricted and %v at baseline", name, restricted, baseline)
		}
	}
}
