package coq_test

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
	"github.com/bulkheadlang/bulkhead/model/alloc"
	"github.com/bulkheadlang/bulkhead/model/balance"
	"github.com/bulkheadlang/bulkhead/model/esxi/cpu"
	"github.com/bulkheadlang/bulkhead/model/perf"
	"github.com/bulkheadlang/bulkhead/model/sched"
	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
	"github.com/bulkheadlang/bulkhead/model/vsphere/vmotion"
)

// tie is a Coq term, and what the Go code makes of the same, as a term without anything left to compute.
type tie struct{ term, value string }

// same has Coq compute the terms, which definitions may help with, and sees that it gets the values; and that it does not get others.
// Coq runs for several tests at once; a test calls it once.
func same(t *testing.T, file, definitions string, draw func(*rapid.T) []tie) {
	t.Helper()
	coqtest.Need(t)
	t.Parallel()
	cases := 30
	if os.Getenv("BULKHEAD_SOAK") != "" {
		cases = 1000
	}
	var b strings.Builder
	fmt.Fprintf(&b, "From Coq Require Import ZArith List Bool QArith.\nFrom BulkheadLemmas Require Import Lists %s.\n", file)
	fmt.Fprintf(&b, "Import ListNotations.\nOpen Scope Z_scope.\n%s\n", definitions)
	rapid.Check(t, func(t *rapid.T) {
		if cases--; cases < 0 {
			return
		}
		for _, c := range draw(t) {
			fmt.Fprintf(&b, "Goal %s = %s.\nProof. vm_compute. reflexivity. Qed.\n", c.term, c.value)
			if other := altered(c.value); other != c.value {
				fmt.Fprintf(&b, "Goal %s = %s.\nProof. vm_compute. Fail reflexivity. Abort.\n", c.term, other)
			}
		}
	})
	if t.Failed() {
		return
	}
	if _, err := coqtest.Run(t, coqtest.File{Name: "Ties.v", Text: b.String()}); err != nil {
		t.Errorf("%s: Coq does not find what the Go code does: %v", file, err)
	}
}

var number = regexp.MustCompile(`\d+`)

// altered is the value with 1 added to its last number, if it has one.
func altered(value string) string {
	at := number.FindAllStringIndex(value, -1)
	if len(at) == 0 {
		return value
	}
	last := at[len(at)-1]
	n, ok := new(big.Int).SetString(value[last[0]:last[1]], 10)
	if !ok {
		panic("a number without digits")
	}
	return value[:last[0]] + n.Add(n, big.NewInt(1)).String() + value[last[1]:]
}

// list is a Coq list.
func list[E any](elems []E, text func(E) string) string {
	texts := make([]string, len(elems))
	for i, e := range elems {
		texts[i] = text(e)
	}
	return "[" + strings.Join(texts, "; ") + "]"
}

func integers(ns []int) string { return list(ns, strconv.Itoa) }

func fraction(r *big.Rat) string { return fmt.Sprintf("(%s # %s)%%Q", r.Num(), r.Denom()) }

func drawAll[E any](t *rapid.T, what string, n int, draw func() E) []E {
	out := make([]E, rapid.IntRange(0, n).Draw(t, what))
	for i := range out {
		out[i] = draw()
	}
	return out
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// Smooth is that of SmoothRoundRobin.v, step by step, whatever fails or is refused.
func TestSmoothIsTheLemmas(t *testing.T) {
	same(t, "SmoothRoundRobin", `
Inductive op := P (s : nat) | F (s : nat) (n : Z).
Definition step b o := match o with P s => Pick b s | F s n => Fail b s n end.
Definition show (ok : bool) b := (ok, Next b, effective b, current b).
Fixpoint play b l := match l with
  | [] => []
  | o :: r => match step b o with Some c => show true c :: play c r | None => show false b :: play b r end
  end.`, func(t *rapid.T) []tie {
		greatest := rapid.SampledFrom([]int{9, 5, 40, balance.Most}).Draw(t, "greatest")
		weights := rapid.SliceOfN(rapid.SampledFrom([]int{1, greatest, greatest / 2, greatest/3 + 1}), 1, 6).Draw(t, "weights")
		b := must(balance.NewSmooth(weights))
		var ops, out []string
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			s := balance.Server(rapid.SampledFrom([]int{1, len(weights), (len(weights) + 1) / 2, 0, len(weights) + 1}).Draw(t, "server"))
			var err error
			switch rapid.SampledFrom([]string{"next", "next", "pick", "fail", "fail"}).Draw(t, "step") {
			case "next":
				s = b.Next()
				fallthrough
			case "pick":
				err = b.Pick(s)
				ops = append(ops, fmt.Sprintf("P %d%%nat", s))
			case "fail":
				maxFails := rapid.SampledFrom([]int{2, 3, 1, 5, 0, -1}).Draw(t, "max_fails")
				err = b.Fail(s, maxFails)
				ops = append(ops, fmt.Sprintf("F %d%%nat (%d)", s, maxFails))
			}
			effective, current := make([]int, len(weights)), make([]int, len(weights))
			for i := range weights {
				effective[i], current[i] = b.Effective(balance.Server(i+1)), b.Current(balance.Server(i+1))
			}
			out = append(out, fmt.Sprintf("(%t, %d%%nat, %s, %s)", err == nil, b.Next(), integers(effective), integers(current)))
		}
		return []tie{{
			fmt.Sprintf("play (NewSmooth %s) [%s]", integers(weights), strings.Join(ops, "; ")),
			"[" + strings.Join(out, "; ") + "]",
		}}
	})
}

// RoundRobin is that of RoundRobin.v, tick by tick.
func TestRoundRobinIsTheLemmas(t *testing.T) {
	same(t, "RoundRobin", `
Inductive op := S (j : nat) (ticks : Z) | T.
Definition step r o := match o with S j d => Submit r j d | T => Tick r end.
Definition show (ok : bool) r := (ok, runs r, queue r, served r, left r, paying r, lost r, work r).
Fixpoint play r l := match l with
  | [] => []
  | o :: q => match step r o with Some u => show true u :: play u q | None => show false r :: play r q end
  end.`, func(t *rapid.T) []tie {
		jobs := rapid.IntRange(1, 5).Draw(t, "jobs")
		quantum, cost := rapid.IntRange(1, 4).Draw(t, "quantum"), rapid.IntRange(0, 2).Draw(t, "switch")
		r := must(sched.NewRoundRobin(jobs, quantum, cost))
		of := fmt.Sprintf("(NewRoundRobin %d %d %d)", jobs, quantum, cost)
		var ops, out []string
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			var err error
			if rapid.IntRange(0, 3).Draw(t, "step") == 1 {
				j := sched.Job(rapid.IntRange(0, jobs+1).Draw(t, "job"))
				d := rapid.SampledFrom([]int{3, 1, 2, 5, 8, 0, -1, sched.Most, sched.Most + 1}).Draw(t, "ticks")
				err = r.Submit(j, d)
				ops = append(ops, fmt.Sprintf("S %d (%d)", j, d))
			} else {
				err = r.Tick()
				ops = append(ops, "T")
			}
			served := make([]int, jobs)
			for i := range served {
				served[i] = r.Served(sched.Job(i + 1))
			}
			left, paying := r.Left()
			work, lost := r.Work()
			queue := list(r.Queue(), func(j sched.Job) string { return strconv.Itoa(int(j)) })
			out = append(out, fmt.Sprintf("(%t, %d%%nat, (%s)%%nat, %s, %d, %d, %d, %d)", err == nil, r.Runs(), queue, integers(served), left, paying, lost, work))
		}
		return []tie{
			{"WaitLimit " + of, strconv.Itoa(r.WaitLimit())},
			{fmt.Sprintf("play %s [%s]", of, strings.Join(ops, "; ")), "[" + strings.Join(out, "; ") + "]"},
		}
	})
}

// Bucket is that of TokenBucket.v, for all times that there are.
func TestBucketIsTheLemmas(t *testing.T) {
	same(t, "TokenBucket", `
Fixpoint play b (l : list request) := match l with
  | [] => []
  | r :: q => (match Take b (fst r) (snd r) with Some _ => true | None => false end, Z.quot (levelAt b (fst r)) (interval b), level (ask b r), last (ask b r)) :: play (ask b r) q
  end.
Definition without {A B C D} (x : A * B * C * D) := match x with (a, b, _, _) => (a, b) end.
Definition start size per interval l d := match NewBucket size per interval with Some b => Some (map without (play b l), Limit b d) | None => None end.`,
		func(t *rapid.T) []tie {
			size := rapid.SampledFrom([]int{2, 1, 4, 5, 7, 11, 20, alloc.Most}).Draw(t, "size")
			per := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 7, alloc.Most}).Draw(t, "per")
			interval := rapid.SampledFrom([]time.Duration{1, 2, 3, 10, time.Second, time.Hour}).Draw(t, "interval")
			stretch := rapid.SampledFrom([]time.Duration{0, 1, 7, time.Second, time.Hour, -1, time.Hour + 1}).Draw(t, "stretch")
			switch rapid.IntRange(0, 19).Draw(t, "wrong") {
			case 1:
				size = rapid.SampledFrom([]int{0, alloc.Most + 1}).Draw(t, "wrong size")
			case 2:
				per = rapid.SampledFrom([]int{0, alloc.Most + 1}).Draw(t, "wrong rate")
			case 3:
				interval = rapid.SampledFrom([]time.Duration{0, time.Hour + 1}).Draw(t, "wrong interval")
			}
			now := rapid.SampledFrom([]int64{0, math.MinInt64, -3, math.MaxInt64 - 9, 1e18, math.MaxInt32}).Draw(t, "now")
			tick := max(1, int64(interval)/int64(max(1, per))) // what a token takes, or a little less
			reqs := drawAll(t, "requests", 20, func() [2]int64 {
				step := rapid.SampledFrom([]int64{1, 0, tick, tick + 1, tick / 3, 2 * tick, 3*tick + 1, -tick, 1e18}).Draw(t, "step")
				if next := now + step; (next > now) == (step > 0) { // not beyond the ends of time
					now = next
				}
				return [2]int64{now, int64(rapid.SampledFrom([]int{1, size, 2, 3, size - 1, 0, size + 1, alloc.Most + 1}).Draw(t, "tokens"))}
			})
			term := fmt.Sprintf("start (%d) (%d) (%d) %s (%d)", size, per, interval, list(reqs, func(r [2]int64) string {
				return fmt.Sprintf("(%d, %d)", r[0], r[1])
			}), stretch)
			b, err := alloc.NewBucket(size, per, interval)
			if err != nil {
				return []tie{{term, "None"}}
			}
			out := list(reqs, func(r [2]int64) string {
				tokens := b.Tokens(time.Duration(r[0]))
				err := b.Take(time.Duration(r[0]), int(r[1]))
				return fmt.Sprintf("(%t, %d)", err == nil, tokens)
			})
			return []tie{{term, fmt.Sprintf("Some (%s, %d)", out, b.Limit(stretch))}}
		})
}

// Stride is that of Stride.v, step by step.
func TestStrideIsTheLemmas(t *testing.T) {
	worlds := map[cpu.World]string{cpu.Ready: "Ready", cpu.Running: "Running", cpu.Suspended: "Suspended"}
	same(t, "Stride", `
Fixpoint play s l := match l with
  | [] => []
  | o :: r => match step s o with Some t => (true, worlds t, leads t, runs t) :: play t r | None => (false, worlds s, leads s, runs s) :: play s r end
  end.`, func(t *rapid.T) []tie {
		weights := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 5).Draw(t, "weights")
		quantum := rapid.IntRange(1, 4).Draw(t, "quantum")
		s := must(cpu.NewStride(weights, quantum))
		var ops, out []string
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			v := cpu.VM(rapid.IntRange(0, len(weights)+1).Draw(t, "vm"))
			used := rapid.IntRange(0, quantum+1).Draw(t, "used")
			var err error
			switch rapid.SampledFrom([]string{"Dispatch", "next", "next", "Stop", "Stop", "Block", "Suspend", "Resume", "Resume"}).Draw(t, "step") {
			case "next":
				v, _ = s.Next()
				fallthrough
			case "Dispatch":
				err = s.Dispatch(v)
				ops = append(ops, fmt.Sprintf("Dispatch %d", v))
			case "Stop":
				err = s.Stop(used)
				ops = append(ops, fmt.Sprintf("Stop %d", used))
			case "Block":
				err = s.Block(used)
				ops = append(ops, fmt.Sprintf("Block %d", used))
			case "Suspend":
				err = s.Suspend(v)
				ops = append(ops, fmt.Sprintf("Suspend %d", v))
			case "Resume":
				err = s.Resume(v)
				ops = append(ops, fmt.Sprintf("Resume %d", v))
			}
			var ws, ls []string
			for i := range weights {
				ws = append(ws, worlds[s.World(cpu.VM(i+1))])
				ls = append(ls, s.Lead(cpu.VM(i+1)).String())
			}
			out = append(out, fmt.Sprintf("(%t, [%s], [%s], %d%%nat)", err == nil, strings.Join(ws, "; "), strings.Join(ls, "; "), s.Runs()))
		}
		strides := make([]string, len(weights))
		for i := range weights {
			strides[i] = s.Stride(cpu.VM(i + 1)).String()
		}
		return []tie{
			{fmt.Sprintf("stridesOf %s", integers(weights)), "[" + strings.Join(strides, "; ") + "]"},
			{fmt.Sprintf("play (NewStride %s %d) [%s]", integers(weights), quantum, strings.Join(ops, "; ")), "[" + strings.Join(out, "; ") + "]"},
		}
	})
}

// Loop is that of Converge.v: the gaps, and both ways to count rounds.
func TestLoopIsTheLemmas(t *testing.T) {
	const fuel = 80
	same(t, "Converge", "", func(t *rapid.T) []tie {
		den := rapid.Int64Range(1, 12).Draw(t, "den")
		num := rapid.Int64Range(1, den).Draw(t, "num")
		rate := big.NewRat(num, den)
		loop := must(perf.NewLoop(rate))
		gap := big.NewRat(rapid.Int64Range(0, 500).Draw(t, "gap"), rapid.Int64Range(1, 9).Draw(t, "of"))
		limit := big.NewRat(rapid.Int64Range(0, 9).Draw(t, "limit"), rapid.Int64Range(1, 99).Draw(t, "limit of"))
		whole := rapid.Int64Range(0, 3000).Draw(t, "whole gap")
		n := rapid.IntRange(0, 30).Draw(t, "rounds")
		left := new(big.Rat).Sub(big.NewRat(1, 1), rate)
		counted := func(n int, err error) string {
			if err != nil || n > fuel {
				return "None"
			}
			return fmt.Sprintf("Some %d%%nat", n)
		}
		return []tie{
			{fmt.Sprintf("Qred (Gap %s %s %d)", fraction(rate), fraction(gap), n), fraction(must(loop.Gap(gap, n)))},
			{fmt.Sprintf("Closed %d %d %d %d", num, den, fuel, whole), counted(loop.Closed(whole))},
			{
				fmt.Sprintf("Rounds %d %s %s %s %s %s %s", fuel, left.Num(), left.Denom(), gap.Num(), gap.Denom(), limit.Num(), limit.Denom()),
				counted(loop.Rounds(gap, limit)),
			},
		}
	})
}

// Precopy is that of Precopy.v, whose rounds are counted one by one.
func TestPrecopyIsTheLemmas(t *testing.T) {
	same(t, "Precopy", "", func(t *rapid.T) []tie {
		amount := func(what string, least int64) *big.Rat {
			return big.NewRat(rapid.Int64Range(least, 30).Draw(t, what), rapid.SampledFrom([]int64{1, 2, 3, 10}).Draw(t, what+" of"))
		}
		m, b, d := amount("memory", 1), amount("bandwidth", 1), amount("rate", 0)
		if rapid.IntRange(0, 4).Draw(t, "as fast") == 1 {
			d = b
		}
		p := must(vmotion.NewPrecopy(m, b, d))
		n := rapid.IntRange(0, 12).Draw(t, "rounds")
		of := fmt.Sprintf("{| memory := %s; bandwidth := %s; rate := %s |}", fraction(m), fraction(b), fraction(d))
		ties := []tie{
			{fmt.Sprintf("Qred (volume %s %d)", of, n), fraction(p.Volume(n))},
			{fmt.Sprintf("Qred (Downtime %s %d)", of, n), fraction(p.Downtime(n))},
			{fmt.Sprintf("Qred (sent %[1]s %[2]d / bandwidth %[1]s)", of, n+1), fraction(p.Total(n))},
			{fmt.Sprintf("Qred (Total %s %d)", of, n), fraction(p.Total(n))},
			{fmt.Sprintf("(Converges %s, 0)", of), fmt.Sprintf("(%t, 0)", p.Converges())},
		}
		if bound, ok := p.Bound(); ok {
			ties = append(ties, tie{fmt.Sprintf("Qred (Bound %s)", of), fraction(bound)})
		}
		return ties
	})
}

// The balancer is that of Potential.v: the disorder, the gain of each move, and which moves there are.
func TestBalancerIsTheLemmas(t *testing.T) {
	const scale = 12 // a multiple of all capacities
	scaled := func(r *big.Rat) string {
		n := new(big.Rat).Mul(r, big.NewRat(scale, 1))
		if !n.IsInt() {
			panic("the scale is no multiple of the capacities")
		}
		return n.Num().String()
	}
	same(t, "Potential", fmt.Sprintf(`
Definition all (caps : list Z) (place : list nat) := list_prod (seq 1 (length place)) (seq 1 (length caps)).
Definition may place (vh : nat * nat) := negb (at_ place (fst vh) =? 0)%%nat && negb (at_ place (fst vh) =? snd vh)%%nat.
Definition gains caps x place := map (fun vh => (fst vh, snd vh, gain %[1]d caps x place (fst vh) (snd vh))) (filter (may place) (all caps place)).
Definition listed least caps x place := filter (fun vh => may place vh && (least <=? gain %[1]d caps x place (fst vh) (snd vh))) (all caps place).`, scale),
		func(t *rapid.T) []tie {
			caps := rapid.SliceOfN(rapid.IntRange(1, 4), 1, 4).Draw(t, "capacities")
			x := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 6).Draw(t, "demands")
			minGain := rapid.IntRange(0, 8).Draw(t, "min gain")
			cfg := drs.Config{MinGain: int64(minGain)}
			for _, c := range caps {
				cfg.Hosts = append(cfg.Hosts, drs.Resources{CPU: int64(c), Memory: 1})
			}
			for _, d := range x {
				cfg.VMs = append(cfg.VMs, drs.Machine{Demand: drs.Resources{CPU: int64(d)}})
			}
			c := must(drs.New(cfg))
			place := make([]int, len(x))
			for i := range x {
				if place[i] = rapid.IntRange(0, len(caps)).Draw(t, "host"); place[i] > 0 {
					if err := c.PowerOn(drs.VM(i+1), drs.Host(place[i])); err != nil {
						panic(err)
					}
				}
			}
			var gains []string
			for i, g := range place {
				for h := 1; h <= len(caps); h++ {
					if g != 0 && g != h {
						gains = append(gains, fmt.Sprintf("(%d%%nat, %d%%nat, %s)", i+1, h, scaled(c.Gain(drs.VM(i+1), drs.Host(h)))))
					}
				}
			}
			moves := list(c.Moves(), func(m drs.Move) string { return fmt.Sprintf("(%d%%nat, %d%%nat)", m.VM, m.To) })
			on := fmt.Sprintf("%s %s (%s)%%nat", integers(caps), integers(x), integers(place))
			ties := []tie{
				{fmt.Sprintf("disorder %d %s", scale, on), scaled(c.Disorder())},
				{fmt.Sprintf("listed %d %s", max(1, scale*minGain), on), moves},
			}
			if len(gains) > 0 {
				ties = append(ties, tie{"gains " + on, "[" + strings.Join(gains, "; ") + "]"})
			}
			return ties
		})
}
