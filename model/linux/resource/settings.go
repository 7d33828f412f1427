package resource

import (
	"fmt"
	"math"
	"math/big"
)

// Unlimited is a value of "max".
const Unlimited int64 = math.MaxInt64

const (
	period     int64 = 100_000 // of cpu.max, in microseconds
	minQuota   int64 = 1_000
	minMemory  int64 = 6 << 20 // Docker's, daemon/daemon_unix.go, linuxMinMemory
	maxCPUs    int64 = 1 << 20 // more than there are
	maxMemory  int64 = 1 << 60
	maxMilli         = maxCPUs * 1000
	maxPidsMax int64 = 1 << 22 // PID_MAX_LIMIT
)

// Settings are the files of a control group of version 2 that engines write. A field that is 0 is not written, and the kernel's
// default stands: a weight of 100, protections of 0, limits of max. Those that may be 0 are pointers.
type Settings struct {
	CPUWeight  uint64
	CPUQuota   int64 // cpu.max, microseconds in each period of CPUPeriod; Unlimited is max
	CPUPeriod  int64
	IOWeight   uint64
	MemoryMin  int64 // bytes, as all below
	MemoryLow  int64
	MemoryHigh int64
	MemoryMax  int64  // Unlimited is max
	SwapMax    *int64 // memory.swap.max
	PidsMax    int64  // Unlimited is max
}

// DockerOptions are resources of docker run, as the engine's API has them. 0 is an option that is not given.
type DockerOptions struct {
	CPUShares         int64 // --cpu-shares
	NanoCPUs          int64 // --cpus, in billionths of a processor
	CPUQuota          int64 // --cpu-quota, microseconds; less than 0 is no limit
	CPUPeriod         int64 // --cpu-period
	BlkioWeight       uint16
	Memory            int64 // --memory, bytes
	MemorySwap        int64 // --memory-swap: memory and swap together, or -1 for as much swap as there is
	MemoryReservation int64 // --memory-reservation
	PidsLimit         int64 // --pids-limit; -1 is none
}

// Docker is what docker run makes of options on a host with so many processors (moby, daemon/daemon_unix.go,
// verifyPlatformContainerResources, adaptContainerSettings, getCPUResources; docs.docker.com, resource constraints), by a runtime
// with conversion c. The errors are those of the engine, which refuses the container.
func Docker(o DockerOptions, processors int, c Conversion) (Settings, error) {
	if processors < 1 || int64(processors) > maxCPUs {
		return Settings{}, fmt.Errorf("got %d processors, want 1 to %d", processors, maxCPUs)
	}
	var s Settings
	for _, set := range []func() error{
		func() error { return s.dockerCPU(o, processors, c) },
		func() error { return s.dockerMemory(o) },
		func() (err error) { s.IOWeight, err = IOWeight(o.BlkioWeight); return err },
	} {
		if err := set(); err != nil {
			return Settings{}, err
		}
	}
	switch {
	case o.PidsLimit < 0:
		s.PidsMax = Unlimited
	case o.PidsLimit > maxPidsMax:
		return Settings{}, fmt.Errorf("got a limit of %d processes, want at most %d", o.PidsLimit, maxPidsMax)
	default:
		s.PidsMax = o.PidsLimit
	}
	return s, nil
}

func (s *Settings) dockerCPU(o DockerOptions, processors int, c Conversion) error {
	if o.CPUShares < 0 {
		return fmt.Errorf("invalid CPU shares (%d): value must be a positive integer", o.CPUShares)
	}
	var err error
	if s.CPUWeight, err = c.Weight(uint64(o.CPUShares)); err != nil {
		return err
	}
	switch {
	case o.NanoCPUs > 0 && (o.CPUPeriod > 0 || o.CPUQuota > 0):
		return fmt.Errorf("conflicting options: Nano CPUs and CPU Period or Quota cannot both be set")
	case o.NanoCPUs != 0 && (o.NanoCPUs < 1e7 || o.NanoCPUs > int64(processors)*1e9):
		return fmt.Errorf("range of CPUs is from 0.01 to %d.00, got %d billionths", processors, o.NanoCPUs)
	case o.CPUPeriod != 0 && (o.CPUPeriod < 1_000 || o.CPUPeriod > 1_000_000):
		return fmt.Errorf("CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000), got %d", o.CPUPeriod)
	case o.CPUQuota > 0 && (o.CPUQuota < minQuota || o.CPUQuota > maxCPUs*1_000_000):
		return fmt.Errorf("CPU cfs quota cannot be less than 1ms (i.e. 1000), got %d", o.CPUQuota)
	case o.NanoCPUs != 0 && o.CPUQuota == 0:
		s.CPUQuota, s.CPUPeriod = o.NanoCPUs/10_000, period // a processor is 1e9 of the one and 1e5 of the other
	case o.CPUPeriod != 0 || o.CPUQuota != 0:
		s.CPUQuota, s.CPUPeriod = o.CPUQuota, o.CPUPeriod
		if s.CPUQuota <= 0 {
			s.CPUQuota = Unlimited
		}
		if s.CPUPeriod == 0 {
			s.CPUPeriod = period
		}
	}
	return nil
}

func (s *Settings) dockerMemory(o DockerOptions) error {
	switch {
	case o.Memory < 0 || o.Memory > maxMemory || o.Memory > 0 && o.Memory < minMemory:
		return fmt.Errorf("minimum memory limit allowed is 6MB, got %d bytes", o.Memory)
	case o.MemorySwap < -1 || o.MemorySwap > 2*maxMemory:
		return fmt.Errorf("got %d bytes of memory and swap, want -1 to %d", o.MemorySwap, 2*maxMemory)
	case o.Memory > 0 && o.MemorySwap > 0 && o.MemorySwap < o.Memory:
		return fmt.Errorf("minimum memoryswap limit should be larger than memory limit, got %d bytes and %d", o.MemorySwap, o.Memory)
	case o.Memory == 0 && o.MemorySwap > 0:
		return fmt.Errorf("you should always set the Memory limit when using Memoryswap limit")
	case o.MemoryReservation < 0 || o.MemoryReservation > maxMemory || o.MemoryReservation > 0 && o.MemoryReservation < minMemory:
		return fmt.Errorf("minimum memory reservation allowed is 6MB, got %d bytes", o.MemoryReservation)
	case o.Memory > 0 && o.MemoryReservation > o.Memory:
		return fmt.Errorf("minimum memory limit can not be less than memory reservation limit, got %d bytes and %d", o.Memory, o.MemoryReservation)
	}
	s.MemoryMax, s.MemoryLow = o.Memory, o.MemoryReservation
	both := o.MemorySwap
	if o.Memory > 0 && both == 0 {
		both = 2 * o.Memory
	}
	var err error
	s.SwapMax, err = SwapMax(both, o.Memory)
	return err
}

// SwapMax is memory.swap.max for a limit of memory and swap together, which is what the runtime specification has
// (opencontainers/cgroups, utils.go, ConvertMemorySwapToCgroupV2Value). For both, 0 is not set and -1 is no limit. The
// result is nil where nothing is written.
func SwapMax(both, memory int64) (*int64, error) {
	none := func() *int64 { n := Unlimited; return &n }
	switch {
	case both < -1 || memory < -1:
		return nil, fmt.Errorf("got limits of %d and %d bytes, want at least -1", both, memory)
	case memory == -1 && both == 0, both == -1:
		return none(), nil
	case both == 0:
		return nil, nil
	case memory == -1:
		return &both, nil
	case memory == 0:
		return nil, fmt.Errorf("unable to set swap limit without memory limit")
	case both < memory:
		return nil, fmt.Errorf("memory+swap limit should be >= memory limit, got %d and %d bytes", both, memory)
	}
	swap := both - memory
	return &swap, nil
}

// KubernetesResources are the requests and limits of a container. 0 is one that is not given; a request that is not given, where
// the limit is, is the limit.
type KubernetesResources struct {
	CPURequest, CPULimit       int64 // thousandths of a processor
	MemoryRequest, MemoryLimit int64 // bytes
}

// KubernetesOptions are settings of the kubelet.
type KubernetesOptions struct {
	Conversion Conversion // of the runtime
	// MemoryQoS is the feature gate by which requests of memory are more than numbers for the scheduler; off unless it is
	// turned on, since it is alpha (KEP-2570).
	MemoryQoS bool
	// ThrottlingFactor is memoryThrottlingFactor; nil is its default, 9/10. It was 8/10 before 1.27.
	ThrottlingFactor *big.Rat
	Allocatable      int64 // bytes of the node, for containers without a limit
	PageSize         int64 // bytes; 0 is 4096
	// Swap tells that the kubelet leaves swap alone. Without it, as by default, containers have none.
	Swap bool
}

// Shares are the CPU shares of a request of so many thousandths of a processor: 1024 for each, and no less than 2 nor more
// than 262144 (kubernetes, pkg/kubelet/cm/helpers_linux.go, MilliCPUToShares).
func Shares(milli int64) (uint64, error) {
	if milli < 0 || milli > maxMilli {
		return 0, fmt.Errorf("got %d thousandths of a processor, want 0 to %d", milli, maxMilli)
	}
	return min(max(uint64(milli)*1024/1000, MinShares), MaxShares), nil
}

// Kubernetes is what the kubelet makes of requests and limits (kubernetes, pkg/kubelet/cm/helpers_linux.go and
// pkg/kubelet/kuberuntime/kuberuntime_container_linux.go). It is an error where a request is above its limit, as the API
// server has it.
func Kubernetes(r KubernetesResources, o KubernetesOptions) (Settings, error) {
	switch {
	case r.CPULimit < 0 || r.CPULimit > maxMilli || r.CPULimit > 0 && r.CPURequest > r.CPULimit:
		return Settings{}, fmt.Errorf("got a request of %d and a limit of %d thousandths of a processor", r.CPURequest, r.CPULimit)
	case r.MemoryRequest < 0 || r.MemoryLimit < 0 || r.MemoryRequest > maxMemory || r.MemoryLimit > maxMemory,
		r.MemoryLimit > 0 && r.MemoryRequest > r.MemoryLimit:
		return Settings{}, fmt.Errorf("got a request of %d and a limit of %d bytes", r.MemoryRequest, r.MemoryLimit)
	}
	// The API server fills them in, and the kubelet does once more (calculateLinuxResources).
	if r.CPURequest == 0 {
		r.CPURequest = r.CPULimit
	}
	if r.MemoryRequest == 0 {
		r.MemoryRequest = r.MemoryLimit
	}
	shares, err := Shares(r.CPURequest)
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	if s.CPUWeight, err = o.Conversion.Weight(shares); err != nil {
		return Settings{}, err
	}
	if r.CPULimit > 0 {
		s.CPUQuota, s.CPUPeriod = max(r.CPULimit*(period/1000), minQuota), period
	}
	s.MemoryMax = r.MemoryLimit
	if !o.Swap {
		s.SwapMax = new(int64)
	}
	if o.MemoryQoS {
		return s, s.memoryQoS(r, o)
	}
	return s, nil
}

// memoryQoS sets memory.min to the request, and memory.high between the request and the limit, or what the node has.
func (s *Settings) memoryQoS(r KubernetesResources, o KubernetesOptions) error {
	factor, page := big.NewRat(9, 10), o.PageSize
	if o.ThrottlingFactor != nil {
		factor = o.ThrottlingFactor
	}
	if page == 0 {
		page = 4096
	}
	if factor.Sign() <= 0 || factor.Cmp(big.NewRat(1, 1)) > 0 || page < 0 || o.Allocatable < 0 || o.Allocatable > maxMemory {
		return fmt.Errorf("got a throttling factor of %s, pages of %d bytes and %d allocatable ones", factor, page, o.Allocatable)
	}
	s.MemoryMin = r.MemoryRequest
	if r.MemoryRequest == r.MemoryLimit {
		return nil // what it may use is what it is sure of
	}
	most := r.MemoryLimit
	if most == 0 {
		most = o.Allocatable
	}
	between := new(big.Rat).SetInt64(most - r.MemoryRequest)
	high := between.Mul(between, factor).Add(between, new(big.Rat).SetInt64(r.MemoryRequest))
	high.Quo(high, new(big.Rat).SetInt64(page))
	pages := new(big.Int).Div(high.Num(), high.Denom())
	if n := pages.Int64() * page; n > r.MemoryRequest { // at most maxMemory
		s.MemoryHigh = n
	}
	return nil
}
