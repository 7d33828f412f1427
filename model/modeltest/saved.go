package modeltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// runSchema names the shape of the file of a saved run.
const runSchema = "bulkhead.run/1"

// savedRun is a run that violated a property, in words: it survives a change of the encoding of states, and a reader
// sees what it does.
type savedRun struct {
	Schema   string     `json:"schema"`
	Model    string     `json:"model"`
	Property string     `json:"property"`
	Kind     model.Kind `json:"kind"`
	Start    []string   `json:"start"` // the variables of the initial state; null when it faulted
	Steps    []string   `json:"steps"` // as StepText.String gives them
}

func (r savedRun) speaksOf(p model.Property) bool { return r.Property == p.Name && r.Kind == p.Kind }

func saveRun(system string, p model.Property, t *model.Trace) savedRun {
	out := savedRun{Schema: runSchema, Model: system, Property: p.Name, Kind: p.Kind, Steps: []string{}}
	for i, s := range t.Steps {
		if i == 0 {
			out.Start = texts(s.State)
			continue
		}
		out.Steps = append(out.Steps, s.Step.String())
	}
	return out
}

// texts gives a state as lines, nil for none.
func texts(vars []model.Binding) []string {
	if vars == nil {
		return nil
	}
	out := []string{}
	for _, v := range vars {
		out = append(out, v.Name+" = "+v.Value.String())
	}
	return out
}

// folder holds the saved runs of one system in one test.
type folder struct {
	path   string
	test   string
	system string
}

// systemName tells the systems of one test apart.
func systemName(i *model.Info) string {
	if i.Config != "" {
		return i.Name + " " + i.Config
	}
	return i.Name
}

const suffix = ".trace.json"

func (f folder) dir() string {
	parts := []string{f.path}
	for _, p := range strings.Split(f.test, "/") {
		parts = append(parts, fileName(p))
	}
	return filepath.Join(append(parts, fileName(f.system))...)
}

func (f folder) file(property string) string {
	return filepath.Join(f.dir(), fileName(property)+suffix)
}

// fileName gives a name that every file system takes: other characters than letters, digits, - and _ become %XX.
func fileName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// read gives the saved runs in the order of their names, and what could not be read.
func (f folder) read() ([]savedRun, []error) {
	files, err := filepath.Glob(filepath.Join(escaped(f.dir()), "*"+suffix))
	if err != nil {
		return nil, []error{err}
	}
	var out []savedRun
	var errs []error
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		var r savedRun
		if err := json.Unmarshal(text, &r); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		if r.Schema != runSchema || f.file(r.Property) != name {
			errs = append(errs, fmt.Errorf("%s: got a run of property %q in schema %q, want %q", name, r.Property, r.Schema, runSchema))
			continue
		}
		out = append(out, r)
	}
	return out, errs
}

// escaped quotes the characters that mean something to Glob.
func escaped(path string) string {
	if os.PathSeparator == '\\' {
		return path // Windows has no such quoting
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// write saves a run. That it cannot, in a read-only checkout for example, is logged.
func (f folder) write(t *testing.T, r savedRun) {
	t.Helper()
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	name := f.file(r.Property)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Logf("the run is not saved: %v", err)
		return
	}
	if err := os.WriteFile(name, append(text, '\n'), 0o666); err != nil {
		t.Logf("the run is not saved: %v", err)
		return
	}
	t.Logf("the run is saved in %s and replayed first the next time", name)
}

// remove removes the saved run of a property, if there is one, and the folders that this leaves empty.
func (f folder) remove(t *testing.T, property string) {
	t.Helper()
	name := f.file(property)
	if err := os.Remove(name); err != nil {
		if !os.IsNotExist(err) {
			t.Logf("the saved run of %s has served: remove %s (%v)", property, name, err)
		}
		return
	}
	t.Logf("the saved run of %s has served, and %s is removed", property, name)
	for dir := filepath.Dir(name); dir != filepath.Clean(f.path) && len(dir) > len(f.path); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil { // not empty
			return
		}
	}
}
