package engine

import (
	"fmt"
	"math"

	"github.com/bulkheadlang/bulkhead/model"
)

// The seconds of stops, unless configured otherwise (Moby daemon/config/config_linux.go, config.go; daemon/delete.go).
const (
	DefaultStopTimeout     = 10
	DefaultShutdownTimeout = 15 // of the daemon itself
	RemoveTimeout          = 3  // of the stop that rm -f does after its kill
	shutdownGrace          = 5  // that the daemon adds to the longest stop of its containers
)

// StopTimeout is the number of seconds between the stop signal and SIGKILL: those of the request, else of the container, else of
// daemon.json; nil is none, and less than 0 is for ever (Moby daemon/stop.go, containerStop).
func StopTimeout(daemon int, container, request *int) int {
	switch {
	case request != nil:
		return *request
	case container != nil:
		return *container
	}
	return daemon
}

// ShutdownTimeout is the number of seconds that a daemon gives itself to shut down: its own, or five more than the longest of the stops
// of its containers, of which nil is one that has none of its own. One stop that is for ever is for ever (Moby daemon/daemon.go,
// shutdownTimeout). It is -1 then.
func ShutdownTimeout(shutdown, stop int, containers []*int) int {
	if shutdown < 0 {
		return -1
	}
	for _, own := range containers {
		seconds := StopTimeout(stop, own, nil)
		if seconds < 0 {
			return -1
		}
		shutdown = max(shutdown, min(seconds, math.MaxInt-shutdownGrace)+shutdownGrace)
	}
	return shutdown
}

// Grace is the time that stops have granted to a container before SIGKILL. Each stop waits by itself, so that the one that is over
// first counts, and none lengthens another one. The zero Grace is of a container that nobody stops.
//
// Whoever owns it says how time passes, and does Container.GraceOver when it is Over.
type Grace struct {
	granted bool
	left    int // seconds
}

// Stop is a stop with so many seconds, as StopTimeout gives them; less than 0 grants all the time there is.
func (g *Grace) Stop(timeout int) {
	if timeout >= 0 && (!g.granted || timeout < g.left) {
		*g = Grace{true, timeout}
	}
}

// Left is the number of seconds until SIGKILL; false where no stop has set an end.
func (g *Grace) Left() (int, bool) { return g.left, g.granted }

// Over tells whether SIGKILL is due.
func (g *Grace) Over() bool { return g.granted && g.left == 0 }

// Pass says that so many seconds have passed. They are no more than are left: what is due then comes first.
func (g *Grace) Pass(seconds int) error {
	if seconds < 0 {
		return fmt.Errorf("got %d seconds, want at least 0", seconds)
	}
	if g.granted && seconds > g.left {
		return model.Refuse("%d seconds pass, and SIGKILL is due in %d", seconds, g.left)
	}
	if g.granted {
		g.left -= seconds
	}
	return nil
}
