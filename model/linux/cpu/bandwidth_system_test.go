package cpu

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// ms is a tick of the models, in microseconds: the least period and quota there are.
const ms = 1000

const pod, app Group = 0, 1

// podded is a Bandwidth of two groups and what bandwidth.bh measures beside it.
type podded struct {
	*Bandwidth
	Span, Had, Own int64
	Eager          bool
}

// tick is the action Tick of bandwidth.bh.
func (p *podded) tick(cpus, period, threads, rest int64) error {
	begins := p.Passed(app) == 0
	theirs := min(rest, cpus, p.Room(pod)/ms)
	if err := p.Run(pod, theirs*ms); err != nil {
		return err
	}
	ours := min(threads, cpus-theirs, p.Room(app)/ms)
	if err := p.Run(app, ours*ms); err != nil {
		return err
	}
	if begins {
		p.Own = 0
	}
	p.Own += ours
	p.Eager = threads == cpus && rest == 0 && (p.Eager || begins)
	if p.Span < period {
		p.Span++
		p.Had += ours
	} else {
		p.Span, p.Had = 0, 0
	}
	return p.Advance(ms)
}

func (p podded) bindings() []model.Binding {
	groups := func(show func(Group) model.Value) model.Value {
		return model.Value{Shape: model.Map, Elems: []model.Elem{{Key: "pod", Value: show(pod)}, {Key: "app", Value: show(app)}}}
	}
	ticks := func(of func(Group) int64) model.Value {
		return groups(func(g Group) model.Value { return model.Int(of(g) / ms) })
	}
	limited := func(g Group) bool { return p.Limit(g).Quota != NoQuota }
	return []model.Binding{
		{Name: "quota", Value: groups(func(g Group) model.Value {
			if !limited(g) {
				return modelcheck.None()
			}
			return modelcheck.Some(model.Int(p.Limit(g).Quota / ms))
		})},
		{Name: "burst", Value: ticks(func(g Group) int64 { return p.Limit(g).Burst })},
		{Name: "pool", Value: ticks(func(g Group) int64 {
			if !limited(g) {
				return 0
			}
			return p.Pool(g)
		})},
		{Name: "passed", Value: ticks(p.Passed)},
		{Name: "span", Value: model.Int(p.Span)},
		{Name: "had", Value: model.Int(p.Had)},
		{Name: "eager", Value: model.Bool(p.Eager)},
		{Name: "own", Value: model.Int(p.Own)},
	}
}

func upTo(n int64) []int64 {
	out := make([]int64, n+1)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

// limits gives every limit in ticks: no quota, or one up to quota with a burst up to burst.
func limits(period, quota, burst int64) []Max {
	out := []Max{{Quota: NoQuota, Period: period * ms}}
	for q := int64(1); q <= quota; q++ {
		for b := int64(0); b <= min(q, burst); b++ {
			out = append(out, Max{Quota: q * ms, Period: period * ms, Burst: b * ms})
		}
	}
	return out
}

// podSystem is the system whose states are those of two groups; the names are the constants of bandwidth.bh.
func podSystem(period, cpus, quota, burst int64) model.System {
	return model.MustDefine(model.Definition[podded]{
		Name: "Bandwidth",
		Init: func(yield func(podded) bool) {
			for _, outer := range limits(period, quota, burst) {
				for _, inner := range limits(period, quota, burst) {
					for n := range period {
						if n > 0 && outer.Quota == NoQuota {
							continue
						}
						b, err := NewBandwidth([]LimitedGroup{{Max: outer, Passed: n * ms}, {Parent: pod, Max: inner}})
						if err != nil {
							panic(err)
						}
						if !yield(podded{Bandwidth: b}) {
							return
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[podded]{
			{Name: "Tick", Params: []string{"threads", "rest"}, Next: modelcheck.Call2(upTo(cpus), upTo(cpus), func(p *podded, threads, rest int64) error {
				return p.tick(cpus, period, threads, rest)
			})},
			{Name: "Watch", Next: model.Guarded(
				func(p podded) bool { return p.Span > 0 },
				func(p podded) podded { p.Span, p.Had = 0, 0; return p })},
		},
		Invariants: []model.Predicate[podded]{
			{Name: "Interval", Holds: func(p podded) bool {
				for _, g := range []Group{pod, app} {
					if m := p.Limit(g); m.Quota != NoQuota && m.MostIn(p.Span*ms).Int64() < p.Had*ms {
						return false
					}
				}
				return true
			}},
			{Name: "HoldsNoMore", Holds: func(p podded) bool {
				for _, g := range []Group{pod, app} {
					if m := p.Limit(g); m.Quota != NoQuota && p.Pool(g) > m.Quota+m.Burst {
						return false
					}
				}
				return true
			}},
		},
		Show: podded.bindings,
	})
}

func podPair(period, cpus, quota, burst int64) modelcheck.Pair {
	return modelcheck.Pair{Name: "bandwidth", System: podSystem(period, cpus, quota, burst), File: "bandwidth.bh", Constants: constants{
		"PERIOD": decimal(period), "CPUS": decimal(cpus), "QUOTA": decimal(quota), "BURST": decimal(burst),
	}}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// service is a Bandwidth of one group and the request that requests.bh serves by it.
type service struct {
	*Bandwidth
	Left, Since, Delay int64
}

func (s *service) tick(threads, gap int64) error {
	if s.Left > 0 {
		switch err := s.Run(pod, threads*ms); {
		case err != nil:
			s.Delay = min(s.Delay+1, gap)
		case s.Left == 1:
			s.Left, s.Delay = 0, 0
		default:
			s.Left--
		}
	}
	s.Since = min(s.Since+1, gap)
	return s.Advance(ms)
}

// serve is a service with the constants of requests.bh, in ticks.
type serve struct {
	period, quota, burst, threads, work, gap int64
	unlimited                                bool
}

func (r serve) constants() constants {
	return constants{
		"PERIOD": decimal(r.period), "QUOTA": decimal(r.quota), "BURST": decimal(r.burst), "LIMITED": strconv.FormatBool(!r.unlimited),
		"THREADS": decimal(r.threads), "WORK": decimal(r.work), "GAP": decimal(r.gap),
	}
}

func (r serve) pair() modelcheck.Pair {
	m := Max{Quota: r.quota * ms, Period: r.period * ms, Burst: r.burst * ms}
	if r.unlimited {
		m.Quota, m.Burst = NoQuota, 0
	}
	sys := model.MustDefine(model.Definition[service]{
		Name: "Requests",
		Init: func(yield func(service) bool) {
			// A pool begins with one quota, and with a burst when the group has done nothing for long enough.
			b, err := NewBandwidth([]LimitedGroup{{Max: m}})
			if err != nil {
				panic(err)
			}
			if err := b.Advance(100 * r.period * ms); err != nil {
				panic(err)
			}
			yield(service{Bandwidth: b, Since: r.gap})
		},
		Actions: []model.ActionOf[service]{
			{Name: "Arrive", Next: model.Guarded(
				func(s service) bool { return s.Left == 0 && s.Since == r.gap },
				func(s service) service { s.Left, s.Since, s.Delay = r.work, 0, 0; return s })},
			{Name: "Tick", Next: modelcheck.Call(func(s *service) error { return s.tick(r.threads, r.gap) })},
		},
		Show: func(s service) []model.Binding {
			pool := r.quota + r.burst // without a limit the model's pool stays full
			if !r.unlimited {
				pool = s.Pool(pod) / ms
			}
			return []model.Binding{
				{Name: "passed", Value: model.Int(s.Passed(pod) / ms)},
				{Name: "pool", Value: model.Int(pool)},
				{Name: "left", Value: model.Int(s.Left)},
				{Name: "since", Value: model.Int(s.Since)},
				{Name: "delay", Value: model.Int(s.Delay)},
			}
		},
	})
	return modelcheck.Pair{Name: "requests", System: sys, File: "requests.bh", Constants: r.constants()}
}
