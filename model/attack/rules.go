package attack

// Rules is the book of what is known of containers, the rows CT-1 to CT-23 of the table of failures. Privileged containers
// and those with a capability have the system calls that Docker's profile of seccomp gives with it.
//
// Sources: of the vulnerabilities, the advisories that FlawOf names; of confinement, Moby's pkg/oci/defaults.go and caps, its
// profiles seccomp v0.3.0 and apparmor v0.1.0, and daemon/oci_linux.go; capabilities(7), user_namespaces(7),
// mount_namespaces(7), core(5), ptrace(2); Kubernetes, "RBAC Good Practices", "Pod Security Standards", "Network Policies".
func Rules() *Book { return defaults }

var defaults = mustBook(rules)

func mustBook(rules []Rule) *Book {
	b, err := NewBook(rules)
	if err != nil {
		panic("attack: " + err.Error())
	}
	return b
}

// What stands in many rules: no user namespace, and the two LSMs of distributions, which --privileged turns off.
var (
	hostUsers = NewSet(HostUsers)
	noArmor   = NewSet(AppArmorOff, PrivilegedFlag)
	noSELinux = NewSet(SELinuxOff, PrivilegedFlag)
	sysAdmin  = NewSet(CapSysAdmin, PrivilegedFlag)
	unshares  = NewSet(SeccompOff, CapSysAdmin, PrivilegedFlag) // the profile lets unshare, mount and fsopen through
	inDev     = NewSet(ForeignImage, SharedVolume)              // the principal has a hand in what runc finds in /dev
)

var (
	code = NewPowers(Code)
	uid0 = NewPowers(UID0)
)

var rules = []Rule{
	{"BecomeRoot", "", Principal, code, []Set{NewSet(SetuidProgram), NewSet(NewPrivileges)}, 0, UID0, "runs a program that is setuid root"},

	// CT-1. The socket is root's and the group docker's, mode 0660: a remapped uid 0 is neither. Mounted read-only it can be
	// connected to all the same. The plugin is one that refuses privileged containers and mounts of the host.
	{"OpenSocket", "CT-1", Principal, uid0, []Set{NewSet(SocketMounted), NewSet(NotRemapped)}, 0, API, "connects to the engine"},
	{"OpenSocketInGroup", "CT-1", Principal, code, []Set{NewSet(SocketMounted), NewSet(SocketGroup)}, 0, API, "connects to the engine, as one of the group"},
	{"CreateContainer", "CT-1", Principal, NewPowers(API), []Set{NewSet(NoAuthz)}, 0, Created, "asks for a privileged container with / mounted"},
	{"StartContainer", "CT-1", Principal, NewPowers(Created), nil, 0, Engine, "starts it: it is whom the engine runs as"},
	{"EnterHost", "CT-1", Principal, NewPowers(Engine), []Set{NewSet(Rootful)}, 0, HostRoot, "and that is root"},

	// CT-12. The shim looks whether the peer has its uid. An abstract socket is of the network namespace.
	{"ReachShim", "CT-12", Principal, uid0, []Set{NewSet(HostNet), hostUsers}, CVE2020_15257, Shim, "connects to the shim of a container"},
	{"StartByShim", "CT-12", Principal, NewPowers(Shim), nil, 0, HostRoot, "has the shim start a process of root's"},

	// CT-2, CT-8. mknod(2) asks for CAP_MKNOD in the initial user namespace; open(2) asks the device cgroup and the node's mode.
	{"FindNode", "CT-8", Principal, uid0, []Set{NewSet(PrivilegedFlag, DeviceGiven)}, 0, Node, "finds the host's disk in /dev"},
	{"MakeNode", "CT-8", Principal, uid0, []Set{NewSet(CapMknod, PrivilegedFlag), hostUsers}, 0, Node, "makes a node of the host's disk"},
	{"OpenDevice", "CT-8", Principal, NewPowers(Node), []Set{NewSet(PrivilegedFlag, DeviceGiven, DeviceRule), hostUsers}, 0, Device, "opens the disk"},
	{"ReadDevice", "CT-8", Principal, NewPowers(Device), nil, 0, HostRead, "reads files from it"},
	{"WriteDevice", "CT-8", Principal, NewPowers(Device), nil, 0, HostWrite, "writes files on it"},

	// CT-2, CT-7. core(5): the kernel runs the program as root, in the initial namespaces. uevent_helper and modprobe are alike.
	{"WriteCorePattern", "CT-7", Principal, uid0, []Set{NewSet(ProcSysWritable, PrivilegedFlag), hostUsers, noArmor}, 0, CorePattern, "writes core_pattern"},
	{"MountProc", "CT-7", Principal, uid0, []Set{sysAdmin, hostUsers, noArmor, noSELinux}, 0, ProcMount, "mounts a /proc of its own, in which nothing is read-only"},
	{"WriteCorePatternThere", "CT-7", Principal, NewPowers(ProcMount), nil, 0, CorePattern, "writes core_pattern there"},
	{"Crash", "CT-7", HostItself, NewPowers(CorePattern), nil, 0, HostRoot, "a process crashes, and the kernel runs the program"},

	// CT-3, CT-4.
	{"MountCgroup", "CT-3", Principal, uid0, []Set{sysAdmin, hostUsers, noArmor, noSELinux, NewSet(CgroupV1)}, 0, CgroupMount, "mounts a hierarchy of cgroup v1"},
	{"SetAgent", "CT-3", Principal, NewPowers(CgroupMount), nil, 0, ReleaseAgent, "names a program as its release agent"},
	{"EmptyCgroup", "CT-3", HostItself, NewPowers(ReleaseAgent), nil, 0, HostRoot, "a cgroup is empty, and the kernel runs the agent"},
	{"Unshare", "CT-4", Principal, code, []Set{unshares, NewSet(UsernsAllowed)}, 0, OwnUserns, "makes a user namespace, in which it has every capability"},
	{"MountInside", "CT-4", Principal, NewPowers(OwnUserns), []Set{noArmor, noSELinux, NewSet(CgroupV1)}, 0, InnerMount, "mounts a hierarchy of cgroup v1 in it"},
	{"SetAgentUnchecked", "CT-4", Principal, NewPowers(UID0, InnerMount), []Set{hostUsers}, CVE2022_0492, ReleaseAgent, "names a release agent, and nobody asks for capabilities"},

	// CT-5. open_by_handle_at(2) asks for the capability in the initial user namespace. It finds what is on the file system of
	// the mount that is given, and uid 0 may write what is root's.
	{"OpenByHandle", "CT-5", Principal, uid0, []Set{NewSet(CapDacReadSearch, PrivilegedFlag), hostUsers, NewSet(SharesFilesystem)}, 0, HostHandle, "opens the root of the file system that a mount is from"},
	{"ReadByHandle", "CT-5", Principal, NewPowers(HostHandle), nil, 0, HostRead, "reads files of the host"},
	{"WriteByHandle", "CT-5", Principal, NewPowers(HostHandle), nil, 0, HostWrite, "writes files of the host"},

	// CT-6. ptrace(2): CAP_SYS_PTRACE, or the same uid and no capability that the tracer lacks.
	{"Attach", "CT-6", Principal, uid0, []Set{NewSet(HostPID), NewSet(CapSysPtrace, WeakHostProcess, PrivilegedFlag), noArmor, hostUsers}, 0, HostProcess, "attaches to a process of the host's root"},
	{"Inject", "CT-6", Principal, NewPowers(HostProcess), nil, 0, HostRoot, "has it run code"},
	{"ReadThroughProc", "CT-6", Principal, NewPowers(HostProcess), nil, 0, HostRead, "reads files through /proc/PID/root"},

	// The CIS Docker Benchmark, 5.6. Without a row: that is what the mount is there for.
	{"ReadMount", "", Principal, code, []Set{NewSet(SensitiveMount)}, 0, HostRead, "reads files of the host that are mounted"},
	{"WriteMount", "", Principal, uid0, []Set{NewSet(SensitiveMount), NewSet(MountWritable), hostUsers}, 0, HostWrite, "writes files of the host that are mounted"},

	// CT-21. mount_namespaces(7): a mount namespace of another user namespace gets shared mounts as slaves.
	{"MountOver", "CT-21", Principal, uid0, []Set{NewSet(SharedPropagation), sysAdmin, noArmor, noSELinux, hostUsers}, 0, HostMount, "mounts over a path, and the mount appears on the host"},
	{"RunFromMount", "CT-21", HostItself, NewPowers(HostMount), nil, 0, HostRoot, "root runs a program from that path"},

	// CT-9.
	{"EnterContainer", "CT-9", Operator, code, []Set{NewSet(ForeignImage, OperatorExecs)}, 0, RuncInside, "starts a process in the container: runc is inside for a moment"},
	{"OpenRunc", "CT-9", Principal, NewPowers(UID0, RuncInside), nil, CVE2019_5736, RuncHandle, "has runc run itself, and keeps its binary open"},
	{"OverwriteRunc", "CT-9", Principal, NewPowers(RuncHandle), []Set{hostUsers, NewSet(BinaryWritable), NewSet(SELinuxOff)}, 0, RuncOverwritten, "opens it for writing, once it runs no more"},
	{"RunAgain", "CT-9", Operator, NewPowers(RuncOverwritten), nil, 0, HostRoot, "runs runc again"},

	// CT-14.
	{"StartInLeakedDir", "CT-14", Operator, code, []Set{NewSet(ForeignImage, OperatorExecs)}, CVE2024_21626, HostDir, "starts a process whose working directory is a descriptor that runc left open"},
	{"ReadHostDir", "CT-14", Principal, NewPowers(HostDir), nil, 0, HostRead, "reads the host's files from there"},
	{"WriteHostDir", "CT-14", Principal, NewPowers(UID0, HostDir), []Set{hostUsers}, 0, HostWrite, "writes the host's files from there"},
	{"WriteProfile", "CT-14", Principal, NewPowers(UID0, HostDir), []Set{NewSet(NotRemapped)}, 0, Engine, "writes a file that the engine's user runs at login"},

	// CT-13.
	{"SwapDestination", "CT-13", Principal, code, []Set{NewSet(SharedVolume)}, 0, MountSwapped, "exchanges the destination of a mount for a link"},
	{"MountOutside", "CT-13", HostItself, NewPowers(MountSwapped), nil, CVE2021_30465, HostInside, "runc follows the link, and a directory of the host is in the container"},
	{"ReadInside", "CT-13", Principal, NewPowers(HostInside), nil, 0, HostRead, "reads files of the host"},
	{"WriteInside", "CT-13", Principal, NewPowers(UID0, HostInside), []Set{hostUsers}, 0, HostWrite, "writes files of the host"},
	{"WriteProfileInside", "CT-13", Principal, NewPowers(UID0, HostInside), []Set{NewSet(NotRemapped)}, 0, Engine, "writes a file that the engine's user runs at login"},

	// CT-15, CT-16, CT-17. A label that is not applied gives no more than a redirected write does.
	{"PlaceLink", "CT-15", Principal, code, []Set{inDev}, 0, LinkPlaced, "places a link where runc is about to work"},
	{"MaskOver", "CT-15", HostItself, NewPowers(LinkPlaced), nil, CVE2025_31133, SettingExposed, "runc masks a path with what the link leads to"},
	{"BindConsole", "CT-16", HostItself, NewPowers(LinkPlaced), nil, CVE2025_52565, SettingExposed, "runc binds what the link leads to to /dev/console"},
	{"WriteExposed", "CT-15", Principal, NewPowers(UID0, SettingExposed), []Set{hostUsers, NewSet(NoCustomLSM)}, 0, CorePattern, "writes core_pattern there"},
	{"RedirectWrite", "CT-17", HostItself, NewPowers(LinkPlaced), []Set{NewSet(Rootful)}, CVE2025_52881, CorePattern, "runc, setting something else, writes core_pattern"},
	{"LoseLabel", "CT-17", HostItself, NewPowers(LinkPlaced), nil, CVE2025_52881, LabelLost, "runc, setting a label, writes to a file without meaning"},

	// CT-10, CT-11, CT-20.
	{"PlantLibrary", "CT-10", Principal, code, []Set{NewSet(ForeignImage)}, 0, Library, "brings a library in its image"},
	{"ReplaceLibrary", "CT-10", Principal, uid0, nil, 0, Library, "replaces a library"},
	{"CopyWithLibrary", "CT-10", Operator, NewPowers(Library), []Set{NewSet(OperatorCopies)}, CVE2019_14271, Engine, "copies, and docker-tar loads the library"},
	{"ResolvePath", "CT-11", Operator, code, []Set{NewSet(OperatorCopies)}, 0, PathChecked, "copies, and the engine resolves the path"},
	{"SwapPath", "CT-11", Principal, NewPowers(PathChecked), []Set{NewSet(CopiesUnpaused)}, 0, PathSwapped, "exchanges a directory of the path for a link"},
	{"ReadOutside", "CT-11", HostItself, NewPowers(PathSwapped), []Set{NewSet(Rootful)}, CVE2018_15664, HostRead, "the engine copies from where the link leads"},
	{"WriteOutside", "CT-11", HostItself, NewPowers(PathSwapped), []Set{NewSet(Rootful)}, CVE2018_15664, HostWrite, "the engine copies to where the link leads"},
	{"WriteProfileOutside", "CT-11", HostItself, NewPowers(PathSwapped), nil, CVE2018_15664, Engine, "the engine copies over a file that its user runs"},
	{"StartWithGPU", "CT-20", Operator, code, []Set{NewSet(ForeignImage), NewSet(GPU)}, 0, HookRuns, "starts the image: a hook of the toolkit runs"},
	{"LoadFromImage", "CT-20", HostItself, NewPowers(HookRuns), []Set{NewSet(CompatHook)}, CVE2025_23266, Engine, "the hook loads a library that the image's environment names"},

	// CT-18, CT-19, and modules of CT-2.
	{"ConfigureFs", "CT-18", Principal, NewPowers(OwnUserns), nil, CVE2022_0185, Kernel, "configures a file system past the end of a buffer"},
	{"ConfigureFsDirectly", "CT-18", Principal, uid0, []Set{sysAdmin}, CVE2022_0185, Kernel, "does so without a user namespace of its own"},
	{"RaceCopyOnWrite", "CT-19", Principal, code, nil, CVE2016_5195, PageCache, "writes to pages of files that it may only read"},
	{"SplicePipe", "CT-19", Principal, code, nil, CVE2022_0847, PageCache, "writes to pages of files that it may only read"},
	{"RunCached", "CT-19", HostItself, NewPowers(PageCache), nil, 0, HostRoot, "root runs a program from such a page"},
	{"OthersRunCached", "CT-19", HostItself, NewPowers(PageCache), nil, 0, ForeignData, "another container runs a program from a layer that both share"},
	{"LoadModule", "CT-2", Principal, uid0, []Set{NewSet(CapSysModule, PrivilegedFlag), hostUsers}, 0, Kernel, "loads a module"},
	{"TakeHost", "CT-18", Principal, NewPowers(Kernel), nil, 0, HostRoot, "makes a process root of the host"},
	{"TakeOthers", "CT-18", Principal, NewPowers(Kernel), nil, 0, ForeignData, "reads the memory of other containers"},

	// What seccomp keeps from a container it does not keep from the engine's user.
	{"UnshareOutside", "CT-18", Principal, NewPowers(Engine), []Set{NewSet(UsernsAllowed)}, 0, OuterUserns, "makes a user namespace, outside the container"},
	{"ConfigureFsOutside", "CT-18", Principal, NewPowers(OuterUserns), nil, CVE2022_0185, Kernel, "configures a file system past the end of a buffer"},

	// CT-22.
	{"ReadToken", "CT-22", Principal, code, []Set{NewSet(TokenMounted)}, 0, Token, "reads the token of its service account"},
	{"CreatePod", "CT-22", Principal, NewPowers(Token), []Set{NewSet(CreatesPods), NewSet(NoPodSecurity)}, 0, PodAdmitted, "creates a privileged pod with the node's / mounted"},
	{"RunPod", "CT-22", HostItself, NewPowers(PodAdmitted), nil, 0, HostRoot, "the kubelet runs it"},
	{"MountSecrets", "CT-22", Principal, NewPowers(Token), []Set{NewSet(CreatesPods)}, 0, ForeignData, "creates a plain pod with the secrets of the namespace"},

	// CT-23. Kubernetes: traffic to the node on which a pod runs is always allowed, whatever the policy; and pods of the host's
	// network are under none.
	{"AskMetadata", "CT-23", Principal, code, []Set{NewSet(MetadataService), NewSet(Bridged), NewSet(NoEgressPolicy)}, 0, Credentials, "asks the service of metadata"},
	{"AskMetadataAsHost", "CT-23", Principal, code, []Set{NewSet(MetadataService), NewSet(HostNet)}, 0, Credentials, "asks it from the host's network"},
	{"AskHost", "CT-23", Principal, code, []Set{NewSet(HostService), NewSet(Bridged), NewSet(NoInputRule)}, 0, Credentials, "asks a service of the host"},
	{"AskLoopback", "CT-23", Principal, code, []Set{NewSet(HostService), NewSet(HostNet)}, 0, Credentials, "asks it from the host's network"},
}
