package iamtest_test

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	qs := questions(t)
	decisions, err := iamtest.Answers(qs)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range qs {
		if decisions[i] != q.Want {
			t.Errorf("%s: %s, want %s", q, decisions[i], q.Want)
		}
	}
}

func TestParseRefusesWhatIsNotEvaluated(t *testing.T) {
	t.Parallel()
	const allow = `"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"`
	for name, tt := range map[string]struct{ document, want string }{
		"old language":       {`{"Version":"2008-10-17","Statement":{` + allow + `}}`, "2008-10-17"},
		"no version":         {`{"Statement":{` + allow + `}}`, "version"},
		"no statement":       {`{"Version":"2012-10-17","Statement":[]}`, "no statement"},
		"no action":          {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*"}}`, "action"},
		"no effect":          {`{"Version":"2012-10-17","Statement":{"Action":"sqs:*","Resource":"*"}}`, "effect"},
		"NotAction":          {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"sqs:*","Resource":"*"}}`, "NotAction"},
		"NotPrincipal":       {`{"Version":"2012-10-17","Statement":{` + allow + `,"NotPrincipal":"*"}}`, "NotPrincipal"},
		"operator":           {`{"Version":"2012-10-17","Statement":{` + allow + `,"Condition":{"NumericEquals":{"a":"1"}}}}`, "NumericEquals"},
		"set operator":       {`{"Version":"2012-10-17","Statement":{` + allow + `,"Condition":{"ForAnyValue:StringEquals":{"a":"1"}}}}`, "ForAnyValue"},
		"variable":           {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:::${aws:username}"}}`, "variables"},
		"variable in a test": {`{"Version":"2012-10-17","Statement":{` + allow + `,"Condition":{"StringEquals":{"a":"${aws:username}"}}}}`, "variables"},
		"wildcard service":   {`{"Version":"2012-10-17","Statement":{` + allow + `,"Principal":{"Service":"*"}}}`, "wildcards"},
		"wildcard role":      {`{"Version":"2012-10-17","Statement":{` + allow + `,"Principal":{"AWS":"arn:aws:iam::1:role/*"}}}`, "wildcards"},
		"unknown principal":  {`{"Version":"2012-10-17","Statement":{` + allow + `,"Principal":{"CanonicalUser":"x"}}}`, "CanonicalUser"},
		"same name twice":    {`{"Version":"2012-10-17","Statement":[{"Sid":"A",` + allow + `},{"Sid":"A",` + allow + `}]}`, "two statements"},
		"unknown element":    {`{"Version":"2012-10-17","Statement":{` + allow + `,"Conditions":{}}}`, "Conditions"},
		"a second document":  {`{"Version":"2012-10-17","Statement":{` + allow + `}} {}`, "more than one"},
		"an unknown placeholder": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"${aws:sqs/queue:Queue::jobs.arn}"}}`, "variables",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := iamtest.Parse(tt.document)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse: %v, want an error about %q", err, tt.want)
			}
		})
	}
}
