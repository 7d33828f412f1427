package network_test

import (
	"fmt"
	"net/netip"

	"github.com/bulkheadlang/bulkhead/model/docker/network"
)

// A database is published for the host alone, and a shop for all. Before 28.0 a laptop on the same segment gets to both; since 28.2
// it gets to the database only once firewalld is reloaded, in versions before 28.3.3.
func ExampleSite() {
	at := func(e network.Engine) *network.Site {
		s, err := network.New(network.Config{
			Hosts:      []network.Host{{Name: "host", Addr: netip.MustParseAddr("192.168.0.10"), Segment: "lan", Engine: e}},
			Neighbours: []network.Neighbour{{Name: "laptop", Segment: "lan", Addr: netip.MustParseAddr("192.168.0.99")}},
			Networks:   []network.Network{{Name: "shop", Host: "host", Subnet: netip.MustParsePrefix("172.18.0.0/16")}},
			Containers: []network.Container{
				{
					Name: "web", Host: "host", Attached: []network.Attachment{{Network: "shop"}},
					Published: []network.Publication{{Network: "shop", HostPort: 8080, Port: 80}},
				},
				{
					Name: "db", Host: "host", Attached: []network.Attachment{{Network: "shop"}},
					Published: []network.Publication{{Network: "shop", HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: 5432, Port: 5432}},
				},
			},
		})
		if err != nil {
			panic(err)
		}
		return s
	}
	laptop, web, db := network.AtNeighbour("laptop"), network.AtContainer("web"), network.AtContainer("db")
	old, since := at(network.Engine{Version: network.V27}), at(network.Engine{Version: network.V28, LosesEndpoints: true})
	fmt.Println("27.5:", old.Reaches(laptop, web, 80), old.Reaches(laptop, db, 5432))
	fmt.Println("28.3:", since.Reaches(laptop, web, 80), since.Reaches(laptop, db, 5432))

	packet := network.Connection{From: laptop, Via: "host", To: netip.AddrPortFrom(since.Addr("db", "shop"), 5432)}
	_, _, err := since.Connect(packet)
	fmt.Println(err)
	if err := since.Reload("host"); err != nil {
		panic(err)
	}
	to, port, err := since.Connect(packet)
	fmt.Println(to, port, err)

	err = since.Run(network.Container{
		Name: "web2", Host: "host", Attached: []network.Attachment{{Network: "shop"}},
		Published: []network.Publication{{Network: "shop", HostPort: 8080, Port: 80}},
	})
	fmt.Println(err)
	// Output:
	// 27.5: true true
	// 28.3: true false
	// refused: dropped by raw PREROUTING
	// container db 5432 <nil>
	// refused: Bind for 0.0.0.0:8080 failed: port is already allocated, by web
}
