// Package vmm models a virtual machine monitor by trap and emulation, and which machines have one, twice: as Go values, and as a .bh
// model of the same machine, which the checker explores exhaustively. The tests of this package hold the two together.
//
//   - Machine is a machine with nine instructions, of which those of a set trap in user mode; Monitor runs a guest on one.
//     Sensitive finds out by trying which instructions a monitor must see (trap.bh).
//
// Everything is a plain value. Instructions with operands that cannot be are refused and change nothing. The model text is in Models.
//
// Sources: Popek and Goldberg, "Formal Requirements for Virtualizable Third Generation Architectures", CACM 17(7), 1974; Robin and
// Irvine, "Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine Monitor", USENIX Security 2000.
package vmm
