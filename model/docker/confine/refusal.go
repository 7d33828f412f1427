package confine

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Refusal is the answer of the daemon to a container that it does not create or start. It wraps model.ErrRefused. Message has the
// daemon's words (Moby v2.0.0-beta.24, daemon/daemon_unix.go, oci_linux.go and pkg/oci).
type Refusal struct {
	Kind    Kind
	Message string
}

// Kind says why.
type Kind string

// The kinds, of which InvalidParameter is the daemon's own name (HTTP 400). What is in conflict is refused when the container is
// created, too, and answered as such.
const (
	InvalidParameter Kind = "InvalidParameter"
	Conflicting      Kind = "Conflicting" // options that exclude one another
	NotAvailable     Kind = "System"      // the kernel or the host lacks something
)

// Error gives the daemon's words.
func (r *Refusal) Error() string { return r.Message }

// Unwrap is model.ErrRefused.
func (r *Refusal) Unwrap() error { return model.ErrRefused }

func refuse(kind Kind, format string, args ...any) error {
	return &Refusal{Kind: kind, Message: fmt.Sprintf(format, args...)}
}
