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

func TestTryCoq(t *testing.T) {
	file := os.Getenv("TRYCOQ")
	if file == "" {
		t.Skip()
	}
	p, _, err := loadText(mend(read(t, file)), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Coq(context.Background(), p.IR(), strings.Fields(os.Getenv("OPEN")), Options{Solvers: Installed()[:1], Limit: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	dir := "/tmp/h3_coq"
	if err := os.WriteFile(dir+"/"+strings.TrimSuffix(filepath.Base(file), ".bh")+"_proof.v", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
