package namespace

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// specs gives every spec whose modes are among those given: len(modes)^8 of them.
func specs(modes ...Mode) func(yield func(Spec) bool) {
	return func(yield func(Spec) bool) {
		var s Spec
		var fill func(k int) bool
		fill = func(k int) bool {
			if k == KindCount {
				return yield(s)
			}
			for _, m := range modes {
				s[k] = m
				if !fill(k + 1) {
					return false
				}
			}
			return true
		}
		fill(0)
	}
}

// remappedOnHost tells whether who is in the host's namespaces of these kinds is in its network or sees its processes with
// users of another namespace.
func remappedOnHost(host Kinds) bool {
	return !host.Has(UserKind) && (host.Has(NetKind) || host.Has(PIDKind))
}

// Two containers, every combination of modes in every kind: what they share is what their modes say, and the engine
// admits the second exactly when the policy allows that and nobody with users of his own is in the host's network or among
// its processes.
func TestAllPairsOfSpecs(t *testing.T) {
	anything := Policy{
		Between:  func(ID, ID) Kinds { return AllKinds },
		WithHost: func(ID) Kinds { return AllKinds },
	}
	between := KindsOf(NetKind, IPCKind, UTSKind)
	withHost := [3]Kinds{1: KindsOf(NetKind, PIDKind, UserKind), 2: KindsOf(PIDKind, UserKind)} // by ID
	policy := Policy{
		Between:  func(ID, ID) Kinds { return between },
		WithHost: func(c ID) Kinds { return withHost[c] },
	}
	pairs, admitted := 0, 0
	for first := range specs(Private, Host) {
		open, strict := NewNamespaces(2, anything), NewNamespaces(2, policy)
		var hostKinds Kinds
		for k, m := range first {
			if m == Host {
				hostKinds |= 1 << k
			}
		}
		if got, want := open.Launch(1, first) == nil, !remappedOnHost(hostKinds); got != want {
			t.Fatalf("%v: admitted %t by a policy that allows everything, want %t", first, got, want)
		}
		firstAdmitted := strict.Launch(1, first) == nil
		if want := hostKinds&^withHost[1] == 0 && !remappedOnHost(hostKinds); firstAdmitted != want {
			t.Fatalf("%v: admitted %t, want %t", first, firstAdmitted, want)
		}
		if !open.Up(1) {
			pairs += 6561
			continue
		}
		for second := range specs(Private, Host, Join(1)) {
			pairs++
			var shared, host Kinds // as the modes say
			for k, m := range second {
				onHost := m == Host || m == Join(1) && hostKinds.Has(Kind(k))
				if onHost {
					host |= 1 << k
				}
				if m == Join(1) || onHost && hostKinds.Has(Kind(k)) {
					shared |= 1 << k
				}
			}
			if pairs%7 == 0 { // Shared allocates; a seventh of the pairs, spread evenly over all
				two := open.Clone()
				if err := two.Launch(2, second); err != nil {
					if !remappedOnHost(host) {
						t.Fatal(err)
					}
					continue
				}
				var got Kinds
				for _, s := range two.Shared() {
					if s.A == 1 && s.B == 2 {
						got |= 1 << s.Kind
					}
				}
				if got != shared {
					t.Fatalf("%v and %v: share %s, want %s", first, second, got, shared)
				}
			}
			if !firstAdmitted {
				continue
			}
			want := shared&^between == 0 && host&^withHost[2] == 0 && !remappedOnHost(host)
			if got := strict.Launch(2, second) == nil; got != want {
				t.Fatalf("%v, then %v: admitted %t, want %t", first, second, got, want)
			}
			if want {
				admitted++
				if v := strict.Violations(policy); len(v) > 0 {
					t.Fatalf("%v, then %v: %s", first, second, v[0])
				}
				if err := strict.Stop(2); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if pairs != 256*6561 {
		t.Errorf("got %d pairs, want 3^8 for each of 2^8", pairs)
	}
	if admitted == 0 {
		t.Error("nothing was admitted")
	}
}

// Docker's default configuration is not isolated in every kind.
func TestDockerDefault(t *testing.T) {
	for _, test := range []struct {
		daemon Daemon
		want   []Sharing
	}{
		{Daemon{}, []Sharing{
			{0, 1, UserKind}, {0, 1, TimeKind}, {0, 2, UserKind}, {0, 2, TimeKind}, {1, 2, UserKind}, {1, 2, TimeKind},
		}},
		{Daemon{UsernsRemap: true}, []Sharing{{0, 1, TimeKind}, {0, 2, TimeKind}, {1, 2, TimeKind}}},
		{Daemon{UsernsRemap: true, TimeNamespace: true}, nil},
		{Daemon{UsernsRemap: true, TimeNamespace: true, HostCgroups: true}, []Sharing{
			{0, 1, CgroupKind}, {0, 2, CgroupKind}, {1, 2, CgroupKind},
		}},
	} {
		hostAll := func(ID) Kinds { return AllKinds }
		n := NewNamespaces(2, Policy{WithHost: hostAll, Between: func(ID, ID) Kinds { return AllKinds }})
		for c := ID(1); c <= 2; c++ {
			if err := n.Launch(c, DockerDefault(test.daemon)); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.Violations(Policy{}); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v, want %v", test.daemon, got, test.want)
		}
		strict := NewNamespaces(1, Policy{})
		if got, want := strict.Launch(1, DockerDefault(test.daemon)) == nil, test.want == nil; got != want {
			t.Errorf("%+v: admitted %t, want %t", test.daemon, got, want)
		}
	}
}

// Random runs with any specs: the policy holds throughout, members of a namespace stay in it, and a new one is new.
func TestPolicyHolds(t *testing.T) {
	const n = 5
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string) ID { return ID(rapid.IntRange(0, n).Draw(t, what)) }
		policy := podPolicy(some("pod"), some("agent"), some("tenant"))
		mode := rapid.Custom(func(t *rapid.T) Mode {
			if c := ID(rapid.IntRange(0, n).Draw(t, "with")); c > 0 {
				return Join(c)
			}
			return Host
		})
		ns := NewNamespaces(n, policy)
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			c := ID(rapid.IntRange(1, n).Draw(t, "container"))
			before := ns.Clone()
			if rapid.Bool().Draw(t, "stop") {
				_ = ns.Stop(c)
			} else {
				spec := rapid.SampledFrom([]Spec{{}, DockerDefault(Daemon{})}).Draw(t, "base")
				for range rapid.IntRange(0, 2).Draw(t, "deviations") { // with more, hardly any is admitted
					spec[rapid.IntRange(0, KindCount-1).Draw(t, "kind")] = mode.Draw(t, "mode")
				}
				if ns.Launch(c, spec) == nil {
					for k := range Kind(KindCount) {
						for d := ID(1); d <= n; d++ {
							if spec[k] == Private && d != c && ns.Up(d) && ns.ns[d-1][k] == ns.ns[c-1][k] {
								t.Fatalf("%d asked for a %s namespace of its own and shares it with %d", c, k, d)
							}
						}
					}
				}
			}
			if v := ns.Violations(policy); len(v) > 0 {
				t.Fatalf("violation: %s", v[0])
			}
			for d := ID(1); d <= n; d++ {
				var host Kinds
				for k := range Kind(KindCount) {
					if id, in := ns.Of(d, k); in && id == HostNs {
						host |= 1 << k
					}
				}
				if ns.Up(d) && remappedOnHost(host) {
					t.Fatalf("%d is in the host's %s with users of its own", d, host)
				}
				for k := range Kind(KindCount) {
					id, in := ns.Of(d, k)
					if id > n || in != ns.Up(d) {
						t.Fatalf("%d (up %t) is in %s namespace %d (%t)", d, ns.Up(d), k, id, in)
					}
					if was, before := before.Of(d, k); before && in && was != id {
						t.Fatalf("%d moved from %s namespace %d to %d", d, k, was, id)
					}
				}
			}
		}
	})
}

// With userns-remap, the host's network and processes are refused unless the host's users are asked for too; also by way
// of a container that is there.
func TestRemappedUsersStayOffTheHost(t *testing.T) {
	n := NewNamespaces(3, Policy{
		WithHost: func(ID) Kinds { return AllKinds },
		Between:  func(ID, ID) Kinds { return AllKinds },
	})
	for _, k := range []Kind{NetKind, PIDKind} {
		s := DockerDefault(Daemon{UsernsRemap: true})
		s[k] = Host
		if err := n.Launch(1, s); err == nil {
			t.Errorf("remapped users are in the host's %s namespace", k)
		}
		s[UserKind] = Host
		if err := n.Launch(1, s); err != nil {
			t.Error(err)
		}
		s = DockerDefault(Daemon{UsernsRemap: true})
		s[k] = Join(1)
		if err := n.Launch(2, s); err == nil {
			t.Errorf("remapped users joined the host's %s namespace", k)
		}
		s[UserKind] = Join(1)
		if err := n.Launch(2, s); err != nil {
			t.Error(err)
		}
		for c := ID(1); c <= 2; c++ {
			if err := n.Stop(c); err != nil {
				t.Error(err)
			}
		}
	}
}

// Joining what does not run is refused, also the container of a forgotten ID, under a policy that allows everything.
func TestJoinNeedsContainer(t *testing.T) {
	n := NewNamespaces(2, Policy{
		WithHost: func(ID) Kinds { return AllKinds },
		Between:  func(ID, ID) Kinds { return AllKinds },
	})
	for _, c := range []ID{-1, 0, 1, 2, 3} {
		var s Spec
		s[NetKind] = Join(c)
		if err := n.Launch(1, s); err == nil || n.Up(1) {
			t.Errorf("joined container %d, which does not run", c)
		}
	}
}

// Who does not run is in no namespace, least of all in the host's.
func TestOf(t *testing.T) {
	n := NewNamespaces(2, Policy{})
	if err := n.Launch(1, Spec{}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		c    ID
		k    Kind
		want NsID
		ok   bool
	}{
		{0, NetKind, HostNs, true},
		{1, NetKind, 1, true},
		{2, NetKind, 0, false},
		{9, NetKind, 0, false},
		{-1, NetKind, 0, false},
		{0, KindCount, 0, false},
		{1, KindCount, 0, false},
	} {
		if got, ok := n.Of(test.c, test.k); got != test.want || ok != test.ok {
			t.Errorf("%s namespace of %d: got %d and %t, want %d and %t", test.k, test.c, got, ok, test.want, test.ok)
		}
	}
}
