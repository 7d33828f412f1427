package attack

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]Release{
		"1.0.0-rc93":      {1, 0, 0, 93},
		"1.0-rc6":         {1, 0, 0, 6},
		"1.4.0-rc.3":      {1, 4, 0, 3},
		"v1.1.12":         {1, 1, 12, 0},
		"5.17-rc3":        {5, 17, 0, 3},
		"19.03.1":         {19, 3, 1, 0},
		"18.06.1-ce":      {18, 6, 1, 0},
		"18.06.1-ce-rc2":  {18, 6, 1, 2},
		"9999.9999.9999":  {9999, 9999, 9999, 0},
		"6.18":            {6, 18, 0, 0},
		"0.0.1-rc.9999":   {0, 0, 1, 9999},
		"1.17.7":          {1, 17, 7, 0},
		"20.10.0-rc.1":    {20, 10, 0, 1},
		"1.2.0-rc.1":      {1, 2, 0, 1},
		"2.6.22":          {2, 6, 22, 0},
		"v1.3.0-rc.2":     {1, 3, 0, 2},
		"18.09.7-ce":      {18, 9, 7, 0},
		"5.16.0-rc1":      {5, 16, 0, 1},
		"17.12.1-ce-rc.2": {17, 12, 1, 2},
	} {
		got, err := ParseRelease(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "1", "1.2.3.4", "1..2", "1.-2.3", "+1.2.3", "1.2.x", "10000.1.1", "1.2.3-", "1.2.3-rc", "1.2.3-rc0", "1.2.3-rc.x",
		"5.15.0-91-generic", "1.2.3-beta.1", "1.2.3-ce-beta", "99999999999999999999.1.1", "1.2.3-rc+1", "1.2.3-rc10000",
	} {
		if got, err := ParseRelease(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestReleasesAreInOrder(t *testing.T) {
	texts := []string{
		"0.1.1", "1.0.0-rc2", "1.0.0-rc6", "1.0.0-rc93", "1.0.0", "1.0.1-rc.1", "1.0.1", "1.1.0-rc.1", "1.1.11", "1.1.12", "1.2.0", "1.10.0", "2.0.0-rc.1",
	}
	for i, a := range texts {
		for j, b := range texts {
			if got := MustRelease(a).Compare(MustRelease(b)); got < 0 != (i < j) || got == 0 != (i == j) {
				t.Errorf("%s to %s: got %d", a, b, got)
			}
		}
	}
}

// What a release writes can be read again.
func TestReleaseString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, mostPart)
		r := Release{n.Draw(t, "major"), n.Draw(t, "minor"), n.Draw(t, "patch"), n.Draw(t, "candidate")}
		if got, err := ParseRelease(r.String()); err != nil || got != r {
			t.Fatalf("got %v, %v, want %v", got, err, r)
		}
	})
}

// The edges of every range, as the advisories give them.
func TestAffects(t *testing.T) {
	for _, c := range []struct {
		fact        Fact
		has, hasNot []string
		source      string
	}{
		{CVE2019_5736, []string{"1.0.0-rc1", "1.0.0-rc6"}, []string{"1.0.0-rc7", "1.0.0", "1.1.12"}, "CVE-2019-5736: through 1.0-rc6"},
		{CVE2021_30465, []string{"1.0.0-rc1", "1.0.0-rc94"}, []string{"1.0.0-rc95", "1.0.0"}, "GHSA-c3xm-pvg7-gh7r: before 1.0.0-rc95"},
		{CVE2024_21626, []string{"1.0.0-rc93", "1.0.0", "1.1.11"}, []string{"1.0.0-rc92", "1.1.12", "1.2.0"}, "GHSA-xr7r-f8xq-vfvv: 1.0.0-rc93 to 1.1.11"},
		{CVE2025_31133, []string{"1.0.0-rc2", "1.1.15", "1.2.7", "1.3.0", "1.3.2", "1.4.0-rc.1", "1.4.0-rc.2"}, []string{"1.2.8", "1.2.9", "1.3.3", "1.4.0-rc.3", "1.4.0", "1.5.0"}, "runc CHANGELOG: all before 1.2.8, 1.3.3, 1.4.0-rc.3"},
		{CVE2025_52565, []string{"1.0.0-rc3", "1.1.15", "1.2.7", "1.3.2", "1.4.0-rc.2"}, []string{"1.0.0-rc2", "1.2.8", "1.3.3", "1.4.0-rc.3"}, "runc CHANGELOG: from 1.0.0-rc3"},
		{CVE2025_52881, []string{"1.0.0-rc2", "1.2.7", "1.3.2", "1.4.0-rc.2"}, []string{"1.2.8", "1.3.3", "1.4.0-rc.3"}, "runc CHANGELOG"},
		{CVE2019_14271, []string{"19.03.0"}, []string{"18.09.9", "19.03.0-rc3", "19.03.1", "20.10.0"}, "CVE-2019-14271: 19.03.x before 19.03.1"},
		{CVE2018_15664, []string{"17.12.1-ce", "18.06.1-ce-rc2", "18.06.1-ce", "18.09.6"}, []string{"18.09.7", "19.03.0"}, "CVE-2018-15664; release notes 18.09.7"},
		{CVE2020_15257, []string{"1.2.14", "1.3.8", "1.4.0", "1.4.2"}, []string{"1.3.9", "1.3.10", "1.4.3", "1.5.0"}, "GHSA-36xw-fx78-c5r4: before 1.3.9 and 1.4.3"},
		{CVE2025_23266, []string{"1.16.2", "1.17.7"}, []string{"1.17.8", "1.18.0"}, "NVIDIA: up to 1.17.7"},
		{CVE2016_5195, []string{"2.6.22", "3.10.0", "4.4.25", "4.7.8", "4.8.2", "4.6.7", "4.9-rc1"}, []string{"2.6.21", "4.4.26", "4.7.9", "4.8.3", "4.9-rc2", "4.9"}, "CVE-2016-5195: 2.x to 4.x before 4.8.3; Linux 4.9-rc2, 19be0eaffa3a"},
		{CVE2022_0847, []string{"5.8", "5.10.101", "5.15.24", "5.16.10", "5.13.19", "5.17-rc1", "5.17-rc5"}, []string{"5.7.19", "5.10.102", "5.15.25", "5.16.11", "5.16.20", "5.17-rc6", "5.17"}, "CVE-2022-0847: 5.8; mended in 5.17-rc6, 5.16.11, 5.15.25, 5.10.102"},
		{CVE2022_0185, []string{"5.1", "5.4.172", "5.10.92", "5.15.15", "5.16.1"}, []string{"5.0.21", "4.19.225", "5.4.173", "5.10.93", "5.15.16", "5.16.2", "5.17"}, "CVE-2022-0185: 5.1 to 5.16.1"},
		{CVE2022_0492, []string{"4.9.300", "5.10.96", "5.16.5", "5.17-rc2", "5.13.19"}, []string{"4.9.301", "4.14.266", "4.19.229", "5.4.177", "5.10.97", "5.15.20", "5.16.6", "5.17-rc3", "5.17"}, "CVE-2022-0492: before 5.17-rc3"},
	} {
		f, ok := FlawOf(c.fact)
		if !ok {
			t.Errorf("nothing is known of %s", c.fact)
			continue
		}
		for _, text := range c.has {
			if !f.Affects(MustRelease(text)) || !FlawsOf(f.Program, MustRelease(text)).Has(c.fact) {
				t.Errorf("%s %s: got no %s (%s)", f.Program, text, c.fact, c.source)
			}
		}
		for _, text := range c.hasNot {
			if f.Affects(MustRelease(text)) || FlawsOf(f.Program, MustRelease(text)).Has(c.fact) {
				t.Errorf("%s %s: got %s (%s)", f.Program, text, c.fact, c.source)
			}
		}
		if f.Affects(Release{}) {
			t.Errorf("%s is in a program that is not in use", c.fact)
		}
		f.Fixed[0] = Release{} // a copy
	}
	if _, ok := FlawOf(AsRoot); ok {
		t.Error("a setting is a vulnerability")
	}
}
