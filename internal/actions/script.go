package actions

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// shells are the commands of `shell:`, as GitHub documents them.
//
// See https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell.
func shells(name, script string) ([]string, error) {
	switch name {
	case "":
		return []string{"bash", "-e", script}, nil
	case "bash":
		return []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", script}, nil
	case "sh":
		return []string{"sh", "-e", script}, nil
	default:
		return nil, fmt.Errorf("shell %s is not known here", name)
	}
}

// script runs the `run:` of a step.
func (j *jobRun) script(ctx context.Context, step Step, env map[string]string, action string) (map[string]string, string, bool, error) {
	j.files++
	file := func(name string) string { return filepath.Join(j.dir, fmt.Sprintf("%s-%d", name, j.files)) }
	output, environment, path, summary := file("output"), file("env"), file("path"), file("summary")
	for _, f := range []string{output, environment, path, summary} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			return nil, "", false, err
		}
	}
	script := file("script")
	if err := os.WriteFile(script, []byte(step.Run), 0o600); err != nil {
		return nil, "", false, err
	}
	command, err := shells(step.Shell, script)
	if err != nil {
		return nil, "", false, err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = j.result.Workspace
	cmd.Env = j.environment(env, map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": action, "GITHUB_API_URL": j.API, "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_EVENT_NAME": j.event.Name, "GITHUB_EVENT_PATH": filepath.Join(j.dir, "event.json"), "GITHUB_REPOSITORY": j.Repository,
		"GITHUB_RUN_ID": fmt.Sprint(j.event.RunID), "GITHUB_SHA": j.event.SHA, "GITHUB_WORKSPACE": j.result.Workspace,
		"GITHUB_OUTPUT": output, "GITHUB_ENV": environment, "GITHUB_PATH": path, "GITHUB_STEP_SUMMARY": summary,
		"RUNNER_TEMP": filepath.Join(j.dir, "temp"),
	})
	log, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return nil, "", false, err
	}
	outputs, err := j.collect(output, environment, path, summary)
	return outputs, string(log), failed == nil, err
}

// environment is the runner's, then GitHub's, then the workflow's, then the step's.
func (j *jobRun) environment(step, github map[string]string) []string {
	all := map[string]string{}
	for _, entry := range j.Env {
		name, value, _ := strings.Cut(entry, "=")
		all[name] = value
	}
	for _, m := range []map[string]string{github, j.env, step} {
		maps.Copy(all, m)
	}
	if len(j.path) > 0 {
		all["PATH"] = strings.Join(j.path, string(os.PathListSeparator)) + string(os.PathListSeparator) + all["PATH"]
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// collect reads what a step wrote for the runner.
func (j *jobRun) collect(output, environment, path, summary string) (map[string]string, error) {
	outputs, err := readCommands(output)
	if err != nil {
		return nil, err
	}
	set, err := readCommands(environment)
	if err != nil {
		return nil, err
	}
	maps.Copy(j.env, set)
	paths, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(paths)) {
		j.path = append([]string{strings.TrimSuffix(line, "\n")}, j.path...)
	}
	text, err := os.ReadFile(summary)
	j.result.Summary += string(text)
	return outputs, err
}

// readCommands reads a file of name=value lines, where a value of several lines is
// written name<<delimiter, the lines, delimiter.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions#multiline-strings.
func readCommands(path string) (map[string]string, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, len(src)+1)
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			continue
		}
		eq, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		if eq >= 0 && (heredoc < 0 || eq < heredoc) {
			out[line[:eq]] = line[eq+1:]
			continue
		}
		if heredoc < 0 {
			return nil, fmt.Errorf("the runner cannot read the line %q", line)
		}
		name, delimiter := line[:heredoc], line[heredoc+2:]
		var value []string
		closed := false
		for !closed && lines.Scan() {
			if closed = lines.Text() == delimiter; !closed {
				value = append(value, lines.Text())
			}
		}
		if !closed {
			return nil, fmt.Errorf("the value of %s does not end", name)
		}
		out[name] = strings.Join(value, "\n")
	}
	return out, lines.Err()
}
