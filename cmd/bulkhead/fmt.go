package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/bulkheadlang/bulkhead/spec"
)

// fmtCommand formats models: to standard output, or back to their files with Write.
type fmtCommand struct {
	Write bool     `short:"w" xor:"how" help:"Write the result back to the file."`
	Diff  bool     `short:"d" xor:"how" help:"Print what would change, and exit 1 if anything would."`
	Check bool     `xor:"how" help:"Print the names of the files that would change, and exit 1 if there are any."`
	Files []string `arg:"" name:"file" help:"Models (.bh); - is standard input."`
}

func (c *fmtCommand) run(_ context.Context, t *terminal) (status, error) {
	code := holds
	var failed []error
	for _, file := range c.Files {
		changed, err := c.format(t, file)
		if err != nil {
			// The other files are worth formatting all the same.
			failed = append(failed, err)
			continue
		}
		if changed && (c.Diff || c.Check) {
			code = violated
		}
	}
	for _, err := range failed[:max(0, len(failed)-1)] {
		fmt.Fprintln(t.stderr, complaint(err))
	}
	if len(failed) > 0 {
		return wrong, failed[len(failed)-1]
	}
	return code, nil
}

func (c *fmtCommand) format(t *terminal, file string) (changed bool, err error) {
	if file == "-" && c.Write {
		return false, errors.New("got -w with -, want a file to write to")
	}
	host, name, err := open(t, file)
	if err != nil {
		return false, err
	}
	f, err := host.Open(name)
	if err != nil {
		return false, readable(file, err)
	}
	source, err := io.ReadAll(f)
	f.Close()
	if err != nil {
		return false, readable(file, err)
	}
	formatted, err := spec.Format(name, source)
	if err != nil {
		return false, err
	}
	changed = !bytes.Equal(source, formatted)
	switch {
	case c.Diff:
		_, err = t.stdout.Write(diff.Diff(name, source, name+" formatted", formatted))
	case c.Check:
		if changed {
			_, err = fmt.Fprintln(t.stdout, name)
		}
	case c.Write:
		if changed {
			err = replace(file, formatted)
		}
	default:
		_, err = t.stdout.Write(formatted)
	}
	return changed, err
}

// replace writes a file by way of a new one beside it, so that a crash cannot leave half of either.
func replace(file string, content []byte) error {
	// A link stays a link.
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(file), ".bulkhead-fmt-*")
	if err != nil {
		return err
	}
	_, err = next.Write(content)
	err = errors.Join(err, next.Chmod(info.Mode().Perm()), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), file)
	}
	if err != nil {
		os.Remove(next.Name())
	}
	return err
}
