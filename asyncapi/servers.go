package asyncapi

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// servers returns the servers of the stack's cloud, and remembers which of them have the
// topics and which the queues.
func (w *writer) servers() *yaml.Node {
	servers := mapping(nowhere())
	add := func(key, host, protocol, description string, of ...*[]string) *yaml.Node {
		server := object("host", host, "protocol", protocol, "description", description)
		put(servers, key, server)
		for _, list := range of {
			*list = append(*list, key)
		}
		return server
	}
	topics, queues := &w.topicServers, &w.queueServers
	switch target := w.Topology.Target; {
	case target.AWS != nil:
		// https://docs.aws.amazon.com/general/latest/gr/sns.html and …/sqs-service.html
		suffix := "amazonaws.com"
		if strings.HasPrefix(target.AWS.Region, "cn-") {
			suffix += ".cn"
		}
		add("sns", fmt.Sprintf("sns.%s.%s", target.AWS.Region, suffix), "sns", "Amazon SNS in "+target.AWS.Region, topics)
		add("sqs", fmt.Sprintf("sqs.%s.%s", target.AWS.Region, suffix), "sqs", "Amazon SQS in "+target.AWS.Region, queues)
	case target.GCP != nil:
		add("pubsub", "pubsub.googleapis.com", "googlepubsub", "Pub/Sub of the project "+target.GCP.Project, topics, queues)
	case target.Azure != nil:
		w.azureServers(add)
	case target.NATS.Embedded():
		w.embeddedServer(add)
	default:
		for i, url := range strings.Split(target.NATS.URL, ",") {
			key := "nats"
			if i > 0 {
				key = fmt.Sprintf("nats-%d", i+1)
			}
			protocol, host, _ := strings.Cut(url, "://")
			if protocol == "tls" {
				protocol = "nats"
			}
			add(key, strings.TrimSuffix(host, "/"), protocol, "NATS JetStream", topics, queues)
		}
	}
	return servers
}

type addServer func(key, host, protocol, description string, of ...*[]string) *yaml.Node

// azureServers are hosts of a topic, a storage account or a namespace each: the addresses
// of the channels say which.
func (w *writer) azureServers(add addServer) {
	const name = "{name}"
	variable := func(server *yaml.Node, description string) {
		put(server, "variables", object("name", object("description", description)))
	}
	serviceBus := false
	if w.Topology.Target.Azure.Topics == "serviceBus" {
		serviceBus = true
		w.topicServers = []string{"servicebus"}
	} else {
		// https://learn.microsoft.com/azure/event-grid/custom-topics
		variable(add("eventgrid", name+"."+w.Topology.Target.Azure.Location+"-1.eventgrid.azure.net", "https", "Azure Event Grid", &w.topicServers), "The physical name of the topic")
	}
	if w.Topology.Target.Azure.Queues == "serviceBus" {
		serviceBus = true
		w.queueServers = []string{"servicebus"}
	} else {
		variable(add("storage", name+".queue.core.windows.net", "https", "Azure Queue Storage", &w.queueServers), "The name of the storage account")
	}
	if serviceBus {
		variable(add("servicebus", name+".servicebus.windows.net", "amqps", "Azure Service Bus"), "The name of the namespace")
	}
}

// embeddedServer is the broker in msgdeploy's own process. Its port is chosen once, and
// kept, unless the spec says it.
func (w *writer) embeddedServer(add addServer) {
	port := "{port}"
	if p := w.Topology.Target.NATS.Port; p != 0 {
		port = strconv.Itoa(p)
	}
	server := add("nats", "127.0.0.1:"+port, "nats", "The embedded broker, NATS JetStream", &w.topicServers, &w.queueServers)
	if port == "{port}" {
		put(server, "variables", object("port", object("description",
			fmt.Sprintf("Chosen once and kept: `msgdeploy outputs -s %s` shows it", w.Topology.Stack))))
	}
}
