package standin

import "testing"

// TestSamePolicy: spelling is no change, meaning is.
func TestSamePolicy(t *testing.T) {
	t.Parallel()
	const base = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:q","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	for name, c := range map[string]struct {
		other string
		same  bool
	}{
		"itself":                   {base, true},
		"no list, other order":     {`{"Statement":{"Resource":["arn:q"],"Action":["sqs:ReceiveMessage","SQS:SendMessage"],"Effect":"Allow","Sid":"A","Principal":{"AWS":["111122223333"]},"Condition":{"Bool":{"AWS:securetransport":[false]}}},"Version":"2012-10-17"}`, true},
		"another account":          {`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:q","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, false},
		"another action":           {`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sqs:SendMessage"],"Resource":"arn:q","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, false},
		"a resource in other case": {`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:Q","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, false},
		"no condition":             {`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":"arn:q"}]}`, false},
		"no JSON":                  {`{`, false},
		"nothing":                  {``, false},
		"no statements":            {`{"Version":"2012-10-17","Statement":[]}`, false},
	} {
		if got := SamePolicy(base, c.other); got != c.same {
			t.Errorf("%s: same is %v", name, got)
		}
	}
	const anyone, everyone = `{"Statement":[{"Effect":"Deny","Principal":"*"}]}`, `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"*"}}]}`
	if !SamePolicy(anyone, everyone) {
		t.Error(`"*" is every principal`)
	}
}

// TestSameJSON: a number in quotes is another value, which is why programs write numbers.
func TestSameJSON(t *testing.T) {
	t.Parallel()
	for other, same := range map[string]bool{
		`{ "b": [1, 2], "a": 5 }`: true,
		`{"a":"5","b":[1,2]}`:     false,
		`{"a":5,"b":[2,1]}`:       false,
		`{"a":5,"b":[1,2]} x`:     false,
	} {
		if got := SameJSON(`{"a":5,"b":[1,2]}`, other); got != same {
			t.Errorf("%s: same is %v", other, got)
		}
	}
}
