package standin

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// TestIdentify demands ids that follow from inputs, and none where a cloud rolls them or where
// part of them is not known.
func TestIdentify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pkg            Package
		token          string
		inputs, config map[string]any
		facts          map[string]string
		want           string
	}{
		"an SNS topic": {
			AWS(), "aws:sns/topic:Topic", map[string]any{"name": "shop-prod-news"},
			map[string]any{"region": "eu-west-1", "allowedAccountIds": `["111122223333"]`}, nil,
			"arn:aws:sns:eu-west-1:111122223333:shop-prod-news",
		},
		"an SQS queue, its account known otherwise": {
			AWS(), "aws:sqs/queue:Queue", map[string]any{"name": "shop-prod-jobs"},
			map[string]any{"region": "eu-west-1"}, map[string]string{"account": "111122223333"},
			"https://sqs.eu-west-1.amazonaws.com/111122223333/shop-prod-jobs",
		},
		"of an account that nobody has named": {
			AWS(), "aws:sns/topic:Topic", map[string]any{"name": "shop-prod-news"},
			map[string]any{"region": "eu-west-1"}, nil, "",
		},
		"a subscription of SNS, which rolls its id": {
			AWS(), "aws:sns/topicSubscription:TopicSubscription",
			map[string]any{"topic": "arn:aws:sns:eu-west-1:111122223333:news", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:111122223333:jobs"},
			map[string]any{"region": "eu-west-1", "allowedAccountIds": `["111122223333"]`}, nil, "",
		},
		"a topic of Pub/Sub": {
			GCP(), pubsubTopic, map[string]any{"name": "news"}, map[string]any{"project": "acme-prod"}, nil,
			"projects/acme-prod/topics/news",
		},
		"a topic of Event Grid": {
			Azure(), "azure-native:eventgrid:Topic",
			map[string]any{"topicName": "news", "resourceGroupName": "shop", "location": "westeurope"},
			map[string]any{"subscriptionId": "00000000-0000-0000-0000-00000000000a"}, nil,
			"/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/shop/providers/Microsoft.EventGrid/topics/news",
		},
		"a type that nobody knows": {AWS(), "aws:ec2/vpc:Vpc", nil, nil, nil, ""},
	} {
		urn := resource.URN("urn:pulumi:prod::shop::" + test.token + "::it")
		id, ok := test.pkg.Identify(urn, resource.NewPropertyMapFromMap(test.inputs), resource.NewPropertyMapFromMap(test.config), test.facts)
		if id != test.want && (ok || test.want != "") || ok != (test.want != "") {
			t.Errorf("%s: %q, %t; want %q", name, id, ok, test.want)
		}
	}
}
