// Package vmotion models live migration, each part twice: as Go values one could call and as .bh models that the checker
// explores exhaustively. The tests of this package hold the two together.
//
//   - Check and precheck.bh: whether a machine can be migrated, with every reason why not.
//   - EVC and evc.bh: the baseline of processor features of a cluster, and what machines use of them.
//   - Migration and migrate.bh: the migration itself, from the first copied page to the resumption, with failures of both hosts at any point.
//   - Precopy and precopy.bh: how long it takes in rounds of copying, and when it never comes to an end, in exact fractions.
//
// A step that the present state does not allow returns an error that wraps model.ErrRefused, a Fault where the vSphere
// API has a name for it, and changes nothing.
//
// The rules are those of the vSphere API reference (EVCMode, VirtualMachineConfigSpecEncryptedVMotionModes,
// VMotionNotConfigured and its like) and of the guide vCenter Server and Host Management. How the protocol runs inside is
// an abstraction: the reference does not say.
package vmotion
