/* German's protocol without data, as in examples/german.bh, one process a client; home works in the name of each. */
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
#define TOSHARE 1
#define TOOWN 2
#define ME (1 << _pid)
byte cache[CLIENTS], request[CLIENTS], order[CLIENTS];
bool ack[CLIENTS];
byte command, asker;     /* asker: 0 is nobody yet, else the client plus one */
byte toStop, holders;    /* bit sets of clients */
bool owned;

active [CLIENTS] proctype Client() {
	do
	:: d_step { request[_pid] == 0 && cache[_pid] == INVALID -> request[_pid] = ASKSHARED }
	:: d_step { request[_pid] == 0 && cache[_pid] != EXCLUSIVE -> request[_pid] = ASKEXCLUSIVE }
	:: d_step { command == 0 && request[_pid] == ASKSHARED ->
		command = TOSHARE; asker = _pid + 1; request[_pid] = 0; toStop = holders }
	:: d_step { command == 0 && request[_pid] == ASKEXCLUSIVE ->
		command = TOOWN; asker = _pid + 1; request[_pid] = 0; toStop = holders }
	:: d_step { order[_pid] == 0 && (toStop & ME) && (command == TOOWN || (command == TOSHARE && owned)) ->
		order[_pid] = INVALIDATE; toStop = toStop & ~ME }
	:: d_step { order[_pid] == INVALIDATE && !ack[_pid] -> order[_pid] = 0; ack[_pid] = true; cache[_pid] = INVALID }
	:: d_step { ack[_pid] && command != 0 -> ack[_pid] = false; holders = holders & ~ME; owned = false }
	:: d_step { command == TOSHARE && asker == _pid + 1 && order[_pid] == 0 && !owned ->
		order[_pid] = GIVESHARED; holders = holders | ME; command = 0 }
	:: d_step { command == TOOWN && asker == _pid + 1 && order[_pid] == 0 && !owned && holders == 0 ->
		order[_pid] = GIVEEXCLUSIVE; holders = ME; owned = true; command = 0 }
	:: d_step { order[_pid] == GIVESHARED -> order[_pid] = 0; cache[_pid] = SHARED }
	:: d_step { order[_pid] == GIVEEXCLUSIVE -> order[_pid] = 0; cache[_pid] = EXCLUSIVE }
	od
}
