package capability

import "github.com/bulkheadlang/bulkhead/model/linux/errno"

// Capset is the process after capset(2) with these sets. A process can lower its permitted set and never raise it, may have
// effective what it has permitted, and may pass on what it has permitted or, with CAP_SETPCAP, what its bounding set has. The
// ambient set loses what is not both permitted and inheritable any more (security/commoncap.c, cap_capset).
func (c Cred) Capset(effective, permitted, inheritable Set) (Cred, error) {
	switch {
	case !(effective | permitted | inheritable).In(All):
		return c, errno.Refuse(errno.EINVAL, "there are no capabilities beyond %d", Count-1)
	case !c.Effective.Has(SetPCap) && !inheritable.In(c.Inheritable|c.Permitted):
		return c, errno.Refuse(errno.EPERM, "%s may not become inheritable without CAP_SETPCAP", inheritable&^(c.Inheritable|c.Permitted))
	case !inheritable.In(c.Inheritable | c.Bounding):
		return c, errno.Refuse(errno.EPERM, "%s are not in the bounding set", inheritable&^(c.Inheritable|c.Bounding))
	case !permitted.In(c.Permitted):
		return c, errno.Refuse(errno.EPERM, "%s are not permitted", permitted&^c.Permitted)
	case !effective.In(permitted):
		return c, errno.Refuse(errno.EPERM, "%s would be effective and not permitted", effective&^permitted)
	}
	c.Effective, c.Permitted, c.Inheritable = effective, permitted, inheritable
	c.Ambient &= permitted & inheritable
	return c, nil
}

// DropBounding is the process after prctl(PR_CAPBSET_DROP): one capability fewer in the bounding set, which needs CAP_SETPCAP.
// What is permitted or inheritable stays: an execve of a file with that capability in its inheritable set still gives it.
func (c Cred) DropBounding(k Cap) (Cred, error) {
	if !c.Effective.Has(SetPCap) {
		return c, errno.Refuse(errno.EPERM, "the bounding set needs CAP_SETPCAP")
	}
	if k >= Count {
		return c, errno.Refuse(errno.EINVAL, "there is no %s", k)
	}
	c.Bounding &^= Of(k)
	return c, nil
}

// RaiseAmbient is the process after prctl(PR_CAP_AMBIENT_RAISE): execve of a file without privileges keeps k then.
func (c Cred) RaiseAmbient(k Cap) (Cred, error) {
	switch {
	case k >= Count:
		return c, errno.Refuse(errno.EINVAL, "there is no %s", k)
	case !(c.Permitted & c.Inheritable).Has(k):
		return c, errno.Refuse(errno.EPERM, "%s is not both permitted and inheritable", k)
	case c.Bits.NoAmbientRaise:
		return c, errno.Refuse(errno.EPERM, "SECBIT_NO_CAP_AMBIENT_RAISE is set")
	}
	c.Ambient |= Of(k)
	return c, nil
}

// LowerAmbient is the process after prctl(PR_CAP_AMBIENT_LOWER).
func (c Cred) LowerAmbient(k Cap) (Cred, error) {
	if k >= Count {
		return c, errno.Refuse(errno.EINVAL, "there is no %s", k)
	}
	c.Ambient &^= Of(k)
	return c, nil
}

// SetNoNewPrivs is the process after prctl(PR_SET_NO_NEW_PRIVS): for good, for itself and its children.
func (c Cred) SetNoNewPrivs() Cred {
	c.NoNewPrivs = true
	return c
}

// SetSecurebits is the process after prctl(PR_SET_SECUREBITS), which needs CAP_SETPCAP.
func (c Cred) SetSecurebits(b Securebits) (Cred, error) {
	if !c.Effective.Has(SetPCap) {
		return c, errno.Refuse(errno.EPERM, "securebits need CAP_SETPCAP")
	}
	c.Bits = b
	return c, nil
}

// SetKeepCaps is the process after prctl(PR_SET_KEEPCAPS), which needs nothing.
func (c Cred) SetKeepCaps(keep bool) Cred {
	c.Bits.KeepCaps = keep
	return c
}

// Setresuid is the process after setresuid(2): with CAP_SETUID any three users, otherwise three of those that it has. Whoever
// leaves root in all three loses his permitted, effective and ambient sets; with keep-caps he keeps the permitted one. Whose
// effective user leaves root loses his effective set, and whose becomes root gets his permitted set effective
// (capabilities(7), Effect of user ID changes on capabilities).
func (c Cred) Setresuid(uid, euid, suid ID) (Cred, error) {
	if !c.Effective.Has(SetUID) {
		for _, u := range [...]ID{uid, euid, suid} {
			if u != c.UID && u != c.EUID && u != c.SUID {
				return c, errno.Refuse(errno.EPERM, "user %d needs CAP_SETUID", u)
			}
		}
	}
	n := c
	n.UID, n.EUID, n.SUID = uid, euid, suid
	if c.Bits.NoSetuidFixup {
		return n, nil
	}
	if (c.UID == 0 || c.EUID == 0 || c.SUID == 0) && uid != 0 && euid != 0 && suid != 0 {
		if !c.Bits.KeepCaps {
			n.Permitted, n.Effective = 0, 0
		}
		n.Ambient = 0
	}
	if c.EUID == 0 && euid != 0 {
		n.Effective = 0
	}
	if c.EUID != 0 && euid == 0 {
		n.Effective = n.Permitted
	}
	return n, nil
}
