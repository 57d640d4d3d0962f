package standin

// Kind is the kind of an input's value.
type Kind int

// The kinds. Any is an input that the SDK does not type: most policy documents.
const (
	Any Kind = iota
	String
	Number
	Bool
	List
	Map
	Object
)

func (k Kind) String() string {
	return [...]string{"anything", "a string", "a number", "a boolean", "a list", "a map", "an object"}[k]
}

// Properties are the inputs of a resource type or of an object in one, by name.
type Properties map[string]Property

// Property is one input.
type Property struct {
	Kind     Kind
	Required bool
	// Of are the properties of an object, or of the objects of a list or map.
	Of Properties
}
