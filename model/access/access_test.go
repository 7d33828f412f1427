package access

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

func must(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// hospital has a hierarchy: doctors are nurses, and chiefs are doctors.
func hospital() RolesConfig {
	return RolesConfig{
		Users: []string{"ann", "ben", "eve"}, Roles: []string{"nurse", "doctor", "chief", "auditor", "officer"},
		Permissions: []string{"read", "treat", "sign", "audit"},
		Juniors:     map[string][]string{"doctor": {"nurse"}, "chief": {"doctor"}},
		Static:      []Exclusion{{[]string{"nurse", "auditor"}, 1}},
		Dynamic:     []Exclusion{{[]string{"doctor", "officer", "auditor"}, 2}},
		Officer:     "officer", Assigned: map[string][]string{"ann": {"officer"}, "eve": {"officer"}},
	}
}

// Hierarchies: what a senior role has, and what is excluded by what it inherits (ANSI INCITS 359-2004, hierarchical RBAC and SSD).
func TestHierarchy(t *testing.T) {
	r, err := NewRoles(hospital())
	must(t, err)
	must(t, r.Activate("ann", "officer"))
	must(t, r.Grant("ann", "nurse", "read"))
	must(t, r.Grant("ann", "doctor", "treat"))
	must(t, r.Assign("ann", "ben", "chief"))
	if got := r.Rights("ben"); !slices.Equal(got, []string{"read", "treat"}) {
		t.Errorf("a chief has %v", got)
	}
	if err := r.Assign("ann", "ben", "auditor"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("a chief is a nurse, and may not be an auditor: got %v", err)
	}
	must(t, r.Activate("ben", "nurse"))
	if r.Perform("ben", "read") != nil || r.Perform("ben", "treat") == nil {
		t.Error("a nurse's session has read and not treat")
	}
	must(t, r.Activate("ben", "chief"))
	must(t, r.Perform("ben", "treat"))
	must(t, r.Assign("ann", "ben", "doctor"))
	must(t, r.Deassign("ann", "ben", "chief"))
	if got := r.Active("ben"); !slices.Equal(got, []string{"nurse"}) {
		t.Errorf("what a doctor keeps active of a chief: got %v", got)
	}
	// An officer who is a chief grants nothing to nurses: it would have it itself.
	must(t, r.Activate("eve", "officer"))
	must(t, r.Assign("ann", "eve", "chief"))
	if err := r.Grant("eve", "nurse", "sign"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("an officer grants to a role that its own inherits: got %v", err)
	}
	must(t, r.Grant("eve", "auditor", "audit"))
}

// A hierarchy in which each of many roles inherits all before it is gone through once a role, not once a path.
func TestDenseHierarchy(t *testing.T) {
	c := RolesConfig{Juniors: map[string][]string{}}
	for i := range 300 {
		name := fmt.Sprint("r", i)
		c.Juniors[name] = slices.Clone(c.Roles)
		c.Roles = append(c.Roles, name)
	}
	c.Officer = "r0"
	if _, err := NewRoles(c); err != nil {
		t.Error(err)
	}
	c.Juniors["r0"] = []string{"r299"}
	if _, err := NewRoles(c); err == nil {
		t.Error("a circle: got no error")
	}
}

func TestNewRolesRefuses(t *testing.T) {
	for name, change := range map[string]func(*RolesConfig){
		"a user twice":         func(c *RolesConfig) { c.Users = append(c.Users, "ann") },
		"an empty name":        func(c *RolesConfig) { c.Permissions = append(c.Permissions, "") },
		"a junior of nothing":  func(c *RolesConfig) { c.Juniors["x"] = nil },
		"no junior":            func(c *RolesConfig) { c.Juniors["nurse"] = []string{"x"} },
		"a circle":             func(c *RolesConfig) { c.Juniors["nurse"] = []string{"chief"} },
		"itself":               func(c *RolesConfig) { c.Juniors["nurse"] = []string{"nurse"} },
		"nothing excluded":     func(c *RolesConfig) { c.Static[0].Most = 2 },
		"everything excluded":  func(c *RolesConfig) { c.Dynamic[0].Most = 0 },
		"exclusion of nothing": func(c *RolesConfig) { c.Static[0].Roles[0] = "x" },
		"an exclusion's twice": func(c *RolesConfig) { c.Dynamic[0].Roles[1] = "doctor" },
		"no officer":           func(c *RolesConfig) { c.Officer = "" },
		"nobody assigned":      func(c *RolesConfig) { c.Assigned["x"] = []string{"nurse"} },
		"assigned nothing":     func(c *RolesConfig) { c.Assigned["ben"] = []string{"x"} },
		"assigned too much":    func(c *RolesConfig) { c.Assigned["ben"] = []string{"doctor", "auditor"} },
	} {
		c := hospital()
		change(&c)
		if _, err := NewRoles(c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// On a larger organisation: no step of a user raises that user, separations hold, what is refused changes nothing, and who performs
// something has a role for it.
func TestRolesKeepTheirWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := hospital()
		r, err := NewRoles(c)
		must(t, err)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			by, u := rapid.SampledFrom(c.Users).Draw(t, "by"), rapid.SampledFrom(c.Users).Draw(t, "user")
			role, p := rapid.SampledFrom(c.Roles).Draw(t, "role"), rapid.SampledFrom(c.Permissions).Draw(t, "permission")
			before := r.Clone()
			var err error
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1:
				err = r.Assign(by, u, role)
			case 2:
				err = r.Deassign(by, u, role)
			case 3:
				err = r.Grant(by, role, p)
			case 4:
				err = r.Revoke(by, role, p)
			case 5, 6:
				err = r.Activate(by, role)
			default:
				if err = r.Perform(by, p); err == nil && !slices.Contains(r.Rights(by), p) {
					t.Fatalf("%s performs %s without a right", by, p)
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before.assigned, r.assigned) || !reflect.DeepEqual(before.granted, r.granted)) {
				t.Fatalf("got %v, or something changed", err)
			}
			for _, p := range r.Rights(by) {
				if !slices.Contains(before.Rights(by), p) {
					t.Fatalf("%s gave itself %s", by, p)
				}
			}
			for _, u := range c.Users {
				has := map[string]bool{}
				for _, role := range r.Assigned(u) {
					has[role] = true
				}
				if has["auditor"] && (has["nurse"] || has["doctor"] || has["chief"]) {
					t.Fatalf("%s is %v", u, r.Assigned(u))
				}
				active := strings.Join(r.Active(u), " ")
				doctor := strings.Contains(active, "doctor") || strings.Contains(active, "chief")
				if doctor && strings.Contains(active, "officer") && strings.Contains(active, "auditor") {
					t.Fatalf("%s has %s active", u, active)
				}
			}
		}
	})
}

// The laws of a lattice, on all labels of three levels and two categories.
func TestLattice(t *testing.T) {
	var all []Label
	for level := range uint8(3) {
		for c := range uint64(4) {
			all = append(all, Label{level, c})
		}
	}
	for _, a := range all {
		for _, b := range all {
			join, meet := a.Join(b), a.Meet(b)
			if a.Dominates(b) && b.Dominates(a) != (a == b) {
				t.Errorf("%s and %s dominate each other", a, b)
			}
			if join != b.Join(a) || meet != b.Meet(a) || a.Join(meet) != a || a.Meet(join) != a || a.Dominates(b) != (join == a) {
				t.Errorf("%s and %s: join %s, meet %s", a, b, join, meet)
			}
			for _, c := range all {
				if c.Dominates(a) && c.Dominates(b) != c.Dominates(join) || a.Dominates(c) && b.Dominates(c) != meet.Dominates(c) {
					t.Errorf("%s and %s: join %s and meet %s against %s", a, b, join, meet, c)
				}
				if a.Dominates(b) && b.Dominates(c) && !a.Dominates(c) {
					t.Errorf("%s, %s, %s: not transitive", a, b, c)
				}
			}
		}
	}
	if got := (Label{2, 0b101}).String(); got != "2+0+2" {
		t.Errorf("got %s", got)
	}
}

// What may be opened (Bell and LaPadula, MTR-2997, rules R1 to R4; Biba, MTR-3153, strict integrity).
func TestMonitorDecides(t *testing.T) {
	secret, crypto := Label{1, 0}, Label{0, 1}
	top, low := secret.Join(crypto), Label{}
	for _, test := range []struct {
		name       string
		clearance  Label
		at, object Label
		mode       Mode
		trusted    bool
		integrity  bool
		want       string // what refuses it
	}{
		{"read down", top, top, low, Observe, false, false, ""},
		{"read up", low, low, secret, Observe, false, false, "simple"},
		{"read beside", secret, secret, crypto, Observe, false, false, "simple"},
		{"read within the clearance, above the current label", top, low, secret, Observe, false, false, "star"},
		{"append up", low, low, top, Alter, false, false, ""},
		{"append down", top, secret, low, Alter, false, false, "star"},
		{"append beside", top, secret, crypto, Alter, false, false, "star"},
		{"append at the current label", top, secret, secret, Alter, false, false, ""},
		{"append down, trusted", top, secret, low, Alter, true, false, ""},
		{"read up, trusted", secret, secret, crypto, Observe, true, false, "simple"},
		{"integrity: read up", low, low, top, Observe, false, true, ""},
		{"integrity: read down", secret, secret, low, Observe, false, true, "simple"},
		{"integrity: write up", low, low, secret, Alter, false, true, "star"},
		{"integrity: write down", low, top, low, Alter, false, true, ""},
	} {
		m, err := NewMonitor(MonitorConfig{
			Subjects: []Subject{{"s", test.clearance, test.at, test.trusted}}, Objects: []Object{{"o", test.object}}, Integrity: test.integrity,
		})
		must(t, err)
		a := Access{"s", "o", test.mode}
		if err := m.Open(a); err == nil || !strings.Contains(err.Error(), "discretionary") {
			t.Errorf("%s without a right: got %v", test.name, err)
		}
		must(t, m.Give(a))
		err = m.Open(a)
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || !errors.Is(err, model.ErrRefused)) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// Strong tranquility refuses every change of a label; weak, one of what is open, and any but upward.
func TestTranquility(t *testing.T) {
	c := MonitorConfig{Subjects: []Subject{{Name: "s"}}, Objects: []Object{{"o", Label{1, 0}}}}
	m, err := NewMonitor(c)
	must(t, err)
	a := Access{"s", "o", Alter}
	must(t, m.Give(a))
	must(t, m.Open(a))
	for _, to := range []Label{{2, 0}, {1, 0}, {0, 1}} {
		if err := m.Relabel("o", to); !errors.Is(err, model.ErrRefused) {
			t.Errorf("open, to %s: got %v", to, err)
		}
	}
	must(t, m.Close(a))
	if err := m.Relabel("o", Label{0, 1}); !errors.Is(err, model.ErrRefused) {
		t.Errorf("aside: got %v", err)
	}
	must(t, m.Relabel("o", Label{1, 1}))
	c.Strong = true
	m, err = NewMonitor(c)
	must(t, err)
	if err := m.Relabel("o", Label{2, 0}); !errors.Is(err, model.ErrRefused) {
		t.Errorf("strong: got %v", err)
	}
	for name, err := range map[string]error{
		"no subject": m.Open(Access{"x", "o", Alter}), "no object": m.Give(Access{"s", "x", Alter}), "no mode": m.Give(Access{"s", "o", 3}),
		"not open": m.Close(a), "no right": m.Rescind(a), "nobody moves": m.Move("x", Label{}), "beyond": m.Move("s", Label{1, 0}), "nothing": m.Relabel("x", Label{}),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, c := range map[string]MonitorConfig{
		"a subject twice": {Subjects: []Subject{{Name: "s"}, {Name: "s"}}}, "an object twice": {Objects: []Object{{Name: "o"}, {Name: "o"}}},
		"no name": {Subjects: []Subject{{}}}, "not cleared": {Subjects: []Subject{{Name: "s", Current: Label{1, 0}}}},
	} {
		if _, err := NewMonitor(c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// The basic security theorem, on two subjects and three objects: from a secure state, every sequence of steps leads to secure states.
// Security is worked out here from the labels alone.
func TestEveryStateIsSecure(t *testing.T) {
	label := rapid.Custom(func(t *rapid.T) Label {
		return Label{uint8(rapid.IntRange(0, 2).Draw(t, "level")), uint64(rapid.IntRange(0, 3).Draw(t, "categories"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		integrity := rapid.Bool().Draw(t, "integrity")
		flows := func(from, to Label) bool { // by the definition, not by Dominates
			if integrity {
				from, to = to, from
			}
			return from.Level <= to.Level && from.Categories|to.Categories == to.Categories
		}
		c := MonitorConfig{Integrity: integrity}
		for _, name := range []string{"s", "t"} {
			clearance := label.Draw(t, "clearance")
			c.Subjects = append(c.Subjects, Subject{name, clearance, clearance, name == "t" && rapid.Bool().Draw(t, "trusted")})
		}
		for _, name := range []string{"a", "b", "c"} {
			c.Objects = append(c.Objects, Object{name, label.Draw(t, "label")})
		}
		m, err := NewMonitor(c)
		must(t, err)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := Access{rapid.SampledFrom([]string{"s", "t"}).Draw(t, "subject"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "object"), rapid.SampledFrom(modes).Draw(t, "mode")}
			before := m.Clone()
			var err error
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1:
				err = m.Give(a)
			case 2, 3, 4:
				err = m.Open(a)
			case 5:
				err = m.Rescind(a)
			case 6:
				err = m.Move(a.Subject, label.Draw(t, "to"))
			default:
				err = m.Relabel(a.Object, label.Draw(t, "to"))
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, m)) {
				t.Fatalf("got %v, or something changed", err)
			}
			for _, s := range c.Subjects {
				if !flows(m.Current(s.Name), s.Clearance) {
					t.Fatalf("%s is at %s", s.Name, m.Current(s.Name))
				}
				for _, o := range c.Objects {
					reads, writes := m.Has(Access{s.Name, o.Name, Observe}), m.Has(Access{s.Name, o.Name, Alter})
					secure := (!reads || flows(m.Label(o.Name), s.Clearance)) &&
						(s.Trusted || (!reads || flows(m.Label(o.Name), m.Current(s.Name))) && (!writes || flows(m.Current(s.Name), m.Label(o.Name))))
					rights := (!reads || m.May(Access{s.Name, o.Name, Observe})) && (!writes || m.May(Access{s.Name, o.Name, Alter}))
					if !secure || !rights {
						t.Fatalf("%s at %s has %s open: reads %t, writes %t", s.Name, m.Current(s.Name), o.Name, reads, writes)
					}
				}
			}
		}
	})
}

// A log verifies exactly if it is the one that was sealed: against every log of up to three entries of three kinds, with good hashes,
// and against every change of one.
func TestVerify(t *testing.T) {
	var logs []list
	for _, of := range forged {
		logs = append(logs, of...)
	}
	for _, sealed := range logs {
		seal := chained(sealed.names()).Seal()
		for _, other := range logs {
			if err := Verify(chained(other.names()).Entries(), seal); (err == nil) != (other == sealed) {
				t.Fatalf("%v under the seal of %v: got %v", other.names(), sealed.names(), err)
			}
		}
	}
	good := chained([]string{"a", "b", "c"})
	for i := range 3 {
		entries := good.Entries()
		entries[i].Record += "x"
		if err := Verify(entries, good.Seal()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("entry %d ", i)) {
			t.Errorf("record %d: got %v", i, err)
		}
		entries = good.Entries()
		entries[i].Hash[5]++
		if err := Verify(entries, good.Seal()); err == nil {
			t.Errorf("hash %d: got no error", i)
		}
		if err := Verify(slices.Delete(good.Entries(), i, i+1), good.Seal()); err == nil {
			t.Errorf("entry %d left out: got no error", i)
		}
	}
	if a, b := chained([]string{"ab", "c"}), chained([]string{"a", "bc"}); a.Seal() == b.Seal() || chained([]string{""}).Seal() == (Hash{}) {
		t.Error("two logs have one seal")
	}
	log := chained([]string{"a"})
	log.Entries()[0].Record = "b"
	clone := log.Clone()
	clone.Append("c")
	if err := Verify(log.Entries(), log.Seal()); err != nil || len(log.Entries()) != 1 {
		t.Errorf("the log was changed from outside: %v", err)
	}
}

// Whatever the steps and crashes: what was done is allowed, durable in the log before it was done, and in its order.
func TestMediatorLogsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMediator(harmless)
		var durable int
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			before := len(m.did)
			var err error
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				err = m.Crash()
			case 1, 2:
				err = m.Ask(rapid.SampledFrom(deeds).Draw(t, "deed"))
			case 3:
				err = m.Check()
			case 4:
				err = m.Log()
			case 5:
				err = m.Sync()
			case 6:
				err = m.Do()
			default:
				err = m.Run(rapid.SampledFrom(deeds).Draw(t, "deed"))
			}
			if err != nil && !errors.Is(err, model.ErrRefused) {
				t.Fatal(err)
			}
			entries, seal := m.Audit()
			if err := Verify(entries, seal); err != nil || len(entries) < durable {
				t.Fatalf("%d entries, before %d: %v", len(entries), durable, err)
			}
			if m.Stage() == Durable && err == nil && len(m.did) != before {
				t.Fatal("something was done before it was logged")
			}
			durable = len(entries)
			i := 0
			for _, d := range m.Did() {
				for i < len(entries) && entries[i].Record != d {
					i++
				}
				if i++; i > len(entries) || !harmless(d) {
					t.Fatalf("%q was done; the log is %v", d, entries)
				}
			}
		}
	})
	if err := NewMediator(nil).Run("read"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v", err)
	}
}

// Privileges add up, and a review takes exactly what was not used; against counting one by one.
func TestUsage(t *testing.T) {
	u := Usage{map[string][]string{"a": {"x", "y"}, "b": {"y", "z", "z"}}, []string{"y", "w", "y"}}
	for name, test := range map[string]struct{ got, want []string }{
		"granted": {u.Granted(), []string{"x", "y", "z"}}, "unused": {u.Unused(), []string{"x", "z"}}, "ungranted": {u.Ungranted(), []string{"w"}},
		"a": {u.Reduced()["a"], []string{"y"}}, "b": {u.Reduced()["b"], []string{"y"}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
	names := []string{"x", "y", "z"}
	for a := range uint8(8) {
		for b := range uint8(8) {
			for used := range uint8(8) {
				u := Usage{map[string][]string{"a": members(names, a), "b": members(names, b)}, members(names, used)}
				for i, p := range names {
					bit := uint8(1) << i
					granted, did := (a|b)&bit != 0, used&bit != 0
					after := Usage{Permits: u.Reduced()}
					if slices.Contains(u.Granted(), p) != granted || slices.Contains(u.Unused(), p) != (granted && !did) ||
						slices.Contains(u.Ungranted(), p) != (did && !granted) || slices.Contains(after.Granted(), p) != (granted && did) {
						t.Fatalf("%+v: %s", u, p)
					}
				}
			}
		}
	}
}

// What the caller does to its configuration afterwards changes nothing.
func TestRolesKeepTheirConfiguration(t *testing.T) {
	c := hospital()
	r, err := NewRoles(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Juniors["nurse"] = []string{"officer"}
	c.Static[0].Roles[0], c.Users[0], c.Officer = "chief", "mallory", "nurse"
	if err := r.Assign("eve", "ben", "nurse"); err == nil {
		t.Error("assigned by who has activated nothing")
	}
	if err := r.Activate("eve", "officer"); err != nil {
		t.Fatal(err)
	}
	if err := r.Assign("eve", "ben", "nurse"); err != nil {
		t.Error(err)
	}
	if err := r.Assign("eve", "ben", "auditor"); err == nil {
		t.Error("nurse and auditor are apart no longer")
	}
	if err := r.Activate("ben", "nurse"); err != nil {
		t.Error(err)
	}
	if err := r.Assign("ben", "ann", "nurse"); err == nil {
		t.Error("a nurse administers")
	}
}
