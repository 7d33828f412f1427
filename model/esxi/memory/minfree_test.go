package memory

import "testing"

// Published values, in hundredths of a MB.
func TestMinFreeGolden(t *testing.T) {
	const gb = 1 << 10
	for _, test := range []struct {
		name  string
		mb    int64
		basis Basis
		want  int64
	}{
		{"denneman 2011: 28 GB", 28 * gb, Rounded, 899_00},
		{"denneman 2011: 64 GB", 64 * gb, Rounded, 1267_64},
		{"denneman 2011: 100 GB", 100 * gb, Rounded, 1636_28},
		{"denneman 2011: 256 GB", 256 * gb, Rounded, 3233_72},
		{"systemadminguide 2017: 128 GB", 128 * gb, Rounded, 1923_00},
		{"prohoster: 128 GB, the exact scale", 128 * gb, Exact, 1925_12},
		{"esxtop of sysinfo.io: 32672 MB, 939 minfree", 32672, Rounded, 939_00},
		{"the scale: 4 GB", 4 * gb, Exact, 245_76},
		{"the scale: 12 GB", 12 * gb, Exact, 573_44},
		{"the scale: 28 GB", 28 * gb, Exact, 901_12},
		{"the scale: 4 GB, either basis", 4 * gb, Rounded, 245_76},
	} {
		if got, err := MinFree(test.mb, 0, test.basis); err != nil || got != test.want {
			t.Errorf("%s: got %d (%v), want %d", test.name, got, err, test.want)
		}
	}
	if got, err := MinFree(100*gb, 6, Rounded); err != nil || got != 6144_00 {
		t.Errorf("Mem.MemMinFreePct 6 of 100 GB: got %d (%v), want 614400", got, err)
	}
}

func TestMinFreeRefuses(t *testing.T) {
	for _, test := range []struct {
		mb      int64
		percent int
	}{{0, 0}, {-1, 0}, {maxMB + 1, 0}, {1, -1}, {1, 101}} {
		if _, err := MinFree(test.mb, test.percent, Rounded); err == nil {
			t.Errorf("%d MB, %d %%: got no error", test.mb, test.percent)
		}
	}
}

// MB by MB, each adds its percentage.
func TestMinFreeSums(t *testing.T) {
	sum := int64(0)
	for mb := int64(1); mb <= 40<<10; mb++ {
		switch {
		case mb <= 4096:
			sum += 6
		case mb <= 12288:
			sum += 4
		case mb <= 28672:
			sum += 2
		default:
			sum++
		}
		want := map[Basis]int64{Exact: sum, Rounded: sum}
		if mb >= 28672 {
			want[Rounded] = sum - 2_12
		}
		for basis, want := range want {
			if got, err := MinFree(mb, 0, basis); err != nil || got != want {
				t.Fatalf("%d MB, basis %d: got %d (%v), want %d", mb, basis, got, err, want)
			}
		}
	}
}
