// Package syntax takes files apart as what they are: configuration, scripts and
// source code become neutral facts (settings, commands, calls, addresses), each
// with its exact place. What the facts mean is the business of the rules.
//
// A language is a descriptor in [Languages]: the names of its files and the
// function that takes them apart. Adding one is a file with that function, its
// test, and a line in the table.
package syntax

// Span is a half-open range of bytes in the text of a file.
type Span struct{ Start, End int }

// File is a file that was taken apart.
type File struct {
	Path     string // with slashes, as it is shown to people
	Language string // the name in Languages
	Text     []byte // UTF-8

	Settings []Setting
	Commands []Command
	Calls    []Call
	URLs     []URL
	Tokens   []Token // of source code alone

	// Problems say what was not understood; the facts around it stand.
	Problems []Problem

	// Inner are the files that it holds, with places in the same text: a heredoc
	// that a script writes to a file, a key of a ConfigMap, code in prose or in a
	// step of a pipeline. Path is the name of the file where it is known, else that
	// of this one. Inner files have none.
	Inner []*File
}

// Problem is a place that could not be taken apart.
type Problem struct {
	Span Span
	Err  error
}

// Origin says how a setting reaches the program that it is for.
type Origin uint8

// The origins.
const (
	FromFile    Origin = iota // a key in a file of configuration
	FromEnv                   // an environment variable, wherever it is set
	FromOption                // a property on a command line (-Dkey=value), or set by name in code: put("key", "value")
	FromAddress               // a parameter of a URL or of a connection string
	FromCode                  // an assignment, a keyword argument, or a field of a literal in source code
)

// Setting is a scalar value under a name.
type Setting struct {
	// Path leads to the value from the outside: sections, elements, keys of
	// mappings, the name itself last. A key that holds dots is one part. An
	// attribute of an XML element is "@name". Places in lists are left out: each
	// item has the path of its list.
	Path   []string
	Value  Value
	Key    Span // of the last part of the path
	Origin Origin
	// Block is the same for settings that stand side by side: in one mapping,
	// section, element, literal, call or connection string. It is never 0.
	Block int
	// Item is the place in a list, counted from 1; 0 outside of lists.
	Item int
	// Scheme and Host are those of the address; FromAddress alone.
	Scheme, Host string
	// Callee is the function whose argument, or the type of whose literal, this
	// is ("requests.get", "tls.Config"); FromCode alone, and often empty.
	Callee string
}

// Form says how a value is written.
type Form uint8

// The forms.
const (
	Bare       Form = iota // a plain word or text, also a number or a boolean
	Quoted                 // in quotes
	Null                   // null, nil, ~; or nothing where a value could be
	Present                // the name stands there without a value: an option, a directive
	Template               // decided elsewhere: ${VAR}, {{ .Values.x }}, %VAR%
	Expression             // source code that is more than one literal or name
)

// Value is what a setting or an argument is set to.
type Value struct {
	// Text is the value itself: unquoted, unescaped. Of a Template it is the
	// whole, of an Expression the source with single spaces.
	Text string
	Form Form
	// Span is the place of the value without its quotes.
	Span Span
	// Default is what a Template falls back to (${X:-false}); HasDefault tells
	// it from an empty one.
	Default    string
	HasDefault bool
	// Tokens is the range in File.Tokens; of source code alone.
	Tokens [2]int
	// Set is the place of the literal when Span is that of a name that was set to
	// it elsewhere in the file; of source code alone.
	Set Span
}

// Command is one program called with its words, from a script, a build file, a
// list of arguments, or from source code that runs it.
type Command struct {
	// Name is the program without directory and ".exe", in lower case. It is
	// empty where only arguments are given, as in "args:" of a container.
	Name string
	// Words are the words as the program gets them, its own name first (where
	// there is one). Wrappers such as sudo, env and xargs are not among them.
	Words []Word
	Span  Span
}

// Word is a word of a command, after quotes and escapes are gone.
type Word struct {
	Text string
	Span Span // of the text, without quotes that stand around the whole
	// Variable tells that a part of it is known only when the command runs; in
	// Text that part is written as in the source ("$HOME").
	Variable bool
}

// Call is a function or method that is called, or a constructor, in source code.
type Call struct {
	// Name is the callee with its receivers, joined by dots whatever the
	// language writes: "ssl._create_unverified_context", "curl_setopt". Parts
	// that are no names (calls, indices) are left out: f(x).verify(false) is
	// ".verify".
	Name string
	Args []Argument
	Span Span // of the name
	// Block is that of the settings which its keyword arguments became.
	Block int
}

// Argument is what a call is given.
type Argument struct {
	Name  string // of a keyword argument or a label, else empty
	Value Value
}

// URL is an address anywhere in a value, a word, or a string in source code.
// Its parameters are settings (FromAddress).
type URL struct {
	Scheme   string // in lower case, with "jdbc:" and its like left out
	User     string
	Password Value // Span is empty where there is none
	Host     string
	Port     string
	Path     string
	Span     Span
	// Key is the path of the setting that holds it; nil elsewhere.
	Key []string
}

// TokenKind is the kind of a token.
type TokenKind uint8

// The kinds.
const (
	Name TokenKind = iota + 1 // an identifier or a keyword
	Number
	String // Text is unquoted, and unescaped where that is certain
	Symbol // an operator, a bracket, a separator
)

// Token is a word of source code. Comments are none.
type Token struct {
	Kind TokenKind
	Text string
	Span Span
	// Mate is the index of the bracket that belongs to this one; -1 else.
	Mate int
}
