package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// An up that is told by a cloud that something exists already offers to import it; of other errors it says nothing.
func TestOfferImport(t *testing.T) {
	t.Parallel()
	targets := map[string]string{
		"QueueAlreadyExists: A queue already exists with the same name":                                    "aws: {account: '111122223333', region: eu-west-1}",
		"googleapi: Error 409: Resource already exists in the project":                                     "gcp: {project: acme-prod, region: europe-west1}",
		"cannot create already existing resource '/subscriptions/x/resourceGroups/g/providers/p/queues/q'": "azure: {subscription: 11111111-2222-3333-4444-555555555555, location: westeurope}",
	}
	for message, target := range targets {
		t.Run(target[:3], func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "msgdeploy.yaml")
			text := "version: 1\nproject: shop\nqueues: {jobs: {}}\nstacks: {prod: {" + target + "}}\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			a, _, stderr := testApp("", nil)
			st, err := a.loadStack(t.Context(), specFlags{file: file})
			if err != nil {
				t.Fatal(err)
			}
			s := &session{stack: st, app: a}
			failed := func(text string) error {
				return fmt.Errorf("up: %w", &deploy.OperationError{Messages: []deploy.Message{{Element: "queue.jobs", Text: text}}})
			}
			s.offerImport(failed("AccessDenied: 409 is a number"))
			if stderr.Len() > 0 {
				t.Errorf("an import is offered where nothing exists: %s", stderr)
			}
			s.offerImport(failed(message))
			if want := "msgdeploy import queue.jobs ID -s prod"; !strings.Contains(stderr.String(), want) {
				t.Errorf("stderr is %q, want %q in it", stderr, want)
			}
		})
	}
}
