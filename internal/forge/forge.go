// Package forge is a small GitHub on this computer, for tests: comments, pull requests and
// artifacts of one repository by its REST API, with its pages, its permissions and its refusals.
//
// See https://docs.github.com/rest.
package forge

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// Bot is who writes with a job's token.
const Bot = "github-actions[bot]"

// longest is how many characters a comment may have.
const longest = 65536

// Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Number int
	Author string
	Body   string
}

// Pull is a pull request.
type Pull struct {
	Number int
	Open   bool
	// Base is the branch it goes into.
	Base string
	// Owner and Branch name its head, and SHA is the head's commit.
	Owner, Branch, SHA string
	// RepositoryID is the id of the repository that the head is in.
	RepositoryID int64
	// Files are the paths that it changes.
	Files []string
}

// Artifact is what a run has left.
type Artifact struct {
	ID, RunID int64
	Name      string
	Expired   bool
	// Archive is a zip.
	Archive []byte
}

// Forge serves one repository.
type Forge struct {
	// URL is of the API.
	URL        string
	repository string
	blobs      *httptest.Server

	mu        sync.Mutex
	nextID    int64
	tokens    map[string]map[string]string // permissions, by token
	comments  []Comment
	pulls     []Pull
	artifacts []Artifact
	refused   []string
	requests  int
	failures  int
}

// New serves repository, which is owner/name, until the test ends.
func New(t testing.TB, repository string) *Forge {
	f := &Forge{repository: repository, nextID: 1000, tokens: map[string]map[string]string{}}
	repo := "/repos/" + repository
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+repo+"/issues/{number}/comments", f.allow("pull-requests", "read", f.listComments))
	mux.HandleFunc("POST "+repo+"/issues/{number}/comments", f.allow("pull-requests", "write", f.createComment))
	mux.HandleFunc("PATCH "+repo+"/issues/comments/{id}", f.allow("pull-requests", "write", f.updateComment))
	mux.HandleFunc("DELETE "+repo+"/issues/comments/{id}", f.allow("pull-requests", "write", f.deleteComment))
	mux.HandleFunc("GET "+repo+"/pulls", f.allow("pull-requests", "read", f.listPulls))
	mux.HandleFunc("GET "+repo+"/pulls/{number}", f.allow("pull-requests", "read", f.getPull))
	mux.HandleFunc("GET "+repo+"/pulls/{number}/files", f.allow("pull-requests", "read", f.listFiles))
	mux.HandleFunc("GET "+repo+"/actions/runs/{run}/artifacts", f.allow("actions", "read", f.listArtifacts))
	mux.HandleFunc("GET "+repo+"/actions/artifacts/{id}/zip", f.allow("actions", "read", f.redirectToArchive))
	api := httptest.NewServer(mux)
	t.Cleanup(api.Close)
	// GitHub keeps archives with another host, which refuses a request that bears a token.
	f.blobs = httptest.NewServer(http.HandlerFunc(f.serveArchive))
	t.Cleanup(f.blobs.Close)
	f.URL = api.URL
	return f
}

// Token returns a new token of a job with these permissions.
func (f *Forge) Token(permissions map[string]string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	name := fmt.Sprintf("token-%d", f.nextID)
	f.tokens[name] = maps.Clone(permissions)
	return name
}

// AddComment adds a comment as it is, and returns its id.
func (f *Forge) AddComment(c Comment) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	c.ID = f.nextID
	f.comments = append(f.comments, c)
	return c.ID
}

// AddPull adds a pull request.
func (f *Forge) AddPull(p Pull) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pulls = append(f.pulls, p)
}

// AddArtifact adds an artifact, and returns its id.
func (f *Forge) AddArtifact(a Artifact) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nextID++
	a.ID = f.nextID
	f.artifacts = append(f.artifacts, a)
	return a.ID
}

// Comments returns the comments on a pull request, oldest first.
func (f *Forge) Comments(number int) []Comment {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Comment
	for _, c := range f.comments {
		if c.Number == number {
			out = append(out, c)
		}
	}
	return out
}

// Artifacts returns the artifacts of all runs.
func (f *Forge) Artifacts() []Artifact {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.artifacts)
}

// Refused returns the requests that were refused for want of a permission.
func (f *Forge) Refused() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refused)
}

// Fail answers the next n requests with Bad Gateway.
func (f *Forge) Fail(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures = n
}

// Requests returns how many requests there were.
func (f *Forge) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// Zip returns an archive of files, by name.
func Zip(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entry, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(entry, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// handler answers with a status and a JSON value; the lock is held.
type handler func(r *http.Request) (int, any)

// allow lets through those whose token has a permission.
func (f *Forge) allow(scope, level string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.requests++
		if f.failures > 0 {
			f.failures--
			answer(w, http.StatusBadGateway, message("Server Error"))
			return
		}
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		permissions, known := f.tokens[bearer]
		has := permissions[scope]
		switch {
		case !known:
			answer(w, http.StatusUnauthorized, message("Bad credentials"))
			return
		case has != level && (has != "write" || level != "read"):
			f.refused = append(f.refused, r.Method+" "+r.URL.Path)
			answer(w, http.StatusForbidden, message("Resource not accessible by integration"))
			return
		}
		status, v := h(r)
		if location, ok := v.(redirect); ok {
			http.Redirect(w, r, string(location), status)
			return
		}
		answer(w, status, v)
	}
}

type redirect string

func message(text string) map[string]string { return map[string]string{"message": text} }

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if v != nil {
		// The client hung up, and nobody else is there to be told.
		_ = json.NewEncoder(w).Encode(v)
	}
}

// page returns the part of a list that a request asks for.
func page[T any](r *http.Request, all []T) []T {
	number := func(name string, fallback int) int {
		if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n > 0 {
			return n
		}
		return fallback
	}
	size := min(number("per_page", 30), 100)
	start := min((number("page", 1)-1)*size, len(all))
	return append([]T{}, all[start:min(start+size, len(all))]...)
}

func pathID(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return -1
	}
	return id
}

// archiveURL is signed, in GitHub's case: whoever has it may read.
func (f *Forge) archiveURL(id int64) string { return fmt.Sprintf("%s/%d", f.blobs.URL, id) }

func (f *Forge) serveArchive(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, a := range f.artifacts {
		if r.URL.Path == fmt.Sprintf("/%d", a.ID) {
			http.ServeContent(w, r, a.Name+".zip", time.Time{}, bytes.NewReader(a.Archive))
			return
		}
	}
	http.NotFound(w, r)
}

// body reads the text of a comment, as GitHub takes it.
func body(r *http.Request) (string, any) {
	var in struct{ Body *string }
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case err != nil:
		return "", message("Problems parsing JSON")
	case in.Body == nil || *in.Body == "":
		return "", message("Body cannot be blank")
	case utf8.RuneCountInString(*in.Body) > longest:
		return "", message("Body is too long (maximum is 65536 characters)")
	default:
		return *in.Body, nil
	}
}
