package iamtest

import (
	"slices"
	"strings"
)

// applies says whether a statement is about the request, whoever calls.
func (s Statement) applies(r Request) bool {
	action := func(pattern string) bool { return glob(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	resource := func(pattern string) bool { return glob(pattern, r.Resource) }
	if !slices.ContainsFunc(s.Actions, action) {
		return false
	}
	if len(s.Resources) > 0 && !slices.ContainsFunc(s.Resources, resource) {
		return false
	}
	for _, c := range s.Conditions {
		if !c.holds(r.Context) {
			return false
		}
	}
	return true
}

// holds says whether the request's value of the key fits one of the condition's. A key
// that the request lacks fits nothing, unless the operator ends in IfExists.
func (c Condition) holds(context map[string]string) bool {
	fits, _ := comparison(c.Operator)
	for key, value := range context {
		if strings.EqualFold(key, c.Key) {
			return slices.ContainsFunc(c.Values, func(want string) bool { return fits(want, value) })
		}
	}
	return strings.HasSuffix(c.Operator, ifExists)
}

const ifExists = "IfExists"

// comparison returns what an operator compares; ok is false for one that is not evaluated.
func comparison(operator string) (fits func(want, got string) bool, ok bool) {
	switch strings.TrimSuffix(operator, ifExists) {
	case "StringEquals":
		return func(want, got string) bool { return want == got }, true
	case "StringLike":
		return glob, true
	case "ArnEquals", "ArnLike": // they "behave identically": IAM user guide, condition operators
		return arn, true
	case "Bool":
		return strings.EqualFold, true
	}
	return nil, false
}

// arnParts is how many parts an ARN has: arn:partition:service:region:account:resource.
const arnParts = 6

// arn compares ARNs part by part: a wildcard does not reach over a colon, but in the resource.
func arn(pattern, s string) bool {
	want, got := strings.SplitN(pattern, ":", arnParts), strings.SplitN(s, ":", arnParts)
	if len(want) != arnParts || len(got) != arnParts {
		return false
	}
	for i := range want {
		if !glob(want[i], got[i]) {
			return false
		}
	}
	return true
}

// glob matches * and ?, as IAM does: * is any text, also none.
func glob(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
