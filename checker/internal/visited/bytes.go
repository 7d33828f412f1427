package visited

import (
	"encoding/binary"
	"unsafe"
)

// Numbers at any address, first byte lowest. The race detector does not see the loads: a slot is read while the action
// in it may change, and that is meant (see segment.insert). What they load lies in one line of the cache, so that it is
// loaded at once by the processors that matter, and byte by byte at worst.

//go:norace
func load64(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }

//go:norace
func load8(p unsafe.Pointer) uint64 { return uint64(*(*uint8)(p)) }

func store64(p unsafe.Pointer, x uint64) { binary.LittleEndian.PutUint64((*[8]byte)(p)[:], x) }

func store32(p unsafe.Pointer, x uint32) { binary.LittleEndian.PutUint32((*[4]byte)(p)[:], x) }
