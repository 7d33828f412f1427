package capability

import "github.com/bulkheadlang/bulkhead/model/linux/errno"

// ID is a user or a group, as a process in its user namespace sees it. 0 is root.
type ID uint32

// Securebits turn off what the kernel does for root (capabilities(7), The securebits flags). The flags that lock them are left
// out but for what they say: Prctl steps take a kernel in which no flag is locked.
type Securebits struct {
	NoRoot         bool // root gains nothing at execve, and setuid to root neither
	NoSetuidFixup  bool // changes of user change no capabilities
	KeepCaps       bool // leaving root keeps the permitted set; cleared by execve
	NoAmbientRaise bool // nothing joins the ambient set
}

// Cred is what the kernel knows of the authority of a process. The zero Cred is root without any capability.
type Cred struct {
	UID, EUID, SUID ID // real, effective, saved
	GID, EGID, SGID ID

	Permitted   Set
	Effective   Set
	Inheritable Set
	Bounding    Set
	Ambient     Set

	Bits       Securebits
	NoNewPrivs bool
}

// Root is the cred of a process of root that has what it may have: permitted, effective and bounding are bounding, as
// container engines start root with.
func Root(bounding Set) Cred {
	bounding &= All
	return Cred{Permitted: bounding, Effective: bounding, Bounding: bounding}
}

// Valid tells whether the kernel could have made c: effective within permitted, ambient within permitted and inheritable, and
// nothing but capabilities (security/commoncap.c, cap_ambient_invariant_ok).
func (c Cred) Valid() bool {
	return c.Effective.In(c.Permitted) && c.Ambient.In(c.Permitted&c.Inheritable) &&
		(c.Permitted | c.Inheritable | c.Bounding).In(All)
}

// Reach is what the process can ever come to hold, whatever it runs, in its own user namespace: what it has, and what
// execve may give it. With no_new_privs, that is nothing.
func (c Cred) Reach() Set {
	if c.NoNewPrivs {
		return c.Permitted
	}
	return c.Permitted | c.Inheritable | c.Bounding
}

// File is an executable file, as far as execve looks at it for privileges.
type File struct {
	SetUID, SetGID bool
	Owner          ID
	Group          ID
	// Caps is the attribute security.capability, or nil.
	Caps *FileCaps
	// NoSUID says that the file is on a mount with nosuid, or of another user namespace, or that its owner is not mapped:
	// its bits and its attribute count for nothing (execve(2), user_namespaces(7)).
	NoSUID bool
}

// FileCaps are the capabilities of a file. All zero is an attribute with empty sets, which is not the same as none.
type FileCaps struct {
	Permitted   Set
	Inheritable Set
	Effective   bool
}

// Rules are what kernels differ in. The zero Rules are those of most kernels in use.
type Rules struct {
	// EffectiveChange says that execve takes a program for one that changes identity where the effective user or group
	// becomes another one. Otherwise it does where the effective one becomes other than the real one was, so that a process
	// with two different ones loses its ambient set at every execve (security/commoncap.c; the rule of the change "exec: Correct
	// the permission check for unsafe exec" of 2025, but for supplementary groups, which are left out).
	EffectiveChange bool
}

// Exec is what the process is after it has executed f (capabilities(7), Transformation of capabilities during execve();
// security/commoncap.c, cap_bprm_creds_from_file). traced says that a process traces it without CAP_SYS_PTRACE, or that it
// shares its file system context with another one: then it gains nothing, either.
//
// EPERM: the file wants its capabilities effective, and the bounding set does not let it have all of them.
func (c Cred) Exec(f File, traced bool, r Rules) (Cred, error) {
	n := c
	if f.SetUID && !f.NoSUID && !c.NoNewPrivs {
		n.EUID = f.Owner
	}
	if f.SetGID && !f.NoSUID && !c.NoNewPrivs {
		n.EGID = f.Group
	}
	caps := f.Caps
	if f.NoSUID {
		caps = nil
	}
	permitted, effective := Set(0), false
	if caps != nil {
		permitted = (caps.Permitted&c.Bounding | caps.Inheritable&c.Inheritable) & All
		effective = caps.Effective
		if missing := caps.Permitted & All &^ permitted; effective && missing != 0 {
			return c, errno.Refuse(errno.EPERM, "the file needs %s, which is not in the bounding set", missing)
		}
	}
	if !c.Bits.NoRoot && (caps == nil || n.EUID != 0 || n.UID == 0) {
		if n.EUID == 0 || n.UID == 0 {
			permitted = c.Bounding | c.Inheritable
		}
		effective = effective || n.EUID == 0
	}
	changed := n.EUID != c.UID || n.EGID != c.GID
	if r.EffectiveChange {
		changed = n.EUID != c.EUID || n.EGID != c.EGID
	}
	if (changed || !permitted.In(c.Permitted)) && (traced || c.NoNewPrivs) {
		if !c.Effective.Has(SetUID) || c.NoNewPrivs {
			n.EUID, n.EGID = c.UID, c.GID
		}
		permitted &= c.Permitted
	}
	n.SUID, n.SGID = n.EUID, n.EGID
	if caps != nil || changed {
		n.Ambient = 0
	}
	n.Permitted = permitted | n.Ambient
	n.Effective = n.Ambient
	if effective {
		n.Effective = n.Permitted
	}
	n.Bits.KeepCaps = false
	return n, nil
}
