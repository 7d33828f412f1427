package main

import (
	"testing"
	"testing/fstest"
)

func TestOffered(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	meminfo := file("MemTotal:       16000000 kB\nMemFree:         1000 kB\n")
	const machine = 16000000 * 1024
	for _, test := range []struct {
		name string
		root fstest.MapFS
		want int64
	}{
		{"nothing is known", fstest.MapFS{}, unknownMemory},
		{"a machine", fstest.MapFS{"proc/meminfo": meminfo}, machine},
		{"version 2, no limit", fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/user.slice\n"),
			"sys/fs/cgroup/user.slice/memory.max": file("max\n"),
		}, machine},
		{"version 2, a limit above", fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/memory.max": file("3000000\n"), "sys/fs/cgroup/a/memory.max": file("2000000\n"),
		}, 2000000},
		{"version 2, in a container that sees the host's path", fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/../host/path\n"),
			"sys/fs/cgroup/memory.max": file("5000000\n"),
		}, 5000000},
		{"version 1", fstest.MapFS{
			"proc/meminfo": meminfo, "proc/self/cgroup": file("3:cpu,cpuacct:/x\n2:memory:/x\n"),
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": file("1000000\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   file("9223372036854771712\n"),
		}, 1000000},
		{"garbage", fstest.MapFS{"proc/meminfo": file("MemTotal: many\n"), "proc/self/cgroup": file("nonsense\n")}, unknownMemory},
	} {
		if got := offered(test.root); got != test.want {
			t.Errorf("%s: got %d bytes, want %d", test.name, got, test.want)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "4GiB": 4 << 30, "1.5g": 3 << 29, "800MB": 800e6, "512 MiB": 512 << 20, "1T": 1 << 40, "12345": 12345, "7B": 7, "2kib": 2048,
	} {
		var s size
		if err := s.UnmarshalText([]byte(text)); err != nil || int64(s) != want {
			t.Errorf("%q: got %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "4 apples", "4iB", "NaN", "1e40", "inf"} {
		var s size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: got %d, want an error", text, s)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"Exclusive", "RunsAreOn", "deadlock"}
	for name, want := range map[string]string{"exclusive": "Exclusive", "Exclusiv": "Exclusive", "dedlock": "deadlock", "Zebra": "", "": ""} {
		if got := nearest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"abc", "acb", 2}} {
		if got := distance(test.a, test.b); got != test.want || distance(test.b, test.a) != got {
			t.Errorf("distance of %q and %q: got %d, want %d both ways", test.a, test.b, got, test.want)
		}
	}
}
