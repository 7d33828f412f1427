package network_test

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/esxi/network"
)

// A tenant on a switch with the classic defaults: promiscuous mode is rejected, address changes and forged transmits
// are accepted. It reads its neighbour's mail without listening, by taking the address of the gateway.
func ExampleNetwork() {
	vlan := network.Access(10)
	n, err := network.New(network.Config{
		Switches: []network.Switch{{
			Name:     "vSwitch0",
			Security: network.Security{MACChanges: true, ForgedTransmits: true},
			Groups: []network.Group{
				{Name: "tenants", VLAN: vlan},
				{Name: "hardened", VLAN: vlan, Security: network.Override{MACChanges: network.Reject, ForgedTransmits: network.Reject}},
			},
		}},
		Adapters: []network.Adapter{
			{Switch: "vSwitch0", Group: "tenants", MAC: 0x005056000001},
			{Switch: "vSwitch0", Group: "tenants", MAC: 0x005056000002},
			{Switch: "vSwitch0", Group: "tenants", MAC: 0x005056000003}, // the gateway
			{Switch: "vSwitch0", Group: "hardened", MAC: 0x005056000004},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mail := network.Frame{Source: n.Address(2), Destination: n.Address(3)}
	before, _ := n.Deliver(2, mail)
	err = n.SetMAC(1, n.Address(3))
	after, _ := n.Deliver(2, mail)
	fmt.Println(len(before), len(after), err)
	fmt.Println("by rule:", n.Overhears(1, 2, 3), n.Overhears(4, 2, 3), n.Impersonates(4, 2, 3))

	_, err = n.Deliver(4, network.Frame{Source: n.Address(2), Destination: n.Address(3)})
	var dropped *network.Dropped
	fmt.Println(errors.As(err, &dropped), err)
	// Output:
	// 1 2 <nil>
	// by rule: true false false
	// true refused: port 4 may not send with source 00:50:56:00:00:02
}
