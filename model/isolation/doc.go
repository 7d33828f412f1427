// Package isolation holds models of what keeps tenants apart on hosts, and of what happens where it does not: for each
// mechanism a small .bh model that claims that no tenant notices another one, and mutants that weaken the mechanism, of which
// the checker finds the channel.
//
//   - memory.bh, dma.bh, cpu.bh, cores.bh and cache.bh: memory with pages that are shared, devices, a processor and its
//     caches, between the virtual machines of an ESXi host.
//   - namespaces.bh, pids.bh, mounts.bh, images.bh, addresses.bh and network.bh: namespaces, limits, layers found by what they contain, and
//     policies, between containers.
//   - kernel.bh: containers in machines, whose kernels they share.
//   - guest.bh and hybrid.bh: a host of machines of containers, made of parts; and alone.bh, the machine that each tenant is to have,
//     which the host refines.
//   - firewall.bh and vcenter.bh: machines that a third one joins, and tenants that act on one another through those who manage the host.
//   - levels.bh: noninterference by itself, with the two ways to fail it in one step.
//
// There is nothing beside them in Go: none is the model of an algorithm. README.md has the table of channels, which the
// checker makes of these models. Each file has its sources.
package isolation
