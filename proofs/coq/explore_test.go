package coq_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
)

// graph is a system drawn at random: states are numbers, and steps from some of them fault.
type graph struct {
	init   []int
	next   [][]int
	faults []bool
}

func drawGraph(r *rand.Rand) graph {
	n := 1 + r.IntN(40)
	g := graph{next: make([][]int, n), faults: make([]bool, n)}
	for range r.IntN(4) {
		g.init = append(g.init, r.IntN(n))
	}
	for s := range n {
		for range r.IntN(4) {
			g.next[s] = append(g.next[s], r.IntN(n))
		}
		g.faults[s] = r.IntN(20) == 0
	}
	return g
}

// explore finds the number of reachable states, and whether in them: states are below 35, steps rise by at most 30, none faults, only states below 20 are
// final, and state 7 is not reached.
func (g graph) explore() (int, []bool) {
	seen, todo := map[int]bool{}, slices.Clone(g.init)
	verdicts := []bool{true, true, true, true, true}
	no := func(i int, violated bool) { verdicts[i] = verdicts[i] && !violated }
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		no(0, s >= 35)
		no(4, s == 7)
		if g.faults[s] {
			no(2, true)
			continue
		}
		no(3, len(g.next[s]) == 0 && s >= 20)
		for _, t := range g.next[s] {
			no(1, t > s+30)
			todo = append(todo, t)
		}
	}
	return len(seen), verdicts
}

// coq is the system as a term.
func (g graph) coq() string {
	var next strings.Builder
	for s := range g.next {
		if s > 0 {
			next.WriteString("; ")
		}
		if g.faults[s] {
			next.WriteString("None")
		} else {
			next.WriteString("Some " + coqList(g.next[s]))
		}
	}
	return fmt.Sprintf("(System nat %s (fun s => nth s [%s] None))", coqList(g.init), next.String())
}

func coqList[T any](of []T) string { return strings.ReplaceAll(fmt.Sprint(of), " ", "; ") }

// TestExplorations compares what the explorations find, with good and bad keys, hashes and sizes of tables, with a search in Go.
func TestExplorations(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var file strings.Builder
	file.WriteString(`From Coq Require Import List NArith ZArith Uint63.
From Bulkhead Require Import TS Explore Trie Table.
Import ListNotations.
Open Scope nat_scope.
Definition props (M : system) (num : state M -> nat) : list (property M) := [
  of_states M (fun s => Nat.ltb (num s) 35); of_steps M (fun s t => Nat.leb (num t) (num s + 30)); of_faults M;
  of_deadlocks M (fun s => Nat.ltb (num s) 20); of_goals M (fun s => Nat.eqb (num s) 7)].
Definition int_of (n : nat) : int := of_Z (Z.of_nat n).
`)
	want := []string{}
	for i := range 40 {
		g := drawGraph(r)
		n, verdicts := g.explore()
		fmt.Fprintf(&file, "Definition g%d : system := %s.\n", i, g.coq())
		key := []string{"Pos.of_succ_nat", "(fun _ => xH)", "(fun n => Pos.of_succ_nat (Nat.div2 n))", "(fun n => (Pos.of_succ_nat n)~0~1)%positive"}[i%4]
		hash := []string{"int_of", "(fun _ => 5%uint63)", "(fun n => (int_of n * 7919)%uint63)", "(fun n => mix (int_of n) 3)"}[i%4]
		fmt.Fprintf(&file, "Eval vm_compute in (trie_explore g%d Nat.eqb %s (props g%d (fun s => s)) 8).\n", i, key, i)
		fmt.Fprintf(&file, "Eval vm_compute in (table_explore g%d Nat.eqb %s (props g%d (fun s => s)) %d 8).\n", i, hash, i, []int{0, 1, 2, 7, 64, 5000000}[i%6])
		answer := strings.ReplaceAll(fmt.Sprintf("Some(%d%%N,%s)", n, coqList(verdicts)), " ", "")
		want = append(want, answer, answer)
		if i == 0 {
			if n < 3 {
				t.Fatal("the first graph is too small")
			}
			fmt.Fprintf(&file, "Eval vm_compute in (trie_explore g%d Nat.eqb %s (props g%d (fun s => s)) 1).\n", i, key, i)
			want = append(want, "None")
		}
	}
	outs, err := coqtest.Run(t, coqtest.File{Name: "Graphs.v", Text: file.String()})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, answer := range strings.Split(outs[0], "     = ")[1:] {
		answer, _, _ = strings.Cut(answer, "\n     : ")
		got = append(got, strings.Join(strings.Fields(answer), ""))
	}
	if !slices.Equal(got, want) {
		t.Errorf("Coq finds\n%q, want\n%q", got, want)
	}
}

// toy is a file with the theorems about a system of so many counters from 0 to m-1, each of which may go on by itself. In a table the numbers are the
// machine's. With wrong Coq must refuse other numbers and verdicts, too.
func toy(counters, m, states int, table, wrong bool) string {
	file := toyByTrie
	if table {
		file = toyByTable
	}
	if wrong {
		file += wrongToy
	}
	digits := 1
	for 1<<digits < m {
		digits++
	}
	return strings.NewReplacer(
		"START", "["+strings.TrimSuffix(strings.Repeat("0; ", counters), "; ")+"]",
		"LIMIT", strconv.Itoa(m), "LARGEST", strconv.Itoa(counters*(m-1)), "BITS", strconv.Itoa(digits), "STATES", strconv.Itoa(states),
	).Replace(file)
}

const toyByTrie = `From Coq Require Import List NArith PArith Bool.
From Bulkhead Require Import TS Explore Trie.
Import ListNotations.
Fixpoint bumps (done rest : list N) : list (list N) :=
  match rest with
  | [] => []
  | x :: r => rev_append done ((if N.eqb (N.succ x) LIMIT then 0%N else N.succ x) :: r) :: bumps (x :: done) r
  end.
Definition toy : system := System (list N) [START%N] (fun s => Some (bumps [] s)).
Fixpoint eqb (a b : list N) : bool :=
  match a, b with [], [] => true | x :: a, y :: b => if N.eqb x y then eqb a b else false | _, _ => false end.
Lemma eqb_eq : forall a b, eqb a b = true <-> a = b.
Proof.
  induction a as [| x a IH]; intros [| y b]; simpl; try (split; congruence).
  destruct (N.eqb_spec x y); [rewrite IH |]; split; congruence.
Qed.
Fixpoint bits (w : nat) (p : N) (k : positive) : positive :=
  match w with
  | O => k
  | S w =>
    match p with
    | N0 => bits w N0 (xO k)
    | Npos xH => bits w N0 (xI k)
    | Npos (xO p) => bits w (Npos p) (xO k)
    | Npos (xI p) => bits w (Npos p) (xI k)
    end
  end.
Definition key (s : list N) : positive := fold_left (fun k x => bits BITS x k) s xH.
Definition props : list (property toy) :=
  [of_states toy (fun s => N.leb (fold_left N.add s 0%N) LARGEST); of_faults toy; of_deadlocks toy (fun _ => false)].
Notation check := (trie_check toy eqb key props 64).
Lemma checked : check STATES [true; true; true] = true.
Proof. vm_cast_no_check (eq_refl true). Qed.
Theorem counted : exactly toy STATES.
Proof. exact (proj1 (trie_check_sound toy eqb key props eqb_eq _ _ _ checked)). Qed.
Theorem bounded : invariant toy (fun s => N.leb (fold_left N.add s 0%N) LARGEST).
Proof. apply invariant_holds. exact (verdict_at _ _ _ 0 _ _ (proj2 (trie_check_sound toy eqb key props eqb_eq _ _ _ checked)) eq_refl eq_refl). Qed.
`

const toyByTable = `From Coq Require Import List NArith Bool Uint63.
From Bulkhead Require Import TS Explore Table.
Import ListNotations.
Fixpoint bumps (done rest : list int) : list (list int) :=
  match rest with
  | [] => []
  | x :: r => rev_append done ((if x + 1 =? LIMIT then 0 else x + 1)%uint63 :: r) :: bumps (x :: done) r
  end.
Definition toy : system := System (list int) [START%uint63] (fun s => Some (bumps [] s)).
Fixpoint eqb (a b : list int) : bool :=
  match a, b with [], [] => true | x :: a, y :: b => if (x =? y)%uint63 then eqb a b else false | _, _ => false end.
Lemma eqb_eq : forall a b, eqb a b = true <-> a = b.
Proof.
  induction a as [| x a IH]; intros [| y b]; simpl; try (split; congruence).
  destruct (x =? y)%uint63 eqn:E; [apply eqb_correct in E; rewrite IH; split; congruence |].
  split; [congruence |]. intro H. injection H as -> ->. rewrite eqb_refl in E. congruence.
Qed.
Definition props : list (property toy) :=
  [of_states toy (fun s => (fold_left add s 0 <=? LARGEST)%uint63); of_faults toy; of_deadlocks toy (fun _ => false)].
Definition hash (s : list int) : int := fold_left mix s 0%uint63.
Notation check := (table_check toy eqb hash props 2000000 64).
Lemma checked : check STATES [true; true; true] = true.
Proof. vm_cast_no_check (eq_refl true). Qed.
Theorem counted : exactly toy STATES.
Proof. exact (proj1 (table_check_sound toy eqb hash props eqb_eq _ _ _ _ checked)). Qed.
Theorem bounded : invariant toy (fun s => (fold_left add s 0 <=? LARGEST)%uint63).
Proof. apply invariant_holds. exact (verdict_at _ _ _ 0 _ _ (proj2 (table_check_sound toy eqb hash props eqb_eq _ _ _ _ checked)) eq_refl eq_refl). Qed.
`

const wrongToy = `
Lemma fewer : check (STATES - 1) [true; true; true] = true.
Proof. vm_cast_no_check (eq_refl true). Fail Qed. Abort.
Lemma more : check (STATES + 1) [true; true; true] = true.
Proof. vm_cast_no_check (eq_refl true). Fail Qed. Abort.
Lemma otherwise : check STATES [true; false; true] = true.
Proof. vm_cast_no_check (eq_refl true). Fail Qed. Abort.
`

// TestToys proves the number of states and an invariant of systems of five counters: of a thousand states, and of up to a million where time
// does not matter, which it takes. Another number, or another verdict, is not proved.
func TestToys(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	sizes := []int{4}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		sizes = []int{4, 6, 10, 16}
	}
	for _, table := range []bool{false, true} {
		for _, m := range sizes {
			states := m * m * m * m * m
			start := time.Now()
			got := coqtest.Assumptions(t, []string{"Test.Toy.counted", "Test.Toy.bounded"}, coqtest.File{Name: "Toy.v", Text: toy(5, m, states, table, m == 4)})
			t.Logf("%d states, table %v: %v", states, table, time.Since(start))
			for name, assumed := range got {
				if !table && len(assumed) > 0 || slices.ContainsFunc(assumed, func(a string) bool { return !coqtest.Primitive(a) }) {
					t.Errorf("%s assumes %q", name, assumed)
				}
			}
		}
	}
}
