package vmotion

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// good is a machine and two hosts between which it can be migrated.
func good() (Machine, HostFacts, HostFacts) {
	m := Machine{Uses: Set(1, 3), Networks: []string{"prod"}, Datastores: []string{"ds1"}, Mode: Opportunistic, CPU: 500, Memory: 2048}
	h := HostFacts{
		Vendor: "intel", Shows: Set(1, 2, 3), NIC: true, Encrypts: true, Networks: []string{"test", "prod"}, Datastores: []string{"ds1", "ds2"},
		CPU: 500, Memory: 2048,
	}
	return m, h, h
}

// Each condition of the guides, alone: the reason, and the fault of the API.
func TestCheck(t *testing.T) {
	type change func(m *Machine, source, target *HostFacts)
	for _, c := range []struct {
		name   string
		change change
		want   []Reason
		fault  vim.FaultName
	}{
		{"nothing is the matter", func(*Machine, *HostFacts, *HostFacts) {}, nil, ""},
		{"AMD and Intel", func(_ *Machine, _, h *HostFacts) { h.Vendor = "amd" }, []Reason{Vendor}, "CpuIncompatible"},
		{"a feature seen at power-on", func(m *Machine, _, _ *HostFacts) { m.Uses = Set(1, 4) }, []Reason{Missing}, "FeatureRequirementsNotMet"},
		{"a feature that only the source has and nobody saw", func(_ *Machine, s, _ *HostFacts) { s.Shows = Set(1, 2, 3, 9) }, nil, ""},
		{"a drive of the host", func(m *Machine, _, _ *HostFacts) { m.Local = true }, []Reason{Device}, "CannotAccessVmDevice"},
		{"a port group that is missing", func(_ *Machine, _, h *HostFacts) { h.Networks = []string{"test"} }, []Reason{Network}, "CannotAccessNetwork"},
		{"a datastore that is missing", func(m *Machine, _, _ *HostFacts) { m.Datastores = []string{"ds1", "ds3"} }, []Reason{File}, "CannotAccessVmDisk"},
		{"the same with the files moved", func(m *Machine, _, _ *HostFacts) { m.Datastores, m.MoveFiles = []string{"ds3"}, true }, nil, ""},
		{"no vmknic here", func(_ *Machine, s, _ *HostFacts) { s.NIC = false }, []Reason{SourceNIC}, "VMotionNotConfigured"},
		{"IPv4 here, IPv6 there", func(_ *Machine, _, h *HostFacts) { h.IPv6 = true }, []Reason{Family}, "MigrationFault"},
		{"IPv6 both", func(_ *Machine, s, h *HostFacts) { s.IPv6, h.IPv6 = true, true }, nil, ""},
		{"no vmknic there", func(_ *Machine, _, h *HostFacts) { h.NIC = false }, []Reason{TargetNIC}, "VMotionNotConfigured"},
		{"encryption is opportunistic", func(_ *Machine, _, h *HostFacts) { h.Encrypts = false }, nil, ""},
		{"encryption is required", func(m *Machine, _, h *HostFacts) { m.Mode, h.Encrypts = Required, false }, []Reason{Encryption}, "MigrationFault"},
		{"it is required of both", func(m *Machine, s, _ *HostFacts) { m.Mode, s.Encrypts = Required, false }, []Reason{Encryption}, "MigrationFault"},
		{"an encrypted machine", func(m *Machine, s, _ *HostFacts) { m.Encrypted, m.Mode, s.Encrypts = true, NotEncrypted, false }, []Reason{Encryption}, "MigrationFault"},
		{"CPU", func(_ *Machine, _, h *HostFacts) { h.CPU = 499 }, []Reason{CPU}, "InsufficientCpuResourcesFault"},
		{"memory", func(_ *Machine, _, h *HostFacts) { h.Memory = 2047 }, []Reason{Memory}, "InsufficientMemoryResourcesFault"},
		{"a rule", func(_ *Machine, _, h *HostFacts) { h.Forbidden = true }, []Reason{Rule}, "VmHostAffinityRuleViolation"},
		{"two at once", func(m *Machine, _, h *HostFacts) { h.Forbidden, m.Local = true, true }, []Reason{Device, Rule}, "CannotAccessVmDevice"},
	} {
		m, source, target := good()
		c.change(&m, &source, &target)
		got := Check(m, source, target)
		if !slices.Equal(got, c.want) || len(got) > 0 && got[0].Fault() != c.fault {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// Where a migration is encrypted.
func TestEncrypts(t *testing.T) {
	for _, c := range []struct {
		mode                 EncryptedVMotion
		encrypted, here, far bool
		want                 bool
	}{
		{NotEncrypted, false, true, true, false},
		{NotEncrypted, true, true, true, true},
		{Opportunistic, false, true, true, true},
		{Opportunistic, false, true, false, false},
		{Opportunistic, false, false, true, false},
		{Required, false, true, true, true},
	} {
		if got := Encrypts(Machine{Mode: c.mode, Encrypted: c.encrypted}, HostFacts{Encrypts: c.here}, HostFacts{Encrypts: c.far}); got != c.want {
			t.Errorf("%+v: got %t", c, got)
		}
	}
}

// A migration is refused with all reasons at once.
func TestRefusal(t *testing.T) {
	m := must(NewMigration(make([]int64, 2), 1, []Reason{Network, Rule}))
	var r *Refusal
	if err := m.Start(); !errors.As(err, &r) || !errors.Is(err, model.ErrRefused) || !slices.Equal(r.Reasons, []Reason{Network, Rule}) {
		t.Errorf("got %v, want a refusal by network and rule", err)
	}
	if m.Phase() != Idle || !m.Runs(Source) {
		t.Error("what was refused has changed something")
	}
}

// golden is 16 GB by 10 GB/s.
func golden(rate int64) *Precopy {
	return must(NewPrecopy(big.NewRat(16, 1), big.NewRat(10, 1), big.NewRat(rate, 1)))
}

// 16 GB, 10 GB/s, 9 GB/s: 0.56 s after 10 rounds; 12 GB/s never shrinks.
func TestGoldenPrecopy(t *testing.T) {
	if got := golden(9).Downtime(10).FloatString(2); got != "0.56" {
		t.Errorf("got %s s, want 0.56 s", got)
	}
	if bound, ok := golden(9).Bound(); !ok || bound.Cmp(big.NewRat(16, 1)) != 0 {
		t.Errorf("got bound %v, want 16 s", bound)
	}
	for _, d := range []int64{10, 12} {
		p := golden(d)
		for n := range 30 {
			if p.Downtime(n).Cmp(big.NewRat(16, 10)) != 0 {
				t.Errorf("%d GB/s: got %v after %d rounds, want 1.6 s for ever", d, p.Downtime(n), n)
			}
		}
		if _, ok := p.Bound(); ok || p.Converges() {
			t.Errorf("%d GB/s: got a bound", d)
		}
		if _, ok := p.Rounds(big.NewRat(1, 2)); ok {
			t.Errorf("%d GB/s: got a number of rounds for half a second", d)
		}
	}
	// A formula that ignores the dirty rate says 1.6 s for all of it.
	if got := golden(9).Total(10); got.Cmp(big.NewRat(16, 10)) <= 0 {
		t.Errorf("got %v s in all, want more than one copy of the memory takes", got)
	}
	if n, ok := golden(9).Rounds(big.NewRat(56, 100)); !ok || n != 10 {
		t.Errorf("got %d rounds to 0.56 s, want 10", n)
	}
}

// Rounds one after the other, each as long as what was written in the one before it takes, come to the closed forms; and
// those keep the bounds.
func TestPrecopyIsExact(t *testing.T) {
	converged := 0
	redraw.Until(t, func() bool { return converged > 0 }, func(t *rapid.T) {
		draw := func(name string, least int64) *big.Rat {
			return big.NewRat(rapid.Int64Range(least, 40).Draw(t, name), rapid.Int64Range(1, 6).Draw(t, name+" per"))
		}
		m, b, d := draw("memory", 1), draw("bandwidth", 1), draw("rate", 0)
		p := must(NewPrecopy(m, b, d))
		left, total := new(big.Rat).Set(m), new(big.Rat)
		for n := range rapid.IntRange(1, 12).Draw(t, "rounds") {
			takes := new(big.Rat).Quo(left, b)
			total.Add(total, takes)
			if p.Volume(n).Cmp(left) != 0 || p.Downtime(n).Cmp(takes) != 0 || p.Total(n).Cmp(total) != 0 {
				t.Fatalf("round %d: got %v, %v and %v, want %v, %v and %v", n, p.Volume(n), p.Downtime(n), p.Total(n), left, takes, total)
			}
			if bound, ok := p.Bound(); ok && total.Cmp(bound) > 0 {
				t.Fatalf("round %d: %v takes longer than %v", n, total, bound)
			}
			left = new(big.Rat).Mul(takes, d) // written meanwhile
			if left.Cmp(m) > 0 {
				left.Set(m)
			}
		}
		limit := draw("limit", 0)
		n, ok := p.Rounds(limit)
		if ok {
			converged++
			if p.Downtime(n).Cmp(limit) > 0 || n > 0 && p.Downtime(n-1).Cmp(limit) <= 0 {
				t.Fatalf("%d rounds are not the least to %v", n, limit)
			}
		} else if p.Downtime(40).Cmp(limit) <= 0 {
			t.Fatalf("got no rounds, and 40 are enough for %v", limit)
		}
	})
	if converged == 0 {
		t.Error("nothing converged")
	}
}

func TestNewPrecopy(t *testing.T) {
	one, zero := big.NewRat(1, 1), new(big.Rat)
	for _, c := range [][3]*big.Rat{{zero, one, one}, {one, zero, one}, {one, one, big.NewRat(-1, 1)}} {
		if _, err := NewPrecopy(c[0], c[1], c[2]); err == nil {
			t.Errorf("%v: got no error", c)
		}
	}
	if n, ok := must(NewPrecopy(one, one, zero)).Rounds(zero); n != 1 || !ok {
		t.Errorf("got %d, %t, want one round where nothing is written", n, ok)
	}
	p := must(NewPrecopy(one, one, one))
	one.SetInt64(7)
	if p.Volume(0).Cmp(big.NewRat(1, 1)) != 0 {
		t.Error("a value of the caller is kept")
	}
}

// Whatever the guest writes, whoever fails, what goes on at the target has the memory that stood still at the source.
func TestMigrationKeepsMemory(t *testing.T) {
	arrived := 0
	redraw.Until(t, func() bool { return arrived > 0 }, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "pages")
		m := must(NewMigration(rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, "memory"), rapid.IntRange(1, n).Draw(t, "stun"), nil))
		_ = m.Start()
		var stood []int64 // of the guest, when it stood still
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			page := rapid.IntRange(1, n).Draw(t, "page")
			switch rapid.IntRange(0, 12).Draw(t, "step") {
			case 0, 1:
				_ = m.Write(page, rapid.Int64().Draw(t, "content"))
			case 2:
				if m.Stun() == nil {
					stood = slices.Clone(m.memory)
				}
			case 3:
				_ = m.Switch()
			case 4:
				_ = m.Resume()
			case 5:
				if rapid.IntRange(0, 9).Draw(t, "cancel") == 0 {
					_ = m.Cancel()
					_ = m.Start()
				}
			case 6:
				if rapid.IntRange(0, 19).Draw(t, "crash") == 0 {
					_ = m.Crash(Side(rapid.IntRange(0, 1).Draw(t, "side")))
				}
			default:
				_ = m.Copy(page)
			}
			if m.Runs(Source) && m.Runs(Target) {
				t.Fatal("it runs on both")
			}
			if m.Runs(Target) {
				arrived++
				if !slices.Equal(m.copied, stood) {
					t.Fatalf("got memory %v, want %v", m.copied, stood)
				}
			}
		}
	})
	if arrived == 0 {
		t.Error("nothing arrived")
	}
}

// What is shown at power-on stays until power-off, and what a host lacks is named.
func TestEVC(t *testing.T) {
	e := must(NewEVC([]Features{Set(1), Set(1, 2)}, 2, false))
	is := func(what string, err error, want vim.FaultName) {
		t.Helper()
		var f *vim.Fault
		if want == "" && err != nil || want != "" && (!errors.As(err, &f) || f.Name != want || !errors.Is(err, model.ErrRefused)) {
			t.Errorf("%s: got %v, want %q", what, err, want)
		}
	}
	is("power on outside", e.PowerOn(1, 2), "")
	is("to an older host", e.Migrate(1, 1), FeatureRequirementsNotMet)
	is("a baseline", e.Raise(Set(1)), "")
	is("an older host", e.Join(1), "")
	is("a newer host with a machine", e.Join(2), EVCAdmissionFailedVMActive)
	is("suspend", e.Suspend(1), "")
	is("resume on the older host", e.Resume(1, 1), FeatureRequirementsNotMet)
	is("the newer host", e.Join(2), "")
	is("resume where its features are masked", e.Resume(1, 2), FeatureRequirementsNotMet)
	is("power off", e.PowerOff(1), "")
	is("power on in the cluster", e.PowerOn(1, 2), "")
	is("power on again", e.PowerOn(1, 2), vim.InvalidPowerState)
	is("to the older host", e.Migrate(1, 1), "")
	is("lower under it", e.Lower(0), ActiveVMsBlockingEVC)
	is("arrive", e.Arrive(1), "")
	is("raise beyond a host", e.Raise(Set(1, 2)), EVCUnsupportedByHosts)
	if e.At(1) != 1 || e.Uses(1) != Set(1) || e.Shows(2) != Set(1) {
		t.Errorf("got VM 1 on host %d with %v, and host 2 showing %v", e.At(1), e.Uses(1), e.Shows(2))
	}
	is("a host without the baseline", must(NewEVC([]Features{0, Set(1)}, 0, false)).join(Set(1)), EVCAdmissionFailedFeatures)

	for _, strict := range []bool{false, true} {
		e := must(NewEVC([]Features{Set(1)}, 1, strict))
		_ = e.Raise(Set(1))
		_ = e.Join(1)
		_ = e.PowerOn(1, 1)
		_ = e.Suspend(1)
		want := vim.FaultName("")
		if strict {
			want = ActiveVMsBlockingEVC
		}
		is("lower over a suspended machine", e.Lower(0), want)
	}
	if _, err := NewEVC(nil, -1, false); err == nil {
		t.Error("got no error for -1 machines")
	}
}

// join raises the baseline and takes the first host in.
func (e *EVC) join(b Features) error {
	if err := e.Raise(b); err != nil {
		return err
	}
	return e.Join(1)
}

func TestFeatures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) map[int]bool {
			out := map[int]bool{}
			for _, f := range rapid.SliceOf(rapid.IntRange(1, 64)).Draw(t, name) {
				out[f] = true
			}
			return out
		}
		f, g := draw("f"), draw("g")
		set := func(m map[int]bool) Features { return Set(numbered(64, func(i int) bool { return m[i] })...) }
		var minus []int
		for _, i := range modelcheck.Numbers[int](64) {
			if f[i] && !g[i] {
				minus = append(minus, i)
			}
		}
		if got := set(f).Minus(set(g)).List(); !slices.Equal(got, minus) || set(f).Within(set(g)) != (len(minus) == 0) {
			t.Fatalf("got %v, want %v", got, minus)
		}
	})
}

func TestNewMigration(t *testing.T) {
	if _, err := NewMigration(nil, 1, nil); err == nil {
		t.Error("got no error for no page")
	}
	if _, err := NewMigration(make([]int64, 1), 0, nil); err == nil {
		t.Error("got no error for no page to be left")
	}
	m := must(NewMigration(make([]int64, 1), 1, nil))
	for name, err := range map[string]error{"write": m.Write(2, 1), "copy": m.Copy(0), "crash": m.Crash(2), "write early": m.Write(1, 1)} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want refused", name, err)
		}
	}
}
