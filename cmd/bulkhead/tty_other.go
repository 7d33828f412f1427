//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package main

import "os"

// windowSize tells whether f is a character device; its width is not known.
func windowSize(f *os.File) (columns int, ok bool) {
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}
