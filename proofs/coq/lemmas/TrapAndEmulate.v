(* Popek and Goldberg's theorem on a machine with nine instructions, of any size.

   An instruction is sensitive if, executed for a guest of a monitor without a trap, it does not do what it does on the guest's own registers. If
   every sensitive instruction traps in user mode, a monitor by trap and emulation and the bare machine cannot be told apart, by any program
   whatever, on any memory, for ever; and the monitor's word stays its own. If one does not trap, some program tells them apart. A
   monitor that interprets the guest's kernel needs the traps only of those that are sensitive in the guest's user mode (the hybrid monitor).
   Which these are is found for every size.

   Of: vmm.Machine, vmm.Monitor and vmm.Sensitive (model/vmm/machine.go), whose names these are, and model/vmm/trap.bh (Sufficient,
   HybridSufficient, MonitorsOwn, Region, and the reachable properties that each is needed), which is checked for one word or two.
   Sources: G. J. Popek and R. P. Goldberg, Formal Requirements for Virtualizable Third Generation Architectures, CACM 17(7), 1974. *)
From Coq Require Import ZArith Lia List Bool Arith.
Import ListNotations.
Local Arguments Nat.leb : simpl never.
Local Arguments Nat.ltb : simpl never.
Local Arguments Nat.sub : simpl never.
Local Arguments Nat.min : simpl never.

Inductive Instr := SetRelocation | GetRelocation | Leave | GetMode | SetMask | GetMask | Call | Load | Store.

(* An instruction with its operands. *)
Record Op := { instr : Instr; First : nat; Length : nat; Value : Z }.

Record Registers := { Supervisor : bool; Base : nat; Bound : nat; Masked : bool; Acc : Z }.

Record Machine := { registers : Registers; Memory : list Z }.

(* Monitor runs a guest in user mode on hardware with one word more, of which the first is the monitor's. *)
Record Monitor := { Hardware : Machine; Guest : Registers }.

Definition with_acc (r : Registers) (x : Z) := {|
  Supervisor := Supervisor r; Base := Base r; Bound := Bound r; Masked := Masked r; Acc := x |}.
Definition with_relocation (r : Registers) (base bound : nat) := {|
  Supervisor := Supervisor r; Base := base; Bound := bound; Masked := Masked r; Acc := Acc r |}.
Definition bit (b : bool) : Z := if b then 1%Z else 0%Z.

Fixpoint put (l : list Z) (i : nat) (x : Z) : list Z :=
  match l, i with
  | [], _ => []
  | _ :: l, O => x :: l
  | y :: l, S i => y :: put l i x
  end.

Lemma put_length l : forall i x, length (put l i x) = length l.
Proof. induction l; destruct i; simpl; auto. Qed.

(* The six that a machine may have trap in user mode: vmm.All. *)
Definition All (i : Instr) : bool := match i with Call | Load | Store => false | _ => true end.

(* The operands that an instruction may have on a machine of so many words (Op.check). *)
Definition check (op : Op) (words : nat) : bool :=
  let wantFirst := match instr op with SetRelocation | Load | Store => true | _ => false end in
  let wantLength := match instr op with SetRelocation | SetMask => true | _ => false end in
  let wantValue := match instr op with Store => true | _ => false end in
  (First op <? words) && (wantFirst || (First op =? 0)) && (Length op <=? words) && (wantLength || (Length op =? 0))
  && (wantValue || (Value op =? 0)%Z).

(* The kernel is entered, and sees all memory. *)
Definition enter (r : Registers) (words : nat) := {| Supervisor := true; Base := 0; Bound := words; Masked := Masked r; Acc := Acc r |}.

(* What an instruction does to registers where it does not trap (Registers.do). *)
Definition do_registers (r : Registers) (op : Op) : Registers :=
  match instr op with
  | SetRelocation => with_relocation r (First op) (Length op)
  | GetRelocation => with_acc r (Z.of_nat (Base r))
  | Leave => {| Supervisor := false; Base := Base r; Bound := Bound r; Masked := Masked r; Acc := Acc r |}
  | GetMode => with_acc r (bit (Supervisor r))
  | SetMask =>
      if Supervisor r then {| Supervisor := Supervisor r; Base := Base r; Bound := Bound r; Masked := 0 <? Length op; Acc := Acc r |} else r
  | GetMask => with_acc r (bit (Masked r))
  | Call | Load | Store => r
  end.

(* And to the machine (Machine.do). *)
Definition do_machine (m : Machine) (op : Op) : Machine :=
  match instr op with
  | Load => {| registers := with_acc (registers m) (nth (Base (registers m) + First op) (Memory m) 0%Z); Memory := Memory m |}
  | Store => {| registers := registers m; Memory := put (Memory m) (Base (registers m) + First op) (Value op) |}
  | _ => {| registers := do_registers (registers m) op; Memory := Memory m |}
  end.

Section Architecture.

Variable Traps : Instr -> bool. (* in user mode *)
Variable Hybrid : bool. (* the guest's kernel is interpreted *)

(* Whether an instruction does not come to its end (Machine.traps). *)
Definition traps (m : Machine) (op : Op) : bool :=
  match instr op with
  | Call => true
  | Load | Store => (Bound (registers m) <=? First op) || (length (Memory m) <=? Base (registers m) + First op)
  | i => negb (Supervisor (registers m)) && Traps i
  end.

(* A step of the bare machine, or None where operands are refused. *)
Definition step (m : Machine) (op : Op) : option Machine :=
  if negb (check op (length (Memory m))) then None
  else if traps m op then Some {| registers := enter (registers m) (length (Memory m)); Memory := Memory m |}
  else Some (do_machine m op).

Definition words (m : Monitor) : nat := length (Memory (Hardware m)) - 1.

(* The hardware's relocation is what the guest's comes to in its region. *)
Definition dispatch (h : Machine) (g : Registers) : Monitor := {|
  Hardware := {| registers := with_relocation (registers h) (Base g + 1) (Nat.min (Bound g) (length (Memory h) - 1 - Base g)); Memory := Memory h |};
  Guest := g
|}.

(* A step of the guest (Monitor.Step). *)
Definition monitor_step (m : Monitor) (op : Op) : option Monitor :=
  if negb (check op (words m)) then None
  else
    let interpreted := Hybrid && Supervisor (Guest m) && All (instr op) in
    if negb interpreted && negb (traps (Hardware m) op) then
      let h := do_machine (Hardware m) op in
      Some {| Hardware := h; Guest := with_acc (Guest m) (Acc (registers h)) |}
    else
      let g := if negb (All (instr op)) || negb (Supervisor (Guest m)) then enter (Guest m) (words m) else do_registers (Guest m) op in
      Some (dispatch {| registers := with_acc (registers (Hardware m)) (Acc g); Memory := Memory (Hardware m) |} g).

(* At first: a machine of so much memory, and the guest of a monitor of the same (NewMachine, NewMonitor). What is in memory is arbitrary, and so is what is
   in the monitor's word. *)
Definition NewMachine (memory : list Z) : Machine :=
  {| registers := {| Supervisor := true; Base := 0; Bound := length memory; Masked := false; Acc := 0 |}; Memory := memory |}.
Definition NewMonitor (own : Z) (memory : list Z) : Monitor :=
  dispatch {| registers := {| Supervisor := false; Base := 0; Bound := S (length memory); Masked := false; Acc := 0 |}; Memory := own :: memory |}
    {| Supervisor := true; Base := 0; Bound := length memory; Masked := false; Acc := 0 |}.

(* What programs can look at. *)
Definition view := (bool * bool * Z * list Z)%type.
Definition view_of (r : Registers) (memory : list Z) : view := (Supervisor r, Masked r, Acc r, memory).
Definition bare_view (m : Machine) : view := view_of (registers m) (Memory m).
Definition guest_view (m : Monitor) : view := view_of (Guest m) (tl (Memory (Hardware m))).
Definition Same (b : Machine) (m : Monitor) : Prop := bare_view b = guest_view m.

(* A program decides on the next instruction by all that it has seen so far: so it may be stored in memory, and change itself. *)
Definition program := list view -> Op.

Fixpoint bare_run (p : program) (n : nat) (seen : list view) (m : Machine) : list view * Machine :=
  match n with
  | O => (seen, m)
  | S n => let m := match step m (p seen) with Some m => m | None => m end in bare_run p n (bare_view m :: seen) m
  end.
Fixpoint guest_run (p : program) (n : nat) (seen : list view) (m : Monitor) : list view * Monitor :=
  match n with
  | O => (seen, m)
  | S n => let m := match monitor_step m (p seen) with Some m => m | None => m end in guest_run p n (guest_view m :: seen) m
  end.

(* The homomorphism: the guest's registers are the machine's, the hardware's are what they come to in the guest's region. *)
Definition Simulates (own : Z) (b : Machine) (m : Monitor) : Prop :=
  Guest m = registers b /\ Memory (Hardware m) = own :: Memory b
  /\ registers (Hardware m) = {|
       Supervisor := false; Base := Base (Guest m) + 1; Bound := Nat.min (Bound (Guest m)) (length (Memory b) - Base (Guest m));
       Masked := false; Acc := Acc (Guest m) |}
  /\ Base (Guest m) < length (Memory b) /\ Bound (Guest m) <= length (Memory b).

(* What the theorem asks for: that these trap. *)
Definition UserOnly (i : Instr) : bool := match i with SetRelocation | GetRelocation | GetMask => true | _ => false end.
Definition enough : Prop := forall i, (if Hybrid then UserOnly i else All i) = true -> Traps i = true.

Lemma dispatch_simulates own mb rh g :
  Supervisor rh = false -> Masked rh = false -> Base g < length mb -> Bound g <= length mb ->
  Simulates own {| registers := g; Memory := mb |} (dispatch {| registers := with_acc rh (Acc g); Memory := own :: mb |} g).
Proof.
  intros S M B L. unfold Simulates, dispatch, with_relocation, with_acc. simpl. rewrite S, M, Nat.sub_succ, Nat.sub_0_r. repeat split; auto.
Qed.

Lemma check_operands op n : check op n = true -> First op < n /\ Length op <= n.
Proof. unfold check. rewrite !andb_true_iff, Nat.ltb_lt, Nat.leb_le. tauto. Qed.

Lemma do_registers_ranges r op n : First op < n -> Length op <= n -> Base r < n -> Bound r <= n ->
  Base (do_registers r op) < n /\ Bound (do_registers r op) <= n.
Proof. intros. unfold do_registers. destruct (instr op); simpl; auto. destruct (Supervisor r); simpl; auto. Qed.

Lemma do_all m op : All (instr op) = true -> do_machine m op = {| registers := do_registers (registers m) op; Memory := Memory m |}.
Proof. unfold do_machine. destruct (instr op); try discriminate; reflexivity. Qed.

Lemma traps_all m op : All (instr op) = true -> traps m op = negb (Supervisor (registers m)) && Traps (instr op).
Proof. unfold traps. destruct (instr op); try discriminate; reflexivity. Qed.

Lemma simulation_step own b m op : enough -> Simulates own b m ->
  match step b op, monitor_step m op with
  | Some b', Some m' => Simulates own b' m'
  | None, None => True
  | _, _ => False
  end.
Proof.
  intros E (G & M & R & B & L). destruct b as [rb mb], m as [[rh mh] g]. simpl in G, M, R, B, L. subst g mh.
  unfold step, monitor_step, words. simpl. rewrite Nat.sub_succ, Nat.sub_0_r.
  destruct (check op (length mb)) eqn:C; simpl; [|exact I]. apply check_operands in C as [F LL].
  assert (Supervisor rh = false /\ Masked rh = false) as [Sh Mh] by (subst rh; auto).
  destruct (All (instr op)) eqn:A; simpl.
  - rewrite !traps_all, !do_all by assumption. simpl. rewrite Sh. rewrite andb_true_r. simpl.
    destruct (do_registers_ranges rb op (length mb) F LL B L) as [B' L'].
    destruct (Supervisor rb) eqn:S; simpl; rewrite ?andb_true_r, ?andb_false_r; simpl.
    + assert (negb Hybrid && negb (Traps (instr op)) = false) as ->.
      { destruct Hybrid eqn:H; [reflexivity|]. rewrite E; [reflexivity|]. now rewrite H. }
      apply dispatch_simulates; auto.
    + destruct (Traps (instr op)) eqn:T; simpl.
      * change (Acc rb) with (Acc (enter rb (length mb))). apply dispatch_simulates; simpl; auto. lia.
      * assert (Hybrid = true /\ UserOnly (instr op) = false) as [H U].
        { destruct Hybrid eqn:H; [split; [reflexivity|]|].
          - apply not_true_is_false. intros U. enough (Traps (instr op) = true) by congruence. apply E. now rewrite H.
          - enough (Traps (instr op) = true) by congruence. apply E. now rewrite H. }
        subst rh. unfold Simulates. simpl. destruct rb as [sup base bound masked acc]. simpl in *. subst sup.
        unfold do_registers. destruct (instr op); try discriminate; simpl; repeat split; auto.
  - replace (Hybrid && Supervisor rb && false) with false by now rewrite andb_false_r. simpl.
    assert (Simulates own {| registers := enter rb (length mb); Memory := mb |}
              (dispatch {| registers := with_acc rh (Acc rb); Memory := own :: mb |} (enter rb (length mb)))) as Enter.
    { change (Acc rb) with (Acc (enter rb (length mb))). apply dispatch_simulates; simpl; auto. lia. }
    unfold traps, do_machine. destruct (instr op) eqn:K; try discriminate A; simpl; [exact Enter| |].
    all: assert ((Bound rh <=? First op) || (S (length mb) <=? Base rh + First op)
                 = (Bound rb <=? First op) || (length mb <=? Base rb + First op)) as ->
           by (subst rh; simpl; apply eq_true_iff_eq; rewrite !orb_true_iff, !Nat.leb_le; lia).
    all: destruct ((Bound rb <=? First op) || (length mb <=? Base rb + First op)); simpl; [exact Enter|].
    all: subst rh; replace (Base rb + 1 + First op) with (S (Base rb + First op)) by lia;
         unfold Simulates; destruct rb; simpl in *; rewrite ?put_length; repeat split; auto; simpl;
         replace (Base0 + 1 + First op) with (S (Base0 + First op)) by lia; reflexivity.
Qed.

Lemma Simulates_same own b m : Simulates own b m -> Same b m.
Proof. intros (G & M & _). unfold Same, bare_view, guest_view. now rewrite G, M. Qed.

Lemma Simulates_first own memory : 0 < length memory -> Simulates own (NewMachine memory) (NewMonitor own memory).
Proof. intros L. unfold Simulates, NewMonitor, dispatch. simpl. rewrite Nat.sub_succ, !Nat.sub_0_r. repeat split; auto. Qed.

(* Equivalence: no program sees a difference. Resource control: the monitor's word is what it was, the hardware stays in user mode, and the guest's
   region is not left. (The third property of the paper, efficiency, is by definition: what does not trap, the hardware does.) *)
Theorem simulation own p n : enough -> forall seen b m, Simulates own b m ->
  fst (bare_run p n seen b) = fst (guest_run p n seen m)
  /\ Simulates own (snd (bare_run p n seen b)) (snd (guest_run p n seen m)).
Proof.
  intros E. induction n as [|n IH]; intros seen b m S; [now split|]. simpl. pose proof (simulation_step own b m (p seen) E S) as Q.
  destruct (step b (p seen)) as [b'|], (monitor_step m (p seen)) as [m'|]; try contradiction.
  - rewrite (Simulates_same own b' m' Q). auto.
  - rewrite (Simulates_same own b m S). auto.
Qed.

End Architecture.

(* Sensitive instructions, as vmm.Sensitive finds them: those that, for some operands and some state of a guest whose memory is 0, on a machine
   on which nothing traps, do two things to the guest's registers and to the hardware. *)
Definition nothing (_ : Instr) := false.
Definition differs (words : nat) (r : Registers) (op : Op) : Prop :=
  let h := {| registers := {| Supervisor := false; Base := 0; Bound := S words; Masked := false; Acc := 0 |}; Memory := repeat 0%Z (S words) |} in
  match monitor_step nothing false (dispatch h r) op with
  | None => False
  | Some m =>
      let r := do_registers r op in
      let want := dispatch h r in
      with_relocation (Guest m) (Base r) (Bound r) <> r
      \/ Base (registers (Hardware m)) <> Base (registers (Hardware want)) \/ Bound (registers (Hardware m)) <> Bound (registers (Hardware want))
  end.

Definition Sensitive (user : bool) (words : nat) (i : Instr) : Prop := exists r op,
  All i = true /\ instr op = i /\ check op words = true /\ Base r < words /\ Bound r <= words /\ Acc r = 0%Z
  /\ (user = true -> Supervisor r = false) /\ differs words r op.

Lemma differs_user words r op : Supervisor r = false -> Acc r = 0%Z -> UserOnly (instr op) = false -> All (instr op) = true ->
  ~ differs words r op.
Proof.
  intros S A U K D. unfold differs, monitor_step in D. rewrite traps_all in D by assumption. simpl in D.
  destruct (check op _); [|exact D]. simpl in D. rewrite do_all in D by assumption. simpl in D.
  destruct r as [sup base bound masked acc]. simpl in *. subst sup acc.
  unfold do_registers, with_acc, with_relocation in D. destruct (instr op); try discriminate; simpl in D; intuition congruence.
Qed.

Definition simple (i : Instr) : Op := {| instr := i; First := 0; Length := 0; Value := 0 |}.
Definition mask : Op := {| instr := SetMask; First := 0; Length := 1; Value := 0 |}.

(* Which instructions are sensitive, for a guest of any size: all six, and three of them in its user mode. *)
Theorem sensitive_instructions words i : 0 < words ->
  (Sensitive false words i <-> All i = true) /\ (Sensitive true words i <-> UserOnly i = true).
Proof.
  intros W. destruct words as [|k]; [lia|]. set (n := S k).
  assert (forall op, (op = simple (instr op) \/ op = mask) -> check op n = true) as Check.
  { intros op [->| ->]; [|reflexivity]. simpl. destruct (instr op); reflexivity. }
  assert (forall sup masked r op user, r = {| Supervisor := sup; Base := 0; Bound := n; Masked := masked; Acc := 0 |} ->
    (op = simple (instr op) \/ op = mask) -> All (instr op) = true -> (user = true -> sup = false) -> differs n r op -> Sensitive user n (instr op)) as Found.
  { intros sup masked r op user R O A U D. exists r, op. rewrite R at 1 2 3 4. simpl. unfold n. repeat split; auto; lia. }
  split; split.
  - intros (r & op & A & _). exact A.
  - intros A. destruct i; try discriminate A.
    + apply (Found true false _ (simple SetRelocation) false eq_refl); auto. cbv. right. left. discriminate.
    + apply (Found true false _ (simple GetRelocation) false eq_refl); auto. cbv. left. discriminate.
    + apply (Found true false _ (simple Leave) false eq_refl); auto. cbv. left. discriminate.
    + apply (Found true false _ (simple GetMode) false eq_refl); auto. cbv. left. discriminate.
    + apply (Found true false _ mask false eq_refl); auto. cbv. left. discriminate.
    + apply (Found true true _ (simple GetMask) false eq_refl); auto. cbv. left. discriminate.
  - intros (r & op & A & <- & C & B & L & Z & U & D). apply not_false_is_true. intros F. now apply (differs_user n r op (U eq_refl) Z F A).
  - intros A. destruct i; try discriminate A.
    + apply (Found false false _ (simple SetRelocation) true eq_refl); auto. cbv. right. left. discriminate.
    + apply (Found false false _ (simple GetRelocation) true eq_refl); auto. cbv. left. discriminate.
    + apply (Found false true _ (simple GetMask) true eq_refl); auto. cbv. left. discriminate.
Qed.

(* A list of instructions as a program. *)
Definition listed (ops : list Op) : program := fun seen => nth (length seen) ops (simple Call).

Definition equivalent (Traps : Instr -> bool) (Hybrid : bool) (words : nat) : Prop := forall own memory p n, length memory = words ->
  fst (bare_run Traps p n [] (NewMachine memory)) = fst (guest_run Traps Hybrid p n [] (NewMonitor own memory)).

(* The theorem, for guests of any size: that all sensitive instructions trap is sufficient; for this machine it is necessary, too. *)
Theorem popek_goldberg Traps words : 0 < words ->
  ((forall i, Sensitive false words i -> Traps i = true) <-> equivalent Traps false words).
Proof.
  intros W. split.
  - intros S own memory p n L. apply (simulation Traps false own); [|apply Simulates_first; lia].
    intros i A. apply S. now apply sensitive_instructions.
  - intros Q i A. apply sensitive_instructions in A; [|exact W]. destruct words as [|k]; [lia|].
    specialize (Q 0%Z (repeat 0%Z (S k))).
    destruct (Traps i) eqn:T; [reflexivity|exfalso]. destruct i; try discriminate A.
    + specialize (Q (listed [ {| instr := SetRelocation; First := 0; Length := 1; Value := 0 |}; {| instr := Store; First := 0; Length := 0; Value := 1 |} ]) 2 (repeat_length _ _)).
      cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [simple GetRelocation]) 1 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [simple Leave]) 1 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [simple GetMode]) 1 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [mask]) 1 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [mask; simple GetMask]) 2 (repeat_length _ _)). cbv in Q. rewrite T in Q.
      destruct (Traps SetMask); discriminate.
Qed.

(* And for a hybrid monitor. *)
Theorem hybrid_monitor Traps words : 0 < words ->
  ((forall i, Sensitive true words i -> Traps i = true) <-> equivalent Traps true words).
Proof.
  intros W. split.
  - intros S own memory p n L. apply (simulation Traps true own); [|apply Simulates_first; lia].
    intros i A. apply S. now apply sensitive_instructions.
  - intros Q i A. apply sensitive_instructions in A; [|exact W]. destruct words as [|k]; [lia|].
    specialize (Q 0%Z (repeat 0%Z (S k))).
    destruct (Traps i) eqn:T; [reflexivity|exfalso]. destruct i; try discriminate A.
    + specialize (Q (listed [simple Leave; {| instr := SetRelocation; First := 0; Length := 1; Value := 0 |}; {| instr := Store; First := 0; Length := 0; Value := 1 |} ]) 3 (repeat_length _ _)).
      cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [simple Leave; simple GetRelocation]) 2 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
    + specialize (Q (listed [mask; simple Leave; simple GetMask]) 3 (repeat_length _ _)). cbv in Q. rewrite T in Q. discriminate.
Qed.

(* The monitor's word is its own, and the guest's region is not left (trap.bh: MonitorsOwn, Region), whatever the program. *)
Theorem resource_control Traps Hybrid own memory p n : enough Traps Hybrid -> 0 < length memory ->
  let m := snd (guest_run Traps Hybrid p n [] (NewMonitor own memory)) in
  let h := registers (Hardware m) in
  hd 0%Z (Memory (Hardware m)) = own /\ Supervisor h = false /\ Masked h = false
  /\ 0 < Base h /\ Base h + Bound h <= length (Memory (Hardware m)).
Proof.
  intros E L. destruct (simulation Traps Hybrid own p n E [] _ _ (Simulates_first own memory L)) as [_ (G & M & R & B & Q)].
  simpl. rewrite R, M. simpl. repeat split; lia.
Qed.
