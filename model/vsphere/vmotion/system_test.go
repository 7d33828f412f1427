package vmotion

import (
	"iter"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// numbered gives the numbers from 1 whose entries are true.
func numbered[T ~int](n int, is func(T) bool) []T {
	return slices.DeleteFunc(modelcheck.Numbers[T](n), func(i T) bool { return !is(i) })
}

// paced is a Migration of pages of one bit, and how many writes migrate.bh allows.
type paced struct {
	*Migration
	Compatible      bool
	Credit, Crashes int
}

// pace is the constants of migrate.bh.
type pace struct{ pages, rate, dirty, stun, crashes int }

func (p *paced) write(z pace, page int) error {
	if p.Credit < z.rate {
		return model.Refuse("the guest has written enough")
	}
	source, _ := p.Memory(page)
	err := p.Write(page, 1-source)
	if err == nil {
		p.Credit -= z.rate
	}
	return err
}

func (p *paced) copy(z pace, page int) error {
	phase := p.Phase()
	err := p.Copy(page)
	if err == nil && phase == Copying {
		p.Credit = min(p.Credit+z.dirty, z.pages*z.rate)
	}
	return err
}

func (p *paced) start() error {
	err := p.Start()
	if err == nil {
		p.Credit = 0
	}
	return err
}

func (p *paced) crash(s Side) error {
	if p.Crashes == 0 {
		return model.Refuse("no more hosts fail")
	}
	err := p.Crash(s)
	if err == nil {
		p.Crashes--
	}
	return err
}

func (p *paced) giveUp() error {
	if p.Up(Target) {
		return model.Refuse("the target is up")
	}
	return p.Cancel()
}

// sides shows the sides of which something is true.
func sides(is func(Side) bool) model.Value {
	var names []string
	for _, s := range []Side{Source, Target} {
		if is(s) {
			names = append(names, s.String())
		}
	}
	return modelcheck.Names(names)
}

// migrationSystem is the system whose states are those of Migration.
func migrationSystem(z pace) model.System {
	pages := modelcheck.Numbers[int](z.pages)
	bits := func(p paced, of func(int) int64) model.Value {
		return modelcheck.Map(1, z.pages, func(i int) model.Value { return model.Bool(of(i) == 1) })
	}
	return model.MustDefine(model.Definition[paced]{
		Name: "Migrate",
		Init: func(yield func(paced) bool) {
			for _, reasons := range [][]Reason{{Missing, Network}, nil} {
				m := must(NewMigration(make([]int64, z.pages), z.stun, reasons))
				if !yield(paced{Migration: m, Compatible: len(reasons) == 0, Crashes: z.crashes}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[paced]{
			{Name: "Start", Next: modelcheck.Call((*paced).start)},
			{Name: "Write", Params: []string{"p"}, Next: modelcheck.Call1(pages, func(p *paced, i int) error { return p.write(z, i) })},
			{Name: "Copy", Params: []string{"p"}, Next: modelcheck.Call1(pages, func(p *paced, i int) error { return p.copy(z, i) })},
			{Name: "Stun", Next: modelcheck.Call(func(p *paced) error { return p.Stun() })},
			{Name: "Switch", Next: modelcheck.Call(func(p *paced) error { return p.Switch() })},
			{Name: "Resume", Next: modelcheck.Call(func(p *paced) error { return p.Resume() })},
			{Name: "Cancel", Next: modelcheck.Call(func(p *paced) error { return p.Cancel() })},
			{Name: "GiveUp", Next: modelcheck.Call((*paced).giveUp)},
			{Name: "Crash", Params: []string{"s"}, Next: modelcheck.Call1([]Side{Source, Target}, (*paced).crash)},
		},
		AllowDeadlock: true,
		Show: func(p paced) []model.Binding {
			return []model.Binding{
				{Name: "compatible", Value: model.Bool(p.Compatible)},
				{Name: "phase", Value: modelcheck.Text(p.Phase())},
				{Name: "up", Value: sides(p.Up)},
				{Name: "owner", Value: modelcheck.Text(p.Owner())},
				{Name: "runs", Value: sides(p.Runs)},
				{Name: "memory", Value: bits(p, func(i int) int64 { source, _ := p.Memory(i); return source })},
				{Name: "copied", Value: bits(p, func(i int) int64 { _, target := p.Memory(i); return target })},
				{Name: "dirty", Value: modelcheck.Set(p.Dirty())},
				{Name: "credit", Value: modelcheck.Int(p.Credit)},
				{Name: "crashes", Value: modelcheck.Int(p.Crashes)},
			}
		},
	})
}

func features(f Features) model.Value { return modelcheck.Set(f.List()) }

// evcSystem is the system whose states are those of EVC.
func evcSystem(hosts, vms, count int, strict bool) model.System {
	hs, all := modelcheck.Numbers[Host](hosts), modelcheck.Numbers[VM](vms)
	sets := func(step func(*EVC, Features) error) func(*EVC) iter.Seq2[model.Args, *EVC] {
		var shown []model.Value
		for f := range Features(1) << count {
			shown = append(shown, features(f))
		}
		return modelcheck.Call1(shown, func(e **EVC, v model.Value) error {
			var f Features
			for _, elem := range v.Elems {
				f |= Set(int(elem.Value.Int))
			}
			return step(*e, f)
		})
	}
	host := func(step func(*EVC, Host) error) func(*EVC) iter.Seq2[model.Args, *EVC] {
		return modelcheck.Call1(hs, func(e **EVC, h Host) error { return step(*e, h) })
	}
	vm := func(step func(*EVC, VM) error) func(*EVC) iter.Seq2[model.Args, *EVC] {
		return modelcheck.Call1(all, func(e **EVC, v VM) error { return step(*e, v) })
	}
	both := func(step func(*EVC, VM, Host) error) func(*EVC) iter.Seq2[model.Args, *EVC] {
		return modelcheck.Call2(all, hs, func(e **EVC, v VM, h Host) error { return step(*e, v, h) })
	}
	h, v, vh, b := []string{"h"}, []string{"v"}, []string{"v", "h"}, []string{"b"}
	return model.MustDefine(model.Definition[*EVC]{
		Name: "EVC",
		Init: func(yield func(*EVC) bool) {
			for places := range modelcheck.Vectors(hosts, 1<<count) {
				var has []Features
				for _, p := range places {
					has = append(has, Features(p-1))
				}
				if !yield(must(NewEVC(has, vms, strict))) {
					return
				}
			}
		},
		Actions: []model.ActionOf[*EVC]{
			{Name: "Join", Params: h, Next: host((*EVC).Join)},
			{Name: "Leave", Params: h, Next: host((*EVC).Leave)},
			{Name: "Raise", Params: b, Next: sets((*EVC).Raise)},
			{Name: "Lower", Params: b, Next: sets((*EVC).Lower)},
			{Name: "PowerOn", Params: vh, Next: both((*EVC).PowerOn)},
			{Name: "PowerOff", Params: v, Next: vm((*EVC).PowerOff)},
			{Name: "Suspend", Params: v, Next: vm((*EVC).Suspend)},
			{Name: "Resume", Params: vh, Next: both((*EVC).Resume)},
			{Name: "Migrate", Params: vh, Next: both((*EVC).Migrate)},
			{Name: "Arrive", Params: v, Next: vm((*EVC).Arrive)},
		},
		Show: func(e *EVC) []model.Binding {
			each := func(of func(VM) model.Value) model.Value {
				return modelcheck.Map(1, vms, func(i int) model.Value { return of(VM(i)) })
			}
			return []model.Binding{
				{Name: "has", Value: modelcheck.Map(1, hosts, func(i int) model.Value { return features(e.Has(Host(i))) })},
				{Name: "baseline", Value: features(e.Baseline())},
				{Name: "joined", Value: modelcheck.Set(numbered(hosts, e.Joined))},
				{Name: "power", Value: each(func(v VM) model.Value { return modelcheck.Text(e.Power(v)) })},
				{Name: "at", Value: each(func(v VM) model.Value { return modelcheck.Int(max(1, e.At(v))) })},
				{Name: "uses", Value: each(func(v VM) model.Value { return features(e.Uses(v)) })},
				{Name: "goal", Value: each(func(v VM) model.Value { return modelcheck.Option(e.Goal(v)) })},
			}
		},
	})
}

// facts are those of precheck.bh, beside what is decided from them.
type facts struct {
	SourceNIC, SourceEncrypts, TargetNIC, TargetEncrypts                   bool
	SameVendor, SameFamily, Uses, Shows, Local, Networks, Files, CPU, Room bool
	Mode                                                                   EncryptedVMotion
	Forbidden, Migrated                                                    bool
}

func (f facts) check() []Reason {
	set := func(in bool) Features {
		if in {
			return Set(1)
		}
		return 0
	}
	m := Machine{Uses: set(f.Uses), Local: f.Local, Networks: []string{"a"}, Datastores: []string{"d", "e"}, Mode: f.Mode, CPU: 2, Memory: 3}
	source := HostFacts{Vendor: "intel", NIC: f.SourceNIC, IPv6: true, Encrypts: f.SourceEncrypts}
	target := HostFacts{
		Vendor: "amd", Shows: set(f.Shows), NIC: f.TargetNIC, IPv6: f.SameFamily, Encrypts: f.TargetEncrypts, Networks: []string{"b"}, Datastores: []string{"d"},
		CPU: 1, Memory: 2, Forbidden: f.Forbidden,
	}
	if f.SameVendor {
		target.Vendor = "intel"
	}
	if f.Networks {
		target.Networks = append(target.Networks, "a")
	}
	if f.Files {
		target.Datastores = append(target.Datastores, "e")
	}
	if f.CPU {
		target.CPU = 2
	}
	if f.Room {
		target.Memory = 3
	}
	return Check(m, source, target)
}

func (f *facts) mend(r Reason) error {
	if !slices.Contains(f.check(), r) {
		return model.Refuse("%s is not the matter", r)
	}
	switch r {
	case Vendor:
		f.SameVendor = true
	case Missing:
		f.Shows = true
	case Device:
		f.Local = false
	case Network:
		f.Networks = true
	case File:
		f.Files = true
	case SourceNIC:
		f.SourceNIC = true
	case TargetNIC:
		f.TargetNIC = true
	case Family:
		f.SameFamily = true
	case Encryption:
		f.Mode = Opportunistic
	case CPU:
		f.CPU = true
	case Memory:
		f.Room = true
	case Rule:
		f.Forbidden = false
	}
	return nil
}

func (f *facts) migrate() error {
	if f.Migrated || refusal(f.check()) != nil {
		return model.Refuse("not now")
	}
	f.Migrated = true
	return nil
}

// checkSystem is the system whose states are those of Check, for all facts.
func checkSystem() model.System {
	var all []Reason
	for r := range Rule + 1 {
		all = append(all, r)
	}
	truths := []func(*facts) *bool{
		func(f *facts) *bool { return &f.SourceNIC }, func(f *facts) *bool { return &f.SourceEncrypts },
		func(f *facts) *bool { return &f.TargetNIC }, func(f *facts) *bool { return &f.TargetEncrypts },
		func(f *facts) *bool { return &f.SameVendor }, func(f *facts) *bool { return &f.SameFamily }, func(f *facts) *bool { return &f.Uses }, func(f *facts) *bool { return &f.Shows },
		func(f *facts) *bool { return &f.Local }, func(f *facts) *bool { return &f.Networks }, func(f *facts) *bool { return &f.Files },
		func(f *facts) *bool { return &f.CPU }, func(f *facts) *bool { return &f.Room }, func(f *facts) *bool { return &f.Forbidden },
	}
	side := func(nic, encrypts bool) model.Value {
		return model.Value{Shape: model.Record, Elems: []model.Elem{{Key: "nic", Value: model.Bool(nic)}, {Key: "encrypts", Value: model.Bool(encrypts)}}}
	}
	one := func(in bool) model.Value { return modelcheck.Set(numbered(1, func(int) bool { return in })) }
	return model.MustDefine(model.Definition[facts]{
		Name: "Precheck",
		Init: func(yield func(facts) bool) {
			for choice := range 1 << len(truths) {
				for _, mode := range []EncryptedVMotion{NotEncrypted, Opportunistic, Required} {
					f := facts{Mode: mode}
					for i, at := range truths {
						*at(&f) = choice>>i&1 == 1
					}
					if !yield(f) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[facts]{
			{Name: "Mend", Params: []string{"r"}, Next: modelcheck.Call1(all, (*facts).mend)},
			{Name: "Migrate", Next: modelcheck.Call((*facts).migrate)},
		},
		AllowDeadlock: true,
		Show: func(f facts) []model.Binding {
			var names []string
			for _, r := range f.check() {
				names = append(names, r.String())
			}
			return []model.Binding{
				{Name: "source", Value: side(f.SourceNIC, f.SourceEncrypts)},
				{Name: "target", Value: side(f.TargetNIC, f.TargetEncrypts)},
				{Name: "sameVendor", Value: model.Bool(f.SameVendor)},
				{Name: "uses", Value: one(f.Uses)},
				{Name: "shows", Value: one(f.Shows)},
				{Name: "sameFamily", Value: model.Bool(f.SameFamily)},
				{Name: "local", Value: model.Bool(f.Local)},
				{Name: "networks", Value: model.Bool(f.Networks)},
				{Name: "files", Value: model.Bool(f.Files)},
				{Name: "policy", Value: model.Text(string(f.Mode))},
				{Name: "cpuLeft", Value: model.Bool(f.CPU)},
				{Name: "memoryLeft", Value: model.Bool(f.Room)},
				{Name: "forbidden", Value: model.Bool(f.Forbidden)},
				{Name: "reasons", Value: modelcheck.Names(names)},
				{Name: "migrated", Value: model.Bool(f.Migrated)},
			}
		},
	})
}

// rounds is how far a Precopy is.
type rounds struct{ Memory, Bandwidth, Rate, Round int64 }

func (r rounds) precopy() *Precopy {
	return must(NewPrecopy(big.NewRat(r.Memory, 1), big.NewRat(r.Bandwidth, 1), big.NewRat(r.Rate, 1)))
}

// sent is what the rounds before this one have sent.
func (r rounds) sent() *big.Rat {
	sent := new(big.Rat)
	for i := range r.Round {
		sent.Add(sent, r.precopy().Volume(int(i)))
	}
	return sent
}

// precopySystem is the system whose states are those of Precopy, for all whole amounts.
func precopySystem(memory, rate, most int64) model.System {
	pieces := func(r rounds, n *big.Rat) model.Value {
		unit := big.NewRat(1, 1)
		for range most {
			unit.Mul(unit, big.NewRat(r.Bandwidth, 1))
		}
		n = new(big.Rat).Mul(n, unit)
		if !n.IsInt() {
			panic("a piece is divided")
		}
		return model.Int(n.Num().Int64())
	}
	return model.MustDefine(model.Definition[rounds]{
		Name: "Precopy",
		Init: func(yield func(rounds) bool) {
			for m := int64(1); m <= memory; m++ {
				for b := int64(1); b <= rate; b++ {
					for d := int64(0); d <= rate; d++ {
						if !yield(rounds{Memory: m, Bandwidth: b, Rate: d}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[rounds]{{Name: "Round", Next: modelcheck.Call(func(r *rounds) error {
			if r.Round == most {
				return model.Refuse("these are all rounds")
			}
			r.Round++
			return nil
		})}},
		Invariants: []model.Predicate[rounds]{
			{Name: "Total", Holds: func(r rounds) bool {
				p := r.precopy()
				all := r.sent()
				all.Add(all, p.Volume(int(r.Round)))
				return all.Quo(all, big.NewRat(r.Bandwidth, 1)).Cmp(p.Total(int(r.Round))) == 0
			}},
		},
		AllowDeadlock: true,
		Show: func(r rounds) []model.Binding {
			return []model.Binding{
				{Name: "memory", Value: model.Int(r.Memory)},
				{Name: "b", Value: model.Int(r.Bandwidth)},
				{Name: "d", Value: model.Int(r.Rate)},
				{Name: "round", Value: model.Int(r.Round)},
				{Name: "volume", Value: pieces(r, r.precopy().Volume(int(r.Round)))},
				{Name: "sent", Value: pieces(r, r.sent())},
			}
		},
	})
}
