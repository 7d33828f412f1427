package seccomp

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// Action is what a filter says of a system call, in the order in which one wins over another: of several filters the least
// counts (seccomp(2), SECCOMP_RET_DATA; kernel/seccomp.c, seccomp_run_filters).
type Action uint8

// The actions, from the strictest.
const (
	KillProcess Action = iota
	KillThread
	Trap
	Errno  // the call fails with the number that the filter gives
	Notify // a supervisor decides
	Trace  // a tracer decides; without one, the call fails with ENOSYS
	Log
	Allow
)

var actionNames = [...]string{"kill_process", "kill_thread", "trap", "errno", "notify", "trace", "log", "allow"}

// String gives the name of the action, in the spelling of the models.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// Runs tells whether the call runs though nobody else decides: Log and Allow.
func (a Action) Runs() bool { return a == Log || a == Allow }

// Call is a system call with its arguments. Those behind the last one given are 0.
type Call struct {
	Name string
	Args []uint64 // six at most
}

func (c Call) arg(i int) uint64 {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return 0
}

// Op is how a condition compares an argument (runtime-spec config-linux.md, Seccomp).
type Op uint8

// The comparisons that the profiles of container engines use.
const (
	Equal       Op = iota // arg == Value
	NotEqual              // arg != Value
	Less                  // arg < Value
	MaskedEqual           // arg & Value == ValueTwo
)

// Condition compares one argument.
type Condition struct {
	Index    int // of the argument, 0 to 5
	Op       Op
	Value    uint64
	ValueTwo uint64
}

func (c Condition) holds(call Call) bool {
	arg := call.arg(c.Index)
	switch c.Op {
	case Equal:
		return arg == c.Value
	case NotEqual:
		return arg != c.Value
	case Less:
		return arg < c.Value
	default:
		return arg&c.Value == c.ValueTwo
	}
}

// Rule gives calls of some names, all of whose conditions hold, an action.
type Rule struct {
	Names  []string
	Args   []Condition
	Action Action
	// Number is the errno that an Errno rule gives.
	Number errno.Errno
}

func (r Rule) matches(c Call) bool {
	return slices.Contains(r.Names, c.Name) && !slices.ContainsFunc(r.Args, func(a Condition) bool { return !a.holds(c) })
}

// Filter is one filter: rules, and an action for what no rule matches. The zero Filter kills the process whatever it calls.
type Filter struct {
	Default Action
	Number  errno.Errno // of a default Errno
	Rules   []Rule
}

// Verdict is what a filter says of one call, and the errno of an Errno.
type Verdict struct {
	Action Action
	Number errno.Errno
}

// Of is what the filter says of a call: of the rules that match, the laxest. The profiles that engines ship have no rules of
// different actions that match one call, and what libseccomp makes of such ones is left out.
func (f Filter) Of(c Call) Verdict {
	out, found := Verdict{f.Default, f.Number}, false
	for _, r := range f.Rules {
		if r.matches(c) && (!found || r.Action > out.Action) {
			out, found = Verdict{r.Action, r.Number}, true
		}
	}
	return out
}

// Stack is the filters of a process, the one attached last at the end. The zero Stack lets every call through. A child has the
// stack of its parent, and execve keeps it (seccomp(2)).
type Stack []Filter

// Of is what the filters say of a call: all are run, and the strictest action counts; of several that are alike, that of the
// filter attached last.
func (s Stack) Of(c Call) Verdict {
	out := Verdict{Action: Allow}
	for _, f := range slices.Backward(s) {
		if v := f.Of(c); v.Action < out.Action {
			out = v
		}
	}
	return out
}

// Task is what of a process decides whether it may attach a filter.
type Task struct {
	NoNewPrivs bool
	SysAdmin   bool // CAP_SYS_ADMIN in its user namespace
}

// Attach gives the stack with one more filter. It is refused with EACCES to who has neither no_new_privs nor CAP_SYS_ADMIN,
// since a program with a setuid bit could otherwise be run under a filter that misleads it (seccomp(2)); and with what the
// filters attached before say of the system call that attaches, seccomp itself.
func (s Stack) Attach(t Task, f Filter) (Stack, error) {
	if v := s.Of(Call{Name: "seccomp"}); !v.Action.Runs() {
		name := v.Number
		if v.Action != Errno || name == "" {
			name = errno.EPERM
		}
		return s, errno.Refuse(name, "a filter answers %s to seccomp", v.Action)
	}
	if !t.NoNewPrivs && !t.SysAdmin {
		return s, errno.Refuse(errno.EACCES, "a filter needs no_new_privs or CAP_SYS_ADMIN")
	}
	return append(slices.Clip(s), f), nil
}
