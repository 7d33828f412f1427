package resource

import (
	"math/big"
	"reflect"
	"strings"
	"testing"
)

const mib = 1 << 20

func bytes(n int64) *int64 { return &n }

// The mapping table of docker run (docs.docker.com, resource constraints; moby, daemon/daemon_unix.go).
func TestDocker(t *testing.T) {
	for _, test := range []struct {
		options DockerOptions
		want    Settings
	}{
		{DockerOptions{}, Settings{}},
		{DockerOptions{NanoCPUs: 1_500_000_000}, Settings{CPUQuota: 150_000, CPUPeriod: 100_000}},
		{DockerOptions{NanoCPUs: 10_000_000}, Settings{CPUQuota: 1_000, CPUPeriod: 100_000}},
		{DockerOptions{CPUQuota: 50_000}, Settings{CPUQuota: 50_000, CPUPeriod: 100_000}},
		{DockerOptions{CPUPeriod: 50_000}, Settings{CPUQuota: Unlimited, CPUPeriod: 50_000}},
		{DockerOptions{CPUQuota: -1}, Settings{CPUQuota: Unlimited, CPUPeriod: 100_000}},
		{DockerOptions{CPUQuota: -5, CPUPeriod: 50_000}, Settings{CPUQuota: Unlimited, CPUPeriod: 50_000}},
		{DockerOptions{CPUQuota: -1, NanoCPUs: 1e9}, Settings{CPUQuota: Unlimited, CPUPeriod: 100_000}}, // the engine writes the one over the other
		{DockerOptions{CPUShares: 512}, Settings{CPUWeight: 59}},
		{DockerOptions{CPUShares: 1}, Settings{CPUWeight: 1}},
		{DockerOptions{BlkioWeight: 500}, Settings{IOWeight: 4950}},
		{DockerOptions{PidsLimit: 100}, Settings{PidsMax: 100}},
		{DockerOptions{PidsLimit: -1}, Settings{PidsMax: Unlimited}},
		// As much swap as memory, unless it is said otherwise.
		{DockerOptions{Memory: 300 * mib}, Settings{MemoryMax: 300 * mib, SwapMax: bytes(300 * mib)}},
		{DockerOptions{Memory: 300 * mib, MemorySwap: 1024 * mib}, Settings{MemoryMax: 300 * mib, SwapMax: bytes(724 * mib)}},
		{DockerOptions{Memory: 300 * mib, MemorySwap: 300 * mib}, Settings{MemoryMax: 300 * mib, SwapMax: bytes(0)}},
		{DockerOptions{Memory: 300 * mib, MemorySwap: -1}, Settings{MemoryMax: 300 * mib, SwapMax: bytes(Unlimited)}},
		{DockerOptions{MemorySwap: -1}, Settings{SwapMax: bytes(Unlimited)}},
		{DockerOptions{Memory: 300 * mib, MemoryReservation: 100 * mib}, Settings{MemoryMax: 300 * mib, MemoryLow: 100 * mib, SwapMax: bytes(300 * mib)}},
		{DockerOptions{MemoryReservation: 100 * mib}, Settings{MemoryLow: 100 * mib}},
	} {
		got, err := Docker(test.options, 4, Logarithmic)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: got %+v and %v, want %+v", test.options, got, err, test.want)
		}
	}
	if got, err := Docker(DockerOptions{CPUShares: 512}, 4, Linear); err != nil || got.CPUWeight != 20 {
		t.Errorf("got a weight of %d and %v, want 20", got.CPUWeight, err)
	}
}

func TestDockerRefuses(t *testing.T) {
	for _, test := range []struct {
		options DockerOptions
		want    string
	}{
		{DockerOptions{CPUShares: -1}, "shares"},
		{DockerOptions{NanoCPUs: 4_000_000_001}, "range of CPUs is from 0.01 to 4.00"},
		{DockerOptions{NanoCPUs: 9_999_999}, "range of CPUs"},
		{DockerOptions{NanoCPUs: -1}, "range of CPUs"},
		{DockerOptions{NanoCPUs: 1e9, CPUQuota: 50_000}, "conflicting"},
		{DockerOptions{NanoCPUs: 1e9, CPUPeriod: 50_000}, "conflicting"},
		{DockerOptions{CPUPeriod: 999}, "period"},
		{DockerOptions{CPUPeriod: 1_000_001}, "period"},
		{DockerOptions{CPUQuota: 999}, "quota"},
		{DockerOptions{CPUPeriod: -1}, "period"},
		{DockerOptions{BlkioWeight: 9}, "block IO"},
		{DockerOptions{Memory: 6*mib - 1}, "minimum memory limit"},
		{DockerOptions{Memory: -1}, "minimum memory limit"},
		{DockerOptions{Memory: 10 * mib, MemorySwap: 10*mib - 1}, "minimum memoryswap"},
		{DockerOptions{MemorySwap: 10 * mib}, "always set the Memory limit"},
		{DockerOptions{MemorySwap: -2}, "swap"},
		{DockerOptions{MemoryReservation: 5 * mib}, "minimum memory reservation"},
		{DockerOptions{Memory: 10 * mib, MemoryReservation: 11 * mib}, "less than memory reservation"},
		{DockerOptions{PidsLimit: 1 << 40}, "processes"},
	} {
		got, err := Docker(test.options, 4, Logarithmic)
		if err == nil || !strings.Contains(err.Error(), test.want) || !reflect.DeepEqual(got, Settings{}) {
			t.Errorf("%+v: got %+v and %v, want an error with %q", test.options, got, err, test.want)
		}
	}
	if _, err := Docker(DockerOptions{}, 0, Logarithmic); err == nil {
		t.Error("a host without processors: got no error")
	}
	if _, err := Docker(DockerOptions{}, 1, 0); err == nil {
		t.Error("no conversion: got no error")
	}
}

// The cases of opencontainers/cgroups, utils_test.go, TestConvertMemorySwapToCgroupV2Value.
func TestSwapMax(t *testing.T) {
	for _, test := range []struct {
		both, memory int64
		want         *int64 // nil: nothing is written
		fails        bool
	}{
		{0, 0, nil, false},
		{-1, 0, bytes(Unlimited), false},
		{-1, -1, bytes(Unlimited), false},
		{0, -1, bytes(Unlimited), false},
		{10, -1, bytes(10), false},
		{10, 10, bytes(0), false},
		{15, 10, bytes(5), false},
		{0, 10, nil, false},
		{10, 0, nil, true},
		{9, 10, nil, true},
		{-2, 10, nil, true},
		{10, -2, nil, true},
	} {
		got, err := SwapMax(test.both, test.memory)
		if (err != nil) != test.fails || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: got %v and %v", test, got, err)
		}
	}
}

// requests.cpu is shares, limits.cpu is cpu.max, limits.memory is memory.max; requests.memory is nothing without the gate.
func TestKubernetes(t *testing.T) {
	plain := KubernetesOptions{Conversion: Logarithmic}
	qos := KubernetesOptions{Conversion: Logarithmic, MemoryQoS: true, Allocatable: 8192 * mib}
	linear := KubernetesOptions{Conversion: Linear, Swap: true}
	early := qos
	early.ThrottlingFactor = big.NewRat(8, 10)
	for _, test := range []struct {
		name      string
		resources KubernetesResources
		options   KubernetesOptions
		want      Settings
	}{
		{"best effort", KubernetesResources{}, plain, Settings{CPUWeight: 1, SwapMax: bytes(0)}},
		{"1 processor", KubernetesResources{CPURequest: 1000}, plain, Settings{CPUWeight: 100, SwapMax: bytes(0)}},
		{"an old runtime", KubernetesResources{CPURequest: 1000}, linear, Settings{CPUWeight: 39}},
		{"half of one", KubernetesResources{CPURequest: 500, CPULimit: 500}, plain, Settings{CPUWeight: 59, CPUQuota: 50_000, CPUPeriod: 100_000, SwapMax: bytes(0)}},
		{"next to nothing", KubernetesResources{CPURequest: 1, CPULimit: 1}, plain, Settings{CPUWeight: 1, CPUQuota: 1_000, CPUPeriod: 100_000, SwapMax: bytes(0)}},
		{"memory", KubernetesResources{MemoryRequest: 100 * mib, MemoryLimit: 200 * mib}, plain, Settings{CPUWeight: 1, MemoryMax: 200 * mib, SwapMax: bytes(0)}},
		{
			"memory, with the gate",
			KubernetesResources{MemoryRequest: 100 * mib, MemoryLimit: 200 * mib},
			qos,
			Settings{CPUWeight: 1, MemoryMax: 200 * mib, MemoryMin: 100 * mib, MemoryHigh: 190 * mib, SwapMax: bytes(0)},
		},
		{
			"the factor before 1.27",
			KubernetesResources{MemoryRequest: 100 * mib, MemoryLimit: 200 * mib},
			early,
			Settings{CPUWeight: 1, MemoryMax: 200 * mib, MemoryMin: 100 * mib, MemoryHigh: 180 * mib, SwapMax: bytes(0)},
		},
		{
			"guaranteed, with the gate",
			KubernetesResources{MemoryRequest: 200 * mib, MemoryLimit: 200 * mib},
			qos,
			Settings{CPUWeight: 1, MemoryMax: 200 * mib, MemoryMin: 200 * mib, SwapMax: bytes(0)},
		},
		{"best effort, with the gate", KubernetesResources{}, qos, Settings{CPUWeight: 1, SwapMax: bytes(0)}},
		{
			"no limit, with the gate: of what the node has",
			KubernetesResources{MemoryRequest: 192 * mib},
			qos,
			Settings{CPUWeight: 1, MemoryMin: 192 * mib, MemoryHigh: 7392 * mib, SwapMax: bytes(0)},
		},
		{
			"whole pages",
			KubernetesResources{MemoryRequest: 1, MemoryLimit: 10_000_000},
			qos,
			Settings{CPUWeight: 1, MemoryMin: 1, MemoryMax: 10_000_000, MemoryHigh: 8_998_912, SwapMax: bytes(0)},
		},
		{
			"limits alone, which are the requests too",
			KubernetesResources{CPULimit: 500, MemoryLimit: 200 * mib},
			qos,
			Settings{CPUWeight: 59, CPUQuota: 50_000, CPUPeriod: 100_000, MemoryMax: 200 * mib, MemoryMin: 200 * mib, SwapMax: bytes(0)},
		},
	} {
		got, err := Kubernetes(test.resources, test.options)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v and %v, want %+v", test.name, got, err, test.want)
		}
	}
}

// MilliCPUToShares of the kubelet, pkg/kubelet/cm/helpers_linux_test.go.
func TestShares(t *testing.T) {
	for milli, want := range map[int64]uint64{0: 2, 1: 2, 2: 2, 100: 102, 500: 512, 1000: 1024, 1500: 1536, 300_000: 262_144} {
		if got, err := Shares(milli); err != nil || got != want {
			t.Errorf("%d thousandths: got %d and %v, want %d", milli, got, err, want)
		}
	}
	for _, milli := range []int64{-1, 1 << 60} {
		if _, err := Shares(milli); err == nil {
			t.Errorf("%d thousandths: got no error", milli)
		}
	}
}

func TestKubernetesRefuses(t *testing.T) {
	good := KubernetesOptions{Conversion: Logarithmic, MemoryQoS: true}
	for _, r := range []KubernetesResources{
		{CPURequest: 2, CPULimit: 1},
		{CPURequest: -1},
		{CPULimit: -1},
		{CPULimit: 1 << 60},
		{CPURequest: 1 << 60},
		{MemoryRequest: 2, MemoryLimit: 1},
		{MemoryRequest: -1},
		{MemoryLimit: -1},
		{MemoryLimit: 1 << 62},
		{MemoryRequest: 1 << 62},
	} {
		if _, err := Kubernetes(r, good); err == nil {
			t.Errorf("%+v: got no error", r)
		}
	}
	for _, o := range []KubernetesOptions{
		{},
		{Conversion: Linear, MemoryQoS: true, ThrottlingFactor: new(big.Rat)},
		{Conversion: Linear, MemoryQoS: true, ThrottlingFactor: big.NewRat(11, 10)},
		{Conversion: Linear, MemoryQoS: true, PageSize: -1},
		{Conversion: Linear, MemoryQoS: true, Allocatable: -1},
	} {
		if _, err := Kubernetes(KubernetesResources{}, o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
}
