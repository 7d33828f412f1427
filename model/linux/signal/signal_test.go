package signal

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]Signal{
		"KILL": Kill, "SIGKILL": Kill, "kill": Kill, "sigKill": Kill, "9": Kill, "HUP": 1, "1": 1, "TERM": 15, "SIGSYS": 31, "CLD": 17,
		"RTMIN": 34, "SIGRTMAX": 64, "64": 64, "35": 35,
	} {
		if got, ok := Parse(text); !ok || got != want {
			t.Errorf("%s: got %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "0", "-9", "65", "SIG", "SIGSIGKILL", "KILLED", " KILL", "99999999999999999999"} {
		if got, ok := Parse(text); ok {
			t.Errorf("%q: got %d, want none", text, got)
		}
	}
}

// Every number has a text that stands for it.
func TestString(t *testing.T) {
	for s := Signal(1); s <= Last; s++ {
		if got, ok := Parse(s.String()); !ok || got != s {
			t.Errorf("%d: got %s, which is %d, %t", s, s, got, ok)
		}
	}
}
