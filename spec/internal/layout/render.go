package layout

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Render is the value in cells as people and reports see it.
func (tb *Table) Render(t *types.Type, cells []int64) model.Value {
	switch t.Kind {
	case types.Bool:
		return model.Bool(cells[0] != 0)
	case types.Int, types.Range:
		return model.Int(cells[0] + t.Lo)
	case types.Symmetric:
		return model.Text(strconv.FormatInt(cells[0]+t.Lo, 10))
	case types.Enum:
		return model.Text(t.Members[cells[0]])
	case types.Record:
		v := model.Value{Shape: model.Record}
		v.Elems = tb.renderFields(t.Fields, cells)
		return v
	case types.Tuple:
		v := model.Value{Shape: model.Seq}
		v.Elems = tb.renderFields(t.Fields, cells)
		return v
	case types.Union:
		u := t.Variants[cells[0]]
		return model.Value{Shape: model.Tagged, Text: u.Name, Elems: tb.renderFields(u.Fields, cells[1:])}
	case types.Option:
		if cells[0] == 0 {
			return model.Text("none")
		}
		inner := cells[1:]
		if IsScalar(t) {
			inner = []int64{cells[0] - 1}
		}
		return model.Value{Shape: model.Tagged, Text: "some", Elems: []model.Elem{{Value: tb.Render(t.Elem, inner)}}}
	case types.Map:
		v := model.Value{Shape: model.Map}
		n := tb.Must(t.Elem)
		for k := range int(t.Key.Card()) {
			v.Elems = append(v.Elems, model.Elem{Key: tb.RankText(t.Key, uint64(k)), Value: tb.Render(t.Elem, cells[k*n:])})
		}
		return v
	case types.Set:
		v := model.Value{Shape: model.Set}
		for i := range int(t.Elem.Card()) {
			if cells[i/64]>>(i%64)&1 != 0 {
				v.Elems = append(v.Elems, model.Elem{Value: tb.renderRank(t.Elem, uint64(i))})
			}
		}
		return v
	case types.Seq:
		v := model.Value{Shape: model.Seq}
		n := tb.Must(t.Elem)
		for i := range int(cells[0]) {
			v.Elems = append(v.Elems, model.Elem{Value: tb.Render(t.Elem, cells[1+i*n:])})
		}
		return v
	case types.Bag:
		v := model.Value{Shape: model.Set}
		for i := range int(cells[0]) {
			v.Elems = append(v.Elems, model.Elem{Value: tb.renderRank(t.Elem, uint64(cells[1+i]))})
		}
		return v
	}
	return model.Value{}
}

func (tb *Table) renderFields(fs []types.Field, cells []int64) []model.Elem {
	var out []model.Elem
	at := 0
	for _, f := range fs {
		out = append(out, model.Elem{Key: f.Name, Value: tb.Render(f.Type, cells[at:])})
		at += tb.Must(f.Type)
	}
	return out
}

func (tb *Table) renderRank(t *types.Type, rank uint64) model.Value {
	cells := make([]int64, tb.Must(t))
	tb.Unrank(t, rank, cells)
	return tb.Render(t, cells)
}

// RankText is the text of the value of a rank; of several keys, they are parted by commas.
func (tb *Table) RankText(t *types.Type, rank uint64) string {
	if t.Kind != types.Tuple {
		return tb.renderRank(t, rank).String()
	}
	text := ""
	for i, e := range tb.renderRank(t, rank).Elems {
		if i > 0 {
			text += ", "
		}
		text += e.Value.String()
	}
	return text
}
