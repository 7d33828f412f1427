package drs

import (
	"fmt"
	"slices"
)

// Kind is what a rule asks for.
type Kind int

// The kinds of rule, named as in the vSphere API: ClusterAffinityRuleSpec, ClusterAntiAffinityRuleSpec, and the two groups of hosts of
// a ClusterVmHostRuleInfo, of which a rule here has one.
const (
	Affinity         Kind = iota // the machines run on one host
	AntiAffinity                 // no two of the machines run on one host
	HostAffinity                 // each of the machines runs on one of the hosts
	HostAntiAffinity             // none of the machines runs on any of the hosts
)

var kinds = [...]string{"affinity", "antiAffinity", "hostAffinity", "hostAntiAffinity"}

// String names a kind as the models do.
func (k Kind) String() string { return kinds[k] }

// ofHosts tells whether rules of a kind speak of hosts.
func (k Kind) ofHosts() bool { return k == HostAffinity || k == HostAntiAffinity }

// Rule is a rule of a cluster. Its place in Config.Rules is its age: the first one is the oldest.
type Rule struct {
	Name      string
	Kind      Kind
	VMs       []VM   // two at least for Affinity and AntiAffinity, one at least for the others
	Hosts     []Host // one at least for the rules of hosts, none for the others
	Mandatory bool   // "must", which nothing breaks; otherwise "should"
}

// check tells what is wrong with a rule of a cluster of so many machines and hosts.
func (r Rule) check(vms, hosts int) error {
	least := 2
	if r.Kind.ofHosts() {
		least = 1
	}
	switch {
	case r.Kind < Affinity || r.Kind > HostAntiAffinity:
		return fmt.Errorf("got kind %d, want one of the kinds of rule", r.Kind)
	case len(r.VMs) < least:
		return fmt.Errorf("got %d VMs, want %d at least", len(r.VMs), least)
	case r.Kind.ofHosts() != (len(r.Hosts) > 0):
		return fmt.Errorf("got %d hosts for a rule of kind %s", len(r.Hosts), r.Kind)
	}
	for i, v := range r.VMs {
		if v < 1 || int(v) > vms || slices.Contains(r.VMs[:i], v) {
			return fmt.Errorf("got VM %d, want each once, and 1 to %d", v, vms)
		}
	}
	for i, h := range r.Hosts {
		if h < 1 || int(h) > hosts || slices.Contains(r.Hosts[:i], h) {
			return fmt.Errorf("got host %d, want each once, and 1 to %d", h, hosts)
		}
	}
	return nil
}

// permits tells whether a rule of hosts lets its machines run on h.
func (r Rule) permits(h Host) bool { return slices.Contains(r.Hosts, h) == (r.Kind == HostAffinity) }

// shared counts the machines that two rules have in common.
func (r Rule) shared(q Rule) int {
	n := 0
	for _, v := range r.VMs {
		if slices.Contains(q.VMs, v) {
			n++
		}
	}
	return n
}

// Conflict tells whether DRS takes two rules of a cluster of so many hosts to conflict: one keeps two machines together that the
// other one keeps apart, or a machine of both is left no host by the two. Only pairs of rules are looked at: three may leave no
// way out and none of them be disabled (vSphere Resource Management, "VM-VM affinity rule conflicts" and "Using VM-Host affinity rules":
// how a rule works with others is not checked when it is made).
func Conflict(r, q Rule, hosts int) bool {
	switch {
	case r.Kind.ofHosts() != q.Kind.ofHosts():
		return false
	case !r.Kind.ofHosts():
		return r.Kind != q.Kind && r.shared(q) >= 2
	case r.shared(q) == 0:
		return false
	}
	for h := Host(1); int(h) <= hosts; h++ {
		if r.permits(h) && q.permits(h) {
			return false
		}
	}
	return true
}

// violations counts how far a rule is from being kept where the machines run as at says: pairs of machines that are apart, or together, or
// machines on the wrong hosts. at gives 0 for a machine that is not on.
func (r Rule) violations(at func(VM) Host) int {
	n := 0
	for i, v := range r.VMs {
		h := at(v)
		if h == 0 {
			continue
		}
		if r.Kind.ofHosts() {
			if !r.permits(h) {
				n++
			}
			continue
		}
		for _, w := range r.VMs[:i] {
			if g := at(w); g != 0 && (g == h) == (r.Kind == AntiAffinity) {
				n++
			}
		}
	}
	return n
}

// allows tells whether the rule lets the machines of unit be on h together, the others being where at says.
func (r Rule) allows(unit []VM, h Host, at func(VM) Host) bool {
	members := 0
	for _, v := range r.VMs {
		if slices.Contains(unit, v) {
			members++
		}
	}
	if members == 0 {
		return true
	}
	if r.Kind.ofHosts() {
		return r.permits(h)
	}
	if r.Kind == AntiAffinity && members > 1 {
		return false
	}
	for _, w := range r.VMs {
		if g := at(w); g != 0 && !slices.Contains(unit, w) && (g == h) == (r.Kind == AntiAffinity) {
			return false
		}
	}
	return true
}
