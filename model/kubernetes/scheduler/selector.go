package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Operator compares a label.
type Operator int

// The operators. Gt and Lt, of integers, are for labels of nodes only.
const (
	In Operator = iota
	NotIn
	Exists
	DoesNotExist
	Gt
	Lt
)

// Requirement is a condition on one label. What has no such label meets NotIn and DoesNotExist.
type Requirement struct {
	Key    string
	Op     Operator
	Values []string
}

func (r Requirement) valid(ofNodes bool) error {
	switch r.Op {
	case In, NotIn:
		if len(r.Values) == 0 {
			return fmt.Errorf("label %s: In and NotIn want values", r.Key)
		}
	case Exists, DoesNotExist:
		if len(r.Values) > 0 {
			return fmt.Errorf("label %s: Exists and DoesNotExist want no values, got %q", r.Key, r.Values)
		}
	case Gt, Lt:
		if !ofNodes {
			return fmt.Errorf("label %s: Gt and Lt are for labels of nodes", r.Key)
		}
		if len(r.Values) != 1 {
			return fmt.Errorf("label %s: Gt and Lt want one value, got %q", r.Key, r.Values)
		}
		if _, err := strconv.ParseInt(r.Values[0], 10, 64); err != nil {
			return fmt.Errorf("label %s: Gt and Lt want an integer, got %q", r.Key, r.Values[0])
		}
	default:
		return fmt.Errorf("label %s: got operator %d, want In to Lt", r.Key, r.Op)
	}
	return nil
}

func (r Requirement) matches(labels map[string]string) bool {
	value, has := labels[r.Key]
	switch r.Op {
	case In:
		return has && slices.Contains(r.Values, value)
	case NotIn:
		return !has || !slices.Contains(r.Values, value)
	case Exists:
		return has
	case DoesNotExist:
		return !has
	}
	if !has || len(r.Values) != 1 {
		return false
	}
	got, err := strconv.ParseInt(value, 10, 64)
	want, err2 := strconv.ParseInt(r.Values[0], 10, 64)
	if err != nil || err2 != nil {
		return false
	}
	return r.Op == Gt && got > want || r.Op == Lt && got < want
}

// Selector is a conjunction. An empty one matches everything.
type Selector []Requirement

// Labelled is the selector of what has all these labels.
func Labelled(labels map[string]string) Selector {
	var out Selector
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, Requirement{key, In, []string{labels[key]}})
	}
	return out
}

func (s Selector) valid(ofNodes bool) error {
	for _, r := range s {
		if err := r.valid(ofNodes); err != nil {
			return err
		}
	}
	return nil
}

// Matches tells whether labels meet all requirements.
func (s Selector) Matches(labels map[string]string) bool {
	return !slices.ContainsFunc(s, func(r Requirement) bool { return !r.matches(labels) })
}
