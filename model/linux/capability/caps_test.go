package capability

import (
	"strings"
	"testing"
)

// The numbers of include/uapi/linux/capability.h, and the masks that /proc/PID/status shows for them.
func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		name string
		cap  Cap
		want uint8
	}{
		{"CHOWN", Chown, 0},
		{"DAC_OVERRIDE", DACOverride, 1},
		{"DAC_READ_SEARCH", DACReadSearch, 2},
		{"FOWNER", FOwner, 3},
		{"FSETID", FSetID, 4},
		{"KILL", Kill, 5},
		{"SETGID", SetGID, 6},
		{"SETUID", SetUID, 7},
		{"SETPCAP", SetPCap, 8},
		{"LINUX_IMMUTABLE", LinuxImmutable, 9},
		{"NET_BIND_SERVICE", NetBindService, 10},
		{"NET_BROADCAST", NetBroadcast, 11},
		{"NET_ADMIN", NetAdmin, 12},
		{"NET_RAW", NetRaw, 13},
		{"IPC_LOCK", IPCLock, 14},
		{"IPC_OWNER", IPCOwner, 15},
		{"SYS_MODULE", SysModule, 16},
		{"SYS_RAWIO", SysRawIO, 17},
		{"SYS_CHROOT", SysChroot, 18},
		{"SYS_PTRACE", SysPtrace, 19},
		{"SYS_PACCT", SysPacct, 20},
		{"SYS_ADMIN", SysAdmin, 21},
		{"SYS_BOOT", SysBoot, 22},
		{"SYS_NICE", SysNice, 23},
		{"SYS_RESOURCE", SysResource, 24},
		{"SYS_TIME", SysTime, 25},
		{"SYS_TTY_CONFIG", SysTTYConfig, 26},
		{"MKNOD", Mknod, 27},
		{"LEASE", Lease, 28},
		{"AUDIT_WRITE", AuditWrite, 29},
		{"AUDIT_CONTROL", AuditControl, 30},
		{"SETFCAP", SetFCap, 31},
		{"MAC_OVERRIDE", MACOverride, 32},
		{"MAC_ADMIN", MACAdmin, 33},
		{"SYSLOG", Syslog, 34},
		{"WAKE_ALARM", WakeAlarm, 35},
		{"BLOCK_SUSPEND", BlockSuspend, 36},
		{"AUDIT_READ", AuditRead, 37},
		{"PERFMON", Perfmon, 38},
		{"BPF", BPF, 39},
		{"CHECKPOINT_RESTORE", CheckpointRestore, 40},
	} {
		if uint8(test.cap) != test.want || test.cap.String() != test.name {
			t.Errorf("%s: got %d named %s, want %d", test.name, test.cap, test.cap, test.want)
		}
		for _, name := range []string{test.name, "CAP_" + test.name, strings.ToLower("cap_" + test.name)} {
			if got, ok := Parse(name); !ok || got != test.cap {
				t.Errorf("Parse(%q): got %s and %t", name, got, ok)
			}
		}
	}
	if All != 0x1ffffffffff || All.Size() != Count || All.String() != "{ALL}" {
		t.Errorf("all capabilities are %#x, %d of them, %s", uint64(All), All.Size(), All)
	}
	for _, name := range []string{"", "ALL", "CAP_", "CAP_CAP_KILL", "NET-ADMIN", "capability(41)"} {
		if got, ok := Parse(name); ok {
			t.Errorf("Parse(%q): got %s, want none", name, got)
		}
	}
}

func TestSets(t *testing.T) {
	s := Of(NetRaw, Chown, Count, 63, 255)
	if s.String() != "{CHOWN, NET_RAW}" || s.Size() != 2 || !s.Has(NetRaw) || s.Has(Kill) || s.Has(Count) || s.Has(255) {
		t.Errorf("got %s", s)
	}
	if !s.In(All) || s.In(Of(Chown)) || !Set(0).In(0) || Set(0).String() != "{}" || Cap(99).String() != "capability(99)" {
		t.Error("inclusion or names are wrong")
	}
}
