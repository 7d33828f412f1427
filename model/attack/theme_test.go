package attack

import (
	"iter"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// theme is one of the models and what it is about: the facts that it leaves open, those that it takes as given, and the rules.
type theme struct {
	file     string
	rules    string // with spaces between
	open     Set
	given    Set
	flaws    Set // which it leaves open, as a variable
	programs []installed
	budget   int // shown with what is used, where flaws are a variable
}

// installed is a variable of a model that holds a release: its name, the constant that lists them, and the releases in the
// order of their type, as the model names them.
type installed struct {
	variable, constant string
	program            Program
	releases           string
}

const (
	runcReleases = "v1_0_rc2 v1_0_rc3 v1_0_rc6 v1_0_rc7 v1_0_rc92 v1_0_rc93 v1_0_rc94 v1_0_rc95 v1_1_11 v1_1_12 v1_2_7 v1_2_8 " +
		"v1_3_2 v1_3_3 v1_4_rc2 v1_4_rc3"
	dockerReleases     = "v18_06_1 v18_09_6 v18_09_7 v19_03_0 v19_03_1"
	containerdReleases = "v1_3_8 v1_3_9 v1_4_2 v1_4_3"
	toolkitReleases    = "v1_17_7 v1_17_8"
	linuxReleases      = "v2_6_21 v2_6_22 v4_4_25 v4_4_26 v4_7_8 v4_7_9 v4_8_2 v4_8_3 v4_9_rc1 v4_9_rc2 v4_9_300 v4_9_301 v4_14_265 v4_14_266 " +
		"v4_19_228 v4_19_229 v5_0_21 v5_1 v5_4_172 v5_4_173 v5_4_176 v5_4_177 v5_7_19 v5_8 v5_10_92 v5_10_93 v5_10_96 v5_10_97 " +
		"v5_10_101 v5_10_102 v5_15_15 v5_15_16 v5_15_19 v5_15_20 v5_15_24 v5_15_25 v5_16_1 v5_16_2 v5_16_5 v5_16_6 v5_16_10 " +
		"v5_16_11 v5_17_rc2 v5_17_rc3 v5_17_rc5 v5_17_rc6"
)

var themes = []theme{
	{
		file: "socket.bh", rules: "BecomeRoot OpenSocket OpenSocketInGroup CreateContainer StartContainer EnterHost",
		open: NewSet(AsRoot, SetuidProgram, NewPrivileges, Rootful, NotRemapped, SocketMounted, SocketGroup, NoAuthz),
	},
	{
		file: "device.bh", rules: "FindNode MakeNode OpenDevice ReadDevice WriteDevice",
		open: NewSet(AsRoot, HostUsers, PrivilegedFlag, CapMknod, DeviceGiven, DeviceRule),
	},
	{
		file: "upcall.bh", rules: "WriteCorePattern MountProc WriteCorePatternThere Crash MountCgroup SetAgent EmptyCgroup Unshare MountInside SetAgentUnchecked",
		open: NewSet(AsRoot, HostUsers, PrivilegedFlag, CapSysAdmin, SeccompOff, AppArmorOff, SELinuxOff, ProcSysWritable,
			CgroupV1, UsernsAllowed),
		programs: []installed{{"linux", "LINUX", Linux, "v5_16_5"}},
	},
	{
		file: "files.bh", rules: "OpenByHandle ReadByHandle WriteByHandle ReadMount WriteMount MountOver RunFromMount",
		open: NewSet(AsRoot, HostUsers, PrivilegedFlag, CapSysAdmin, CapDacReadSearch, AppArmorOff, SELinuxOff, SharedPropagation,
			SharesFilesystem, SensitiveMount, MountWritable),
	},
	{
		file: "process.bh", rules: "Attach Inject ReadThroughProc ReachShim StartByShim",
		open:     NewSet(AsRoot, HostUsers, PrivilegedFlag, CapSysPtrace, AppArmorOff, HostPID, HostNet, WeakHostProcess),
		programs: []installed{{"containerd", "CONTAINERD", Containerd, containerdReleases}},
	},
	{
		file: "runc.bh", rules: "EnterContainer OpenRunc OverwriteRunc RunAgain StartInLeakedDir ReadHostDir WriteHostDir",
		open:     NewSet(AsRoot, HostUsers, SELinuxOff, BinaryWritable, ForeignImage, OperatorExecs),
		programs: []installed{{"runc", "RUNC", Runc, "v1_0_rc6 v1_0_rc7 v1_0_rc92 v1_0_rc93 v1_1_11 v1_1_12"}},
	},
	{
		file: "mounts.bh",
		rules: "SwapDestination MountOutside ReadInside WriteInside WriteProfileInside EnterHost PlaceLink MaskOver BindConsole " +
			"WriteExposed RedirectWrite LoseLabel Crash",
		open:     NewSet(AsRoot, HostUsers, Rootful, NotRemapped, NoCustomLSM, SharedVolume, ForeignImage),
		programs: []installed{{"runc", "RUNC", Runc, "v1_0_rc2 v1_2_8"}},
	},
	{
		file: "helpers.bh",
		rules: "PlantLibrary ReplaceLibrary CopyWithLibrary ResolvePath SwapPath ReadOutside WriteOutside WriteProfileOutside " +
			"StartWithGPU LoadFromImage EnterHost",
		open: NewSet(AsRoot, Rootful, GPU, ForeignImage, OperatorCopies, CopiesUnpaused, CompatHook),
		programs: []installed{
			{"docker", "DOCKER", Docker, "v18_09_6 v19_03_0 v19_03_1"}, {"toolkit", "TOOLKIT", Toolkit, toolkitReleases},
		},
	},
	{
		file: "kernel.bh",
		rules: "Unshare ConfigureFs ConfigureFsDirectly LoadModule TakeHost TakeOthers RaceCopyOnWrite SplicePipe RunCached " +
			"OthersRunCached",
		open:     NewSet(AsRoot, HostUsers, PrivilegedFlag, CapSysAdmin, CapSysModule, SeccompOff, UsernsAllowed),
		programs: []installed{{"linux", "LINUX", Linux, "v4_8_2 v5_4_172 v5_16_11"}},
	},
	{
		file:  "cluster.bh",
		rules: "ReadToken CreatePod RunPod MountSecrets AskMetadata AskMetadataAsHost AskHost AskLoopback",
		open: NewSet(HostNet, TokenMounted, CreatesPods, NoPodSecurity, Bridged, HostService, NoInputRule, MetadataService,
			NoEgressPolicy),
	},
	{
		file: "chain.bh",
		rules: "OpenSocket CreateContainer StartContainer EnterHost StartInLeakedDir WriteProfile WriteHostDir UnshareOutside " +
			"ConfigureFsOutside Unshare ConfigureFs TakeHost RaceCopyOnWrite RunCached",
		open:  NewSet(HostUsers, Rootful, NotRemapped, SeccompOff, SocketMounted, UsernsAllowed, ForeignImage),
		given: NewSet(AsRoot, NoAuthz), flaws: NewSet(CVE2024_21626, CVE2016_5195, CVE2022_0185), budget: 2,
	},
}

// book has the rules of the theme.
func (th theme) book() *Book {
	b, err := Rules().Only(strings.Fields(th.rules)...)
	if err != nil {
		panic(err)
	}
	return b
}

// named gives the release that a model names.
func named(name string) Release {
	return MustRelease(strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(name, "v"), "_", "."), ".rc", "-rc"))
}

// place is a position in a model: the releases as indexes into those of its variables.
type place struct {
	At        Position
	Installed [2]uint8
}

// system is the theme as a system of its own, over the implementation.
func (th theme) system() model.System {
	b := th.book()
	actions := []model.ActionOf[place]{{Name: "Work", Next: modelcheck.Call(func(*place) error { return nil })}}
	for _, r := range b.Rules() {
		actions = append(actions, model.ActionOf[place]{
			Name: r.Name,
			Next: modelcheck.Call(func(p *place) error { return b.Take(&p.At, r.Name) }),
		})
	}
	return model.MustDefine(model.Definition[place]{
		Name: th.file, Init: th.begin(), Actions: actions, AllowDeadlock: true, Show: th.show,
	})
}

// begin gives the initial places: all facts that are open, and all releases.
func (th theme) begin() iter.Seq[place] {
	return func(yield func(place) bool) {
		for facts := range subsets(th.open | th.flaws) {
			for _, at := range th.choices() {
				p := place{Installed: at}
				for i, variable := range th.programs {
					facts |= FlawsOf(variable.program, named(strings.Fields(variable.releases)[at[i]]))
				}
				budget := NoLimit
				if th.flaws != 0 {
					budget = th.budget
				}
				p.At = Begin(facts|th.given, budget)
				if !yield(p) {
					return
				}
				facts &= th.open | th.flaws
			}
		}
	}
}

func (th theme) choices() [][2]uint8 {
	out := [][2]uint8{{}}
	for i, variable := range th.programs {
		var more [][2]uint8
		for _, c := range out {
			for r := range strings.Fields(variable.releases) {
				c[i] = uint8(r)
				more = append(more, c)
			}
		}
		out = more
	}
	return out
}

func (th theme) show(p place) []model.Binding {
	out := []model.Binding{{Name: "facts", Value: factsShown(p.At.Facts & th.open)}}
	if th.flaws != 0 {
		out = append(out, model.Binding{Name: "flaws", Value: factsShown(p.At.Facts & th.flaws)})
	}
	for i, variable := range th.programs {
		out = append(out, model.Binding{Name: variable.variable, Value: model.Text(strings.Fields(variable.releases)[p.Installed[i]])})
	}
	var holds []string
	for _, power := range p.At.Holds.Powers() {
		holds = append(holds, power.String())
	}
	out = append(out, model.Binding{Name: "holds", Value: modelcheck.Names(holds)})
	if th.flaws != 0 {
		out = append(out, model.Binding{Name: "used", Value: factsShown(p.At.Used)})
	}
	return out
}

func factsShown(s Set) model.Value {
	var names []string
	for f := range s.Facts() {
		names = append(names, f.String())
	}
	return modelcheck.Names(names)
}

// subsets gives all subsets of a set.
func subsets(s Set) iter.Seq[Set] {
	return func(yield func(Set) bool) {
		for sub := Set(0); ; sub = (sub - s) & s {
			if !yield(sub) || sub == s {
				return
			}
		}
	}
}

// with is the theme with other releases of its first program.
func (th theme) with(releases string) theme {
	th.programs = slices.Clone(th.programs)
	th.programs[0].releases = releases
	return th
}

// spend is the theme with another budget.
func (th theme) spend(budget int) theme {
	th.budget = budget
	return th
}

// of gives the theme of a model.
func of(file string) theme {
	return themes[slices.IndexFunc(themes, func(th theme) bool { return th.file == file })]
}
