package swarm

import (
	"maps"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Failure counting of swarmkit manager/scheduler/scheduler.go: a node at which a service has failed MaxFailures times within
// FailureWindow seconds comes last.
const (
	MaxFailures   = 5
	FailureWindow = 5 * 60
)

// Bounds of what a cluster may have.
const (
	MaxNodes    = 1 << 10
	MaxReplicas = 1 << 12
	MaxTime     = 1 << 40 // seconds
)

// Cluster is the managers' view of a swarm, and of each task whether it really runs. The zero Cluster is empty.
type Cluster struct {
	Nodes    []Node // in the order of their names
	Services []Service
	Tasks    []Task
	now      int64               // seconds
	failures map[failure][]int64 // when, in the order of time
	next     int
}

// failure is a service on a node.
type failure struct{ node, service string }

// Clone gives a copy that shares nothing that changes.
func (c *Cluster) Clone() *Cluster {
	out := *c
	out.Nodes, out.Services, out.Tasks, out.failures = slices.Clone(c.Nodes), slices.Clone(c.Services), slices.Clone(c.Tasks), maps.Clone(c.failures)
	return &out
}

// node gives a pointer to a node, nil for one that is not there.
func (c *Cluster) node(id string) *Node {
	if i, ok := slices.BinarySearchFunc(c.Nodes, id, func(n Node, id string) int { return strings.Compare(n.ID, id) }); ok {
		return &c.Nodes[i]
	}
	return nil
}

// Service gives a service, and whether it is there.
func (c *Cluster) Service(name string) (Service, bool) {
	for _, s := range c.Services {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}

// Join adds a node. No running task is moved to it.
func (c *Cluster) Join(n Node) error {
	if n.ID == "" || c.node(n.ID) != nil || len(c.Nodes) >= MaxNodes {
		return model.Refuse("node %q: want a new name, and at most %d nodes", n.ID, MaxNodes)
	}
	if err := n.Resources.check(); err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, n)
	slices.SortFunc(c.Nodes, func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// Create makes a service. Reconcile makes its tasks.
func (c *Cluster) Create(s Service) error {
	if _, ok := c.Service(s.Name); ok || s.Name == "" || s.Replicas < 0 || s.Replicas > MaxReplicas || s.MaxReplicas < 0 {
		return model.Refuse("service %q: want a new name, and 0 to %d replicas", s.Name, MaxReplicas)
	}
	if err := s.Reserve.check(); err != nil {
		return err
	}
	for _, expr := range s.Constraints {
		if _, err := parseConstraint(expr); err != nil {
			return err
		}
	}
	for _, p := range s.Preferences {
		if prefix(p) == len(p) {
			return model.Refuse("spread over %q: want node.labels.… or engine.labels.…", p)
		}
	}
	c.Services = append(c.Services, s)
	return nil
}

// Scale changes how many replicas a service shall have.
func (c *Cluster) Scale(service string, replicas int) error {
	i := slices.IndexFunc(c.Services, func(s Service) bool { return s.Name == service })
	if i < 0 || replicas < 0 || replicas > MaxReplicas {
		return model.Refuse("scale %q to %d: want a service, and 0 to %d", service, replicas, MaxReplicas)
	}
	c.Services[i].Replicas = replicas
	return nil
}

// Wait lets time pass, in seconds.
func (c *Cluster) Wait(seconds int64) error {
	if seconds < 0 || seconds > MaxTime || c.now > MaxTime-seconds {
		return model.Refuse("got %d seconds, want 0 to %d in all", seconds, int64(MaxTime))
	}
	c.now += seconds
	return nil
}

// Free is what of a node's resources is not reserved.
func (c *Cluster) Free(node string) Resources {
	n := c.node(node)
	if n == nil {
		return Resources{}
	}
	free := n.Resources
	for _, t := range c.Tasks {
		if s, ok := c.Service(t.Service); ok && t.Node == node && t.holds() {
			free = free.minus(s.Reserve)
		}
	}
	return free
}

// count is how many active tasks of a service a node has, "" for all.
func (c *Cluster) count(node, service string) int {
	n := 0
	for _, t := range c.Tasks {
		if t.Node == node && t.active() && (service == "" || t.Service == service) {
			n++
		}
	}
	return n
}

// Recent is how often a service has failed on a node within the window.
func (c *Cluster) Recent(node, service string) int {
	n := 0
	for _, at := range c.failures[failure{node, service}] {
		if c.now-at < FailureWindow {
			n++
		}
	}
	return n
}

// Refusal gives the first filter that does not let a task of a service on a node, None if it may run there. Only reservations count,
// never limits.
func (c *Cluster) Refusal(service, node string) (Filter, error) {
	s, ok := c.Service(service)
	n := c.node(node)
	if !ok || n == nil {
		return None, model.Refuse("there is no service %q or no node %q", service, node)
	}
	return c.refusal(s, *n), nil
}

func (c *Cluster) refusal(s Service, n Node) Filter {
	if n.Down || n.Availability != Active {
		return ReadyFilter
	}
	if !s.Reserve.fits(c.Free(n.ID)) {
		return ResourceFilter
	}
	for _, p := range s.Plugins {
		if !slices.Contains(n.Plugins, p) {
			return PluginFilter
		}
	}
	for _, expr := range s.Constraints {
		if k, err := parseConstraint(expr); err != nil || !k.met(n) {
			return ConstraintFilter
		}
	}
	if !n.supports(s.Platforms) {
		return PlatformFilter
	}
	for _, t := range c.Tasks {
		other, _ := c.Service(t.Service)
		if t.Node == n.ID && t.holds() && slices.ContainsFunc(s.HostPorts, func(p uint16) bool { return slices.Contains(other.HostPorts, p) }) {
			return HostPortFilter
		}
	}
	if s.MaxReplicas > 0 && c.count(n.ID, s.Name) >= s.MaxReplicas {
		return MaxReplicasFilter
	}
	return None
}

// less is the order of spreading: many recent failures last, then fewer tasks of the service, then fewer tasks.
func (c *Cluster) less(service string, a, b Node) bool {
	fa, fb := c.Recent(a.ID, service), c.Recent(b.ID, service)
	if (fa >= MaxFailures || fb >= MaxFailures) && fa != fb {
		return fa < fb
	}
	if ta, tb := c.count(a.ID, service), c.count(b.ID, service); ta != tb {
		return ta < tb
	}
	return c.count(a.ID, "") < c.count(b.ID, "")
}

// Choices gives the nodes that the next task of a service may be put on. There are several where the order of nodes and branches
// does not decide: swarmkit goes through maps, whose order is any. With preferences, a branch is taken that has fewer of the
// service's tasks than its share, which need not be the one with the fewest; if no node in it will do, another one. The tasks of a
// branch are those of all its nodes, also of nodes that will not do (manager/scheduler/nodeset.go, tree).
func (c *Cluster) Choices(service string) []string {
	s, ok := c.Service(service)
	if !ok {
		return nil
	}
	return c.choices(s, c.Nodes, s.Preferences, 1)
}

// choices are those of some nodes, which are to get so many tasks (manager/scheduler/scheduler.go, scheduleNTasksOnSubtree).
func (c *Cluster) choices(s Service, nodes []Node, preferences []string, more int) []string {
	if len(preferences) == 0 {
		return c.best(s, nodes)
	}
	branches := map[string][]Node{}
	tasks, total := map[string]int{}, 0
	for _, n := range nodes {
		v := n.label(preferences[0])
		branches[v] = append(branches[v], n)
		tasks[v] += c.count(n.ID, s.Name)
		total += c.count(n.ID, s.Name)
	}
	for len(branches) > 0 {
		share, remainder := (total+more)/len(branches), (total+more)%len(branches)
		var out []string
		for _, v := range slices.Sorted(maps.Keys(branches)) {
			if tasks[v] > share || tasks[v] == share && remainder == 0 {
				continue
			}
			found := c.choices(s, branches[v], preferences[1:], share-tasks[v]+min(remainder, 1))
			out = append(out, found...)
			if len(found) == 0 { // it has no room: the others share its tasks
				delete(branches, v)
				total -= tasks[v]
			}
		}
		if len(out) > 0 {
			slices.Sort(out)
			return out
		}
	}
	return nil
}

// best are the nodes that will do, of which none comes before.
func (c *Cluster) best(s Service, nodes []Node) []string {
	will := slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return c.refusal(s, n) != None })
	var out []string
	for _, n := range will {
		if !slices.ContainsFunc(will, func(m Node) bool { return c.less(s.Name, m, n) }) {
			out = append(out, n.ID)
		}
	}
	return out
}

// label is the value that a preference spreads over.
func (n Node) label(preference string) string {
	name := preference[prefix(preference):]
	if strings.HasPrefix(strings.ToLower(preference), labelKeys[0]) {
		return n.Labels[name]
	}
	return n.EngineLabels[name]
}

// Schedule assigns a pending task to a node, one of Choices. "no suitable node" leaves it pending.
func (c *Cluster) Schedule(task int, node string) error {
	t := c.task(task)
	if t == nil || t.State != Pending || t.Desired != Running {
		return model.Refuse("task %d is not pending", task)
	}
	if !slices.Contains(c.Choices(t.Service), node) {
		return model.Refuse("no suitable node: %q is none for task %d", node, task)
	}
	t.Node, t.State = node, Assigned
	return nil
}

// ScheduleAll assigns what is pending, each task to the first of its choices, and gives how many are left.
func (c *Cluster) ScheduleAll() int {
	left := 0
	for i := range c.Tasks {
		if t := c.Tasks[i]; t.State == Pending && t.Desired == Running {
			if nodes := c.Choices(t.Service); len(nodes) == 0 || c.Schedule(t.ID, nodes[0]) != nil {
				left++
			}
		}
	}
	return left
}

func (c *Cluster) task(id int) *Task {
	for i := range c.Tasks {
		if c.Tasks[i].ID == id {
			return &c.Tasks[i]
		}
	}
	return nil
}

// GiveUp is the orchestrator's telling a task to shut down: it has ended, its node is down or drained, or its slot is beyond the
// number of replicas. Whether the task hears of it is another matter.
func (c *Cluster) GiveUp(task int) error {
	t := c.task(task)
	if t == nil || t.Desired != Running {
		return model.Refuse("task %d is not wanted", task)
	}
	s, _ := c.Service(t.Service)
	n := c.node(t.Node)
	if lost := n != nil && (n.Down || n.Availability == Drain); t.State <= Running && !lost && t.Slot <= s.Replicas {
		return model.Refuse("task %d is as it shall be", task)
	}
	t.Desired = Shutdown
	return nil
}

// Replace makes a new pending task for a slot of a service that has none which is wanted.
func (c *Cluster) Replace(service string, slot int) error {
	s, ok := c.Service(service)
	if !ok || slot < 1 || slot > s.Replicas {
		return model.Refuse("there is no service %q with slot %d", service, slot)
	}
	if slices.ContainsFunc(c.Tasks, func(t Task) bool { return t.Service == service && t.Slot == slot && t.Desired == Running }) {
		return model.Refuse("slot %d of %s has a task", slot, service)
	}
	c.next++
	c.Tasks = append(c.Tasks, Task{ID: c.next, Service: service, Slot: slot, State: Pending, Desired: Running})
	return nil
}

// Reconcile is what the orchestrator does for a service: it gives up what it must, and fills the slots that are empty then.
func (c *Cluster) Reconcile(service string) error {
	s, ok := c.Service(service)
	if !ok {
		return model.Refuse("there is no service %q", service)
	}
	for i := range c.Tasks {
		if c.Tasks[i].Service == service {
			_ = c.GiveUp(c.Tasks[i].ID) // most are as they shall be
		}
	}
	for slot := 1; slot <= s.Replicas; slot++ {
		_ = c.Replace(service, slot) // most are filled
	}
	return nil
}

// Start is an agent that has made a task's container and runs it. It needs to hear from the managers.
func (c *Cluster) Start(task int) error {
	t := c.task(task)
	if t == nil || t.State < Assigned || t.State >= Running || t.Desired != Running || !c.heard(t) {
		return model.Refuse("task %d cannot start", task)
	}
	t.State, t.Alive = Running, true
	return nil
}

// heard tells whether the managers hear from the node of a task.
func (c *Cluster) heard(t *Task) bool {
	n := c.node(t.Node)
	return n != nil && !n.Down
}

// Fail is a container that ends by itself. The managers do not know yet.
func (c *Cluster) Fail(task int) error {
	t := c.task(task)
	if t == nil || !t.Alive {
		return model.Refuse("task %d does not run", task)
	}
	t.Alive = false
	return nil
}

// Report is the managers' hearing of it. It counts against the node.
func (c *Cluster) Report(task int) error {
	t := c.task(task)
	if t == nil || t.State != Running || t.Alive || !c.heard(t) {
		return model.Refuse("task %d has not failed, or its node is down", task)
	}
	t.State = Failed
	at := failure{t.Node, t.Service}
	failures := maps.Clone(c.failures)
	if failures == nil {
		failures = map[failure][]int64{}
	}
	failures[at] = append(slices.Clone(failures[at]), c.now)
	c.failures = failures
	return nil
}

// Stop is an agent that has heard that a task shall shut down, and has stopped it. One that was orphaned stays so.
func (c *Cluster) Stop(task int) error {
	t := c.task(task)
	if t == nil || t.Desired != Shutdown || !c.heard(t) || t.State > Running && !(t.State == Orphaned && t.Alive) {
		return model.Refuse("task %d is not to be stopped, or its node is down", task)
	}
	if t.State != Orphaned {
		t.State = Shutdown
	}
	t.Alive = false
	return nil
}

// Orphan is the managers' giving up a task of a node that has been down for long: its reservations are free then. In swarmkit that
// is after 24 hours.
func (c *Cluster) Orphan(task int) error {
	t := c.task(task)
	if t == nil || t.Desired != Shutdown || t.State < Assigned || t.State > Running || c.node(t.Node) == nil || c.heard(t) {
		return model.Refuse("task %d is not one that is given up on a lost node", task)
	}
	t.State = Orphaned
	return nil
}

// SetDown is the managers' losing sight of a node, or hearing of it again. What runs there runs on: nothing fences it.
func (c *Cluster) SetDown(node string, down bool) error {
	n := c.node(node)
	if n == nil || n.Down == down {
		return model.Refuse("node %q is not there, or so already", node)
	}
	n.Down = down
	return nil
}

// SetAvailability is docker node update --availability.
func (c *Cluster) SetAvailability(node string, a Availability) error {
	n := c.node(node)
	if n == nil || a < Active || a > Drain {
		return model.Refuse("node %q is not there, or %d no availability", node, a)
	}
	n.Availability = a
	return nil
}

// Alive counts the containers of a slot that run.
func (c *Cluster) Alive(service string, slot int) int {
	n := 0
	for _, t := range c.Tasks {
		if t.Service == service && t.Slot == slot && t.Alive {
			n++
		}
	}
	return n
}
