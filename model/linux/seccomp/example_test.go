package seccomp_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/errno"
	"github.com/bulkheadlang/bulkhead/model/linux/seccomp"
)

// A filter attached later cannot let through what an earlier one denies.
func ExampleStack() {
	task := seccomp.Task{NoNewPrivs: true}
	strict := seccomp.Filter{Default: seccomp.Allow, Rules: []seccomp.Rule{
		{Names: []string{"mount", "umount2"}, Action: seccomp.Errno, Number: errno.EPERM},
	}}
	stack, err := seccomp.Stack{}.Attach(task, strict)
	fmt.Println(err)
	stack, err = stack.Attach(task, seccomp.Filter{Default: seccomp.Allow})
	fmt.Println(err)
	fmt.Println(stack.Of(seccomp.Call{Name: "mount"}), stack.Of(seccomp.Call{Name: "read"}).Action)

	_, err = seccomp.Stack{}.Attach(seccomp.Task{}, strict)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// {errno EPERM} allow
	// EACCES: a filter needs no_new_privs or CAP_SYS_ADMIN
}
