package aws

import (
	"fmt"
	"slices"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
)

func topicAccess(n int) []access {
	publish, _ := actionsOf(permissions.Publish)
	items := make([]access, n)
	for i := range items {
		items[i] = access{verb: publish, arn: fmt.Sprintf("arn:aws:sns:ap-southeast-2:111122223333:shop-production-topic-%04d", i)}
	}
	return items
}

func TestPackFillsOnePolicyFirst(t *testing.T) {
	t.Parallel()
	packed := pack(topicAccess(100), roleInlineLimit)
	if len(packed.managed) != 0 || len(packed.inline) == 0 || len(packed.inline) > roleInlineLimit {
		t.Errorf("100 topics make %d characters inline and %d managed policies", len(packed.inline), len(packed.managed))
	}
	if packed := pack(topicAccess(40), userInlineLimit); packed.inline != "" || len(packed.managed) != 1 || packed.managed[0].bits != "" {
		t.Errorf("40 topics of a user make %d characters inline and %d managed policies", len(packed.inline), len(packed.managed))
	}
}

// TestPackGrantsEachOnce finds every topic in exactly one policy, none of which is too large.
func TestPackGrantsEachOnce(t *testing.T) {
	t.Parallel()
	items := topicAccess(500)
	packed := pack(items, roleInlineLimit)
	if len(packed.managed) < 2 || len(packed.managed) > attachmentLimit {
		t.Fatalf("500 topics make %d managed policies", len(packed.managed))
	}
	found := map[string]int{}
	for _, s := range packed.managed {
		if len(s.document) > managedLimit {
			t.Errorf("policy %s has %d characters", s.bits, len(s.document))
		}
		for _, item := range items {
			if slices.Contains(quoted(s.document), item.arn) {
				found[item.arn]++
			}
		}
	}
	for _, item := range items {
		if found[item.arn] != 1 {
			t.Errorf("%s is in %d policies", item.arn, found[item.arn])
		}
	}
}

// TestPackIsStable adds topics one by one: each changes one policy, or parts one in two.
func TestPackIsStable(t *testing.T) {
	t.Parallel()
	items := topicAccess(600)
	before := byBits(pack(items[:200], roleInlineLimit))
	for n := 201; n <= len(items); n++ {
		after := byBits(pack(items[:n], roleInlineLimit))
		changed, gone, added := 0, 0, 0
		for bits, document := range before {
			switch now, ok := after[bits]; {
			case !ok:
				gone++
			case now != document:
				changed++
			}
		}
		for bits := range after {
			if _, ok := before[bits]; !ok {
				added++
			}
		}
		grown, parted := changed == 1 && gone == 0 && added == 0, changed == 0 && gone == 1 && added >= 2
		if !grown && !parted {
			t.Fatalf("topic %d changes %d policies, adds %d and removes %d", n, changed, added, gone)
		}
		before = after
	}
}

func byBits(p packed) map[string]string {
	policies := map[string]string{}
	for _, s := range p.managed {
		policies[s.bits] = s.document
	}
	return policies
}

// TestPackKnowsNoAccount packs alike whether the account is known or not.
func TestPackKnowsNoAccount(t *testing.T) {
	t.Parallel()
	known, unknown := topicAccess(300), topicAccess(300)
	for i := range unknown {
		a := parseARN(unknown[i].arn)
		unknown[i].arn = "arn:aws:sns:" + a.region + ":" + unknownAccount + ":" + a.resource
	}
	a, b := pack(known, roleInlineLimit), pack(unknown, roleInlineLimit)
	if len(a.managed) != len(b.managed) {
		t.Fatalf("%d policies with the account, %d without", len(a.managed), len(b.managed))
	}
	for i := range a.managed {
		if a.managed[i].bits != b.managed[i].bits || len(a.managed[i].document) != len(b.managed[i].document) {
			t.Errorf("policy %d is %s with the account, and %s without", i, a.managed[i].bits, b.managed[i].bits)
		}
	}
}
