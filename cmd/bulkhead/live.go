package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
)

const liveInterval = 200 * time.Millisecond

// live is a line on a terminal that is written anew as a search goes on. On anything else it is silent.
type live struct {
	out   *os.File // nil when there is no terminal
	title string
	mu    sync.Mutex
	shown bool
}

func newLive(f *os.File, title string) *live {
	if !isTerminal(f) {
		return &live{}
	}
	return &live{out: f, title: title}
}

// callback gives what the checker is to call, nil when nobody watches.
func (l *live) callback() func(checker.Progress) {
	if l.out == nil {
		return nil
	}
	return func(p checker.Progress) {
		l.mu.Lock()
		defer l.mu.Unlock()
		// Leave the last column free: a full line would wrap on some terminals.
		fmt.Fprintf(l.out, "\r\x1b[K%s", cut(liveText(l.title, p), columns(l.out)-1))
		l.shown = true
	}
}

// clear removes the line, so that the report starts on a clean one.
func (l *live) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		fmt.Fprint(l.out, "\r\x1b[K")
	}
}

func liveText(title string, p checker.Progress) string {
	rate := int64(0)
	if s := p.Elapsed.Seconds(); s > 0 {
		rate = int64(float64(p.Distinct) / s)
	}
	text := fmt.Sprintf("%s  %s  %s/s  depth %d  frontier %s  %s", title, report.Count(p.Distinct, "state"),
		report.Number(rate), p.Depth, report.Number(p.Frontier), report.Bytes(p.Bytes))
	if len(p.Violated) > 0 {
		text += "  violated: " + strings.Join(p.Violated, ", ")
	}
	return text
}

func cut(text string, width int) string {
	if width < 1 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
