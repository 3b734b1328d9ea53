// Package configfile is the whole configuration as one file: which things it lists
// and how, reading it strictly, writing it always the same, and what differs
// between two configurations. Things refer to each other by name.
package configfile

// Type is what a value is.
type Type int

// Types of values.
const (
	Text   Type = iota
	Number      // a whole number
	Bool
	List   // of values of one shape
	Map    // of values of one shape, by names that are free
	Struct // of fields
	Any    // whatever JSON takes
)

// Shape says what a value may be.
type Shape struct {
	Type   Type
	Null   bool    // may be null
	Ref    string  // a Text that names a thing of this kind
	Of     *Shape  // the parts of a List or Map
	Fields []Field // of a Struct
	Secret bool    // a Map of secrets, whose values are never shown
}

// Field is a field of a thing or of a Struct.
type Field struct {
	Name string // in the file
	JSON string // in the API, where that is another
	From string // where the API answers it, if not under that: "settings.appearance"
	Shape

	Absent bool // of a Struct: left out where it says nothing
	Fixed  bool // cannot change once the thing is there
	Alone  bool // has an address of its own in the API, or goes there in a step of its own
	Later  bool // refers to things that are made later
	Change bool // is taken by changes only, not when the thing is made
	People bool // is in the file only where people were asked for
}

// JSONName is what the API calls the field.
func (f Field) JSONName() string {
	if f.JSON != "" {
		return f.JSON
	}
	return f.Name
}

// Kind is a kind of things.
type Kind struct {
	Name   string   // in the file
	One    string   // one of them, for people
	In     string   // the kind in whose things they are listed; "": none
	Key    []string // fields that name one
	Single bool     // there is exactly one
	Fields []Field
}

// Field returns a field by its name in the file.
func (k *Kind) Field(name string) *Field {
	for i := range k.Fields {
		if k.Fields[i].Name == name {
			return &k.Fields[i]
		}
	}
	return nil
}

// IsKey says whether a field is part of the name.
func (k *Kind) IsKey(name string) bool {
	for _, key := range k.Key {
		if key == name {
			return true
		}
	}
	return false
}

func text(name string) Field { return Field{Name: name} }

func number(name string) Field { return Field{Name: name, Shape: Shape{Type: Number}} }

func boolean(name string) Field { return Field{Name: name, Shape: Shape{Type: Bool}} }

func texts(name string) Field { return Field{Name: name, Shape: Shape{Type: List, Of: &Shape{}}} }

func byName(name string) Field { return Field{Name: name, Shape: Shape{Type: Map, Of: &Shape{}}} }

func ref(name, kind string) Field {
	return Field{Name: name, JSON: name + "_id", Shape: Shape{Ref: kind}}
}

func structs(name string, fields ...Field) Field {
	return Field{Name: name, Shape: Shape{Type: List, Of: &Shape{Type: Struct, Fields: fields}}}
}

func (f Field) orNull() Field  { f.Null = true; return f }
func (f Field) fixed() Field   { f.Fixed = true; return f }
func (f Field) absent() Field  { f.Absent = true; return f }
func (f Field) alone() Field   { f.Alone = true; return f }
func (f Field) later() Field   { f.Later = true; return f }
func (f Field) changes() Field { f.Change = true; return f }

func (f Field) from(path string) Field { f.From = path; return f }
func (f Field) json(name string) Field { f.JSON = name; return f }
