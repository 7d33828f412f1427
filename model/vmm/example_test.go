package vmm_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/vmm"
)

// On the x86 of before 2005, POPF did nothing in user mode and did not trap: a guest's kernel that masks interrupts is not heard.
func ExampleMonitor() {
	x86 := vmm.All &^ vmm.Set(vmm.SetMask)
	bare, err := vmm.NewMachine(x86, 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	monitor, err := vmm.NewMonitor(x86, 16, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	popf := vmm.Op{Instr: vmm.SetMask, Length: 1}
	fmt.Println(bare.Step(popf), monitor.Step(popf))
	fmt.Println(bare.Masked, monitor.Guest.Masked, vmm.Same(bare, monitor))
	sensitive, userOnly, err := vmm.Sensitive(16)
	fmt.Println(sensitive.Members(), userOnly.Members(), err)
	// Output:
	// <nil> <nil>
	// true false false
	// [set_relocation get_relocation leave get_mode set_mask get_mask] [set_relocation get_relocation get_mask] <nil>
}
