--------------------------- MODULE GermanData ---------------------------
\* German's protocol with data, as in german_data.bh.
\* CONSTANT VALUES = 2
EXTENDS Naturals
CONSTANTS CLIENTS, VALUES
VARIABLES cache, held, request, order, sent, ack, back, toStop, holders, owned, command, asker, memory, written
vars == <<cache, held, request, order, sent, ack, back, toStop, holders, owned, command, asker, memory, written>>
Client == 1..CLIENTS
Data == 0..(VALUES - 1)

Init ==
  /\ cache = [c \in Client |-> "invalid"]
  /\ held = [c \in Client |-> 0]
  /\ request = [c \in Client |-> "none"]
  /\ order = [c \in Client |-> "none"]
  /\ sent = [c \in Client |-> 0]
  /\ ack = [c \in Client |-> FALSE]
  /\ back = [c \in Client |-> 0]
  /\ toStop = {} /\ holders = {}
  /\ owned = FALSE /\ command = "none" /\ asker = 0
  /\ memory = 0 /\ written = 0

Store(c, d) ==
  /\ cache[c] = "exclusive"
  /\ held' = [held EXCEPT ![c] = d]
  /\ written' = d
  /\ UNCHANGED <<cache, request, order, sent, ack, back, toStop, holders, owned, command, asker, memory>>
AskShared(c) ==
  /\ request[c] = "none" /\ cache[c] = "invalid"
  /\ request' = [request EXCEPT ![c] = "shared"]
  /\ UNCHANGED <<cache, held, order, sent, ack, back, toStop, holders, owned, command, asker, memory, written>>
AskExclusive(c) ==
  /\ request[c] = "none" /\ cache[c] # "exclusive"
  /\ request' = [request EXCEPT ![c] = "exclusive"]
  /\ UNCHANGED <<cache, held, order, sent, ack, back, toStop, holders, owned, command, asker, memory, written>>
Take(c) ==
  /\ command = "none" /\ request[c] # "none"
  /\ command' = request[c] /\ asker' = c /\ toStop' = holders
  /\ request' = [request EXCEPT ![c] = "none"]
  /\ UNCHANGED <<cache, held, order, sent, ack, back, holders, owned, memory, written>>
Invalidate(c) ==
  /\ order[c] = "none" /\ c \in toStop
  /\ IF command = "exclusive" THEN TRUE ELSE command = "shared" /\ owned
  /\ order' = [order EXCEPT ![c] = "invalidate"]
  /\ toStop' = toStop \ {c}
  /\ UNCHANGED <<cache, held, request, sent, ack, back, holders, owned, command, asker, memory, written>>
Acknowledge(c) ==
  /\ order[c] = "invalidate" /\ ~ack[c]
  /\ order' = [order EXCEPT ![c] = "none"]
  /\ ack' = [ack EXCEPT ![c] = TRUE]
  /\ back' = IF cache[c] = "exclusive" THEN [back EXCEPT ![c] = held[c]] ELSE back
  /\ cache' = [cache EXCEPT ![c] = "invalid"]
  /\ held' = [held EXCEPT ![c] = 0]
  /\ UNCHANGED <<request, sent, toStop, holders, owned, command, asker, memory, written>>
TakeAck(c) ==
  /\ ack[c] /\ command # "none"
  /\ ack' = [ack EXCEPT ![c] = FALSE]
  /\ holders' = holders \ {c}
  /\ owned' = FALSE
  /\ memory' = IF owned THEN back[c] ELSE memory
  /\ back' = [back EXCEPT ![c] = 0]
  /\ UNCHANGED <<cache, held, request, order, sent, toStop, command, asker, written>>
Ready(c, wanted) == command = wanted /\ asker = c /\ order[c] = "none" /\ ~owned
GiveShared(c) ==
  /\ Ready(c, "shared")
  /\ order' = [order EXCEPT ![c] = "shared"]
  /\ sent' = [sent EXCEPT ![c] = memory]
  /\ holders' = holders \union {c}
  /\ command' = "none" /\ asker' = 0
  /\ UNCHANGED <<cache, held, request, ack, back, toStop, owned, memory, written>>
GiveExclusive(c) ==
  /\ Ready(c, "exclusive") /\ holders = {}
  /\ order' = [order EXCEPT ![c] = "exclusive"]
  /\ sent' = [sent EXCEPT ![c] = memory]
  /\ holders' = {c} /\ owned' = TRUE
  /\ command' = "none" /\ asker' = 0
  /\ UNCHANGED <<cache, held, request, ack, back, toStop, memory, written>>
Get(c) ==
  /\ order[c] \in {"shared", "exclusive"}
  /\ order' = [order EXCEPT ![c] = "none"]
  /\ cache' = [cache EXCEPT ![c] = order[c]]
  /\ held' = [held EXCEPT ![c] = sent[c]]
  /\ sent' = [sent EXCEPT ![c] = 0]
  /\ UNCHANGED <<request, ack, back, toStop, holders, owned, command, asker, memory, written>>

Next == \E c \in Client :
  \/ \E d \in Data : Store(c, d)
  \/ AskShared(c)
  \/ AskExclusive(c)
  \/ Take(c)
  \/ Invalidate(c)
  \/ Acknowledge(c)
  \/ TakeAck(c)
  \/ GiveShared(c)
  \/ GiveExclusive(c)
  \/ Get(c)
Spec == Init /\ [][Next]_vars

Inv ==
  /\ \A c, d \in Client : c = d \/ cache[c] # "exclusive" \/ cache[d] = "invalid"
  /\ owned \/ memory = written
  /\ \A c \in Client : cache[c] = "invalid" \/ held[c] = written
==========================================================================
