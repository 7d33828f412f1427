package pool

import (
	"math"
	"testing"
)

// The shares of the levels (vSphere API, SharesLevel; vSphere Resource Management, Resource Allocation Shares).
func TestShares(t *testing.T) {
	for _, test := range []struct {
		level    Level
		r        Resource
		size     int64
		vm, pool int64
	}{
		{Low, CPU, 1, 500, 2000},
		{Normal, CPU, 1, 1000, 4000},
		{High, CPU, 1, 2000, 8000},
		{High, CPU, 2, 4000, 8000}, // the example of the manual: two virtual CPUs, high
		{Low, Memory, 1, 5, 81920},
		{Normal, Memory, 1, 10, 163840},
		{High, Memory, 1, 20, 327680},
		{Normal, Memory, 1024, 10240, 163840},
		{High, Memory, 16384, 327680, 327680},
	} {
		s := Shares{Level: test.level}
		if got := s.Of(test.r, test.size); got != test.vm {
			t.Errorf("%s %s of size %d: got %d shares, want %d", test.level, test.r, test.size, got, test.vm)
		}
		if got := s.OfPool(test.r); got != test.pool {
			t.Errorf("%s %s of a pool: got %d shares, want %d", test.level, test.r, got, test.pool)
		}
	}
	if got := (Shares{Level: Custom, Custom: 777}).Of(CPU, 8); got != 777 {
		t.Errorf("custom: got %d shares, want 777", got)
	}
}

func TestAllocationRefuses(t *testing.T) {
	for name, a := range map[string]Allocation{
		"negative reservation":    {Reservation: -1, Limit: NoLimit},
		"huge reservation":        {Reservation: MaxAmount + 1, Limit: NoLimit},
		"limit below reservation": {Reservation: 5, Limit: 4},
		"huge limit":              {Limit: MaxAmount + 1},
		"limit of -2":             {Limit: -2},
		"unknown level":           {Limit: NoLimit, Shares: Shares{Level: Custom + 1}},
		"negative level":          {Limit: NoLimit, Shares: Shares{Level: -1}},
		"no custom shares":        {Limit: NoLimit, Shares: Shares{Level: Custom}},
		"too many shares":         {Limit: NoLimit, Shares: Shares{Level: Custom, Custom: math.MaxInt32 + 1}},
		"custom shares of a low":  {Limit: NoLimit, Shares: Shares{Level: Low, Custom: 1}},
	} {
		if a.validate() == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := (Allocation{Reservation: 4, Limit: 4}).validate(); err != nil {
		t.Error(err)
	}
}
