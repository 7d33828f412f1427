(** What a program means: a transition system, and what each of its claims says of a state.

    This, with Value.v, Syntax.v and Meaning.v, is the meaning of the language. A theorem about a model speaks of
    [reachable] and [holds], and of nothing else. *)

From Coq Require Import List ZArith Bool.
From Bulkhead Require Import TS Value Syntax Meaning.
Import ListNotations.
Open Scope Z_scope.

(** One way in which an action can end: its number, its parameters (the last first), and the next state or a fault. *)
Definition move : Type := nat * list value * outcome.

Definition result_of (m : move) : outcome := snd m.

Fixpoint states (ms : list move) : list state :=
  match ms with
  | [] => []
  | (_, _, Some s) :: ms => s :: states ms
  | _ :: ms => states ms
  end.

Definition faultless (ms : list move) : bool :=
  forallb (fun m => match result_of m with Some _ => true | None => false end) ms.

Definition number {A} (l : list A) : list (nat * A) := combine (seq 0 (length l)) l.

Fixpoint labelled (i : nat) (env : list value) (os : list outcome) (rest : list move) : list move :=
  match os with [] => rest | o :: os => (i, env, o) :: labelled i env os rest end.

(** What an action does in a state, before other moves. *)
Definition acts (fs : list fn) (i : nat) (a : action) : state -> list move -> list move :=
  let envs := map (@rev value) (products (map values (params a))) in
  let guard := option_map (meaning fs) (guard a) in
  let body := in_order (map (does fs) (body a)) in
  fun s rest => fold_right (fun env rest => match guard with
    | None => labelled i env (body s env s) rest
    | Some g => match g s s env with
        | None => (i, env, None) :: rest
        | Some b => if truth b then labelled i env (body s env s) rest else rest
        end
    end) rest envs.

(** All moves from a state. *)
Definition moves (p : program) : state -> list move :=
  let fs := functions (funcs p) in
  let actions := map (fun ia => acts fs (fst ia) (snd ia)) (number (actions p)) in
  fun s => fold_right (fun act rest => act s rest) [] actions.

(** The initial states and faults: any value of each variable that is given none, then the statements of init. A fault of an
    initial value is all there is. *)
Definition initial (p : program) : list outcome :=
  let fs := functions (funcs p) in
  let choices v := match start v with
    | None => Some (values (type_of v))
    | Some e => let? x := meaning fs e [] [] [] in Some [x]
    end in
  match fold_right (fun v ls => let? l := choices v in let? ls := ls in Some (l :: ls)) (Some []) (vars p) with
  | None => [None]
  | Some ls => let init := in_order (map (does fs) (inits p)) in flat_map (fun s => init s [] s) (products ls)
  end.

Fixpoint good (os : list outcome) : list state :=
  match os with [] => [] | Some s :: os => s :: good os | None :: os => good os end.

(** A fault leads nowhere; the other ways in which a step can end are gone all the same. *)
Definition semantics (p : program) : system :=
  System state (good (initial p)) (let next := moves p in fun s => Some (states (next s))).

Definition reachable (p : program) : state -> Prop := TS.reachable (semantics p).

(** The truth of a condition, or None where it has no value. *)
Definition judged (c : code) (now old : state) (env : list value) : option bool :=
  option_map truth (c now old env).

(** All of several, or no value where one has none. *)
Definition conjunction (l : list (option bool)) : option bool :=
  fold_right (fun x rest => match x, rest with
    | None, _ | _, None => None
    | Some a, Some b => Some (a && b)
    end) (Some true) l.

Definition limited (ok : Z -> bool) (v : option value) : option bool :=
  match v with Some (VInt n) => Some (ok n) | _ => None end.

(** What a claim about steps says of each of the moves from a state. *)
Definition of_steps (p : program) (c : claim) : state -> list move -> option (list (option bool)) :=
  let fs := functions (funcs p) in
  match c with
  | Step e =>
      let x := meaning fs e in
      fun s ms => Some (map (fun m => match result_of m with Some t => judged x t s [] | None => Some true end) ms)
  | Ensures i =>
      match nth_error (actions p) i with
      | Some (Action _ _ _ (Some e)) =>
          let x := meaning fs e in
          fun s ms => Some (map (fun m => match m with
            | (j, env, Some t) => if Nat.eqb i j then judged x t s env else Some true
            | _ => Some true
            end) ms)
      | _ => fun _ _ => None
      end
  | _ => fun _ _ => None
  end.

(** What a claim says of a state and the moves from it: whether it is true, or None where its evaluation faults. *)
Definition value_of (p : program) (c : claim) : state -> list move -> option bool :=
  let fs := functions (funcs p) in
  match c with
  | Invariant e | Reachable e => let x := meaning fs e in fun s _ => judged x s s []
  | Defined e => let x := meaning fs e in fun s _ => option_map (fun _ => true) (x s s [])
  | Step _ | Ensures _ => let each := of_steps p c in fun s ms => let? l := each s ms in conjunction l
  | AtMost e limit => let x := meaning fs e in fun s _ => limited (fun n => n <=? limit) (x s s [])
  | AtLeast e limit => let x := meaning fs e in fun s _ => limited (fun n => limit <=? n) (x s s [])
  | NoDeadlock =>
      let ends := map (meaning fs) (terminal p) in
      fun s ms => match ms with
        | _ :: _ => Some true
        | [] => fold_right (fun x rest => match judged x s s [] with Some false => rest | b => b end) (Some false) ends
        end
  | NoFault => fun _ ms => Some (faultless ms)
  end.

Definition is_true (v : option bool) : bool := match v with Some b => b | None => false end.
Definition has_value (v : option bool) : bool := match v with Some _ => true | None => false end.

(** [holds p c s]: the claim c of p is true in s. That there is no fault speaks of the steps and of all claims. *)
Definition holds (p : program) (c : claim) (s : state) : bool :=
  is_true (value_of p c s (moves p s)) &&
  match c with
  | NoFault => forallb (fun d => has_value (value_of p d s (moves p s))) (claims p)
  | _ => true
  end.

(** Whether a claim is false of a state and the moves from it, not only without a value: of a claim about steps, whether it is of one of them. *)
Definition refuted (p : program) (c : claim) : state -> list move -> bool :=
  let is_false v := match v with Some b => negb b | None => false end in
  match c with
  | Step _ | Ensures _ =>
      let each := of_steps p c in
      fun s ms => match each s ms with Some l => existsb is_false l | None => false end
  | _ => let v := value_of p c in fun s ms => is_false (v s ms)
  end.

(** [fails p c s]: c is false in s. *)
Definition fails (p : program) (c : claim) (s : state) : bool :=
  match c with
  | NoFault => negb (holds p c s)
  | _ => refuted p c s (moves p s)
  end.
