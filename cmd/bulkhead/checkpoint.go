package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
)

// checkpointFlags say where a search is saved.
type checkpointFlags struct {
	Checkpoint      string        `placeholder:"DIR" help:"Save the search in this directory now and then, and when it ends early, so that --resume DIR can go on with it. One model at a time; its mutants are not saved."`
	CheckpointEvery time.Duration `placeholder:"D" help:"Save it no more often than this, such as 30s or 1h. Default: 5m."`
	Resume          string        `placeholder:"DIR" help:"Go on with the search saved in this directory, and save it there. The model must be the same; limits and workers may differ."`
}

func (f *checkpointFlags) check(files int) error {
	switch {
	case f.Checkpoint != "" && f.Resume != "":
		return errors.New("got --checkpoint and --resume; --resume saves the search in the same directory")
	case f.CheckpointEvery < 0:
		return fmt.Errorf("got --checkpoint-every %s, want more than 0", f.CheckpointEvery)
	case f.dir() == "" && f.CheckpointEvery != 0:
		return errors.New("got --checkpoint-every, want --checkpoint DIR or --resume DIR with it")
	case f.dir() != "" && files > 1:
		return fmt.Errorf("got %d models, want one: a directory holds the checkpoint of one search", files)
	}
	return nil
}

// dir is where the search is saved, or "".
func (f *checkpointFlags) dir() string {
	if f.Resume != "" {
		return f.Resume
	}
	return f.Checkpoint
}

// config gives what the flags mean to the checker, for a model whose text has the given digest.
func (f *checkpointFlags) config(text string) (checker.Checkpoint, error) {
	if f.dir() == "" {
		return checker.Checkpoint{}, nil
	}
	program, err := ownDigest()
	if err != nil {
		return checker.Checkpoint{}, fmt.Errorf("cannot tell which program writes the checkpoint: %w", err)
	}
	return checker.Checkpoint{Dir: f.dir(), Every: f.CheckpointEvery, Resume: f.Resume != "", Identity: text + " " + program}, nil
}

// report says what became of the checkpoint of a search.
func (f *checkpointFlags) report(t *terminal, res *checker.Result) {
	switch {
	case res.Unsaved != nil:
		fmt.Fprintf(t.stderr, "bulkhead: the search is saved only as it was a while ago: %v\n", res.Unsaved)
	case f.dir() != "" && !res.Exhaustive:
		fmt.Fprintf(t.stderr, "bulkhead: the search is saved; --resume %s goes on with it\n", f.dir())
	}
}

// ownDigest is the digest of this program: another one may pack the same states into other bits.
func ownDigest() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digested is a file system that digests what is read from it.
type digested struct {
	fs.FS
	sum hash.Hash
}

// Open opens a file.
func (d digested) Open(name string) (fs.File, error) {
	f, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	d.sum.Write([]byte("\x00file\x00"))
	return digestedFile{f, d.sum}, nil
}

type digestedFile struct {
	fs.File
	sum hash.Hash
}

func (f digestedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.sum.Write(p[:n])
	return n, err
}
