package oci

// Step is what an operation does next.
type Step uint8

// The steps. Their numbers in the lifecycle (runtime.md, Lifecycle) are those of Call.Kind, and 2, 6, 8, 12 and 13.
const (
	Wait         Step = iota // no operation is under way
	CallHook                 // the hook that Pending says
	ReturnCreate             // the container is created
	Exec                     // the program is run
	ReturnStart
	Destroy // what create made is undone
	Forget  // the container is gone, and delete returns, or the operation whose hook failed
)

var stepNames = [...]string{"wait", "call a hook", "return from create", "exec", "return from start", "destroy", "forget"}

// String describes the step.
func (s Step) String() string { return name("step", stepNames[:], s) }

// Call is a call of a hook, and what it is told of the container over stdin.
type Call struct {
	Kind   HookKind
	Index  int // in its list
	Hook   Hook
	Status Status
}

// calls are all hooks of a container in the order in which its runtime calls them.
func (r *Runtime) calls(c *container) []Call {
	var out []Call
	for _, k := range r.profile.order() {
		for i, h := range c.config.Hooks[k] {
			out = append(out, Call{k, i, h, c.status})
		}
	}
	return out
}

// before counts the hooks that are called before a point: those of kinds that satisfy the condition, which stand first.
func (r *Runtime) before(c *container, point func(HookKind) bool) int {
	n := 0
	for _, k := range r.profile.order() {
		if point(k) {
			n += len(c.config.Hooks[k])
		}
	}
	return n
}

// atCreate are the hooks behind which create returns, beforeExec those behind which the program is run.
func (r *Runtime) atCreate(k HookKind) bool {
	return k <= CreateContainer || k == Poststart && r.profile.EarlyPoststart
}

func (r *Runtime) beforeExec(k HookKind) bool { return k == StartContainer || r.atCreate(k) }

func atDelete(k HookKind) bool { return k == Poststop }

// Next is what the operation under way on a container does next. That the process may end meanwhile is no step of it.
func (r *Runtime) Next(id string) Step {
	c, ok := r.containers[id]
	if !ok {
		return Wait
	}
	all := r.before(c, func(HookKind) bool { return true })
	poststop := all - r.before(c, atDelete)
	failed := r.answers[id] == Failed
	switch {
	case c.op == Idle:
		return Wait
	case c.status == Stopped && c.env && (c.op == DeleteOp || failed):
		return Destroy
	case c.status == Stopped && !c.env && c.place < all:
		return CallHook
	case c.status == Stopped && !c.env:
		return Forget
	case c.op == CreateOp && c.place < r.before(c, r.atCreate):
		return CallHook
	case c.op == CreateOp:
		return ReturnCreate
	case c.status == Created && c.place < r.before(c, r.beforeExec):
		return CallHook
	case c.status == Created:
		return Exec
	case c.place < poststop:
		return CallHook
	}
	return ReturnStart
}

// Pending is the hook that the operation under way calls next, if a hook is next.
func (r *Runtime) Pending(id string) (Call, bool) {
	if r.Next(id) != CallHook {
		return Call{}, false
	}
	c := r.containers[id]
	return r.calls(c)[c.place], true
}

// Hook says that the hook that was Pending has returned. One that fails stops the container, and what create made is undone; but one
// of poststop is a warning (runtime.md, Lifecycle, steps 3 to 5, 7, 9 and 13).
func (r *Runtime) Hook(id string, fails bool) error {
	call, ok := r.Pending(id)
	if !ok {
		return refuse(ErrBusy, "no hook is called now")
	}
	c := r.containers[id]
	switch {
	case !fails:
		c.place++
	case call.Kind == Poststop && r.profile.FatalPoststop:
		c.place = len(r.calls(c))
		r.answers[id] = Failed
	case call.Kind == Poststop:
		c.place++
	case call.Kind == StartContainer && r.profile.UnseenStartHooks:
		c.stop()
		c.op = Idle
		r.answers[id] = OK
	default:
		c.stop()
		r.answers[id] = Failed
	}
	return nil
}

// Proceed does the step that is Next, where it is none of hooks.
func (r *Runtime) Proceed(id string) error {
	c := r.containers[id]
	switch step := r.Next(id); step {
	case ReturnCreate:
		c.status = Created
		r.done(id, c)
	case Exec:
		c.status = Running
		c.ran = true
	case ReturnStart:
		r.done(id, c)
	case Destroy:
		c.env = false
		c.others = false // runc kills what is left in the cgroup: libcontainer/state_linux.go, destroy
		c.place = len(r.calls(c)) - len(c.config.Hooks[Poststop])
	case Forget:
		r.done(id, c)
		delete(r.containers, id)
	default:
		return refuse(ErrBusy, "next is: %s", step)
	}
	return nil
}

func (r *Runtime) done(id string, c *container) {
	c.op = Idle
	if r.answers[id] != Failed {
		r.answers[id] = OK
	}
}

// Finish takes the operation under way to its end, and calls hook for every hook; nil succeeds always. It tells whether the operation
// has succeeded. The function may do to the runtime what may happen meanwhile, such as Kill and Exit.
func (r *Runtime) Finish(id string, hook func(Call) (fails bool)) bool {
	for r.Next(id) != Wait {
		if call, ok := r.Pending(id); ok {
			_ = r.Hook(id, hook != nil && hook(call)) // refused where the function has ended the operation
		} else {
			_ = r.Proceed(id) // what is next can be done
		}
	}
	return r.answers[id] == OK
}
