/* The banker, as in examples/banker.bh. Whether an order exists in which everyone can finish is found, in C, by letting
 * finish whoever can, again and again: to finish never hurts the others. It is found ahead of the step, and so, like the
 * free pieces, follows from the rest of the state. */
#ifndef CLIENTS
#define CLIENTS 3
#endif
#ifndef TOTAL
#define TOTAL 5
#endif
#define CLAIM (2 + (_pid + 1) % 3)
byte has[CLIENTS];
byte ok[CLIENTS] = 1;   /* one piece more for this client is safe, if there is one */
byte free = TOTAL;
byte clients = CLIENTS; /* where C sees it */

c_code {
	static void look(uchar *has, uchar *ok, int clients, int free)
	{
		int a, round, c;
		for (a = 0; a < clients; a++) {
			int done[8] = {0}, finished = 0, left = free - 1;
			for (round = 0; round < clients; round++)
				for (c = 0; c < clients; c++)
					if (!done[c] && 2 + (c + 1) % 3 - has[c] - (c == a) <= left) {
						done[c] = 1;
						finished++;
						left += has[c] + (c == a);
					}
			ok[a] = finished == clients;
		}
	}
};
#define LOOK c_code { look(now.has, now.ok, now.clients, now.free); }

active [CLIENTS] proctype Client() {
	do
	:: d_step { has[_pid] < CLAIM && free > 0 && ok[_pid] -> has[_pid]++; free--; LOOK }
	:: d_step { has[_pid] == CLAIM -> free = free + has[_pid]; has[_pid] = 0; LOOK }
	od
}
