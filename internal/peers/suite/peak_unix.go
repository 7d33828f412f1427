//go:build unix

package suite

import (
	"os"
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
