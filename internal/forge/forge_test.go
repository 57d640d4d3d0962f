package forge_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/internal/forge"
)

// call asks the forge, and returns the status and the body of the answer.
func call(t *testing.T, f *forge.Forge, token, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(out)
}

const comments = "/repos/acme/shop/issues/7/comments"

// TestPermissions: each request needs its permission, and refusals are kept.
func TestPermissions(t *testing.T) {
	t.Parallel()
	f := forge.New(t, "acme/shop")
	read := f.Token(map[string]string{"pull-requests": "read"})
	write := f.Token(map[string]string{"pull-requests": "write"})
	for _, test := range []struct {
		token, method, path string
		status              int
	}{
		{read, "GET", comments, 200},
		{read, "POST", comments, 403},
		{write, "POST", comments, 201},
		{write, "GET", comments, 200},
		{"guess", "GET", comments, 401},
		{write, "GET", "/repos/acme/shop/actions/runs/1/artifacts", 403},
		{write, "GET", "/repos/acme/other/issues/7/comments", 404},
	} {
		if status, body := call(t, f, test.token, test.method, test.path, `{"body": "x"}`); status != test.status {
			t.Errorf("%s %s: %d, want %d: %s", test.method, test.path, status, test.status, body)
		}
	}
	f.Fail(1)
	for _, want := range []int{502, 200} {
		if status, _ := call(t, f, write, "GET", comments, ""); status != want {
			t.Errorf("GET around a failure: %d, want %d", status, want)
		}
	}
	if got := f.Refused(); len(got) != 2 || got[0] != "POST "+comments {
		t.Errorf("refused: %v", got)
	}
}

// TestComments: they are listed page by page, and limited in length.
func TestComments(t *testing.T) {
	t.Parallel()
	f := forge.New(t, "acme/shop")
	token := f.Token(map[string]string{"pull-requests": "write"})
	for i := range 130 {
		f.AddComment(forge.Comment{Number: 7, Author: "a", Body: fmt.Sprint(i)})
	}
	f.AddComment(forge.Comment{Number: 8, Author: "a", Body: "elsewhere"})
	for query, want := range map[string]int{"": 30, "?per_page=100": 100, "?per_page=100&page=2": 30, "?per_page=500&page=1": 100, "?per_page=100&page=3": 0} {
		_, body := call(t, f, token, "GET", comments+query, "")
		var list []struct{ Body string }
		if err := json.Unmarshal([]byte(body), &list); err != nil || list == nil {
			t.Fatalf("%s: %v", body, err)
		}
		if len(list) != want {
			t.Errorf("%s: %d comments, want %d", query, len(list), want)
		}
	}
	for body, want := range map[string]int{
		`{"body": ""}`: 422, `{}`: 422, `{`: 422,
		`{"body": "` + strings.Repeat("é", 65536) + `"}`: 201,
		`{"body": "` + strings.Repeat("é", 65537) + `"}`: 422,
	} {
		if status, said := call(t, f, token, "POST", comments, body); status != want {
			t.Errorf("%.20s: %d, want %d: %.200s", body, status, want, said)
		}
	}
	id := f.AddComment(forge.Comment{Number: 9, Author: "a", Body: "before"})
	path := fmt.Sprintf("/repos/acme/shop/issues/comments/%d", id)
	if status, _ := call(t, f, token, "PATCH", path, `{"body": "after"}`); status != 200 || f.Comments(9)[0].Body != "after" {
		t.Errorf("PATCH: %d, %v", status, f.Comments(9))
	}
	if status, _ := call(t, f, token, "DELETE", path, ""); status != 204 || len(f.Comments(9)) != 0 {
		t.Errorf("DELETE: %d, %v", status, f.Comments(9))
	}
	if status, _ := call(t, f, token, "PATCH", path, `{"body": "x"}`); status != 404 {
		t.Errorf("PATCH of what is gone: %d", status)
	}
}

// TestPulls: they are found by their head, if they are open.
func TestPulls(t *testing.T) {
	t.Parallel()
	f := forge.New(t, "acme/shop")
	token := f.Token(map[string]string{"pull-requests": "read"})
	f.AddPull(forge.Pull{Number: 7, Open: true, Base: "main", Owner: "o", Branch: "a/b", SHA: "s", RepositoryID: 2, Files: []string{"x", "y"}})
	f.AddPull(forge.Pull{Number: 8, Open: false, Base: "main", Owner: "o", Branch: "a/b", SHA: "s"})
	f.AddPull(forge.Pull{Number: 9, Open: true, Base: "main", Owner: "p", Branch: "a/b", SHA: "s"})
	_, body := call(t, f, token, "GET", "/repos/acme/shop/pulls?state=open&head=o%3Aa%2Fb", "")
	want := `[{"number":7,"head":{"ref":"a/b","sha":"s","repo":{"id":2,"full_name":""}},"base":{"ref":"main","repo":{"id":0,"full_name":"acme/shop"}},"changed_files":2}]`
	if strings.TrimSpace(body) != want {
		t.Errorf("pulls: %s\nwant   %s", body, want)
	}
	if _, body := call(t, f, token, "GET", "/repos/acme/shop/pulls/7/files?per_page=1&page=2", ""); strings.TrimSpace(body) != `[{"filename":"y"}]` {
		t.Errorf("files: %s", body)
	}
	if status, _ := call(t, f, token, "GET", "/repos/acme/shop/pulls/1", ""); status != 404 {
		t.Errorf("a pull request that is none: %d", status)
	}
}

// TestArtifacts: archives are with another host, which takes no token.
func TestArtifacts(t *testing.T) {
	t.Parallel()
	f := forge.New(t, "acme/shop")
	token := f.Token(map[string]string{"actions": "read"})
	id := f.AddArtifact(forge.Artifact{RunID: 5, Name: "r", Archive: []byte("zip")})
	gone := f.AddArtifact(forge.Artifact{RunID: 5, Name: "r", Expired: true})
	f.AddArtifact(forge.Artifact{RunID: 6, Name: "r"})
	_, body := call(t, f, token, "GET", "/repos/acme/shop/actions/runs/5/artifacts", "")
	want := fmt.Sprintf(`{"total_count":2,"artifacts":[{"id":%d,"name":"r","size_in_bytes":3,"expired":false},{"id":%d,"name":"r","size_in_bytes":0,"expired":true}]}`, id, gone)
	if strings.TrimSpace(body) != want {
		t.Errorf("artifacts: %s\nwant       %s", body, want)
	}
	// Go's client, like curl, leaves the token out where it is sent to another host; ports of one host are one to it.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("%s/repos/acme/shop/actions/artifacts/%d/zip", f.URL, id), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	location := resp.Header.Get("Location")
	for bearer, status := range map[string]int{"": 200, "Bearer " + token: 400} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", location, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			req.Header.Set("Authorization", bearer)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("archive with %q: %d, want %d", bearer, resp.StatusCode, status)
		}
	}
	if status, _ := call(t, f, token, "GET", fmt.Sprintf("/repos/acme/shop/actions/artifacts/%d/zip", gone), ""); status != 404 {
		t.Errorf("an expired archive: %d", status)
	}
}
