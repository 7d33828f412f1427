package capability

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// somebody is a process of user 1000 with these sets.
func somebody(permitted, effective, inheritable, bounding, ambient Set) Cred {
	return Cred{
		UID: 1000, EUID: 1000, SUID: 1000, GID: 1000, EGID: 1000, SGID: 1000,
		Permitted: permitted, Effective: effective, Inheritable: inheritable, Bounding: bounding, Ambient: ambient,
	}
}

// capabilities(7), by its sections.
func TestExec(t *testing.T) {
	net, raw := Of(NetBindService), Of(NetRaw)
	file := func(p, i Set, e bool) File { return File{Caps: &FileCaps{p, i, e}} }
	setuidRoot := func(caps *FileCaps) File { return File{SetUID: true, Caps: caps} }
	nnp := func(c Cred) Cred { return c.SetNoNewPrivs() }
	rootless := Root(All)
	rootless.Bits.NoRoot = true
	for _, test := range []struct {
		name      string
		cred      Cred
		file      File
		traced    bool
		permitted Set
		effective Set
		ambient   Set
		euid      ID
	}{
		{"a plain file gives somebody nothing", somebody(raw, raw, 0, All, 0), File{}, false, 0, 0, 0, 1000},
		{"F(permitted) & P(bounding)", somebody(0, 0, 0, raw, 0), file(raw|net, 0, false), false, raw, 0, 0, 1000},
		{"F(inheritable) & P(inheritable), out of the bounding set", somebody(0, 0, raw, 0, 0), file(0, raw|net, true), false, raw, raw, 0, 1000},
		{"a legacy program: F(effective)", somebody(0, 0, 0, All, 0), file(raw, 0, true), false, raw, raw, 0, 1000},
		{"the ambient set passes through a plain file", somebody(net, 0, net, All, net), File{}, false, net, net, net, 1000},
		{"a file with capabilities clears it", somebody(net, 0, net, All, net), file(raw, 0, false), false, raw, 0, 0, 1000},
		{"also one with none in its attribute", somebody(net, 0, net, All, net), file(0, 0, false), false, 0, 0, 0, 1000},
		{"setuid root clears it, too", somebody(net, 0, net, raw, net), setuidRoot(nil), false, raw | net, raw | net, 0, 0},
		{"setgid clears it", somebody(net, 0, net, All, net), File{SetGID: true, Group: 5}, false, 0, 0, 0, 1000},
		{"root gets bounding and inheritable", Cred{Inheritable: net, Bounding: raw}, File{}, false, raw | net, raw | net, 0, 0},
		{"root, of a file with capabilities, too", Root(raw), file(0, 0, false), false, raw, raw, 0, 0},
		{"setuid root", somebody(0, 0, 0, raw, 0), setuidRoot(nil), false, raw, raw, 0, 0},
		{"setuid root with capabilities gets only these", somebody(0, 0, 0, All, 0), setuidRoot(&FileCaps{raw, 0, true}), false, raw, raw, 0, 0},
		{"real root alone has nothing effective", Cred{EUID: 1000, SUID: 1000, Bounding: raw}, File{}, false, raw, 0, 0, 1000},
		{"SECBIT_NOROOT: root is nobody special", rootless, File{}, false, 0, 0, 0, 0},
		{"no_new_privs: the setuid bit is ignored", nnp(somebody(0, 0, 0, All, 0)), setuidRoot(nil), false, 0, 0, 0, 1000},
		{"no_new_privs: so are capabilities", nnp(somebody(0, 0, 0, All, 0)), file(raw, 0, true), false, 0, 0, 0, 1000},
		{"no_new_privs: the ambient set stays", nnp(somebody(net, 0, net, All, net)), File{}, false, net, net, net, 1000},
		{"no_new_privs: root keeps what it has and no more", nnp(Cred{Permitted: net, Bounding: All}), File{}, false, net, net, 0, 0},
		{"a mount with nosuid", somebody(0, 0, 0, All, 0), File{SetUID: true, Caps: &FileCaps{raw, 0, true}, NoSUID: true}, false, 0, 0, 0, 1000},
		{"traced: setuid gives nothing", somebody(0, 0, 0, All, 0), setuidRoot(nil), true, 0, 0, 0, 1000},
		{
			"traced, with CAP_SETUID: the user, and no capabilities",
			somebody(Of(SetUID), Of(SetUID), 0, All, 0), setuidRoot(nil), true, Of(SetUID), Of(SetUID), 0, 0,
		},
	} {
		got, err := test.cred.Exec(test.file, test.traced, Rules{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got.Permitted != test.permitted || got.Effective != test.effective || got.Ambient != test.ambient || got.EUID != test.euid {
			t.Errorf("%s: got permitted %s, effective %s, ambient %s, user %d, want %s, %s, %s, %d", test.name,
				got.Permitted, got.Effective, got.Ambient, got.EUID, test.permitted, test.effective, test.ambient, test.euid)
		}
	}
	c := somebody(0, 0, 0, net, 0)
	got, err := c.Exec(file(raw, 0, true), false, Rules{})
	if refused := (&errno.Error{}); !errors.As(err, &refused) || refused.Errno != errno.EPERM || !errors.Is(err, model.ErrRefused) || got != c {
		t.Errorf("a file that needs what the bounding set has not: got %v, want EPERM", err)
	}
}

// "Effect of user ID changes on capabilities", and which changes need CAP_SETUID.
func TestSetresuid(t *testing.T) {
	all := Root(All)
	all.Inheritable, all.Ambient = All, Of(NetRaw)
	effectiveOnly, _ := all.Setresuid(0, 1000, 0)
	for _, test := range []struct {
		name                 string
		cred                 Cred
		r, e, s              ID
		permitted, effective Set
		ambient              Set
	}{
		{"all three leave root", all, 1000, 1000, 1000, 0, 0, 0},
		{"with keep-caps", all.SetKeepCaps(true), 1000, 1000, 1000, All, 0, 0},
		{"the effective one leaves root", all, 0, 1000, 0, All, 0, Of(NetRaw)},
		{"and comes back", effectiveOnly, 0, 0, 0, All, All, Of(NetRaw)},
		{"the real one alone changes nothing", all, 1000, 0, 0, All, All, Of(NetRaw)},
	} {
		got, err := test.cred.Setresuid(test.r, test.e, test.s)
		if err != nil || got.Permitted != test.permitted || got.Effective != test.effective || got.Ambient != test.ambient {
			t.Errorf("%s: got %s, %s, %s, %v", test.name, got.Permitted, got.Effective, got.Ambient, err)
		}
	}
	fixed := all
	fixed.Bits.NoSetuidFixup = true
	if got, err := fixed.Setresuid(5, 5, 5); err != nil || got.Effective != All || got.UID != 5 {
		t.Errorf("SECBIT_NO_SETUID_FIXUP: got %+v, %v", got, err)
	}
	if _, err := somebody(All&^Of(SetUID), All&^Of(SetUID), 0, All, 0).Setresuid(1000, 0, 1000); !errors.Is(err, model.ErrRefused) {
		t.Errorf("somebody became root without CAP_SETUID: %v", err)
	}
}

// What prctl and capset refuse.
func TestRefusals(t *testing.T) {
	raw := Of(NetRaw)
	ambient := somebody(raw, raw, raw, All, 0)
	ambient.Bits.NoAmbientRaise = true
	c := somebody(raw, raw, 0, All, 0)
	for name, try := range map[string]func() (Cred, error){
		"more permitted":                    func() (Cred, error) { return c.Capset(0, All, 0) },
		"effective beyond permitted":        func() (Cred, error) { return c.Capset(raw, 0, 0) },
		"inheritable beyond permitted":      func() (Cred, error) { return c.Capset(0, 0, Of(Kill)) },
		"inheritable beyond bounding":       func() (Cred, error) { return Root(Of(SetPCap)).Capset(0, 0, raw) },
		"no capability":                     func() (Cred, error) { return c.Capset(0, 1<<63, 0) },
		"bounding without CAP_SETPCAP":      func() (Cred, error) { return c.DropBounding(NetRaw) },
		"bounding, no capability":           func() (Cred, error) { return Root(All).DropBounding(Count) },
		"ambient and not inheritable":       func() (Cred, error) { return c.RaiseAmbient(NetRaw) },
		"ambient and not permitted":         func() (Cred, error) { return somebody(0, 0, raw, All, 0).RaiseAmbient(NetRaw) },
		"ambient, securebit":                func() (Cred, error) { return ambient.RaiseAmbient(NetRaw) },
		"ambient, no capability":            func() (Cred, error) { return c.RaiseAmbient(64) },
		"lower, no capability":              func() (Cred, error) { return c.LowerAmbient(64) },
		"securebits without the capability": func() (Cred, error) { return c.SetSecurebits(Securebits{}) },
	} {
		if _, err := try(); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	// With CAP_SETPCAP, what the bounding set has may become inheritable.
	if got, err := Root(Of(SetPCap, NetRaw)).Capset(0, 0, raw); err != nil || got.Inheritable != raw {
		t.Errorf("got %s, %v", got.Inheritable, err)
	}
	if got, err := Root(All).SetSecurebits(Securebits{NoRoot: true}); err != nil || !got.Bits.NoRoot {
		t.Errorf("got %+v, %v", got.Bits, err)
	}
	if got, err := Root(All).DropBounding(NetRaw); err != nil || got.Bounding.Has(NetRaw) || !got.Permitted.Has(NetRaw) {
		t.Errorf("got %+v, %v", got, err)
	}
}

var (
	anySet  = rapid.Custom(func(t *rapid.T) Set { return Set(rapid.Uint64().Draw(t, "bits")) & All })
	anyUser = rapid.SampledFrom([]ID{0, 0, 1, 2})
	anyCred = rapid.Custom(func(t *rapid.T) Cred {
		c := Cred{
			UID: anyUser.Draw(t, "uid"), EUID: anyUser.Draw(t, "euid"), SUID: anyUser.Draw(t, "suid"),
			GID: anyUser.Draw(t, "gid"), EGID: anyUser.Draw(t, "egid"),
			Permitted: anySet.Draw(t, "permitted"), Inheritable: anySet.Draw(t, "inheritable"), Bounding: anySet.Draw(t, "bounding"),
			NoNewPrivs: rapid.Bool().Draw(t, "nnp"),
		}
		c.Bits.NoRoot = rapid.Bool().Draw(t, "noroot")
		c.Effective = anySet.Draw(t, "effective") & c.Permitted
		c.Ambient = anySet.Draw(t, "ambient") & c.Permitted & c.Inheritable
		return c
	})
	anyFile = rapid.Custom(func(t *rapid.T) File {
		f := File{
			SetUID: rapid.Bool().Draw(t, "setuid"), Owner: anyUser.Draw(t, "owner"), SetGID: rapid.Bool().Draw(t, "setgid"),
			Group: anyUser.Draw(t, "group"), NoSUID: rapid.IntRange(0, 4).Draw(t, "nosuid") == 0,
		}
		if rapid.Bool().Draw(t, "caps") {
			f.Caps = &FileCaps{anySet.Draw(t, "fp"), anySet.Draw(t, "fi"), rapid.Bool().Draw(t, "fe")}
		}
		return f
	})
)

// oracle is execve for one capability, in the words of capabilities(7), which knows nothing of tracing: each set is a bit.
func oracle(c Cred, f File, k Cap) (permitted, effective, ambient, refused bool) {
	ignored := f.NoSUID
	euid, egid := c.EUID, c.EGID
	if f.SetUID && !ignored && !c.NoNewPrivs {
		euid = f.Owner
	}
	if f.SetGID && !ignored && !c.NoNewPrivs {
		egid = f.Group
	}
	fileCaps := f.Caps != nil && !ignored
	var fp, fi, fe bool
	if fileCaps {
		fp, fi, fe = f.Caps.Permitted.Has(k), f.Caps.Inheritable.Has(k), f.Caps.Effective
	}
	pi, bounding := c.Inheritable.Has(k), c.Bounding.Has(k)
	refused = fe && fp && !bounding && !(pi && fi)
	// "Capabilities and execution of programs by root", and "Set-user-ID-root programs that have file capabilities".
	root := (c.UID == 0 || euid == 0) && !c.Bits.NoRoot
	if fileCaps && c.UID != 0 && euid == 0 {
		root = false
	}
	if root {
		fp, fi = true, true
		fe = fe || euid == 0
	}
	privileged := fileCaps || euid != c.UID || egid != c.GID
	ambient = c.Ambient.Has(k) && !privileged
	gained := pi && fi || fp && bounding
	if c.NoNewPrivs {
		gained = gained && c.Permitted.Has(k)
	}
	permitted = gained || ambient
	effective = ambient
	if fe {
		effective = permitted
	}
	return permitted, effective, ambient, refused
}

// On any process and any file execve gives what the manual page says, capability by capability.
func TestExecIsTheManual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, f := anyCred.Draw(t, "cred"), anyFile.Draw(t, "file")
		got, err := c.Exec(f, false, Rules{})
		anyRefused := false
		for k := range Cap(Count) {
			permitted, effective, ambient, refused := oracle(c, f, k)
			anyRefused = anyRefused || refused
			if err == nil && (got.Permitted.Has(k) != permitted || got.Effective.Has(k) != effective || got.Ambient.Has(k) != ambient) {
				t.Fatalf("%s: got %t %t %t, want %t %t %t", k, got.Permitted.Has(k), got.Effective.Has(k), got.Ambient.Has(k), permitted, effective, ambient)
			}
		}
		if (err != nil) != anyRefused {
			t.Fatalf("got %v, want refused %t", err, anyRefused)
		}
		if got.Bounding != c.Bounding || got.Inheritable != c.Inheritable || got.NoNewPrivs != c.NoNewPrivs {
			t.Fatal("execve changed a set that it leaves alone")
		}
	})
}

// Whatever a process does, its sets stay as the kernel keeps them, its reach never grows, and under no_new_privs neither does what
// it has. A traced process gains nothing by execve.
func TestReachNeverGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyCred.Draw(t, "cred")
		rules := Rules{EffectiveChange: rapid.Bool().Draw(t, "rules")}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			k := Cap(rapid.IntRange(0, Count).Draw(t, "k"))
			traced := false
			var next Cred
			var err error
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				next, err = c.Capset(anySet.Draw(t, "e")&c.Permitted, anySet.Draw(t, "p"), anySet.Draw(t, "i"))
			case 1:
				next, err = c.Capset(0, c.Permitted, anySet.Draw(t, "i")&(c.Inheritable|c.Bounding))
			case 2:
				next, err = c.DropBounding(k)
			case 3:
				next, err = c.RaiseAmbient(k)
			case 4:
				next, err = c.LowerAmbient(k)
			case 5:
				next = c.SetNoNewPrivs()
			case 6:
				next, err = c.SetKeepCaps(rapid.Bool().Draw(t, "keep")).Setresuid(anyUser.Draw(t, "r"), anyUser.Draw(t, "e"), anyUser.Draw(t, "s"))
			default:
				traced = rapid.Bool().Draw(t, "traced")
				next, err = c.Exec(anyFile.Draw(t, "file"), traced, rules)
			}
			if err != nil {
				if !errors.Is(err, model.ErrRefused) {
					t.Fatal(err)
				}
				continue
			}
			switch {
			case !next.Valid():
				t.Fatalf("%+v became %+v", c, next)
			case !next.Reach().In(c.Reach()):
				t.Fatalf("reach grew by %s", next.Reach()&^c.Reach())
			case (c.NoNewPrivs || traced) && !next.Permitted.In(c.Permitted):
				t.Fatalf("gained %s", next.Permitted&^c.Permitted)
			case c.NoNewPrivs && !next.NoNewPrivs:
				t.Fatal("no_new_privs was turned off")
			}
			c = next
		}
	})
}
