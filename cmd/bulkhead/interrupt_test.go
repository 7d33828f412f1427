//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
)

// TestInterrupts has the first signal end the context, and the second one the process.
func TestInterrupts(t *testing.T) {
	left := make(chan struct{})
	ctx, stop := interruptible(func() { close(left) })
	defer stop()
	send := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	send()
	<-ctx.Done()
	if ended(ctx) != errInterrupted.Error() {
		t.Errorf("got %s, want %v", ended(ctx), errInterrupted)
	}
	select {
	case <-left:
		t.Error("one interrupt ends the process")
	default:
	}
	send()
	<-left
}
