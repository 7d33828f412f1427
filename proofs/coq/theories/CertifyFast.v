(** As Certify.v, with the machine's integers and arrays, of which Coq's own library has axioms. *)

From Coq Require Import List NArith ZArith Bool Uint63.
From Bulkhead Require Import TS Explore Table Value Syntax Meaning Semantics Certify.
Import ListNotations.

(** A hash of states. No theorem depends on it. *)
Fixpoint hash_value (h : int) (v : value) {struct v} : int :=
  match v with
  | VInt n => mix h (of_Z n)
  | VTag n l => fold_left hash_value l (mix h (of_Z n))
  | VTup l => fold_left hash_value l h
  | VSeq l | VSet l | VBag l => fold_left hash_value l (mix h 1)%uint63
  end.

Definition hash (s : state) : int := fold_left hash_value s 1%uint63.

(** In a table of so many lists. *)
Definition check_fast (p : program) (es : list expectation) (n : N) (depth : nat) (size : int) : bool :=
  begins p es && table_check (strict p es) eqb_all hash (properties p es) size depth n (verdicts p es).

Theorem check_fast_certifies : forall p es n depth size, check_fast p es n depth size = true -> certified p es n.
Proof.
  intros p es n depth size H. apply andb_true_iff in H as [B H].
  apply table_check_sound in H as [X F]; [| exact eqb_all_spec].
  split; [apply (counted p es n); auto | apply (claim_stated p es); auto].
Qed.
