// Package errno has the names of the errors with which Linux system calls refuse, for all packages of this library that refuse
// what the kernel would.
package errno

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Errno is the name of an error in errno(3).
type Errno string

// The errors with which packages of this library refuse.
const (
	EPERM   Errno = "EPERM"   // a capability is missing, or a rule forbids it to everybody
	EACCES  Errno = "EACCES"  // permission denied
	EINVAL  Errno = "EINVAL"  // an argument that cannot be
	ENOSPC  Errno = "ENOSPC"  // a limit on a number of things is reached
	ESRCH   Errno = "ESRCH"   // no such process
	EBADF   Errno = "EBADF"   // no such file descriptor
	ENOENT  Errno = "ENOENT"  // no such file
	EMFILE  Errno = "EMFILE"  // too many open files
	ENOSYS  Errno = "ENOSYS"  // no such system call
	ENAVAIL Errno = "ENAVAIL" // the model has no room for more; no answer of Linux
)

// Error is the answer of a system call that had no effect. It wraps model.ErrRefused.
type Error struct {
	Errno  Errno
	Reason string
}

// Error gives the name and the reason.
func (e *Error) Error() string { return string(e.Errno) + ": " + e.Reason }

// Unwrap is model.ErrRefused.
func (e *Error) Unwrap() error { return model.ErrRefused }

// Refuse makes an Error.
func Refuse(name Errno, format string, args ...any) error {
	return &Error{Errno: name, Reason: fmt.Sprintf(format, args...)}
}
