(** What is true of the model, decided by Coq's kernel: at Qed it explores the model and compares what it finds. *)

From Coq Require Import List NArith.
From Bulkhead Require Import TS Value Syntax Meaning Semantics Certify.
From Model Require Import Model.
Import ListNotations.

(** Left out: nothing is said of Returns (claims about whole runs, domains or other models). *)

Definition expected : list expectation :=
  [ Holds (* Busy *);
    Holds (* OneAtATime *);
    Holds (* Full *);
    Holds (* Least_ *);
    Holds (* All_ *);
    Fails (* Quiet *);
    Fails (* Never *);
    Holds (* Move_ensures *);
    Unknown (* part_1 *);
    Holds (* deadlock_free *);
    Holds (* fault_free *)].

Theorem certificate : certified model expected 18.
Proof.
  apply check_certifies with (depth := 5).
  vm_cast_no_check (eq_refl true).
Qed.

(** The number of states that can be reached. *)
Theorem States : exactly (semantics model) 18.
Proof. exact (proj1 certificate). Qed.

(** Busy: forall p in Place: phase[p] == busy implies exists i in 0..size(log) - 1: log[i] == p *)
Theorem Busy :
  forall s, reachable model s -> holds model Claims.Busy s = true.
Proof. exact (proj2 certificate 0 _ _ eq_refl eq_refl). Qed.

(** OneAtATime: size(seen) <= size(old(seen)) + 1 *)
Theorem OneAtATime :
  forall s, reachable model s -> holds model Claims.OneAtATime s = true.
Proof. exact (proj2 certificate 1 _ _ eq_refl eq_refl). Qed.

(** Full: max(size(log)) <= 2 *)
Theorem Full :
  forall s, reachable model s -> holds model Claims.Full s = true.
Proof. exact (proj2 certificate 2 _ _ eq_refl eq_refl). Qed.

(** Least: min(size(seen)) >= 0 *)
Theorem Least_ :
  forall s, reachable model s -> holds model Claims.Least_ s = true.
Proof. exact (proj2 certificate 3 _ _ eq_refl eq_refl). Qed.

(** All: size(seen) == N and phase[2] == busy *)
Theorem All_ :
  exists s, reachable model s /\ holds model Claims.All_ s = true.
Proof. exact (proj2 certificate 4 _ _ eq_refl eq_refl). Qed.

(** Quiet: log == [] *)
Theorem Quiet_fails :
  exists s, reachable model s /\ fails model Claims.Quiet s = true.
Proof. exact (proj2 certificate 5 _ _ eq_refl eq_refl). Qed.

(** Never: size(seen) > N *)
Theorem Never_fails :
  forall s, reachable model s -> fails model Claims.Never s = true.
Proof. exact (proj2 certificate 6 _ _ eq_refl eq_refl). Qed.

(** Move.ensures: at != old(at) *)
Theorem Move_ensures :
  forall s, reachable model s -> holds model Claims.Move_ensures s = true.
Proof. exact (proj2 certificate 7 _ _ eq_refl eq_refl). Qed.

(** deadlock: every state without a step is accepted by a terminal *)
Theorem deadlock_free :
  forall s, reachable model s -> holds model Claims.deadlock_free s = true.
Proof. exact (proj2 certificate 9 _ _ eq_refl eq_refl). Qed.

(** fault: no step lacks a value, nor does a property here *)
Theorem fault_free :
  ~ In None (initial model) /\ forall s, reachable model s -> holds model Claims.fault_free s = true.
Proof. exact (proj2 certificate 10 _ _ eq_refl eq_refl). Qed.

