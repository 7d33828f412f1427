package render

import (
	"context"
	_ "embed" // for the WebAssembly file
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:generate sh -c "cp $(go list -m -f {{.Dir}} github.com/goccy/go-graphviz)/internal/wasm/graphviz.wasm graphviz/graphviz.wasm"

//go:embed graphviz/graphviz.wasm
var graphvizWasm []byte

// engine is Graphviz compiled; it is made once, when first needed.
type engine struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

var loadEngine = sync.OnceValues(func() (*engine, error) {
	// Not the context of the first caller: the engine outlives that call.
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCloseOnContextDone(true))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, err
	}
	compiled, err := r.CompileModule(ctx, graphvizWasm)
	if err != nil {
		return nil, err
	}
	if err := hostFunctions(ctx, r, compiled); err != nil {
		return nil, err
	}
	return &engine{r, compiled}, nil
})

// hostFunctions supplies the callbacks through which Graphviz would reach plug-ins written in Go. None is registered
// here, so none is ever called.
func hostFunctions(ctx context.Context, r wazero.Runtime, compiled wazero.CompiledModule) error {
	host := r.NewHostModuleBuilder("env")
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if module != "env" {
			continue
		}
		host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(context.Context, api.Module, []uint64) {
			panic("graphviz called back " + name + ", which nothing registered")
		}), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	_, err := host.Instantiate(ctx)
	return err
}

// graphviz is one instance, with a memory of its own, which is given back whole when it is closed.
type graphviz struct {
	module api.Module
}

func newGraphviz(ctx context.Context) (*graphviz, error) {
	e, err := loadEngine()
	if err != nil {
		return nil, err
	}
	// Without a name, several instances may live side by side. Without files, environment and clocks, a graph can
	// reach nothing outside.
	m, err := e.runtime.InstantiateModule(ctx, e.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	return &graphviz{m}, nil
}

func (g *graphviz) close(ctx context.Context) { g.module.Close(ctx) }

// render parses a graph, lays it out with dot and draws it in a format that Graphviz's core knows.
func (g *graphviz) render(ctx context.Context, dot []byte, format string) ([]byte, error) {
	gvc, err := g.context(ctx)
	if err != nil {
		return nil, err
	}
	text, err := g.text(ctx, string(dot))
	if err != nil {
		return nil, err
	}
	graph, err := g.call(ctx, "agmemread", text)
	if err != nil {
		return nil, err
	}
	if graph == 0 {
		return nil, g.complaint(ctx, "the text is not a DOT graph")
	}
	layout, err := g.text(ctx, "dot")
	if err != nil {
		return nil, err
	}
	if status, err := g.call(ctx, "gvLayout", gvc, graph, layout); err != nil {
		return nil, err
	} else if status != 0 {
		return nil, g.complaint(ctx, "the graph cannot be laid out")
	}
	name, err := g.text(ctx, format)
	if err != nil {
		return nil, err
	}
	out, err := g.call(ctx, "malloc", 8) // a pointer, and a length
	if err != nil {
		return nil, err
	}
	if status, err := g.call(ctx, "gvRenderData", gvc, graph, name, out, out+4); err != nil {
		return nil, err
	} else if status != 0 {
		return nil, g.complaint(ctx, "the graph cannot be drawn as "+format)
	}
	header, err := g.read(uint32(out), 8)
	if err != nil {
		return nil, err
	}
	data, err := g.read(binary.LittleEndian.Uint32(header), binary.LittleEndian.Uint32(header[4:]))
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), data...), nil
}

// context makes a Graphviz context with the plug-ins that are linked in: the core, dot and neato. Their list has no end
// mark in the file, so it is copied to a place that has one.
func (g *graphviz) context(ctx context.Context) (uint64, error) {
	out, err := g.call(ctx, "malloc", 4)
	if err != nil {
		return 0, err
	}
	if _, err := g.module.ExportedFunction("wasm_bridge_SymList_default").Call(ctx, out); err != nil {
		return 0, err
	}
	word := func(at uint32) uint32 {
		v, _ := g.module.Memory().ReadUint32Le(at)
		return v
	}
	list := word(uint32(out)) // a length, and a pointer to pointers that stand 8 bytes apart
	count, data := word(list), word(list+4)
	const entry = 8 // a name and an address
	table, err := g.call(ctx, "calloc", uint64(count+1), entry)
	if err != nil {
		return 0, err
	}
	for i := range count {
		item, err := g.read(word(data+i*8), entry)
		if err != nil {
			return 0, err
		}
		if !g.module.Memory().Write(uint32(table)+i*entry, item) {
			return 0, errMemory
		}
	}
	return g.call(ctx, "gvContextPlugins", table, 1)
}

var errMemory = errors.New("graphviz ran out of memory")

// call calls a function with 32-bit arguments and one 32-bit result.
func (g *graphviz) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	f := g.module.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("graphviz has no function %s", name)
	}
	result, err := f.Call(ctx, args...)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		// The rest of the message is a stack of WebAssembly functions.
		first, _, _ := strings.Cut(err.Error(), "\n")
		return 0, fmt.Errorf("graphviz failed in %s: %s", name, first)
	}
	if (name == "malloc" || name == "calloc") && result[0] == 0 {
		return 0, errMemory
	}
	return result[0], nil
}

// text puts a string, with the end mark of C, into the memory of the instance.
func (g *graphviz) text(ctx context.Context, s string) (uint64, error) {
	at, err := g.call(ctx, "malloc", uint64(len(s)+1))
	if err != nil {
		return 0, err
	}
	if !g.module.Memory().Write(uint32(at), append([]byte(s), 0)) {
		return 0, errMemory
	}
	return at, nil
}

func (g *graphviz) read(at, n uint32) ([]byte, error) {
	data, ok := g.module.Memory().Read(at, n)
	if !ok {
		return nil, errMemory
	}
	return data, nil
}

// complaint makes an error of what Graphviz said last.
func (g *graphviz) complaint(ctx context.Context, what string) error {
	at, err := g.call(ctx, "aglasterr")
	if err != nil || at == 0 {
		return errors.New(what)
	}
	var text []byte
	for i := uint32(at); len(text) < 500; i++ {
		b, ok := g.module.Memory().ReadByte(i)
		if !ok || b == 0 {
			break
		}
		text = append(text, b)
	}
	return fmt.Errorf("%s: %s", what, strings.TrimSpace(string(text)))
}
