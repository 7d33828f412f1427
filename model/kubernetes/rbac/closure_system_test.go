package rbac

import (
	"iter"
	"math/bits"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// duties are the powers by roles of closure.bh, as rules, for a role of some name.
var duties = []struct {
	name  string
	rules func(own string) []Rule
}{
	{"run", core("create", "pods")},
	{"exec", core("create", "pods/exec")},
	{"token", core("create", "serviceaccounts/token")},
	{"impersonate", core("impersonate", "serviceaccounts")},
	{"mint", func(string) []Rule {
		return []Rule{{Verbs: []string{"create", "get"}, APIGroups: []string{""}, Resources: []string{"secrets"}}}
	}},
	{"volumes", core("create", "persistentvolumes", "persistentvolumeclaims")},
	{"bind", func(string) []Rule {
		return []Rule{
			{Verbs: []string{"bind"}, APIGroups: []string{Group}, Resources: []string{"clusterroles"}, ResourceNames: []string{"cluster-admin"}},
			{Verbs: []string{"create"}, APIGroups: []string{Group}, Resources: []string{"clusterrolebindings"}},
		}
	}},
	{"rewrite", func(own string) []Rule {
		return []Rule{{Verbs: []string{"update", "escalate"}, APIGroups: []string{Group}, Resources: []string{"clusterroles"}, ResourceNames: []string{own}}}
	}},
}

func core(verb string, resources ...string) func(string) []Rule {
	return func(string) []Rule {
		return []Rule{{Verbs: []string{verb}, APIGroups: []string{""}, Resources: resources}}
	}
}

// situation is a state of closure.bh: sets by the places of their members.
type situation struct {
	Mine, Its         uint8
	Baseline, Running bool
	Held              uint8
}

const app = "app"

var (
	theUser    = User{Name: "user"}
	theAccount = ServiceAccount(app, "account")
	admin      = Role{Key: Key{"", "cluster-admin"}, Rules: everything}
)

// rising are the powers that can be held, by their places in the type Power of the model.
var rising = []struct {
	name  string
	power Power
}{
	{"as_account", Power{Kind: ActAs, Name: theAccount.Name}},
	{"secrets", Power{Kind: ReadSecrets, Namespace: app}},
	{"nodes", Power{Kind: Nodes}},
	{"user_bound", Power{Kind: Granted, Name: theUser.Name, Role: admin.Key}},
	{"account_bound", Power{Kind: Granted, Name: theAccount.Name, Role: admin.Key}},
	{"user_rewritten", Power{Kind: Rewritten, Role: Key{"", "of-user"}}},
	{"account_rewritten", Power{Kind: Rewritten, Role: Key{"", "of-account"}}},
	{"everything", Power{Kind: Everything}},
}

// world is the cluster of a situation, without what is held.
func (s situation) world() (*Cluster, Surroundings) {
	roles, bindings := []Role{admin}, []Binding(nil)
	for _, who := range []struct {
		name    string
		subject Subject
		has     uint8
	}{
		{"of-user", Subject{Kind: UserSubject, Name: theUser.Name}, s.Mine},
		{"of-account", Subject{Kind: ServiceAccountSubject, Namespace: app, Name: "account"}, s.Its},
	} {
		r := Role{Key: Key{"", who.name}}
		for i, d := range duties {
			if who.has&(1<<i) != 0 {
				r.Rules = append(r.Rules, d.rules(who.name)...)
			}
		}
		roles = append(roles, r)
		bindings = append(bindings, Binding{r.Key, r.Key, []Subject{who.subject}})
	}
	c, err := New(roles, bindings)
	if err != nil {
		panic(err)
	}
	here := Surroundings{ServiceAccounts: []Key{{app, "account"}}}
	if s.Running {
		here.Pods = []RunningPod{{Key: Key{app, "pod"}, ServiceAccount: "account", Node: "node"}}
	}
	if !s.Baseline {
		here.Privileged = []string{app}
	}
	return c, here
}

// next are the steps that lead to something new, by Next, in the order of How; see known.
func (s situation) next() []Step {
	c, here := s.world()
	held := []Power{{Kind: ActAs, Name: theUser.Name}}
	for i, r := range rising {
		if s.Held&(1<<i) != 0 {
			held = append(held, r.power)
		}
	}
	var out []Step
	for _, step := range Next(c, here, theUser, held) {
		same := func(o Step) bool { return o.How == step.How && o.Power == step.Power && o.Uses[0] == step.Uses[0] }
		if !slices.Contains(held, step.Power) && !slices.ContainsFunc(out, same) {
			out = append(out, step)
		}
	}
	return out
}

// known are the steps of situations.
var known sync.Map

func (s situation) steps() []Step {
	if steps, ok := known.Load(s); ok {
		return steps.([]Step)
	}
	steps := s.next()
	known.Store(s, steps)
	return steps
}

func place(p Power) int {
	for i, r := range rising {
		if r.power == p {
			return i
		}
	}
	panic("the model has no power " + p.String())
}

// action is the Next of the steps of one kind.
func action(how How, withPower bool) func(situation) iter.Seq2[model.Args, situation] {
	return func(s situation) iter.Seq2[model.Args, situation] {
		return func(yield func(model.Args, situation) bool) {
			for _, step := range s.steps() {
				if step.How != how {
					continue
				}
				var args model.Args
				if how != Takes {
					who := "user"
					if step.Uses[0].Name != theUser.Name {
						who = "account"
					}
					args = append(args, who)
				}
				to := place(step.Power)
				if withPower {
					args = append(args, rising[to].name)
				}
				next := s
				next.Held |= 1 << to
				if !yield(args, next) {
					return
				}
			}
		}
	}
}

// closureSystem is the system of closure.bh over Next.
func closureSystem(most int) model.System {
	names := func(of uint8, name func(int) string) model.Value {
		out := []string{}
		for i := range 8 {
			if of&(1<<i) != 0 {
				out = append(out, name(i))
			}
		}
		return modelcheck.Names(out)
	}
	def := model.Definition[situation]{
		Name: "Closure",
		Init: func(yield func(situation) bool) {
			for mine := range 256 {
				for _, its := range []uint8{0, 1 << 6, 1 << 7} {
					for flags := range 4 {
						s := situation{Mine: uint8(mine), Its: its, Baseline: flags&1 != 0, Running: flags&2 != 0}
						if bits.OnesCount(uint(mine)) <= most && !yield(s) {
							return
						}
					}
				}
			}
		},
		Terminal: func(s situation) bool {
			return !slices.ContainsFunc(s.steps(), func(step Step) bool { return step.Power.Kind != Granted && step.Power.Kind != Rewritten }) &&
				!slices.ContainsFunc(s.steps(), func(step Step) bool { return s.Held&(1<<7) == 0 })
		},
		Show: func(s situation) []model.Binding {
			duty := func(i int) string { return duties[i].name }
			return []model.Binding{
				{Name: "mine", Value: names(s.Mine, duty)},
				{Name: "its", Value: names(s.Its, duty)},
				{Name: "baseline", Value: model.Bool(s.Baseline)},
				{Name: "running", Value: model.Bool(s.Running)},
				{Name: "held", Value: names(s.Held, func(i int) string { return rising[i].name })},
			}
		},
	}
	for _, a := range []struct {
		how    How
		params []string
	}{
		{Binds, []string{"i"}},
		{Rewrites, []string{"i"}},
		{Impersonates, []string{"i", "p"}},
		{Requests, []string{"i"}},
		{Runs, []string{"i", "p"}},
		{Mounts, []string{"i"}},
		{Execs, []string{"i"}},
		{Reads, []string{"i"}},
		{Mints, []string{"i"}},
		{Proxies, []string{"i"}},
		{Certifies, []string{"i"}},
		{Webhooks, []string{"i"}},
		{Takes, nil},
	} {
		def.Actions = append(def.Actions, model.ActionOf[situation]{Name: string(a.how), Params: a.params, Next: action(a.how, len(a.params) == 2)})
	}
	return model.MustDefine(def)
}
