// Command growth measures how time and memory grow with the number of states: the container host of package suite in
// configurations of 10^4 to 10^7 states, with BULKHEAD_SOAK set of 10^8, one worker. It draws both and writes the numbers.
//
//	go run ./internal/peers/suite/growth -plot checker/growth.svg -out checker/BENCHMARKS.md
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
)

func main() { suite.Main("growth", growth) }

func growth(ctx context.Context) error {
	file := flag.String("plot", "", "file to draw into; its ending says how: svg, png or pdf")
	out := flag.String("out", "", "file whose section growth is rewritten")
	rounds := flag.Int("rounds", 3, "runs of each configuration, of which the median counts")
	limit := flag.Duration("limit", time.Hour, "time limit of one run")
	most := flag.Int64("most", 0, "the greatest number of states (default 2*10^7, or 2*10^8 with BULKHEAD_SOAK)")
	flag.Parse()
	if *most == 0 {
		*most = 20_000_000
		if os.Getenv("BULKHEAD_SOAK") != "" {
			*most = 200_000_000
		}
	}
	dir, err := os.MkdirTemp("", "bulkhead-growth")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	points, err := measure(ctx, dir, *rounds, *limit, *most)
	if err != nil {
		return err
	}
	if len(points) == 0 {
		return fmt.Errorf("no configuration has at most %d states", *most)
	}
	text := table(points)
	fmt.Print(text)
	if *file != "" {
		if err := picture(points, *file); err != nil {
			return err
		}
	}
	if *out == "" {
		return nil
	}
	text = fmt.Sprintf("%s. One worker; rounds: %d, of which medians.\n\n%s", suite.Machine(ctx), *rounds, text)
	if *file != "" {
		link, err := filepath.Rel(filepath.Dir(*out), *file)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("![Time and memory against the number of states](%s)\n\n%s", filepath.ToSlash(link), text)
	}
	return suite.Splice(*out, "growth", text)
}

// point is a configuration measured.
type point struct {
	size suite.Size
	took suite.Measure
}

func (p point) states() float64  { return float64(p.took.Distinct) }
func (p point) seconds() float64 { return p.took.CPU.Seconds() }
func (p point) mib() float64     { return float64(p.took.Peak) / (1 << 20) }

// measure runs all configurations in turn, once a round.
func measure(ctx context.Context, dir string, rounds int, limit time.Duration, most int64) ([]point, error) {
	setup, err := suite.NewSetup(ctx, dir, limit)
	if err != nil {
		return nil, err
	}
	c, sizes := suite.Growing()
	ours := suite.Tools()[0]
	results := make([]suite.Result, len(sizes))
	for range rounds {
		for i, size := range sizes {
			if size.States > most {
				continue
			}
			run, err := ours.Prepare(ctx, setup, dir, c, size)
			if err != nil {
				return nil, err
			}
			m, err := run.Measure(ctx)
			if err != nil {
				return nil, err
			}
			if m.Over {
				return nil, fmt.Errorf("%v took more than %s", size.Constants, limit)
			}
			fmt.Fprintf(os.Stderr, "%v: %d states, %.2f s CPU, %d MiB\n", size.Constants, m.Distinct, m.CPU.Seconds(), m.Peak>>20)
			if results[i].Runs == nil {
				results[i].Runs = map[string][]suite.Measure{}
			}
			results[i].Runs[ours.Name] = append(results[i].Runs[ours.Name], m)
		}
	}
	var points []point
	for i, r := range results {
		if m, ok := r.Median(ours.Name); ok {
			points = append(points, point{sizes[i], m})
		}
	}
	return points, nil
}

func table(points []point) string {
	var b strings.Builder
	b.WriteString("| containers | host | states | CPU s | states/s | MiB | bytes/state |\n|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, p := range points {
		fmt.Fprintf(&b, "| %d | %d | %.0f | %.2f | %.0f | %.0f | %.1f |\n", p.size.Constants[0].Value, p.size.Constants[1].Value,
			p.states(), p.seconds(), p.states()/p.seconds(), p.mib(), float64(p.took.Peak)/p.states())
	}
	if first, last := points[0], points[len(points)-1]; len(points) > 1 {
		more := last.states() - first.states()
		fmt.Fprintf(&b, "\nFrom the smallest to the largest, a further state costs %.2f µs of CPU and %.1f bytes.\n",
			1e6*(last.seconds()-first.seconds())/more, float64(last.took.Peak-first.took.Peak)/more)
	}
	return b.String()
}
