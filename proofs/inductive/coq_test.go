package inductive

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// coqc compiles a file with the library about sums, and gives what it prints.
func coqc(t *testing.T, dir, text string) (string, error) {
	t.Helper()
	library := read(t, "../coq/theories/Sums.v")
	for name, content := range map[string]string{"Sums.v": library, "Model.v": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := ""
	for _, name := range []string{"Sums.v", "Model.v"} {
		if _, err := os.Stat(filepath.Join(dir, name+"o")); err == nil && name == "Sums.v" {
			continue
		}
		cmd := exec.Command("coqc", "-Q", ".", "Bulkhead", name)
		cmd.Dir = dir
		got, err := cmd.CombinedOutput()
		out += string(got)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// The proofs of the models of this folder are accepted by Coq and rest on no axiom; one whose claim is weakened, or whose action is, is not.
func TestCoq(t *testing.T) {
	list := solvers(t)
	if _, err := exec.LookPath("coqc"); err != nil {
		t.Skip("coqc is not installed")
	}
	dir := t.TempDir()
	for _, m := range shipped {
		if m.file == "models/cgroup.bh" && os.Getenv("BULKHEAD_SOAK") == "" {
			continue // which takes minutes
		}
		p, _, err := loadText(mend(read(t, m.file)), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Coq(context.Background(), p.IR(), strings.Fields(m.open), Options{Solvers: list[:1], Limit: 20 * time.Second})
		if err != nil {
			t.Errorf("%s: %v", m.file, err)
			continue
		}
		out, err := coqc(t, dir, text)
		if err != nil {
			t.Errorf("%s: %v: %s", m.file, err, out)
		}
		for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
			if line != "Closed under the global context" {
				t.Errorf("%s: it rests on %s", m.file, line)
			}
		}
		if strings.Contains(text, "Admitted") || strings.Contains(text, "Axiom") || !strings.Contains(text, "Theorem invariant : forall s, reachable s -> Inv s.") {
			t.Errorf("%s: the theorem is not there", m.file)
		}
		if m.file != "models/admission.bh" {
			continue
		}
		for _, change := range [][2]string{
			{":= sum_delta1", ":= sum_delta2"},
			{"+ (reserve s v)) <= CAPACITY)", "+ (reserve s v)) <= CAPACITY + 1)"},
			{"((admitted s' b1) = (if ((1 =? (admitted s b1)) || (v =? b1)) then 1 else 0))", "((admitted s' b1) = 1)"},
		} {
			bad := strings.ReplaceAll(text, change[0], change[1])
			if bad == text {
				t.Errorf("%q does not stand in the proofs", change[0])
			} else if _, err := coqc(t, dir, bad); err == nil {
				t.Errorf("Coq accepts %q in the place of %q", change[1], change[0])
			}
		}
	}
}
