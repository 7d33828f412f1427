package capability

import (
	"fmt"
	"math/bits"
	"strings"
)

// Cap is a capability, by its number in include/uapi/linux/capability.h.
type Cap uint8

// The capabilities of Linux 5.9 and later (capabilities(7)).
const (
	Chown Cap = iota
	DACOverride
	DACReadSearch
	FOwner
	FSetID
	Kill
	SetGID
	SetUID
	SetPCap
	LinuxImmutable
	NetBindService
	NetBroadcast
	NetAdmin
	NetRaw
	IPCLock
	IPCOwner
	SysModule
	SysRawIO
	SysChroot
	SysPtrace
	SysPacct
	SysAdmin
	SysBoot
	SysNice
	SysResource
	SysTime
	SysTTYConfig
	Mknod
	Lease
	AuditWrite
	AuditControl
	SetFCap
	MACOverride
	MACAdmin
	Syslog
	WakeAlarm
	BlockSuspend
	AuditRead
	Perfmon
	BPF
	CheckpointRestore
)

// Count is the number of capabilities. Earlier kernels have fewer: 38 before 5.8, 40 before 5.9.
const Count = 41

var names = [Count]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
	"SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
	"AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
	"PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

// String gives the name without CAP_.
func (c Cap) String() string {
	if int(c) < Count {
		return names[c]
	}
	return fmt.Sprintf("capability(%d)", uint8(c))
}

// Parse gives the capability of a name, with or without CAP_, in any case, and whether there is one.
func Parse(name string) (Cap, bool) {
	name = strings.TrimPrefix(strings.ToUpper(name), "CAP_")
	for c, n := range names {
		if n == name {
			return Cap(c), true
		}
	}
	return 0, false
}

// Set is a set of capabilities, one bit each.
type Set uint64

// All is the set of all capabilities.
const All Set = 1<<Count - 1

// Of makes a set. What is no capability is left out.
func Of(caps ...Cap) Set {
	var s Set
	for _, c := range caps {
		if c < Count {
			s |= 1 << c
		}
	}
	return s
}

// Has tells whether c is a member.
func (s Set) Has(c Cap) bool { return c < Count && s>>c&1 != 0 }

// In tells whether every member of s is one of t.
func (s Set) In(t Set) bool { return s&^t == 0 }

// Size is the number of members.
func (s Set) Size() int { return bits.OnesCount64(uint64(s & All)) }

// Caps lists the members in the order of their numbers.
func (s Set) Caps() []Cap {
	var out []Cap
	for c := range Cap(Count) {
		if s.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// String gives the members in braces, in the order of their numbers, or {ALL}.
func (s Set) String() string {
	if s == All {
		return "{ALL}"
	}
	var out []string
	for _, c := range s.Caps() {
		out = append(out, c.String())
	}
	return "{" + strings.Join(out, ", ") + "}"
}
