package forge

import (
	"fmt"
	"net/http"
	"slices"
)

var notFound = map[string]string{"message": "Not Found"}

type user struct {
	Login string `json:"login"`
}

type commentJSON struct {
	ID   int64  `json:"id"`
	User user   `json:"user"`
	Body string `json:"body"`
}

func (c Comment) json() commentJSON {
	return commentJSON{ID: c.ID, User: user{c.Author}, Body: c.Body}
}

func (f *Forge) listComments(r *http.Request) (int, any) {
	var list []commentJSON
	for _, c := range f.comments {
		if int64(c.Number) == pathID(r, "number") {
			list = append(list, c.json())
		}
	}
	return http.StatusOK, page(r, list)
}

func (f *Forge) createComment(r *http.Request) (int, any) {
	text, problem := body(r)
	if problem != nil {
		return http.StatusUnprocessableEntity, problem
	}
	f.nextID++
	c := Comment{ID: f.nextID, Number: int(pathID(r, "number")), Author: Bot, Body: text}
	f.comments = append(f.comments, c)
	return http.StatusCreated, c.json()
}

// comment returns the index of a comment, or -1.
func (f *Forge) comment(r *http.Request) int {
	return slices.IndexFunc(f.comments, func(c Comment) bool { return c.ID == pathID(r, "id") })
}

func (f *Forge) updateComment(r *http.Request) (int, any) {
	i := f.comment(r)
	if i < 0 {
		return http.StatusNotFound, notFound
	}
	text, problem := body(r)
	if problem != nil {
		return http.StatusUnprocessableEntity, problem
	}
	f.comments[i].Body = text
	return http.StatusOK, f.comments[i].json()
}

func (f *Forge) deleteComment(r *http.Request) (int, any) {
	i := f.comment(r)
	if i < 0 {
		return http.StatusNotFound, notFound
	}
	f.comments = slices.Delete(f.comments, i, i+1)
	return http.StatusNoContent, nil
}

type repoJSON struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
}

type endJSON struct {
	Ref  string   `json:"ref"`
	SHA  string   `json:"sha,omitempty"`
	Repo repoJSON `json:"repo"`
}

type pullJSON struct {
	Number       int     `json:"number"`
	Head         endJSON `json:"head"`
	Base         endJSON `json:"base"`
	ChangedFiles int     `json:"changed_files"`
}

func (f *Forge) pullJSON(p Pull) pullJSON {
	return pullJSON{
		Number: p.Number, ChangedFiles: len(p.Files),
		Head: endJSON{Ref: p.Branch, SHA: p.SHA, Repo: repoJSON{ID: p.RepositoryID}},
		Base: endJSON{Ref: p.Base, Repo: repoJSON{FullName: f.repository}},
	}
}

func (f *Forge) listPulls(r *http.Request) (int, any) {
	query := r.URL.Query()
	var list []pullJSON
	for _, p := range f.pulls {
		if head := query.Get("head"); head != "" && head != p.Owner+":"+p.Branch {
			continue
		}
		if p.Open || query.Get("state") == "all" {
			list = append(list, f.pullJSON(p))
		}
	}
	return http.StatusOK, page(r, list)
}

// pull returns the pull request that a path names, or nil.
func (f *Forge) pull(r *http.Request) *Pull {
	i := slices.IndexFunc(f.pulls, func(p Pull) bool { return int64(p.Number) == pathID(r, "number") })
	if i < 0 {
		return nil
	}
	return &f.pulls[i]
}

func (f *Forge) getPull(r *http.Request) (int, any) {
	p := f.pull(r)
	if p == nil {
		return http.StatusNotFound, notFound
	}
	return http.StatusOK, f.pullJSON(*p)
}

type fileJSON struct {
	Filename string `json:"filename"`
}

func (f *Forge) listFiles(r *http.Request) (int, any) {
	p := f.pull(r)
	if p == nil {
		return http.StatusNotFound, notFound
	}
	var list []fileJSON
	for _, name := range p.Files {
		list = append(list, fileJSON{name})
	}
	return http.StatusOK, page(r, list)
}

type artifactJSON struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	SizeInBytes int    `json:"size_in_bytes"`
	Expired     bool   `json:"expired"`
}

type artifactsJSON struct {
	TotalCount int            `json:"total_count"`
	Artifacts  []artifactJSON `json:"artifacts"`
}

func (f *Forge) listArtifacts(r *http.Request) (int, any) {
	var list []artifactJSON
	for _, a := range f.artifacts {
		if a.RunID == pathID(r, "run") {
			list = append(list, artifactJSON{ID: a.ID, Name: a.Name, SizeInBytes: len(a.Archive), Expired: a.Expired})
		}
	}
	return http.StatusOK, artifactsJSON{TotalCount: len(list), Artifacts: page(r, list)}
}

func (f *Forge) redirectToArchive(r *http.Request) (int, any) {
	id := pathID(r, "id")
	if !slices.ContainsFunc(f.artifacts, func(a Artifact) bool { return a.ID == id && !a.Expired }) {
		return http.StatusNotFound, notFound
	}
	return http.StatusFound, redirect(f.archiveURL(id))
}

// String is what a log shows.
func (c Comment) String() string {
	return fmt.Sprintf("#%d by %s:\n%s", c.Number, c.Author, c.Body)
}
