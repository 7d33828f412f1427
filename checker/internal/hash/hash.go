// Package hash mixes the words of states.
package hash

import (
	"math/bits"
	"unsafe"
)

// Odd constants without pattern: the fractional parts of the golden ratio and of the square roots of 2, 3 and 5.
const (
	A = 0x9e3779b97f4a7c15
	B = 0x6a09e667f3bcc909
	C = 0xbb67ae8584caa73b
	D = 0x3c6ef372fe94f82b
)

// Mix spreads every bit of x over every bit of the result, and is one to one (the finaliser of SplitMix64; Steele, Lea
// and Flood, "Fast splittable pseudorandom number generators", 2014).
func Mix(x uint64) uint64 {
	x += A
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fold multiplies to 128 bits and xors the halves, the step of wyhash.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Of gives the hash of the words of a state. Its top bits choose the slot of the table and its low bits are the tag; equal hashes
// never make two states equal, since the table compares the words.
func Of(s []uint64) uint64 {
	if len(s) == 1 {
		return Mix(s[0])
	}
	h := uint64(len(s)) * D
	for len(s) >= 2 {
		h = fold(s[0]^A^h, s[1]^B)
		s = s[2:]
	}
	if len(s) == 1 {
		h = fold(s[0]^A^h, C)
	}
	return Mix(h)
}

// Key gives the words of a state as a string, for Go maps.
func Key(s []uint64) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*8))
}
