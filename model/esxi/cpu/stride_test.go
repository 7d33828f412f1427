package cpu

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// resumed makes a scheduler of machines that are all ready.
func resumed(t rapid.TB, weights []int, quantum int) *Stride {
	t.Helper()
	s, err := NewStride(weights, quantum)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range modelcheck.Numbers[VM](len(weights)) {
		if err := s.Resume(v); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// turn gives one whole quantum to whoever is next.
func turn(t rapid.TB, s *Stride) VM {
	t.Helper()
	v, ok := s.Next()
	if !ok {
		t.Fatal("nobody is next")
	}
	if err := s.Dispatch(v); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(s.Quantum()); err != nil {
		t.Fatal(err)
	}
	return v
}

// oldStride is stride scheduling in machine words, for weights with a small common multiple.
type oldStride struct{ strides, leads []int }

func newOldStride(weights []int) *oldStride {
	unit := 1
	for _, w := range weights {
		unit = unit / gcd(unit, w) * w
	}
	o := &oldStride{leads: make([]int, len(weights))}
	for _, w := range weights {
		o.strides = append(o.strides, unit/w)
	}
	return o
}

func (o *oldStride) next(s *Stride) VM {
	best := VM(0)
	for i, lead := range o.leads {
		if s.World(VM(i+1)) == Ready && (best == 0 || lead < o.leads[best-1]) {
			best = VM(i + 1)
		}
	}
	return best
}

func (o *oldStride) dispatch(v VM) {
	advance := o.leads[v-1]
	for i := range o.leads {
		o.leads[i] = max(o.leads[i]-advance, 0)
	}
}

func (o *oldStride) stop(v VM, used int) { o.leads[v-1] += used * o.strides[v-1] }

// Exact passes of any size are those of machine words wherever these are enough: the same decisions, leads and strides.
func TestStrideIsThatOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 6).Draw(t, "weights")
		quantum := rapid.IntRange(1, 4).Draw(t, "quantum")
		s, o := resumed(t, weights, quantum), newOldStride(weights)
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			v := VM(rapid.IntRange(1, len(weights)).Draw(t, "VM"))
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				_ = s.Suspend(v)
			case 1:
				_ = s.Resume(v)
			}
			v, ok := s.Next()
			if v != o.next(s) {
				t.Fatalf("got VM %d, want %d", v, o.next(s))
			}
			if !ok {
				continue
			}
			o.dispatch(v)
			if err := s.Dispatch(v); err != nil {
				t.Fatal(err)
			}
			used := rapid.IntRange(1, quantum).Draw(t, "used")
			o.stop(v, used)
			stop := s.Stop
			if rapid.IntRange(0, 4).Draw(t, "suspend") == 0 {
				stop = s.Block
			}
			if err := stop(used); err != nil {
				t.Fatal(err)
			}
			for i := range weights {
				v := VM(i + 1)
				if !s.Lead(v).IsInt64() || s.Lead(v).Int64() != int64(o.leads[i]) || s.Stride(v).Int64() != int64(o.strides[i]) {
					t.Fatalf("VM %d: got lead %d and stride %d, want %d and %d", v, s.Lead(v), s.Stride(v), o.leads[i], o.strides[i])
				}
			}
		}
	})
}

// ESXi's shares may be any numbers. Over a period, as many quanta as the weights' sum, each machine gets its weight.
func TestCustomShares(t *testing.T) {
	weights := []int{1000, 2000, 1500, 777, 1234}
	s := resumed(t, weights, 10)
	used := make([]int, len(weights))
	for range 1000 + 2000 + 1500 + 777 + 1234 {
		used[turn(t, s)-1]++
	}
	if !slices.Equal(used, weights) {
		t.Errorf("got %v quanta, want %v", used, weights)
	}
}

func abs(n int) int { return max(n, -n) }

// Every choice of up to 4 weights up to 6, all machines ready all the time, every interval of two periods. A period of as
// many quanta as the weights' sum gives each machine its weight; the lag of any pair is within both bounds; nobody waits
// for more than W/w + n - 2 quanta of the others.
func TestStrideBruteForce(t *testing.T) {
	overLevel := 0 // pairs and intervals whose lag passes the bound for equal passes
	for n := 1; n <= 4; n++ {
		for weights := range modelcheck.Vectors(n, 6) {
			sum := 0
			for _, w := range weights {
				sum += w
			}
			s := resumed(t, weights, 1)
			counts := [][]int{make([]int, n)} // by quantum, what each machine had
			waits := make([]int, n)
			for range 2 * sum {
				v := turn(t, s)
				next := append([]int(nil), counts[len(counts)-1]...)
				next[v-1]++
				counts = append(counts, next)
				for i, w := range weights {
					waits[i]++
					if VM(i+1) == v {
						waits[i] = 0
					}
					if waits[i]*w > sum+(n-2)*w {
						t.Fatalf("weights %v: VM %d waited for %d quanta", weights, i+1, waits[i])
					}
				}
			}
			for i, w := range weights {
				if counts[sum][i] != w || counts[2*sum][i] != 2*w {
					t.Fatalf("weights %v: VM %d had %d and %d quanta after one and two periods", weights, i+1, counts[sum][i], counts[2*sum][i])
				}
			}
			for from := range sum {
				for to := from; to < len(counts); to++ {
					for i, wi := range weights {
						for j, wj := range weights[:i] {
							lag := abs((counts[to][i]-counts[from][i])*wj - (counts[to][j]-counts[from][j])*wi)
							if lag > wi+wj || from == 0 && lag > max(wi, wj) {
								t.Fatalf("weights %v: lag %d of VMs %d and %d over quanta %d to %d", weights, lag, i+1, j+1, from, to)
							}
							if lag > max(wi, wj) {
								overLevel++
							}
						}
					}
				}
			}
		}
	}
	if overLevel == 0 {
		t.Error("no interval passes the bound for equal passes: the weaker bound for any interval would not be needed")
	}
}

// textbook is stride scheduling as in the books, with exact fractions that grow for ever: the pass of every machine, and
// the virtual time.
type textbook struct {
	pass []*big.Rat
	now  *big.Rat
}

func newTextbook(n int) *textbook {
	b := &textbook{now: new(big.Rat)}
	for range n {
		b.pass = append(b.pass, new(big.Rat))
	}
	return b
}

func (b *textbook) resume(v VM) {
	if b.pass[v-1].Cmp(b.now) < 0 {
		b.pass[v-1].Set(b.now)
	}
}

func (b *textbook) least(v VM, s *Stride) bool {
	for i, p := range b.pass {
		if s.worlds[i] == Ready && p.Cmp(b.pass[v-1]) < 0 {
			return false
		}
	}
	return true
}

// On any run: decisions are those of the textbook, a refused step changes nothing, and no lead passes one quantum's
// stride.
func TestStrideIsTheTextbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 4_000), rapid.IntRange(1, math.MaxInt))
		weights := rapid.SliceOfN(weight, 1, 5).Draw(t, "weights")
		quantum := rapid.IntRange(1, 20).Draw(t, "quantum")
		s, err := NewStride(weights, quantum)
		if err != nil {
			t.Fatal(err)
		}
		book := newTextbook(len(weights))
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, len(weights)+1).Draw(t, "VM"))
			used := rapid.IntRange(0, quantum+1).Draw(t, "used")
			before := s.Clone()
			runs := s.Runs()
			err = nil
			charge := func() {
				ticks := big.NewRat(int64(used), int64(s.Weight(runs)))
				book.pass[runs-1].Add(book.pass[runs-1], ticks)
			}
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				err = s.Resume(v)
				if err == nil {
					book.resume(v)
				}
			case 1:
				err = s.Suspend(v)
			case 2:
				if err = s.Stop(used); err == nil {
					charge()
				}
			case 3:
				if err = s.Block(used); err == nil {
					charge()
				}
			case 4:
				err = s.Dispatch(v)
				if want := runs == 0 && v >= 1 && int(v) <= len(weights) && before.World(v) == Ready && book.least(v, before); want != (err == nil) {
					t.Fatalf("dispatch %d: got %v, want success %t", v, err, want)
				}
				if err == nil {
					book.now.Set(book.pass[v-1])
				}
			default:
				next, ok := s.Next()
				if !ok {
					continue
				}
				if !book.least(next, s) {
					t.Fatalf("VM %d is next, but not by the textbook", next)
				}
				if err := s.Dispatch(next); err != nil {
					t.Fatalf("the decision is refused: %v", err)
				}
				book.now.Set(book.pass[next-1])
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, s)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, s)
			}
			for i := range weights {
				v := VM(i + 1)
				most := s.Stride(v)
				if lead := s.Lead(v); lead.Sign() < 0 || lead.Cmp(most.Mul(most, big.NewInt(int64(quantum)))) > 0 {
					t.Fatalf("VM %d: lead %d, stride %d, quantum %d", v, lead, s.Stride(v), quantum)
				}
				// A lead is the pass less the virtual time, in units of 1/(stride weight).
				want := new(big.Rat).Sub(book.pass[i], book.now)
				if s.Runnable(v) || want.Sign() > 0 {
					unit := s.Stride(v)
					unit.Mul(unit, big.NewInt(int64(s.Weight(v))))
					want.Mul(want, new(big.Rat).SetInt(unit))
					if want.Cmp(new(big.Rat).SetInt(s.Lead(v))) != 0 {
						t.Fatalf("VM %d: got lead %d, want %s", v, s.Lead(v), want)
					}
				}
			}
		}
	})
}

// With suspensions, early yields and any weights, the lag of a pair over any interval in which both are runnable is
// within its bound, and a ready machine's wait within its own.
func TestStrideBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 12), 2, 5).Draw(t, "weights")
		n := len(weights)
		quantum := rapid.IntRange(1, 9).Draw(t, "quantum")
		sum := 0
		for _, w := range weights {
			sum += w
		}
		s := resumed(t, weights, quantum)
		w := watchedStride{Stride: s, A: 1, B: 2}
		w.open()
		for range rapid.IntRange(0, 150).Draw(t, "steps") {
			v := VM(rapid.IntRange(1, n).Draw(t, "VM"))
			used := rapid.IntRange(1, quantum).Draw(t, "used")
			switch rapid.IntRange(0, 12).Draw(t, "step") {
			case 0:
				_ = w.suspend(v)
			case 1, 2:
				_ = w.resume(v)
			case 3:
				_ = w.block(used)
			case 4, 5, 6:
				_ = w.stop(used)
			case 7, 8:
				_ = w.stop(quantum)
			case 9:
				if w.Runs() == 0 && w.both() {
					w.open()
				}
			default:
				if next, ok := w.Next(); ok {
					if err := w.dispatch(next); err != nil {
						t.Fatal(err)
					}
				}
			}
			wa, wb := w.Weight(1), w.Weight(2)
			if abs(w.Lag) > quantum*(wa+wb) || w.Level && abs(w.Lag) > quantum*max(wa, wb) {
				t.Fatalf("lag %d (level %t) of weights %d and %d, quantum %d", w.Lag, w.Level, wa, wb, quantum)
			}
			if w.Gap*wa > quantum*(sum+(n-2)*wa) {
				t.Fatalf("VM 1 of weights %v waited for %d ticks, quantum %d", weights, w.Gap, quantum)
			}
		}
	})
}

func TestNewStrideRefuses(t *testing.T) {
	for _, test := range []struct {
		weights []int
		quantum int
	}{
		{[]int{1}, 0},
		{[]int{1, 0}, 1},
		{[]int{math.MinInt, 1}, 1},
	} {
		if _, err := NewStride(test.weights, test.quantum); err == nil {
			t.Errorf("weights %v, quantum %d: got no error", test.weights, test.quantum)
		}
	}
}
