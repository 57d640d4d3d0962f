package nats

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// requestTimeout bounds one request to the broker. A cluster under load takes seconds to
// place a replicated stream.
const requestTimeout = 15 * time.Second

// dedupWindow is how long a stream knows the ids of its messages.
const dedupWindow = 2 * time.Minute

// What tells users and other stacks whose a stream or a consumer is.
const (
	metaOwn     = "msgdeploy."
	metaProject = metaOwn + "project"
	metaStack   = metaOwn + "stack"
	metaElement = metaOwn + "element"
	metaRelay   = metaOwn + "relay."
	// metaServer begins what the server writes (jetstream_versioning.go).
	metaServer = "_nats."
)

func (o owner) metadata(element string, labels map[string]string) map[string]string {
	metadata := map[string]string{metaProject: o.project, metaStack: o.stack, metaElement: element}
	maps.Copy(metadata, labels)
	return metadata
}

// labelsOf returns what metadata holds beside msgdeploy's own and the server's; nil if nothing.
func labelsOf(metadata map[string]string) map[string]string {
	var labels map[string]string
	for key, value := range metadata {
		if strings.HasPrefix(key, metaOwn) || strings.HasPrefix(key, metaServer) {
			continue
		}
		if labels == nil {
			labels = map[string]string{}
		}
		labels[key] = value
	}
	return labels
}

func (o owner) owns(metadata map[string]string) bool {
	return metadata[metaProject] == o.project && metadata[metaStack] == o.stack
}

// foreign is the error of taking over what is not o's.
func (o owner) foreign(what string, metadata map[string]string) error {
	project, stack := metadata[metaProject], metadata[metaStack]
	if project == "" {
		return fmt.Errorf("%s exists already and was not made by msgdeploy; delete it or rename the project, the stack or the element", what)
	}
	return fmt.Errorf("%s belongs to stack %s of project %s; rename the project, the stack or the element of one of them", what, stack, project)
}

// taken is foreign for what an element is about to be given, which may have been there before msgdeploy: then
// it can be taken under management.
func (o owner) taken(what, element, id string, metadata map[string]string) error {
	if metadata[metaProject] != "" {
		return o.foreign(what, metadata)
	}
	return fmt.Errorf("%s exists already and was not made by msgdeploy. To take it over as it is, with its messages, run `msgdeploy import %s %s -s %s`; "+
		"else delete it, or rename the project, the stack or the element", what, element, id, o.stack)
}

// streamKind are streams. JetStream changes all of a stream in place but its name, its
// storage, and its retention to or from a work queue (configUpdateCheck in the server's stream.go).
func streamKind() kind {
	return operations[streamArgs, streamArgs]{
		known: facts{
			replace: []resource.PropertyKey{"name", "retention"},
			named:   true,
		},
		validate: validateStream,
		identity: func(_ session, args streamArgs) (string, error) { return args.Name, nil },
		make:     createStream,
		fetch:    fetchStream,
		change: func(ctx context.Context, s session, old, args streamArgs) (streamArgs, error) {
			return args, updateStream(ctx, s, args, old.adopted())
		},
		delete: deleteStream,
	}
}

func validateStream(args streamArgs) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	if !validName(args.Name) {
		failures = append(failures, failure("name", "%q is no name for a stream: 1 to %d bytes without spaces and any of .*>/\\", args.Name, nameLimit))
	}
	if args.Retention != limits && args.Retention != workQueue {
		failures = append(failures, failure("retention", "%q is neither %q nor %q", args.Retention, limits, workQueue))
	}
	if args.MaxAge < 0 {
		failures = append(failures, failure("maxAge", "a negative age"))
	}
	if args.MaxBytes < 0 {
		failures = append(failures, failure("maxBytes", "a negative size"))
	}
	if args.Replicas < 1 || args.Replicas > 5 {
		failures = append(failures, failure("replicas", "%d replicas: a stream has 1 to 5", args.Replicas))
	}
	return failures
}

// validName reports whether JetStream takes a name for a stream or a consumer.
func validName(name string) bool {
	return name != "" && len(name) <= nameLimit && !strings.ContainsAny(name, " \t\r\n\f.*>/\\")
}

// streamConfig is the one translation of a stream's inputs; creation, update and refresh
// all go by it.
func streamConfig(o owner, args streamArgs) jetstream.StreamConfig {
	cfg := jetstream.StreamConfig{
		Name:        args.Name,
		Description: args.Description,
		Subjects:    args.Subjects,
		Retention:   jetstream.LimitsPolicy,
		// A full topic forgets its oldest messages.
		Discard:    jetstream.DiscardOld,
		MaxAge:     time.Duration(args.MaxAge),
		MaxBytes:   -1,
		Storage:    jetstream.FileStorage,
		Replicas:   args.Replicas,
		Duplicates: dedupWindow,
		Metadata:   o.metadata(args.Element, args.Labels),
		// The rest is unbounded: the server's defaults, written out so that a refresh knows them.
		MaxMsgs: -1, MaxMsgSize: -1, MaxMsgsPerSubject: -1, MaxConsumers: -1,
	}
	if args.Retention == workQueue {
		cfg.Retention = jetstream.WorkQueuePolicy
		// A full queue refuses new messages: what it has accepted must not be lost.
		cfg.Discard = jetstream.DiscardNew
	}
	if args.MaxBytes > 0 {
		cfg.MaxBytes = args.MaxBytes
	}
	// The server refuses a window that outlasts the messages.
	if cfg.MaxAge > 0 && cfg.MaxAge < cfg.Duplicates {
		cfg.Duplicates = cfg.MaxAge
	}
	return cfg
}

func createStream(ctx context.Context, s session, args streamArgs) (streamArgs, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := s.JetStream.CreateStream(ctx, streamConfig(s.owner, args))
	// The server takes a second creation of the same stream for the first.
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		err = updateStream(ctx, s, args, false)
	} else if isSubjectOverlap(err) {
		if err = releaseSubjects(ctx, s, args); err == nil {
			_, err = s.JetStream.CreateStream(ctx, streamConfig(s.owner, args))
		}
	}
	if err != nil {
		return streamArgs{}, fmt.Errorf("create stream %s: %w", args.Name, err)
	}
	return args, nil
}

// updateStream gives an existing stream of the stack the configuration of args. Its
// sources are left alone: they are resources of their own. adopted lets it be nobody's yet.
func updateStream(ctx context.Context, s session, args streamArgs, adopted bool) error {
	defer s.streams.lock(args.Name)()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := s.streamInfo(ctx, args.Name)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", args.Name, err)
	}
	if !s.sees(info.Config.Metadata, adopted) {
		return s.owner.taken("stream "+args.Name, args.Element, args.Name, info.Config.Metadata)
	}
	cfg := streamConfig(s.owner, args)
	cfg.Sources = info.Config.Sources
	_, err = s.JetStream.UpdateStream(ctx, cfg)
	if isSubjectOverlap(err) {
		if err = releaseSubjects(ctx, s, args); err == nil {
			_, err = s.JetStream.UpdateStream(ctx, cfg)
		}
	}
	if err != nil {
		return fmt.Errorf("update stream %s: %w", args.Name, err)
	}
	return nil
}

// isSubjectOverlap reports whether another stream has a subject already (error 10065 of
// the server's errors.json, for which nats.go has no name).
func isSubjectOverlap(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == 10065
}

// releaseSubjects takes the subjects of args away from the other streams of the same
// element, which a later step of the update deletes: a queue that loses its delay takes
// back the subject that the delay's stream still has. Streams of others keep theirs.
func releaseSubjects(ctx context.Context, s session, args streamArgs) error {
	for _, subject := range args.Subjects {
		name, err := s.JetStream.StreamNameBySubject(ctx, subject)
		if errors.Is(err, jetstream.ErrStreamNotFound) || name == args.Name {
			continue
		}
		if err != nil {
			return fmt.Errorf("find the stream of %s: %w", subject, err)
		}
		info, err := s.streamInfo(ctx, name)
		if err != nil {
			return fmt.Errorf("read stream %s: %w", name, err)
		}
		if !s.owner.owns(info.Config.Metadata) || info.Config.Metadata[metaElement] != args.Element {
			return fmt.Errorf("subject %s: %w", subject, s.owner.foreign("stream "+name, info.Config.Metadata))
		}
		cfg := info.Config
		cfg.Subjects = slices.DeleteFunc(slices.Clone(cfg.Subjects), func(has string) bool { return has == subject })
		if len(cfg.Subjects) == 0 {
			// A stream without subjects would listen on its own name.
			cfg.Subjects = []string{subject + ".retired"}
		}
		if _, err := s.JetStream.UpdateStream(ctx, cfg); err != nil {
			return fmt.Errorf("take subject %s from stream %s: %w", subject, name, err)
		}
	}
	return nil
}

func (s session) streamInfo(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	stream, err := s.JetStream.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	return stream.CachedInfo(), nil
}

func fetchStream(ctx context.Context, s session, id string, old streamArgs) (*streamArgs, streamArgs, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := s.streamInfo(ctx, id)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, streamArgs{}, nil
	}
	if err != nil {
		return nil, streamArgs{}, fmt.Errorf("read stream %s: %w", id, err)
	}
	if err := s.adoptableStream(info.Config); err != nil {
		return nil, streamArgs{}, err
	}
	if !s.sees(info.Config.Metadata, old.adopted()) {
		return nil, streamArgs{}, nil
	}
	args := streamOf(s.owner, info.Config)
	return &args, args, nil
}

// streamOf is streamConfig in reverse.
func streamOf(o owner, cfg jetstream.StreamConfig) streamArgs {
	args := streamArgs{
		Name:        cfg.Name,
		Element:     cfg.Metadata[metaElement],
		Description: cfg.Description,
		Labels:      labelsOf(cfg.Metadata),
		Subjects:    cfg.Subjects,
		Retention:   limits,
		MaxAge:      duration(cfg.MaxAge),
		MaxBytes:    max(0, cfg.MaxBytes),
		Replicas:    cfg.Replicas,
	}
	switch cfg.Retention {
	case jetstream.LimitsPolicy:
	case jetstream.WorkQueuePolicy:
		args.Retention = workQueue
	default:
		args.Retention = retention(strings.ToLower(cfg.Retention.String()))
	}
	want := streamConfig(o, args)
	// Sources are resources of their own, and the server adds to the metadata.
	want.Sources, want.Metadata = cfg.Sources, cfg.Metadata
	args.Drift = drift(want, cfg)
	return args
}

func deleteStream(ctx context.Context, s session, args streamArgs) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := s.JetStream.DeleteStream(ctx, args.Name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("delete stream %s: %w", args.Name, err)
	}
	return nil
}
