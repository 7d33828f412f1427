package oci

// Profile says where a runtime departs from the specification. The zero Profile departs nowhere.
type Profile struct {
	// DeletesCreated: delete of a created container kills and destroys it. The specification wants an error of delete unless the
	// container is stopped.
	DeletesCreated bool
	// KillsPaused: kill reaches a paused container, and SIGKILL thaws it. The specification lets it reach created and running ones.
	KillsPaused bool
	// EarlyPoststart: poststart hooks are called as part of create, before there is a program. The specification wants them when
	// the program has been run and before start returns.
	EarlyPoststart bool
	// UnseenStartHooks: startContainer hooks are called by the container's init when start has returned. If one fails, init exits:
	// there is no error, and nothing is destroyed until delete. The specification wants an error, and the container destroyed.
	UnseenStartHooks bool
	// FatalPoststop: a poststop hook that fails ends the list and is the error of delete. The specification wants a warning, and
	// the remaining hooks called.
	FatalPoststop bool
}

// Runc is how runc departs from the specification, as its source of version 1.5.2 has it: delete.go (DeletesCreated),
// libcontainer/container_linux.go signal (KillsPaused) and start (EarlyPoststart), standard_init_linux.go (UnseenStartHooks),
// state_linux.go destroy with configs/config.go Hooks.Run (FatalPoststop).
func Runc() Profile {
	return Profile{DeletesCreated: true, KillsPaused: true, EarlyPoststart: true, UnseenStartHooks: true, FatalPoststop: true}
}

// order is the order in which kinds of hooks are called.
func (p Profile) order() [HookKinds]HookKind {
	if p.EarlyPoststart {
		return [HookKinds]HookKind{Prestart, CreateRuntime, CreateContainer, Poststart, StartContainer, Poststop}
	}
	return [HookKinds]HookKind{Prestart, CreateRuntime, CreateContainer, StartContainer, Poststart, Poststop}
}
