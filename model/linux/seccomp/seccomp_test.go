package seccomp

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

// seccomp(2), SECCOMP_RET_DATA: "in decreasing order of precedence".
func TestPrecedence(t *testing.T) {
	order := []Action{KillProcess, KillThread, Trap, Errno, Notify, Trace, Log, Allow}
	names := []string{"kill_process", "kill_thread", "trap", "errno", "notify", "trace", "log", "allow"}
	for i, a := range order {
		if a.String() != names[i] || a.Runs() != (i >= 6) {
			t.Errorf("%s: runs %t", a, a.Runs())
		}
		for j, b := range order {
			want := order[min(i, j)]
			if got := (Stack{{Default: a}, {Default: b}}).Of(Call{Name: "read"}).Action; got != want {
				t.Errorf("%s and %s: got %s, want %s", a, b, got, want)
			}
		}
	}
	two := Stack{{Default: Errno, Number: errno.EPERM}, {Default: Errno, Number: errno.ENOSYS}}
	if got := two.Of(Call{Name: "read"}).Number; got != errno.ENOSYS {
		t.Errorf("two errnos: got %s, want that of the filter attached last", got)
	}
	if got := (Stack{}).Of(Call{Name: "read"}); got.Action != Allow {
		t.Errorf("no filter: got %s", got.Action)
	}
	if Action(9).String() != "action(9)" {
		t.Error("names")
	}
}

// Conditions on arguments; those not given are 0.
func TestConditions(t *testing.T) {
	const newNamespaces = 0x7E020000
	f := Filter{Default: Errno, Number: errno.EPERM, Rules: []Rule{
		{Names: []string{"clone"}, Args: []Condition{{Op: MaskedEqual, Value: newNamespaces}}, Action: Allow},
		{Names: []string{"socket"}, Args: []Condition{{Op: NotEqual, Value: 40}, {Index: 1, Op: Less, Value: 3}}, Action: Allow},
		{Names: []string{"personality", "other"}, Args: []Condition{{Op: Equal, Value: 8}}, Action: Log},
		{Names: []string{"twice"}, Action: Log},
		{Names: []string{"twice"}, Args: []Condition{{Op: Less, Value: 5}}, Action: Allow},
		{Names: []string{"twice"}, Action: Trap},
	}}
	for _, test := range []struct {
		call Call
		want Action
	}{
		{Call{Name: "clone"}, Allow},
		{Call{"clone", []uint64{0x11}}, Allow},
		{Call{"clone", []uint64{0x10000011}}, Errno},
		{Call{"clone", []uint64{0x20000}}, Errno},
		{Call{"socket", []uint64{2, 1}}, Allow},
		{Call{"socket", []uint64{40, 1}}, Errno},
		{Call{"socket", []uint64{2, 3}}, Errno},
		{Call{"personality", []uint64{8}}, Log},
		{Call{Name: "personality"}, Errno},
		{Call{"other", []uint64{8}}, Log},
		{Call{Name: "twice"}, Allow},
		{Call{"twice", []uint64{5}}, Log},
		{Call{Name: "reboot"}, Errno},
	} {
		if got := f.Of(test.call); got.Action != test.want || (test.want == Errno) != (got.Number == errno.EPERM) {
			t.Errorf("%v: got %v, want %s", test.call, got, test.want)
		}
	}
	if got := (Filter{}).Of(Call{Name: "read"}).Action; got != KillProcess {
		t.Errorf("the zero filter: got %s", got)
	}
}

// Who may attach a filter, and the names of refusals.
func TestAttach(t *testing.T) {
	for _, test := range []struct {
		stack Stack
		task  Task
		want  errno.Errno
	}{
		{nil, Task{}, errno.EACCES},
		{nil, Task{NoNewPrivs: true}, ""},
		{nil, Task{SysAdmin: true}, ""},
		{Stack{{Default: Errno, Number: errno.ENOSYS}}, Task{SysAdmin: true}, errno.ENOSYS},
		{Stack{{Default: KillProcess}}, Task{SysAdmin: true}, errno.EPERM},
	} {
		got, err := test.stack.Attach(test.task, Filter{Default: Allow})
		var refused *errno.Error
		if test.want == "" {
			if err != nil || len(got) != len(test.stack)+1 {
				t.Errorf("%+v: got %v", test.task, err)
			}
		} else if !errors.As(err, &refused) || refused.Errno != test.want || !errors.Is(err, model.ErrRefused) || len(got) != len(test.stack) {
			t.Errorf("%v, %+v: got %v, want %s", test.stack, test.task, err, test.want)
		}
	}
}

// Stacked filters only tighten, in any order, whatever their rules; and attaching to one stack leaves another one alone.
func TestStacksTighten(t *testing.T) {
	names := []string{"mount", "clone", "read"}
	filter := rapid.Custom(func(t *rapid.T) Filter {
		action := rapid.Map(rapid.IntRange(0, int(Allow)), func(i int) Action { return Action(i) })
		f := Filter{Default: action.Draw(t, "default")}
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			f.Rules = append(f.Rules, Rule{
				Names:  []string{rapid.SampledFrom(names).Draw(t, "name")},
				Args:   []Condition{{Op: Op(rapid.IntRange(0, 3).Draw(t, "op")), Value: rapid.Uint64Range(0, 3).Draw(t, "value")}},
				Action: action.Draw(t, "action"),
			})
		}
		return f
	})
	rapid.Check(t, func(t *rapid.T) {
		stack := Stack(rapid.SliceOfN(filter, 0, 4).Draw(t, "stack"))
		f := filter.Draw(t, "filter")
		more := append(slices.Clone(stack), f)
		for _, name := range names {
			for arg := range uint64(4) {
				call := Call{name, []uint64{arg}}
				was, is := stack.Of(call).Action, more.Of(call).Action
				strictest := Allow
				for _, f := range more {
					strictest = min(strictest, f.Of(call).Action)
				}
				if is > was || is != strictest {
					t.Fatalf("%v: %s became %s, want %s", call, was, is, strictest)
				}
			}
		}
		base := append(make(Stack, 0, 8), stack...)
		a, errA := base.Attach(Task{SysAdmin: true}, Filter{Default: Allow})
		b, errB := base.Attach(Task{SysAdmin: true}, Filter{Default: KillProcess})
		if errA == nil && errB == nil && (a[len(stack)].Default != Allow || b[len(stack)].Default != KillProcess) {
			t.Fatal("two stacks share their end")
		}
	})
}
