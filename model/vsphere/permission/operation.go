package permission

// The needs of operations ("vSphere Security" 6.7, "Required Privileges for Common Tasks"). Where the table says "on
// the virtual machine or folder of virtual machines", a propagating permission on the folder meets the need on the
// machine.

// Migration is a move of a virtual machine. What stays as it is is left out.
type Migration struct {
	VM        Entity
	PoweredOn bool
	Pool      Entity // host, cluster or resource pool
	Datastore Entity
	Network   Entity
}

// Needs is what the user who migrates needs: vMotion, cold migration, Storage vMotion, or several at once.
func (m Migration) Needs() []Need {
	migrate := ColdMigrate
	if m.PoweredOn {
		migrate = HotMigrate
	}
	needs := []Need{{m.VM, migrate}}
	if m.Pool != "" {
		needs = append(needs, Need{m.VM, AssignVMToPool}, Need{m.Pool, AssignVMToPool})
	}
	if m.Datastore != "" {
		needs = append(needs, Need{m.Datastore, AllocateSpace})
	}
	if m.Network != "" {
		needs = append(needs, Need{m.Network, AssignNetwork})
	}
	return needs
}

// Creation is a new virtual machine with a new disk, on a network.
type Creation struct{ Folder, Pool, Datastore, Network Entity }

// Needs is what the user who creates needs.
func (c Creation) Needs() []Need {
	return []Need{
		{c.Folder, CreateVM}, {c.Folder, AddNewDisk}, {c.Pool, AssignVMToPool}, {c.Datastore, AllocateSpace}, {c.Network, AssignNetwork},
	}
}

// MoveIntoPool is what the user needs who moves a virtual machine into a resource pool.
func MoveIntoPool(vm, pool Entity) []Need {
	return []Need{{vm, AssignVMToPool}, {vm, MoveVM}, {pool, AssignVMToPool}}
}
