package rbac_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/rbac"
)

// A developer may deploy in one namespace, and an operator's service account there may read all secrets of the cluster.
func ExampleClose() {
	role := func(namespace, name string, verb, resource string, group string, to rbac.Subject) (rbac.Role, rbac.Binding) {
		k := rbac.Key{Namespace: namespace, Name: name}
		rule := rbac.Rule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}}
		return rbac.Role{Key: k, Rules: []rbac.Rule{rule}}, rbac.Binding{Key: k, Role: k, Subjects: []rbac.Subject{to}}
	}
	deploy, deployers := role("shop", "deployer", "patch", "deployments", "apps", rbac.Subject{Kind: rbac.UserSubject, Name: "dev"})
	read, readers := role("", "reader", "list", "secrets", "", rbac.Subject{Kind: rbac.ServiceAccountSubject, Namespace: "shop", Name: "operator"})
	c, err := rbac.New([]rbac.Role{deploy, read}, []rbac.Binding{deployers, readers})
	if err != nil {
		fmt.Println(err)
		return
	}
	dev := rbac.User{Name: "dev"}
	fmt.Println(c.Allowed(dev, rbac.Request{Verb: "list", Resource: "secrets", Namespace: "bank"}))
	here := rbac.Surroundings{ServiceAccounts: []rbac.Key{{Namespace: "shop", Name: "operator"}, {Namespace: "bank", Name: "default"}}}
	for _, step := range rbac.Close(c, here, dev).Path(rbac.Power{Kind: rbac.ReadSecrets, Namespace: "bank"}) {
		fmt.Println(step)
	}
	// Output:
	// false
	// acts as dev
	// acts as system:serviceaccount:shop:operator: Runs (patch deployments in shop)
	// reads the secrets of bank: Reads (list secrets in bank)
}

// Nobody gives away what it has not got, unless it may escalate.
func ExampleCluster_PutRole() {
	own := rbac.Key{Namespace: "shop", Name: "editor"}
	edit := rbac.Rule{Verbs: []string{"create"}, APIGroups: []string{rbac.Group}, Resources: []string{"roles"}}
	c, err := rbac.New([]rbac.Role{{Key: own, Rules: []rbac.Rule{edit}}},
		[]rbac.Binding{{Key: own, Role: own, Subjects: []rbac.Subject{{Kind: rbac.UserSubject, Name: "dev"}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	secrets := rbac.Rule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"secrets"}}
	fmt.Println(c.PutRole(rbac.User{Name: "dev"}, rbac.Role{Key: rbac.Key{Namespace: "shop", Name: "reader"}, Rules: []rbac.Rule{secrets}}))
	// Output:
	// refused: user "dev" (create roles reader in shop) is attempting to grant RBAC permissions not currently held: [get secrets]
}
