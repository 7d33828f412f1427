// Package attack models a container as a principal that takes every step which the facts of its configuration and of the
// versions around it allow. A step is an abstract rule over facts, as advisories and manuals state them: what must be so, what
// the principal must hold already, and what it holds then. It says what follows from the facts, not how it is done.
//
// In Go: Facts is a configuration, a Book the rules, a Principal one run through them. Of a book can be asked what a principal
// can come to hold (Closure), by which shortest way (Path), which sets of facts are the least that suffice (Causes), and which
// must be mended so that none does (Fixes). Hardened tells whether a configuration keeps the host whole. Confined gives the facts of
// a container of package confine.
//
// The .bh models have the same rules by theme. A fact is a weakness, so that its absence is what hardens; all configurations
// are initial states. Each proves that the host falls only where one of the listed causes is there, that it can fall wherever
// one is, and that a policy which forbids some facts prevents it in all other respects whatever.
//
//   - socket.bh: the engine's socket in a container (CT-1), and that of a shim (CT-12, CVE-2020-15257).
//   - device.bh: the host's disk as a device (CT-2, CT-8).
//   - upcall.bh: settings that name a program which the kernel runs as root (CT-2, CT-3, CT-4, CT-7).
//   - files.bh: files, processes and mounts of the host (CT-5, CT-6, CT-21).
//   - runc.bh: what runc leaves open to the container that it enters (CT-9, CT-14).
//   - mounts.bh: what runc mounts where somebody else placed a link (CT-13, CT-15, CT-16, CT-17).
//   - helpers.bh: the host's own programs with what a container gives them (CT-10, CT-11, CT-20).
//   - kernel.bh: faults of the shared kernel (CT-18, CT-19) and its modules (CT-2).
//   - cluster.bh: what the orchestrator hands to a container (CT-22, CT-23).
//   - chain.bh: two vulnerabilities, one after the other, and an attacker who has only so many.
//   - releases.bh: which releases have which vulnerability, and what an upgrade brings.
package attack
