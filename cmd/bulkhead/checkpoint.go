package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// checkpointFlags say where a search is saved.
type checkpointFlags struct {
	Checkpoint      string         `placeholder:"DIR" help:"Save the search in this directory now and then, and when it ends early, so that --resume DIR can go on with it. One of a search that was exhaustive is replaced. One model at a time; its mutants are not saved."`
	CheckpointEvery *time.Duration `placeholder:"D" help:"Save it no more often than this, such as 30s or 1h. Default: 5m."`
	Resume          string         `placeholder:"DIR" help:"Go on with the search saved in this directory, and save it there. The model must mean the same; limits and workers may differ."`
}

func (f *checkpointFlags) check(files int) error {
	switch {
	case f.Checkpoint != "" && f.Resume != "":
		return errors.New("got --checkpoint and --resume; --resume saves the search in the same directory")
	case f.CheckpointEvery != nil && *f.CheckpointEvery <= 0:
		return fmt.Errorf("got --checkpoint-every %s, want more than 0", *f.CheckpointEvery)
	case f.dir() == "" && f.CheckpointEvery != nil:
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

// config gives what the flags mean to the checker, for a model of such files.
func (f *checkpointFlags) config(text *texts) (checker.Checkpoint, error) {
	if f.dir() == "" {
		return checker.Checkpoint{}, nil
	}
	program, err := ownDigest()
	if err != nil {
		return checker.Checkpoint{}, fmt.Errorf("cannot tell which program writes the checkpoint: %w", err)
	}
	meaning, places, err := text.digests()
	if err != nil {
		return checker.Checkpoint{}, err
	}
	c := checker.Checkpoint{Dir: f.dir(), Resume: f.Resume != "", Identity: meaning + " " + program, Places: places}
	if f.CheckpointEvery != nil {
		c.Every = *f.CheckpointEvery
	}
	return c, nil
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

// texts is a file system that keeps what is read from it: the files of a model.
type texts struct {
	fs.FS
	read []*text
}

type text struct {
	fs.File
	name string
	data bytes.Buffer
}

// Open opens a file.
func (t *texts) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	out := &text{File: f, name: name}
	t.read = append(t.read, out)
	return out, nil
}

// Read reads and keeps.
func (t *text) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	t.data.Write(p[:n])
	return n, err
}

// digests gives one digest of the files without their comments and their layout, and one of them as they are, with their names.
func (t *texts) digests() (meaning, places string, err error) {
	bare, whole := sha256.New(), sha256.New()
	for _, f := range t.read {
		tree, err := syntax.Parse(f.name, f.data.Bytes())
		if err != nil {
			return "", "", err
		}
		text := syntax.Print(tree)
		fmt.Fprintf(bare, "%d bytes\n%s", len(text), text)
		fmt.Fprintf(whole, "%q %d bytes\n%s", f.name, f.data.Len(), f.data.Bytes())
	}
	return hex.EncodeToString(bare.Sum(nil)), hex.EncodeToString(whole.Sum(nil)), nil
}
