package suite

import "slices"

// The numbers of states are those that all tools give; see TestCounts. German's protocol in the usual Murphi form starts
// with any value in memory, which gives 3^CLIENTS states more: here it starts with 0.
var cases = []Case{
	{
		Name: "two_phase_commit", About: "two-phase commit, 8 resource managers", BH: "../../../examples/two_phase_commit.bh",
		Only:  []string{"Consistent", "OneDecision", "Final", "AllCommit", "AllAbort", "deadlock", "fault"},
		Small: Size{Constants: set("RMS", 5), States: 8832},
		Large: Size{Constants: set("RMS", 8), States: 1745408, Depth: 25},
	},
	{
		Name: "peterson_filter", About: "Peterson's filter lock by single inspections, 5 processes",
		Small: Size{Constants: set("N", 4), States: 120450},
		Large: Size{Constants: set("N", 5), States: 8614536, Depth: 1191146},
	},
	{
		Name: "german_data", About: "German's cache coherence with data, 5 clients",
		Small: Size{Constants: set("CLIENTS", 3), States: 58077},
		Large: Size{Constants: set("CLIENTS", 5), States: 22030785, Depth: 42890},
	},
	{
		Name: "philosophers", About: "dining philosophers, 18 seats", BH: "../../../examples/philosophers.bh",
		Only:  []string{"EatsWithBoth", "Neighbours", "TwoEat", "deadlock", "fault"},
		Small: Size{Constants: set("N", 10), States: 5741},
		Large: Size{Constants: set("N", 18), States: 6625109, Depth: 6239996},
	},
	{
		Name: "bakery_steps", About: "Lamport's bakery by single inspections, 5 processes, 6 tickets",
		Small: Size{Constants: set("N", 4, "LAST", 5), States: 111713},
		Large: Size{Constants: set("N", 5, "LAST", 6), States: 6819482, Depth: 23902},
	},
	{
		Name: "election", About: "leader election in a ring, 7 hosts that boot in any order",
		Small: Size{Constants: set("N", 5), States: 17601, Vector: 120},
		Large: Size{Constants: set("N", 7), States: 5242798, Depth: 35, Vector: 184},
	},
	{
		Name: "scheduler", About: "a credit scheduler, 5 virtual CPUs on 2",
		Small: Size{Constants: set("VCPUS", 3), States: 12992},
		Large: Size{Constants: set("VCPUS", 5), States: 11367808, Depth: 982412},
	},
	{
		Name: "container_host", About: "a container host, 5 containers",
		Small: Size{Constants: set("CONTAINERS", 3, "HOST", 5), States: 19529},
		Large: Size{Constants: set("CONTAINERS", 5, "HOST", 6), States: 11350157, Depth: 7552965},
	},
	{
		Name: "hybrid_host", About: "a hybrid host, 6 containers in and beside 3 virtual machines",
		Small: Size{Constants: set("VMS", 2, "CONTAINERS", 4, "HOST", 6), States: 6054},
		Large: Size{Constants: set("VMS", 3, "CONTAINERS", 6, "HOST", 10, "GRANT", 4), States: 5043840, Depth: 4787483},
	},
	{
		Name: "routing", About: "distance-vector routing, 57 networks: states of 1,038 bits",
		Small: Size{Constants: set("ROUTERS", 2, "SITES", 5, "NETWORKS", 12), States: 36820, Vector: 120},
		Large: Size{Constants: set("SITES", 4, "NETWORKS", 57), States: 6110758, Depth: 51, Vector: 560},
	},
}

// Growing is one model in sizes of 10^4 to 10^8 states, all of them states of one word: container_host. The numbers are the
// sums of the coefficients of x^0 to x^HOST in (11 + 6x + 6x^2 + 6x^3)^CONTAINERS, in which a factor stands for the states
// of a container by its pages; those of five containers at most have been counted by our engine too.
func Growing() (Case, []Size) {
	sizes := []Size{
		{Constants: set("CONTAINERS", 3, "HOST", 3), States: 11645},
		{Constants: set("CONTAINERS", 4, "HOST", 1), States: 46585},
		{Constants: set("CONTAINERS", 4, "HOST", 2), States: 104665},
		{Constants: set("CONTAINERS", 4, "HOST", 4), States: 306601},
		{Constants: set("CONTAINERS", 5, "HOST", 1), States: 600281},
		{Constants: set("CONTAINERS", 5, "HOST", 2), States: 1518671},
		{Constants: set("CONTAINERS", 5, "HOST", 3), States: 3177581},
		{Constants: set("CONTAINERS", 5, "HOST", 4), States: 5470421},
		{Constants: set("CONTAINERS", 5, "HOST", 6), States: 11350157},
		{Constants: set("CONTAINERS", 6, "HOST", 4), States: 91953829},
	}
	return cases[slices.IndexFunc(cases, func(c Case) bool { return c.Name == "container_host" })], sizes
}
