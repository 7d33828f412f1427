package replica

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// made is a value that a constructor gives for arguments known to be right.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// gossip is replicas of one key, the updates sent, and those that each has received. Values are numbers.
type gossip struct {
	Stores   []Store
	Sent     []Update
	Received [][]Update
}

const key = "k"

// compareUpdates is the order that the language has for them.
func compareUpdates(a, b Update) int {
	return cmp.Or(cmp.Compare(a.Value, b.Value), a.Stamp.Compare(b.Stamp))
}

func with(updates []Update, u Update) []Update {
	if slices.Contains(updates, u) {
		return updates
	}
	out := append(slices.Clone(updates), u)
	slices.SortFunc(out, compareUpdates)
	return out
}

func number(value string) model.Value {
	n, err := strconv.Atoi(value)
	if err != nil {
		panic(err)
	}
	return modelcheck.Int(n)
}

func showUpdate(u Update) model.Value {
	return model.Value{Shape: model.Record, Elems: []model.Elem{
		{Key: "value", Value: number(u.Value)},
		{Key: "counter", Value: modelcheck.Int(u.Stamp.Counter)},
		{Key: "node", Value: modelcheck.Int(u.Stamp.Node)},
	}}
}

func showUpdates(updates []Update) model.Value {
	out := model.Value{Shape: model.Set}
	for _, u := range updates {
		out.Elems = append(out.Elems, model.Elem{Value: showUpdate(u)})
	}
	return out
}

func lwwSystem(n, writes, values int) model.System {
	all := modelcheck.Numbers[Node](n)
	return model.MustDefine(model.Definition[gossip]{
		Name: "LastWriterWins",
		Init: func(yield func(gossip) bool) {
			g := gossip{Received: make([][]Update, n)}
			for _, node := range all {
				g.Stores = append(g.Stores, made(NewStore(node)))
			}
			yield(g)
		},
		Actions: []model.ActionOf[gossip]{
			{Name: "Write", Params: []string{"n", "v"}, Next: modelcheck.Call2(all, modelcheck.Numbers[int](values), func(g *gossip, n Node, v int) error {
				s := &g.Stores[n-1]
				if s.Entry(key).Stamp.Counter == writes {
					return model.ErrRefused
				}
				u, err := s.Put(key, strconv.Itoa(v))
				g.Sent, g.Received[n-1] = with(g.Sent, u), with(g.Received[n-1], u)
				return err
			})},
			{Name: "Deliver", Params: []string{"n", "u"}, Next: func(from gossip) iter.Seq2[model.Args, gossip] {
				return func(yield func(model.Args, gossip) bool) {
					for _, node := range all {
						for _, u := range from.Sent {
							next := gossip{Sent: from.Sent, Received: slices.Clone(from.Received)}
							for _, s := range from.Stores {
								next.Stores = append(next.Stores, s.Clone())
							}
							next.Received[node-1] = with(next.Received[node-1], u)
							if _, err := next.Stores[node-1].Apply(u); err == nil && !yield(model.Args{node, showUpdate(u)}, next) {
								return
							}
						}
					}
				}
			}},
		},
		Invariants: []model.Predicate[gossip]{
			{Name: "Converges", Holds: func(g gossip) bool {
				for i := range g.Stores {
					for k := range g.Stores {
						if slices.Equal(g.Received[i], g.Received[k]) && !g.Stores[i].Equal(&g.Stores[k]) {
							return false
						}
					}
				}
				return true
			}},
		},
		Show: func(g gossip) []model.Binding {
			return []model.Binding{
				{Name: "value", Value: modelcheck.Map(1, n, func(i int) model.Value {
					v, ok := g.Stores[i-1].Get(key)
					if !ok {
						return modelcheck.None()
					}
					return modelcheck.Some(number(v))
				})},
				{Name: "stamp", Value: modelcheck.Map(1, n, func(i int) model.Value {
					s := g.Stores[i-1].Entry(key).Stamp
					return model.Value{Shape: model.Record, Elems: []model.Elem{
						{Key: "counter", Value: modelcheck.Int(s.Counter)}, {Key: "node", Value: modelcheck.Int(s.Node)},
					}}
				})},
				{Name: "sent", Value: showUpdates(g.Sent)},
				{Name: "received", Value: modelcheck.Map(1, n, func(i int) model.Value { return showUpdates(g.Received[i-1]) })},
			}
		},
	})
}

// counting is replicas of a counter, and what each has sent last.
type counting struct {
	Counters []Counter
	Sent     [][]int
}

func counterSystem(n, most int) model.System {
	all := modelcheck.Numbers[Node](n)
	rows := func(of func(i int) []int) model.Value {
		return modelcheck.Map(1, n, func(i int) model.Value {
			return modelcheck.Map(1, n, func(k int) model.Value { return modelcheck.Int(of(i - 1)[k-1]) })
		})
	}
	raised := func(c counting, i int) int { return c.Counters[i].row[i] }
	return model.MustDefine(model.Definition[counting]{
		Name: "Counter",
		Init: func(yield func(counting) bool) {
			c := counting{}
			for _, node := range all {
				c.Counters = append(c.Counters, made(NewCounter(node, n)))
				c.Sent = append(c.Sent, make([]int, n))
			}
			yield(c)
		},
		Actions: []model.ActionOf[counting]{
			{Name: "Raise", Params: []string{"n"}, Next: modelcheck.Call1(all, func(c *counting, n Node) error {
				if raised(*c, int(n-1)) == most {
					return model.ErrRefused
				}
				return c.Counters[n-1].Raise(1)
			})},
			{Name: "Send", Params: []string{"n"}, Next: modelcheck.Call1(all, func(c *counting, n Node) error {
				row := c.Counters[n-1].Row()
				if slices.Equal(row, c.Sent[n-1]) {
					return model.ErrRefused
				}
				c.Sent[n-1] = row
				return nil
			})},
			{Name: "Join", Params: []string{"n", "m"}, Next: modelcheck.Call2(all, all, func(c *counting, n, m Node) error {
				before := c.Counters[n-1].Row()
				if err := c.Counters[n-1].Join(c.Sent[m-1]); err != nil {
					return err
				}
				if slices.Equal(before, c.Counters[n-1].Row()) {
					return model.ErrRefused // nothing would change, and the model leaves such steps out
				}
				return nil
			})},
		},
		Terminal: func(c counting) bool {
			for i := range c.Counters {
				if raised(c, i) < most || c.Counters[i].Value() < n*most {
					return false
				}
			}
			return true
		},
		Show: func(c counting) []model.Binding {
			return []model.Binding{
				{Name: "row", Value: rows(func(i int) []int { return c.Counters[i].row })},
				{Name: "sent", Value: rows(func(i int) []int { return c.Sent[i] })},
				{Name: "raised", Value: modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Int(raised(c, i-1)) })},
			}
		},
	})
}

// transaction is a Commit, and whether nothing crashes any more.
type transaction struct {
	Commit
	Calm bool
}

func commitSystem(n int) model.System {
	all := modelcheck.Numbers[Node](n)
	by := func(step func(*Commit, Node) error) func(transaction) iter.Seq2[model.Args, transaction] {
		return modelcheck.Call1(all, func(t *transaction, p Node) error { return step(&t.Commit, p) })
	}
	alone := func(step func(*Commit) error) func(transaction) iter.Seq2[model.Args, transaction] {
		return modelcheck.Call(func(t *transaction) error { return step(&t.Commit) })
	}
	outcomes := func(t transaction) bool {
		return !slices.ContainsFunc(t.phase, func(p Phase) bool { return p != Committed && p != Aborted })
	}
	return model.MustDefine(model.Definition[transaction]{
		Name: "TwoPhaseCommitWithCrashes",
		Init: func(yield func(transaction) bool) { yield(transaction{Commit: made(NewCommit(n))}) },
		Actions: []model.ActionOf[transaction]{
			{Name: "Vote", Params: []string{"p"}, Next: by((*Commit).Vote)},
			{Name: "Refuse", Params: []string{"p"}, Next: by((*Commit).Refuse)},
			{Name: "Hear", Params: []string{"p"}, Next: by((*Commit).Hear)},
			{Name: "DecideCommit", Next: alone((*Commit).DecideCommit)},
			{Name: "DecideAbort", Next: alone((*Commit).DecideAbort)},
			{Name: "Receive", Params: []string{"p"}, Next: by((*Commit).Receive)},
			{Name: "Ask", Params: []string{"p", "q"}, Next: modelcheck.Call2(all, all, func(t *transaction, p, q Node) error { return t.Ask(p, q) })},
			{Name: "Calm", Next: modelcheck.Call(func(t *transaction) error {
				if t.Calm {
					return model.ErrRefused
				}
				t.Calm = true
				return nil
			})},
			{Name: "Crash", Params: []string{"p"}, Next: modelcheck.Call1(all, func(t *transaction, p Node) error {
				if t.Calm {
					return model.ErrRefused
				}
				return t.Crash(p)
			})},
			{Name: "Restart", Params: []string{"p"}, Next: by((*Commit).Restart)},
			{Name: "CrashCoordinator", Next: modelcheck.Call(func(t *transaction) error {
				if t.Calm {
					return model.ErrRefused
				}
				return t.CrashCoordinator()
			})},
			{Name: "Recover", Next: alone((*Commit).Recover)},
		},
		Terminal: func(t transaction) bool { return t.Calm && outcomes(t) },
		Invariants: []model.Predicate[transaction]{
			{Name: "Atomic", Holds: func(t transaction) bool {
				return !slices.Contains(t.phase, Committed) || !slices.Contains(t.phase, Aborted)
			}},
		},
		Show: func(t transaction) []model.Binding {
			var heard []int
			messages := model.Value{Shape: model.Set}
			send := func(name string, elems ...model.Elem) {
				messages.Elems = append(messages.Elems, model.Elem{Value: model.Value{Shape: model.Tagged, Text: name, Elems: elems}})
			}
			for i := range t.phase {
				if t.heard[i] {
					heard = append(heard, i+1)
				}
				if t.voted[i] {
					send("Yes", model.Elem{Key: "p", Value: modelcheck.Int(i + 1)})
				}
			}
			decision := "undecided"
			switch t.Decision() {
			case Committed:
				decision = "committed"
				send("Commit")
			case Aborted:
				decision = "aborted"
				send("Abort")
			}
			_, alive := t.Up(1)
			return []model.Binding{
				{Name: "phase", Value: modelcheck.Map(1, n, func(i int) model.Value { return modelcheck.Text(t.Phase(Node(i))) })},
				{Name: "up", Value: modelcheck.Map(1, n, func(i int) model.Value {
					up, _ := t.Up(Node(i))
					return model.Bool(up)
				})},
				{Name: "decision", Value: model.Text(decision)},
				{Name: "alive", Value: model.Bool(alive)},
				{Name: "heard", Value: modelcheck.Set(heard)},
				{Name: "messages", Value: messages},
				{Name: "calm", Value: model.Bool(t.Calm)},
			}
		},
	})
}
