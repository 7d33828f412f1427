// Package kubelet models what the kubelet of a Kubernetes node does when resources run short and when containers crash, as functions
// one could call and as .bh models, which the checker explores exhaustively. The tests hold the two together: on small instances
// their state graphs are the same graph.
//
//   - Hard, Manager and manager.bh: thresholds, and when they lead to evictions and to a condition of the node. Setting one hard
//     threshold removes the others.
//   - Victims and rank.bh: whom the kubelet evicts: who exceeds his request, by priority, by how much.
//   - OOMVictims and oom.bh: whom the kernel kills when the kubelet is too late, and what keeps the innocent alive.
//   - CrashLoop and crashloop.bh: how long a container waits that has crashed.
//   - Condition.Taint, Tolerations, Admits and loop.bh: how the scheduler hears of pressure, and pods that go in a circle because it
//     does not.
//
// All of it is exact; times are in milliseconds and amounts in bytes or pieces. A step that the present state does not allow
// returns an error that wraps model.ErrRefused, and changes nothing. Where the kubelet or the kernel takes one of several, all are
// given. Left out are the reclaiming of images and dead containers before a disk eviction, eviction of static pods, memory
// thresholds of allocatable, swap, and the cgroup notifier, by which the kubelet may look earlier than after ten seconds.
//
// Source: the Kubernetes source, to which paths such as pkg/kubelet refer, and the Kubernetes documentation.
package kubelet
