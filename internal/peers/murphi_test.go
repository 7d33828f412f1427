package peers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// murphi counts with rumur, a Murphi compiler: the constants of the case replace those of the file, the verifier is
// made in C, compiled and run. Murphi's own range checks and invariants must find nothing; deadlocks are not looked for.
func murphi(ctx context.Context, dir string, c Case, more []Constant) (counts, error) {
	source, err := os.ReadFile(filepath.Join("testdata", c.Murphi+".m"))
	if err != nil {
		return counts{}, err
	}
	text := string(source)
	for _, k := range append(c.Constants, more...) {
		declared := regexp.MustCompile(`(?m)^((?:const)?\s*` + k.Name + `): \d+;`)
		if len(declared.FindAllString(text, -1)) != 1 {
			return counts{}, fmt.Errorf("%s.m: want one declaration of the constant %s", c.Murphi, k.Name)
		}
		text = declared.ReplaceAllString(text, fmt.Sprintf("${1}: %d;", k.Value))
	}
	if err := os.WriteFile(filepath.Join(dir, "model.m"), []byte(text), 0o600); err != nil {
		return counts{}, err
	}
	if _, err := run(ctx, dir, "rumur", "--deadlock-detection", "off", "-o", "model.c", "model.m"); err != nil {
		return counts{}, err
	}
	compile := []string{"-std=c11", optimise(c), "-w", "-o", "model", "model.c", "-lpthread"}
	if runtime.GOARCH == "amd64" {
		compile = append([]string{"-mcx16"}, compile...) // for its 16-byte compare and swap
	}
	if _, err := run(ctx, dir, "gcc", compile...); err != nil {
		return counts{}, err
	}
	out, err := run(ctx, dir, "./model")
	if err != nil {
		return counts{}, err
	}
	if !strings.Contains(out, "No error found.") {
		return counts{}, fmt.Errorf("the verifier found an error:\n%s", out)
	}
	var found counts
	if found.distinct, err = number(out, `(\d+) states, \d+ rules fired in`); err != nil {
		return counts{}, err
	}
	fired, err := number(out, `\d+ states, (\d+) rules fired in`)
	found.generated = fired + 1 // each file has one initial state
	return found, err
}
