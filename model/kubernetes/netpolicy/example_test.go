package netpolicy_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/netpolicy"
)

// A database is closed to everybody, then opened to the pods with the label app=web of its namespace.
func ExampleCluster_Decide() {
	app := func(name string) netpolicy.Selector { return netpolicy.Selector{Match: map[string]string{"app": name}} }
	web := app("web")
	c, err := netpolicy.New(netpolicy.Config{
		Namespaces: map[string]map[string]string{"shop": nil},
		Pods: []netpolicy.Pod{
			{Namespace: "shop", Name: "db", Labels: map[string]string{"app": "db"}},
			{Namespace: "shop", Name: "web", Labels: map[string]string{"app": "web"}},
			{Namespace: "shop", Name: "job"},
		},
		Policies: []netpolicy.Policy{
			{Namespace: "shop", Name: "deny", Types: []netpolicy.Direction{netpolicy.Ingress}},
			{Namespace: "shop", Name: "db", Pods: app("db"), Ingress: []netpolicy.Rule{{Peers: []netpolicy.Peer{{Pods: &web}}}}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, from := range []string{"web", "job"} {
		v, err := c.Decide(netpolicy.Connection{
			From: netpolicy.Endpoint{Namespace: "shop", Pod: from}, To: netpolicy.Endpoint{Namespace: "shop", Pod: "db"}, Port: 5432,
		})
		fmt.Println(from, v.Allowed(), v.Ingress, err)
	}
	// Output:
	// web true {[deny db] db} <nil>
	// job false {[deny db] } <nil>
}
