package oci

import (
	"slices"
	"strings"
)

// HookKind is a place in the lifecycle at which hooks are called (config.md, POSIX-platform Hooks), in that order.
type HookKind uint8

// The kinds. Prestart is deprecated.
const (
	Prestart HookKind = iota
	CreateRuntime
	CreateContainer
	StartContainer
	Poststart
	Poststop
)

// HookKinds is the number of kinds.
const HookKinds = 6

var hookNames = [HookKinds]string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}

// String gives the name in config.json.
func (k HookKind) String() string { return name("hook", hookNames[:], k) }

// InContainer tells whether hooks of the kind are executed in the namespaces of the container; the others are in those of the
// runtime (config.md, Hooks, Summary).
func (k HookKind) InContainer() bool { return k == CreateContainer || k == StartContainer }

// PathInContainer tells where the path of such hooks is resolved. Those of createContainer come from the host although they are
// executed in the container (config.md, CreateContainer Hooks).
func (k HookKind) PathInContainer() bool { return k == StartContainer }

// Operation is the one that calls such hooks.
func (k HookKind) Operation() Operation {
	switch {
	case k <= CreateContainer:
		return CreateOp
	case k <= Poststart:
		return StartOp
	}
	return DeleteOp
}

// Step is the number of the step of the lifecycle at which they are called (runtime.md, Lifecycle).
func (k HookKind) Step() int { return [HookKinds]int{3, 4, 5, 7, 9, 13}[min(k, Poststop)] }

// Hook is one entry of a list of hooks.
type Hook struct {
	Path    string // absolute
	Timeout int    // in seconds; 0 is none
}

// Config is what of a config.json this package reads.
type Config struct {
	Process    string // args[0] of process, the user-specified program; "" where process is not set
	Namespaces []Entry
	Hooks      [HookKinds][]Hook
}

// MaxHooks is the greatest number of hooks that a Config may have in all. It is a bound of this package.
const MaxHooks = 10_000

// Validate tells why a runtime cannot apply c: nil is no config, the path of a hook must be absolute and its timeout not negative.
// (A timeout that is set must be greater than zero: config.md, Hooks.)
func (c *Config) Validate() error {
	if c == nil {
		return refuse(ErrInvalidConfig, "no bundle")
	}
	n := 0
	for k, hooks := range c.Hooks {
		n += len(hooks)
		for i, h := range hooks {
			if !strings.HasPrefix(h.Path, "/") {
				return refuse(ErrInvalidConfig, "%s hook %d: got path %q, want an absolute one", HookKind(k), i, h.Path)
			}
			if h.Timeout < 0 {
				return refuse(ErrInvalidConfig, "%s hook %d: got a timeout of %d s, want more than 0", HookKind(k), i, h.Timeout)
			}
		}
	}
	if n > MaxHooks {
		return refuse(ErrInvalidConfig, "got %d hooks, want %d at most", n, MaxHooks)
	}
	return nil
}

// Clone returns an independent copy.
func (c *Config) Clone() Config {
	out := Config{Process: c.Process, Namespaces: slices.Clone(c.Namespaces)}
	for k, hooks := range c.Hooks {
		out.Hooks[k] = slices.Clone(hooks)
	}
	return out
}

// ValidID tells whether an identity is one that runc takes: letters, digits and _ + - . but neither "." nor ".."
// (libcontainer/factory_linux.go, validateID). The specification leaves it to the runtime.
func ValidID(id string) bool {
	if id == "" || id == "." || id == ".." {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("_+-.", c) >= 0:
		default:
			return false
		}
	}
	return true
}
