package coq_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
)

// primitive lists the files whose theorems may assume what Coq's own library says of the machine's integers and arrays.
var primitive = []string{"Bulkhead.Table", "Bulkhead.CertifyFast"}

var (
	comment   = regexp.MustCompile(`(?s)\(\*.*?\*\)`)
	forbidden = regexp.MustCompile(`\b(Admitted|admit|Axioms?|Parameters?|Conjectures?|give_up|bypass_check|Unset\s+(Guard|Positivity|Universe)\s+Checking|type_in_type|Redirect|LoadPath|ML\s+Module)\b`)
	sentence  = regexp.MustCompile(`(?m)^\s*(?:(?:Local|Global|Program|#\[[^\]]*\])\s+)*(Theorem|Lemma|Corollary|Fact|Proposition|Remark|Instance|Module|Section|End)\s+(?:Import\s+|Export\s+)?([\w']+)`)
)

// TestLibrary compiles every file of the library; nothing in it is left unproved, and each theorem assumes nothing, but for the files that are about
// primitive integers and arrays.
func TestLibrary(t *testing.T) {
	for _, f := range coqtest.Sources(t) {
		for _, bad := range forbidden.FindAllString(uncommented(t, f), -1) {
			t.Errorf("%s says %s", f, bad)
		}
	}
	coqtest.Need(t)
	t.Parallel()
	var theorems []string
	for _, f := range coqtest.Sources(t) {
		theorems = append(theorems, theoremsOf(t, f)...)
	}
	if !slices.Contains(theorems, "Bulkhead.TS.by_induction") {
		t.Fatalf("theorems are not found: %q", theorems)
	}
	mayAssume := func(name string) bool { return slices.Contains(primitive, name[:strings.LastIndexByte(name, '.')]) }
	ask := theorems
	if coqtest.Closed(t, slices.DeleteFunc(slices.Clone(theorems), mayAssume)) {
		ask = slices.DeleteFunc(theorems, func(name string) bool { return !mayAssume(name) })
	}
	of := coqtest.Assumptions(t, ask)
	for _, name := range ask {
		for _, a := range of[name] {
			if !coqtest.Primitive(a) || !mayAssume(name) {
				t.Errorf("%s assumes %s", name, a)
			}
		}
	}
}

func uncommented(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return comment.ReplaceAllString(string(text), " ")
}

// theoremsOf lists the full names of the theorems in a file of the library.
func theoremsOf(t *testing.T, file string) []string {
	t.Helper()
	full := ""
	for _, f := range coqtest.Folders {
		if f.Dir == filepath.Base(filepath.Dir(file)) {
			full = f.Path + "." + strings.TrimSuffix(filepath.Base(file), ".v")
		}
	}
	type opened struct {
		name   string
		module bool
	}
	var inside []opened
	var names []string
	for _, m := range sentence.FindAllStringSubmatch(uncommented(t, file), -1) {
		switch kind, name := m[1], m[2]; kind {
		case "Module", "Section":
			inside = append(inside, opened{name, kind == "Module"})
		case "End":
			if len(inside) == 0 || inside[len(inside)-1].name != name {
				t.Fatalf("%s: End %s ends nothing", file, name)
			}
			inside = inside[:len(inside)-1]
		default:
			at := full
			for _, o := range inside {
				if o.module {
					at = fmt.Sprintf("%s.%s", at, o.name)
				}
			}
			names = append(names, at+"."+name)
		}
	}
	return names
}
