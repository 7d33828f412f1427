package replica

import (
	"cmp"
	"fmt"
	"maps"

	"github.com/bulkheadlang/bulkhead/model"
)

// Stamp orders writes: by counter, and of equal counters by node (L. Lamport, Time, clocks, and the ordering of events
// in a distributed system, CACM 21(7), 1978). Two writes never have the same one.
type Stamp struct {
	Counter int
	Node    Node
}

// Compare is negative if s is earlier than t, positive if it is later.
func (s Stamp) Compare(t Stamp) int {
	return cmp.Or(cmp.Compare(s.Counter, t.Counter), cmp.Compare(s.Node, t.Node))
}

// Update is a write of a key, as it is sent to other replicas.
type Update struct {
	Key, Value string
	Stamp      Stamp
}

// Store is one replica of a store in which the last writer of each key wins.
//
// What it guarantees, checked in lww.bh: replicas that have applied the same updates are equal, in whatever order and
// however often (strong eventual consistency: M. Shapiro et al., Conflict-free replicated data types, SSS 2011). Of two
// writes that do not know of each other, one is lost.
//
// The zero Store has no node, and writes nothing; make one with NewStore.
type Store struct {
	node    Node
	entries map[string]Update
}

// NewStore makes an empty replica. Each has a node of its own, 1 to Most: two with the same one do not converge.
func NewStore(node Node) (Store, error) {
	if node < 1 || node > Most {
		return Store{}, fmt.Errorf("got node %d, want 1 to %d", node, Most)
	}
	return Store{node: node, entries: map[string]Update{}}, nil
}

// Clone returns an independent copy.
func (s *Store) Clone() Store { return Store{node: s.node, entries: maps.Clone(s.entries)} }

// Node is the node of the replica.
func (s *Store) Node() Node { return s.node }

// Get is the value of a key, and false if it has none.
func (s *Store) Get(key string) (string, bool) {
	u, ok := s.entries[key]
	return u.Value, ok
}

// Entry is the latest write of a key; its counter is 0 if there is none.
func (s *Store) Entry(key string) Update { return s.entries[key] }

// Equal tells whether two replicas have the same values with the same stamps.
func (s *Store) Equal(t *Store) bool { return maps.Equal(s.entries, t.entries) }

// Put writes a key, and gives the update that the other replicas are to apply. It is refused after Most writes of a key.
func (s *Store) Put(key, value string) (Update, error) {
	counter := s.entries[key].Stamp.Counter
	if counter >= Most || s.entries == nil {
		return Update{}, model.Refuse("put %q: there were %d writes", key, counter)
	}
	u := Update{Key: key, Value: value, Stamp: Stamp{counter + 1, s.node}}
	s.entries[key] = u
	return u, nil
}

// Apply applies an update of another replica, and tells whether it is later than what was there. It is refused if no
// replica can have made it.
func (s *Store) Apply(u Update) (bool, error) {
	if u.Stamp.Counter < 1 || u.Stamp.Counter > Most || u.Stamp.Node < 1 || u.Stamp.Node > Most || s.entries == nil {
		return false, model.Refuse("apply %+v: no replica has written that", u)
	}
	if u.Stamp.Compare(s.entries[u.Key].Stamp) <= 0 {
		return false, nil
	}
	s.entries[u.Key] = u
	return true, nil
}
