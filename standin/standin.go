// Package standin serves a cloud's resource types without the cloud: a Pulumi provider in
// this process, in place of the official plugin. It is what `--simulate` and `preview
// --offline` run on. It starts no process, opens no connection and looks for no credentials.
//
// It is not an emulator: no message is ever sent through what it makes. What it does is what
// the engine sees of a plugin: it adds defaults, refuses what the cloud would refuse, says
// which changes replace a resource, and computes the outputs that the cloud would give. All of
// that is data: a [Package] is one plugin, a [Type] one of its resource types. aws.go, gcp.go
// and azure.go hold the tables; the types of the inputs are generated from the SDKs.
//
// State that the official plugin wrote is understood: see diff.go.
package standin

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Package is what is known of one plugin.
type Package struct {
	// Name is Pulumi's name of the package: aws, gcp or azure-native.
	Name string
	// Version is that of the plugin whose behaviour and state the tables describe. It is the
	// version of the SDK that programs are written with.
	Version string
	// Compares is what the plugin holds new inputs against.
	Compares Comparison
	// Types are the resource types that programs use. Any other is refused.
	Types []Type
	// Adds returns inputs that the plugin's Check adds to what a program gives, whatever that
	// is; nil adds none. They follow from the others, so they are not compared.
	Adds func(Made) map[string]any
	// Inputs are the properties that a program may set, by token. They are generated from the SDK.
	Inputs map[string]Properties
}

// Comparison is how a plugin finds out what has changed.
type Comparison int

const (
	// AgainstOutputs is how plugins bridged from Terraform compare (aws, gcp): new inputs
	// against the state's outputs. An input that is absent and has no default keeps a
	// computed value ([Type.Kept]), and is otherwise compared as the zero value of its kind.
	// Source: pulumi-terraform-bridge v3.116.0, pkg/tfbridge/provider.go, Diff.
	AgainstOutputs Comparison = iota
	// AgainstInputs is how azure-native compares: new inputs against old ones. An input that
	// was given and is not any more is a change.
	AgainstInputs
)

// Type is one resource type. Paths in it lead through objects with dots and through lists
// with `[]`, as in `deadLetterPolicy.maxDeliveryAttempts` and `statements[].effect`.
type Type struct {
	// Token is the type's token, such as "aws:sqs/queue:Queue".
	Token string
	// Defaults are the inputs that the plugin's Check adds when they are absent.
	Defaults map[string]any
	// ForceNew are the paths whose change replaces the resource; "*" is every input. A path
	// covers what lies below it.
	ForceNew []string
	// Kept are the paths that keep what the cloud holds while the program does not set them:
	// Terraform's "optional and computed".
	Kept []string
	// Ignored are the paths whose changes the plugin does not act on.
	Ignored []string
	// Named is the input that holds the resource's name in the cloud, "" where there is none.
	// The plugin makes one up where the program gives none. Where it does, a replacement
	// deletes the old resource first, as the name may be taken.
	Named string
	// Documents says of inputs that are documents in a string when two are the same.
	Documents map[string]Same
	// Checks refuse what the cloud would refuse. They see inputs that may hold unknowns:
	// what is unknown passes.
	Checks []Check
	// Computed are the outputs that only the cloud can tell. They are unknown in previews of
	// a creation, and keep their values in an update.
	Computed []string
	// Make returns the id and the computed outputs of a resource that is created, and the
	// latter again when it is updated. It is a function of its arguments alone.
	Make func(Made) (id string, outputs map[string]any)
	// Unconfirmed returns the outputs that read otherwise until somebody outside has confirmed
	// the resource; nil where nobody is asked, or where the plugin waits for the answer.
	Unconfirmed func(Made) map[string]any
	// Identity is what no two resources of the cloud have in common, such as an ARN; nil or
	// "" where the cloud does not mind. Taken is the cloud's error for a second one.
	Identity func(Made) string
	Taken    string
	// Needs are other resources that must exist in the cloud when this one is made.
	Needs func(Made) []Need
	// Takes is what the resource takes of limits that it shares with others.
	Takes func(Made) []Share
}

// Same reports whether two documents come to the same for the cloud.
type Same func(a, b string) bool

// Check looks at the inputs of a resource for what the cloud would refuse.
type Check func(Values) []Problem

// Problem is why a cloud would refuse an input.
type Problem struct {
	// Property is the path of the input.
	Property string
	// Reason is a sentence without a full stop. It never holds the value of a secret.
	Reason string
}

// Need is a resource that another one cannot be made without.
type Need struct {
	// ID is the identity or the id of the resource that is needed.
	ID string
	// Missing is the cloud's error where there is none.
	Missing string
}

// Made is a resource as it is created, updated or looked for.
type Made struct {
	// Inputs are the resource's inputs, without unknowns.
	Inputs Values
	// Config are the inputs of the provider resource: region, project and the like.
	Config Values
	// URN is the resource's URN. Ids that a cloud would roll are derived from it, see [Made.Hash].
	URN resource.URN
}

// Share is what a resource takes of a limit that it shares with others.
type Share struct {
	// Of names the limit and whose it is: "characters of inline policies of role worker".
	Of string
	// Amount is what the resource takes of it, Most what all may take together.
	Amount, Most int
}
