package coqtest_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
)

func TestReadAssumptions(t *testing.T) {
	got := coqtest.ReadAssumptions(`Closed under the global context
Axioms:
PArray.get_set_same
  : forall (A : Type) (t : PArray.array A),
    PArray.get t i = a
PrimInt63.int : Set
loop is assumed to be guarded.
Axioms:
x' : nat
`)
	want := [][]string{nil, {"PArray.get_set_same", "PrimInt63.int", "loop is assumed to be guarded."}, {"x'"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrimitive(t *testing.T) {
	for name, want := range map[string]bool{
		"PrimInt63.int": true, "Uint63.eqb_correct": true, "PArray.get_set_same": true,
		"PrimInt63.": false, "int": false, "Uint63.surprise": false, "Test.PArray.set": false, "classic": false, "x is assumed to be guarded.": false,
	} {
		if got := coqtest.Primitive(name); got != want {
			t.Errorf("Primitive(%q) = %v", name, got)
		}
	}
}

// A theorem's assumptions are found whatever way they came in, and a wrong proof is an error.
func TestAssumptions(t *testing.T) {
	coqtest.Need(t)
	file := coqtest.File{Name: "Some.v", Text: `From Coq Require Import Uint63.
Theorem none : True. Proof. exact I. Qed.
Theorem primitive : forall x y, (x =? y)%uint63 = true -> x = y. Proof. exact eqb_correct. Qed.
Axiom own : False.
Theorem all : 0 = 1. Proof. destruct own. Qed.
Unset Guard Checking.
Fixpoint loop (n : nat) : False := loop n.
Set Guard Checking.
Theorem round : False. Proof. exact (loop 0). Qed.
Unset Universe Checking.
Theorem sorts : Type. Proof. exact nat. Qed.
`}
	got := coqtest.Assumptions(t, []string{"Test.Some.none", "Test.Some.primitive", "Test.Some.all", "Test.Some.round", "Test.Some.sorts", "Bulkhead.TS.by_induction"}, file)
	for name, want := range map[string]int{"none": 0, "primitive": 0, "all": 1, "round": 1, "sorts": 1} {
		foreign := 0
		for _, a := range got["Test.Some."+name] {
			if !coqtest.Primitive(a) {
				foreign++
			}
		}
		if foreign != want {
			t.Errorf("%s assumes %q", name, got["Test.Some."+name])
		}
	}
	if len(got["Test.Some.primitive"]) == 0 || len(got["Bulkhead.TS.by_induction"]) != 0 {
		t.Errorf("got %q", got)
	}
	if _, err := coqtest.Run(t, coqtest.File{Name: "Wrong.v", Text: "Theorem wrong : 0 = 1.\nProof. vm_cast_no_check (eq_refl 0). Qed.\n"}); err == nil || !strings.Contains(err.Error(), "0 = 1") && !strings.Contains(err.Error(), "Unable to unify") {
		t.Errorf("a wrong proof: %v", err)
	}
}
