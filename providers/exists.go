package providers

// Recognizer is a Provider that can tell, of its cloud's errors, those that say a name is taken.
type Recognizer interface {
	// Exists reports whether message says that what was to be made exists already.
	Exists(message string) bool
}
