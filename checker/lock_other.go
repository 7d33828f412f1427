//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package checker

import "os"

// lockFile does nothing: not every system has locks that end with the process, and one that stays would be worse.
func lockFile(*os.File) bool { return true }
