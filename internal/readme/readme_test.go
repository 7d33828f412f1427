// Package readme runs every command and code block of the README.
package readme

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the README's outputs")

// block is a fenced block: the words after the fence, and the lines inside.
type block struct {
	info        string
	first, last int // line numbers of its content, last exclusive
}

func blocks(lines []string) []block {
	var out []block
	open := -1
	for i, l := range lines {
		if !strings.HasPrefix(l, "```") {
			continue
		}
		if open < 0 {
			open = i
			continue
		}
		out = append(out, block{strings.TrimPrefix(lines[open], "```"), open + 1, i})
		open = -1
	}
	return out
}

// figures are what differs from run to run: times, rates, memory and the number of workers.
var figures = regexp.MustCompile(`(?m)^[0-9.]+ m?s, .*peak$`)

func TestReadme(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(root, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	run(t, root, nil, 0, "go", "build", "-o", filepath.Join(bin, "bulkhead"), "./cmd/bulkhead")
	env := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1")

	ran, program := 0, ""
	all := blocks(lines)
	for i := len(all) - 1; i >= 0 && *update; i-- { // from the end, so that line numbers stay right; each needs those before
		if all[i].info == "console" {
			prepare(t, lines, all[:i], dir, env)
			lines = rewrite(t, lines, all[i], dir, env)
		}
	}
	if *update {
		if err := os.WriteFile(readme, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		all = blocks(lines)
	}
	for _, b := range all {
		content := strings.Join(lines[b.first:b.last], "\n") + "\n"
		ran++
		switch kind, name, _ := strings.Cut(b.info, " "); kind {
		case "bh":
			writeFile(t, filepath.Join(dir, name), content)
			run(t, dir, env, 0, filepath.Join(bin, "bulkhead"), "fmt", "-d", name)
			if got := run(t, root, env, 0, "bash", "-c", "sed -n '/^```bh/,/^```$/{//!p}' README.md"); got != content {
				t.Errorf("README.md:%d: the README's own command gives another file:\n%s", b.first, got)
			}
		case "sh":
			if strings.HasPrefix(content, "go mod edit") {
				continue // run with the program, below
			}
			run(t, dir, env, 0, "bash", "-c", content)
		case "console":
			command, want, _ := strings.Cut(content, "\n")
			command = strings.TrimPrefix(command, "$ ")
			switch {
			case command == "make test":
				continue // this test is part of it
			case strings.HasPrefix(command, "make "):
				run(t, root, env, 0, "bash", "-c", command)
				continue
			}
			got := run(t, dir, env, -1, "bash", "-c", command)
			if plain(got) != plain(want) {
				t.Errorf("README.md:%d: %s prints\n%s\nwant\n%s", b.first, command, got, want)
			}
			pictured(t, root, dir, command, strings.Join(lines[b.last+1:], "\n"))
		case "go":
			program = content
		case "text":
			if got := library(t, root, program, lines, all); got != content {
				t.Errorf("README.md:%d: the program prints\n%s\nwant\n%s", b.first, got, content)
			}
		default:
			t.Errorf("README.md:%d: no rule for a block of %q", b.first, b.info)
		}
	}
	if ran < 10 || program == "" {
		t.Errorf("only %d blocks found", ran)
	}
}

// pictured compares the picture that a command draws with the one that the README shows below it, if it does.
func pictured(t *testing.T, root, dir, command, below string) {
	t.Helper()
	drawn := regexp.MustCompile(`-o (\S+\.svg) `).FindStringSubmatch(command)
	shown := regexp.MustCompile(`^\s*!\[[^\]]*\]\((\S+)\)`).FindStringSubmatch(below)
	if drawn == nil || shown == nil {
		return
	}
	got, err := os.ReadFile(filepath.Join(dir, drawn[1]))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(root, shown[1]))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s draws another picture than %s", command, shown[1])
	}
}

func plain(s string) string {
	return strings.TrimSpace(figures.ReplaceAllString(s, "FIGURES"))
}

// prepare writes the files that blocks before one make.
func prepare(t *testing.T, lines []string, before []block, dir string, env []string) {
	for _, b := range before {
		content := strings.Join(lines[b.first:b.last], "\n") + "\n"
		switch kind, name, _ := strings.Cut(b.info, " "); {
		case kind == "bh":
			writeFile(t, filepath.Join(dir, name), content)
		case kind == "sh" && !strings.HasPrefix(content, "go mod"):
			run(t, dir, env, 0, "bash", "-c", content)
		}
	}
}

func rewrite(t *testing.T, lines []string, b block, dir string, env []string) []string {
	command, ok := strings.CutPrefix(lines[b.first], "$ bulkhead ")
	if !ok {
		return lines
	}
	out := strings.TrimRight(run(t, dir, env, -1, "bash", "-c", "bulkhead "+command), "\n")
	next := append([]string{}, lines[:b.first+1]...)
	if out != "" {
		next = append(next, strings.Split(out, "\n")...)
	}
	return append(next, lines[b.last:]...)
}

// library runs the Go program in a module of its own that uses this one as the README says.
func library(t *testing.T, root, program string, lines []string, all []block) string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.go"), program)
	env := append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	run(t, dir, env, 0, "go", "mod", "init", "example.com/host")
	edited := false
	for _, b := range all {
		if content := strings.Join(lines[b.first:b.last], "\n"); strings.HasPrefix(content, "go mod edit") {
			run(t, dir, env, 0, "bash", "-c", strings.ReplaceAll(content, "/path/to/the/clone", root))
			edited = true
		}
	}
	if !edited {
		t.Fatal("the README does not say how another module uses this one")
	}
	return run(t, dir, env, 0, "go", "run", ".")
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run gives what a command prints; want is its exit status, or -1 for any.
func run(t *testing.T, dir string, env []string, want int, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	var errText strings.Builder
	cmd.Stderr = &errText
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); want >= 0 && code != want {
		t.Fatalf("%s %s: exit status %d, want %d (%v)\n%s%s", name, strings.Join(args, " "), code, want, err, out, errText.String())
	}
	return string(out) + errText.String()
}
