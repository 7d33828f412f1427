package suite

import (
	"cmp"
	"slices"
	"time"
)

// Result holds the runs of each tool on one case, by the tool's name.
type Result struct {
	Case Case
	Runs map[string][]Measure
}

// Median gives the medians of a tool's runs, each figure by itself. A run that the limit ended makes it Over. It is
// false when there are no runs.
func (r Result) Median(tool string) (Measure, bool) {
	runs := r.Runs[tool]
	if len(runs) == 0 {
		return Measure{}, false
	}
	if slices.ContainsFunc(runs, func(m Measure) bool { return m.Over }) {
		return Measure{Over: true}, true
	}
	return Measure{
		CPU:      median(runs, func(m Measure) time.Duration { return m.CPU }),
		Wall:     median(runs, func(m Measure) time.Duration { return m.Wall }),
		Peak:     median(runs, func(m Measure) int64 { return m.Peak }),
		Distinct: runs[0].Distinct,
	}, true
}

// Best is the tool among those chosen with the least of a figure.
func (r Result) Best(choose func(Tool) bool, figure func(Measure) time.Duration) (Tool, Measure, bool) {
	var tool Tool
	var best Measure
	found := false
	for _, t := range tools {
		m, ok := r.Median(t.Name)
		if !choose(t) || !ok || m.Over || found && figure(m) >= figure(best) {
			continue
		}
		tool, best, found = t, m, true
	}
	return tool, best, found
}

// median is the middle one, or the lower of the two in the middle.
func median[T cmp.Ordered](runs []Measure, figure func(Measure) T) T {
	var all []T
	for _, m := range runs {
		all = append(all, figure(m))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
