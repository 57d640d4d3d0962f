// Package ci holds no code: beside it are the scripts of the GitHub actions, the jobs for
// GitLab, and the tests that run them and the workflows of docs/ci.md.
package ci
