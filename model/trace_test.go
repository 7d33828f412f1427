package model

import (
	"reflect"
	"testing"
)

func TestDiff(t *testing.T) {
	record := func(a, b Value) Value { return Value{Shape: Record, Elems: []Elem{{"a", a}, {"b", b}}} }
	world := func(one, two Value) Value { return Value{Shape: Map, Elems: []Elem{{"1", one}, {"2", two}}} }
	seq := func(vs ...Value) Value { return Value{Shape: Seq, Elems: elems(vs...)} }
	for _, c := range []struct {
		from, to Value
		want     []Change
	}{
		{Int(1), Int(1), nil},
		{Int(1), Int(2), []Change{{"v", Int(1), Int(2)}}},
		{Int(1), Text("1"), []Change{{"v", Int(1), Text("1")}}},
		{
			world(Text("off"), Text("off")), world(Text("ready"), Text("off")),
			[]Change{{"v[1]", Text("off"), Text("ready")}},
		},
		{
			world(record(Int(1), Int(2)), Text("x")), world(record(Int(1), Int(3)), Text("y")),
			[]Change{{"v[1].b", Int(2), Int(3)}, {"v[2]", Text("x"), Text("y")}},
		},
		// A sequence is one value: what moved in it is best seen whole.
		{seq(Int(1), Int(2)), seq(Int(2)), []Change{{"v", seq(Int(1), Int(2)), seq(Int(2))}}},
		// Maps with different keys are shown whole.
		{
			world(Int(1), Int(2)),
			Value{Shape: Map, Elems: []Elem{{"1", Int(1)}, {"3", Int(2)}}},
			[]Change{{"v", world(Int(1), Int(2)), Value{Shape: Map, Elems: []Elem{{"1", Int(1)}, {"3", Int(2)}}}}},
		},
		{world(Int(1), Int(2)), Value{Shape: Map}, []Change{{"v", world(Int(1), Int(2)), Value{Shape: Map}}}},
	} {
		got := Diff([]Binding{{"u", Int(0)}, {"v", c.from}}, []Binding{{"u", Int(0)}, {"v", c.to}})
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s and %s: got %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

func TestStepText(t *testing.T) {
	args := []Binding{{"v", Int(1)}, {"c", Text("b")}}
	for _, c := range []struct {
		step StepText
		want string
	}{
		{StepText{Action: "Tick"}, "Tick"},
		{StepText{Action: "Dispatch", Args: args}, "Dispatch(v=1, c=b)"},
		{StepText{Action: "Fill", Choices: args}, "Fill choosing v=1, c=b"},
		{StepText{Action: "Fill", Args: args[:1], Choices: args[1:]}, "Fill(v=1) choosing c=b"},
	} {
		if got := c.step.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestFaultText(t *testing.T) {
	if got := (&Fault{Message: "too large"}).Error(); got != "too large" {
		t.Errorf("got %s", got)
	}
	if got := (&Fault{Position: "cpu.bh:3:1", Message: "too large"}).Error(); got != "cpu.bh:3:1: too large" {
		t.Errorf("got %s", got)
	}
}
