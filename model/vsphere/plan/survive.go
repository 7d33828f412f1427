package plan

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// survives tells whether all machines can be restarted whatever hosts fail, Survive of them at most.
func (s *space) survives(at []byte) bool {
	failed := make([]bool, len(s.open))
	var choose func(from, n int) bool
	choose = func(from, n int) bool {
		if n == 0 || from == len(s.risky) {
			return s.restartable(at, failed)
		}
		failed[s.risky[from]-1] = true
		ok := choose(from+1, n-1)
		failed[s.risky[from]-1] = false
		return ok && choose(from+1, n)
	}
	return choose(0, s.Survive)
}

// restartable tells whether the machines of the failed hosts fit on the open ones that are left, the others staying where they are.
func (s *space) restartable(at []byte, failed []bool) bool {
	now := slices.Clone(at)
	free := slices.Clone(s.Cluster.Hosts)
	var lost []int
	for v, h := range at {
		switch {
		case h == 0:
		case failed[h-1]:
			now[v] = 0
			lost = append(lost, v)
		default:
			take(&free[h-1], s.Cluster.VMs[v].Reservation, -1)
		}
	}
	// Those that reserve most first: what does not fit shows early.
	slices.SortStableFunc(lost, func(v, w int) int {
		a, b := s.Cluster.VMs[v].Reservation, s.Cluster.VMs[w].Reservation
		return int(max(min(b.CPU+b.Memory-a.CPU-a.Memory, 1), -1))
	})
	return s.restart(now, free, failed, lost)
}

func take(free *drs.Resources, r drs.Resources, sign int64) {
	free.CPU += sign * r.CPU
	free.Memory += sign * r.Memory
}

// restart tells whether the lost machines find hosts, by trying all.
func (s *space) restart(now []byte, free []drs.Resources, failed []bool, lost []int) bool {
	if len(lost) == 0 {
		return true
	}
	v := lost[0]
	need := s.Cluster.VMs[v].Reservation
	for i := range free {
		h := byte(i + 1)
		if failed[i] || !s.alone[v][i] || need.CPU > free[i].CPU || need.Memory > free[i].Memory || !s.joins(now, v, h) {
			continue
		}
		now[v] = h
		take(&free[i], need, -1)
		if s.restart(now, free, failed, lost[1:]) {
			return true
		}
		now[v] = 0
		take(&free[i], need, +1)
	}
	return false
}

// joins tells whether mandatory rules between machines let v be on h, with the others that are on.
func (s *space) joins(now []byte, v int, h byte) bool {
	for _, r := range s.rules {
		if !r.Mandatory || !r.members[v] || r.Kind != drs.Affinity && r.Kind != drs.AntiAffinity {
			continue
		}
		for w, in := range r.members {
			if in && w != v && now[w] != 0 && (now[w] == h) == (r.Kind == drs.AntiAffinity) {
				return false
			}
		}
	}
	return true
}
