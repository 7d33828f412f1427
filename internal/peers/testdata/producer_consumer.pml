/* A bounded buffer, as in examples/producer_consumer.bh. */
#ifndef SIZE
#define SIZE 3
#endif
#ifndef LABELS
#define LABELS 5
#endif
chan buffer = [SIZE] of { byte };
byte produced, consumed;
hidden byte item;       /* not a part of the state */

active proctype Producer() {
	do
	:: d_step { nfull(buffer) -> buffer!produced; produced = (produced + 1) % LABELS }
	od
}

active proctype Consumer() {
	do
	:: d_step { nempty(buffer) -> buffer?item; consumed = (consumed + 1) % LABELS }
	od
}
