// Package failures is the table of what is known to go wrong on hosts, clusters and container engines, each row tied to a
// model of this library in which the checker finds it, and to the configurations under which the checker proves that it
// cannot happen. README.md in this folder shows what it found.
//
// A row about a vulnerability is one of abstract steps over facts (a version, a setting, who may reach what). It says what
// follows from the facts, not how it is done.
package failures

import (
	"cmp"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Promise is what a failure breaks.
type Promise int

// The promises.
const (
	HostIntegrity   Promise = iota + 1 // no guest principal executes or writes as the root of the host
	Confidentiality                    // no read of data of the host or of another tenant
	NonInterference                    // no influence across tenants
	Guarantee                          // guaranteed resources are delivered
	Progress                           // no starvation and no livelock
	Admission                          // what is admitted can be given what it was promised
	Recovery                           // what failed comes back
	SingleWriter                       // one writer, one live incarnation
	Authority                          // confinement cannot be raised from inside
)

var promises = [...]string{
	HostIntegrity: "host integrity", Confidentiality: "confidentiality", NonInterference: "non-interference",
	Guarantee: "guaranteed resources", Progress: "progress", Admission: "sound admission", Recovery: "recovery",
	SingleWriter: "single writer", Authority: "monotone authority",
}

// String names a promise for people.
func (p Promise) String() string {
	if p < HostIntegrity || int(p) >= len(promises) {
		return "promise " + strconv.Itoa(int(p))
	}
	return promises[p]
}

// Failure is one row.
type Failure struct {
	ID     string // "VM-4"
	Name   string // what it is called, such as "L1TF (CVE-2018-3646)"
	Story  string // one sentence for somebody who runs such hosts: what happens, and to whom
	Breaks []Promise
	Found  []Case // the checker must find it in each
	// Blocked are the cases in which it must be proved unreachable, one for each thing that is said to prevent it.
	Blocked []Case
	Source  string // where the failure is described
}

// Case is an instance of a model and the property that is decided on it.
type Case struct {
	Facts    string // how it is configured, in the words of its administrator, such as "the scheduler is SCAv2"
	Models   fs.FS
	Dir      string // of the models, below the folder model, such as "esxi/cpu"
	File     string
	Config   string
	Define   values // constants; the others stand as in the file
	Mutant   string // a mutant of the model instead of the model; "" for the model
	Property string // false where the failure is found, true on every state where it is blocked
}

// values are constants of a model.
type values = map[string]string

// Table lists all failures, in the order of their kinds and numbers.
func Table() []Failure {
	out := slices.Concat(
		pools,
		maintenance,
		highAvailability,
		escapes,
		memory,
		lifecycle,
		scheduling,
		attackSettings,
		attackFlaws,
		restarts,
		pods,
		cgroups,
		networks,
	)
	slices.SortStableFunc(out, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.kind(), b.kind()), cmp.Compare(a.number(), b.number()))
	})
	return out
}

// kinds are the letters of identities, in the order in which they are shown: of virtual machines, of containers, of resources and
// of networks.
var kinds = []string{"VM", "CT", "RS", "NS"}

func (f Failure) kind() int {
	kind, _, _ := strings.Cut(f.ID, "-")
	return slices.Index(kinds, kind)
}

func (f Failure) number() int {
	_, number, _ := strings.Cut(f.ID, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		panic("failures: " + f.ID + " has no number")
	}
	return n
}
