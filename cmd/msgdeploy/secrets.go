package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func newSecretsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "secrets",
		Short:   "Look after what encrypts the secrets of a state",
		Example: "  msgdeploy secrets rotate --to awskms://alias/msgdeploy",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSecretsRotateCmd(a))
	return cmd
}

// rotateOptions are those of secrets rotate.
type rotateOptions struct {
	spec   specFlags
	engine engineFlags
	to     string
	file   string
	yes    bool
}

func newSecretsRotateCmd(a *app) *cobra.Command {
	var opts rotateOptions
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Encrypt the secrets of a stack's state anew",
		Long: `Encrypt the secrets of a stack's state anew, with another passphrase or another key of a
cloud. They are read with the passphrase or the key that the state has now, and read again
with the new one before the state is replaced, in one piece. The services' credentials do
not change.

The state before is kept under .pulumi/backups, and older ones in the history, as they
were: if the old passphrase is known to others, remove those, too, and let the services
have other credentials.`,
		Example: `  msgdeploy secrets rotate --to awskms://alias/msgdeploy
  msgdeploy secrets rotate --stack prod --passphrase-file new.txt`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.rotateSecrets(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	opts.engine.bindBackend(cmd)
	opts.engine.bindSimulate(cmd)
	opts.engine.bindLock(cmd)
	cmd.Flags().StringVar(&opts.to, "to", "", "the URL of the new key: awskms://, gcpkms://, azurekeyvault:// or hashivault://")
	cmd.Flags().StringVar(&opts.file, "passphrase-file", "", "a file with the new passphrase")
	cmd.Flags().BoolVarP(&opts.yes, "yes", "y", false, "go ahead without a question")
	return cmd
}

func (a *app) rotateSecrets(ctx context.Context, opts rotateOptions) (err error) {
	keys, err := opts.keys()
	if err != nil {
		return err
	}
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	n, err := s.engine.Rotate(ctx, keys, func(n int) error {
		return a.agree(ctx, opts.yes, "secrets rotate", "Encrypt "+count(n, "secret")+" of stack "+s.Stack+" anew? [y/N] ")
	})
	if err != nil {
		return err
	}
	a.notef("encrypted %s of stack %s anew", count(n, "secret"), s.Stack)
	if keys.URL != "" {
		a.notef("The state says by itself which key that was. For a stack that is made anew, the spec has to: `state: {secrets: %s}`.", keys.URL)
		return nil
	}
	a.notef("From now on the passphrase of stack %s is that in %s: set PULUMI_CONFIG_PASSPHRASE_FILE to it.", s.Stack, opts.file)
	return nil
}

// keys are the new ones.
func (o rotateOptions) keys() (deploy.Keys, error) {
	switch {
	case (o.to == "") == (o.file == ""):
		return deploy.Keys{}, usagef("say what the secrets are to be encrypted with: --to URL or --passphrase-file FILE")
	case o.to != "" && !strings.Contains(o.to, "://"):
		return deploy.Keys{}, usagef("--to: %q is no URL of a key, such as awskms://alias/msgdeploy", o.to)
	case o.to != "":
		return deploy.Keys{URL: o.to}, nil
	}
	data, err := os.ReadFile(o.file)
	if err != nil {
		return deploy.Keys{}, usagef("--passphrase-file: %v", err)
	}
	passphrase := strings.TrimSpace(string(data))
	if passphrase == "" {
		return deploy.Keys{}, usagef("--passphrase-file: %s is empty", o.file)
	}
	return deploy.Keys{Passphrase: passphrase}, nil
}
