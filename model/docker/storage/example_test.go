package storage_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/docker/storage"
)

// A web server has its configuration open while it is changed, goes on with the old one, and the image stays as it was.
func ExampleOverlay() {
	image := storage.Tree{
		"etc":            {Kind: storage.Dir},
		"etc/web.conf":   {Kind: storage.File, Content: "port 80"},
		"etc/hosts.deny": {Kind: storage.File, Content: "ALL"},
	}
	o, err := storage.NewOverlay(storage.Options{}, image)
	if err != nil {
		panic(err)
	}
	server, _ := o.Open("etc/web.conf")
	fmt.Println(o.Write("etc/web.conf", "port 8080"), o.Remove("etc/hosts.deny"))
	old, _ := o.Read(server)
	now, _ := o.Stat("etc/web.conf")
	fmt.Println(old, "/", now.Content)
	fmt.Println(o.Rename("etc", "config"))
	names, _ := o.List("etc")
	fmt.Println(names, len(o.Upper()), len(image))
	// Output:
	// <nil> <nil>
	// port 80 / port 8080
	// refused: EXDEV
	// [etc/web.conf] 3 3
}

// A container that may mount has a volume with rshared: what it mounts there is mounted on the host.
func ExampleMounts() {
	m, host := storage.NewMounts(true)
	backup, _ := m.Bind(host, storage.RShared)
	web, _ := m.Bind(host, storage.RSlave)
	other, _ := m.Bind(host, storage.RPrivate)
	fmt.Println(m.Mount(backup, "evil", "tmpfs"))
	fmt.Println(m.Names(host), m.Names(web), m.Names(other))
	// Output:
	// <nil>
	// [evil=tmpfs] [evil=tmpfs] []
}
