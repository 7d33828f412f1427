(** The model Ring, from m.bh.

    This is what the theorems speak of: that it is the model is to be seen by reading, or believed of the exporter. What it
    means is defined in theories: Value.v, Syntax.v, Meaning.v, Semantics.v. *)

From Coq Require Import List ZArith.
From Bulkhead Require Import Value Syntax.
Import ListNotations.
Open Scope Z_scope.

(** With the constants
    N = 3
 *)

Module Types.

Definition Place : type :=
  TInt 0 2.

Definition Phase : type :=
  TInt 0 1.

End Types.

Module Functions.

(** after, m.bh:14:6 *)
Definition after : func :=
  Func None (EBin Mod (EBin Add (ELocal 0 (* p *)) (EInt 1)) (EInt 3)).

End Functions.

Module Actions.

(** Move, m.bh:16:8 *)
Definition Move : action :=
  Action
    []
    (Some (EBin Equal (EBin (Index Types.Place) (EVar 1 (* phase *)) (EVar 0 (* at *))) (EInt 0 (* idle *))))
    [ SAssign (0 (* at *)) [] (ECall 0 [EVar 0 (* at *)] (* after *));
      SAssign (2 (* seen *)) [] (EBin SetUnion (EVar 2 (* seen *)) (ESet [EVar 0 (* at *)]))]
    (Some (EUn Not (EBin Equal (EVar 0 (* at *)) (EOld (EVar 0 (* at *)))))).

(** Work, m.bh:21:8 *)
Definition Work : action :=
  Action
    [Types.Place (* p *)]
    (Some (EAnd (EBin Equal (ELocal 0 (* p *)) (EVar 0 (* at *))) (EBin Less (EUn Size (EVar 3 (* log *))) (EInt 2))))
    [ SAssign (1 (* phase *)) [ToKey Types.Place (ELocal 0 (* p *))] (EInt 1 (* busy *));
      SAssign (3 (* log *)) [] (EBin (Append 2) (EVar 3 (* log *)) (ELocal 0 (* p *)))]
    None.

(** Rest, m.bh:23:8 *)
Definition Rest : action :=
  Action
    []
    None
    [ SAssign
        (1 (* phase *))
        []
        (EMapOver Types.Place [Bind (All Types.Place) None (* q *)] None (ELocal 0 (* q *)) (EInt 0 (* idle *)));
      SAssign (3 (* log *)) [] (ESeq 2 [])]
    None.

End Actions.

Module Claims.

(** Busy: forall p in Place: phase[p] == busy implies exists i in 0..size(log) - 1: log[i] == p *)
Definition Busy : claim :=
  Invariant
    (EOver
      ForAll
      [Bind (All Types.Place) None (* p *)]
      None
      (EImplies
        (EBin Equal (EBin (Index Types.Place) (EVar 1 (* phase *)) (ELocal 0 (* p *))) (EInt 1 (* busy *)))
        (EOver
          ForSome
          [Bind (Interval (EInt 0) (EBin Sub (EUn Size (EVar 3 (* log *))) (EInt 1))) None (* i *)]
          None
          (EBin Equal (EBin SeqIndex (EVar 3 (* log *)) (ELocal 0 (* i *))) (ELocal 1 (* p *)))))).

(** OneAtATime: size(seen) <= size(old(seen)) + 1 *)
Definition OneAtATime : claim :=
  Step (EBin LessEq (EUn Size (EVar 2 (* seen *))) (EBin Add (EUn Size (EOld (EVar 2 (* seen *)))) (EInt 1))).

(** Full: max(size(log)) <= 2 *)
Definition Full : claim :=
  AtMost (EUn Size (EVar 3 (* log *))) 2.

(** Least: min(size(seen)) >= 0 *)
Definition Least_ : claim :=
  AtLeast (EUn Size (EVar 2 (* seen *))) 0.

(** All: size(seen) == N and phase[2] == busy *)
Definition All_ : claim :=
  Reachable
    (EAnd
      (EBin Equal (EUn Size (EVar 2 (* seen *))) (EInt 3))
      (EBin Equal (EBin (Index Types.Place) (EVar 1 (* phase *)) (EInt 2)) (EInt 1 (* busy *)))).

(** Quiet: log == [] *)
Definition Quiet : claim :=
  Invariant (EBin Equal (EVar 3 (* log *)) (ESeq 2 [])).

(** Never: size(seen) > N *)
Definition Never : claim :=
  Reachable (EBin Less (EInt 3) (EUn Size (EVar 2 (* seen *)))).

(** Move.ensures: at != old(at) *)
Definition Move_ensures : claim :=
  Ensures (0 (* Move *)).

(** at == 0 *)
Definition part_1 : claim :=
  Defined (EBin Equal (EVar 0 (* at *)) (EInt 0)).

(** deadlock: every state without a step is accepted by a terminal *)
Definition deadlock_free : claim :=
  NoDeadlock.

(** fault: no step lacks a value, nor does a property here *)
Definition fault_free : claim :=
  NoFault.

End Claims.

Definition model : program :=
  Program
    [ Var Types.Place (Some (EInt 0)) (* at *);
      Var (TMap Types.Place Types.Phase) (Some (EMapFill Types.Place (EInt 0 (* idle *)))) (* phase *);
      Var (TSet Types.Place) (Some (ESet [])) (* seen *);
      Var (TSeq Types.Place 2) (Some (ESeq 2 [])) (* log *)]
    [Functions.after]
    []
    [Actions.Move; Actions.Work; Actions.Rest]
    []
    [ Claims.Busy;
      Claims.OneAtATime;
      Claims.Full;
      Claims.Least_;
      Claims.All_;
      Claims.Quiet;
      Claims.Never;
      Claims.Move_ensures;
      Claims.part_1;
      Claims.deadlock_free;
      Claims.fault_free].

