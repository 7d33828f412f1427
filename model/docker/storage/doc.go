// Package storage models what containers on a Docker host have of files: the layers of images, the overlay of a container, the
// store of the engine, and how mounts spread.
//
//   - Tree and layers.bh: a layer as a change to a file system, with whiteouts and opaque directories. Layers on top of each other
//     are a monoid that acts on file systems.
//   - Overlay and overlay.bh: overlayfs, with copy-up, whiteouts, EXDEV for directories of lower layers, and descriptors that do
//     not see what is written after the copy.
//   - Store and store.bh: layers by their digests, counted, while images are pulled, committed, removed and pruned.
//   - Rootfs, Volume and volume.bh: volumes go past the overlay, are shared at once, and stay.
//   - Mounts and propagate.bh: peer groups and slaves of mounts; rprivate, rslave and rshared volumes.
//
// The parameter is Options.RedirectDir, as the kernel's default is a build option.
// Left out: owners, modes, times, hard links, devices, the metacopy and xino options, symbolic links of the host that the source
// of a bind mount goes by, and stacked mounts.
//
// Everything is a plain value: no clock, no randomness, no system call. A step that the present state does not allow returns an
// error that wraps model.ErrRefused, by the name that the kernel or the engine gives it, and changes nothing.
package storage
