package spec_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

const manual = "LANGUAGE.md"

// fence is a fenced block of the manual: its info string, its text and the line it begins on.
type fence struct {
	info, text string
	line       int
}

// fences cuts the manual into the text between blocks and the blocks.
func fences(t *testing.T) (between []string, blocks []fence) {
	t.Helper()
	src, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```\n").FindAllSubmatchIndex(src, -1)
	at := 0
	for _, p := range parts {
		between = append(between, string(src[at:p[0]]))
		blocks = append(blocks, fence{
			info: string(src[p[2]:p[3]]),
			text: string(src[p[4]:p[5]]),
			line: 1 + strings.Count(string(src[:p[0]]), "\n"),
		})
		at = p[1]
	}
	return append(between, string(src[at:])), blocks
}

// Every sample of the manual does what the manual says of it. The info string of a block is
//
//	bh                   a model, or declarations of one, of which everything holds
//	bh violated NAME     one of which the property NAME is violated and everything else holds
//	bh error             one that is refused with the message in the block of text that follows
//	bh file PATH         a file that later samples import
func TestManual(t *testing.T) {
	between, blocks := fences(t)
	files := fstest.MapFS{}
	changed := false
	for i, b := range blocks {
		words := strings.Fields(b.info)
		if len(words) == 0 || words[0] != "bh" {
			continue
		}
		kind := strings.Join(words[1:], " ")
		switch {
		case strings.HasPrefix(kind, "file "):
			files[words[2]] = &fstest.MapFile{Data: []byte(b.text)}
		case kind == "error":
			if i+1 == len(blocks) || blocks[i+1].info != "text" || strings.TrimSpace(between[i+1]) != "" {
				t.Errorf("%s:%d: no text follows", manual, b.line)
				continue
			}
			if got := refusal(t, files, b); got != blocks[i+1].text {
				if *update {
					blocks[i+1].text, changed = got, true
				} else {
					t.Errorf("%s:%d: got\n%s\nwant\n%s", manual, b.line, got, blocks[i+1].text)
				}
			}
			continue
		default:
			sample(t, files, b, strings.TrimPrefix(kind, "violated "))
		}
		canonical, err := spec.Format("sample.bh", []byte(b.text))
		if err != nil {
			t.Errorf("%s:%d: %v", manual, b.line, err)
		} else if string(canonical) != b.text {
			if *update {
				blocks[i].text, changed = string(canonical), true
			} else {
				t.Errorf("%s:%d: the canonical layout is\n%s", manual, b.line, canonical)
			}
		}
	}
	if changed {
		var out strings.Builder
		for i, b := range blocks {
			out.WriteString(between[i] + "```" + b.info + "\n" + b.text + "```\n")
		}
		out.WriteString(between[len(blocks)])
		if err := os.WriteFile(manual, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// whole makes a model of a sample that is a part of one.
func whole(text string) string {
	if regexp.MustCompile(`(?m)^model `).MatchString(text) {
		return text
	}
	if !regexp.MustCompile(`(?m)^action |^fair |^strong `).MatchString(text) {
		text += "action Stay { skip }\n"
	}
	if !regexp.MustCompile(`(?m)^state `).MatchString(text) {
		text += "state { ready: bool = false }\n"
	}
	return "model Sample\n" + text
}

func loadSample(files fstest.MapFS, text string) (*spec.Program, error) {
	files["sample.bh"] = &fstest.MapFile{Data: []byte(text)}
	return spec.Load(files, "sample.bh")
}

// refusal is the message for a sample that is wrong, with the lines counted as in the sample.
func refusal(t *testing.T, files fstest.MapFS, b fence) string {
	text, header := b.text, 0
	if !strings.HasPrefix(text, "model ") {
		text, header = "model Sample\n"+text, 1
	}
	_, err := loadSample(files, text)
	if err == nil {
		t.Errorf("%s:%d: the sample is accepted", manual, b.line)
		return ""
	}
	return regexp.MustCompile(`(?m)^(sample\.bh:)(\d+)`).ReplaceAllStringFunc(spec.Detail(err), func(m string) string {
		line, _ := strconv.Atoi(strings.TrimPrefix(m, "sample.bh:"))
		return "sample.bh:" + strconv.Itoa(line-header)
	}) + "\n"
}

func sample(t *testing.T, files fstest.MapFS, b fence, violated string) {
	p, err := loadSample(files, whole(b.text))
	if err != nil {
		t.Errorf("%s:%d: %s", manual, b.line, spec.Detail(err))
		return
	}
	r, err := checker.Check(context.Background(), p, checker.Config{Workers: 1})
	if err != nil {
		t.Errorf("%s:%d: %v", manual, b.line, err)
		return
	}
	found := violated == ""
	for _, f := range r.Properties {
		switch {
		case f.Property.Name == violated:
			found = f.Verdict == checker.Violated
		case f.Verdict != checker.Holds && violated == "":
			t.Errorf("%s:%d: %s is %s:%s", manual, b.line, f.Property.Name, f.Verdict, detail(f))
		case f.Verdict == checker.Violated:
			t.Errorf("%s:%d: %s is violated too:%s", manual, b.line, f.Property.Name, detail(f))
		}
	}
	if !found {
		t.Errorf("%s:%d: %s is not violated", manual, b.line, violated)
	}
	for _, m := range p.Mutants() {
		if f := fate(t, m); !strings.HasPrefix(f, "breaks ") {
			t.Errorf("%s:%d: mutant %s %s", manual, b.line, m.Name, f)
		}
	}
	for _, s := range p.Scenarios() {
		if failure := s.Run(); failure != nil {
			t.Errorf("%s:%d: scenario %s: %v", manual, b.line, s.Name, failure)
		}
	}
}

// The grammar lists every keyword, and the manual every reserved word.
func TestManualWords(t *testing.T) {
	src, err := os.ReadFile("syntax/token.go")
	if err != nil {
		t.Fatal(err)
	}
	between, blocks := fences(t)
	grammar := ""
	for _, b := range blocks {
		if b.info == "ebnf" {
			grammar += b.text
		}
	}
	keywords, reserved := 0, 0
	for _, m := range regexp.MustCompile(`"([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
		word := m[1]
		_, err := syntax.Parse("word.bh", []byte("const "+word+" = 1"))
		switch {
		case err == nil:
		case strings.Contains(err.Error(), "got the keyword `"+word+"`"):
			keywords++
			if !strings.Contains(grammar, "'"+word+"'") {
				t.Errorf("the grammar does not mention '%s'", word)
			}
		case strings.Contains(err.Error(), "not built yet"):
			reserved++
			if !strings.Contains(strings.Join(between, ""), "`"+word+"`") {
				t.Errorf("the manual does not mention the reserved word `%s`", word)
			}
		}
	}
	if keywords < 50 || reserved < 3 {
		t.Errorf("found %d keywords and %d reserved words, too few to be all", keywords, reserved)
	}
	for _, m := range regexp.MustCompile(`'([a-z]+)'`).FindAllStringSubmatch(grammar, -1) {
		_, err := syntax.Parse("word.bh", []byte("const "+m[1]+" = 1"))
		if err == nil && !slices.Contains([]string{"min", "max", "value", "happens", "enabled", "longest", "as", "check"}, m[1]) {
			t.Errorf("the grammar has '%s', which is no keyword", m[1])
		}
	}
}
