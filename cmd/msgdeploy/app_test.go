package main

import (
	"bufio"
	"bytes"
	"strings"
)

// testApp is an app whose streams are buffers and whose environment is env.
func testApp(stdin string, env map[string]string) (a *app, stdout, stderr *bytes.Buffer) {
	a, stdout, stderr = newApp(nil), &bytes.Buffer{}, &bytes.Buffer{}
	a.stdin, a.stdout, a.stderr = bufio.NewReader(strings.NewReader(stdin)), stdout, stderr
	a.asks, a.terminal, a.stdoutTerminal, a.width = false, false, false, 0
	a.lookupEnv = func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
	return a, stdout, stderr
}
