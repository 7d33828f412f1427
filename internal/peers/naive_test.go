package peers

// The second opinion: each model of examples/ once more, as a plain Go value and a plain Go function written from the
// model's text, explored by the plainest search there is. Nothing here touches the language or the engine.

// counts is what a search finds out.
type counts struct {
	distinct  int64
	generated int64 // initial states and successors, repeats included
	depth     int   // greatest distance from an initial state
	stuck     int64 // states without successors
}

// explore searches breadth first. It returns the distance of every state from the initial ones.
func explore[S comparable](initial []S, next func(s S, emit func(S))) (counts, map[S]int) {
	found := map[S]int{}
	var queue []S
	c := counts{}
	meet := func(s S, depth int) {
		c.generated++
		if _, ok := found[s]; !ok {
			found[s] = depth
			c.depth = max(c.depth, depth)
			queue = append(queue, s)
		}
	}
	for _, s := range initial {
		meet(s, 0)
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		before := c.generated
		next(s, func(t S) { meet(t, found[s]+1) })
		if c.generated == before {
			c.stuck++
		}
	}
	c.distinct = int64(len(found))
	return c, found
}

// naive holds a search for each model that has one, by file without its ending; its arguments are the constants of the
// configuration, in the order that Cases gives them.
var naive = map[string]func(k ...int) counts{
	"admission":              admission,
	"bakery":                 bakery,
	"banker":                 banker,
	"container":              container,
	"container_security":     containerSecurity,
	"german":                 german,
	"leader_ring":            leaderRing,
	"load_balancing":         loadBalancing,
	"mutex":                  mutex,
	"peterson":               peterson,
	"peterson_n":             petersonN,
	"philosophers":           philosophers,
	"philosophers_deadlock":  philosophersDeadlock,
	"pod_scheduler":          podScheduler,
	"producer_consumer":      producerConsumer,
	"readers_writers":        readersWriters,
	"replicated_store":       replicatedStore,
	"replicated_store_fixed": replicatedStoreFixed,
	"retry":                  retry,
	"retry_livelock":         retryLivelock,
	"stabilising_ring":       stabilisingRing,
	"starving_lock":          mutex, // the same states: what differs is what is claimed of runs
	"ticket_lock":            ticketLock,
	"token_ring":             tokenRing,
	"transactions":           transactions,
	"two_phase_commit":       twoPhaseCommit,
	"vm_lifecycle":           vmLifecycle,
}
