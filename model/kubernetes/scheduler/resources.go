package scheduler

import "fmt"

// Resource is what a pod requests of a node.
type Resource int

// The resources. Extended resources, such as GPUs, are not modelled.
const (
	CPU     Resource = iota // thousandths of a core
	Memory                  // bytes
	Storage                 // bytes of ephemeral storage
	kinds
)

var resourceNames = [...]string{CPU: "cpu", Memory: "memory", Storage: "ephemeral-storage"}

// String gives the name that the API has for it.
func (r Resource) String() string {
	if r >= 0 && r < kinds {
		return resourceNames[r]
	}
	return fmt.Sprintf("resource(%d)", int(r))
}

// Resources is an amount of each resource, in the unit of each.
type Resources [kinds]int64

// MaxAmount is the most that a pod may request of a resource, and that a node may have.
const MaxAmount = 1 << 48

// plus adds. Amounts of a pod and of a node are no more than MaxAmount, and there are no more than MaxPods pods, so that no sum
// wraps.
func (r Resources) plus(s Resources) Resources {
	for i := range r {
		r[i] += s[i]
	}
	return r
}

func (r Resources) most(s Resources) Resources {
	for i := range r {
		r[i] = max(r[i], s[i])
	}
	return r
}

func (r Resources) valid() error {
	for i, n := range r {
		if n < 0 || n > MaxAmount {
			return fmt.Errorf("%s: got %d, want 0 to %d", Resource(i), n, int64(MaxAmount))
		}
	}
	return nil
}

// Container is what a container requests and where it is limited. 0 is not set. A limit without a request is a request of as
// much, as the API server fills it in.
type Container struct{ Requests, Limits Resources }

// filled is the container after the defaults of the API server (pkg/apis/core/v1/defaults.go, SetDefaults_Pod).
func (c Container) filled() Container {
	for i, n := range c.Limits {
		if c.Requests[i] == 0 {
			c.Requests[i] = n
		}
	}
	return c
}

func (c Container) valid() error {
	if err := c.Requests.valid(); err != nil {
		return fmt.Errorf("request of %w", err)
	}
	if err := c.Limits.valid(); err != nil {
		return fmt.Errorf("limit of %w", err)
	}
	for i, n := range c.Limits {
		if n > 0 && c.Requests[i] > n {
			return fmt.Errorf("%s: the request %d is above the limit %d", Resource(i), c.Requests[i], n)
		}
	}
	return nil
}

// InitContainer is a container that runs before those of the pod, one after the other in their order. A sidecar is one whose
// restartPolicy is Always: the next begins when it has started, and it runs on to the end of the pod.
type InitContainer struct {
	Container
	Sidecar bool
}

// Requests is what the scheduler reserves for the pod on its node: the most that its containers request at one time, and the
// overhead of its runtime class. Regular init containers run alone, beside the sidecars before them; then all sidecars and
// containers run together (k8s.io/component-helpers/resource, PodRequests; KEP-753, Resources calculation for scheduling).
func (p *Pod) Requests() Resources { return p.reserve(Container.requests) }

func (c Container) requests() Resources { return c.filled().Requests }

// What the API server does not see requested counts in scores as if the default had been (pkg/scheduler/util/pod_resources.go).
const (
	defaultMilliCPU = 100
	defaultMemory   = 200 << 20
)

// nonZero is requests with the defaults of scores for what is not requested.
func (c Container) nonZero() Resources {
	r := c.requests()
	if r[CPU] == 0 {
		r[CPU] = defaultMilliCPU
	}
	if r[Memory] == 0 {
		r[Memory] = defaultMemory
	}
	return r
}

// NonZeroRequests is Requests where each container without a request of CPU counts as 100 thousandths of a core, and one without
// a request of memory as 200 MiB. Scores are made of it, not what fits.
func (p *Pod) NonZeroRequests() Resources { return p.reserve(Container.nonZero) }

func (p *Pod) reserve(of func(Container) Resources) Resources {
	var running, sidecars, inits Resources
	for _, c := range p.Containers {
		running = running.plus(of(c))
	}
	for _, c := range p.Init {
		if c.Sidecar {
			sidecars = sidecars.plus(of(c.Container))
		} else {
			inits = inits.most(sidecars.plus(of(c.Container)))
		}
	}
	return running.plus(sidecars).most(inits).plus(p.Overhead)
}
