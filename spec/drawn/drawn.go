// Package drawn draws models for tests outside the language, such as those of exporters. It exists for tests.
package drawn

import (
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/spec/internal/gen"
)

// Model draws the text of a model that checks, of few states.
func Model(t *rapid.T) string { return gen.Model(t) }
