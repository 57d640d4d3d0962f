package azure

import "strings"

// Exists recognizes the plugin's own error: it asks before it puts, since a PUT would take over what is there
// (pulumi-azure-native, provider/pkg/azure/client.go).
func (*Provider) Exists(message string) bool {
	return strings.Contains(message, "cannot create already existing resource")
}
