package oci

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/linux/signal"
)

// Runtime is an OCI runtime and the containers that it has made on one host.
//
// Create, Start and Delete begin an operation, which calls hooks; Next says what it does next, Proceed and Hook do that, and Finish
// does all of it until the operation returns. Meanwhile Kill may come, and the process may end: Exit and Reap. One operation on a
// container is under way at a time.
//
// Make one with NewRuntime. The zero Runtime is on a host whose namespaces have no numbers.
type Runtime struct {
	profile    Profile
	host       Host
	containers map[string]*container
	answers    map[string]Answer // by ID, of the operation under way or the last one
}

// container is one container that exists.
type container struct {
	status  Status
	op      Operation
	place   int  // how many hooks are behind it, run or passed over
	env     bool // what create made exists
	killed  bool // SIGKILL is on its way
	config  Config
	ran     bool // the program has been run
	others  bool // it has processes beside the first one
	origins [Types]Origin
	spaces  [Types]Space // while it has a process; 0 then
	signals []string     // that were sent, but for SIGKILL, by the names of package signal
}

// sigkill is the name of the signal that no process can put off.
var sigkill = signal.Kill.String()

// NewRuntime makes a runtime without containers. The numbers of namespaces are at least 1, and at most one type has each.
func NewRuntime(profile Profile, host Host) (*Runtime, error) {
	types := map[Space]Type{}
	take := func(what string, f File) error {
		if f.Type >= Types || f.Space < 1 {
			return fmt.Errorf("%s: got %s and number %d, want one of %d types and at least 1", what, f.Type, f.Space, Types)
		}
		if t, ok := types[f.Space]; ok && t != f.Type {
			return fmt.Errorf("%s: namespace %d is of type %s and of type %s", what, f.Space, t, f.Type)
		}
		types[f.Space] = f.Type
		return nil
	}
	for t, s := range host.Own {
		if err := take("own", File{Type(t), s}); err != nil {
			return nil, err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(host.Files)) {
		if err := take(path, host.Files[path]); err != nil {
			return nil, err
		}
	}
	host.Files = maps.Clone(host.Files)
	return &Runtime{profile: profile, host: host}, nil
}

// Status is the status of a container, Absent where there is none.
func (r *Runtime) Status(id string) Status {
	if c, ok := r.containers[id]; ok {
		return c.status
	}
	return Absent
}

// Answer is what the operation under way on an ID has come to, Failed as soon as that is sure, or what the last one came to.
func (r *Runtime) Answer(id string) Answer { return r.answers[id] }

// State is the answer of the operation of that name: the status. It is an error if there is no such container.
func (r *Runtime) State(id string) (Status, error) {
	c, err := r.get(id)
	if err != nil {
		return Absent, err
	}
	return c.status, nil
}

// Namespace is the namespace of a type in which the process of a container runs; false where it has no process.
func (r *Runtime) Namespace(id string, t Type) (Space, bool) {
	c, ok := r.containers[id]
	if !ok || t >= Types || !c.alive() {
		return 0, false
	}
	return c.spaces[t], true
}

// Path is where the namespace of a container is found as long as it has a process. The ID stands for the number of the process.
func Path(id string, t Type) string { return "/proc/" + id + "/ns/" + t.file() }

// Spaces are the namespaces that exist on the host, in order: the runtime's own, those that have a name, those that a process is in.
func (r *Runtime) Spaces() []Space {
	in := map[Space]bool{}
	for _, s := range r.host.Own {
		in[s] = true
	}
	for _, f := range r.host.Files {
		in[f.Space] = true
	}
	for _, c := range r.containers {
		for _, s := range c.spaces {
			if s != 0 {
				in[s] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(in))
}

// Unname removes the name of a namespace, as `ip netns delete` does. Who is in it stays there.
func (r *Runtime) Unname(path string) error {
	if _, ok := r.host.Files[path]; !ok {
		return refuse(ErrNotExist, "%s is not the name of a namespace", path)
	}
	delete(r.host.Files, path)
	return nil
}

// Create begins to create a container as config.json says now: what the bundle says later makes no difference (runtime.md, Create).
// The environment is made, and hooks follow. An ID that is in use or not valid is an error, and so is a bundle that is missing or
// cannot be applied; nothing is made then.
func (r *Runtime) Create(id string, bundle *Config) error {
	if !ValidID(id) {
		return refuse(ErrInvalidID, "got %q", id)
	}
	if _, ok := r.containers[id]; ok {
		return refuse(ErrExist, "%s is in use", id)
	}
	if err := bundle.Validate(); err != nil {
		return err
	}
	host := Host{r.host.Own, r.files()}
	plan, err := Resolve(bundle.Namespaces, host)
	if err != nil {
		return err
	}
	c := &container{status: Creating, op: CreateOp, env: true, config: bundle.Clone()}
	taken := r.Spaces()
	for t, source := range plan {
		c.origins[t] = source.Origin
		switch source.Origin {
		case Inherited:
			c.spaces[t] = r.host.Own[t]
		case Joined:
			c.spaces[t] = host.Files[source.Path].Space
		case New:
			c.spaces[t] = lowestFree(taken)
			taken = append(taken, c.spaces[t])
		}
	}
	if r.containers == nil {
		r.containers, r.answers = map[string]*container{}, map[string]Answer{}
	}
	r.containers[id] = c
	r.answers[id] = Nothing
	return nil
}

func lowestFree(taken []Space) Space {
	s := Space(1)
	for slices.Contains(taken, s) {
		s++
	}
	return s
}

// files are the paths that are namespaces now.
func (r *Runtime) files() map[string]File {
	out := maps.Clone(r.host.Files)
	if out == nil {
		out = map[string]File{}
	}
	for id, c := range r.containers {
		if c.alive() {
			for t, s := range c.spaces {
				out[Path(id, Type(t))] = File{Type(t), s}
			}
		}
	}
	return out
}

// Start begins to run the program of a created container (runtime.md, Start). It is an error if the container is not created, or
// process was not set.
func (r *Runtime) Start(id string) error {
	c, err := r.free(id)
	if err != nil {
		return err
	}
	if c.status != Created {
		return refuse(ErrNotCreated, "cannot start a container in the %s state", c.status)
	}
	if c.config.Process == "" {
		return refuse(ErrInvalidConfig, "process is not set")
	}
	c.op = StartOp
	r.answers[id] = Nothing
	return nil
}

// Fork says that the program has started another process.
func (r *Runtime) Fork(id string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	if c.status != Running || c.others {
		return refuse(ErrNotRunning, "a container in the %s state starts no process, or has already", c.status)
	}
	c.others = true
	return nil
}

// Kill sends a signal to the process of a container that is created or running: "TERM", "SIGTERM" or "15". Reap follows where it is
// SIGKILL (runtime.md, Kill). What another signal does is the process's affair: Exit, or nothing.
func (r *Runtime) Kill(id, sent string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	s, ok := signal.Parse(sent)
	if !ok {
		return refuse(ErrInvalidConfig, "got signal %q", sent)
	}
	switch {
	case c.status == Created || c.status == Running:
	case c.status == Paused && r.profile.KillsPaused:
		if s == signal.Kill {
			c.thaw()
		}
	case c.status == Paused:
		return refuse(ErrPaused, "cannot signal a container in the %s state", c.status)
	default:
		return refuse(ErrNotRunning, "cannot signal a container in the %s state", c.status)
	}
	if s == signal.Kill {
		c.killed = true
	} else if !slices.Contains(c.signals, s.String()) { // signals of one kind do not queue (signal(7))
		c.signals = append(c.signals, s.String())
	}
	return nil
}

// Delete begins to delete a stopped container (runtime.md, Delete).
func (r *Runtime) Delete(id string) error {
	c, err := r.free(id)
	if err != nil {
		return err
	}
	switch {
	case c.status == Stopped:
	case c.status == Created && r.profile.DeletesCreated:
		c.stop()
	case c.status == Paused:
		return refuse(ErrPaused, "cannot delete a container in the %s state", c.status)
	default:
		return refuse(ErrRunning, "cannot delete a container in the %s state", c.status)
	}
	c.op = DeleteOp
	r.answers[id] = Nothing
	return nil
}

// Pause freezes the processes of a container that is created or running (runc: libcontainer/container_linux.go). One that is being
// killed is as good as stopped and is refused.
func (r *Runtime) Pause(id string) error {
	c, err := r.free(id)
	if err != nil {
		return err
	}
	if c.status != Created && c.status != Running || c.killed {
		return refuse(ErrNotRunning, "cannot pause a container in the %s state", c.status)
	}
	c.status = Paused
	return nil
}

// Resume lets the processes of a paused container go on.
func (r *Runtime) Resume(id string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	if c.status != Paused {
		return refuse(ErrNotPaused, "cannot resume a container in the %s state", c.status)
	}
	c.thaw()
	return nil
}

// Exit says that the process ended, for whatever reason but SIGKILL. A start whose program has not run yet fails.
func (r *Runtime) Exit(id string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	if c.status != Created && c.status != Running {
		return refuse(ErrNotRunning, "no process executes in the %s state", c.status)
	}
	r.end(id, c)
	return nil
}

// Reap says that SIGKILL ended the process.
func (r *Runtime) Reap(id string) error {
	c, err := r.get(id)
	if err != nil {
		return err
	}
	if !c.killed {
		return refuse(ErrNotRunning, "no SIGKILL is on its way")
	}
	return r.Exit(id)
}

func (r *Runtime) end(id string, c *container) {
	if c.op == StartOp && c.status == Created {
		c.op = Idle
		r.answers[id] = r.startAnswer()
	}
	c.stop()
}

// startAnswer is what start comes to when the program does not run: with UnseenStartHooks it has returned.
func (r *Runtime) startAnswer() Answer {
	if r.profile.UnseenStartHooks {
		return OK
	}
	return Failed
}

// get finds a container by the ID of an operation.
func (r *Runtime) get(id string) (*container, error) {
	if id == "" {
		return nil, refuse(ErrInvalidID, "no ID")
	}
	c, ok := r.containers[id]
	if !ok {
		return nil, refuse(ErrNotExist, "container %s does not exist", id)
	}
	return c, nil
}

// free finds one on which no operation is under way.
func (r *Runtime) free(id string) (*container, error) {
	c, err := r.get(id)
	if err == nil && c.op != Idle {
		return nil, refuse(ErrBusy, "%s of %s has not returned", c.op, id)
	}
	return c, err
}

func (c *container) alive() bool { return c.status != Stopped }

func (c *container) thaw() {
	c.status = Created
	if c.ran {
		c.status = Running
	}
}

// stop says that the first process has ended. If it was the first of a PID namespace, the kernel ends all others with it
// (pid_namespaces(7)); else they run on until the container is destroyed. A namespace goes with the last first process in it, unless
// it has a name; that other processes may keep it longer is left out.
func (c *container) stop() {
	c.status = Stopped
	c.killed = false
	c.spaces = [Types]Space{}
	c.others = c.others && c.origins[PID] != New
}
