package storage

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

func record(elems ...model.Elem) model.Value {
	return model.Value{Shape: model.Record, Elems: elems}
}

func tagged(name string, elems ...model.Elem) model.Value {
	return model.Value{Shape: model.Tagged, Text: name, Elems: elems}
}

func named(keys []string, value func(i int) model.Value) model.Value {
	v := model.Value{Shape: model.Map}
	for i, k := range keys {
		v.Elems = append(v.Elems, model.Elem{Key: k, Value: value(i)})
	}
	return v
}

// flag takes a step where a condition holds.
func flag[S any](ok func(*S) bool, change func(*S)) func(S) iter.Seq2[model.Args, S] {
	return modelcheck.Call(func(s *S) error {
		if !ok(s) {
			return model.Refuse("not now")
		}
		change(s)
		return nil
	})
}

// The names of layers.bh, in its order.
var (
	tops  = []string{"nothing", "gone", "file", "dir", "opaque"}
	leafs = []string{"nothing", "gone", "one", "two"}
	kinds = []Kind{0, Whiteout, File, Dir, Opaque}
)

// pair is a layer of layers.bh, by numbers in these lists.
type pair struct{ Top, Leaf int8 }

func (p pair) tree() Tree {
	out := Tree{}
	if p.Top > 0 {
		out["d"] = Entry{Kind: kinds[p.Top]}
	}
	switch p.Leaf {
	case 1:
		out["d/f"] = Entry{Kind: Whiteout}
	case 2, 3:
		out["d/f"] = Entry{File, leafs[p.Leaf]}
	}
	return out
}

func pairOf(t Tree) pair {
	var p pair
	for i, k := range kinds {
		if t["d"].Kind == k {
			p.Top = int8(i)
		}
	}
	switch f := t["d/f"]; {
	case f.Kind == Whiteout:
		p.Leaf = 1
	case f.Content == "one":
		p.Leaf = 2
	case f.Content == "two":
		p.Leaf = 3
	}
	return p
}

func (p pair) shown() model.Value {
	return record(model.Elem{Key: "top", Value: model.Text(tops[p.Top])}, model.Elem{Key: "leaf", Value: model.Text(leafs[p.Leaf])})
}

// squashed is a state of layers.bh.
type squashed struct {
	Above, Base, Files pair
	Flat, View         pair
	Flattened, Viewed  bool
}

// layersSystem is the system of layers.bh over Tree.
func layersSystem() model.System {
	option := func(ok bool, p pair) model.Value {
		if !ok {
			return modelcheck.None()
		}
		return modelcheck.Some(p.shown())
	}
	return model.MustDefine(model.Definition[squashed]{
		Name: "Layers",
		Init: func(yield func(squashed) bool) {
			var all []pair
			for t := range tops {
				for l := range leafs {
					if p := (pair{int8(t), int8(l)}); p.tree().CheckLayer() == nil {
						all = append(all, p)
					}
				}
			}
			for _, above := range all {
				for _, base := range all {
					for _, files := range all {
						if files.tree().CheckFiles() == nil && !yield(squashed{Above: above, Base: base, Files: files}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[squashed]{
			{Name: "Squash", Next: flag(func(s *squashed) bool { return !s.Flattened }, func(s *squashed) {
				s.Flattened, s.Flat = true, pairOf(s.Above.tree().Over(s.Base.tree()))
			})},
			{Name: "Unpack", Next: flag(func(s *squashed) bool { return !s.Viewed }, func(s *squashed) {
				s.Viewed, s.View = true, pairOf(s.Above.tree().Apply(s.Base.tree().Apply(s.Files.tree())))
			})},
		},
		Terminal: func(s squashed) bool { return s.Flattened && s.Viewed },
		Show: func(s squashed) []model.Binding {
			return []model.Binding{
				{Name: "above", Value: s.Above.shown()},
				{Name: "base", Value: s.Base.shown()},
				{Name: "files", Value: s.Files.shown()},
				{Name: "flat", Value: option(s.Flattened, s.Flat)},
				{Name: "view", Value: option(s.Viewed, s.View)},
			}
		},
	})
}

// mounted is a state of overlay.bh: numbers are contents, 0 for none.
type mounted struct {
	LowD      bool
	LowF      int8
	UpD       Kind
	UpF       int8 // 3 for a whiteout
	HasE      bool
	EF        int8
	FD        int8 // 0 closed, 1 lower, 2 upper
	Held      int8
	Named     bool
	Linked    bool // the inode of the descriptor, one of the upper layer, is d/f
	PlainRead int8 // what a descriptor of a plain file system reads
}

func text(c int8) string {
	if c == 0 {
		return ""
	}
	return strconv.Itoa(int(c))
}

func number(s string) int8 {
	n, _ := strconv.Atoi(s)
	return int8(n)
}

// overlay makes the Overlay of a state.
func (m mounted) overlay(options Options) *Overlay {
	low := Tree{}
	if m.LowD {
		low["d"] = Entry{Kind: Dir}
		if m.LowF > 0 {
			low["d/f"] = Entry{File, text(m.LowF)}
		}
	}
	o, err := NewOverlay(options, low)
	if err != nil {
		panic(err)
	}
	if m.UpD != 0 {
		o.upper["d"] = Entry{Kind: m.UpD}
	}
	switch m.UpF {
	case 0:
	case 3:
		o.upper["d/f"] = Entry{Kind: Whiteout}
	default:
		o.put("d/f", text(m.UpF), 0)
		o.upper["d"] = Entry{Kind: m.UpD}
	}
	if m.HasE {
		o.upper["e"] = Entry{Kind: Dir}
		if m.EF > 0 {
			o.put("e/f", text(m.EF), 0)
		}
	}
	switch m.FD {
	case 1:
		o.open = []descriptor{{used: true, lower: text(m.LowF)}}
	case 2:
		inode := o.inodes["d/f"]
		if !m.Linked {
			o.next++
			inode = o.next
			o.content[inode] = text(m.Held)
		}
		o.open = []descriptor{{used: true, inode: inode}}
	}
	return o
}

// of reads the state back.
func (m mounted) of(o *Overlay) mounted {
	m.UpD, m.UpF = o.upper["d"].Kind, number(o.upper["d/f"].Content)
	if o.upper["d/f"].Kind == Whiteout {
		m.UpF = 3
	}
	_, err := o.Stat("e")
	f, _ := o.Stat("e/f")
	m.HasE, m.EF = err == nil, number(f.Content)
	m.FD, m.Held, m.Linked = 0, 0, false
	if len(o.open) > 0 && o.open[0].used {
		m.FD = 1
		if i := o.open[0].inode; i != 0 {
			m.FD, m.Linked = 2, o.inodes["d/f"] == i
			got, _ := o.Read(0)
			m.Held = number(got)
		}
	}
	return m
}

// overlaySystem is the system of overlay.bh over Overlay. What a plain file system holds is what the Overlay shows, which is what
// AsPlain claims of the model; the descriptor of the plain one is followed here.
func overlaySystem(options Options) model.System {
	contents := []int{1, 2}
	do := func(m *mounted, op func(*Overlay) error, after func(*mounted)) error {
		o := m.overlay(options)
		if err := op(o); err != nil {
			return err
		}
		*m = m.of(o)
		after(m)
		return nil
	}
	one := func(name string, op func(*Overlay) error, after func(*mounted)) model.ActionOf[mounted] {
		return model.ActionOf[mounted]{Name: name, Next: modelcheck.Call(func(m *mounted) error { return do(m, op, after) })}
	}
	unname := func(m *mounted) { m.Named = false }
	return model.MustDefine(model.Definition[mounted]{
		Name: "Overlay",
		Init: func(yield func(mounted) bool) {
			_ = yield(mounted{}) && yield(mounted{LowD: true}) && yield(mounted{LowD: true, LowF: 1}) && yield(mounted{LowD: true, LowF: 2})
		},
		Actions: []model.ActionOf[mounted]{
			{Name: "Create", Params: []string{"c"}, Next: modelcheck.Call1(contents, func(m *mounted, c int) error {
				return do(m, func(o *Overlay) error { return o.Create("d/f", strconv.Itoa(c)) }, func(*mounted) {})
			})},
			{Name: "Write", Params: []string{"c"}, Next: modelcheck.Call1(contents, func(m *mounted, c int) error {
				return do(m, func(o *Overlay) error { return o.Write("d/f", strconv.Itoa(c)) }, func(m *mounted) {
					if m.Named {
						m.PlainRead = int8(c)
					}
				})
			})},
			one("Unlink", func(o *Overlay) error { return o.Remove("d/f") }, unname),
			one("Mkdir", func(o *Overlay) error { return o.Mkdir("d") }, func(*mounted) {}),
			one("Rmdir", func(o *Overlay) error { return o.Remove("d") }, func(*mounted) {}),
			one("Rename", func(o *Overlay) error {
				if _, err := o.Stat("e"); err == nil {
					return EEXIST // the model renames once
				}
				return o.Rename("d", "e")
			}, unname),
			one("Open", func(o *Overlay) error {
				if _, err := o.Read(0); err == nil {
					return EINVAL // one descriptor at a time
				}
				_, err := o.Open("d/f")
				return err
			}, func(m *mounted) {
				m.Named = true
				e, _ := m.overlay(options).Stat("d/f")
				m.PlainRead = number(e.Content)
			}),
			one("Close", func(o *Overlay) error { return o.Close(0) }, func(m *mounted) { m.Named, m.PlainRead = false, 0 }),
		},
		Show: func(m mounted) []model.Binding { return m.bindings(options) },
	})
}

func (m mounted) bindings(options Options) []model.Binding {
	o := m.overlay(options)
	upF := tagged("Nothing")
	switch m.UpF {
	case 0:
	case 3:
		upF = tagged("Gone")
	default:
		upF = tagged("Holds", model.Elem{Key: "content", Value: modelcheck.Int(int64(m.UpF))})
	}
	upD := map[Kind]string{0: "nothing", Whiteout: "gone", Dir: "dir", Opaque: "opaque"}[m.UpD]
	files := func(dir string) model.Value {
		if _, err := o.Stat(dir); err != nil {
			return modelcheck.None()
		}
		f, _ := o.Stat(dir + "/f")
		return modelcheck.Some(modelcheck.Option(int(number(f.Content))))
	}
	return []model.Binding{
		{Name: "low", Value: record(model.Elem{Key: "d", Value: model.Bool(m.LowD)}, model.Elem{Key: "f", Value: modelcheck.Option(int(m.LowF))})},
		{Name: "up", Value: record(model.Elem{Key: "d", Value: model.Text(upD)}, model.Elem{Key: "f", Value: upF})},
		{Name: "moved", Value: files("e")},
		{Name: "fd", Value: model.Text([]string{"closed", "lower", "upper"}[m.FD])},
		{Name: "held", Value: modelcheck.Option(int(m.Held))},
		{Name: "named", Value: model.Bool(m.Named)},
		{Name: "plain", Value: files("d")},
		{Name: "e", Value: files("e")},
		{Name: "reads", Value: modelcheck.Option(int(m.PlainRead))},
	}
}

// The names of store.bh, and the layers behind them.
var (
	storeLayers = []string{"base", "app"}
	storeImages = []string{"small", "large"}
	storeTrees  = []Tree{{"f": {File, "base"}}, {"g": {File, "app"}}}
)

// kept is a state of store.bh: sets are bits of the lists above.
type kept struct {
	There, Tagged, Pulled uint8
	Refs                  [2]int8
	Leases                [2]uint8
	Image                 [2]int8 // by container-1; -1 for none
}

func (k kept) manifest(i int) []Digest {
	out := []Digest{DigestOf(storeTrees[0])}
	if i == 1 {
		out = append(out, DigestOf(storeTrees[1]))
	}
	return out
}

// store makes the Store of a state.
func (k kept) store(containers int) *Store {
	s := NewStore()
	for l, t := range storeTrees {
		if k.There>>l&1 == 1 {
			s.layers[DigestOf(t)] = stored{t, int(k.Refs[l])}
		}
	}
	for i, name := range storeImages {
		if k.Tagged>>i&1 == 1 {
			s.images[name] = k.manifest(i)
		}
		if k.Pulled>>i&1 == 1 {
			p := pull{k.manifest(i), map[Digest]bool{}}
			for l, t := range storeTrees {
				if k.Leases[i]>>l&1 == 1 {
					p.leased[DigestOf(t)] = true
				}
			}
			s.pulls[name] = p
		}
	}
	for c := range containers {
		if i := k.Image[c]; i >= 0 {
			o, err := NewOverlay(Options{})
			if err != nil {
				panic(err)
			}
			s.containers[strconv.Itoa(c+1)] = container{storeImages[i], k.manifest(int(i)), o}
		}
	}
	return s
}

func keptOf(s *Store, containers int) kept {
	k := kept{Image: [2]int8{-1, -1}}
	for l, t := range storeTrees {
		if _, ok := s.Layer(DigestOf(t)); ok {
			k.There |= 1 << l
		}
		k.Refs[l] = int8(s.Refs(DigestOf(t)))
	}
	for i, name := range storeImages {
		if _, ok := s.images[name]; ok {
			k.Tagged |= 1 << i
		}
		if p, ok := s.pulls[name]; ok {
			k.Pulled |= 1 << i
			for l, t := range storeTrees {
				if p.leased[DigestOf(t)] {
					k.Leases[i] |= 1 << l
				}
			}
		}
		for c := range containers {
			if d, ok := s.containers[strconv.Itoa(c+1)]; ok && d.image == name {
				k.Image[c] = int8(i)
			}
		}
	}
	return k
}

// storeSystem is the system of store.bh over Store.
func storeSystem(containers int) model.System {
	do := func(k *kept, op func(*Store) error) error {
		s := k.store(containers)
		if err := op(s); err != nil {
			return err
		}
		*k = keptOf(s, containers)
		return nil
	}
	texts := func(names []string) []model.Value {
		var out []model.Value
		for _, n := range names {
			out = append(out, model.Text(n))
		}
		return out
	}
	images, layers, ids := texts(storeImages), texts(storeLayers), modelcheck.Numbers[int](containers)
	index := func(names []string, v model.Value) int {
		for i, n := range names {
			if n == v.Text {
				return i
			}
		}
		return -1
	}
	one := func(name string, op func(s *Store, image string) error) model.ActionOf[kept] {
		return model.ActionOf[kept]{Name: name, Params: []string{"i"}, Next: modelcheck.Call1(images, func(k *kept, i model.Value) error {
			return do(k, func(s *Store) error { return op(s, i.Text) })
		})}
	}
	set := func(bits uint8, names []string) model.Value {
		var out []string
		for i, n := range names {
			if bits>>i&1 == 1 {
				out = append(out, n)
			}
		}
		return modelcheck.Names(out)
	}
	return model.MustDefine(model.Definition[kept]{
		Name: "Store",
		Init: func(yield func(kept) bool) { yield(kept{Image: [2]int8{-1, -1}}) },
		Actions: []model.ActionOf[kept]{
			one("Begin", func(s *Store, image string) error {
				return s.Begin(image, kept{}.manifest(index(storeImages, model.Text(image))))
			}),
			{Name: "Fetch", Params: []string{"i", "l", "b"}, Next: func(k kept) iter.Seq2[model.Args, kept] {
				return func(yield func(model.Args, kept) bool) {
					for i, image := range storeImages {
						for l, layer := range storeLayers {
							for _, forged := range []bool{false, true} {
								content, b := storeTrees[l], "right"
								if forged {
									content, b = Tree{"evil": {File, layer}}, "wrong"
								}
								next := k
								if k.Leases[i]>>l&1 == 1 || do(&next, func(s *Store) error { return s.Fetch(image, DigestOf(storeTrees[l]), content) }) != nil {
									continue
								}
								if !yield(model.Args{images[i], layers[l], model.Text(b)}, next) {
									return
								}
							}
						}
					}
				}
			}},
			one("Finish", func(s *Store, image string) error { return s.Finish(image, image) }),
			one("Abort", (*Store).Abort),
			{Name: "Run", Params: []string{"c", "i"}, Next: modelcheck.Call2(ids, images, func(k *kept, c int, i model.Value) error {
				return do(k, func(s *Store) error { return s.Run(strconv.Itoa(c), i.Text, Options{}) })
			})},
			{Name: "Remove", Params: []string{"c"}, Next: modelcheck.Call1(ids, func(k *kept, c int) error {
				return do(k, func(s *Store) error { return s.Remove(strconv.Itoa(c)) })
			})},
			one("Untag", (*Store).Untag),
			{Name: "Prune", Params: []string{"l"}, Next: modelcheck.Call1(layers, func(k *kept, l model.Value) error {
				return do(k, func(s *Store) error { // the model prunes one layer at a time, so the others are held meanwhile
					d := DigestOf(storeTrees[index(storeLayers, l)])
					if _, ok := s.layers[d]; !ok {
						return model.Refuse("not there")
					}
					for _, other := range s.Digests() {
						if other != d {
							s.refer(other, 1)
						}
					}
					pruned := s.Prune()
					for _, other := range s.Digests() {
						if other != d {
							s.refer(other, -1)
						}
					}
					if len(pruned) == 0 {
						return model.Refuse("referred to")
					}
					return nil
				})
			})},
		},
		Show: func(k kept) []model.Binding {
			return []model.Binding{
				{Name: "blob", Value: named(storeLayers, func(l int) model.Value {
					if k.There>>l&1 == 0 {
						return model.Text("nothing")
					}
					return model.Text("right")
				})},
				{Name: "refs", Value: named(storeLayers, func(l int) model.Value { return modelcheck.Int(int64(k.Refs[l])) })},
				{Name: "tagged", Value: set(k.Tagged, storeImages)},
				{Name: "leases", Value: named(storeImages, func(i int) model.Value {
					if k.Pulled>>i&1 == 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(set(k.Leases[i], storeLayers))
				})},
				{Name: "image", Value: modelcheck.Map(1, containers, func(c int) model.Value {
					if k.Image[c-1] < 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(model.Text(storeImages[k.Image[c-1]]))
				})},
			}
		},
	})
}

// propagated is a state of propagate.bh.
type propagated struct {
	Shared bool
	Mode   [4]int8
	At     [4]int8 // by place; who made the mount, and -1 for none
}

// mounts makes the Mounts of a state, and the volume in each place.
func (s propagated) mounts(n int) (*Mounts, []Mount, error) {
	m, root := NewMounts(s.Shared)
	places := []Mount{root}
	for c := range n {
		x, err := m.Bind(root, Propagation(s.Mode[c]))
		if err != nil {
			return nil, nil, err
		}
		places = append(places, x)
	}
	for p, by := range s.At[:n+1] {
		if by >= 0 {
			if _, err := m.add(mount{parent: places[p], name: "m", fs: strconv.Itoa(int(by))}); err != nil {
				return nil, nil, err
			}
		}
	}
	return m, places, nil
}

// propagateSystem is the system of propagate.bh over Mounts.
func propagateSystem(n int) model.System {
	all := make([]int, n+1)
	for i := range all {
		all[i] = i
	}
	do := func(op func(m *Mounts, at Mount, p int) error) func(*propagated, int) error {
		return func(s *propagated, p int) error {
			m, places, err := s.mounts(n)
			if err != nil {
				return err
			}
			if err := op(m, places[p], p); err != nil {
				return err
			}
			for q, x := range places {
				s.At[q] = -1
				if y := m.At(x, "m"); y != 0 {
					s.At[q] = number(m.FS(y))
				}
			}
			return nil
		}
	}
	return model.MustDefine(model.Definition[propagated]{
		Name: "Propagate",
		Init: func(yield func(propagated) bool) {
			for _, shared := range []bool{false, true} {
				for v := range modelcheck.Vectors(n, 3) {
					s := propagated{Shared: shared, At: [4]int8{-1, -1, -1, -1}}
					for c, mode := range v {
						s.Mode[c] = int8(mode - 1)
					}
					if _, _, err := s.mounts(n); err == nil && !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[propagated]{
			{Name: "Mount", Params: []string{"p"}, Next: modelcheck.Call1(all, do(func(m *Mounts, at Mount, p int) error { return m.Mount(at, "m", strconv.Itoa(p)) }))},
			{Name: "Unmount", Params: []string{"p"}, Next: modelcheck.Call1(all, do(func(m *Mounts, at Mount, _ int) error { return m.Unmount(at, "m") }))},
		},
		Show: func(s propagated) []model.Binding {
			return []model.Binding{
				{Name: "shared", Value: model.Bool(s.Shared)},
				{Name: "mode", Value: modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Text(Propagation(s.Mode[i-1])) })},
				{Name: "at", Value: modelcheck.Map(0, n, func(i int) model.Value {
					if s.At[i] < 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(modelcheck.Int(int64(s.At[i])))
				})},
			}
		},
	})
}
