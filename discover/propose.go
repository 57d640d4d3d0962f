package discover

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The bounds that every cloud's queues have in common, and that a proposal stays in.
const (
	shortestLease, longestLease         = time.Second, 12 * time.Hour
	shortestRetention, longestRetention = time.Minute, 14 * 24 * time.Hour
	longestDelay                        = 15 * time.Minute
)

// Propose writes a spec of a project and a stack that holds the topics and queues whose names begin with prefix,
// under exactly these names, and the ids to import them by, as comments. What it cannot tell is a comment too.
func (l *Listing) Propose(project, stack, prefix string) []byte {
	p := proposal{listing: l, prefix: prefix, names: map[string]bool{}}
	fmt.Fprintf(&p.out, "# Proposed by msgdeploy import --discover. Read it before you import.\nversion: 1\nproject: %s\n", elementName(project))
	p.section("topics", Topic)
	p.section("queues", Queue)
	fmt.Fprintf(&p.out, "stacks:\n  %s:\n    %s\n", stack, l.target())
	if len(p.ids) > 0 {
		fmt.Fprintf(&p.out, "\n# To take them under management, put these lines into a file, without the #, for\n# msgdeploy import --from FILE -s %s\n", stack)
		for _, id := range p.ids {
			fmt.Fprintf(&p.out, "#   %s\n", id)
		}
	}
	for _, it := range l.Items {
		if it.Kind == Other && strings.HasPrefix(it.Name, prefix) {
			fmt.Fprintf(&p.out, "# not in the spec: %s, %s\n", oneLine(it.ID), oneLine(it.Note))
		}
	}
	return []byte(p.out.String())
}

// target is the stack's target, as far as it is known.
func (l *Listing) target() string {
	known := func(key, otherwise string) string { return cmp.Or(l.Place[key], otherwise) }
	switch l.Cloud {
	case "aws":
		return fmt.Sprintf("aws: {account: %q, region: %s}", l.Place["account"], l.Place["region"])
	case "gcp":
		return fmt.Sprintf("gcp: {project: %s, region: %s} # the region is a guess: topics have none", l.Place["project"], known("region", "europe-west1"))
	case "azure":
		return "azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope} # the listing does not say either"
	default:
		return "nats: {}"
	}
}

type proposal struct {
	listing *Listing
	prefix  string
	out     strings.Builder
	// names are the elements' that are taken.
	names map[string]bool
	ids   []string
}

func (p *proposal) section(title string, kind Kind) {
	dead := map[string]bool{}
	for _, it := range p.listing.Items {
		if it.DeadLetters != "" && it.DeadLetters == deadLettersOf(it.Name) {
			dead[it.DeadLetters] = true // they go along with their queue
		}
	}
	begun := false
	for _, it := range p.listing.Items {
		if it.Kind != kind || !strings.HasPrefix(it.Name, p.prefix) || kind == Queue && dead[it.Name] {
			continue
		}
		if !begun {
			begun = true
			fmt.Fprintf(&p.out, "%s:\n", title)
		}
		p.element(it)
	}
}

// deadLettersOf is what msgdeploy calls the dead letters of a queue with an exact name.
func deadLettersOf(name string) string {
	if base, ok := strings.CutSuffix(name, fifo); ok {
		return base + "-dlq" + fifo
	}
	return name + "-dlq"
}

func (p *proposal) element(it Item) {
	name := p.free(elementName(strings.TrimPrefix(it.Name, p.prefix)))
	keys := map[string]string{"name": fmt.Sprintf("%q", strings.TrimSuffix(it.Name, fifo))}
	var notes []string
	if it.Ordered {
		keys["ordered"] = "true"
	}
	span := func(key string, d, least, most time.Duration) {
		switch {
		case d == 0:
		case d < least || d > most:
			notes = append(notes, fmt.Sprintf("its %s is %v, which a spec does not hold", key, d))
		default:
			keys[key] = fmt.Sprintf("%ds", int(d.Seconds()))
		}
	}
	span("lease", it.Lease, shortestLease, longestLease)
	least := shortestRetention
	if it.Retention > 0 {
		least = max(least, it.Lease+it.Delay+time.Second) // what a spec would not take: messages that expire unseen
	}
	span("retention", it.Retention, least, longestRetention)
	span("delay", it.Delay, time.Second, longestDelay)
	switch {
	case it.Attempts < 0:
		keys["deadLetter"] = "false"
	case it.DeadLetters == deadLettersOf(it.Name) && it.Attempts > 0:
		keys["deadLetter"] = fmt.Sprintf("{maxAttempts: %d}", it.Attempts)
	case it.DeadLetters != "":
		notes = append(notes, "its dead letters go to "+it.DeadLetters+", and would go to a queue of their own")
	}
	if it.Note != "" {
		notes = append(notes, it.Note)
	}
	var settings []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		settings = append(settings, key+": "+keys[key])
	}
	fmt.Fprintf(&p.out, "  %s: {%s}", name, strings.Join(settings, ", "))
	if len(notes) > 0 {
		fmt.Fprintf(&p.out, " # %s", oneLine(strings.Join(notes, "; ")))
	}
	p.out.WriteString("\n")
	if it.ID != "" {
		p.ids = append(p.ids, fmt.Sprintf("%s.%s %s", it.Kind, name, oneLine(it.ID)))
	}
}

// elementName makes a name of an element out of one of a cloud: 3 to 50 lower case letters, digits and hyphens,
// beginning with a letter.
func elementName(s string) string {
	s = strings.TrimSuffix(s, fifo)
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "-")
	s = strings.Trim(s, "-")
	if s == "" || s[0] < 'a' || len(s) < 3 {
		s = strings.Trim("the-"+s, "-")
	}
	if len(s) > 44 {
		s = strings.Trim(s[:44], "-")
	}
	return s
}

// free returns name, or name and a number.
func (p *proposal) free(name string) string {
	out := name
	for n := 2; p.names[out]; n++ {
		out = fmt.Sprintf("%s-%d", name, n)
	}
	p.names[out] = true
	return out
}

// oneLine keeps a text from ending the comment that it is in.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
