// Package hybrid models hosts that run virtual machines, containers in these, or one workload in either, twice: as Go values, and as .bh models of
// the same rules, which the checker explores exhaustively. The tests of this package hold the two together: on small instances
// their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Forest and forest.bh: what hosts, machines, containers and processes use of one resource, each within the limits of all
//     that it is in, and what falls with what. It refines domains.bh: tenants that fail alone, or with their host.
//   - Coordinator and coordinator.bh: two controllers, of machines and of containers, that promise parts of one host.
//   - Placement and placement.bh: machines on a host and containers in machines, and under which fairness what has room is placed.
//   - Setup and budget.bh: in how many interfaces there must be a flaw for a tenant to reach the host, from a container, a sandbox or a
//     virtual machine.
//   - mechanism.bh, pool.bh, pages.bh and globals.bh: what two tenants notice of each other in each of the three. README.md has the matrix of
//     that, which the checker makes. These have no Go values beside them: none is the model of an algorithm.
//
// That machines with disks, whose memory is kept for them, refine one that a tenant has alone is claimed in isolation/hybrid.bh, of
// which a volume of two machines is a mutant.
//
// Everything is a plain value. A step that the present state does not allow returns an error and changes nothing. Steps refuse numbers
// that name nothing; questions answer no, or 0. The model texts are in Models. Each file has its sources.
package hybrid
