// Package signal has the names and numbers of signals, as command lines of container engines and runtimes take them.
package signal

import (
	"strconv"
	"strings"
)

// Signal is the number of a signal (signal(7), x86 and ARM).
type Signal int

// Kill is SIGKILL.
const Kill Signal = 9

// Last is the greatest number there is, that of SIGRTMAX.
const Last Signal = 64

// names are the standard signals, from 1.
var names = strings.Fields("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")

// aliases are further names.
var aliases = map[string]Signal{"IOT": 6, "CLD": 17, "POLL": 29, "RTMIN": 34, "RTMAX": Last}

// Parse gives the signal of a number or of a name, with or without SIG, in any case, and whether there is one: "9", "KILL" and
// "SIGKILL" are the same. Of the real-time signals only the first and the last have names here.
func Parse(text string) (Signal, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return Signal(n), n > 0 && Signal(n) <= Last
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for i, known := range names {
		if known == name {
			return Signal(i + 1), true
		}
	}
	n, ok := aliases[name]
	return n, ok
}

// String gives the name without SIG, or the number of a signal that has none.
func (s Signal) String() string {
	if s > 0 && int(s) <= len(names) {
		return names[s-1]
	}
	return strconv.Itoa(int(s))
}
