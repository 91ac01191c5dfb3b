package syntax

import "strings"

// Programming languages are read in two steps that know no grammar: a lexer, for
// which a language is a [grammar], makes tokens, and a walker finds in them what
// all these languages share: assignments, keys with values, calls.
//
// Syntax trees were the alternative. A parser for each of two dozen languages is
// C with cgo (tree-sitter), and it stumbles over code that is newer than itself;
// the rules ask for names, values and calls, which brackets and separators give.

// grammar is what sets a programming language apart.
type grammar struct {
	comments []comment
	quotes   []quote
	// letters may stand in names besides letters, digits and '_', sigils begin
	// them, and tails end them.
	letters, sigils, tails string
	// prefixes are the letters that may stand before a quote; "*" is any name. Of
	// these, raw ones switch escapes off, and holed ones switch holes on.
	prefixes, raw, holed string
	// special are bytes, and words names, for which scan is asked first.
	special string
	scan    func(l *lexer) bool
	word    func(l *lexer, start int) bool
	// islands are what stands around code in a page of something else.
	islands []island
	// docstrings tells that a text which is a whole statement is a comment.
	docstrings bool
	// atoms tells that :name is a name.
	atoms bool
	// regex tells that /.../ is a literal.
	regex bool
	// directives are lines that begin with '#': "c" or "csharp".
	directives string

	// pair joins the keys and values of a literal, besides ':' and '='.
	pair string
	// typed tells that a function's name stands behind its type, not behind a
	// word for it, so that "boolean verify(String host) {" is none that is called.
	typed bool
	// braced tells that name(...) with a brace behind it is a function, not a call
	// with a block.
	braced bool
	// blocks tells that a call may end with a lambda in braces.
	blocks bool
	// bare tells that calls may do without parentheses.
	bare bool
	// suffixed tells that a condition may stand behind a statement.
	suffixed bool
	// tuples tells that {name, value} is a pair.
	tuples bool
	// messages tells that [x set:y] is a call.
	messages bool
	// members join names: '.', and what else.
	colons bool // ':' is one of them
	arrows bool // "->" is one of them
	// index is the bracket of an index, besides '['.
	braceIndex bool
	// compares tells that '=' compares in conditions.
	compares bool
	// heads tells that a statement may begin with words and a ':' (Python).
	heads bool
	// lisp tells that everything is a list in parentheses.
	lisp bool
	// functions are the words that begin a function.
	functions []string
	// closures tells that braces where a value can stand are a function.
	closures bool
}

// comment is one syntax of comments; without an end it goes to the end of the line.
type comment struct {
	open, close string
	nested      bool
	first       bool // at the beginning of a line alone
}

// quote is one syntax of strings.
type quote struct {
	open, close string
	escape      bool // a backslash escapes
	doubled     bool // the closing quote twice is one
	lines       bool // it may span lines
	hole        hole // how values are put in
	char        bool // one character
	shell       bool // it is run as a command
}

// hole says how a string takes values in.
type hole uint8

const (
	noHole      hole = iota
	dollarBrace      // ${...} and $name
	hashBrace        // #{...}
	brace            // {...}, and {{ is one
	slashParen       // \(...)
	dollarParen      // $(...) and $name
	sigilName        // $name, @name, {$...}
)

// island is code between two texts.
type island struct{ open, close string }

// code makes the parser of a programming language.
func code(grammarOf func() grammar) func(*parser, source) {
	return func(p *parser, s source) {
		d := grammarOf()
		if len(d.islands) == 0 {
			p.code(&d, s)
			return
		}
		parts := islands(s, d.islands)
		if len(parts) == 0 {
			parts = []source{s} // a piece of code in prose
		}
		for _, part := range parts {
			p.code(&d, part)
		}
	}
}

// page makes the parser of a page that holds code between marks.
func page(language string, marks ...island) func(*parser, source) {
	return func(p *parser, s source) {
		for _, part := range islands(s, marks) {
			p.inner(p.file.Path, language, part)
		}
	}
}

func (p *parser) code(d *grammar, s source) {
	l := newLexer(d, s, len(p.file.Tokens))
	p.file.Tokens = l.run(p.file.Tokens)
	if l.full {
		p.problem(s.span(l.at, len(s.text)), errTooManyTokens)
	}
	w := &walker{p: p, d: d, l: l, tokens: p.file.Tokens, base: l.base, constants: map[string]constant{}}
	w.walk()
}

// islands are the parts of a page that are code.
func islands(s source, marks []island) []source {
	var out []source
	for from := 0; from < len(s.text); {
		start, mark := -1, island{}
		for _, m := range marks {
			if i := markFold(s.text[from:], m.open); i >= 0 && (start < 0 || from+i < start || from+i == start && len(m.open) > len(mark.open)) {
				start, mark = from+i, m
			}
		}
		if start < 0 {
			break
		}
		start += len(mark.open)
		if strings.HasPrefix(mark.open, "<script") {
			end := strings.IndexByte(s.text[start:], '>')
			if end < 0 {
				break
			}
			start += end + 1
		}
		end := len(s.text)
		from = end
		if i := markFold(s.text[start:], mark.close); i >= 0 {
			end = start + i
			from = end + len(mark.close)
		}
		comment := strings.HasPrefix(mark.open, "<%#") || strings.HasPrefix(mark.open, "<%-") && mark.close == "--%>"
		if !comment && strings.TrimSpace(s.text[start:end]) != "" {
			out = append(out, s.slice(start, end))
		}
	}
	return out
}

// markFold is strings.Index for a text in lower case, without regard to the case
// of ASCII letters.
func markFold(s, text string) int {
	first := text[0]
	for from := 0; ; {
		i := strings.IndexByte(s[from:], first)
		if i < 0 || from+i+len(text) > len(s) {
			return -1
		}
		if strings.EqualFold(s[from+i:from+i+len(text)], text) {
			return from + i
		}
		from += i + 1
	}
}

func slashes() []comment { return []comment{{open: "//"}, {open: "/*", close: "*/"}} }
func nesting() []comment { return []comment{{open: "//"}, {open: "/*", close: "*/", nested: true}} }
func hash() []comment    { return []comment{{open: "#"}} }

func double() quote    { return quote{open: `"`, close: `"`, escape: true} }
func single() quote    { return quote{open: `'`, close: `'`, escape: true} }
func character() quote { return quote{open: `'`, close: `'`, escape: true, char: true} }
func triple(q string) quote {
	return quote{open: q + q + q, close: q + q + q, escape: true, lines: true}
}

func (q quote) with(h hole) quote { q.hole = h; return q }
func (q quote) long() quote       { q.lines = true; return q }
func (q quote) plain() quote      { q.escape = false; return q }

func java() grammar {
	return grammar{
		comments: slashes(), quotes: []quote{triple(`"`), double(), character()}, letters: "$",
		typed: true, braced: true,
	}
}

func kotlin() grammar {
	return grammar{
		comments: nesting(), quotes: []quote{triple(`"`).plain().with(dollarBrace), double().with(dollarBrace), character()},
		blocks: true, pair: "to",
		functions: []string{"fun"}, closures: true,
	}
}

func scala() grammar {
	return grammar{
		comments: nesting(), quotes: []quote{triple(`"`).plain(), double(), character()}, prefixes: "*", holed: "*",
		scan: scanLifetime, special: "'", blocks: true, pair: "->",
		functions: []string{"def"}, closures: true,
	}
}

func groovy() grammar {
	return grammar{
		comments: slashes(),
		quotes: []quote{
			triple(`"`).with(dollarBrace), triple(`'`), double().with(dollarBrace), single(),
			{open: "$/", close: "/$", lines: true, hole: dollarBrace},
		},
		regex: true, blocks: true, bare: true, letters: "$", typed: true,
		functions: []string{"def"}, closures: true,
	}
}

func golang() grammar {
	return grammar{
		comments: slashes(), quotes: []quote{double(), {open: "`", close: "`", lines: true}, character()},
		functions: []string{"func"},
	}
}

func python() grammar {
	return grammar{
		comments: hash(), quotes: []quote{triple(`"`), triple(`'`), double(), single()},
		prefixes: "rRbBuUfFtT", raw: "rR", holed: "fFtT", docstrings: true, heads: true,
		functions: []string{"def"},
	}
}

func javascript() grammar {
	return grammar{
		comments: slashes(), quotes: []quote{double(), single(), {open: "`", close: "`", escape: true, lines: true, hole: dollarBrace}},
		letters: "$", regex: true, braced: true, special: "#", scan: scanPrivateName,
		functions: []string{"function"},
	}
}

func csharp() grammar {
	return grammar{
		comments: slashes(), quotes: []quote{double(), character()},
		special: "\"$@", scan: scanCSharp, directives: "csharp", typed: true, braced: true,
	}
}

func vb() grammar {
	return grammar{
		comments: []comment{{open: "'"}, {open: "rem ", first: true}},
		quotes:   []quote{{open: `"`, close: `"`, doubled: true}},
		prefixes: "", special: "_$", scan: scanVB, directives: "csharp", compares: true, bare: true,
		functions: []string{"Function", "Sub"},
	}
}

func ruby() grammar {
	return grammar{
		comments: []comment{{open: "#"}, {open: "=begin", close: "\n=end", first: true}},
		quotes:   []quote{double().long().with(hashBrace), single().long(), {open: "`", close: "`", escape: true, lines: true, hole: hashBrace, shell: true}},
		sigils:   "@$", tails: "?!", regex: true, atoms: true, special: "<%?_$", scan: scanRuby,
		pair: "=>", blocks: true, bare: true, suffixed: true,
		functions: []string{"def"},
	}
}

func php() grammar {
	return grammar{
		comments: []comment{{open: "//"}, {open: "/*", close: "*/"}, {open: "#"}},
		quotes:   []quote{double().long().with(sigilName), single().long(), {open: "`", close: "`", escape: true, lines: true, hole: sigilName, shell: true}},
		sigils:   "$", special: "<#", scan: scanPHP, pair: "=>", arrows: true,
		islands:   []island{{"<?php", "?>"}, {"<?=", "?>"}, {"<?", "?>"}},
		functions: []string{"function", "fn"},
	}
}

func c() grammar {
	return grammar{
		comments: slashes(), quotes: []quote{double(), character()},
		prefixes: "LuU8R", word: wordCpp, directives: "c", arrows: true, typed: true, braced: true, letters: "$",
	}
}

func objc() grammar {
	d := c()
	d.messages = true
	d.special, d.scan = "@", scanObjC
	return d
}

func swift() grammar {
	return grammar{
		comments: nesting(), quotes: []quote{triple(`"`).with(slashParen), double().with(slashParen)},
		special: "#", scan: scanSwift, blocks: true, letters: "$",
		functions: []string{"func"}, closures: true,
	}
}

func rust() grammar {
	return grammar{
		comments: nesting(), quotes: []quote{double().long(), character()},
		prefixes: "bc", special: "'", scan: scanLifetime, word: wordRust, letters: "",
		functions: []string{"fn"},
	}
}

func perl() grammar {
	return grammar{
		comments: []comment{{open: "=cut", first: true}, {open: "=", close: "\n=cut", first: true}, {open: "#"}},
		quotes:   []quote{double().long().with(sigilName), single().long(), {open: "`", close: "`", escape: true, lines: true, hole: sigilName, shell: true}},
		sigils:   "", special: "$@%<_", scan: scanPerl, word: wordPerl, arrows: true, regex: true, pair: "=>", bare: true, suffixed: true, braceIndex: true,
		functions: []string{"sub"},
	}
}

func dart() grammar {
	return grammar{
		comments: nesting(), quotes: []quote{triple(`"`).with(dollarBrace), triple(`'`).with(dollarBrace), double().with(dollarBrace), single().with(dollarBrace)},
		prefixes: "r", raw: "r", letters: "$", typed: true, braced: true,
	}
}

func elixir() grammar {
	return grammar{
		comments: hash(), quotes: []quote{triple(`"`).with(hashBrace), triple(`'`).with(hashBrace), double().long().with(hashBrace), single().long().with(hashBrace)},
		tails: "?!", atoms: true, special: "~@?", scan: scanElixir, pair: "=>", bare: true, tuples: true,
		functions: []string{"def", "defp", "defmacro"},
	}
}

func erlang() grammar {
	return grammar{
		comments: []comment{{open: "%"}}, quotes: []quote{triple(`"`).plain(), double().long(), single()},
		letters: "@", special: "$", scan: scanErlang, pair: "=>", tuples: true, colons: true,
		functions: []string{"fun"},
	}
}

func lua() grammar {
	return grammar{
		comments: []comment{{open: "--"}}, quotes: []quote{double(), single()},
		special: "[-", scan: scanLua, colons: true,
		functions: []string{"function"},
	}
}

func rlang() grammar {
	return grammar{
		comments: hash(), quotes: []quote{double().long(), single().long(), {open: "`", close: "`"}},
		letters: ".", word: wordR,
		functions: []string{"function"},
	}
}

func julia() grammar {
	return grammar{
		comments: []comment{{open: "#=", close: "=#", nested: true}, {open: "#"}},
		quotes:   []quote{triple(`"`).with(dollarParen), double().long().with(dollarParen), {open: "`", close: "`", escape: true, lines: true, hole: dollarParen, shell: true}, character()},
		prefixes: "*", raw: "*", tails: "!", docstrings: true, atoms: true, pair: "=>", special: "'", scan: scanLifetime,
		functions: []string{"function"},
	}
}

func haskell() grammar {
	return grammar{
		comments: []comment{{open: "{-", close: "-}", nested: true}, {open: "--"}}, quotes: []quote{double().long(), character()},
		tails: "'", special: "'", scan: scanLifetime,
	}
}

func clojure() grammar {
	return grammar{
		comments: []comment{{open: ";"}}, quotes: []quote{double().long()},
		letters: "-?!*<>./+", atoms: true, special: "\\#", scan: scanClojure, lisp: true,
	}
}

func sql() grammar {
	return grammar{
		comments: []comment{{open: "--"}, {open: "/*", close: "*/"}},
		quotes:   []quote{{open: "'", close: "'", doubled: true, lines: true}, {open: `"`, close: `"`, doubled: true}, {open: "`", close: "`"}},
		letters:  "$", compares: true, pair: "=>",
		functions: []string{"FUNCTION", "PROCEDURE", "function", "procedure"},
	}
}
