//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package checker

import (
	"os"
	"syscall"
)

// lockFile takes the lock of a file, unless another process or search has it. The lock goes with the process that has
// it, however that ends.
func lockFile(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
