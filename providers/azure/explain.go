package azure

import "strings"

// explained is an error of Azure that needs more words, by what its text contains.
type explained struct{ text, meaning string }

// explanations: https://learn.microsoft.com/azure/event-grid/troubleshoot-subscription-validation
// for the first; the codes of the others are Azure Resource Manager's, and the last text is the
// plugin's own (pulumi-azure-native, provider/pkg/azure/client.go).
func explanations() []explained {
	return []explained{
		{"aka.ms/esvalidation", "Event Grid asked the endpoint for leave to deliver (CloudEvents' handshake: an OPTIONS request with the header WebHook-Request-Origin) and did not get it. " +
			"The endpoint must be up, reachable from Azure with a certificate that is not self-signed, and answer 200 with the header WebHook-Allowed-Origin. All else is done: run `msgdeploy up` again when it is."},
		{"RoleAssignmentExists", "The principal has this role on this resource already, by an assignment that msgdeploy did not make. Remove that one (`az role assignment delete`), and run `msgdeploy up` again."},
		{"PrincipalNotFound", "A principal that was just made takes some minutes to be known everywhere in Azure: run `msgdeploy up` again. If it stays, the `principalId` of the spec is none, or the `type` is another."},
		{"roleAssignments/write", "Whoever deploys must be allowed to assign roles: Contributor is not. Role Based Access Control Administrator on the resource group is enough."},
		{"cannot create already existing resource", "It is there, but not in this stack's state. Refer to it with `existing: {azure: …}`, give the element another `name`, or remove it from Azure."},
	}
}

// Explain says more about those errors of Azure that users of it ask about most.
func (*Provider) Explain(message string) string {
	for _, e := range explanations() {
		if strings.Contains(message, e.text) {
			return e.meaning
		}
	}
	return ""
}
