package main

import "strings"

// baseRows compare a spec with another version of itself, in which each tenth queue is different.
func baseRows(elements int) []row {
	args := []string{"preview", "--offline", "--base", "base.yaml"}
	var rows []row
	for _, of := range []struct{ name, spec string }{{"base: nats", queues(elements)}, {"base: aws", aws(elements)}} {
		rows = append(rows, row{name: of.name, spec: of.spec, elements: elements, args: args, base: edited(of.spec)})
	}
	return rows
}

// edited is a spec with other attempts for the queues whose number ends in 0.
func edited(spec string) string {
	lines := strings.SplitAfter(spec, "\n")
	for i, line := range lines {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if strings.HasPrefix(name, "q") && strings.HasSuffix(name, "0") {
			lines[i] = strings.Replace(line, "maxAttempts: 5", "maxAttempts: 7", 1)
		}
	}
	return strings.Join(lines, "")
}
