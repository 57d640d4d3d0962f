package diag

import (
	"io"
	"net/url"
	"path/filepath"
)

// Tool names the program that found the diagnostics, for [WriteSARIF].
type Tool struct {
	Name    string
	Version string
}

// WriteSARIF renders ds as a log of SARIF 2.1.0, which code scanning services read.
//
// See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
func WriteSARIF(w io.Writer, tool Tool, ds Diagnostics) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: tool.Name, Version: tool.Version, Rules: []sarifRule{}}
	rules := map[string]int{}
	for _, d := range ds.Sorted() {
		index, known := rules[d.Code]
		if !known {
			index = len(rules)
			rules[d.Code] = index
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{d.Code, sarifText{d.Summary}})
		}
		result := sarifResult{RuleID: d.Code, RuleIndex: index, Level: d.Severity.String(), Message: sarifText{d.Summary + ". " + d.Detail}}
		if !d.Range.IsZero() {
			result.Locations = []sarifLocation{location(d.Range)}
		}
		for _, r := range d.Related {
			l := location(r.Range)
			l.Message = &sarifText{r.Message}
			result.Related = append(result.Related, l)
		}
		run.Results = append(run.Results, result)
	}
	return encode(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func location(r Range) sarifLocation {
	var l sarifLocation
	l.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(r.File)}).EscapedPath()
	if r.Start.Line > 0 {
		l.Physical.Region = &sarifRegion{r.Start.Line, r.Start.Column, r.End.Line, r.End.Column}
	}
	return l
}

// The parts of a SARIF log that are needed here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
		Message *sarifText `json:"message,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
)
