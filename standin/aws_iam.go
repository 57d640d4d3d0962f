package standin

import (
	"regexp"
	"strings"
)

const noEntity = "NoSuchEntity: The role, user or policy cannot be found"

func iamTypes() []Type {
	policyName := regexp.MustCompile(iamPolicyName)
	named := Matches("name", policyName, "may hold up to 128 letters, digits and +=,.@-_")
	return []Type{
		{
			Token:    "aws:iam/role:Role",
			Defaults: map[string]any{"forceDetachPolicies": false, "maxSessionDuration": 3600.0, "path": "/"},
			ForceNew: []string{"name", "namePrefix", "path"},
			Kept:     []string{"inlinePolicies", "managedPolicyArns", "name", "namePrefix"},
			// It only says what a deletion does.
			Ignored:   []string{"forceDetachPolicies"},
			Named:     "name",
			Documents: map[string]Same{"assumeRolePolicy": SamePolicy},
			Checks: []Check{
				Matches("name", regexp.MustCompile(iamRoleName), "may hold up to 64 letters, digits and +=,.@-_"),
				Between("maxSessionDuration", 3600, 43200),
				AtMostBytes("path", 512),
				Conflict("name", "namePrefix"),
				// 2,048 unless the account's quota was raised, to 4,096 at most. Source: IAM user guide, reference_iam-quotas.
				policy("assumeRolePolicy", 4096, 4096, nil),
			},
			Computed: []string{"arn", "createDate", "uniqueId"},
			Make: func(m Made) (string, map[string]any) {
				return m.Inputs.String("name"), map[string]any{
					"arn":        arn(m, "iam", "role"+m.Inputs.String("path")+m.Inputs.String("name")),
					"createDate": "1970-01-01T00:00:00Z", "uniqueId": "AROA" + strings.ToUpper(m.Hash(17)),
				}
			},
			Identity: func(m Made) string { return "role " + strings.ToLower(m.Inputs.String("name")) },
			Taken:    "EntityAlreadyExists: Role with this name already exists",
		},
		inline("aws:iam/rolePolicy:RolePolicy", "role", 10240, named),
		inline("aws:iam/userPolicy:UserPolicy", "user", 2048, named),
		{
			Token:     "aws:iam/policy:Policy",
			Defaults:  map[string]any{"path": "/"},
			ForceNew:  []string{"name", "namePrefix", "path", "description"},
			Kept:      []string{"name", "namePrefix"},
			Named:     "name",
			Documents: map[string]Same{"policy": SamePolicy},
			Checks:    []Check{named, Conflict("name", "namePrefix"), policy("policy", 6144, 6144, identityStatement)},
			Computed:  []string{"arn", "attachmentCount", "policyId"},
			Make: func(m Made) (string, map[string]any) {
				return policyARN(m), map[string]any{
					"arn": policyARN(m), "attachmentCount": 0.0, "policyId": "ANPA" + strings.ToUpper(m.Hash(17)),
				}
			},
			Identity: func(m Made) string { return strings.ToLower(policyARN(m)) },
			Taken:    "EntityAlreadyExists: A policy with this name already exists",
		},
		attachment("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"),
		attachment("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user"),
	}
}

func policyARN(m Made) string {
	return arn(m, "iam", "policy"+m.Inputs.String("path")+m.Inputs.String("name"))
}

// inline is a policy inside of a role or user, whose policies share a limit of characters.
// Source: IAM user guide, reference_iam-quotas.
func inline(token, owner string, most int, named Check) Type {
	return Type{
		Token:     token,
		ForceNew:  []string{"name", "namePrefix", owner},
		Kept:      []string{"name", "namePrefix"},
		Named:     "name",
		Documents: map[string]Same{"policy": SamePolicy},
		Checks:    []Check{named, Conflict("name", "namePrefix"), policy("policy", most, most, identityStatement)},
		Make: func(m Made) (string, map[string]any) {
			return m.Inputs.String(owner) + ":" + m.Inputs.String("name"), nil
		},
		// PutRolePolicy overwrites the policy of that name, whoever wrote it.
		Identity: func(m Made) string {
			return strings.Join([]string{"policy of", owner, strings.ToLower(m.Inputs.String(owner)), strings.ToLower(m.Inputs.String("name"))}, " ")
		},
		Taken: "an inline policy of this name exists already, and would be overwritten",
		Needs: func(m Made) []Need {
			return []Need{{ID: owner + " " + strings.ToLower(m.Inputs.String(owner)), Missing: noEntity}}
		},
		Takes: func(m Made) []Share {
			return []Share{{
				Of:     "characters of inline policies of " + owner + " " + m.Inputs.String(owner),
				Amount: policySize(m.Inputs.String("policy")), Most: most,
			}}
		},
	}
}

// attachment is a managed policy on a role or user: 10 of them, 20 where the quota was raised.
// Source: IAM user guide, reference_iam-quotas.
func attachment(token, owner string) Type {
	return Type{
		Token:    token,
		ForceNew: []string{"policyArn", owner},
		Make: func(m Made) (string, map[string]any) {
			return m.Inputs.String(owner) + "-" + m.Hash(26), nil
		},
		Identity: func(m Made) string {
			return strings.Join([]string{"attachment", owner, strings.ToLower(m.Inputs.String(owner)), m.Inputs.String("policyArn")}, " ")
		},
		Taken: "the policy is attached by another resource already, and the first one to be deleted would detach it",
		Needs: func(m Made) []Need {
			return []Need{
				{ID: owner + " " + strings.ToLower(m.Inputs.String(owner)), Missing: noEntity},
				{ID: m.Inputs.String("policyArn"), Missing: noEntity},
			}
		},
		Takes: func(m Made) []Share {
			return []Share{{Of: "managed policies of " + owner + " " + m.Inputs.String(owner), Amount: 1, Most: 20}}
		},
	}
}

// identityStatement: IAM user guide: a policy of an identity names resources, and no principal.
func identityStatement(_ Values, s map[string]any) string {
	if s["Principal"] != nil || s["NotPrincipal"] != nil {
		return "MalformedPolicyDocument: Policy document should not specify a principal"
	}
	if s["Resource"] == nil && s["NotResource"] == nil {
		return "MalformedPolicyDocument: Policy statement must contain resources"
	}
	return ""
}

// invocationTypes are what lets SNS call a function, and a pod be a role.
func invocationTypes() []Type {
	return []Type{
		{
			Token:    "aws:lambda/permission:Permission",
			ForceNew: []string{"*"},
			Kept:     []string{"statementId", "statementIdPrefix"},
			Named:    "statementId",
			Checks: []Check{
				Matches("statementId", regexp.MustCompile(`^[a-zA-Z0-9_-]{1,100}$`), "may hold up to 100 letters, digits, hyphens and underscores"),
				Conflict("statementId", "statementIdPrefix"),
			},
			Make: func(m Made) (string, map[string]any) { return m.Inputs.String("statementId"), nil },
			Identity: func(m Made) string {
				return strings.Join([]string{"permission", m.Inputs.String("function"), m.Inputs.String("qualifier"), m.Inputs.String("statementId")}, " ")
			},
			Taken: "ResourceConflictException: The statement id provided already exists",
		},
		{
			Token:    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
			ForceNew: []string{"clusterName", "namespace", "serviceAccount"},
			Computed: []string{"associationArn", "associationId"},
			Make: func(m Made) (string, map[string]any) {
				id := "a-" + m.Hash(17)
				return id, map[string]any{
					"associationArn": arn(m, "eks", "podidentityassociation/"+m.Inputs.String("clusterName")+"/"+id),
					"associationId":  id,
				}
			},
			Identity: func(m Made) string {
				return strings.Join([]string{"pod", m.Inputs.String("clusterName"), m.Inputs.String("namespace"), m.Inputs.String("serviceAccount")}, " ")
			},
			Taken: "ResourceInUseException: Association already exists",
		},
	}
}
