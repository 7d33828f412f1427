/* The life of virtual machines, as in examples/vm_lifecycle.bh. The counter follows from the rest of the state. */
#ifndef VMS
#define VMS 3
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#define ABSENT 0
#define OFF 1
#define ON 2
#define SUSPENDED 3
#define DESTROYED 4
byte power[VMS];
byte resident;

active [VMS] proctype VM() {
	do
	:: d_step { power[_pid] == ABSENT -> power[_pid] = OFF }
	:: d_step { power[_pid] == OFF && resident < SLOTS -> power[_pid] = ON; resident++ }
	:: d_step { power[_pid] == ON || power[_pid] == SUSPENDED ->
		resident = (power[_pid] == ON -> resident - 1 : resident); power[_pid] = OFF }
	:: d_step { power[_pid] == ON -> power[_pid] = SUSPENDED; resident-- }
	:: d_step { power[_pid] == SUSPENDED && resident < SLOTS -> power[_pid] = ON; resident++ }
	:: d_step { power[_pid] == OFF -> power[_pid] = DESTROYED }
	od
}
