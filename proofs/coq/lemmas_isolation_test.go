package coq_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model/esxi/memory"
	"github.com/bulkheadlang/bulkhead/model/esxi/pool"
	"github.com/bulkheadlang/bulkhead/model/hybrid"
	"github.com/bulkheadlang/bulkhead/model/linux/cgroup"
	"github.com/bulkheadlang/bulkhead/model/perf"
	"github.com/bulkheadlang/bulkhead/model/vmm"
)

// four draws four times, from a source of random numbers that is drawn.
func four(draw func(t *rapid.T, d *rand.Rand) []tie) func(*rapid.T) []tie {
	return func(t *rapid.T) (ties []tie) {
		d := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 4 {
			ties = append(ties, draw(t, d)...)
		}
		return ties
	}
}

func term(format string, args ...any) string { return "(" + fmt.Sprintf(format, args...) + ")" }

func integer(n int64) string { return fmt.Sprintf("(%d)%%Z", n) }

func option(ok bool, text string) string {
	if !ok {
		return "None"
	}
	return term("Some %s", text)
}

func plain[T any](x T) string { return fmt.Sprint(x) }

// numbers gives first, first+1, … below end.
func numbers(first, end int) (out []int) {
	for i := first; i < end; i++ {
		out = append(out, i)
	}
	return out
}

const forestPrelude = `
Open Scope nat_scope.
Definition shown ms (s : Forest) := map (fun n => (up s n, own s n, used s n, Effective ms n, Room ms (used s) n)) (seq 0 (Nodes ms)).
Definition asks ms (s : Forest) (op : Op) :=
  match op with
  | Start n => if has ms n && negb (up s n) && parentUp ms s n then Some (n, Base (member ms n)) else None
  | Charge n a => if Up ms s n && (1 <=? a)%Z then Some (n, a) else None
  | _ => None
  end.
Fixpoint trace ms s ops :=
  match ops with
  | [] => ([], shown ms s)
  | op :: ops =>
      let at_ := match asks ms s op with Some (n, a) => full ms (used s) n a | None => None end in
      let (l, e) := trace ms (match step ms s op with Some s => s | None => s end) ops in
      ((match step ms s op with Some _ => true | None => false end, at_) :: l, e)
  end.
`

// TestForestIsTheLemmas ties Forest.v to hybrid.Forest: what is allowed, where there is no room, and all that it says in the end.
func TestForestIsTheLemmas(t *testing.T) {
	steps, allowed := 0, 0
	same(t, "Forest", forestPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		count := 1 + d.IntN(7)
		var members []hybrid.Member
		for i := range count {
			limit := int64(d.IntN(9))
			members = append(members, hybrid.Member{Parent: hybrid.Node(d.IntN(i+1) - 1), Limit: limit, Base: int64(d.IntN(int(min(2, limit) + 1)))})
		}
		f, err := hybrid.NewForest(members)
		if err != nil {
			t.Fatal(err)
		}
		var ops, results []string
		for i := range 25 {
			n, amount := d.IntN(count+1), int64(d.IntN(4)) // also one that there is not, and nothing
			kind := d.IntN(6)
			if i < count && d.IntN(5) > 0 {
				n, kind = i, 0
			}
			m := hybrid.Node(n)
			var op string
			switch kind {
			case 0:
				op, err = term("Start %d", n), f.Start(m)
			case 1, 2, 3:
				op, err = term("Charge %d %d%%Z", n, amount), f.Charge(m, amount)
			case 4:
				op, err = term("Free %d %d%%Z", n, amount), f.Free(m, amount)
			default:
				op, err = term("Crash %d", n), f.Crash(m)
			}
			var full *hybrid.FullError
			at := "None"
			if errors.As(err, &full) {
				at = term("Some %d", full.At)
			}
			ops, results = append(ops, op), append(results, term("%t, %s", err == nil, at))
			steps++
			if err == nil {
				allowed++
			}
		}
		show := func(n int) string {
			m := hybrid.Node(n)
			return term("%t, %s, %s, %s, %s", f.Up(m), integer(f.Own(m)), integer(f.Used(m)), integer(f.Effective(m)), integer(f.Room(m)))
		}
		ms := list(members, func(m hybrid.Member) string {
			return fmt.Sprintf("{| Parent := %s; Limit := %d%%Z; Base := %d%%Z |}", option(m.Parent >= 0, fmt.Sprint(m.Parent)), m.Limit, m.Base)
		})
		return []tie{{term("trace %s NewForest %s", ms, list(ops, plain)), term("%s, %s", list(results, plain), list(numbers(0, count), show))}}
	}))
	if 5*allowed < steps || 5*allowed > 4*steps {
		t.Errorf("%d steps of %d are allowed: too few of one kind", allowed, steps)
	}
}

const cgroupPrelude = `
Open Scope nat_scope.
Definition shown ms processes (m : Memory) :=
  (map (fun g => (usage m g, cache m g, Effective ms g)) (seq 0 (Nodes ms)), map (procs m) (seq 0 processes)).
Fixpoint trace ms processes m ops :=
  match ops with
  | [] => ([], shown ms processes m)
  | op :: ops =>
      let next := memory_step ms processes m op in
      let at_ :=
        match op with
        | Touch p n | ReadFile p n =>
            match In_ processes m p with Some (g, _) => if (1 <=? n)%Z then Blocker ms m g n else None | None => None end
        | _ => None
        end in
      let (l, e) := trace ms processes (match next with Some m => m | None => m end) ops in
      ((match next with Some _ => true | None => false end, at_) :: l, e)
  end.
`

// TestCgroupIsTheLemmas ties the second part of Forest.v to cgroup.Memory.
func TestCgroupIsTheLemmas(t *testing.T) {
	const processes = 3
	steps, allowed := 0, 0
	same(t, "Forest", cgroupPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		count := 1 + d.IntN(6)
		parents, limits := []cgroup.Cgroup{0}, []int64{1 + int64(d.IntN(12))}
		members := []string{fmt.Sprintf("{| Parent := None; Limit := %d%%Z; Base := 0%%Z |}", limits[0])}
		for i := 1; i < count; i++ {
			p, limit := d.IntN(i), 1+int64(d.IntN(8))
			parents, limits = append(parents, cgroup.Cgroup(p)), append(limits, limit)
			members = append(members, fmt.Sprintf("{| Parent := Some %d; Limit := %d%%Z; Base := 0%%Z |}", p, limit))
		}
		m, err := cgroup.NewMemory(parents, limits, processes)
		if err != nil {
			t.Fatal(err)
		}
		var ops, results []string
		for i := range 30 {
			p, g, n := d.IntN(processes+1), d.IntN(count+1), int64(d.IntN(4))
			kind := d.IntN(7)
			if i < 2*processes {
				p, g, kind = i/2, max(0, count-1-d.IntN(2)), 0
			}
			number := cgroup.Process(p + 1)
			var op string
			switch kind {
			case 0:
				op, err = term("Spawn %d %d", p, g), m.Spawn(number, cgroup.Cgroup(g))
			case 1, 2, 3:
				op, err = term("Touch %d %d%%Z", p, n), m.Touch(number, n)
			case 4:
				op, err = term("ReadFile %d %d%%Z", p, n), m.Read(number, n)
			case 5:
				op, err = term("Reclaim %d %d%%Z", g, n), m.Reclaim(cgroup.Cgroup(g), n)
			default:
				op, err = term("Exit %d", p), m.Exit(number)
			}
			var over *cgroup.OverLimit
			at := "None"
			if errors.As(err, &over) {
				at = term("Some %d", over.At)
			}
			ops, results = append(ops, op), append(results, term("%t, %s", err == nil, at))
			steps++
			if err == nil {
				allowed++
			}
		}
		group := func(n int) string {
			g := cgroup.Cgroup(n)
			return term("%s, %s, %s", integer(m.Usage(g)), integer(m.Cache(g)), integer(m.Effective(g)))
		}
		process := func(n int) string {
			p := cgroup.Process(n)
			in, alive := m.In(p)
			return option(alive, term("%d, %s", in, integer(m.Pages(p))))
		}
		return []tie{{
			term("trace %s %d NewMemory %s", list(members, plain), processes, list(ops, plain)),
			term("%s, (%s, %s)", list(results, plain), list(numbers(0, count), group), list(numbers(1, processes+1), process)),
		}}
	}))
	if 5*allowed < steps || 5*allowed > 4*steps {
		t.Errorf("%d steps of %d are allowed: too few of one kind", allowed, steps)
	}
}

const lendingPrelude = `
Open Scope nat_scope.
Section Trace.
Variables (parents : list (option nat)) (places : list nat) (need : list Z).
Let Pools := length parents.
Let VMs := length places.
Let Parent n := nth n parents None.
Let at_ v := nth v places 0.
Let reserves v := nth v need 0%Z.
Definition limit r l e := {| Reservation := r; PoolLimit := l; Expandable := e |}.
Fixpoint trace t ops :=
  match ops with
  | [] => ([], map (Used Pools Parent VMs at_ reserves t) (seq 0 Pools))
  | op :: ops =>
      let next := step Pools Parent VMs at_ reserves t op in
      let (l, e) := trace (match next with Some t => t | None => t end) ops in
      (match next with Some _ => true | None => false end :: l, e)
  end.
End Trace.
Definition first capacity := {|
  config := fun n => match n with 0 => limit capacity None false | _ => limit 0%Z None false end; on := fun _ => false |}.
`

// lent draws a tree of pools and what is done to it; seen counts what came of it.
func lent(d *rand.Rand, seen map[string]int) tie {
	capacity := int64(4 + d.IntN(12))
	tree := must(pool.New(capacity, 0))
	parents, places, need := []string{"None"}, []string{}, []string{}
	for range d.IntN(6) {
		p := max(d.IntN(len(parents)), d.IntN(len(parents))) // chains, rather
		must(tree.Create(pool.ID(p), pool.Config{CPU: pool.Unlimited(), Memory: pool.Unlimited()}))
		parents = append(parents, term("Some %d", p))
	}
	for range 1 + d.IntN(5) {
		p, r := max(d.IntN(len(parents)), d.IntN(len(parents))), int64(d.IntN(5))
		m := pool.Machine{VCPUs: 1, MemoryMB: 1, CPU: pool.Unlimited(), Memory: pool.Unlimited()}
		m.CPU.Reservation = r
		must(tree.AddVM(pool.ID(p), m))
		places, need = append(places, fmt.Sprint(p)), append(need, integer(r))
	}
	var ops, results []string
	for i := range 30 {
		v, p, k := d.IntN(len(places)+1), d.IntN(len(parents)), d.IntN(7)
		if i < 2*len(parents) && d.IntN(4) > 0 { // at first pools are configured, mostly
			p, k = i/2, 5
		}
		var op string
		var err error
		switch {
		case k < 4:
			op, err = term("PowerOn %d", v), tree.PowerOn(pool.VM(v+1))
		case k == 4:
			op, err = term("PowerOff %d", v), tree.PowerOff(pool.VM(v+1))
		default:
			c := pool.Config{CPU: pool.Unlimited(), Memory: pool.Unlimited()}
			c.CPU.Reservation, c.CPU.Expandable = int64(d.IntN(4)), d.IntN(4) > 0
			if d.IntN(3) > 0 {
				c.CPU.Limit = c.CPU.Reservation + int64(d.IntN(4))
			}
			op = term("Update %d (limit %s %s %t)", p, integer(c.CPU.Reservation), option(c.CPU.Limit != pool.NoLimit, integer(c.CPU.Limit)), c.CPU.Expandable)
			err = tree.Update(pool.ID(p), c)
		}
		ops, results = append(ops, op), append(results, fmt.Sprint(err == nil))
		seen[fmt.Sprintf("%s %t", strings.Fields(op[1:])[0], err == nil)]++
		if tree.Borrowed(pool.CPU, pool.ID(p)) > 0 {
			seen["loans"]++
		}
	}
	used := func(p int) string { return integer(tree.Used(pool.CPU, pool.ID(p))) }
	return tie{
		term("trace %s %s %s (first %s) %s", list(parents, plain), list(places, plain), list(need, plain), integer(capacity), list(ops, plain)),
		term("%s, %s", list(results, plain), list(numbers(0, len(parents)), used)),
	}
}

// TestLendingIsTheLemmas ties Lending.v to pool.Tree.
func TestLendingIsTheLemmas(t *testing.T) {
	seen := map[string]int{}
	same(t, "Lending", lendingPrelude, four(func(_ *rapid.T, d *rand.Rand) []tie { return []tie{lent(d, seen)} }))
	for _, what := range []string{"PowerOn true", "PowerOn false", "PowerOff true", "PowerOff false", "Update true", "Update false", "loans"} {
		if seen[what] < 10 {
			t.Errorf("%s: %d times", what, seen[what])
		}
	}
}

const framesPrelude = `
Open Scope nat_scope.
Definition at_ (l : list nat) (i : nat) := nth i l 0.
Section Trace.
Variables (vms frames devices : nat) (pages salts : list nat).
Definition shown (s : Frames) :=
  (map (fun a => (ept s a, writable s a && match ept s a with Some _ => true | None => false end, reads s a)) (places vms (at_ pages)),
   map (fun d => (owner s d, map (iommu s d) (seq 1 2))) (seq 1 devices), map (Large s) (seq 1 vms)).
Fixpoint trace s ops :=
  match ops with
  | [] => ([], shown s)
  | op :: ops =>
      let next := step vms (at_ pages) frames devices (at_ salts) s op in
      let (l, e) := trace (match next with Some s => s | None => s end) ops in
      (match next with Some _ => true | None => false end :: l, e)
  end.
End Trace.
`

// TestFramesIsTheLemmas ties Frames.v to memory.Frames.
func TestFramesIsTheLemmas(t *testing.T) {
	const devices, most = 2, 2
	allowed := map[string]int{}
	same(t, "Frames", framesPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		vms, frames := 1+d.IntN(3), 4+d.IntN(5)
		var machines []memory.Machine
		for i := range vms {
			machines = append(machines, memory.Machine{Pages: 1 + d.IntN(most), Salt: []string{"", "a", "a", "a", "b"}[d.IntN(5)], UUID: fmt.Sprint(i), Large: d.IntN(5) == 0})
		}
		f, err := memory.NewFrames(frames, memory.Salting(d.IntN(3)*d.IntN(2)), machines, devices)
		if err != nil {
			t.Fatal(err)
		}
		pages, salts, large, seen := []int{0}, []int{0}, []string{"false"}, map[string]int{}
		for i, m := range machines {
			salt := f.Salt(memory.VM(i + 1))
			if _, ok := seen[salt]; !ok {
				seen[salt] = len(seen)
			}
			pages, salts, large = append(pages, m.Pages), append(salts, seen[salt]), append(large, fmt.Sprint(m.Large))
		}
		var ops, results []string
		for i := range 60 {
			v, p, w, q := 1+d.IntN(vms), 1+d.IntN(most), 1+d.IntN(vms), 1+d.IntN(most)
			device, x := 1+d.IntN(devices), uint64(d.IntN(4)/3)
			if d.IntN(8) == 0 { // what there may not be
				v, p, device = d.IntN(vms+2), d.IntN(most+2), d.IntN(devices+2)
			}
			k := d.IntN(16)
			if i < vms*most { // at first all pages, mostly
				v, p, k = 1+i/most, 1+i%most, 0
			}
			var op string
			switch {
			case k < 3:
				op, err = term("Map %d %d", v, p), f.Map(memory.VM(v), memory.Page(p))
			case k == 3:
				op, err = term("Unmap %d %d", v, p), f.Unmap(memory.VM(v), memory.Page(p))
			case k < 6:
				op = term("Write %d %d %d%%Z", v, p, x)
				_, err = f.Write(memory.VM(v), memory.Page(p), x)
			case k < 10:
				op, err = term("Share %d %d %d %d", v, p, w, q), f.Share(memory.VM(v), memory.Page(p), memory.VM(w), memory.Page(q))
				if err != nil && strings.HasSuffix(err.Error(), "one has a device") {
					allowed[fmt.Sprint("device of the first ", memory.VM(v) == f.Owner(1) || memory.VM(v) == f.Owner(2))]++
				}
			case k == 10:
				op, err = term("BreakLarge %d", v), f.BreakLarge(memory.VM(v))
			case k < 12:
				op, err = term("Attach %d %d", device, v), f.Attach(memory.Device(device), memory.VM(v))
			case k == 12:
				op, err = term("Detach %d", device), f.Detach(memory.Device(device))
			default:
				op, err = term("DMA %d %d %d%%Z", device, p, x), f.DMA(memory.Device(device), memory.Page(p), x)
			}
			ops, results = append(ops, op), append(results, fmt.Sprint(err == nil))
			if err == nil {
				allowed[strings.Fields(op[1:])[0]]++
			}
		}
		var places []string
		for v := range machines {
			for p := range machines[v].Pages {
				vm, page := memory.VM(v+1), memory.Page(p+1)
				frame, writable, ok := f.Mapped(vm, page)
				content, _ := f.Read(vm, page)
				places = append(places, term("%s, %t, %s", option(ok, fmt.Sprint(frame)), ok && writable, option(ok, integer(int64(content)))))
			}
		}
		device := func(n int) string {
			owner := f.Owner(memory.Device(n))
			return term("%s, %s", option(owner != 0, fmt.Sprint(owner)), list(numbers(1, most+1), func(p int) string {
				frame, ok := f.Reaches(memory.Device(n), memory.Page(p))
				return option(ok, fmt.Sprint(frame))
			}))
		}
		return []tie{{
			term("trace %d %d %d %s %s (NewFrames (fun v => nth v %s false)) %s", vms, frames, devices, list(pages, plain), list(salts, plain), list(large, plain), list(ops, plain)),
			term("%s, (%s, %s, %s)", list(results, plain), list(places, plain), list(numbers(1, devices+1), device),
				list(numbers(1, vms+1), func(v int) string { return fmt.Sprint(f.Large(memory.VM(v))) })),
		}}
	}))
	for _, op := range []string{"Map", "Unmap", "Write", "Share", "BreakLarge", "Attach", "Detach", "DMA", "device of the first true", "device of the first false"} {
		if allowed[op] == 0 {
			t.Errorf("nothing drawn shows %s", op)
		}
	}
}

const vmmPrelude = `
Open Scope nat_scope.
Definition index i := match i with
  | SetRelocation => 0 | GetRelocation => 1 | Leave => 2 | GetMode => 3 | SetMask => 4 | GetMask => 5 | Call => 6 | Load => 7 | Store => 8 end.
Definition op (i : Instr) (f l : nat) (v : Z) := {| instr := i; First := f; Length := l; Value := v |}.
Definition shown r := (Supervisor r, Base r, Bound r, Masked r, Acc r).
Fixpoint trace (traps : list bool) hybrid b m ops :=
  let set i := nth (index i) traps false in
  match ops with
  | [] => ([], (shown (registers b), Memory b, shown (registers (Hardware m)), Memory (Hardware m), shown (Guest m)))
  | op :: ops =>
      let b' := step set b op in
      let m' := monitor_step set hybrid m op in
      let (l, e) := trace traps hybrid (match b' with Some b => b | None => b end) (match m' with Some m => m | None => m end) ops in
      ((match b' with Some _ => true | None => false end, match m' with Some _ => true | None => false end) :: l, e)
  end.
`

// TestTrapAndEmulateIsTheLemmas ties TrapAndEmulate.v to vmm.Machine and vmm.Monitor, on all architectures, and to vmm.Sensitive.
func TestTrapAndEmulateIsTheLemmas(t *testing.T) {
	instructions := []string{"SetRelocation", "GetRelocation", "Leave", "GetMode", "SetMask", "GetMask", "Call", "Load", "Store"}
	bits := func(s vmm.Instrs) string {
		return list(numbers(0, len(instructions)), func(i int) string { return fmt.Sprint(s.Has(vmm.Instr(i))) })
	}
	pairs, apart := 0, 0
	same(t, "TrapAndEmulate", vmmPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		words, hybrid := 1+d.IntN(4), d.IntN(2) == 0
		traps := vmm.Instrs(d.IntN(int(vmm.All) + 1))
		if d.IntN(2) == 0 {
			traps |= vmm.Set(vmm.SetRelocation, vmm.GetRelocation, vmm.GetMask)
		}
		bare, err := vmm.NewMachine(traps, words)
		if err != nil {
			t.Fatal(err)
		}
		monitor, err := vmm.NewMonitor(traps, words, hybrid)
		if err != nil {
			t.Fatal(err)
		}
		own := int64(d.IntN(3))
		monitor.Hardware.Memory[0] = int8(own)
		for i := range bare.Memory {
			bare.Memory[i] = int8(d.IntN(200) - 100)
			monitor.Hardware.Memory[i+1] = bare.Memory[i]
		}
		cells := func(m []int8) string { return list(m, func(x int8) string { return integer(int64(x)) }) }
		first := cells(bare.Memory)
		var ops, results []string
		for range 30 {
			op := vmm.Op{Instr: vmm.Instr(d.IntN(len(instructions)))}
			wild := d.IntN(10) == 0 // operands that there may not be
			if wild || op.Instr == vmm.SetRelocation || op.Instr >= vmm.Load {
				op.First = d.IntN(words + d.IntN(2))
			}
			if wild || op.Instr == vmm.SetRelocation || op.Instr == vmm.SetMask {
				op.Length = d.IntN(words + 1 + d.IntN(2))
			}
			if wild || op.Instr == vmm.Store {
				op.Value = int8(d.IntN(256) - 128)
			}
			ops = append(ops, term("op %s %d %d %s", instructions[op.Instr], op.First, op.Length, integer(int64(op.Value))))
			results = append(results, term("%t, %t", bare.Step(op) == nil, monitor.Step(op) == nil))
		}
		pairs++
		if !vmm.Same(bare, monitor) {
			apart++
		}
		registers := func(r vmm.Registers) string {
			return term("%t, %d, %d, %t, %s", r.Supervisor, r.Base, r.Bound, r.Masked, integer(int64(r.Acc)))
		}
		sensitive, userOnly, err := vmm.Sensitive(words)
		if err != nil {
			t.Fatal(err)
		}
		return []tie{{
			term("trace %s %t (NewMachine %s) (NewMonitor %s %s) %s", bits(traps), hybrid, first, integer(own), first, list(ops, plain)),
			term("%s, (%s, %s, %s, %s, %s)", list(results, plain), registers(bare.Registers), cells(bare.Memory),
				registers(monitor.Hardware.Registers), cells(monitor.Hardware.Memory), registers(monitor.Guest)),
		}, {"map All " + list(instructions, plain), bits(sensitive)}, {"map UserOnly " + list(instructions, plain), bits(userOnly)}}
	}))
	if 10*apart < pairs || 10*apart > 9*pairs {
		t.Errorf("%d pairs of %d have come apart: too few of one kind", apart, pairs)
	}
}

const walkPrelude = `
Open Scope nat_scope.
Definition shown (w : Walker) := (match phase w with ReadingNested => 0 | ReadingGuest => 1 | Translated => 2 | Faulted => 3 end, g w, h w, data w, small w, references w).
Fixpoint trace h l w rs :=
  match rs with
  | [] => ([], shown w)
  | r :: rs =>
      let next := step h l w r in
      let (a, e) := trace h l (match next with Some w => w | None => w end) rs in
      (match next with Some _ => true | None => false end :: a, e)
  end.
`

// TestWalkIsTheLemmas ties Walk.v to perf.Walker and perf.References.
func TestWalkIsTheLemmas(t *testing.T) {
	ends := map[perf.WalkPhase]int{}
	same(t, "Walk", walkPrelude, four(func(t *rapid.T, d *rand.Rand) []tie {
		guest, host := 1+d.IntN(5), d.IntN(5)
		large := 1 + d.IntN(guest)
		if host > 0 {
			large = 1 + d.IntN(min(guest, host))
		}
		w, err := perf.NewWalker(guest, host, large)
		if err != nil {
			t.Fatal(err)
		}
		var reads, results []string
		for range 3 + d.IntN(40) {
			var read string
			leaf := d.IntN(3) == 0
			switch k := d.IntN(40); {
			case k == 0:
				read, err = "Fault", w.Fault()
			case k%2 == 0:
				read, err = term("ReadNested %t", leaf), w.ReadNested(leaf)
			default:
				read, err = term("ReadGuest %t", leaf), w.ReadGuest(leaf)
			}
			reads, results = append(reads, read), append(results, fmt.Sprint(err == nil))
		}
		ends[w.Phase()]++
		g, h := w.Levels()
		most, err := perf.References(guest, host)
		if err != nil {
			t.Fatal(err)
		}
		levels := fmt.Sprintf("%d%%Z %d%%Z", guest, host)
		return []tie{{
			term("trace %d%%Z %d%%Z (NewWalker %s) %s", host, large, levels, list(reads, plain)),
			term("%s, (%d, %s, %s, %t, %t, %s)", list(results, plain), w.Phase(), integer(int64(g)), integer(int64(h)), w.Data(), w.Small(), integer(int64(w.References()))),
		}, {"References " + levels, integer(int64(most))}}
	}))
	for p := perf.ReadingNested; p <= perf.Faulted; p++ {
		if ends[p] == 0 {
			t.Errorf("%d walks end %v", ends[p], p)
		}
	}
}
