//go:build unix

package suite

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// peak is the greatest resident memory of a process that has ended, in bytes; 0 if it is not known.
func peak(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(usage.Maxrss) // Darwin counts bytes, the others KiB
	}
	return int64(usage.Maxrss) * 1024
}

// group makes a command and all that it starts end together: interrupted first, so that a verifier on two cores gives its
// shared memory back, then killed by release.
func group(cmd *exec.Cmd) (release func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	return func() {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // nobody is left as a rule
		}
	}
}
