package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

func tokens() map[string]*tfbridge.ResourceInfo {
	auto := map[string]*tfbridge.SchemaInfo{"name": tfbridge.AutoName("name", 80, "-")}
	return map[string]*tfbridge.ResourceInfo{
		"aws_sqs_queue":              {Tok: "aws:sqs/queue:Queue", Fields: auto},
		"aws_sqs_queue_policy":       {Tok: "aws:sqs/queuePolicy:QueuePolicy"},
		"aws_sns_topic":              {Tok: "aws:sns/topic:Topic", Fields: auto},
		"aws_sns_topic_subscription": {Tok: "aws:sns/topicSubscription:TopicSubscription"},
		"aws_iam_role_policy":        {Tok: "aws:iam/rolePolicy:RolePolicy", Fields: auto},
	}
}

// The schemas follow terraform-provider-aws, internal/service/{sqs,sns,iam}.
func resources() map[string]*schema.Resource {
	return map[string]*schema.Resource{
		"aws_sqs_queue": resource(map[string]*schema.Schema{
			"arn": computed(), "url": computed(),
			"content_based_deduplication":       optional(schema.TypeBool, false),
			"deduplication_scope":               kept(schema.TypeString, false),
			"delay_seconds":                     optional(schema.TypeInt, 0),
			"fifo_queue":                        forced(optional(schema.TypeBool, false)),
			"fifo_throughput_limit":             kept(schema.TypeString, false),
			"kms_data_key_reuse_period_seconds": kept(schema.TypeInt, false),
			"kms_master_key_id":                 optional(schema.TypeString, nil),
			"max_message_size":                  optional(schema.TypeInt, 262144),
			"message_retention_seconds":         optional(schema.TypeInt, 345600),
			"name":                              kept(schema.TypeString, true),
			"name_prefix":                       kept(schema.TypeString, true),
			"policy":                            document(kept(schema.TypeString, false)),
			"receive_wait_time_seconds":         optional(schema.TypeInt, 0),
			"redrive_policy":                    document(kept(schema.TypeString, false)),
			"sqs_managed_sse_enabled":           kept(schema.TypeBool, false),
			"tags":                              tags(),
			"visibility_timeout_seconds":        optional(schema.TypeInt, 30),
		}),
		"aws_sqs_queue_policy": resource(map[string]*schema.Schema{
			"policy":    document(required(false)),
			"queue_url": required(true),
		}),
		"aws_sns_topic": resource(map[string]*schema.Schema{
			"arn": computed(), "owner": computed(),
			"content_based_deduplication": optional(schema.TypeBool, false),
			"display_name":                optional(schema.TypeString, nil),
			"fifo_topic":                  forced(optional(schema.TypeBool, false)),
			"kms_master_key_id":           optional(schema.TypeString, nil),
			"name":                        kept(schema.TypeString, true),
			"name_prefix":                 kept(schema.TypeString, true),
			"policy":                      document(kept(schema.TypeString, false)),
			"signature_version":           kept(schema.TypeInt, false),
			"tags":                        tags(),
			"tracing_config":              kept(schema.TypeString, false),
		}),
		"aws_sns_topic_subscription": resource(map[string]*schema.Schema{
			"arn":                             computed(),
			"confirmation_timeout_in_minutes": optional(schema.TypeInt, 1),
			"endpoint":                        required(true),
			"endpoint_auto_confirms":          optional(schema.TypeBool, false),
			"filter_policy":                   document(optional(schema.TypeString, nil)),
			"filter_policy_scope":             kept(schema.TypeString, false),
			"protocol":                        required(true),
			"raw_message_delivery":            optional(schema.TypeBool, false),
			"redrive_policy":                  document(optional(schema.TypeString, nil)),
			"topic":                           required(true),
		}),
		"aws_iam_role_policy": resource(map[string]*schema.Schema{
			"name":        kept(schema.TypeString, true),
			"name_prefix": kept(schema.TypeString, true),
			"policy":      document(required(false)),
			"role":        required(true),
		}),
	}
}

func resource(s map[string]*schema.Schema) *schema.Resource {
	nothing := func(context.Context, *schema.ResourceData, any) diag.Diagnostics { return nil }
	return &schema.Resource{
		Schema: s,
		CreateContext: func(_ context.Context, d *schema.ResourceData, _ any) diag.Diagnostics {
			d.SetId("id")
			for name, field := range s {
				if field.Computed && !field.Optional {
					_ = d.Set(name, "computed-"+name)
				}
			}
			return nil
		},
		ReadContext: nothing, UpdateContext: nothing, DeleteContext: nothing,
	}
}

func computed() *schema.Schema { return &schema.Schema{Type: schema.TypeString, Computed: true} }

func optional(t schema.ValueType, value any) *schema.Schema {
	return &schema.Schema{Type: t, Optional: true, Default: value}
}

func kept(t schema.ValueType, force bool) *schema.Schema {
	return &schema.Schema{Type: t, Optional: true, Computed: true, ForceNew: force}
}

func required(force bool) *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Required: true, ForceNew: force}
}

func forced(s *schema.Schema) *schema.Schema {
	s.ForceNew = true
	return s
}

func document(s *schema.Schema) *schema.Schema {
	s.DiffSuppressFunc = sameJSON
	return s
}

func tags() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}
