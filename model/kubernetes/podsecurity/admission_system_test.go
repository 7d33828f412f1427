package podsecurity

import (
	"errors"
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// guarded is a state of admission.bh.
type guarded struct {
	Enforce, Warn Level
	Pods          [2]held
	Template      Level // and one more; 0 is none
	Warned        bool
	Gone          bool
	exempt        bool // the controller
}

// held is a pod as the model knows it, and what was enforced when it was made or changed last, and whether an exempt user did it.
type held struct {
	There    bool
	Level    Level
	Image    int8
	Admitted Level
	Exempt   bool
}

const (
	space      = "ns"
	controller = "system:serviceaccount:kube-system:replicaset-controller"
)

var (
	levels = []Level{PrivilegedLevel, BaselineLevel, RestrictedLevel}
	users  = []string{"developer", "operator"}
)

// specimen is a pod whose strictest level is l.
func specimen(l Level) Pod {
	p := Pod{Containers: []Container{{Name: "main", Image: "0"}}}
	switch l {
	case RestrictedLevel:
		p.Security = Security{RunAsNonRoot: ptr(true), Seccomp: ptr("RuntimeDefault")}
		p.Containers[0].Drop, p.Containers[0].AllowPrivilegeEscalation = []string{"ALL"}, ptr(false)
	case PrivilegedLevel:
		p.Containers[0].Privileged = true
	}
	return p
}

func nameOf(s int) string { return "pod" + strconv.Itoa(s) }

// admission is the state as an Admission.
func (g *guarded) admission() *Admission {
	exempt := []string{"operator"}
	if g.exempt {
		exempt = append(exempt, controller)
	}
	a := NewAdmission(Config{Users: exempt})
	if g.Gone {
		return a
	}
	ns := &namespace{labels: labelsOf(g.Enforce, g.Warn), pods: map[string]*Pod{}}
	for i, h := range g.Pods {
		if h.There {
			p := specimen(h.Level)
			p.Containers[0].Image = strconv.Itoa(int(h.Image))
			ns.pods[nameOf(i+1)] = &p
		}
	}
	a.namespaces[space] = ns
	return a
}

func labelsOf(enforce, warn Level) map[string]string {
	return map[string]string{
		EnforceLabel: enforce.String(), EnforceVersionLabel: "latest", WarnLabel: warn.String(), WarnVersionLabel: "latest",
	}
}

// settle takes over a pod after a request of a user that was allowed, and whether there was a warning.
func (g *guarded) settle(a *Admission, s int, user string, r Response, err error) error {
	if err != nil {
		return err
	}
	p, ok := a.Pod(space, nameOf(s))
	g.Pods[s-1] = held{There: ok, Level: LevelOf(Latest, &p), Image: int8(p.Containers[0].Image[0] - '0'), Admitted: g.Enforce, Exempt: user == "operator"}
	g.Warned = len(r.Warning) > 0
	return nil
}

var errSame = errors.New("nothing changes")

func (g *guarded) label(enforce, warn Level) error {
	if enforce == g.Enforce && warn == g.Warn {
		return errSame
	}
	r, err := g.admission().SetLabels(space, labelsOf(enforce, warn))
	if err == nil {
		g.Enforce, g.Warn, g.Warned = enforce, warn, len(r.Existing) > 0
	}
	return err
}

func (g *guarded) create(s int, user string, l Level) error {
	a := g.admission()
	r, err := a.CreatePod(user, space, nameOf(s), specimen(l))
	return g.settle(a, s, user, r, err)
}

func (g *guarded) setImage(s int, user string) error {
	if g.Pods[s-1].Image == 1 {
		return errSame
	}
	a := g.admission()
	r, err := a.SetImage(user, space, nameOf(s), "main", "1")
	return g.settle(a, s, user, r, err)
}

func (g *guarded) debug(s int, user string, l Level) error {
	if h := g.Pods[s-1]; h.Level <= l {
		return errSame
	}
	a := g.admission()
	c := specimen(l).Containers[0]
	c.Name = "debug"
	r, err := a.Debug(user, space, nameOf(s), c)
	return g.settle(a, s, user, r, err)
}

func (g *guarded) remove(s int) error {
	if err := g.admission().DeletePod(space, nameOf(s)); err != nil {
		return err
	}
	g.Pods[s-1], g.Warned = held{}, false
	return nil
}

func (g *guarded) deploy(l Level) error {
	if g.Template == l+1 {
		return errSame
	}
	r, err := g.admission().Template("developer", space, specimen(l))
	if err == nil {
		g.Template, g.Warned = l+1, len(r.Warning) > 0
	}
	return err
}

func (g *guarded) replicate(s int) error {
	if g.Template == 0 {
		return errSame
	}
	a := g.admission()
	r, err := a.CreatePod(controller, space, nameOf(s), specimen(g.Template-1))
	return g.settle(a, s, controller, r, err)
}

func (g *guarded) deleteNamespace() error {
	a := g.admission()
	if err := a.DeleteNamespace(space); err != nil {
		return err
	}
	*g = guarded{Gone: true, exempt: g.exempt}
	return nil
}

func (g guarded) bindings(pods int) []model.Binding {
	template := modelcheck.None()
	if g.Template > 0 {
		template = modelcheck.Some(modelcheck.Text(g.Template - 1))
	}
	return []model.Binding{
		{Name: "enforce", Value: modelcheck.Text(g.Enforce)},
		{Name: "warn", Value: modelcheck.Text(g.Warn)},
		{Name: "pod", Value: modelcheck.Map(1, pods, func(s int) model.Value {
			h := g.Pods[s-1]
			if !h.There {
				return modelcheck.None()
			}
			return modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
				{Key: "level", Value: modelcheck.Text(h.Level)},
				{Key: "image", Value: modelcheck.Int(int(h.Image))},
				{Key: "admitted", Value: modelcheck.Text(h.Admitted)},
				{Key: "exempt", Value: model.Bool(h.Exempt)},
			}})
		})},
		{Name: "template", Value: template},
		{Name: "warned", Value: model.Bool(g.Warned)},
		{Name: "gone", Value: model.Bool(g.Gone)},
	}
}

// triples gives the Next of an action with three parameters, of which the model has users and levels.
func triples(pods int, step func(*guarded, int, string, Level) error) func(guarded) iter.Seq2[model.Args, guarded] {
	type pair struct {
		user  string
		level Level
	}
	var pairs []pair
	for _, u := range users {
		for _, l := range levels {
			pairs = append(pairs, pair{u, l})
		}
	}
	next := modelcheck.Call2(modelcheck.Numbers[int](pods), pairs, func(g *guarded, s int, p pair) error { return step(g, s, p.user, p.level) })
	return func(g guarded) iter.Seq2[model.Args, guarded] {
		return func(yield func(model.Args, guarded) bool) {
			for args, to := range next(g) {
				p := args[1].(pair)
				if !yield(model.Args{args[0], p.user, p.level}, to) {
					return
				}
			}
		}
	}
}

// admissionSystem is the system of admission.bh over Admission.
func admissionSystem(pods int, controllerExempt bool) model.System {
	slots := modelcheck.Numbers[int](pods)
	return model.MustDefine(model.Definition[guarded]{
		Name: "Admission",
		Init: func(yield func(guarded) bool) {
			yield(guarded{exempt: controllerExempt})
		},
		Actions: []model.ActionOf[guarded]{
			{Name: "Label", Params: []string{"e", "w"}, Next: modelcheck.Call2(levels, levels, (*guarded).label)},
			{Name: "Create", Params: []string{"s", "u", "l"}, Next: triples(pods, (*guarded).create)},
			{Name: "SetImage", Params: []string{"s", "u"}, Next: modelcheck.Call2(slots, users, (*guarded).setImage)},
			{Name: "Debug", Params: []string{"s", "u", "l"}, Next: triples(pods, (*guarded).debug)},
			{Name: "Delete", Params: []string{"s"}, Next: modelcheck.Call1(slots, (*guarded).remove)},
			{Name: "Deploy", Params: []string{"l"}, Next: modelcheck.Call1(levels, (*guarded).deploy)},
			{Name: "Replicate", Params: []string{"s"}, Next: modelcheck.Call1(slots, (*guarded).replicate)},
			{Name: "DeleteNamespace", Next: modelcheck.Call((*guarded).deleteNamespace)},
		},
		Terminal: func(g guarded) bool { return g.Gone },
		Show:     func(g guarded) []model.Binding { return g.bindings(pods) },
	})
}
