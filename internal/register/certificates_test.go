package register

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mostCertified is how many states a model may have for its certificate to be made outside of make certificates and make soak.
const mostCertified = 5_000

// certificate is the name of the file that make certificates writes of a model.
func (e Evidence) certificate() string { return strings.ReplaceAll(e.Place, "/", "_") + ".cert" }

// Of each property that a claim names as one that holds there is a certificate that bulkhead verify accepts. make certificates has them
// written to the folder that BULKHEAD_CERTIFICATES names; make check makes those of smaller models.
func TestCertificates(t *testing.T) {
	dir, all := os.Getenv("BULKHEAD_CERTIFICATES"), true
	if dir == "" {
		dir, all = t.TempDir(), os.Getenv("BULKHEAD_SOAK") != ""
		if !all && os.Getenv("BULKHEAD_MODELS") == "" {
			t.Skip("certificates are made in make check: set BULKHEAD_MODELS")
		}
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "bulkhead")
	if out, err := exec.Command("go", "build", "-o", bin, "../../cmd/bulkhead").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names, certified := map[string][]string{}, 0
	var models []Evidence
	for _, c := range Claims {
		for _, e := range c.By {
			if e.kind == holding {
				if names[e.Place] == nil {
					models = append(models, e)
				}
				names[e.Place] = append(names[e.Place], e.Names...)
			}
		}
	}
	for _, e := range models {
		t.Run(e.Place, func(t *testing.T) {
			file, cert := filepath.Join(root, e.file()), filepath.Join(dir, e.certificate())
			args := []string{"check", "--certificate", cert, file}
			if !all {
				args = slices.Insert(args, 1, "--max-states", strconv.Itoa(mostCertified))
			}
			if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
				if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 3 && !all {
					t.Skipf("more than %d states", mostCertified)
				}
				t.Fatalf("%v\n%s", err, out)
			}
			out, err := exec.Command(bin, "verify", cert, file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, name := range names[e.Place] {
				if !slices.ContainsFunc(bytes.Split(out, []byte("\n")), func(line []byte) bool {
					words := strings.Fields(string(line))
					return len(words) > 2 && words[1] == name && words[2] == "holds"
				}) {
					t.Errorf("it does not certify that %s holds:\n%s", name, out)
				}
			}
			certified++
		})
	}
	if t.Logf("%d of %d models certified", certified, len(models)); certified < 20 {
		t.Errorf("%d of %d models certified, want 20", certified, len(models))
	}
}
