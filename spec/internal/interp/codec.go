package interp

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Encode puts v into cells, all of those that package layout gives a value of the type.
func Encode(tb *layout.Table, t *types.Type, v Value, cells []int64) {
	if layout.IsScalar(t) {
		cells[0] = scalarRank(t, v)
		return
	}
	clear(cells[:tb.Must(t)])
	switch t.Kind {
	case types.Record, types.Tuple:
		encodeAll(tb, fieldTypes(t.Fields), v.Elems, cells)
	case types.Union:
		cells[0] = v.Int
		encodeAll(tb, fieldTypes(t.Variants[v.Int].Fields), v.Elems, cells[1:])
	case types.Option:
		if cells[0] = v.Int; v.Int != 0 {
			Encode(tb, t.Elem, v.Elems[0], cells[1:])
		}
	case types.Map:
		encodeAll(tb, repeat(t.Elem, len(v.Elems)), v.Elems, cells)
	case types.Set:
		for _, x := range v.Elems {
			r := rank(tb, t.Elem, x)
			cells[r/64] |= 1 << (r % 64)
		}
	case types.Seq:
		cells[0] = int64(len(v.Elems))
		encodeAll(tb, repeat(t.Elem, len(v.Elems)), v.Elems, cells[1:])
	case types.Bag:
		cells[0] = int64(len(v.Elems))
		for i, x := range v.Elems {
			cells[1+i] = int64(rank(tb, t.Elem, x))
		}
	}
}

func encodeAll(tb *layout.Table, ts []*types.Type, vs []Value, cells []int64) {
	for i, t := range ts {
		Encode(tb, t, vs[i], cells)
		cells = cells[tb.Must(t):]
	}
}

// Decode is the value in cells.
func Decode(tb *layout.Table, t *types.Type, cells []int64) Value {
	if layout.IsScalar(t) {
		return scalarOf(t, cells[0])
	}
	switch t.Kind {
	case types.Record, types.Tuple:
		return Value{Form: Product, Elems: decodeAll(tb, fieldTypes(t.Fields), cells)}
	case types.Union:
		return Value{Form: Tagged, Int: cells[0], Elems: decodeAll(tb, fieldTypes(t.Variants[cells[0]].Fields), cells[1:])}
	case types.Option:
		if cells[0] == 0 {
			return Value{Form: Tagged}
		}
		return Value{Form: Tagged, Int: 1, Elems: []Value{Decode(tb, t.Elem, cells[1:])}}
	case types.Map:
		v := Value{Form: Mapping}
		for k := range Values(t.Key) {
			v.Keys = append(v.Keys, k)
		}
		v.Elems = decodeAll(tb, repeat(t.Elem, len(v.Keys)), cells)
		return v
	case types.Set:
		v := Value{Form: Set}
		for r := range t.Elem.Card() {
			if cells[r/64]>>(r%64)&1 != 0 {
				v.Elems = append(v.Elems, unrank(tb, t.Elem, r))
			}
		}
		return v
	case types.Seq:
		return Value{Form: Sequence, Elems: decodeAll(tb, repeat(t.Elem, int(cells[0])), cells[1:])}
	case types.Bag:
		v := Value{Form: Multiset}
		for i := range cells[0] {
			v.Elems = append(v.Elems, unrank(tb, t.Elem, uint64(cells[1+i])))
		}
		return v
	}
	panic("interp: " + t.String() + " has no layout")
}

func decodeAll(tb *layout.Table, ts []*types.Type, cells []int64) []Value {
	var out []Value
	for _, t := range ts {
		out = append(out, Decode(tb, t, cells))
		cells = cells[tb.Must(t):]
	}
	return out
}

// scalarRank is the rank of a scalar, an option of one included.
func scalarRank(t *types.Type, v Value) int64 {
	switch t.Kind {
	case types.Int, types.Range:
		return v.Int - t.Lo // modulo 2^64, as cells are
	case types.Option:
		if v.Int == 0 {
			return 0
		}
		return 1 + scalarRank(t.Elem, v.Elems[0])
	}
	return v.Int
}

func scalarOf(t *types.Type, rank int64) Value {
	switch t.Kind {
	case types.Int, types.Range:
		return Int(rank + t.Lo)
	case types.Option:
		if rank == 0 {
			return Value{Form: Tagged}
		}
		return Value{Form: Tagged, Int: 1, Elems: []Value{scalarOf(t.Elem, rank-1)}}
	}
	return Int(rank)
}

func rank(tb *layout.Table, t *types.Type, v Value) uint64 {
	cells := make([]int64, tb.Must(t))
	Encode(tb, t, v, cells)
	return tb.Rank(t, cells)
}

func unrank(tb *layout.Table, t *types.Type, r uint64) Value {
	cells := make([]int64, tb.Must(t))
	tb.Unrank(t, r, cells)
	return Decode(tb, t, cells)
}

// Render is the value as people and reports see it.
func Render(t *types.Type, v Value) model.Value {
	switch t.Kind {
	case types.Bool:
		return model.Bool(v.Truth())
	case types.Int, types.Range:
		return model.Int(v.Int)
	case types.Symmetric:
		return model.Text(strconv.FormatInt(t.Lo+v.Int, 10))
	case types.Enum:
		return model.Text(t.Members[v.Int])
	case types.Record:
		return model.Value{Shape: model.Record, Elems: renderFields(t.Fields, v.Elems)}
	case types.Tuple:
		return model.Value{Shape: model.Seq, Elems: renderFields(t.Fields, v.Elems)}
	case types.Union:
		u := t.Variants[v.Int]
		return model.Value{Shape: model.Tagged, Text: u.Name, Elems: renderFields(u.Fields, v.Elems)}
	case types.Option:
		if v.Int == 0 {
			return model.Text("none")
		}
		return model.Value{Shape: model.Tagged, Text: "some", Elems: renderAll(t.Elem, v.Elems)}
	case types.Map:
		out := model.Value{Shape: model.Map, Elems: renderAll(t.Elem, v.Elems)}
		for i := range out.Elems {
			out.Elems[i].Key = keyText(t.Key, v.Keys[i])
		}
		return out
	case types.Seq:
		return model.Value{Shape: model.Seq, Elems: renderAll(t.Elem, v.Elems)}
	default:
		return model.Value{Shape: model.Set, Elems: renderAll(t.Elem, v.Elems)}
	}
}

func renderFields(fs []types.Field, vs []Value) []model.Elem {
	var out []model.Elem
	for i, f := range fs {
		out = append(out, model.Elem{Key: f.Name, Value: Render(f.Type, vs[i])})
	}
	return out
}

func renderAll(t *types.Type, vs []Value) []model.Elem {
	var out []model.Elem
	for _, v := range vs {
		out = append(out, model.Elem{Value: Render(t, v)})
	}
	return out
}

// keyText is a key as maps show it: several are parted by commas.
func keyText(t *types.Type, key Value) string {
	if t.Kind != types.Tuple {
		return Render(t, key).String()
	}
	text := ""
	for i, e := range renderFields(t.Fields, key.Elems) {
		if i > 0 {
			text += ", "
		}
		text += e.Value.String()
	}
	return text
}
