// Package controller models the controllers of Kubernetes, as functions one could call and as .bh models, which the checker explores
// exhaustively. The tests hold the two together: on small instances their state graphs are the same graph.
//
//   - Queue and workqueue.bh: keys in, keys out: each is worked on by one worker at a time, and no change is lost.
//   - Replicas and expectations.bh: how the controller of a ReplicaSet does not create what it has created and does not see yet.
//   - reconcile.bh, over both: that what is wanted comes about in the end, whatever was lost on the way, because the controller
//     looks at how things are.
//
// All of it is exact; times are in milliseconds. A step that the present state does not allow returns an error that wraps
// model.ErrRefused, and changes nothing.
//
// Source: k8s.io/client-go/util/workqueue; the Kubernetes source, to which paths such as pkg/controller refer.
package controller
