package isolation

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite the table of channels in README.md")

// row is a line of the table: a claim of isolation as a model has it, or under a mutant.
type row struct {
	file, mechanism string
	mutant          string   // "" for the model as it is
	channel         []string // nothing where it is isolated
	steps           int      // of the shortest experiment
	states          int64
	direct          bool // the step that is in one run only changes what the other tenant sees
}

// rows checks every claim of isolation of every model, and the mutants that are to break it.
func rows(t *testing.T) []row {
	files, err := fs.Glob(Models, "*.bh")
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for _, file := range files {
		text, err := Models.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := modelcheck.Load(t, Models, file, spec.Options{})
		for _, claim := range p.Info().Properties {
			if claim.Kind != model.Isolated {
				continue
			}
			out = append(out, decide(t, p, claim.Name, row{file: file, mechanism: comment(t, text, "isolated "+claim.Name)}))
			for _, m := range p.Mutants() {
				if m.Breaks == claim.Name {
					r := row{file: file, mechanism: comment(t, text, "mutant "+m.Name), mutant: m.Name}
					out = append(out, decide(t, m.System(), claim.Name, r))
				}
			}
		}
	}
	return out
}

// decide checks one claim and completes the row of it.
func decide(t *testing.T, sys model.System, claim string, r row) row {
	t.Helper()
	res, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{claim}})
	if err != nil {
		t.Fatal(err)
	}
	f := res.Properties[0]
	if !res.Exhaustive || f.Verdict == checker.Undecided || len(f.Vacuous) > 0 {
		t.Fatalf("%s %s: got %s, exhaustive %t, vacuous %q", r.file, r.mutant, f.Verdict, res.Exhaustive, f.Vacuous)
	}
	r.states = res.Stats.Distinct
	if x := f.Experiment; x != nil {
		r.channel, r.steps, r.direct = x.Channel, len(x.Rows)-1, x.Direct()
	}
	return r
}

// comment is the one-line comment above a declaration, which says what the mechanism is.
func comment(t *testing.T, text []byte, declaration string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^// (.*)\.\n` + declaration + ` `).FindSubmatch(text)
	if m == nil {
		t.Fatalf("there is no comment of one line above %s", declaration)
	}
	return string(m[1])
}

// table is the rows in Markdown.
func table(all []row) string {
	var b strings.Builder
	b.WriteString("| model | mutant | mechanism | tenants are | by the channel | steps | states |\n|---|---|---|---|---|---:|---:|\n")
	for _, r := range all {
		verdict, steps, mutant := "isolated", "", ""
		if r.channel != nil {
			verdict, steps = "not isolated", fmt.Sprint(r.steps)
		}
		if r.mutant != "" {
			mutant = "`" + r.mutant + "`"
		}
		var channel []string
		for _, c := range r.channel {
			channel = append(channel, "`"+c+"`")
		}
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s | %s | %s | %s |\n", strings.TrimSuffix(r.file, ".bh"), r.file, mutant,
			r.mechanism, verdict, strings.Join(channel, ", "), steps, suite.Thousands(r.states))
	}
	return b.String()
}

// The table in README.md is what the checker says now, `make channels` rewrites it, and the channels are those that the
// models were made to have.
func TestChannels(t *testing.T) {
	all := rows(t)
	found := map[string]string{}
	isolated := map[string]bool{}
	for _, r := range all {
		switch {
		case r.mutant == "" && r.channel == nil:
			isolated[r.file] = true
		case r.mutant == "" || r.channel == nil:
			t.Errorf("%s %s: got the channel %q: the model must be isolated, and its mutants not", r.file, r.mutant, r.channel)
		default:
			name := strings.TrimSuffix(r.file, "bh") + r.mutant
			found[name] = strings.Join(r.channel, " ")
			if direct, ok := conditions[name]; ok && direct != r.direct {
				t.Errorf("%s: got a step that shows at once %t, want %t", name, r.direct, direct)
			}
		}
	}
	if !maps.Equal(found, channels) {
		t.Errorf("got the channels\n%q\nwant\n%q", found, channels)
	}
	for _, r := range all {
		if !isolated[r.file] || !slices.ContainsFunc(all, func(o row) bool { return o.file == r.file && o.mutant != "" }) {
			t.Errorf("%s: want a claim that holds and a mutant of it", r.file)
		}
	}
	if *update {
		if err := suite.Splice("README.md", "channels", table(all)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("<!-- channels -->\n"+table(all)+"<!-- /channels -->")) {
		t.Errorf("README.md is not up to date: run make channels. The table is\n%s", table(all))
	}
}

// conditions says of a mutant for each condition of unwinding whether the step shows at once, so that local respect fails, or only
// after one that reads what it left, so that step consistency fails.
var conditions = map[string]bool{"levels.HighSetsLow": true, "levels.ReadsUp": false}

// channels are the parts of the state by which each mutant lets a tenant know of another one.
var channels = map[string]string{
	"addresses.AnyPort":      "port[1]",
	"addresses.OnePool":      "ip[3]",
	"alone.OneDisk":          "disk[1]",
	"cache.Uncoloured":       "line[1]",
	"cores.Concurrent":       "line",
	"cores.Sequential":       "line",
	"cpu.Conserving":         "work[1]",
	"cpu.QuotaOnly":          "work[1]",
	"dma.NoIOMMU":            "data[1]",
	"firewall.Offloaded":     "arrives[1]",
	"firewall.OneQueue":      "leaves[2]",
	"firewall.SharedFolder":  "folder[1] folder[2]",
	"guest.Unlimited":        "used[2]",
	"hybrid.Overcommits":     "vm.used[2][1]",
	"hybrid.SharedDisk":      "disk[1]",
	"images.ThroughLink":     "blob[1]",
	"kernel.SharedCache":     "cached[1] slow[2, 1]",
	"kernel.SharedKernel":    "kernel[1] runs[2, 1]",
	"levels.HighSetsLow":     "file[1]",
	"levels.ReadsUp":         "file[2]",
	"memory.Unsalted":        "data[3] frame[2, 1] writable[1, 1] writable[2, 1]",
	"mounts.Propagates":      "mounted[1]",
	"mounts.SharedVolume":    "volume",
	"mounts.ThroughLayer":    "lower",
	"mounts.Unwiped":         "volume",
	"namespaces.DefaultUser": "content[user, 0]",
	"namespaces.HostNetwork": "content[net, 0]",
	"namespaces.JoinsIpc":    "content[ipc, 1]",
	"network.EgressOnly":     "inbox[1]",
	"network.Inverted":       "inbox[1]",
	"network.LosesRules":     "inbox[1]",
	"network.OneTable":       "open[2]",
	"pids.HostList":          "procs[2]",
	"pids.HostNumbers":       "procs[2] following[1]",
	"pids.Unlimited":         "procs[2] following[2]",
	"vcenter.AgentCounts":    "power[2]",
	"vcenter.NoLockdown":     "asked kept",
	"vcenter.NoTask":         "power[1]",
}
