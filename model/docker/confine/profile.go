package confine

import (
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// NewNamespaces are the flags of clone and unshare that make a namespace, but for that of time: CLONE_NEWNS, NEWCGROUP, NEWUTS,
// NEWIPC, NEWUSER, NEWPID and NEWNET (clone(2)).
const NewNamespaces = 0x7E020000

// opened are the system calls that a capability opens in the default profile, in the order of their capabilities.
var opened = []struct {
	by    capability.Cap
	calls []string
}{
	{capability.DACReadSearch, []string{"open_by_handle_at"}},
	{capability.SysModule, []string{"delete_module", "finit_module", "init_module"}},
	{capability.SysRawIO, []string{"ioperm", "iopl"}},
	{capability.SysChroot, []string{"chroot"}},
	{capability.SysPtrace, []string{"kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace"}},
	{capability.SysPacct, []string{"acct"}},
	{capability.SysAdmin, []string{
		"bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lookup_dcookie", "lsm_get_self_attr",
		"lsm_list_modules", "lsm_set_self_attr", "mount", "mount_setattr", "move_mount", "open_tree", "perf_event_open", "quotactl",
		"quotactl_fd", "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2", "unshare",
	}},
	{capability.SysBoot, []string{"reboot"}},
	{capability.SysNice, []string{"get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"}},
	{capability.SysTime, []string{"clock_settime", "clock_settime64", "settimeofday", "stime"}},
	{capability.SysTTYConfig, []string{"vhangup"}},
	{capability.Syslog, []string{"syslog"}},
	{capability.Perfmon, []string{"perf_event_open"}},
	{capability.BPF, []string{"bpf"}},
}

// archCalls are the system calls that the default profile lets everybody make on some architectures, by runtime.GOARCH.
var archCalls = map[string][]string{
	"amd64":   {"arch_prctl", "modify_ldt"},
	"386":     {"modify_ldt"},
	"arm":     {"arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls"},
	"arm64":   {"arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls"},
	"ppc64le": {"sync_file_range2", "swapcontext"},
	"s390x":   {"s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr"},
	"riscv64": {"riscv_flush_icache"},
}

// families are the families of socket(2) that profile v0.3.0 lets everybody open (include/linux/socket.h). It leaves out
// AF_ALG, 38, and AF_VSOCK, 40; profile v0.1.0 lets all be opened but AF_VSOCK.
var families = []uint64{
	0, 1, 2, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45,
}

// Families of sockets that the profiles treat apart.
const (
	AlgFamily   = 38
	VsockFamily = 40
)

// personalities are those that the default profile lets everybody set: Linux, Linux with short addresses, and the questions
// which it is.
var personalities = []uint64{0x0, 0x8, 0x20000, 0x20008, 0xffffffff}

// DefaultFilter is the default profile as it comes out for a container with a bounding set (moby/profiles, seccomp v0.1.0 for V28
// and v0.3.0 for V2): the engine asks the bounding set which rules there are, so that a process that has dropped a capability
// keeps what that opened, and one that was given capabilities later, by exec --privileged, does not get more.
func DefaultFilter(bounding capability.Set, h Host) seccomp.Filter {
	f := seccomp.Filter{Default: seccomp.Errno, Number: errno.EPERM}
	allow := func(calls []string, args ...seccomp.Condition) {
		f.Rules = append(f.Rules, seccomp.Rule{Names: calls, Args: args, Action: seccomp.Allow})
	}
	first := func(op seccomp.Op, n uint64) seccomp.Condition { return seccomp.Condition{Op: op, Value: n} }
	allow(freeCalls)
	if calls := archCalls[h.arch()]; len(calls) > 0 {
		allow(calls)
	}
	if h.kernel().AtLeast(4, 8) { // from then on seccomp sees what a tracer makes of a call
		allow([]string{"process_vm_readv", "process_vm_writev", "ptrace"})
	}
	if h.Version == V28 {
		allow([]string{"socket"}, first(seccomp.NotEqual, VsockFamily))
	} else {
		for _, family := range families {
			allow([]string{"socket"}, first(seccomp.Equal, family))
		}
	}
	for _, p := range personalities {
		allow([]string{"personality"}, first(seccomp.Equal, p))
	}
	for _, o := range opened {
		if bounding.Has(o.by) {
			allow(o.calls)
		}
	}
	if !bounding.Has(capability.SysAdmin) {
		flags := seccomp.Condition{Op: seccomp.MaskedEqual, Value: NewNamespaces}
		if h.arch() == "s390x" {
			flags.Index = 1
		}
		allow([]string{"clone"}, flags)
		// ENOSYS, so that the C library falls back to clone, whose flags a filter can see.
		f.Rules = append(f.Rules, seccomp.Rule{Names: []string{"clone3"}, Action: seccomp.Errno, Number: errno.ENOSYS})
	}
	return f
}
