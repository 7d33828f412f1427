//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package durable

import "os"

// Lock does nothing: not every system has locks that end with the process, and one that stays would be worse.
func Lock(*os.File) bool { return true }
