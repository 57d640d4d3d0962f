package azure

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers"
)

var _ providers.Explainer = (*Provider)(nil)

func TestExplain(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`Code="Url validation" Message="The attempt to validate the provided endpoint https://mailer.example.com/events failed. For more details, visit https://aka.ms/esvalidation."`:            "WebHook-Allowed-Origin",
		`Webhook validation handshake failed for https://mailer.example.com/events. Http POST request failed with response code NotFound. For troublehooting, visit https://aka.ms/esvalidation.`: "OPTIONS",
		`Code="RoleAssignmentExists" Message="The role assignment already exists."`:                                                                                                               "az role assignment delete",
		`Code="PrincipalNotFound"`: "some minutes",
		`Code="AuthorizationFailed" Message="The client does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write'"`: "Role Based Access Control Administrator",
		`cannot create already existing resource "/subscriptions/…"`:                                                                                    "existing: {azure",
	} {
		if got := New().Explain(message); !strings.Contains(got, want) {
			t.Errorf("%s is explained as %q, want %q", message, got, want)
		}
	}
	if got := New().Explain("AWS: AccessDenied"); got != "" {
		t.Errorf("another cloud's error is explained as %q", got)
	}
}
