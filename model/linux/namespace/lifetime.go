package namespace

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// Lifetimes is which user and network namespaces are there, and what holds each of them: processes in it, open files, mounts, and
// for a user namespace the namespaces that it owns, those below it among them. What nothing holds is gone at once, and its number
// is given again (namespaces(7), Namespace lifetime). The initial namespaces, 0, are always there.
//
// Who may do what is another matter: see Users.
type Lifetimes struct {
	spaces []space  // by NsID-1
	procs  []holder // by Process-1
}

type space struct {
	There   bool
	User    bool // a user namespace, not a network namespace
	Mounted bool
	Owner   NsID // the user namespace that owns it; of a user namespace, its parent
}

type holder struct {
	Up        bool
	User, Net NsID
	Files     []NsID // in order
}

// NewLifetimes makes a host without processes, with room for so many and for so many namespaces beside the initial ones. ENAVAIL: a
// room is negative.
func NewLifetimes(processes, spaces int) (*Lifetimes, error) {
	if processes < 0 || spaces < 0 {
		return nil, errno.Refuse(errno.ENAVAIL, "got room for %d processes and %d namespaces", processes, spaces)
	}
	return &Lifetimes{spaces: make([]space, spaces), procs: make([]holder, processes)}, nil
}

// Clone returns an independent copy.
func (l *Lifetimes) Clone() *Lifetimes {
	out := &Lifetimes{spaces: slices.Clone(l.spaces), procs: slices.Clone(l.procs)}
	for i := range out.procs {
		out.procs[i].Files = slices.Clone(out.procs[i].Files)
	}
	return out
}

// Up tells whether p runs.
func (l *Lifetimes) Up(p Process) bool { return p >= 1 && int(p) <= len(l.procs) && l.procs[p-1].Up }

// There tells whether namespace n is there.
func (l *Lifetimes) There(n NsID) bool {
	return n == HostNs || n > 0 && int(n) <= len(l.spaces) && l.spaces[n-1].There
}

// Of is the namespace of kind UserKind or NetKind that p is in, and false for another kind and for who does not run.
func (l *Lifetimes) Of(p Process, k Kind) (NsID, bool) {
	switch {
	case !l.Up(p):
		return 0, false
	case k == UserKind:
		return l.procs[p-1].User, true
	case k == NetKind:
		return l.procs[p-1].Net, true
	}
	return 0, false
}

// Kind is the kind of a namespace that was made, and whether it is there.
func (l *Lifetimes) Kind(n NsID) (Kind, bool) {
	switch {
	case n == HostNs || !l.There(n):
		return 0, false
	case l.spaces[n-1].User:
		return UserKind, true
	}
	return NetKind, true
}

// Owner is the user namespace that owns n or, of a user namespace, its parent; false where n is initial or not there.
func (l *Lifetimes) Owner(n NsID) (NsID, bool) {
	if n == HostNs || !l.There(n) {
		return 0, false
	}
	return l.spaces[n-1].Owner, true
}

// Holders are what holds a namespace.
type Holders struct {
	Processes []Process // in it
	Files     []Process // that have it open
	Mounted   bool
	Owned     []NsID // what it owns, of a user namespace
}

// None tells whether nothing holds it.
func (h Holders) None() bool {
	return len(h.Processes) == 0 && len(h.Files) == 0 && !h.Mounted && len(h.Owned) == 0
}

// HeldBy gives what holds n: nothing, exactly where it is not there, but for the initial ones.
func (l *Lifetimes) HeldBy(n NsID) Holders {
	var h Holders
	for i, p := range l.procs {
		if p.Up && (n == p.User && l.isUser(n) || n == p.Net && !l.isUser(n)) {
			h.Processes = append(h.Processes, Process(i+1))
		}
		if slices.Contains(p.Files, n) {
			h.Files = append(h.Files, Process(i+1))
		}
	}
	if n != HostNs && l.There(n) {
		h.Mounted = l.spaces[n-1].Mounted
	}
	for i, s := range l.spaces {
		if s.There && s.Owner == n && (n == HostNs || l.isUser(n)) {
			h.Owned = append(h.Owned, NsID(i+1))
		}
	}
	return h
}

func (l *Lifetimes) isUser(n NsID) bool {
	return n == HostNs || int(n) <= len(l.spaces) && n > 0 && l.spaces[n-1].User
}

// release takes away what nothing holds, and then what only that held.
func (l *Lifetimes) release() {
	for again := true; again; {
		again = false
		for i := range l.spaces {
			if l.spaces[i].There && l.HeldBy(NsID(i+1)).None() {
				l.spaces[i] = space{}
				again = true
			}
		}
	}
}

func (l *Lifetimes) running(p Process) (*holder, error) {
	if !l.Up(p) {
		return nil, errno.Refuse(errno.ESRCH, "process %d does not run", p)
	}
	return &l.procs[p-1], nil
}

// Start makes the first process, in the initial namespaces.
func (l *Lifetimes) Start(p Process) error {
	if p < 1 || int(p) > len(l.procs) || slices.ContainsFunc(l.procs, func(h holder) bool { return h.Up }) {
		return errno.Refuse(errno.ENAVAIL, "there is no process %d, or another one runs", p)
	}
	l.procs[p-1] = holder{Up: true}
	return nil
}

// Fork makes process child, which is where p is and has open what p has.
func (l *Lifetimes) Fork(p, child Process) error {
	from, err := l.running(p)
	if err != nil {
		return err
	}
	if child < 1 || int(child) > len(l.procs) || l.Up(child) {
		return errno.Refuse(errno.ENAVAIL, "there is no process %d, or it runs", child)
	}
	l.procs[child-1] = *from
	l.procs[child-1].Files = slices.Clone(from.Files)
	return nil
}

// Exit ends p, whose files are closed.
func (l *Lifetimes) Exit(p Process) error {
	h, err := l.running(p)
	if err != nil {
		return err
	}
	*h = holder{}
	l.release()
	return nil
}

// Unshare puts p into a new namespace of kind UserKind or NetKind, which the user namespace that it was in owns. It has the lowest
// number that is free. EINVAL: another kind. ENAVAIL: no room.
func (l *Lifetimes) Unshare(p Process, k Kind) (NsID, error) {
	h, err := l.running(p)
	if err != nil {
		return 0, err
	}
	if k != UserKind && k != NetKind {
		return 0, errno.Refuse(errno.EINVAL, "a namespace of kind %s is left out", k)
	}
	i := slices.IndexFunc(l.spaces, func(s space) bool { return !s.There })
	if i < 0 {
		return 0, errno.Refuse(errno.ENAVAIL, "no room for another namespace")
	}
	n := NsID(i + 1)
	l.spaces[i] = space{There: true, User: k == UserKind, Owner: h.User}
	if k == UserKind {
		h.User = n
	} else {
		h.Net = n
	}
	l.release()
	return n, nil
}

// Open has p open n, that of a process or a mounted one. ENOENT: it is neither. EMFILE: it is open.
func (l *Lifetimes) Open(p Process, n NsID) error {
	h, err := l.running(p)
	switch {
	case err != nil:
		return err
	case n == HostNs || !l.There(n):
		return errno.Refuse(errno.ENOENT, "there is no namespace %d", n)
	case slices.Contains(h.Files, n):
		return errno.Refuse(errno.EMFILE, "process %d has namespace %d open", p, n)
	}
	if by := l.HeldBy(n); len(by.Processes) == 0 && !by.Mounted {
		return errno.Refuse(errno.ENOENT, "no process is in namespace %d, and it is not mounted", n)
	}
	h.Files = append(h.Files, n)
	slices.Sort(h.Files)
	return nil
}

// Close has p close n. EBADF: it is not open.
func (l *Lifetimes) Close(p Process, n NsID) error {
	h, err := l.opened(p, n)
	if err != nil {
		return err
	}
	h.Files = slices.DeleteFunc(h.Files, func(m NsID) bool { return m == n })
	l.release()
	return nil
}

func (l *Lifetimes) opened(p Process, n NsID) (*holder, error) {
	h, err := l.running(p)
	if err == nil && !slices.Contains(h.Files, n) {
		err = errno.Refuse(errno.EBADF, "process %d has not namespace %d open", p, n)
	}
	return h, err
}

// Mount has p mount n, which it has open, so that it lives without any process, as `ip netns add` does. EINVAL: it is mounted.
func (l *Lifetimes) Mount(p Process, n NsID) error {
	if _, err := l.opened(p, n); err != nil {
		return err
	}
	if l.spaces[n-1].Mounted {
		return errno.Refuse(errno.EINVAL, "namespace %d is mounted", n)
	}
	l.spaces[n-1].Mounted = true
	return nil
}

// Unmount has p unmount n. EINVAL: it is not mounted.
func (l *Lifetimes) Unmount(p Process, n NsID) error {
	if _, err := l.running(p); err != nil {
		return err
	}
	if n == HostNs || !l.There(n) || !l.spaces[n-1].Mounted {
		return errno.Refuse(errno.EINVAL, "namespace %d is not mounted", n)
	}
	l.spaces[n-1].Mounted = false
	l.release()
	return nil
}

// Setns puts p into n, which it has open. EINVAL: it is there. Where p was is gone if it was the last that held it.
func (l *Lifetimes) Setns(p Process, n NsID) error {
	h, err := l.opened(p, n)
	if err != nil {
		return err
	}
	at := &h.Net
	if l.isUser(n) {
		at = &h.User
	}
	if *at == n {
		return errno.Refuse(errno.EINVAL, "process %d is in namespace %d", p, n)
	}
	*at = n
	l.release()
	return nil
}
