// Command podsecurity asks the Pod Security admission plugin of Kubernetes what it thinks of drawn pods, and writes its
// verdicts for the tests of package model/kubernetes/podsecurity.
//
// It is a module of its own, so that nothing else depends on Kubernetes. Run it in its folder, which rewrites the file of
// verdicts; the same pods are drawn every time:
//
//	go run . -out ../../../model/kubernetes/podsecurity/testdata/verdicts.json.gz
//
// When k8s.io/pod-security-admission is a newer one, its new checks and versions show as differences in those tests.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/podsecurity"
)

func main() {
	out := flag.String("out", "", "file to write")
	pods := flag.Int("pods", 2000, "how many pods")
	versions := flag.Int("versions", 39, "evaluate at 1.0 to 1.n-1 and at the latest")
	flag.Parse()
	if err := run(*out, *pods, *versions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out string, pods, versions int) error {
	e, err := newOracle(versions)
	if err != nil {
		return err
	}
	g := golden{Versions: versions}
	r := rand.New(rand.NewPCG(1, 2))
	for range pods {
		p := draw(r)
		g.Pods = append(g.Pods, judged{p, e.verdicts(p)})
	}
	g.Checks = e.checks()
	text, err := json.Marshal(g)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// golden is what the file holds.
type golden struct {
	Versions int              // evaluated at 1.0 to 1.Versions-1 and, last, at the latest
	Checks   map[string][]int // how many checks are made, by level and version
	Pods     []judged
}

// judged is a pod with the versions at which it is forbidden: by each check alone, by its id, and by each level. A pair is
// the first of several versions in a row and the one after the last.
type judged struct {
	Pod       podsecurity.Pod
	Forbidden map[string][][2]int
}

// oracle is the plugin's evaluator, and one for each check alone.
type oracle struct {
	all      policy.Evaluator
	single   map[string]policy.Evaluator
	versions []api.Version
}

func newOracle(versions int) (*oracle, error) {
	o := &oracle{single: map[string]policy.Evaluator{}}
	for v := range versions {
		o.versions = append(o.versions, api.MajorMinorVersion(1, v))
	}
	o.versions = append(o.versions, api.LatestVersion())
	checks := policy.DefaultChecks()
	var err error
	if o.all, err = policy.NewEvaluator(checks, nil); err != nil {
		return nil, err
	}
	for _, c := range checks {
		if o.single[string(c.ID)], err = policy.NewEvaluator([]policy.Check{c}, nil); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// checks are how many checks are made at each level and version.
func (o *oracle) checks() map[string][]int {
	out := map[string][]int{}
	meta, spec := convert(podsecurity.Pod{})
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		for _, v := range o.versions {
			out[string(level)] = append(out[string(level)], len(o.all.EvaluatePod(api.LevelVersion{Level: level, Version: v}, meta, spec)))
		}
	}
	return out
}

// verdicts are the versions at which a pod is forbidden; see judged.
func (o *oracle) verdicts(p podsecurity.Pod) map[string][][2]int {
	meta, spec := convert(p)
	out := map[string][][2]int{}
	note := func(name string, e policy.Evaluator, level api.Level) {
		for i, v := range o.versions {
			if policy.AggregateCheckResults(e.EvaluatePod(api.LevelVersion{Level: level, Version: v}, meta, spec)).Allowed {
				continue
			}
			runs := out[name]
			if n := len(runs); n > 0 && runs[n-1][1] == i {
				runs[n-1][1]++
			} else {
				out[name] = append(runs, [2]int{i, i + 1})
			}
		}
	}
	note("baseline", o.all, api.LevelBaseline)
	note("restricted", o.all, api.LevelRestricted)
	for id, e := range o.single {
		note(id, e, api.LevelRestricted)
	}
	return out
}
