package coq

// isolation are the lemmas about what is kept apart, and what a machine by hand of another one costs.
var isolation = []Lemma{
	{
		"forest accounts", "Forest.v", "forest_accounts",
		"Whatever is started, charged, freed and crashed in a forest of any shape, what a node uses is its own and that of its children, and within every limit above it.",
		[]string{"model/hybrid.NewForest", "model/hybrid.Forest.Start", "model/hybrid.Forest.Charge", "model/hybrid.Forest.Free", "model/hybrid.Forest.Crash", "model/hybrid.Forest.Effective", "model/hybrid/forest.bh:Adds", "model/hybrid/forest.bh:Within", "model/hybrid/forest.bh:Inside"},
	},
	{
		"charge is atomic", "Forest.v", "charge_is_atomic",
		"A charge counts in the node and all that it is in, and in nothing else, and is granted exactly where all of these have room.",
		[]string{"model/hybrid.Forest.Charge", "model/hybrid.Forest.Room", "model/hybrid.Forest.fits", "model/hybrid.Forest.add", "model/hybrid/forest.bh:Charge"},
	},
	{
		"crash radius", "Forest.v", "crash_radius",
		"A crash stops what is inside, all of it and nothing else, and all above get back what it used.",
		[]string{"model/hybrid.Forest.Crash", "model/hybrid.Forest.Radius", "model/hybrid/forest.bh:Crash", "model/hybrid/forest.bh:Crash.ensures"},
	},
	{
		"charge keeps sums", "Forest.v", "charge_keeps_sums",
		"A charge of any sign along a way up keeps each node's use the sum of what all inside it have of their own.",
		[]string{"model/hybrid.Forest.add", "model/linux/cgroup.Memory.charge"},
	},
	{
		"cgroup accounts", "Forest.v", "cgroup_accounts",
		"Whatever processes touch, read, give back and end, a control group's usage is its own pages and that of its children, and within the least limit on its way up, in a tree of any shape.",
		[]string{"model/linux/cgroup.Memory.Touch", "model/linux/cgroup.Memory.Read", "model/linux/cgroup.Memory.Reclaim", "model/linux/cgroup.Memory.Exit", "model/linux/cgroup.Memory.Blocker", "model/linux/cgroup.Memory.Effective", "model/linux/cgroup/cgroup.bh:Accounting", "model/linux/cgroup/cgroup.bh:WithinLimits", "model/linux/cgroup/cgroup.bh:WithinEffective"},
	},
	{
		"levels are not enough", "Forest.v", "levels_are_not_enough",
		"Two machines with a limit of 6 on a host of 8 each keep to it with 12 in use, unless a charge looks at the way up.",
		[]string{"model/hybrid.Forest.Charge", "model/hybrid/forest.bh:Independent"},
	},
	{
		"lending fits", "Lending.v", "reserved_fits",
		"In a tree of resource pools of any shape, whatever is powered on and off and however pools are configured, no pool uses more than its limit, and none that is not expandable more than its reservation.",
		[]string{"model/esxi/pool.Tree.PowerOn", "model/esxi/pool.Tree.PowerOff", "model/esxi/pool.Tree.Update", "model/esxi/pool.Tree.Used", "model/esxi/pool.Tree.admit", "model/esxi/pool/admission.bh:Fits", "model/esxi/pool/admission.bh:FixedPools", "model/esxi/pool/admission.bh:ExpandablePools"},
	},
	{
		"capacity is kept", "Lending.v", "capacity_is_kept",
		"So the root uses no more than the capacity.",
		[]string{"model/esxi/pool.New", "model/esxi/pool.Tree.PowerOn", "model/esxi/pool/admission.bh:Reserved"},
	},
	{
		"host lends what it has", "Lending.v", "host_lends_what_it_has",
		"A pool that reserves nothing borrows from its host what a power-on takes, up to the capacity, and is refused more.",
		[]string{"model/esxi/pool.Tree.PowerOn", "model/esxi/pool/admission.bh:ExpandablePools"},
	},
	{
		"frames isolated", "Frames.v", "frames_isolated",
		"For any machines, pages, frames and devices: a frame that two pages lie in is written through neither, no table has a frame of the hypervisor, and a device reaches what its machine has mapped for itself alone.",
		[]string{"model/esxi/memory.NewFrames", "model/esxi/memory.Frames.Map", "model/esxi/memory.Frames.Unmap", "model/esxi/memory.Frames.Write", "model/esxi/memory.Frames.Share", "model/esxi/memory.Frames.Attach", "model/esxi/memory.Frames.Detach", "model/esxi/memory.Frames.DMA", "model/esxi/memory.Frames.BreakLarge", "model/esxi/memory/frames.bh:Protected", "model/esxi/memory/frames.bh:HostsOwn", "model/esxi/memory/frames.bh:DmaWithin"},
	},
	{
		"reads as if apart", "Frames.v", "reads_as_if_apart",
		"Whatever is shared and copied, each step changes what is read as if every page had a frame of its own.",
		[]string{"model/esxi/memory.Frames.Read", "model/esxi/memory.Frames.Write", "model/esxi/memory/frames.bh:Write.ensures", "model/esxi/memory/frames.bh:Map.ensures", "model/esxi/memory/frames.bh:Dma.ensures"},
	},
	{
		"host untouched", "Frames.v", "host_untouched",
		"What the hypervisor's frame holds never changes.",
		[]string{"model/esxi/memory.Frames.Write", "model/esxi/memory.Frames.DMA", "model/esxi/memory/frames.bh:HostData"},
	},
	{
		"copy is needed", "Frames.v", "copy_is_needed",
		"A write to a shared frame without a copy changes what another machine reads; a write with one does not.",
		[]string{"model/esxi/memory.Frames.Write", "model/esxi/memory/frames.bh:NoCopy"},
	},
	{
		"unwinding implies isolation", "Unwinding.v", "partition_implies_isolated",
		"A partition of the states on which output consistency, local respect and step consistency are checked a step at a time is evidence of noninterference, also where whose an input is depends on the state.",
		[]string{"model.Isolating", "model.IsolatedDomain.Forbids", "proofs.unwinding", "proofs.unwinding.check", "checker/internal/flow.Decider.Decide"},
	},
	{
		"isolation has an unwinding", "Unwinding.v", "isolated_iff_unwinding",
		"A domain is isolated exactly where there is such an equivalence: no property that holds is without its evidence.",
		[]string{"model.Isolating", "proofs.unwinding.prove", "checker/internal/flow.Decider.Decide"},
	},
	{
		"unwinding through others", "Unwinding.v", "isolated_through_iff_unwinding",
		"Where domains may affect another one through others, a domain is isolated, by ipurge, exactly where there is an equivalence for each set of domains that hidden inputs may go through.",
		[]string{"model.IsolatedDomain.Through", "proofs.partition.role", "proofs.unwinding.check", "checker/internal/flow.Decider.Decide"},
	},
	{
		"ipurge is Rushby's", "Unwinding.v", "rushby_is_isolated_through",
		"For a policy that is one relation of domains, what is decided is Rushby's intransitive noninterference, by his sources and his ipurge.",
		[]string{"model.Isolating", "model.IsolatedDomain.Through"},
	},
	{
		"Rushby's weak conditions", "Unwinding.v", "rushby_unwinding_implies_isolated_through",
		"Rushby's own conditions, with weak step consistency, are sufficient for it.",
		[]string{"model.Isolating"},
	},
	{
		"trap and emulate", "TrapAndEmulate.v", "popek_goldberg",
		"On a machine of nine instructions and any size, a monitor by trap and emulation cannot be told from the bare machine by any program exactly where all sensitive instructions trap in user mode.",
		[]string{"model/vmm.Machine.Step", "model/vmm.Monitor.Step", "model/vmm.Same", "model/vmm/trap.bh:Sufficient", "model/vmm/trap.bh:NeedsSetRelocation", "model/vmm/trap.bh:NeedsGetRelocation", "model/vmm/trap.bh:NeedsLeave", "model/vmm/trap.bh:NeedsGetMode", "model/vmm/trap.bh:NeedsSetMask", "model/vmm/trap.bh:NeedsGetMask"},
	},
	{
		"hybrid monitor", "TrapAndEmulate.v", "hybrid_monitor",
		"A monitor that interprets the guest's kernel cannot be told from the bare machine exactly where the instructions trap that are sensitive in the guest's user mode.",
		[]string{"model/vmm.Monitor.Step", "model/vmm/trap.bh:HybridSufficient", "model/vmm/trap.bh:HybridNeedsSetRelocation", "model/vmm/trap.bh:HybridNeedsGetRelocation", "model/vmm/trap.bh:HybridNeedsGetMask"},
	},
	{
		"sensitive instructions", "TrapAndEmulate.v", "sensitive_instructions",
		"For guests of any size all six are sensitive, and three of them in the guest's user mode.",
		[]string{"model/vmm.Sensitive", "model/vmm.All"},
	},
	{
		"resource control", "TrapAndEmulate.v", "resource_control",
		"The monitor's word stays its own, the hardware stays in user mode, and the guest's region is not left, whatever the program.",
		[]string{"model/vmm.Monitor.Step", "model/vmm/trap.bh:MonitorsOwn", "model/vmm/trap.bh:Region"},
	},
	{
		"references of a walk", "Walk.v", "walk_at_most",
		"A walk through g levels of tables on h takes at most (g + 1)(h + 1) - 1 references to memory, whatever it reads.",
		[]string{"model/perf.References", "model/perf.NewWalker", "model/perf.Walker.ReadNested", "model/perf.Walker.ReadGuest", "model/perf.Walker.Fault", "model/perf/walk.bh:References", "model/perf/walk.bh:OnTheWay"},
	},
	{
		"references of small pages", "Walk.v", "walk_exactly",
		"With small pages only there is no other number.",
		[]string{"model/perf.References", "model/perf.Walker.Small", "model/perf/walk.bh:ExactlySmall"},
	},
	{
		"references of large pages", "Walk.v", "walk_at_least",
		"Large pages save no more than the levels that they end early.",
		[]string{"model/perf.Walker.References", "model/perf/walk.bh:AtLeast"},
	},
	{
		"walks are tight", "Walk.v", "walk_tight",
		"Both numbers are taken, by a walk of small pages and by one of the largest.",
		[]string{"model/perf.References", "model/perf/walk.bh:WithAllLarge"},
	},
	{
		"walks end", "Walk.v", "walk_ends",
		"Each step of a walk is one reference, so that every walk ends.",
		[]string{"model/perf.Walker.References", "model/perf/walk.bh:Ends"},
	},
	{
		"24 references", "Walk.v", "walk_24",
		"Four levels on four are 24 references, five on five are 35, and g on none are g.",
		[]string{"model/perf.References"},
	},
}
