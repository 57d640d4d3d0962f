package main

import "strings"

// refuseNamedBackend keeps an offline preview from going with its credentials to a backend that nobody
// but the spec names. Offline previews are for specs of branches: what one says is what anybody who
// can open a pull request says.
func (s *session) refuseNamedBackend(flags engineFlags) error {
	named := s.State.Backend
	switch {
	case !flags.offline, flags.simulate, flags.backend != "", named == "", strings.HasPrefix(named, "file://"):
		return nil
	case named == s.app.getenv("PULUMI_BACKEND_URL"):
		return nil
	}
	return refusef("the spec names the state's backend %s, and an offline preview sends no credentials where only a spec says so. "+
		"To read the state there, say it yourself: --backend %s. To do without the state, compare with another version of the spec: --base", named, named)
}
