package tla_test
import ("testing";"os";"strings";"path/filepath";"github.com/bulkheadlang/bulkhead/proofs/tla";"github.com/bulkheadlang/bulkhead/spec")
func TestTmp(t *testing.T) {
	ok, all := 0, 0
	for _, top := range []string{"examples", "model"} {
		filepath.WalkDir("../../"+top, func(path string, _ os.DirEntry, err error) error {
			if !strings.HasSuffix(path, ".bh") { return nil }
			path = strings.TrimPrefix(path, "../../")
			p, err := spec.Load(os.DirFS("../.."), path)
			if err != nil { return nil }
			all++
			m, err := tla.Export(p.IR(), "")
			if err != nil { t.Log(err); return nil }
			ok++
			if mod, err := parse(m.Text); err != nil { t.Errorf("%s: %v", path, err) } else if err := mod.configured(m.Config); err != nil { t.Errorf("%s: config %v", path, err) }
			os.MkdirAll("/tmp/h7t/tla", 0o755)
			os.WriteFile("/tmp/h7t/tla/"+strings.ReplaceAll(path, "/", "_")+".tla", []byte(m.Text+m.Config), 0o600)
			return nil
		})
	}
	t.Log(ok, all)
}
