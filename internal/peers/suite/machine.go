package suite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Machine names the machine, the tools' versions and the day, in one paragraph.
func Machine(ctx context.Context) string {
	parts := []string{processor(), fmt.Sprintf("%d cores", runtime.NumCPU())}
	if m := memory(); m != "" {
		parts = append(parts, m)
	}
	parts = append(parts, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version())
	for _, t := range []struct {
		name    string
		args    []string
		version string
	}{
		{"spin", []string{"-V"}, `Spin Version ([\d.]+)`},
		{"rumur", []string{"--version"}, `Rumur version (\S+)`},
		{"gcc", []string{"-dumpfullversion"}, `([\d.]+)`},
	} {
		out, err := exec.CommandContext(ctx, t.name, t.args...).CombinedOutput()
		found := regexp.MustCompile(t.version).FindSubmatch(out)
		switch {
		case err != nil && len(out) == 0:
			parts = append(parts, "no "+t.name)
		case found == nil:
			parts = append(parts, t.name)
		default:
			parts = append(parts, t.name+" "+string(found[1]))
		}
	}
	return strings.Join(parts, ", ") + "; measured on " + time.Now().UTC().Format(time.DateOnly)
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor unknown"
	}
	name := regexp.MustCompile(`(?m)^model name\s*: (.+)$`).FindSubmatch(info)
	if name == nil {
		return "processor unknown"
	}
	out := string(name[1])
	if mhz := regexp.MustCompile(`(?m)^cpu MHz\s*: (\d+)`).FindSubmatch(info); mhz != nil {
		out += " at " + string(mhz[1]) + " MHz"
	}
	return out
}

func memory() string {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return ""
	}
	var kib float64
	if _, err := fmt.Sscanf(string(info), "MemTotal: %f", &kib); err != nil {
		return ""
	}
	return fmt.Sprintf("%.0f GiB of memory", kib/(1<<20))
}

// Splice puts text between the lines <!-- mark --> and <!-- /mark --> of a file.
func Splice(file, mark, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	first, last := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	before, rest, ok := strings.Cut(string(old), first)
	_, after, closed := strings.Cut(rest, last)
	if !ok || !closed {
		return fmt.Errorf("%s: want the lines %s and %s", file, strings.TrimSpace(first), last)
	}
	return os.WriteFile(file, []byte(before+first+strings.TrimSpace(text)+"\n"+last+after), 0o644)
}
