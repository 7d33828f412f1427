package model

import (
	"errors"
	"fmt"
)

// ErrRefused is what the error of a step of the implementations below this package wraps when the present state does not
// allow the step. The step had no effect.
var ErrRefused = errors.New("refused")

// Refuse makes the error of a step that the present state does not allow.
func Refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrRefused, fmt.Errorf(format, args...))
}
