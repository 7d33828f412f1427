// Package coqtest runs Coq in tests: it compiles the library of proofs/coq once, other files against it, and reads what
// theorems assume.
package coqtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Folders are the folders of the library, below proofs/coq, with their logical paths.
var Folders = []struct{ Dir, Path string }{{"theories", "Bulkhead"}, {"lemmas", "BulkheadLemmas"}}

// File is a Coq file: the name ends in .v, and is a Coq name up to there.
type File struct{ Name, Text string }

// Need skips the test where Coq was not asked for or is not installed.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv("BULKHEAD_PEERS") == "" && os.Getenv("BULKHEAD_SOAK") == "" {
		t.Skip("Coq runs in make check: set BULKHEAD_PEERS")
	}
	for _, tool := range []string{"coqc", "coq_makefile", "make"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
}

// Sources lists the files of the library, by folder and name.
func Sources(t testing.TB) []string {
	t.Helper()
	root := moduleRoot(t)
	var files []string
	for _, f := range Folders {
		in, err := filepath.Glob(filepath.Join(root, "proofs", "coq", f.Dir, "*.v"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, in...)
	}
	if len(files) == 0 {
		t.Fatal("the library has no files")
	}
	return files
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}

// mostAtOnce is how many files are compiled at once at most: each may take half a GiB.
const mostAtOnce = 4

var library struct {
	once sync.Once
	dir  string
	err  error
}

// Library compiles the library and returns the folder that holds Folders. What was compiled stays in the system's folder
// for temporary files under a name made of all sources, so that other tests find it. The test needs Coq.
func Library(t testing.TB) string {
	t.Helper()
	sources := Sources(t)
	library.once.Do(func() { library.dir, library.err = compiled(sources) })
	if library.err != nil {
		t.Fatal(library.err)
	}
	return library.dir
}

func compiled(sources []string) (string, error) {
	version, err := exec.Command("coqc", "--version").Output()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(version)
	fmt.Fprintln(sum, os.Getuid())
	texts := make([][]byte, len(sources))
	for i, f := range sources {
		if texts[i], err = os.ReadFile(f); err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", inLibrary(f), len(texts[i]))
		sum.Write(texts[i])
	}
	dir := filepath.Join(os.TempDir(), "bulkhead-coq-"+hex.EncodeToString(sum.Sum(nil)[:12]))
	// Packages are tested at the same time: one of them compiles, and the others wait for it.
	unlock, err := lockedfile.MutexAt(dir + ".lock").Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	work, err := os.MkdirTemp("", "bulkhead-coq-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	for _, f := range Folders {
		if err := os.MkdirAll(filepath.Join(work, f.Dir), 0o755); err != nil {
			return "", err
		}
	}
	names := make([]string, len(sources))
	for i, f := range sources {
		names[i] = inLibrary(f)
		if err := os.WriteFile(filepath.Join(work, names[i]), texts[i], 0o644); err != nil {
			return "", err
		}
	}
	if out, err := command(work, "coq_makefile", append(libraryFlags("."), append(names, "-o", "Makefile")...)...); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	if out, err := command(work, "make", fmt.Sprintf("-j%d", min(runtime.NumCPU(), mostAtOnce))); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return dir, os.Rename(work, dir)
}

// inLibrary is the last folder and the name of a file.
func inLibrary(file string) string {
	return filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file))
}

func libraryFlags(dir string) []string {
	var flags []string
	for _, f := range Folders {
		flags = append(flags, "-Q", filepath.Join(dir, f.Dir), f.Path)
	}
	return flags
}

// command returns what a command printed, and what it complained of as its error.
func command(dir, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, complaint.String())
	}
	return out.String(), nil
}

// Run compiles the files in their order, in an empty folder with the logical path Test, and returns what Coq printed of each up to the
// first error, which it returns.
func Run(t testing.TB, files ...File) ([]string, error) {
	t.Helper()
	lib, dir := Library(t), t.TempDir()
	var outs []string
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := command(dir, "coqc", append(libraryFlags(lib), "-Q", ".", "Test", f.Name)...)
		outs = append(outs, out)
		if err != nil {
			return outs, err
		}
	}
	return outs, nil
}

// Assumptions compiles the files and returns what each of the theorems assumes, with the names that Coq uses where no
// library is imported: PArray.get_set_same. A theorem has a full name: Bulkhead.TS.by_induction, or Test.Proof.Kept in a file Proof.v.
func Assumptions(t testing.TB, theorems []string, files ...File) map[string][]string {
	t.Helper()
	var ask strings.Builder
	for _, name := range theorems {
		fmt.Fprintf(&ask, "Require %s.\n", name[:strings.LastIndexByte(name, '.')])
	}
	for _, name := range theorems {
		fmt.Fprintf(&ask, "Print Assumptions %s.\n", name)
	}
	outs, err := Run(t, append(slices.Clone(files), File{"Assumptions_.v", ask.String()})...)
	if err != nil {
		t.Fatal(err)
	}
	out := outs[len(files)]
	found := ReadAssumptions(out)
	if len(found) != len(theorems) {
		t.Fatalf("Coq answers for %d of %d theorems:\n%s", len(found), len(theorems), out)
	}
	of := map[string][]string{}
	for i, name := range theorems {
		of[name] = found[i]
	}
	return of
}

// Closed tells whether all of the theorems of the library assume nothing. It takes a fifth of the time of Assumptions, as Coq goes
// through what they have in common once.
func Closed(t testing.TB, theorems []string) bool {
	t.Helper()
	var all strings.Builder
	for _, name := range theorems {
		fmt.Fprintf(&all, "Require %s.\n", name[:strings.LastIndexByte(name, '.')])
	}
	all.WriteString("Definition all := (tt")
	for _, name := range theorems {
		fmt.Fprintf(&all, ",\n  @%s", name)
	}
	all.WriteString(").\nPrint Assumptions all.\n")
	outs, err := Run(t, File{"Closed_.v", all.String()})
	if err != nil {
		t.Fatal(err)
	}
	found := ReadAssumptions(outs[0])
	return len(found) == 1 && len(found[0]) == 0
}

// An axiom's type follows its name, or stands on the lines below, indented.
var axiomName = regexp.MustCompile(`^([\pL_][\pL\pN_'.]*)( :|$)`)

// ReadAssumptions reads what Coq prints for each Print Assumptions: the names of axioms, and any other sentence about what was assumed as it
// stands.
func ReadAssumptions(out string) [][]string {
	var all [][]string
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		switch m := axiomName.FindStringSubmatch(line); {
		case line == "Closed under the global context" || line == "Axioms:":
			all = append(all, nil)
		case line == "" || line[0] == ' ' || len(all) == 0:
		case m != nil:
			all[len(all)-1] = append(all[len(all)-1], m[1])
		default:
			all[len(all)-1] = append(all[len(all)-1], line)
		}
	}
	return all
}

// Primitive tells whether an assumption is about the machine's integers or arrays and belongs to Coq itself: the kernel computes with
// them, and Coq's library says how in axioms.
func Primitive(assumption string) bool {
	module, name, _ := strings.Cut(assumption, ".")
	return slices.Contains(strings.Fields(primitive[module]), name)
}

// From Coq 8.16.
var primitive = map[string]string{
	"PrimInt63": `int lsl lsr land lor lxor asr add sub mul mulc div mod divs mods eqb ltb leb ltsb lesb addc addcarryc subc subcarryc
		diveucl diveucl_21 addmuldiv compare compares head0 tail0`,
	"Uint63": `of_to_Z lsl_spec lsr_spec land_spec lor_spec lxor_spec add_spec sub_spec mul_spec mulc_spec div_spec mod_spec
		eqb_correct eqb_refl ltb_spec leb_spec compare_def_spec head0_spec tail0_spec addc_def_spec addcarryc_def_spec
		subc_def_spec subcarryc_def_spec diveucl_def_spec diveucl_21_spec addmuldiv_def_spec`,
	"PArray": `array make get default set length copy max_length get_out_of_bounds get_set_same get_set_other default_set get_make
		leb_length length_make length_set get_copy length_copy array_ext`,
}
