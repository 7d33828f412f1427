package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bulkhead": main})
}

// TestScripts runs the scripts of testdata/script: the command from outside, with its output and exit status.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Condition:     condition,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status1,
			"scrub":  scrub,
		},
	})
}

// condition is [peers]: other tools may run, which takes them seconds.
func condition(name string) (bool, error) {
	if name != "peers" {
		return false, errors.New("unknown condition " + name)
	}
	return os.Getenv("BULKHEAD_PEERS") != "" || os.Getenv("BULKHEAD_SOAK") != "", nil
}

// status1 is `status N COMMAND…`: the command must exit with N.
func status1(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

// What differs from run to run.
var scrubs = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m)^[0-9.]+m?[0-9.]*( ms| s|s), ([0-9]+ workers?)(, [0-9,]+ states/s)?, [0-9.]+ [KMG]?i?[Bb](ytes)? at the peak(, [0-9.]+ [KMG]?i?[Bb](ytes)? on disk)?`), "TIME, $2, MEMORY"},
	{regexp.MustCompile(`(on average.*), [0-9.]+ m?s\n`), "$1, TIME\n"},
	{regexp.MustCompile(`"(seconds|bytes_per_state|peak_bytes|disk_bytes)":[0-9.e+-]+`), `"$1":0`},
}

// scrub is `scrub FILE`: the standard output of the last command goes to the file, less what differs from run to run.
func scrub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: scrub FILE")
	}
	text := ts.ReadFile("stdout")
	for _, s := range scrubs {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}
