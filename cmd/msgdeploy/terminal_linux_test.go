package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTerminal runs msgdeploy on a terminal that answers no questions: it is not asked
// any, see package hush, and what is printed is what was asked for.
func TestTerminal(t *testing.T) {
	t.Parallel()
	screen, terminal := openTerminal(t)
	cmd := exec.CommandContext(t.Context(), "msgdeploy", "version")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "CI=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	// The end of the last process on a terminal reads as an error.
	printed, _ := io.ReadAll(screen)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %q", err, printed)
	}
	if got := string(printed); !strings.HasPrefix(got, "msgdeploy ") || strings.Contains(got, "\x1b") {
		t.Errorf("the terminal shows %q", got)
	}
}

// openTerminal returns both ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, terminal
}

// On a terminal up asks, and does what it is told.
func TestTerminalQuestion(t *testing.T) {
	t.Parallel()
	const spec = "version: 1\nproject: shop\ntopics: {order-placed: {}}\nstacks: {local: {nats: {}}}\n"
	tests := map[string]struct {
		answer string
		code   int
		shows  string
	}{
		"yes":         {"y\r", exitOK, "2 created"},
		"no":          {"\r", exitRefused, "nothing was changed"},
		"interrupted": {"\x03", exitInterrupted, "interrupted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			screen, terminal := openTerminal(t)
			cmd := exec.CommandContext(t.Context(), "msgdeploy", "up")
			cmd.Dir = t.TempDir()
			write(t, filepath.Join(cmd.Dir, "msgdeploy.yaml"), spec)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if err := terminal.Close(); err != nil {
				t.Fatal(err)
			}
			shown := readUntil(t, screen, "Go ahead? [y/N] ")
			if _, err := screen.WriteString(test.answer); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(screen)
			err := cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != test.code {
				t.Errorf("exit code %d (%v), want %d", got, err, test.code)
			}
			if !strings.Contains(string(rest), test.shows) {
				t.Errorf("the terminal does not show %q:\n%s%s", test.shows, shown, rest)
			}
		})
	}
}

// readUntil reads from the terminal until it shows text.
func readUntil(t *testing.T, screen io.Reader, text string) string {
	t.Helper()
	var shown strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(shown.String(), text) {
		n, err := screen.Read(buf)
		shown.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v before %q was shown:\n%s", err, text, &shown)
		}
	}
	return shown.String()
}
