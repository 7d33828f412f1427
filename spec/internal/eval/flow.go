package eval

import (
	"encoding/binary"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/total"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// watched is the code of what security domains see and do.
type watched struct {
	views [][]sight    // by domain
	acts  [][]word     // by number of the varying instance and domain
	pos   [][]string   // of acts
	of    [][]int32    // by action and instance, the number of the varying instance, where there are any
	picks map[int]bool // the actions with choices inside
	total bool         // no evaluation of it faults
}

// sight is one expression that a domain sees: a word, or cells.
type sight struct {
	text  string
	t     *types.Type
	pos   string
	word  word
	place func(*env) int
	cells int
}

func (s *System) compileFlow(c *compiler) error {
	f := s.p.Flow
	if f == nil {
		return nil
	}
	w := &s.watched
	w.total = true
	judge := total.New(s.p)
	sc := func() scope { return scope{base: 0, root: c.newRoot()} }
	for d, views := range f.Views {
		var list []sight
		for i, x := range views {
			v := sight{text: f.Texts[d][i], t: x.Type, pos: types.Pos(x.Pos)}
			if isWord(x.Type) {
				code := c.word(sc(), x)
				v.word, w.total = code.f, w.total && judge.Expr(x)
			} else {
				if _, err := c.tb.Cells(x.Type); err != nil {
					return &Error{v.pos, err.Error()}
				}
				code := c.comp(sc(), x)
				v.place, v.cells, w.total = code.f, c.cells(x.Type), w.total && judge.Expr(x)
			}
			list = append(list, v)
		}
		w.views = append(w.views, list)
	}
	w.of, w.picks = make([][]int32, len(s.p.Actions)), map[int]bool{}
	for i, v := range f.Varying {
		var words []word
		var pos []string
		for _, x := range f.Acts[i] {
			code := c.word(sc(), x)
			words, pos, w.total = append(words, code.f), append(pos, types.Pos(x.Pos)), w.total && (code.safe || judge.Expr(x))
		}
		w.acts, w.pos = append(w.acts, words), append(w.pos, pos)
		w.of[v.Action] = append(w.of[v.Action], int32(i)) // instances come in order, all of an action or none
		if c.size > cellLimit {
			return c.tooLarge()
		}
	}
	for a := range s.p.Actions {
		w.picks[a] = ir.Choosing(s.p.Actions[a].Body)
	}
	return nil
}

// Isolation is what the system claims of its domains; see model.Isolating.
func (s *System) Isolation() *model.Isolation {
	if s.p.Flow == nil {
		return &model.Isolation{}
	}
	return &s.p.Flow.Isolation
}

// Sees gives what a domain sees, as the cells of its values; see model.Onlooker. Who asks may ask what steps choose, too.
func (r *runner) Sees(d int, out []byte) (_ []byte, first *model.Fault) {
	r.e.recording = true
	for i := range r.s.watched.views[d] {
		v := &r.s.watched.views[d][i]
		cells, f := r.sight(v)
		if f != nil && first == nil {
			first = f
		}
		for _, x := range cells {
			out = binary.AppendVarint(out, x)
		}
	}
	return out, first
}

// sight evaluates what is seen; the cells are valid until the next evaluation.
func (r *runner) sight(v *sight) (cells []int64, f *model.Fault) {
	if v.word != nil {
		x, f := r.word(v.word)
		r.one[0] = x
		return r.one[:], placed(f, v.pos)
	}
	at, f := r.word(func(e *env) int64 { return int64(v.place(e)) })
	if f != nil {
		return nil, placed(f, v.pos)
	}
	return r.e.m[at : int(at)+v.cells], nil
}

// placed gives a fault a position where it has none.
func placed(f *model.Fault, pos string) *model.Fault {
	if f != nil && f.Position == "" {
		return &model.Fault{Position: pos, Message: f.Message}
	}
	return f
}

// View gives what a domain sees in words.
func (r *runner) View(d int) (out []model.Binding) {
	for i := range r.s.watched.views[d] {
		v := &r.s.watched.views[d][i]
		b := model.Binding{Name: v.text, Value: model.Text("?")}
		switch cells, f := r.sight(v); {
		case f != nil:
		case v.t.IsInt():
			b.Value = model.Int(cells[0])
		default:
			b.Value = r.s.tb.Render(v.t, cells)
		}
		out = append(out, b)
	}
	return out
}

// Acts tells to which domains an instance belongs.
func (r *runner) Acts(a model.ActionID, args uint32) (set uint64, first *model.Fault) {
	if fixed := r.s.p.Flow.Fixed[a]; fixed != nil {
		return fixed[args], nil
	}
	if r.s.watched.of[a] == nil {
		return 0, nil
	}
	n := r.s.watched.of[a][args]
	for d, f := range r.s.watched.acts[n] {
		v, fault := r.word(f)
		if fault != nil && first == nil {
			first = placed(fault, r.s.watched.pos[n][d])
		}
		if v != 0 && fault == nil {
			set |= 1 << d
		}
	}
	return set, first
}

// Chosen gives what was chosen inside the step that Next is emitting as text.
func (r *runner) Chosen(l model.Label, out []byte) []byte {
	if !r.s.watched.picks[int(l.Action)] {
		return out
	}
	if r.e.recording {
		return ir.ChoiceKey(r.e.choices, out)
	}
	return ir.ChoiceKey(r.Describe(r.cur, l).Choices, out)
}
