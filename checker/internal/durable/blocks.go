// Package durable writes what outlives a process: files of blocks that are verified when they are read, and locks of files.
package durable

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// What a search writes to files is a stream of blocks, so that no byte is used before it has been verified:
//
//	length (4 bytes) | checksum (4 bytes) | as many bytes as length says
//
// with the lowest byte first. The checksum is CRC-32C of the number of the block, eight bytes, and its bytes: blocks
// that are changed, missing or in another order show. An empty block ends the stream, so that a cut shows, too.
const (
	HeaderBytes = 8       // of a block, before its bytes
	streamBlock = 1 << 18 // bytes of a block in a stream
	mostBlock   = 1 << 26 // bytes of a block; a greater length is a damaged one
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum of block number n.
func checksum(n uint64, bytes []byte) uint32 {
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], n)
	return crc32.Update(crc32.Update(0, castagnoli, number[:]), castagnoli, bytes)
}

// Seal fills in the header of block number n, which begins with room for it.
func Seal(n uint64, block []byte) {
	binary.LittleEndian.PutUint32(block, uint32(len(block)-HeaderBytes))
	binary.LittleEndian.PutUint32(block[4:], checksum(n, block[HeaderBytes:]))
}

// ErrDamaged says that a file is not what was written.
var ErrDamaged = errors.New("it is damaged")

// ReadBlock reads block number n into buf, which grows as needed, and gives its bytes.
func ReadBlock(r io.Reader, n uint64, buf []byte) ([]byte, error) {
	var header [HeaderBytes]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, cutOff(err)
	}
	size := binary.LittleEndian.Uint32(header[:])
	if size > mostBlock {
		return nil, ErrDamaged
	}
	if int(size) > cap(buf) {
		buf = make([]byte, size)
	}
	buf = buf[:size]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, cutOff(err)
	}
	if checksum(n, buf) != binary.LittleEndian.Uint32(header[4:]) {
		return nil, ErrDamaged
	}
	return buf, nil
}

func cutOff(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrDamaged
	}
	return err
}

// Writer writes a stream of blocks. The first error stays.
type Writer struct {
	w   io.Writer
	buf []byte
	n   uint64 // blocks written
	err error
}

// NewWriter begins a stream.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, buf: make([]byte, HeaderBytes, HeaderBytes+streamBlock)}
}

// Write appends bytes to the stream.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && w.err == nil {
		k := min(len(p), cap(w.buf)-len(w.buf))
		w.buf, p = append(w.buf, p[:k]...), p[k:]
		if len(w.buf) == cap(w.buf) {
			w.flush()
		}
	}
	return n, w.err
}

func (w *Writer) flush() {
	if w.err == nil {
		Seal(w.n, w.buf)
		_, w.err = w.w.Write(w.buf)
	}
	w.n, w.buf = w.n+1, w.buf[:HeaderBytes]
}

// Fail takes an error of what is to be written, which end gives.
func (w *Writer) Fail(err error) { w.err = errors.Join(w.err, err) }

// JSON writes v with its length.
func (w *Writer) JSON(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		w.Fail(err)
		return
	}
	_, _ = w.Write(binary.AppendUvarint(nil, uint64(len(text))))
	_, _ = w.Write(text)
}

// End writes what is left and the empty block.
func (w *Writer) End() error {
	if len(w.buf) > HeaderBytes {
		w.flush()
	}
	w.flush()
	return w.err
}

// Reader reads what a Writer wrote.
type Reader struct {
	r     io.Reader
	buf   []byte
	left  []byte // of the present block
	n     uint64
	ended bool
}

// NewReader reads a stream from its beginning.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read reads verified bytes.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		var err error
		if r.buf, err = ReadBlock(r.r, r.n, r.buf); err != nil {
			return 0, err
		}
		r.left, r.ended = r.buf, len(r.buf) == 0
		r.n++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// ReadByte is for binary.ReadUvarint.
func (r *Reader) ReadByte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(r, b[:])
	return b[0], err
}

// Full reads as many bytes as p has.
func (r *Reader) Full(p []byte) error {
	_, err := io.ReadFull(r, p)
	return cutOff(err)
}

// JSON reads what Writer.JSON wrote.
func (r *Reader) JSON(v any) error {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return cutOff(err)
	}
	if n > mostBlock {
		return ErrDamaged
	}
	text := make([]byte, n)
	if err := r.Full(text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// End wants the stream to have ended, and the file behind it.
func (r *Reader) End() error {
	if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return ErrDamaged
	}
	if n, _ := r.r.Read(make([]byte, 1)); n > 0 {
		return ErrDamaged
	}
	return nil
}
