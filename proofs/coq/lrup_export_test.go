package coq

// PackLRUP lets tests read many proofs in one file.
var PackLRUP = packed
