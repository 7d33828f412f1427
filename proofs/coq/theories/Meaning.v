(** What the language means: one function for expressions, one for statements.

    None is a fault. Arguments are evaluated left to right; and, or, implies and if take no more of them than they need.
    Binders are gone through the first outermost, in increasing order of rank; the condition of a binder is tested as soon
    as it has a value, that of the quantifier after the last one. A sum adds in that order, and a partial sum must fit too.

    Everything that does not depend on the state is worked out before it is known: the meaning of a piece of syntax is a
    function that has forgotten the syntax. What has no meaning, such as the field of a number, is a fault; the type checker
    lets nothing of the kind through. *)

From Coq Require Import List ZArith Zwf Bool.
From Bulkhead Require Import Value Syntax.
Import ListNotations.
Open Scope Z_scope.

(** The state: a value for each variable. *)
Definition state := list value.

(** Of an expression: the state, the state before the step, and the locals, the innermost first. *)
Definition code := state -> state -> list value -> option value.

Notation "'let?' x := a 'in' b" := (match a with Some x => b | None => None end)
  (at level 200, x name, a at level 100, b at level 200).

(** ** Types *)

(** More elements than this are taken for a fault: nothing would come of going through them. *)
Definition most := 1048576.

Fixpoint prefixes {A} (before : list A) (l : list A) : list (list A * A) :=
  match l with
  | [] => []
  | x :: l => (before ++ [x], x) :: prefixes (before ++ [x]) l
  end.

(** The bags of n of the increasing values l, in order. *)
Fixpoint bags (n : nat) (l : list value) : list (list value) :=
  match n with
  | O => [[]]
  | S n => flat_map (fun p => map (fun b => b ++ [snd p]) (bags n (fst p))) (prefixes [] l)
  end.

(** All values of a type, in increasing order. *)
Fixpoint values (t : type) : list value :=
  match t with
  | TInt lo hi => integers lo hi
  | TTup ts => map VTup (products (map values ts))
  | TSum cs =>
      (fix ctors (n : Z) (cs : list (list type)) := match cs with
       | [] => []
       | ts :: cs => map (VTag n) (products (map values ts)) ++ ctors (n + 1) cs
       end) 0 cs
  | TMap k e => let l := values e in map VTup (products (map (fun _ => l) (values k)))
  | TSet e => map VSet (subsets (values e))
  | TSeq e max => let l := values e in flat_map (fun n => map VSeq (products (repeat l n))) (seq 0 (S max))
  | TBag e max => let l := values e in flat_map (fun n => map VBag (bags n l)) (seq 0 (S max))
  end.

Fixpoint position (v : value) (l : list value) : option nat :=
  match l with
  | [] => None
  | x :: l => if eqb v x then Some O else option_map S (position v l)
  end.

(** How many values a type of numbers, or of several, has, and the rank of one of them. *)
Fixpoint ranks (t : type) : nat * (value -> option nat) :=
  match t with
  | TInt lo hi => (Z.to_nat (hi - lo + 1), fun v => match v with
      | VInt n => if (lo <=? n) && (n <=? hi) then Some (Z.to_nat (n - lo)) else None
      | _ => None
      end)
  | TTup ts =>
      let parts := map ranks ts in
      (fold_right (fun p n => (fst p * n)%nat) 1%nat parts,
       fun v => match v with
       | VTup vs =>
           (fix go (acc : nat) (ps : list (nat * (value -> option nat))) (vs : list value) := match ps, vs with
            | [], [] => Some acc
            | (n, rank) :: ps, v :: vs => let? r := rank v in go (acc * n + r)%nat ps vs
            | _, _ => None
            end) O parts vs
       | _ => None
       end)
  | _ => let l := values t in (length l, fun v => position v l)
  end.

(** ** Operations *)

Definition fits (n : Z) : option value :=
  if (-9223372036854775808 <=? n) && (n <=? 9223372036854775807) then Some (VInt n) else None.

Definition full (max : Z) (l : list value) : bool := max <? Z.of_nat (length l).

Definition ctor_of (v : value) : Z := match v with VInt n | VTag n _ => n | _ => -1 end.

Definition unary_op (op : unary) : value -> option value :=
  match op with
  | Not => fun v => Some (of_bool (negb (truth v)))
  | Neg => fun v => match v with VInt n => fits (- n) | _ => None end
  | Abs => fun v => match v with VInt n => fits (Z.abs n) | _ => None end
  | Narrow lo hi => fun v => match v with
      | VInt n => if lo <=? n then if n <=? hi then Some v else None else None
      | _ => None
      end
  | Clip lo hi => fun v => match v with VInt n => Some (VInt (Z.max lo (Z.min hi n))) | _ => None end
  | IsCtor c => fun v => Some (of_bool (ctor_of v =? c))
  | Field i => fun v => nth_error (elems v) i
  | ValueOf => fun v => match v with VTag 1 [x] => Some x | _ => None end
  | Size => fun v => Some (VInt (Z.of_nat (length (elems v))))
  | Head => fun v => match v with VSeq (x :: _) => Some x | _ => None end
  | Tail => fun v => match v with VSeq (_ :: l) => Some (VSeq l) | _ => None end
  | Elems => fun v => Some (VSet (set_of (elems v)))
  | Powerset => fun v =>
      if 20 <? Z.of_nat (length (elems v)) then None else Some (VSet (map VSet (subsets (elems v))))
  end.

Definition arithmetic (f : Z -> Z -> option value) (v w : value) : option value :=
  match v, w with VInt m, VInt n => f m n | _, _ => None end.

Definition binary_op (op : binary) : value -> value -> option value :=
  match op with
  | Add => arithmetic (fun m n => fits (m + n))
  | Sub => arithmetic (fun m n => fits (m - n))
  | Mul => arithmetic (fun m n => fits (m * n))
  | Div => arithmetic (fun m n => match n with Z0 => None | _ => fits (m / n) end)
  | Mod => arithmetic (fun m n => match n with Z0 => None | _ => Some (VInt (m mod n)) end)
  | Equal => fun v w => Some (of_bool (eqb v w))
  | Less => arithmetic (fun m n => Some (of_bool (m <? n)))
  | LessEq => arithmetic (fun m n => Some (of_bool (m <=? n)))
  | Min => arithmetic (fun m n => Some (VInt (Z.min m n)))
  | Max => arithmetic (fun m n => Some (VInt (Z.max m n)))
  | ElemOf => fun v w => Some (of_bool (mem v (elems w)))
  | Subset => fun v w => Some (of_bool match remaining (elems v) (elems w) with [] => true | _ => false end)
  | SetUnion => fun v w => Some (VSet (set_of (elems v ++ elems w)))
  | BagUnion max => fun v w =>
      let l := bag_of (elems v ++ elems w) in if full max l then None else Some (VBag l)
  | Common => fun v w => match v with
      | VSet x => Some (VSet (common x (elems w)))
      | _ => Some (VBag (common (elems v) (elems w)))
      end
  | Minus => fun v w => match v with
      | VSet x => Some (VSet (remaining x (elems w)))
      | _ => Some (VBag (remaining (elems v) (elems w)))
      end
  | Index key => let rank := snd (ranks key) in fun m k => let? i := rank k in nth_error (elems m) i
  | SeqIndex => fun v i => match i with VInt i => nth_at (elems v) i | _ => None end
  | WithField i => fun v x => Some (VTup (update (elems v) i x))
  | Append max => fun v x => let l := elems v ++ [x] in if full max l then None else Some (VSeq l)
  | BagAdd max => fun v x => let l := insert x (elems v) in if full max l then None else Some (VBag l)
  | BagRemove => fun v x => let? l := remove_one x (elems v) in Some (VBag l)
  | Multiplicity => fun v x => Some (VInt (count x (elems v)))
  end.

(** ** Binders *)

(** What goes through values: on with a result, ended with it, or a fault. *)
Inductive flow (A : Type) := More (a : A) | Done (a : A) | Fault.
Arguments More {A}. Arguments Done {A}. Arguments Fault {A}.

(** A binder: its domain, and its condition. *)
Definition bound : Type := (state -> state -> list value -> option (list value)) * option code.

Section Each.
  Variable A : Type.
  Variables (now old : state) (filter : option code) (visit : list value -> A -> flow A).

  Fixpoint each (bs : list bound) (env : list value) (a : A) {struct bs} : flow A :=
    match bs with
    | [] =>
        match filter with
        | None => visit env a
        | Some c => match c now old env with
            | None => Fault
            | Some b => if truth b then visit env a else More a
            end
        end
    | (domain, cond) :: bs =>
        match domain now old env with
        | None => Fault
        | Some vs =>
            (fix through (vs : list value) (a : A) := match vs with
             | [] => More a
             | v :: vs =>
                 let env := v :: env in
                 let next := match cond with
                   | None => each bs env a
                   | Some c => match c now old env with
                       | None => Fault
                       | Some b => if truth b then each bs env a else More a
                       end
                   end in
                 match next with More a => through vs a | end_ => end_ end
             end) vs a
        end
    end.
End Each.

Definition ending {A} (f : flow A) : option A := match f with More a | Done a => Some a | Fault => None end.

(** [go f] goes on with what f makes of a value, filter there is one. *)
Definition visiting {A} (c : code) (f : value -> A -> flow A) (now old : state) (env : list value) (a : A) : flow A :=
  match c now old env with Some v => f v a | None => Fault end.

Definition over (q : quantifier) (bs : list bound) (filter : option code) (body : code) : code :=
  match q with
  | ForAll => fun now old env => ending (each _ now old filter
      (visiting body (fun v a => if truth v then More a else Done (of_bool false)) now old) bs env (of_bool true))
  | ForSome => fun now old env => ending (each _ now old filter
      (visiting body (fun v a => if truth v then Done (of_bool true) else More a) now old) bs env (of_bool false))
  | Count => fun now old env => let? n := ending (each _ now old filter
      (visiting body (fun v n => More (if truth v then Z.succ n else n)) now old) bs env 0) in Some (VInt n)
  | Sum => fun now old env => ending (each _ now old filter
      (visiting body (fun v a => match binary_op Add a v with Some s => More s | None => Fault end) now old) bs env (VInt 0))
  | Least => fun now old env => let? best := ending (each _ now old filter
      (visiting body (fun v a => More match a with Some b => binary_op Min b v | None => Some v end) now old) bs env None) in best
  | Greatest => fun now old env => let? best := ending (each _ now old filter
      (visiting body (fun v a => More match a with Some b => binary_op Max b v | None => Some v end) now old) bs env None) in best
  | Collect => fun now old env => let? l := ending (each _ now old filter
      (visiting body (fun v l => More (v :: l)) now old) bs env []) in Some (VSet (set_of l))
  end.

(** A map of entries in the order in which they are given: the last of a key counts, each key must have one. *)
Definition mapping (n : nat) (rank : value -> option nat) : list (value * value) -> option value :=
  let empty := repeat None n in
  fun entries =>
    let? l := fold_left (fun m e => let? m := m in let? i := rank (fst e) in Some (update m i (Some (snd e)))) entries (Some empty) in
    let? l := fold_right (fun x l => let? x := x in let? l := l in Some (x :: l)) (Some []) l in
    Some (VTup l).

(** ** Functions *)

(** Of a function: the state, the state before the step, and the arguments, the last first. *)
Definition fn := code.

Section Recursion.
  Variable measure : fn.
  Variable body : fn -> fn.

  Definition within (m limit : Z) : {Zwf 0 m limit} + {True} :=
    match Z_le_dec 0 limit, Z_lt_dec m limit with
    | left l, left h => left (conj l h)
    | _, _ => right I
    end.

  (** A call inside one of that measure. *)
  Fixpoint inside (limit : Z) (a : Acc (Zwf 0) limit) {struct a} : fn := fun now old args =>
    match measure now old args with
    | Some (VInt m) =>
        if m <? 0 then None else
        match within m limit with
        | left h => body (inside m (Acc_inv a h)) now old args
        | right _ => None
        end
    | _ => None
    end.

  Definition recursive : fn := fun now old args =>
    match measure now old args with
    | Some (VInt m) => inside (m + 1) (Acc_intro_generator 64 (Zwf_well_founded 0) (m + 1)) now old args
    | _ => None
    end.
End Recursion.

(** ** Expressions *)

Fixpoint all (cs : list code) (now old : state) (env : list value) : option (list value) :=
  match cs with
  | [] => Some []
  | c :: cs => let? v := c now old env in let? vs := all cs now old env in Some (v :: vs)
  end.

Fixpoint pairs (l : list value) : list (value * value) :=
  match l with k :: v :: l => (k, v) :: pairs l | _ => [] end.

(** The locals that the first parts of a value are bound to. *)
Fixpoint binding (n : nat) (vs env : list value) : list value :=
  match n, vs with
  | S n, v :: vs => binding n vs (v :: env)
  | _, _ => env
  end.

Definition chosen {A} (v : value) : list (option Z * nat * A) -> option (nat * A) :=
  let n := ctor_of v in
  fix find (arms : list (option Z * nat * A)) := match arms with
  | [] => None
  | (c, binds, a) :: arms =>
      if match c with None => true | Some c => c =? n end then Some (binds, a) else find arms
  end.

Fixpoint meaning (fs : list fn) (e : expr) {struct e} : code :=
  match e with
  | EInt n => let v := Some (VInt n) in fun _ _ _ => v
  | EVar i => fun now _ _ => nth_error now i
  | ELocal i => fun _ _ env => nth_error env i
  | EOld x => let x := meaning fs x in fun _ old env => x old old env
  | EUn op x =>
      let f := unary_op op in let x := meaning fs x in
      fun now old env => let? v := x now old env in f v
  | EBin op x y =>
      let f := binary_op op in let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := x now old env in let? w := y now old env in f v w
  | EAnd x y =>
      let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := x now old env in if truth v then y now old env else Some (of_bool false)
  | EOr x y =>
      let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := x now old env in if truth v then Some (of_bool true) else y now old env
  | EImplies x y =>
      let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := x now old env in if truth v then y now old env else Some (of_bool true)
  | EIf c x y =>
      let c := meaning fs c in let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := c now old env in if truth v then x now old env else y now old env
  | ELet x y =>
      let x := meaning fs x in let y := meaning fs y in
      fun now old env => let? v := x now old env in y now old (v :: env)
  | EMatch x arms =>
      let x := meaning fs x in let arms := map (arm_meaning fs) arms in
      fun now old env =>
        let? v := x now old env in
        let? a := chosen v arms in
        snd a now old (binding (fst a) (elems v) env)
  | EOver q bs filter body =>
      over q (map (binder_meaning fs) bs) (option_map (meaning fs) filter) (meaning fs body)
  | EPick b filter =>
      let bs := [binder_meaning fs b] in let filter := option_map (meaning fs) filter in
      fun now old env =>
        let? found := ending (each _ now old filter (fun env _ => Done (Some env)) bs env None) in
        match found with Some (v :: _) => Some v | _ => None end
  | EMapOver key bs filter k v =>
      let bs := map (binder_meaning fs) bs in let filter := option_map (meaning fs) filter in
      let k := meaning fs k in let v := meaning fs v in
      let r := ranks key in let make := mapping (fst r) (snd r) in
      fun now old env =>
        let? l := ending (each _ now old filter (fun env l =>
            match k now old env with
            | None => Fault
            | Some k => match v now old env with None => Fault | Some v => More ((k, v) :: l) end
            end) bs env []) in
        make (rev l)
  | ESetAll t => let v := Some (VSet (values t)) in fun _ _ _ => v
  | ETup es => let cs := map (meaning fs) es in fun now old env => let? l := all cs now old env in Some (VTup l)
  | ECtor n es => let cs := map (meaning fs) es in fun now old env => let? l := all cs now old env in Some (VTag n l)
  | ESet es => let cs := map (meaning fs) es in fun now old env => let? l := all cs now old env in Some (VSet (set_of l))
  | ESeq max es =>
      let cs := map (meaning fs) es in
      fun now old env => let? l := all cs now old env in if full max l then None else Some (VSeq l)
  | EBag max es =>
      let cs := map (meaning fs) es in
      fun now old env => let? l := all cs now old env in if full max l then None else Some (VBag (bag_of l))
  | EMapFill key x =>
      let x := meaning fs x in let n := fst (ranks key) in
      fun now old env => let? v := x now old env in Some (VTup (repeat v n))
  | EMapLit key es =>
      let cs := map (meaning fs) es in
      let r := ranks key in let make := mapping (fst r) (snd r) in
      fun now old env => let? l := all cs now old env in make (pairs l)
  | EWithKey key m k v =>
      let m := meaning fs m in let k := meaning fs k in let v := meaning fs v in let rank := snd (ranks key) in
      fun now old env =>
        let? m := m now old env in let? k := k now old env in let? v := v now old env in
        let? i := rank k in Some (VTup (update (elems m) i v))
  | ECall f es =>
      let cs := map (meaning fs) es in
      match nth_error fs f with
      | None => fun _ _ _ => None
      | Some f => fun now old env => let? l := all cs now old env in f now old (rev l)
      end
  end
with arm_meaning (fs : list fn) (a : arm) {struct a} : option Z * nat * code :=
  match a with Arm c n e => (c, n, meaning fs e) end
with domain_meaning (fs : list fn) (d : domain) {struct d} : state -> state -> list value -> option (list value) :=
  match d with
  | All t => let l := Some (values t) in fun _ _ _ => l
  | Interval lo hi =>
      let lo := meaning fs lo in let hi := meaning fs hi in
      fun now old env =>
        let? lo := lo now old env in let? hi := hi now old env in
        match lo, hi with
        | VInt lo, VInt hi => if most <? hi - lo then None else Some (integers lo hi)
        | _, _ => None
        end
  | Members e => let c := meaning fs e in fun now old env =>
      let? v := c now old env in match v with VSet l => Some l | _ => Some (set_of (elems v)) end
  | Subsets e => let c := meaning fs e in fun now old env =>
      let? v := c now old env in
      if 20 <? Z.of_nat (length (elems v)) then None else Some (map VSet (subsets (elems v)))
  end
with binder_meaning (fs : list fn) (b : binder) {struct b} : bound :=
  match b with Bind d filter => (domain_meaning fs d, option_map (meaning fs) filter) end.

(** Each function may call those before it, and itself filter it has a measure. *)
Definition function (fs : list fn) (f : func) : fn :=
  match measure f with
  | None => meaning fs (result f)
  | Some m => recursive (meaning fs m) (fun self => meaning (fs ++ [self]) (result f))
  end.

Definition functions (l : list func) : list fn := fold_left (fun fs f => fs ++ [function fs f]) l [].

(** ** Statements

    Statements run in order; each alternative of choose and either goes on with all that follows. A fault ends the
    alternative it is met in, as one outcome, and leaves the others alone. One in a domain or a condition of a choose ends
    that statement: the alternatives before it stand, then there is one fault and no more. *)

(** A state, or a fault. *)
Definition outcome := option state.

(** Of a statement: the state before the step, the locals and the state so far. *)
Definition run := state -> list value -> state -> list outcome.

Definition after (os : list outcome) (k : state -> list outcome) : list outcome :=
  match os with
  | [Some s] => k s
  | _ => flat_map (fun o => match o with Some s => k s | None => [None] end) os
  end.

Fixpoint in_order (rs : list run) : run :=
  match rs with
  | [] => fun _ _ s => [Some s]
  | [r] => r
  | r :: rs => let rest := in_order rs in fun old env s => after (r old env s) (rest old env)
  end.

(** The place of a step in the value that it goes into. *)
Definition place := state -> state -> list value -> value -> option nat.

Definition place_of (fs : list fn) (p : step) : place :=
  match p with
  | ToField i => let i := Some i in fun _ _ _ _ => i
  | ToKey key k =>
      let k := meaning fs k in let rank := snd (ranks key) in
      fun now old env _ => let? v := k now old env in rank v
  | ToIndex i =>
      let i := meaning fs i in
      fun now old env part =>
        let? v := i now old env in
        match v with
        | VInt n => if (0 <=? n) && (n <? Z.of_nat (length (elems part))) then Some (Z.to_nat n) else None
        | _ => None
        end
  end.

Definition with_part (v : value) (i : nat) (x : value) : option value :=
  match v with
  | VTup l => Some (VTup (update l i x))
  | VSeq l => Some (VSeq (update l i x))
  | _ => None
  end.

(** A value with another one at the end of a path. *)
Fixpoint stored (path : list place) (now old : state) (env : list value) (part x : value) : option value :=
  match path with
  | [] => Some x
  | p :: path =>
      let? i := p now old env part in
      let? inner := nth_error (elems part) i in
      let? inner := stored path now old env inner x in
      with_part part i inner
  end.

Definition assign (i : nat) (path : list place) (x : code) : run :=
  match path with
  | [] => fun old env s => match x s old env with Some v => [Some (update s i v)] | None => [None] end
  | _ => fun old env s =>
      [ let? v := x s old env in
        let? part := nth_error s i in
        let? part := stored path s old env part v in
        Some (update s i part) ]
  end.

Section Loops.
  Variables (filter : option code) (body : run) (old : state).

  (** One round after the other: a domain does not change while it is gone through, conditions and inner domains read what
      earlier rounds wrote. *)
  Fixpoint loop (bs : list bound) (env : list value) (s : state) {struct bs} : list outcome :=
    match bs with
    | [] =>
        match filter with
        | None => body old env s
        | Some c => match c s old env with
            | None => [None]
            | Some b => if truth b then body old env s else [Some s]
            end
        end
    | (domain, cond) :: bs =>
        match domain s old env with
        | None => [None]
        | Some vs =>
            (fix rounds (vs : list value) (os : list outcome) := match vs with
             | [] => os
             | v :: vs =>
                 let env := v :: env in
                 rounds vs (after os (fun s => match cond with
                   | None => loop bs env s
                   | Some c => match c s old env with
                       | None => [None]
                       | Some b => if truth b then loop bs env s else [Some s]
                       end
                   end))
             end) vs [Some s]
        end
    end.
End Loops.

(** A choice for each value; what it collects is in reverse order. *)
Definition choose (bs : list bound) (filter : option code) (body : run) : run := fun old env s =>
  let found := fix found (bs : list bound) (env : list value) (os : list outcome) {struct bs} : flow (list outcome) :=
    match bs with
    | [] =>
        match filter with
        | None => More (rev_append (body old env s) os)
        | Some c => match c s old env with
            | None => Done (None :: os)
            | Some b => More (if truth b then rev_append (body old env s) os else os)
            end
        end
    | (domain, cond) :: bs =>
        match domain s old env with
        | None => Done (None :: os)
        | Some vs =>
            (fix through (vs : list value) (os : list outcome) := match vs with
             | [] => More os
             | v :: vs =>
                 let env := v :: env in
                 let next := match cond with
                   | None => found bs env os
                   | Some c => match c s old env with
                       | None => Done (None :: os)
                       | Some b => if truth b then found bs env os else More os
                       end
                   end in
                 match next with More os => through vs os | end_ => end_ end
             end) vs os
        end
    end in
  match found bs env [] with More os | Done os => rev os | Fault => [None] end.

Fixpoint does (fs : list fn) (st : stmt) {struct st} : run :=
  match st with
  | SAssign i path x => assign i (map (place_of fs) path) (meaning fs x)
  | SIf c yes no =>
      let c := meaning fs c in
      let yes := in_order (map (does fs) yes) in let no := in_order (map (does fs) no) in
      fun old env s => match c s old env with
        | None => [None]
        | Some b => if truth b then yes old env s else no old env s
        end
  | SFor bs filter body =>
      let bs := map (binder_meaning fs) bs in let filter := option_map (meaning fs) filter in
      let body := in_order (map (does fs) body) in
      fun old env s => loop filter body old bs env s
  | SChoose bs filter body =>
      choose (map (binder_meaning fs) bs) (option_map (meaning fs) filter) (in_order (map (does fs) body))
  | SEither branches =>
      let rs := map (fun b => in_order (map (does fs) b)) branches in
      fun old env s => flat_map (fun r => r old env s) rs
  | SLet x rest =>
      let x := meaning fs x in let rest := in_order (map (does fs) rest) in
      fun old env s => match x s old env with None => [None] | Some v => rest old (v :: env) s end
  | SAssert c =>
      let c := meaning fs c in
      fun old env s => match c s old env with
        | None => [None]
        | Some b => if truth b then [Some s] else [None]
        end
  | SWhen c =>
      let c := meaning fs c in
      fun old env s => match c s old env with
        | None => [None]
        | Some b => if truth b then [Some s] else []
        end
  | SMatch x arms =>
      let x := meaning fs x in let arms := map (sarm_meaning fs) arms in
      fun old env s => match x s old env with
        | None => [None]
        | Some v => match chosen v arms with
            | None => [None]
            | Some (binds, r) => r old (binding binds (elems v) env) s
            end
        end
  end
with sarm_meaning (fs : list fn) (a : sarm) {struct a} : option Z * nat * run :=
  match a with SArm c n b => (c, n, in_order (map (does fs) b)) end.
