package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
)

// The stack outputs that every program exports.
const (
	outputsOutput     = "outputs"
	credentialsOutput = "credentials"
)

const credentialsSuffix = ".creds"

// outputs are the outputs of an operation, as applications need them.
func (s *session) outputs(r *deploy.Result) report.Outputs {
	exported, _ := r.Outputs[outputsOutput].(map[string]any)
	return s.exported(exported)
}

// exported reads the stack output "outputs". The state names files of credentials from the
// spec's directory; whoever reads the outputs stands where the command was run.
func (s *session) exported(outputs map[string]any) report.Outputs {
	out := report.NewOutputs(string(s.Target.Cloud()), outputs)
	out.Simulated = s.simulated
	for name, properties := range out.Services {
		if _, ok := properties["credentials"]; ok {
			properties = maps.Clone(properties)
			properties["credentials"] = s.credentialsFile(name)
			out.Services[name] = properties
		}
	}
	return out
}

func (s *session) credentialsDir() string {
	return filepath.Join(s.broker.home, "credentials", s.Stack)
}

func (s *session) credentialsFile(service string) string {
	return filepath.Join(s.credentialsDir(), service+credentialsSuffix)
}

// writeCredentials makes the files of credentials match the state: one for each
// service that has some, and none for others.
func (s *session) writeCredentials(ctx context.Context, r *deploy.Result) error {
	if s.Target.NATS == nil {
		return nil // clouds know a service by its identity
	}
	services := s.outputs(r).Services
	if err := s.removeStrayCredentials(services); err != nil {
		return err
	}
	if !s.credentialsMissing(services) && !credentialsChanged(r) {
		// Deciphering the state's secrets takes longer than the rest of an up that changes nothing.
		return nil
	}
	secret, err := s.engine.SecretOutput(ctx, credentialsOutput)
	if err != nil {
		return fmt.Errorf("read credentials from the state: %w", err)
	}
	contents, _ := secret.(map[string]any)
	if err := os.MkdirAll(s.credentialsDir(), 0o700); err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	for service := range services {
		content, _ := contents[service].(string)
		if content == "" {
			continue
		}
		if err := writePrivate(s.credentialsFile(service), []byte(content)); err != nil {
			return fmt.Errorf("write credentials: %w", err)
		}
	}
	return nil
}

// credentialsMissing reports whether a service has no file yet.
func (s *session) credentialsMissing(services map[string]map[string]any) bool {
	for service, properties := range services {
		if properties["credentials"] == nil {
			continue
		}
		if _, err := os.Stat(s.credentialsFile(service)); err != nil {
			return true
		}
	}
	return false
}

// credentialsChanged reports whether the operation did anything to a service.
func credentialsChanged(r *deploy.Result) bool {
	for _, c := range r.Changes {
		if strings.HasPrefix(c.Element, "service.") {
			return true
		}
	}
	return false
}

// removeStrayCredentials removes the files of services that are gone.
func (s *session) removeStrayCredentials(services map[string]map[string]any) error {
	entries, err := os.ReadDir(s.credentialsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	for _, entry := range entries {
		service, ok := strings.CutSuffix(entry.Name(), credentialsSuffix)
		if _, kept := services[service]; !ok || kept {
			continue
		}
		if err := os.Remove(filepath.Join(s.credentialsDir(), entry.Name())); err != nil {
			return fmt.Errorf("remove credentials: %w", err)
		}
	}
	return nil
}

// writePrivate replaces a file as a whole with one that only its owner can read.
func writePrivate(name string, data []byte) error {
	// CreateTemp makes files with mode 0600.
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		// It is the first error that counts.
		_ = os.Remove(f.Name())
	}
	return err
}
