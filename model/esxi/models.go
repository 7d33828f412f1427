package esxi

import "embed"

// Models holds the models of this package: cpu.bh and stride.bh.
//
//go:embed cpu.bh stride.bh
var Models embed.FS
