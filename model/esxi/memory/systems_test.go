package memory

import (
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// must gives what a constructor made of numbers that are right.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// each is the Next of an action with any number of parameters; S has pointers inside, so that a copy is made for each.
func each[S any](list []model.Args, clone func(S) S, step func(S, model.Args) (S, error)) func(S) iter.Seq2[model.Args, S] {
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			for _, args := range list {
				if next, err := step(clone(s), args); err == nil && !yield(args, next) {
					return
				}
			}
		}
	}
}

// product is every choice of arguments from these ranges, the last changing fastest.
func product(sets ...[]any) []model.Args {
	out := []model.Args{nil}
	for _, set := range sets {
		var longer []model.Args
		for _, args := range out {
			for _, a := range set {
				longer = append(longer, append(args[:len(args):len(args)], a))
			}
		}
		out = longer
	}
	return out
}

// upTo is lo to hi as arguments of type T.
func upTo[T ~int](lo, hi int) []any {
	var out []any
	for i := lo; i <= hi; i++ {
		out = append(out, T(i))
	}
	return out
}

func ints(n int, of func(v VM) int) model.Value {
	return modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Int(of(VM(i))) })
}

// pageMap shows a map with a machine and a page for a key.
func pageMap(vms, pages int, of func(v VM, p Page) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for v := 1; v <= vms; v++ {
		for p := 1; p <= pages; p++ {
			out.Elems = append(out.Elems, model.Elem{Key: fmt.Sprintf("%d, %d", v, p), Value: of(VM(v), Page(p))})
		}
	}
	return out
}

// booting is a host of minfree.bh: memory in blocks of 256 MB, and Mem.MinFree, which is known when it has booted.
type booting struct {
	Memory, Most int
	Booted       bool
	MinFree      int64
}

func minFreeSystem(blocks int, basis Basis) model.System {
	return model.MustDefine(model.Definition[booting]{
		Name: "MinFree",
		Init: func(yield func(booting) bool) {
			for m := 1; m <= blocks; m++ {
				if !yield(booting{Memory: m, Most: blocks}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[booting]{
			{Name: "Boot", Next: modelcheck.Call(func(b *booting) error {
				if b.Booted {
					return model.ErrRefused
				}
				b.Booted = true
				var err error
				b.MinFree, err = MinFree(int64(b.Memory)*256, 0, basis)
				return err
			})},
			{Name: "AddMemory", Next: modelcheck.Call(func(b *booting) error {
				if !b.Booted || b.Memory == b.Most {
					return model.ErrRefused
				}
				b.Memory++
				b.Booted = false
				return nil
			})},
			{Name: "Replace", Next: modelcheck.Call(func(b *booting) error {
				if !b.Booted {
					return model.ErrRefused
				}
				b.Memory, b.Booted = 1, false
				return nil
			})},
		},
		Show: func(b booting) []model.Binding {
			return []model.Binding{
				{Name: "memory", Value: modelcheck.Int(b.Memory)},
				{Name: "booted", Value: model.Bool(b.Booted)},
				{Name: "minfree", Value: modelcheck.Int(b.MinFree)},
			}
		},
	})
}

// watched is a Monitor of free memory in units of 4 % of minFree, and what states.bh counts beside it.
type watched struct {
	Monitor   *Monitor
	Free      int
	Turn      string
	At, Moved int
}

func (w watched) clone() watched {
	w.Monitor = w.Monitor.Clone()
	return w
}

func (w watched) change(n, top, margin int) (watched, error) {
	if w.Free+n < 0 || w.Free+n > top {
		return w, model.ErrRefused
	}
	before := w.Monitor.State()
	w.Free += n
	if now := w.Monitor.Observe(int64(w.Free)); now != before {
		turn := "better"
		if now > before {
			turn = "worse"
		}
		if w.Turn != "never" && w.Turn != turn {
			w.Moved = min(max(w.Free-w.At, w.At-w.Free), margin+2)
		}
		w.Turn, w.At = turn, w.Free
	}
	return w, nil
}

func statesSystem(rule Rule, margin, burst int) model.System {
	const top = 104
	marks := DefaultMarks()
	marks.Margin = 4 * margin
	change := func(sign int) func(watched) iter.Seq2[model.Args, watched] {
		return each(product(upTo[int](1, burst)), watched.clone, func(w watched, args model.Args) (watched, error) {
			return w.change(sign*args[0].(int), top, margin)
		})
	}
	return model.MustDefine(model.Definition[watched]{
		Name: "MemoryStates",
		Init: func(yield func(watched) bool) {
			// A hundred percent of minFree are 25 units.
			yield(watched{Monitor: must(NewMonitor(25, marks, rule)), Free: top, Turn: "never", At: top, Moved: margin + 2})
		},
		Actions: []model.ActionOf[watched]{
			{Name: "Allocate", Params: []string{"n"}, Next: change(-1)},
			{Name: "Release", Params: []string{"n"}, Next: change(1)},
		},
		Show: func(w watched) []model.Binding {
			return []model.Binding{
				{Name: "free", Value: modelcheck.Int(w.Free)},
				{Name: "level", Value: modelcheck.Text(w.Monitor.State())},
				{Name: "turn", Value: model.Text(w.Turn)},
				{Name: "at", Value: modelcheck.Int(w.At)},
				{Name: "moved", Value: modelcheck.Int(w.Moved)},
			}
		},
	})
}

// reclaimHost is the host of reclaim.bh: its marks in pages are 6, 4, 3 and 2, with a margin of 1.
func reclaimHost(pages, zip int, guests []Guest) *Host {
	monitor := must(NewMonitor(4, Marks{High: 150, Clear: 100, Soft: 75, Hard: 50, Low: 25, Margin: 25}, Reached))
	return must(NewHost(pages, monitor, Caps{Balloon: 65, Zip: zip}, guests))
}

func reclaimSystem(pages, zip int, guests []Guest) model.System {
	vms := upTo[VM](1, len(guests))
	on := func(step func(*Host, VM) error) func(*Host) iter.Seq2[model.Args, *Host] {
		return each(product(vms), (*Host).Clone, func(h *Host, args model.Args) (*Host, error) { return h, step(h, args[0].(VM)) })
	}
	v := []string{"v"}
	return model.MustDefine(model.Definition[*Host]{
		Name: "Reclaim",
		Init: func(yield func(*Host) bool) { yield(reclaimHost(pages, zip, guests)) },
		Actions: []model.ActionOf[*Host]{
			{Name: "Touch", Params: v, Next: on((*Host).Touch)},
			{Name: "SwapIn", Params: v, Next: on((*Host).SwapIn)},
			{Name: "Unzip", Params: v, Next: on((*Host).Unzip)},
			{Name: "Share", Params: v, Next: on((*Host).Share)},
			{Name: "Write", Params: v, Next: on((*Host).Write)},
			{Name: "Balloon", Params: v, Next: on((*Host).Balloon)},
			{Name: "Deflate", Params: v, Next: on((*Host).Deflate)},
			{
				Name: "Evict", Params: []string{"v", "fits"},
				Next: each(product(vms, []any{false, true}), (*Host).Clone, func(h *Host, args model.Args) (*Host, error) {
					return h, h.Evict(args[0].(VM), args[1].(bool))
				}),
			},
			{Name: "Restart", Params: v, Next: on((*Host).Restart)},
		},
		Show: func(h *Host) []model.Binding {
			show := func(of func(Usage) int) model.Value {
				return ints(h.VMs(), func(v VM) int { return of(h.Usage(v)) })
			}
			return []model.Binding{
				{Name: "fresh", Value: show(func(u Usage) int { return u.Fresh })},
				{Name: "held", Value: show(func(u Usage) int { return u.Held })},
				{Name: "shared", Value: show(func(u Usage) int { return u.Shared })},
				{Name: "ballooned", Value: show(func(u Usage) int { return u.Ballooned })},
				{Name: "zipped", Value: show(func(u Usage) int { return u.Zipped })},
				{Name: "swapped", Value: show(func(u Usage) int { return u.Swapped })},
				{Name: "free", Value: modelcheck.Int(h.Free())},
				{Name: "level", Value: modelcheck.Text(h.State())},
			}
		},
	})
}

var activities = []struct {
	name    string
	percent int
}{{"idle", 0}, {"half", 50}, {"busy", 100}}

func taxSystem(pages int64, tax int, demands []Demand) model.System {
	var names []any
	percent, name := map[string]int{}, map[int]string{}
	for _, a := range activities {
		names = append(names, a.name)
		percent[a.name], name[a.percent] = a.percent, a.name
	}
	vms := upTo[VM](1, len(demands))
	return model.MustDefine(model.Definition[*Pool]{
		Name: "IdleTax",
		Init: func(yield func(*Pool) bool) { yield(must(NewPool(pages, tax, demands))) },
		Actions: []model.ActionOf[*Pool]{
			{Name: "Fetch", Params: []string{"v"}, Next: each(product(vms), (*Pool).Clone, func(p *Pool, args model.Args) (*Pool, error) {
				return p, p.Fetch(args[0].(VM))
			})},
			{Name: "SetUse", Params: []string{"v", "u"}, Next: each(product(vms, names), (*Pool).Clone, func(p *Pool, args model.Args) (*Pool, error) {
				return p, p.SetActive(args[0].(VM), percent[args[1].(string)])
			})},
		},
		Show: func(p *Pool) []model.Binding {
			return []model.Binding{
				{Name: "pages", Value: ints(len(demands), func(v VM) int { return int(p.Client(v).Pages) })},
				{Name: "free", Value: modelcheck.Int(p.Free())},
				{Name: "activity", Value: modelcheck.Map(1, len(demands), func(i int) model.Value {
					return model.Text(name[p.Client(VM(i)).Active])
				})},
				{Name: "taken", Value: modelcheck.Option(p.Taken())},
			}
		},
	})
}

func swapFileSystem(vms, memory, datastore, size, overhead int) model.System {
	on := func(step func(*Admission, VM) error) func(*Admission) iter.Seq2[model.Args, *Admission] {
		return each(product(upTo[VM](1, vms)), (*Admission).Clone, func(a *Admission, args model.Args) (*Admission, error) {
			return a, step(a, args[0].(VM))
		})
	}
	return model.MustDefine(model.Definition[*Admission]{
		Name: "SwapFile",
		Init: func(yield func(*Admission) bool) {
			for sizes := range modelcheck.Vectors(vms, size) {
				if !yield(must(NewAdmission(memory, datastore, overhead, sizes))) {
					return
				}
			}
		},
		Actions: []model.ActionOf[*Admission]{
			{
				Name: "Reserve", Params: []string{"v", "r"},
				Next: each(product(upTo[VM](1, vms), upTo[int](0, size)), (*Admission).Clone, func(a *Admission, args model.Args) (*Admission, error) {
					return a, a.Reserve(args[0].(VM), args[1].(int))
				}),
			},
			{Name: "PowerOn", Params: []string{"v"}, Next: on((*Admission).PowerOn)},
			{Name: "PowerOff", Params: []string{"v"}, Next: on((*Admission).PowerOff)},
		},
		Show: func(a *Admission) []model.Binding {
			return []model.Binding{
				{Name: "configured", Value: ints(vms, a.Size)},
				{Name: "reserve", Value: ints(vms, a.Reservation)},
				{Name: "on", Value: modelcheck.Map(1, vms, func(i int) model.Value { return model.Bool(a.On(VM(i))) })},
				{Name: "left", Value: modelcheck.Int(a.Unreserved())},
				{Name: "disk", Value: modelcheck.Int(a.FreeDisk())},
				{Name: "file", Value: ints(vms, a.SwapFile)},
			}
		},
	})
}

// sharer is the host of sharing.bh: Frames whose frames have the numbers of the first pages that lie in them, whether the host is below
// high, and whether each machine's last write was slow.
type sharer struct {
	*Frames
	Tight         bool
	Slow, Learned [vms]bool
}

const vms, pages = 2, 2

func (s sharer) clone() sharer {
	s.Frames = s.Frames.Clone()
	return s
}

// renumber gives each frame the number of the first page that lies in it.
func (s sharer) renumber() {
	number := map[Frame]Frame{}
	data := make([]uint64, len(s.data))
	next := Frame(0)
	for v := range s.tables {
		for p := range s.tables[v] {
			next++
			e := &s.tables[v][p]
			if number[e.frame] == 0 {
				number[e.frame] = next
				data[next] = s.data[e.frame]
			}
			e.frame = number[e.frame]
		}
	}
	copy(s.data, data)
}

// mixed tells whether page p of v lies in one frame with a page of another machine.
func (s sharer) mixed(v VM, p Page) bool {
	frame, _, _ := s.Mapped(v, p)
	for q := range Page(pages) {
		if other, _, _ := s.Mapped(3-v, q+1); other == frame {
			return true
		}
	}
	return false
}

func (s sharer) content(v VM, p Page) uint64 {
	x, _ := s.Read(v, p)
	return x
}

func newFrames(frames int, salting Salting, salts [vms]string, large bool) *Frames {
	var machines []Machine
	for i, salt := range salts {
		machines = append(machines, Machine{Pages: pages, Salt: salt, UUID: fmt.Sprint("uuid-", i), Large: large})
	}
	return must(NewFrames(frames, salting, machines, 1))
}

// shares is every choice of two pages.
func shares() []model.Args {
	v, p := upTo[VM](1, vms), upTo[Page](1, pages)
	return product(v, p, v, p)
}

func sharingSystem(salting Salting, salts [vms]string, large, pressure bool) model.System {
	return model.MustDefine(model.Definition[sharer]{
		Name: "Sharing",
		Init: func(yield func(sharer) bool) {
			s := sharer{Frames: newFrames(vms*pages, salting, salts, large)}
			for v := range VM(vms) {
				for p := range Page(pages) {
					if err := s.Map(v+1, p+1); err != nil {
						panic(err)
					}
				}
			}
			yield(s)
		},
		Actions: []model.ActionOf[sharer]{
			{
				Name: "Write", Params: []string{"v", "p", "x"},
				Next: each(product(upTo[VM](1, vms), upTo[Page](1, pages), upTo[int](0, 1)), sharer.clone, func(s sharer, args model.Args) (sharer, error) {
					v, p := args[0].(VM), args[1].(Page)
					mixed, had := s.mixed(v, p), s.content(v, p)
					slow, err := s.Write(v, p, uint64(args[2].(int)))
					s.Slow[v-1], s.Learned[v-1] = slow, slow && had == 1 && mixed
					s.renumber()
					return s, err
				}),
			},
			{
				Name: "Share", Params: []string{"v", "p", "w", "q"},
				Next: each(shares(), sharer.clone, func(s sharer, args model.Args) (sharer, error) {
					err := s.Share(args[0].(VM), args[1].(Page), args[2].(VM), args[3].(Page))
					s.renumber()
					return s, err
				}),
			},
			{Name: "Tighten", Next: each([]model.Args{nil}, sharer.clone, func(s sharer, _ model.Args) (sharer, error) {
				if !pressure || s.Tight {
					return s, model.ErrRefused
				}
				s.Tight = true
				return s, nil
			})},
			{Name: "Break", Params: []string{"v"}, Next: each(product(upTo[VM](1, vms)), sharer.clone, func(s sharer, args model.Args) (sharer, error) {
				if !s.Tight {
					return s, model.ErrRefused
				}
				return s, s.BreakLarge(args[0].(VM))
			})},
		},
		Show: func(s sharer) []model.Binding {
			return []model.Binding{
				{Name: "frame", Value: pageMap(vms, pages, func(v VM, p Page) model.Value {
					frame, _, _ := s.Mapped(v, p)
					return modelcheck.Int(frame)
				})},
				{Name: "writable", Value: pageMap(vms, pages, func(v VM, p Page) model.Value {
					_, writable, _ := s.Mapped(v, p)
					return model.Bool(writable)
				})},
				{Name: "data", Value: pageMap(vms, pages, func(v VM, p Page) model.Value {
					return model.Int(int64(s.content(v, p)))
				})},
				{Name: "large", Value: modelcheck.Map(1, vms, func(i int) model.Value { return model.Bool(s.Large(VM(i))) })},
				{Name: "tight", Value: model.Bool(s.Tight)},
				{Name: "slow", Value: modelcheck.Map(1, vms, func(i int) model.Value { return model.Bool(s.Slow[i-1]) })},
				{Name: "learned", Value: modelcheck.Map(1, vms, func(i int) model.Value { return model.Bool(s.Learned[i-1]) })},
			}
		},
	})
}

func framesSystem(frames int) model.System {
	v, p, x := upTo[VM](1, vms), upTo[Page](1, pages), upTo[int](0, 1)
	on := func(list []model.Args, step func(*Frames, model.Args) error) func(*Frames) iter.Seq2[model.Args, *Frames] {
		return each(list, (*Frames).Clone, func(f *Frames, args model.Args) (*Frames, error) { return f, step(f, args) })
	}
	return model.MustDefine(model.Definition[*Frames]{
		Name: "Frames",
		Init: func(yield func(*Frames) bool) { yield(newFrames(frames, NoSalting, [vms]string{}, false)) },
		Actions: []model.ActionOf[*Frames]{
			{Name: "Map", Params: []string{"v", "p"}, Next: on(product(v, p), func(f *Frames, a model.Args) error {
				return f.Map(a[0].(VM), a[1].(Page))
			})},
			{Name: "Unmap", Params: []string{"v", "p"}, Next: on(product(v, p), func(f *Frames, a model.Args) error {
				return f.Unmap(a[0].(VM), a[1].(Page))
			})},
			{Name: "Write", Params: []string{"v", "p", "x"}, Next: on(product(v, p, x), func(f *Frames, a model.Args) error {
				_, err := f.Write(a[0].(VM), a[1].(Page), uint64(a[2].(int)))
				return err
			})},
			{Name: "Share", Params: []string{"v", "p", "w", "q"}, Next: on(shares(), func(f *Frames, a model.Args) error {
				return f.Share(a[0].(VM), a[1].(Page), a[2].(VM), a[3].(Page))
			})},
			{Name: "Attach", Params: []string{"v"}, Next: on(product(v), func(f *Frames, a model.Args) error { return f.Attach(1, a[0].(VM)) })},
			{Name: "Detach", Next: on([]model.Args{nil}, func(f *Frames, _ model.Args) error { return f.Detach(1) })},
			{Name: "Dma", Params: []string{"p", "x"}, Next: on(product(p, x), func(f *Frames, a model.Args) error {
				return f.DMA(1, a[0].(Page), uint64(a[1].(int)))
			})},
		},
		Show: func(f *Frames) []model.Binding {
			return []model.Binding{
				{Name: "ept", Value: pageMap(vms, pages, func(v VM, p Page) model.Value {
					frame, _, _ := f.Mapped(v, p)
					return modelcheck.Option(frame)
				})},
				{Name: "writable", Value: pageMap(vms, pages, func(v VM, p Page) model.Value {
					_, writable, _ := f.Mapped(v, p)
					return model.Bool(writable)
				})},
				{Name: "data", Value: modelcheck.Map(0, frames, func(i int) model.Value { return model.Int(int64(f.data[i])) })},
				{Name: "owner", Value: modelcheck.Option(f.Owner(1))},
				{Name: "iommu", Value: modelcheck.Map(1, pages, func(i int) model.Value {
					frame, _ := f.Reaches(1, Page(i))
					return modelcheck.Option(frame)
				})},
			}
		},
	})
}
