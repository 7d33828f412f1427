package oci

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Status is the status of a container (runtime.md, State), and Absent.
type Status uint8

// The statuses. Paused is runc's own; the specification lets a runtime add such.
const (
	Absent   Status = iota
	Creating        // create is at work
	Created         // create has returned, and the process has neither exited nor run the program
	Running         // the process has run the program and not exited
	Paused          // its processes are frozen
	Stopped         // the process has exited
)

var statusNames = [...]string{"absent", "creating", "created", "running", "paused", "stopped"}

// String gives the spelling of the specification, which the models use too.
func (s Status) String() string { return name("status", statusNames[:], s) }

// Operation is what a caller asks of a runtime (runtime.md, Operations), and Idle.
type Operation uint8

// The operations.
const (
	Idle        Operation = iota // none is under way
	CreateOp                     // create <container-id> <path-to-bundle>
	StartOp                      // start <container-id>
	DeleteOp                     // delete <container-id>
	KillOp                       // kill <container-id> <signal>
	StateOp                      // state <container-id>
	Environment                  // none: what happens by itself, such as the end of a process
)

var operationNames = [...]string{"idle", "create", "start", "delete", "kill", "state", "environment"}

// String gives the name on the command line, which the models use too.
func (o Operation) String() string { return name("operation", operationNames[:], o) }

// Answer is what an operation comes to.
type Answer uint8

// The answers.
const (
	Nothing Answer = iota // not yet
	OK
	Failed // an error was generated
)

var answerNames = [...]string{"nothing", "ok", "error"}

// String gives the spelling of the models.
func (a Answer) String() string { return name("answer", answerNames[:], a) }

func name[T ~uint8](kind string, names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(v))
}

// ErrorName is the name of an error in package libcontainer of runc, where it has one.
type ErrorName string

// The errors of operations.
const (
	ErrExist         ErrorName = "ErrExist"     // the ID is in use
	ErrInvalidID     ErrorName = "ErrInvalidID" // or none was given
	ErrNotExist      ErrorName = "ErrNotExist"
	ErrPaused        ErrorName = "ErrPaused"
	ErrRunning       ErrorName = "ErrRunning"
	ErrNotRunning    ErrorName = "ErrNotRunning"
	ErrNotPaused     ErrorName = "ErrNotPaused"
	ErrInvalidConfig ErrorName = "ErrInvalidConfig" // not runc's name: config.json is missing or cannot be applied
	ErrNotCreated    ErrorName = "ErrNotCreated"    // not runc's name: start needs a created container
	ErrBusy          ErrorName = "ErrBusy"          // not runc's name: an operation on the container is under way, or none is
)

// Error is the answer to an operation that the present state does not allow. It had no effect.
type Error struct {
	Name   ErrorName
	Reason string
}

// Error gives the name and the reason.
func (e *Error) Error() string { return string(e.Name) + ": " + e.Reason }

// Unwrap is model.ErrRefused.
func (e *Error) Unwrap() error { return model.ErrRefused }

func refuse(name ErrorName, format string, args ...any) error {
	return &Error{Name: name, Reason: fmt.Sprintf(format, args...)}
}
