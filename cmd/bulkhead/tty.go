package main

import "os"

func isTerminal(f *os.File) bool {
	_, ok := windowSize(f)
	return ok
}

// colorful tells whether escapes for colours are welcome: on a terminal, unless NO_COLOR is set (https://no-color.org).
func colorful(f *os.File) bool {
	return isTerminal(f) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// columns gives the width of a terminal, and 100 for anything else.
func columns(f *os.File) int {
	if n, ok := windowSize(f); ok && n > 20 {
		return n
	}
	return 100
}
