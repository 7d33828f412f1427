package tla_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/tla"
	"github.com/bulkheadlang/bulkhead/spec"
)

// shipped lists models that ship, by path from the root of the module: the examples or, where more is asked for, all.
func shipped(t *testing.T) (out []string) {
	t.Helper()
	tops := []string{"examples"}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		tops = append(tops, "model")
	}
	for _, top := range tops {
		err := filepath.WalkDir(filepath.Join("..", "..", top), func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".bh") {
				out = append(out, strings.TrimPrefix(filepath.ToSlash(path), "../../"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func load(t *testing.T, path string) *spec.Program {
	t.Helper()
	p, err := spec.Load(os.DirFS("../.."), path)
	if err != nil && strings.Contains(err.Error(), "no model header") {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// well checks that a module is one by grammar and names, and that its configuration fits it.
func well(m *tla.Module) error {
	parsed, err := parse(m.Text)
	if err == nil {
		err = parsed.configured(m.Config)
	}
	return err
}

// TestGrammar parses every model that ships, as it is written in TLA+.
func TestGrammar(t *testing.T) {
	written, all := 0, 0
	for _, path := range shipped(t) {
		p := load(t, path)
		if p == nil {
			continue
		}
		all++
		m, err := tla.Export(p.IR(), "")
		var refused *tla.Refused
		switch {
		case errors.As(err, &refused):
			t.Logf("%v", err)
			continue
		case err != nil:
			t.Fatal(err)
		}
		written++
		if err := well(m); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	t.Logf("%d of %d models", written, all)
	if written*10 < all*9 {
		t.Errorf("%d of %d models are written, want nine in ten", written, all)
	}
}

// TestDrawn parses and explores drawn models.
func TestDrawn(t *testing.T) {
	written, all, stricter := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := gen.Model(t)
		p, err := spec.Load(fstest.MapFS{"m.bh": &fstest.MapFile{Data: []byte(src)}}, "m.bh")
		if err != nil {
			t.Skip(err.Error())
		}
		all++
		m, err := tla.Export(p.IR(), "")
		if err != nil {
			return
		}
		written++
		if err := well(m); err != nil {
			t.Fatalf("%v\n%s\n%s", err, src, m.Text)
		}
		if _, err := same(p, m); errors.Is(err, errStricter) {
			stricter++
		} else if err != nil {
			t.Fatalf("%v\n%s\n%s", err, src, m.Text)
		}
	})
	t.Logf("%d of %d, of %d NoFault is stricter than the language", written, all, stricter)
	if stricter*5 > written {
		t.Errorf("of %d of %d drawn models NoFault is false where nothing faults", stricter, written)
	}
	if written*4 < all {
		t.Errorf("%d of %d drawn models are written, want a quarter of them", written, all)
	}
}

// TestParser has the parser refuse what SANY refuses.
func TestParser(t *testing.T) {
	const good = `---- MODULE M ----
EXTENDS Integers, Sequences, FiniteSets
CONSTANTS N
VARIABLES x, y
f(a) == a + N
Next ==
  /\ x = 1
  /\ \/ y = 2
     \/ \E b \in 0 .. N : y' = f(b)
  /\ x' = IF x > 1 THEN 2 ELSE 3
P == [][x' = x]_x
====
`
	if _, err := parse(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, old, with string }{
		{"a bullet that is not below the others", "  /\\ \\/ y", "   /\\ \\/ y"},
		{"an inner bullet to the left", "     \\/ \\E", "  \\/ \\E"},
		{"a body left of its bullet", "\\/ \\E b \\in 0 .. N : y' = f(b)", "\\/ \\E b \\in 0 .. N :\n  y' = f(b)"},
		{"an open parenthesis", "a + N", "(a + N"},
		{"a name that is not declared", "a + N", "a + M"},
		{"a name before its declaration", "x = 1", "P = 1"},
		{"another arity", "f(b)", "f(b, b)"},
		{"no arguments", "f(b)", "f"},
		{"a binder that hides a variable", "\\E b \\in", "\\E y \\in"},
		{"a parameter that hides a constant", "f(a) == a + N", "f(N) == N"},
		{"a keyword as a name", "f(a) == a + N", "f(CASE) == CASE + N"},
		{"a binder that is used outside", "IF x > 1", "IF b > 1"},
		{"comparisons in a chain", "x > 1", "x > 1 > 0"},
		{"conjunction beside disjunction", "x = 1", "x = 1 /\\ x = 2 \\/ x = 3"},
		{"% beside +", "a + N", "a % 2 + N"},
		{"a definition twice", "P ==", "f(a) == a\nP =="},
		{"a name that a module has", "f(a) == a + N", "f(a) == a + N\nLen(a) == a"},
		{"IF without ELSE", " ELSE 3", ""},
		{"a string without an end", "x = 1", "x = \"1"},
	} {
		bad := strings.Replace(good, c.old, c.with, 1)
		if bad == good {
			t.Fatalf("%s: nothing changed", c.what)
		}
		if _, err := parse(bad); err == nil {
			t.Errorf("%s passes:\n%s", c.what, bad)
		}
	}
	m, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []string{"CONSTANT N = 1\nINVARIANT Q", "INVARIANT P", "CONSTANT M = 1", "CONSTANT N = 1\nINVARIANT f"} {
		if m.configured(config) == nil {
			t.Errorf("the configuration passes:\n%s", config)
		}
	}
	if err := m.configured("CONSTANT N = 1\nPROPERTY P"); err != nil {
		t.Error(err)
	}
}

// TestTLC has TLC count states, where TLA2TOOLS names its jar.
func TestTLC(t *testing.T) {
	jar := os.Getenv("TLA2TOOLS")
	if jar == "" {
		t.Skip("TLA2TOOLS does not name TLC's jar: nothing was compared")
	}
	jar, err := filepath.Abs(jar)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mutex", "leader_ring", "vm_lifecycle", "banker", "producer_consumer", "two_phase_commit", "container", "retry"} {
		t.Run(name, func(t *testing.T) {
			p := load(t, "examples/"+name+".bh")
			m, err := tla.Export(p.IR(), "")
			if err != nil {
				t.Skip(err)
			}
			dir := t.TempDir()
			for file, text := range map[string]string{m.Name + ".tla": m.Text, m.Name + ".cfg": m.Config} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("java", "-cp", jar, "tlc2.TLC", "-workers", "1", m.Name)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			res, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, NoWitnesses: true})
			if err != nil {
				t.Fatal(err)
			}
			found := regexp.MustCompile(`(\d+) distinct states found`).FindAllStringSubmatch(strings.ReplaceAll(string(out), ",", ""), -1)
			if len(found) == 0 || found[len(found)-1][1] != strconv.FormatInt(res.Stats.Distinct, 10) {
				t.Errorf("TLC finds another number of states than %d:\n%s", res.Stats.Distinct, out)
			}
		})
	}
}

// errStricter is said of what README.md says: NoFault asks for the values of all that a quantifier goes through, and of terminal
// conditions everywhere.
var errStricter = errors.New("NoFault is false, and nothing faults")

// same explores a module and compares with what the engine says of the model: the number of states and the verdicts on states and on steps.
func same(p *spec.Program, m *tla.Module) (compared bool, err error) {
	budget = 60_000
	if os.Getenv("BULKHEAD_SOAK") != "" {
		budget = 2_000_000
	}
	res, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: int64(budget / 300), NoWitnesses: true})
	if err != nil || !res.Exhaustive { // an error: there is no initial state
		return false, nil
	}
	parsed, err := parse(m.Text)
	if err != nil {
		return false, err
	}
	verdict := map[string]checker.Verdict{}
	for _, f := range res.Properties {
		verdict[f.Property.Name] = f.Verdict
		if strings.Contains(f.Message, "overflow") {
			return false, nil // the integers of TLA+ have no end, and TLC stops at 32 bits
		}
	}
	got, err := parsed.explore(m.Config)
	if errors.Is(err, tooLong) {
		return false, nil
	}
	faults := verdict["fault"] == checker.Violated
	if err != nil && faults {
		return true, nil // TLC stops there
	}
	if err != nil {
		return false, err
	}
	if got.violated["NoFault"] && !faults {
		return true, errStricter
	}
	if faults {
		if !got.violated["NoFault"] && !strings.Contains(m.Config, "_Defined") { // of steps that change nothing that is not asked
			return true, fmt.Errorf("NoFault is true, and something faults")
		}
		return true, nil
	}
	if int64(got.states) != res.Stats.Distinct {
		return true, fmt.Errorf("%d states, want %d", got.states, res.Stats.Distinct)
	}
	if got.violated["TypeOK"] {
		return true, errors.New("TypeOK is false")
	}
	if got.dead != (verdict["deadlock"] == checker.Violated) {
		return true, fmt.Errorf("a state without a step: %v, and deadlock %s", got.dead, verdict["deadlock"])
	}
	for _, f := range res.Properties {
		name := f.Property.Name
		switch f.Property.Kind {
		case model.Invariant, model.Bound, model.Step, model.Ensures:
			name = strings.ReplaceAll(name, ".", "_")
			if _, ok := parsed.bodies[name]; !ok || len(parsed.params[name]) > 0 {
				continue
			}
		case model.Reachable:
			name = "Never" + name
		default:
			continue
		}
		want := f.Verdict == checker.Violated
		if f.Property.Kind == model.Reachable {
			want = !want
		}
		if got.violated[name] != want && !(f.Property.Kind == model.Step || f.Property.Kind == model.Ensures) {
			return true, fmt.Errorf("%s is violated: %v, and the engine says that %s %s", name, got.violated[name], f.Property.Name, f.Verdict)
		}
		if got.violated[name] && !want { // the other way round, steps that change nothing may tell
			return true, fmt.Errorf("%s is violated, and the engine says that it %s", name, f.Verdict)
		}
	}
	return true, nil
}

// TestStates explores the modules of small models that ship.
func TestStates(t *testing.T) {
	compared := 0
	for _, path := range shipped(t) {
		p := load(t, path)
		if p == nil {
			continue
		}
		m, err := tla.Export(p.IR(), "")
		if err != nil {
			continue
		}
		done, err := same(p, m)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if done {
			compared++
		}
	}
	t.Logf("%d compared", compared)
	if compared < 15 {
		t.Errorf("%d models are compared, want 15", compared)
	}
}
