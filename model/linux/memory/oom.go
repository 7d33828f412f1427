package memory

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// NeverKill is the oom_score_adj of a process that the out-of-memory killer spares (include/uapi/linux/oom.h,
// OOM_SCORE_ADJ_MIN); the greatest is the same without the sign.
const NeverKill = -1000

// KillGroup is a control group and its memory.oom.group.
type KillGroup struct {
	Parent   Group // less than its own number; not looked at for the root
	Together bool  // memory.oom.group; the root has none
}

// Victim is a process that the out-of-memory killer may meet.
type Victim struct {
	In     Group
	Pages  int64 // resident, swapped out and of page tables
	Adjust int   // oom_score_adj, -1000 to 1000
}

// OOM is the out-of-memory killer over a tree of control groups (mm/oom_kill.c, oom_badness and oom_kill_process;
// mm/memcontrol.c, mem_cgroup_get_oom_group). Processes are numbered from 0.
type OOM struct {
	groups []KillGroup
	procs  []Victim
	dead   []bool
}

// NoVictim is the error of a group in which nobody can be killed: the allocation fails.
type NoVictim struct{ In Group }

// Error names the group.
func (e *NoVictim) Error() string {
	return fmt.Sprintf("group %d is out of memory and has no killable processes", e.In)
}

// Unwrap makes it a refusal.
func (e *NoVictim) Unwrap() error { return model.ErrRefused }

// NewOOM makes a tree with living processes.
func NewOOM(groups []KillGroup, procs []Victim) (*OOM, error) {
	if len(groups) == 0 {
		return nil, fmt.Errorf("got no group")
	}
	for g, v := range groups {
		if g > 0 && (v.Parent < 0 || int(v.Parent) >= g) {
			return nil, fmt.Errorf("group %d: got parent %d, want 0 to %d", g, v.Parent, g-1)
		}
	}
	if groups[Root].Together {
		return nil, fmt.Errorf("the root has no memory.oom.group")
	}
	for i, p := range procs {
		if p.In < 0 || int(p.In) >= len(groups) || p.Pages < 0 || p.Pages > maxPages || p.Adjust < NeverKill || p.Adjust > -NeverKill {
			return nil, fmt.Errorf("process %d: got %+v, want a group, 0 to %d pages and -1000 to 1000", i, p, maxPages)
		}
	}
	return &OOM{groups: slices.Clone(groups), procs: slices.Clone(procs), dead: make([]bool, len(procs))}, nil
}

// Clone returns an independent copy.
func (o *OOM) Clone() *OOM {
	return &OOM{o.groups, o.procs, slices.Clone(o.dead)} // groups and processes never change
}

// Alive tells whether there is a process p and it has not been killed.
func (o *OOM) Alive(p int) bool { return p >= 0 && p < len(o.procs) && !o.dead[p] }

func (o *OOM) within(g, a Group) bool {
	for ; g != a; g = o.groups[g].Parent {
		if g == Root {
			return false
		}
	}
	return true
}

// Badness is the points of a process where there are total pages of memory, 0 to 2^52: its pages and, for each thousandth of
// oom_score_adj, a thousandth of total, rounded down, so that the setting is nothing where total is less than 1000.
func Badness(v Victim, total int64) int64 { return v.Pages + int64(v.Adjust)*(total/1000) }

// Candidates lists whom the killer may choose when group g, which has total pages, 0 to 2^52, is out of memory: the living processes in
// it and below with the most points. The kernel takes the last that it meets of them.
func (o *OOM) Candidates(g Group, total int64) []int {
	if g < 0 || int(g) >= len(o.groups) {
		panic(fmt.Sprintf("memory: group %d: want 0 to %d", g, len(o.groups)-1))
	}
	if total < 0 || total > maxPages {
		panic(fmt.Sprintf("memory: %d pages: want 0 to %d", total, int64(maxPages)))
	}
	var out []int
	for i, p := range o.procs {
		if o.dead[i] || p.Adjust == NeverKill || !o.within(p.In, g) {
			continue
		}
		if len(out) > 0 && Badness(p, total) > Badness(o.procs[out[0]], total) {
			out = out[:0]
		}
		if len(out) == 0 || Badness(p, total) == Badness(o.procs[out[0]], total) {
			out = append(out, i)
		}
	}
	return out
}

// Kill kills for group g, which has total pages, 0 to 2^52, and is out of memory: victim, which is one of Candidates, and
// with it all in the highest group from its own up to g whose memory.oom.group is set, but for those with NeverKill. It lists
// whom it killed. The error is a *NoVictim where nobody can be killed.
func (o *OOM) Kill(g Group, total int64, victim int) ([]int, error) {
	if g < 0 || int(g) >= len(o.groups) || total < 0 || total > maxPages {
		return nil, model.Refuse("no group %d with %d pages", g, total)
	}
	candidates := o.Candidates(g, total)
	if len(candidates) == 0 {
		return nil, &NoVictim{g}
	}
	if !slices.Contains(candidates, victim) {
		return nil, model.Refuse("process %d is not to be chosen", victim)
	}
	unit, together := Root, false
	for a := o.procs[victim].In; ; a = o.groups[a].Parent {
		if o.groups[a].Together {
			unit, together = a, true
		}
		if a == g {
			break
		}
	}
	var killed []int
	for i, p := range o.procs {
		if i == victim || together && !o.dead[i] && p.Adjust != NeverKill && o.within(p.In, unit) {
			o.dead[i] = true
			killed = append(killed, i)
		}
	}
	return killed, nil
}
