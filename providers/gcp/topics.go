package gcp

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/kms"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// storage is where and how a topic keeps its messages. Dead letters are kept as the
// messages that they were.
type storage struct {
	kmsKey  string
	regions []string
}

func topicStorage(t *spec.Topic) storage {
	if t.GCP == nil {
		return storage{}
	}
	return storage{t.GCP.KMSKey, t.GCP.Regions}
}

func queueStorage(q *spec.Queue) storage {
	if q.GCP == nil {
		return storage{}
	}
	return storage{q.GCP.KMSKey, q.GCP.Regions}
}

func (p *program) allTopics() error {
	for _, t := range p.Topology.Topics {
		element, err := p.Topic(t)
		if err != nil {
			return err
		}
		if adoptedTopic(t) {
			p.topics[t.Name] = topic{resourceID: p.layout.topic(t)}
			continue
		}
		args := &pubsub.TopicArgs{}
		if own := t.GCP; own != nil {
			if own.Retention > 0 {
				args.MessageRetentionDuration = seconds(own.Retention)
			}
			if own.Schema != nil {
				args.SchemaSettings = &pubsub.TopicSchemaSettingsArgs{
					Schema:   pulumi.String(own.Schema.Name),
					Encoding: pulumi.String(strings.ToUpper(string(own.Schema.Encoding))),
				}
			}
		}
		if p.topics[t.Name], err = p.topic(t.Name, p.layout.topic(t), topicStorage(t), args, element); err != nil {
			return err
		}
	}
	return nil
}

// topic registers a Pub/Sub topic of an element.
func (p *program) topic(resource string, id resourceID, keep storage, args *pubsub.TopicArgs, element *elements.Element) (topic, error) {
	args.Name = pulumi.String(id.name)
	args.Project = pulumi.String(id.project)
	args.Labels = pulumi.ToStringMap(element.Labels())
	if len(keep.regions) > 0 {
		args.MessageStoragePolicy = &pubsub.TopicMessageStoragePolicyArgs{
			AllowedPersistenceRegions: pulumi.ToStringArray(slices.Compact(slices.Sorted(slices.Values(keep.regions)))),
		}
	}
	var first []pulumi.Resource
	if keep.kmsKey != "" && !p.emulated {
		args.KmsKeyName = pulumi.String(keep.kmsKey)
		grant, err := p.key(keep.kmsKey)
		if err != nil {
			return topic{}, err
		}
		first = append(first, grant)
	}
	made, err := pubsub.NewTopic(p.Context, resource, args, element.Stateful(p.after(first...))...)
	if err != nil {
		return topic{}, fmt.Errorf("topic %s: %w", id, err)
	}
	return topic{id, made}, nil
}

// key lets the Pub/Sub agent use a customer's key, which it must be able to before a topic
// with that key is made. The grant stays when the stack is destroyed: it is the same one
// for every stack of the project, and none of them could work without it.
func (p *program) key(name string) (pulumi.Resource, error) {
	if grant, ok := p.keys[name]; ok {
		return grant, nil
	}
	agent, err := p.theAgent()
	if err != nil {
		return nil, err
	}
	// The plugin's form of a key: PROJECT/LOCATION/RING/KEY.
	parts := strings.Split(name, "/")
	id := strings.Join([]string{parts[1], parts[3], parts[5], parts[7]}, "/")
	grant, err := kms.NewCryptoKeyIAMMember(p.Context, id, &kms.CryptoKeyIAMMemberArgs{
		CryptoKeyId: pulumi.String(id),
		Role:        pulumi.String(roleKeyUser),
		Member:      agent.Member,
	}, p.Options(pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	p.keys[name] = grant
	return grant, nil
}

// deadLetterTopic is a topic that takes dead letters: the Pub/Sub agent may publish on it,
// and a subscription keeps them.
type deadLetterTopic struct {
	topic
	// ready is what must stand before a subscription sends dead letters here: else they
	// would be refused, or be lost because nothing keeps them.
	ready []pulumi.Resource
}

// longestKept is how long dead letters are kept: as long as all clouds can, and no longer
// than an emulator does.
func (p *program) longestKept() time.Duration {
	if p.emulated {
		return longRetention
	}
	return 14 * 24 * time.Hour
}
