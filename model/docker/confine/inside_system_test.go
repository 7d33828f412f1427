package confine

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/capability"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// insider is a state of inside.bh: the facts of the container, and the process.
type insider struct {
	User                                                          capability.ID
	Privileged, Adds, Drops, NNP, Seccomp, AppArmor, Su, Tool, Op bool
	Runs, Exec, Given                                             bool
	Cred                                                          capability.Cred // with only what the model has of it
}

func (s insider) options() Options {
	o := Options{User: s.User, Privileged: s.Privileged, NoNewPrivileges: &s.NNP}
	if s.Adds {
		o.CapAdd = []string{"SYS_ADMIN"}
	}
	if s.Drops {
		o.CapDrop = []string{"ALL"}
	}
	if !s.Seccomp {
		o.Seccomp = Unconfined
	}
	if !s.AppArmor {
		o.AppArmor = Unconfined
	}
	return o
}

// container is the confinement with the process of the state.
func (s insider) container() (Confinement, error) {
	c, err := New(s.options(), Host{})
	if s.Runs {
		c.Cred = s.Cred
	}
	return c, err
}

var insideFiles = []struct {
	name string
	file capability.File
}{
	{"plain", capability.File{}},
	{"su", capability.File{SetUID: true}},
	{"tool", capability.File{Caps: &capability.FileCaps{Permitted: capability.Of(capability.SysAdmin), Effective: true}}},
}

func (s insider) has(program string) bool {
	return program == "plain" || program == "su" && s.Su || program == "tool" && s.Tool
}

// insideCaps shows what the model has of a set: setuid and sys_admin.
func insideCaps(s capability.Set) model.Value {
	var out []string
	if s.Has(capability.SetUID) {
		out = append(out, "setuid")
	}
	if s.Has(capability.SysAdmin) {
		out = append(out, "sys_admin")
	}
	return modelcheck.Names(out)
}

func (s insider) bindings() []model.Binding {
	image := []string{"plain"}
	for _, f := range insideFiles[1:] {
		if s.has(f.name) {
			image = append(image, f.name)
		}
	}
	return []model.Binding{
		{Name: "user", Value: modelcheck.Int(int(s.User))},
		{Name: "privileged", Value: model.Bool(s.Privileged)},
		{Name: "adds", Value: model.Bool(s.Adds)},
		{Name: "drops", Value: model.Bool(s.Drops)},
		{Name: "nnp", Value: model.Bool(s.NNP)},
		{Name: "seccomp", Value: model.Bool(s.Seccomp)},
		{Name: "apparmor", Value: model.Bool(s.AppArmor)},
		{Name: "image", Value: modelcheck.Names(image)},
		{Name: "operator", Value: model.Bool(s.Op)},
		{Name: "runs", Value: model.Bool(s.Runs)},
		{Name: "uid", Value: modelcheck.Int(int(s.Cred.UID))},
		{Name: "euid", Value: modelcheck.Int(int(s.Cred.EUID))},
		{Name: "bounding", Value: insideCaps(s.Cred.Bounding)},
		{Name: "permitted", Value: insideCaps(s.Cred.Permitted)},
		{Name: "effective", Value: insideCaps(s.Cred.Effective)},
		{Name: "exec", Value: model.Bool(s.Exec)},
		{Name: "given", Value: model.Bool(s.Given)},
	}
}

// insideSystem is the system of inside.bh over New, DockerExec and capability.Cred.
func insideSystem() model.System {
	users := []capability.ID{0, 1}
	run := func(do func(insider) (capability.Cred, error)) func(insider) (insider, bool) {
		return func(s insider) (insider, bool) {
			if !s.Runs {
				return s, false
			}
			cred, err := do(s)
			s.Cred = cred
			return s, err == nil
		}
	}
	return model.MustDefine(model.Definition[insider]{
		Name: "Inside",
		Init: func(yield func(insider) bool) {
			for i := range 1 << 10 {
				bit := func(n int) bool { return i>>n&1 != 0 }
				s := insider{
					User: capability.ID(i & 1), Privileged: bit(1), Adds: bit(2), Drops: bit(3), NNP: bit(4), Seccomp: bit(5),
					AppArmor: bit(6), Su: bit(7), Tool: bit(8), Op: bit(9),
				}
				if !yield(s) {
					return
				}
			}
		},
		Actions: []model.ActionOf[insider]{
			{Name: "Start", Next: modelcheck.Call(func(s *insider) error {
				if s.Runs {
					return errNo
				}
				c, err := s.container()
				s.Runs, s.Cred = true, c.Cred
				return err
			})},
			{Name: "Exec", Params: []string{"p"}, Next: func(s insider) iter.Seq2[model.Args, insider] {
				return func(yield func(model.Args, insider) bool) {
					for _, f := range insideFiles {
						next, ok := run(func(s insider) (capability.Cred, error) {
							return s.Cred.Exec(f.file, false, capability.Rules{})
						})(s)
						if ok && s.has(f.name) && !yield(model.Args{f.name}, next) {
							return
						}
					}
				}
			}},
			{Name: "Become", Params: []string{"u"}, Next: model.Over(users, func(s insider, u capability.ID) (insider, bool) {
				return run(func(s insider) (capability.Cred, error) { return s.Cred.Setresuid(u, u, u) })(s)
			})},
			{Name: "Drop", Params: []string{"c"}, Next: func(s insider) iter.Seq2[model.Args, insider] {
				return func(yield func(model.Args, insider) bool) {
					for _, k := range []capability.Cap{capability.SetUID, capability.SysAdmin} {
						next, ok := run(func(s insider) (capability.Cred, error) {
							less := s.Cred.Permitted &^ capability.Of(k)
							return s.Cred.Capset(s.Cred.Effective&less, less, 0)
						})(s)
						if ok && s.Cred.Permitted.Has(k) && !yield(model.Args{insideCaps(capability.Of(k)).Elems[0].Value}, next) {
							return
						}
					}
				}
			}},
			{Name: "DockerExec", Params: []string{"u", "all"}, Next: modelcheck.Call2(users, []bool{false, true},
				func(s *insider, u capability.ID, all bool) error {
					if !s.Runs || !s.Op {
						return errNo
					}
					c, err := s.container()
					s.Exec, s.Given = true, all
					s.Cred = c.DockerExec(ExecOptions{User: u, Privileged: all}).Cred
					return err
				})},
		},
		Invariants: []model.Predicate[insider]{{Name: "CanMount", Holds: func(s insider) bool {
			c, err := s.container()
			if err != nil || c.MayCall(seccomp.Call{Name: "mount"}) != NoWall {
				return err == nil
			}
			// What the model's can_mount says, of the options.
			contained := s.Privileged || s.Adds
			if !s.Privileged && s.AppArmor {
				return false
			}
			if s.Op {
				return !s.Seccomp || contained
			}
			return contained && (s.User == 0 || !s.NNP && (s.Su || s.Tool))
		}}},
		Show: insider.bindings,
	})
}
