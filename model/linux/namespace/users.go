package namespace

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// MaxDepth is how many user namespaces may be nested below the initial one: create_user_ns of kernel/user_namespace.c refuses
// one below a namespace whose level is more than 32, and that of the initial one is 0. user_namespaces(7) speaks of 32 levels.
const MaxDepth = 33

// Task is what of a process counts in user namespaces: where it is, who it is for the kernel, and what it may do there.
type Task struct {
	Ns   NsID
	User uint32         // by the numbers of the initial namespace
	Caps capability.Set // effective in Ns
}

// Users is a tree of user namespaces: who made each of them, and who its users are. Their lifetime is another matter: here they
// stay.
type Users struct {
	spaces []userSpace // by NsID; the first is the initial one
	room   int
}

type userSpace struct {
	parent  NsID
	owner   uint32 // the user who made it
	lines   IDMap  // as written, to the users of the parent
	host    IDMap  // to those of the initial one
	setfcap bool   // its maker had CAP_SETFCAP
}

// NewUsers makes the initial user namespace, with room for so many, it included. ENAVAIL: fewer than 1.
func NewUsers(room int) (*Users, error) {
	if room < 1 {
		return nil, errno.Refuse(errno.ENAVAIL, "got room for %d user namespaces, want at least 1", room)
	}
	return &Users{spaces: []userSpace{{parent: noNs, host: InitialMap()}}, room: room}, nil
}

// Clone returns an independent copy.
func (u *Users) Clone() *Users { return &Users{spaces: slices.Clone(u.spaces), room: u.room} }

// Len is the number of namespaces. They are 0 to Len()-1.
func (u *Users) Len() int { return len(u.spaces) }

func (u *Users) has(n NsID) bool { return n >= 0 && int(n) < len(u.spaces) }

// Parent is the namespace in which n was made, and false for the initial one and for one that is not there.
func (u *Users) Parent(n NsID) (NsID, bool) {
	if !u.has(n) || n == HostNs {
		return 0, false
	}
	return u.spaces[n].parent, true
}

// Owner is the user who made n: root for the initial one. false: it is not there.
func (u *Users) Owner(n NsID) (uint32, bool) {
	if !u.has(n) {
		return 0, false
	}
	return u.spaces[n].owner, true
}

// Map is the map of n to the users of its parent, empty until it is written.
func (u *Users) Map(n NsID) IDMap {
	if !u.has(n) {
		return IDMap{}
	}
	return u.spaces[n].lines
}

// HostMap is the map of n to the users of the initial namespace.
func (u *Users) HostMap(n NsID) IDMap {
	if !u.has(n) {
		return IDMap{}
	}
	return u.spaces[n].host
}

// Depth is how far n is below the initial namespace.
func (u *Users) Depth(n NsID) int {
	d := 0
	for u.has(n) && n != HostNs {
		n = u.spaces[n].parent
		d++
	}
	return d
}

// Create gives the task after unshare or clone with CLONE_NEWUSER, which takes no capability: it has all in the new namespace, and
// none elsewhere any more. EPERM: its user is nobody in the namespace where it is. ENOSPC: too many nested. ENAVAIL: no room.
func (u *Users) Create(t Task) (Task, error) {
	switch {
	case !u.has(t.Ns):
		return t, errno.Refuse(errno.EINVAL, "there is no user namespace %d", t.Ns)
	case !u.maps(t.Ns, t.User):
		return t, errno.Refuse(errno.EPERM, "user %d is nobody in user namespace %d", t.User, t.Ns)
	case u.Depth(t.Ns) == MaxDepth:
		return t, errno.Refuse(errno.ENOSPC, "%d user namespaces are nested", MaxDepth)
	case len(u.spaces) == u.room:
		return t, errno.Refuse(errno.ENAVAIL, "no room for another user namespace")
	}
	u.spaces = append(u.spaces, userSpace{parent: t.Ns, owner: t.User, setfcap: t.Caps.Has(capability.SetFCap)})
	return Task{Ns: NsID(len(u.spaces) - 1), User: t.User, Caps: capability.All}, nil
}

// maps tells whether a user of the host is somebody in n.
func (u *Users) maps(n NsID, user uint32) bool {
	_, ok := u.spaces[n].host.In(user)
	return ok
}

// Inside is who the task is in its own namespace, and whether it is anybody there.
func (u *Users) Inside(t Task) (uint32, bool) {
	if !u.has(t.Ns) {
		return 0, false
	}
	return u.spaces[t.Ns].host.In(t.User)
}

// Capable tells whether the task has a capability over user namespace n and what belongs to it: it has it effective and is in n
// or in one that n is below; or it is in the parent of n and its user made n, or it is so of one that n is below
// (user_namespaces(7), Capabilities; security/commoncap.c, cap_capable).
func (u *Users) Capable(t Task, n NsID, k capability.Cap) bool {
	if !u.has(n) || !u.has(t.Ns) {
		return false
	}
	for ; ; n = u.spaces[n].parent {
		switch {
		case n == t.Ns:
			return t.Caps.Has(k)
		case n == HostNs:
			return false
		case u.spaces[n].parent == t.Ns && u.spaces[n].owner == t.User:
			return true
		}
	}
}

// WriteMap writes the uid_map of n, once. The writer is in n or in its parent and has CAP_SYS_ADMIN over n, and either it has
// CAP_SETUID over the parent, as the helper newuidmap has, or it maps a single user, itself, in a namespace that its own user
// made. Who maps root of the parent needs CAP_SETFCAP there, too or, where it is in n already, must have had it when n was made
// (user_namespaces(7), since Linux 5.12; kernel/user_namespace.c, map_write and new_idmap_permitted). The manual asks for
// CAP_SETUID over n where the kernel asks for CAP_SYS_ADMIN.
//
// EPERM: one of these, or a line is not within one line of the parent's map.
func (u *Users) WriteMap(t Task, n NsID, m IDMap) error {
	parent, ok := u.Parent(n)
	switch {
	case !ok || m.Empty():
		return errno.Refuse(errno.EINVAL, "there is no user namespace %d with a map to write, or no line", n)
	case !u.spaces[n].lines.Empty():
		return errno.Refuse(errno.EPERM, "the map of user namespace %d is written already", n)
	case t.Ns != n && t.Ns != parent:
		return errno.Refuse(errno.EPERM, "the writer is neither in user namespace %d nor in its parent", n)
	case !u.Capable(t, n, capability.SysAdmin):
		return errno.Refuse(errno.EPERM, "the writer has no CAP_SYS_ADMIN over user namespace %d", n)
	case !m.RootSafe() && !u.mayMapRoot(t, n):
		return errno.Refuse(errno.EPERM, "to map root of the parent takes CAP_SETFCAP")
	case !u.mapsSelf(t, n, m) && !u.Capable(t, parent, capability.SetUID):
		return errno.Refuse(errno.EPERM, "to map others takes CAP_SETUID over the parent")
	}
	host, err := m.Under(u.spaces[parent].host)
	if err != nil {
		return err
	}
	u.spaces[n].lines, u.spaces[n].host = m, host
	return nil
}

func (u *Users) mayMapRoot(t Task, n NsID) bool {
	if t.Ns == n {
		return u.spaces[n].setfcap
	}
	return u.Capable(t, u.spaces[n].parent, capability.SetFCap)
}

// mapsSelf tells whether a map has a single user, who is the writer and made the namespace.
func (u *Users) mapsSelf(t Task, n NsID, m IDMap) bool {
	if len(m.extents) != 1 || m.extents[0].Count != 1 || u.spaces[n].owner != t.User {
		return false
	}
	user, ok := u.spaces[u.spaces[n].parent].host.Out(m.extents[0].Outside)
	return ok && user == t.User
}

// Enter gives the task after setns to user namespace n: it has all capabilities there. EINVAL: it is there already. EPERM: it has no
// CAP_SYS_ADMIN over n, and so n is not below it (setns(2)).
func (u *Users) Enter(t Task, n NsID) (Task, error) {
	switch {
	case !u.has(n) || n == t.Ns:
		return t, errno.Refuse(errno.EINVAL, "user namespace %d is not there, or the task is in it", n)
	case !u.Capable(t, n, capability.SysAdmin):
		return t, errno.Refuse(errno.EPERM, "no CAP_SYS_ADMIN over user namespace %d", n)
	}
	return Task{Ns: n, User: t.User, Caps: capability.All}, nil
}

// Setuid gives the task after setuid(2) to a user of its namespace, which takes CAP_SETUID unless it is that user. Whoever leaves
// root loses his capabilities. EINVAL: the user is not mapped.
func (u *Users) Setuid(t Task, inside uint32) (Task, error) {
	if !u.has(t.Ns) {
		return t, errno.Refuse(errno.EINVAL, "there is no user namespace %d", t.Ns)
	}
	user, ok := u.spaces[t.Ns].host.Out(inside)
	switch {
	case !ok:
		return t, errno.Refuse(errno.EINVAL, "user %d is not mapped", inside)
	case user != t.User && !t.Caps.Has(capability.SetUID):
		return t, errno.Refuse(errno.EPERM, "user %d needs CAP_SETUID", inside)
	}
	if was, ok := u.Inside(t); ok && was == 0 && inside != 0 {
		t.Caps = 0
	}
	t.User = user
	return t, nil
}
