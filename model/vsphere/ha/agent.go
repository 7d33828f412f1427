package ha

import (
	"errors"
	"fmt"
)

// State is the availability state of a host (ClusterDasFdmAvailabilityState).
type State string

// The states of a host, by the names of the vSphere API.
const (
	Uninitialized         State = "uninitialized"
	Election              State = "election"
	Master                State = "master"
	ConnectedToMaster     State = "connectedToMaster"
	PartitionedFromMaster State = "networkPartitionedFromMaster"
	NetworkIsolated       State = "networkIsolated"
	HostDown              State = "hostDown"
	InitializationError   State = "initializationError"
	UninitializationError State = "uninitializationError"
	FDMUnreachable        State = "fdmUnreachable"
	Retry                 State = "retry"
)

// Alive tells whether the master takes a host in this state for one that runs its machines, so that it restarts none of
// them.
func (s State) Alive() bool { return s != HostDown }

// Signs are the signs of life of a host that a master has.
type Signs struct {
	Network   bool // heartbeats of its agent over the management network
	Datastore bool // heartbeats of its agent on a datastore
	Isolated  bool // which say that it takes itself for isolated
	Ping      bool // it answers a ping over the management network
}

// Report is what a master reports of another host: that it is connected; without network heartbeats, that it is isolated
// or in another part of the network, where datastore heartbeats show that it is alive; that its agent cannot be reached,
// where it answers a ping all the same; and that it is down where there is no sign of life at all (vSphere API reference,
// ClusterDasFdmAvailabilityState; guide vSphere Availability, "Host Failure Types", "Datastore Heartbeating").
func (s Signs) Report() State {
	switch {
	case s.Network:
		return ConnectedToMaster
	case s.Datastore && s.Isolated:
		return NetworkIsolated
	case s.Datastore:
		return PartitionedFromMaster
	case s.Ping:
		return FDMUnreachable
	}
	return HostDown
}

// Timers are the times after which silence means something, in milliseconds. The vSphere API names none of them.
type Timers struct {
	Failure        int64 // without heartbeats, after which the master takes them for gone
	IsolatedMaster int64 // without any heartbeat, after which a master takes itself for isolated
	IsolatedSlave  int64 // the same of another host
	ShutDown       int64 // that a guest has for its shutdown, before its machine is powered off
}

// DefaultTimers are those of vSphere 5 and later. Failure: 15 s (vSphere documentation, "Failure Detection and Host Network
// Isolation"); isolation: 5 s and 30 s (Broadcom KB 322784); shutdown: 5 minutes (API reference,
// ClusterDasVmSettingsIsolationResponse).
func DefaultTimers() Timers {
	return Timers{Failure: 15_000, IsolatedMaster: 5_000, IsolatedSlave: 30_000, ShutDown: 300_000}
}

// Validate gives an error unless all times are at least 1 ms.
func (t Timers) Validate() error {
	if t.Failure < 1 || t.IsolatedMaster < 1 || t.IsolatedSlave < 1 || t.ShutDown < 1 {
		return fmt.Errorf("got times %+v, want at least 1 ms each", t)
	}
	return nil
}

// Signs are those of a host whose last heartbeats came so many milliseconds ago.
func (t Timers) Signs(network, datastore int64, isolated, ping bool) Signs {
	return Signs{Network: network < t.Failure, Datastore: datastore < t.Failure, Isolated: isolated, Ping: ping}
}

// Isolated tells whether a host takes itself for isolated: it has heard no other host for so many milliseconds, and none
// of its isolation addresses answers.
func (t Timers) Isolated(master bool, silence int64, addressAnswers bool) bool {
	limit := t.IsolatedSlave
	if master {
		limit = t.IsolatedMaster
	}
	return silence >= limit && !addressAnswers
}

// Response is what an isolated host does with a machine (ClusterDasVmSettingsIsolationResponse).
type Response string

// The isolation responses, by the names of the vSphere API.
const (
	NoResponse      Response = "none" // "leave powered on"
	PowerOff        Response = "powerOff"
	ShutDown        Response = "shutdown" // powered off by force after Timers.ShutDown
	ClusterResponse Response = "clusterIsolationResponse"
)

// What is done where nothing is set.
const (
	UnsetByAPI    = PowerOff   // vSphere API reference, ClusterDasVmSettings.isolationResponse
	UnsetByClient = NoResponse // what the vSphere Client of recent releases sets
)

// Respond is the response for a machine: its own, else that of the cluster, else unset, which is one of UnsetByAPI and
// UnsetByClient. "" is not set. A cluster has no ClusterResponse.
func Respond(vm, cluster, unset Response) (Response, error) {
	for _, r := range []Response{vm, cluster, unset} {
		switch r {
		case NoResponse, PowerOff, ShutDown:
			return r, nil
		case "", ClusterResponse:
		default:
			return "", fmt.Errorf("got isolation response %q, want %q, %q, %q, %q or none of them", r, NoResponse, PowerOff, ShutDown, ClusterResponse)
		}
	}
	return "", errors.New("no isolation response is set: want one where nothing is set")
}

// Candidate is a host that takes part in an election.
type Candidate struct {
	Datastores int    // that it mounts
	ID         string // managed object identity, such as host-99
}

// Before tells whether c wins over d. The host that mounts the greatest number of datastores has the advantage (guide
// vSphere Availability, "Master and Subordinate Hosts"); of those with as many, the one with the greatest identity,
// compared as text, so that host-99 wins over host-100 (yellow-bricks.com, on the election in vSphere 5).
func (c Candidate) Before(d Candidate) bool {
	if c.Datastores != d.Datastores {
		return c.Datastores > d.Datastores
	}
	return c.ID > d.ID
}
