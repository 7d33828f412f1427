package podsecurity_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/podsecurity"
)

// A container that sets nothing is allowed at baseline and not at restricted, which says what it is to set.
func ExampleEvaluate() {
	pod := &podsecurity.Pod{Containers: []podsecurity.Container{{Name: "web"}}}
	for _, level := range []podsecurity.Level{podsecurity.BaselineLevel, podsecurity.RestrictedLevel} {
		policy := podsecurity.LevelVersion{Level: level, Version: podsecurity.Latest}
		fmt.Println(policy, podsecurity.Evaluate(policy, pod))
	}
	// Output:
	// baseline:latest []
	// restricted:latest [{allowPrivilegeEscalation [web]} {capabilities_restricted [web]} {runAsNonRoot [web]} {seccompProfile_restricted [web]}]
}

// A namespace is tightened while a privileged pod runs in it. The pod stays, and may only be deleted.
func ExampleAdmission() {
	a := podsecurity.NewAdmission(podsecurity.Config{})
	fmt.Println(a.CreateNamespace("shop", nil))
	pod := podsecurity.Pod{Containers: []podsecurity.Container{{Name: "db", Privileged: true}}}
	_, err := a.CreatePod("dev", "shop", "db-0", pod)
	fmt.Println(err)
	answer, err := a.SetLabels("shop", map[string]string{podsecurity.EnforceLabel: "baseline", podsecurity.EnforceVersionLabel: "latest"})
	fmt.Println(answer.Existing, err)
	_, err = a.SetImage("dev", "shop", "db-0", "db", "postgres:17")
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// map[db-0:[{privileged [db]}]] <nil>
	// refused: violates PodSecurity "baseline:latest": [{privileged [db]}]
}
