// Bulkhead checks models of virtual machine hosts, containers and clusters: every reachable state, with the shortest run
// that breaks a property.
//
// Exit status: 0 every property holds, exhaustively; 1 a property is violated; 2 the input or the usage is wrong;
// 3 undecided, because a limit or an interrupt ended the search. Of several models the worst counts, in the order 2, 1,
// 3, 0.
package main

import "os"

func main() {
	os.Exit(int(run(os.Args[1:], &terminal{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})))
}
