package ha

import (
	"testing"

	"pgregory.net/rapid"
)

// What a master reports, of every combination of signs (vSphere API reference, ClusterDasFdmAvailabilityState).
func TestReport(t *testing.T) {
	for _, c := range []struct {
		signs Signs
		want  State
	}{
		{Signs{}, HostDown},
		{Signs{Isolated: true}, HostDown}, // nobody hears that it is
		{Signs{Ping: true}, FDMUnreachable},
		{Signs{Ping: true, Isolated: true}, FDMUnreachable},
		{Signs{Datastore: true}, PartitionedFromMaster},
		{Signs{Datastore: true, Ping: true}, PartitionedFromMaster},
		{Signs{Datastore: true, Isolated: true}, NetworkIsolated},
		{Signs{Datastore: true, Isolated: true, Ping: true}, NetworkIsolated},
		{Signs{Network: true}, ConnectedToMaster},
		{Signs{Network: true, Ping: true}, ConnectedToMaster},
		{Signs{Network: true, Datastore: true}, ConnectedToMaster},
		{Signs{Network: true, Datastore: true, Ping: true}, ConnectedToMaster},
	} {
		if got := c.signs.Report(); got != c.want || got.Alive() == (c.want == HostDown) {
			t.Errorf("%+v: got %s, want %s", c.signs, got, c.want)
		}
	}
}

// 15 s without heartbeats, 30 s to the isolation of a slave and 5 s to that of a master.
func TestTimers(t *testing.T) {
	d := DefaultTimers()
	for silence, want := range map[int64]State{0: ConnectedToMaster, 14_999: ConnectedToMaster, 15_000: HostDown} {
		if got := d.Signs(silence, 20_000, false, false).Report(); got != want {
			t.Errorf("%d ms: got %s, want %s", silence, got, want)
		}
	}
	if got := d.Signs(60_000, 1_000, true, false).Report(); got != NetworkIsolated {
		t.Errorf("got %s, want %s", got, NetworkIsolated)
	}
	for _, c := range []struct {
		master  bool
		silence int64
		answers bool
		want    bool
	}{{false, 29_999, false, false}, {false, 30_000, false, true}, {true, 4_999, false, false}, {true, 5_000, false, true}, {false, 90_000, true, false}} {
		if got := d.Isolated(c.master, c.silence, c.answers); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}

// The default differs between the API and the client.
func TestRespond(t *testing.T) {
	for _, c := range []struct{ vm, cluster, unset, want Response }{
		{"", "", UnsetByAPI, PowerOff},
		{"", "", UnsetByClient, NoResponse},
		{ClusterResponse, ShutDown, UnsetByAPI, ShutDown},
		{"", ShutDown, UnsetByAPI, ShutDown},
		{NoResponse, ShutDown, UnsetByAPI, NoResponse},
		{ClusterResponse, "", UnsetByAPI, PowerOff},
	} {
		if got, err := Respond(c.vm, c.cluster, c.unset); got != c.want || err != nil {
			t.Errorf("%+v: got %s, %v", c, got, err)
		}
	}
	if _, err := Respond("off", ShutDown, UnsetByAPI); err == nil {
		t.Error("got no error for a response that there is not")
	}
	if _, err := Respond("", ClusterResponse, ""); err == nil {
		t.Error("got no error for no response at all")
	}
}

// Most datastores first, then the greatest identity as text: host-99 before host-100.
func TestElection(t *testing.T) {
	order := []Candidate{{3, "host-10"}, {2, "host-99"}, {2, "host-100"}, {2, "host-10"}, {1, "host-999"}}
	for i, c := range order {
		for j, d := range order {
			if got := c.Before(d); got != (i < j) {
				t.Errorf("%v before %v: got %t", c, d, got)
			}
		}
	}
}

// Of any hosts in one network that hold elections in any order, one becomes the master, the one before all others.
func TestOneIsElected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var cs []Candidate
		for i := range rapid.IntRange(1, 6).Draw(t, "hosts") {
			cs = append(cs, Candidate{rapid.IntRange(0, 2).Draw(t, "datastores"), string(rune('a' + i))})
		}
		d := must(NewDomain(cs, nil))
		for range 40 * len(cs) {
			h := Host(rapid.IntRange(1, len(cs)).Draw(t, "host"))
			_ = d.Join(h)
			_ = d.Elect(h)
		}
		for i, h := range d.all() {
			best := true
			for j := range cs {
				best = best && (i == j || cs[i].Before(cs[j]))
			}
			if (d.Role(h) == Leads) != best && d.Role(h) != Electing {
				t.Fatalf("%v: host %d is %s", cs, h, d.Role(h))
			}
		}
	})
}
