package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Measure is what one run of a tool took.
type Measure struct {
	CPU, Wall time.Duration // CPU is user and system time of all its threads and processes
	Peak      int64         // the greatest resident memory of a process of it, in bytes
	Distinct  int64         // states found
	Over      bool          // the time limit ended it: Distinct means nothing
}

// run runs a command in a directory, which is to end with a status, and returns what it printed. A run that the limit ends is
// not an error.
//
// On Linux a process counts the memory of the one that started it until it has begun, so whoever measures must stay small.
func run(ctx context.Context, limit time.Duration, status int, dir, name string, args ...string) (string, Measure, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	release := group(cmd)
	defer release()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	err := cmd.Run()
	m := Measure{Wall: time.Since(begin)}
	if s := cmd.ProcessState; s != nil {
		m.CPU = s.UserTime() + s.SystemTime()
		m.Peak = peak(s)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.Over = true
		return out.String(), m, nil
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && status != 0 && exit.ExitCode() == status {
		err = nil
	}
	if err != nil {
		return "", m, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, tail(out.String()))
	}
	return out.String(), m, nil
}

// tail is the end of a text.
func tail(s string) string {
	if len(s) > 2000 {
		return "…" + s[len(s)-2000:]
	}
	return s
}
