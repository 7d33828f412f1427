package coq

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/coqtest"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/spec"
)

// search is what the engine finds of a program, of the properties that a development can speak of. It is false where the search ended
// early, or nothing is to be searched.
func search(t testing.TB, p *spec.Program, most int64) (Found, bool) {
	t.Helper()
	only := []string{}
	for _, c := range Claims(p.IR()) {
		only = append(only, c)
	}
	res, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: most, Only: only, NoWitnesses: true, SweepFrom: -1})
	if err != nil {
		return Found{}, false // there is no initial state
	}
	found := Found{States: res.Stats.Distinct, Verdicts: map[string]Verdict{}}
	for _, f := range res.Properties {
		switch f.Verdict {
		case checker.Holds:
			found.Verdicts[f.Property.Name] = Holds
		case checker.Violated:
			found.Verdicts[f.Property.Name] = Violated
		}
	}
	return found, res.Exhaustive
}

func load(t testing.TB, text string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

// inOne puts the models of several developments into one file, each in a module, and asks of each whether the check succeeds.
func inOne(ds []*Development, founds []Found, o Options) string {
	var b strings.Builder
	b.WriteString("From Coq Require Import List ZArith Uint63.\nFrom Bulkhead Require Import TS Explore Trie Table Value Syntax Meaning Semantics Certify.\nImport ListNotations.\n")
	for i, d := range ds {
		text := d.file("model/Model.v")
		text = text[strings.Index(text, "Open Scope"):]
		fmt.Fprintf(&b, "Module M%d.\n%s\n", i, text)
		d.expected().write(&b, "list expectation")
		if o.Fast {
			fmt.Fprintf(&b, "Eval vm_compute in check_fast model expected %d%%N %d%%nat %d%%uint63.\n", founds[i].States, depth(founds[i].States), tableSize(founds[i].States))
		} else {
			fmt.Fprintf(&b, "Eval vm_compute in check model expected %d%%N %d%%nat.\n", founds[i].States, depth(founds[i].States))
		}
		fmt.Fprintf(&b, "End M%d.\n", i)
	}
	return b.String()
}

var answer = regexp.MustCompile(`= (true|false)\s+: bool`)

// TestDrawn compares the meaning of the language in Coq with that of the engine, which other tests compare with the plain interpreter, on drawn
// models: the number of states and the verdict on each property, the absence of faults among them.
func TestDrawn(t *testing.T) {
	coqtest.Need(t)
	models := 150
	if os.Getenv("BULKHEAD_SOAK") != "" {
		models = 1500
	}
	var texts []string
	var ds []*Development
	var founds []Found
	kinds := map[string]int{}
	for seed := 0; len(ds) < models; seed++ {
		text := rapid.Custom(gen.Model).Example(seed)
		p := load(t, text)
		found, ok := search(t, p, 400)
		if !ok || found.States == 0 {
			continue
		}
		d, err := Export(p.IR(), found, Options{})
		if err != nil {
			t.Logf("seed %d: %v", seed, err)
			continue
		}
		for _, c := range d.Claims {
			kinds[fmt.Sprintf("%s %d", c.term.head, c.Verdict)]++
		}
		texts, ds, founds = append(texts, text), append(ds, d), append(founds, found)
	}
	t.Logf("claims by kind and verdict: %v", kinds)
	outs, err := coqtest.Run(t, coqtest.File{Name: "Drawn.v", Text: inOne(ds, founds, Options{})})
	if err != nil {
		t.Fatal(err)
	}
	answers := answer.FindAllStringSubmatch(outs[0], -1)
	if len(answers) != len(ds) {
		t.Fatalf("%d answers of %d models", len(answers), len(ds))
	}
	for i, a := range answers {
		if a[1] != "true" {
			t.Errorf("Coq does not agree with %v on\n%s", founds[i], texts[i])
			os.WriteFile(fmt.Sprintf("/tmp/h1_bad/bad%d.bh", i), []byte(texts[i]), 0o666)
			os.WriteFile(fmt.Sprintf("/tmp/h1_bad/bad%d.v", i), []byte(inOne(ds[i:i+1], founds[i:i+1], Options{})+survey), 0o666)
		}
	}
}

// TestFiles compiles a whole development.
func TestFiles(t *testing.T) {
	coqtest.Need(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "model", "oci", "lifecycle.bh"))
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, string(text))
	found, _ := search(t, p, 0)
	d, err := Export(p.IR(), found, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := "/tmp/h1_dev"
	if err := d.Write(dir); err != nil {
		t.Fatal(err)
	}
}

const survey = `
Import M0.
Definition seen := fun (p : program) =>
  let M := semantics p in
  let P c := of_states M (fun s => match value_of p c s (moves p s) with Some b => b | None => true end) in
  let Q c := of_states M (fun s => match value_of p c s (moves p s) with Some b => true | None => false end) in
  trie_explore M eqb_all (key p) (map P (claims p) ++ map Q (claims p)) 12.
Eval vm_compute in (existsb (fun o => match o with None => true | _ => false end) (initial model), seen model).
Eval vm_compute in expected.
Eval vm_compute in map (fun c => match c with Invariant _ => 1 | Step _ => 2 | AtMost _ _ => 3 | AtLeast _ _ => 4 | Ensures _ => 5 | Reachable _ => 6 | NoDeadlock => 7 | NoFault => 8 end)%nat (claims model).
`
