package plan_test

import (
	"context"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
	"github.com/bulkheadlang/bulkhead/model/vsphere/plan"
)

// Host 1 is to be upgraded, with a database on it that must not share a host with the one on host 2. Host 4 has room for it, but if host 2
// failed then, its database would find none, as three web servers are on host 3. So one of these has to step aside first. Two failures at once would
// be too many.
func ExampleFind() {
	db := drs.Machine{Reservation: drs.Resources{CPU: 4_000, Memory: 64_000}}
	web := drs.Machine{Reservation: drs.Resources{CPU: 2_000, Memory: 32_000}}
	large := drs.Resources{CPU: 20_000, Memory: 128_000}
	p := plan.Problem{
		Cluster: drs.Config{
			Hosts: []drs.Resources{large, large, large, {CPU: 20_000, Memory: 96_000}},
			VMs:   []drs.Machine{db, db, web, web, web},
			Rules: []drs.Rule{{Name: "databases apart", Kind: drs.AntiAffinity, VMs: []drs.VM{1, 2}, Mandatory: true}},
		},
		At:   []drs.Host{1, 2, 3, 3, 3},
		Goal: plan.Goal{Empty: []drs.Host{1}},
	}
	for p.Survive = range 3 {
		r, err := plan.Find(context.Background(), p, plan.Limits{Workers: 1})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d hosts may fail: %s\n", p.Survive, r.Outcome)
		for i, step := range r.Plan {
			fmt.Printf("  %d %v\n", i+1, step)
		}
		for _, f := range r.Refused {
			fmt.Printf("  VM %d to host %d: %v\n", f.VM, f.To, f.Why)
		}
	}
	// Output:
	// 0 hosts may fail: found
	//   1 [VM 1 to host 4]
	// 1 hosts may fail: found
	//   1 [VM 5 to host 2]
	//   2 [VM 1 to host 3]
	// 2 hosts may fail: impossible
	//   VM 1 to host 2: refused: RuleViolation: VM 1 on host 2 would violate rule "databases apart"
	//   VM 1 to host 3: refused: InsufficientHostMemoryCapacityFault: VM 1 on host 3: 160000 MB would be reserved of 128000
	//   VM 1 to host 4: not all could be restarted if hosts [2] failed then
}
