package providers

import (
	"maps"
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// LabelRules is what a cloud takes as labels, which it may call tags.
type LabelRules struct {
	// What the cloud calls one: "a tag".
	What       string
	Key, Value TextRule
	// Reserved are beginnings of keys that nobody but the cloud may use, in lower case.
	Reserved []string
	// Most is how many labels a resource may have, msgdeploy's own included; 0 is any number.
	Most int
	// Stack holds for what belongs to no element, where that is stricter.
	Stack StackLabels
	// FoldCase is set where keys that differ in their case only are the same.
	FoldCase bool
	// Separator stands between the words of msgdeploy's own labels: `msgdeploy:project`.
	Separator string
	// Join stands between kind and name in the label that names the element.
	Join string
	// Bare are the kinds of elements that have no resource which takes labels, and why.
	Bare map[string]string
}

// StackLabels is what holds for the resources of the whole stack; 0 is as for others.
type StackLabels struct{ Most, Key int }

// TextRule is what a cloud takes as a key or a value.
type TextRule struct {
	// Most is the greatest length in characters.
	Most int
	// Expr is what all of it must match; "" is anything.
	Expr string
	// Words say the same to users, at the end of "may have ".
	Words string
}

// Own begins the labels that are msgdeploy's: no label of a spec may.
const own = "msgdeploy"

// RulesOfLabels returns what a cloud takes.
//
//   - AWS: the Tag types of the API references of SQS, SNS and IAM (lengths, characters);
//     "Tag naming limits and requirements" of the Tagging AWS Resources guide (50, `aws:`);
//     IAM's keys differ in more than their case ("Case sensitivity" in its user guide's id_tags).
//   - Google: https://cloud.google.com/pubsub/docs/labels.
//   - Azure: "Use tags to organize your Azure resources" (50, lengths, characters, case) and
//     Tags_CreateOrUpdate (prefixes); of storage accounts, that is of a stack's own
//     resources, the SDK says 15 tags and keys of 128 characters (storage.StorageAccount, Tags).
//   - NATS: metadata of streams and consumers takes any text up to 128 KiB in all; the server
//     writes `_nats.` itself (jetstream_api.go, jetstream_versioning.go).
func RulesOfLabels(c spec.Cloud) LabelRules {
	switch c {
	case spec.AWS:
		text := TextRule{256, `^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`, "letters, digits, spaces and _ . : / = + - @"}
		return LabelRules{
			What: "a tag", Key: TextRule{128, text.Expr, text.Words}, Value: text,
			Reserved: []string{"aws:"}, Most: 50, FoldCase: true, Separator: ":", Join: ".",
			Bare: map[string]string{"subscription": "SNS subscriptions have no tags"},
		}
	case spec.GCP:
		return LabelRules{
			What:  "a label",
			Key:   TextRule{63, `^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]*$`, "lower-case letters, digits, _ and -, and begins with a letter"},
			Value: TextRule{63, `^[\p{Ll}\p{Lo}\p{N}_-]*$`, "lower-case letters, digits, _ and -"},
			Most:  64, Separator: "-", Join: "_",
			Bare: map[string]string{"service": "service accounts have no labels"},
		}
	case spec.Azure:
		return LabelRules{
			What: "a tag", Key: TextRule{512, `^[^<>%&\\?/]*$`, `anything but < > % & \ ? /`}, Value: TextRule{Most: 256},
			Reserved: []string{"microsoft", "azure", "windows"}, Most: 50, FoldCase: true,
			Stack: StackLabels{Most: 15, Key: 128}, Separator: "-", Join: ".",
			Bare: map[string]string{
				"queue":        "queues are parts of a storage account or a namespace, and have no tags",
				"subscription": "subscriptions are parts of a topic, and have no tags",
			},
		}
	default:
		return LabelRules{
			What: "metadata", Key: TextRule{Most: 512}, Value: TextRule{Most: 256},
			Reserved: []string{"_nats."}, Separator: ".", Join: ".",
			Bare: map[string]string{"service": "accounts have no metadata"},
		}
	}
}

// Labels is what the resources of an element are marked with: the labels of the spec and
// of the element, and of msgdeploy's own the project, the stack and the element
// (`msgdeploy:project` …, on Google and Azure `msgdeploy-project`, on NATS
// `msgdeploy.project`). What belongs to no element ([permissions.Stack]) has the others.
func Labels(t *spec.Topology, of permissions.Address) map[string]string {
	rules := RulesOfLabels(t.Target.Cloud())
	labels := map[string]string{}
	for key, label := range labelsOf(t, of) {
		labels[key] = label.Value
	}
	maps.Copy(labels, rules.own(t, of))
	return labels
}

func labelsOf(t *spec.Topology, of permissions.Address) spec.Labels {
	if of == permissions.Stack {
		return t.Labels
	}
	c, _ := common(t, of)
	return c.Labels
}

// own are the labels that say what msgdeploy made a resource for.
func (r LabelRules) own(t *spec.Topology, of permissions.Address) map[string]string {
	labels := map[string]string{
		own + r.Separator + "project": t.Project,
		own + r.Separator + "stack":   t.Stack,
	}
	if kind, name := Standing(t, of).Split(); of != permissions.Stack {
		labels[own+r.Separator+"element"] = kind + r.Join + name
	}
	return labels
}

// sortedKeys returns the keys of labels, sorted.
func sortedKeys(labels spec.Labels) []string { return slices.Sorted(maps.Keys(labels)) }
