package suite

import (
	"fmt"
	"strings"
	"time"
)

func cpu(m Measure) time.Duration  { return m.CPU }
func wall(m Measure) time.Duration { return m.Wall }

// Markdown writes the results as tables. Tools that ran nowhere have no column.
func Markdown(results []Result) string {
	var b strings.Builder
	ran := func(t Tool) bool {
		for _, r := range results {
			if len(r.Runs[t.Name]) > 0 {
				return true
			}
		}
		return false
	}
	var all, compared []Tool
	for _, t := range tools {
		if ran(t) {
			all = append(all, t)
			if !t.Less {
				compared = append(compared, t)
			}
		}
	}
	table := func(title string, head []string, cells func(r Result) []string) {
		fmt.Fprintf(&b, "\n%s\n\n| model | %s |\n|---|%s\n", title, strings.Join(head, " | "), strings.Repeat("---:|", len(head)))
		for _, r := range results {
			fmt.Fprintf(&b, "| %s | %s |\n", r.Case.Name, strings.Join(cells(r), " | "))
		}
	}

	b.WriteString("| model | distinct states | |\n|---|---:|---|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Case.Name, Thousands(r.Case.Large.States), r.Case.About)
	}

	table("CPU seconds, user and system, of all processes of a run. The ratio is that of SPIN's best mode to ours with one worker.",
		append(names(compared), "SPIN / ours"), func(r Result) []string {
			return append(figures(r, compared, func(m Measure) string { return seconds(m.CPU) }), ratio(r, cpu))
		})
	table("Wall-clock seconds. The ratio is that of SPIN's best mode to ours with one worker.",
		append(names(compared), "SPIN / ours"), func(r Result) []string {
			return append(figures(r, compared, func(m Measure) string { return seconds(m.Wall) }), ratio(r, wall))
		})
	table("Thousands of distinct states found in a second of CPU.", names(compared), func(r Result) []string {
		return figures(r, compared, func(m Measure) string { return fmt.Sprintf("%.0f", float64(m.Distinct)/1000/m.CPU.Seconds()) })
	})
	table("Bytes a state: the peak of resident memory over the distinct states, everything counted.", names(compared), func(r Result) []string {
		return figures(r, compared, func(m Measure) string { return fmt.Sprintf("%.1f", float64(m.Peak)/float64(m.Distinct)) })
	})
	if len(all) > len(compared) {
		table("SPIN with partial-order reduction, which is not compared: it need not visit every state.",
			[]string{"states stored", "of all", "CPU seconds"}, func(r Result) []string {
				m, ok := r.Median("spin-por")
				if !ok || m.Over {
					return []string{"", "", figures(r, []Tool{{Name: "spin-por"}}, nil)[0]}
				}
				return []string{Thousands(m.Distinct), fmt.Sprintf("%.0f %%", 100*float64(m.Distinct)/float64(r.Case.Large.States)), seconds(m.CPU)}
			})
	}
	b.WriteString("\n")
	for _, t := range all {
		fmt.Fprintf(&b, "- `%s`: %s.\n", t.Name, t.About)
	}
	b.WriteString(summary(results))
	return b.String()
}

// summary says how the whole suite did.
func summary(results []Result) string {
	eighth, third, both := 0, 0, 0
	bytes, wide := 0.0, 0
	for _, r := range results {
		if m, ok := r.Median("bulkhead"); ok && !m.Over && m.Distinct > 5_000_000 {
			bytes += float64(m.Peak) / float64(m.Distinct)
			wide++
		}
		if x, ok := quotient(r, cpu); ok {
			both++
			if x >= 8 {
				eighth++
			}
			if x >= 3 {
				third++
			}
		}
	}
	var b strings.Builder
	if both > 0 {
		fmt.Fprintf(&b, "\nAgainst SPIN's best mode, by CPU time with one worker: at least 8 times as fast on %d of %d models, at least 3 times on %d.\n",
			eighth, both, third)
	}
	if wide > 0 {
		fmt.Fprintf(&b, "Memory of ours with one worker above 5,000,000 states: %.1f bytes a state on the average of %d models.\n", bytes/float64(wide), wide)
	}
	return b.String()
}

func names(tools []Tool) []string {
	var out []string
	for _, t := range tools {
		out = append(out, t.Name)
	}
	return out
}

// figures writes one figure for each tool: "–" where it did not run, "limit" where the time limit ended it.
func figures(r Result, tools []Tool, write func(Measure) string) []string {
	var out []string
	for _, t := range tools {
		switch m, ok := r.Median(t.Name); {
		case !ok:
			out = append(out, "–")
		case m.Over:
			out = append(out, "limit")
		default:
			out = append(out, write(m))
		}
	}
	return out
}

// quotient is how many times as much SPIN's best mode takes as ours with one worker.
func quotient(r Result, figure func(Measure) time.Duration) (float64, bool) {
	m, ok := r.Median("bulkhead")
	_, best, found := r.Best(func(t Tool) bool { return t.Spin }, figure)
	if !ok || m.Over || !found {
		return 0, false
	}
	return float64(figure(best)) / float64(figure(m)), true
}

func ratio(r Result, figure func(Measure) time.Duration) string {
	x, ok := quotient(r, figure)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.1f", x)
}

func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2f", d.Seconds())
	}
	return fmt.Sprintf("%.1f", d.Seconds())
}

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
