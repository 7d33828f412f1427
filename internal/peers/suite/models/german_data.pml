/* German's protocol with data, as in german_data.bh, one process a client; home works in the name of each. */
#ifndef CLIENTS
#define CLIENTS 2
#endif
#define INVALID 0
#define SHARED 1
#define EXCLUSIVE 2
#define ASKSHARED 1
#define ASKEXCLUSIVE 2
#define INVALIDATE 1
#define GIVESHARED 2
#define GIVEEXCLUSIVE 3
#define ME (1 << _pid)
byte cache[CLIENTS], request[CLIENTS], order[CLIENTS];
bit held[CLIENTS], sent[CLIENTS], ack[CLIENTS], back[CLIENTS];
byte command, asker;     /* asker: 0 is nobody, else the client plus one */
byte toStop, holders;    /* bit sets of clients */
bool owned;
bit memory, written;

active [CLIENTS] proctype Client() {
	do
	:: d_step { cache[_pid] == EXCLUSIVE -> held[_pid] = 0; written = 0 }
	:: d_step { cache[_pid] == EXCLUSIVE -> held[_pid] = 1; written = 1 }
	:: d_step { request[_pid] == 0 && cache[_pid] == INVALID -> request[_pid] = ASKSHARED }
	:: d_step { request[_pid] == 0 && cache[_pid] != EXCLUSIVE -> request[_pid] = ASKEXCLUSIVE }
	:: d_step { command == 0 && request[_pid] != 0 ->
		command = request[_pid]; asker = _pid + 1; request[_pid] = 0; toStop = holders }
	:: d_step { order[_pid] == 0 && (toStop & ME) && (command == ASKEXCLUSIVE || (command == ASKSHARED && owned)) ->
		order[_pid] = INVALIDATE; toStop = toStop & ~ME }
	:: d_step { order[_pid] == INVALIDATE && !ack[_pid] ->
		order[_pid] = 0; ack[_pid] = true;
		if
		:: cache[_pid] == EXCLUSIVE -> back[_pid] = held[_pid]
		:: else
		fi;
		cache[_pid] = INVALID; held[_pid] = 0 }
	:: d_step { ack[_pid] && command != 0 ->
		ack[_pid] = false; holders = holders & ~ME;
		if
		:: owned -> owned = false; memory = back[_pid]; assert(memory == written)
		:: else
		fi;
		back[_pid] = 0 }
	:: d_step { command == ASKSHARED && asker == _pid + 1 && order[_pid] == 0 && !owned ->
		order[_pid] = GIVESHARED; sent[_pid] = memory; holders = holders | ME; command = 0; asker = 0 }
	:: d_step { command == ASKEXCLUSIVE && asker == _pid + 1 && order[_pid] == 0 && !owned && holders == 0 ->
		order[_pid] = GIVEEXCLUSIVE; sent[_pid] = memory; holders = ME; owned = true; command = 0; asker = 0 }
	:: d_step { order[_pid] == GIVESHARED ->
		order[_pid] = 0; cache[_pid] = SHARED; held[_pid] = sent[_pid]; sent[_pid] = 0; assert(held[_pid] == written) }
	:: d_step { order[_pid] == GIVEEXCLUSIVE ->
		order[_pid] = 0; cache[_pid] = EXCLUSIVE; held[_pid] = sent[_pid]; sent[_pid] = 0; assert(held[_pid] == written) }
	od
}
