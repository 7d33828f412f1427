package vmfs

import "embed"

// Models holds the models of this package: ats.bh and locks.bh.
//
//go:embed ats.bh locks.bh
var Models embed.FS
