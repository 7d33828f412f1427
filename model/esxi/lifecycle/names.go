package lifecycle

import "fmt"

// name gives the spelling of the models of value n, of a type with these names.
func name(kind string, names []string, n uint8) string {
	if int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprintf("%s(%d)", kind, n)
}
