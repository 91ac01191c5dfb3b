package gendocs

import (
	"fmt"
	"go/ast"
	"io/fs"
	"slices"
	"strings"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/verify"
	"muxkey/trust/path"
)

// contract is one JSON value that the program writes.
type contract struct {
	title    string
	commands []string // the words behind "muxkey"; none for errors
	does     string
	folder   string // of the package
	of       string // the type, or the function that makes the value
	example  example
	lists    func() []list // what the fields can have in them
}

// example is where a value stands that a test compares with what the program
// writes: a JSON file, or a part of a story.
type example struct{ file, part string }

const stories = "cmd/muxkey/testdata/script/"

// contracts are all of them, in the order of the page.
var contracts = []contract{
	{
		title: "muxkey create", commands: []string{"create"}, folder: "cmd", of: "created",
		does: "What was made. The password is not in it.",
	},
	{
		title: "muxkey create --batch", folder: "cmd", of: "batchManifest",
		does: "What became of each row of a [batch](batch.md). The file of `--manifest` has the same. No password is in it.",
	},
	{
		title: "muxkey sign", commands: []string{"sign"}, folder: "cmd", of: "signed",
		does:    "What was issued. Where the certificate itself goes to standard output, this goes to standard error.",
		example: example{stories + "sign-json.txtar", "would.json"},
	},
	{
		title: "muxkey ca create", commands: []string{"ca create"}, folder: "cmd", of: "createdCA",
		does: "The CA that was made, and the root above it where that was made as well. The passwords are not in it.",
	},
	{
		title: "muxkey crl", commands: []string{"crl"}, folder: "cmd", of: "madeCRL",
		does: "The list that was made, and what is new in it. `muxkey inspect` has all facts of it.",
	},
	{
		title: "muxkey inspect", commands: []string{"inspect"}, folder: "inspect", of: "Report",
		does:    "The facts of every file that could be read; each other file gives an [error](#errors). With `--pem` there is no JSON.",
		example: example{"inspect/testdata/report.json", ""}, lists: inspectLists,
	},
	{
		title: "muxkey verify", commands: []string{"verify"}, folder: "cmd", of: "verified",
		does:    "One result for each check. When password or alias are wrong, the [error](#errors) is written as well.",
		example: example{stories + "verify-json.txtar", "well.json"}, lists: checkList,
	},
	{
		title: "muxkey probe", commands: []string{"probe"}, folder: "cmd", of: "probed",
		does: "What was found out about each server. That one cannot be reached hides none of the others: it has a `problem`.",
	},
	{
		title: "muxkey lint", commands: []string{"lint"}, folder: "cmd", of: "linted",
		does: "What was found, and what was not read.",
	},
	{
		title: "muxkey lint --list-rules", commands: []string{"lint"}, folder: "cmd", of: "listedRules",
		does: "The rules. With `--explain ID` there is one of them.",
	},
	{
		title: "muxkey diff", commands: []string{"diff"}, folder: "cmd", of: "differences",
		does: "What differs between two files, entry by entry.",
	},
	{
		title: "muxkey export", commands: []string{"export", "secret export"}, folder: "cmd", of: "exported",
		does:    "What was written to the file of `--out`. Without one, standard output has what was exported, and there is no JSON.",
		example: example{stories + "export.txtar", "wrote.json"},
	},
	{
		title: "muxkey alias list", commands: []string{"alias list"}, folder: "cmd", of: "listed",
		does: "The names of the entries. `muxkey inspect` has all facts of them.",
	},
	{
		title: "muxkey csr", commands: []string{"csr"}, folder: "cmd", of: "requested",
		does: "The request that was made, and where its key is. With `--csr-out -` the request is on standard output, and this on standard error.",
	},
	{
		title: "muxkey renew", commands: []string{"renew"}, folder: "cmd", of: "renewed",
		does: "What was renewed, or why there was nothing to do. When a server did not take the new certificate, there is an [error](#errors) in its place.",
	},
	{
		title: "muxkey acme rekey", commands: []string{"acme rekey"}, folder: "cmd", of: "rekeyed",
		does: "The account that has a new key, and where that is.",
	},
	{
		title: "muxkey rollback --list", commands: []string{"rollback"}, folder: "cmd", of: "backups",
		does: "The backups there are. Without `--list` the JSON is that of [changes](#changes).",
	},
	{
		title: "Changes", commands: []string{"alias rename", "alias copy", "convert", "delete", "import", "merge", "secret generate", "secret import", "fix", "password", "rollback"}, folder: "cmd", of: "edited",
		does: "What a command that changes a store, or writes another, has done to the entries.",
	},
	{
		title: "muxkey version", commands: []string{"version"}, folder: "cmd", of: "versionInfo",
		does: "Which program it is. `muxkey --version` writes the same.",
	},
	{
		title: "Errors", folder: "cmd", of: "write",
		does: "One value for each error, on standard error, from every command. `status` is the exit status of the program, " +
			"unless another error has a higher one. The kinds are listed in [exit statuses](exit-status.md#errors).",
		example: example{stories + "usage.txtar", "mistyped.json"},
	},
	{
		title: "muxkey check", commands: []string{"check", "report merge"}, folder: "policy/check", of: "Report",
		does: "What became of each target. With `--list-rules`, `--explain` and `--init` the JSON is that of the sections below.",
	},
	{
		title: "muxkey check -f jsonl", folder: "policy/check", of: "TargetLine",
		does: "The lines of the report but the last: a target each.",
	},
	{
		title: "The last line of muxkey check -f jsonl", folder: "policy/check", of: "SummaryLine",
		does: "What the report has besides the targets.",
	},
	{
		title: "muxkey check --list-rules", folder: "cmd", of: "checkRulesListed",
		does: "The rules, or with `--explain` one of them.",
	},
	{
		title: "muxkey check --init", folder: "cmd", of: "drafted",
		does: "Where the first policy was written.",
	},
	{
		title: "muxkey trust build", commands: []string{"trust build"}, folder: "cmd", of: "built",
		does: "What was written, and why. The manifest beside the bundle has the same, but for `out` and `dryRun`.",
	},
	{
		title: "muxkey trust kit", commands: []string{"trust kit"}, folder: "cmd", of: "kitMade",
		does: "What is in the kit. Its manifest.json has the same, but for `out` and `dryRun`.",
	},
	{
		title: "muxkey trust list", commands: []string{"trust list"}, folder: "cmd", of: "trustList",
		does: "The anchors in the sources.",
	},
	{
		title: "muxkey trust diff", commands: []string{"trust diff"}, folder: "cmd", of: "trustDiff",
		does: "What differs between two sets of anchors.",
	},
	{
		title: "muxkey trust prove", commands: []string{"trust prove"}, folder: "cmd", of: "proven",
		does: "What each client made of each bundle and server. Those that were not found are named.",
	},
	{
		title: "muxkey trust verify", commands: []string{"trust verify"}, folder: "cmd", of: "trustVerified",
		does: "Whether a client with the bundle accepts the server, and every path that was found with each rule at each certificate.", lists: pathLists,
	},
	{
		title: "muxkey trust rotate", commands: []string{"trust rotate"}, folder: "cmd", of: "rotated",
		does: "What `muxkey trust build` says of the bundle, and how to get from the old anchors to the new ones.",
	},
	{
		title: "muxkey trust env", commands: []string{"trust env"}, folder: "cmd", of: "trustEnv",
		does: "Which variables and settings say what programs trust. With `--as` there is no JSON.",
	},
	{
		title: "muxkey trust install", commands: []string{"trust install", "trust uninstall"}, folder: "cmd", of: "trustInstall",
		does: "What has changed in the trust stores of a machine. Where one could not be changed, those before it are listed.",
	},
}

// textOnly are the commands whose output has a form of its own.
var textOnly = []string{"completion", "help", "keytool", "man"}

// words mean the same wherever a field has the name and no comment of its own.
var words = map[string]string{
	"a":                  "the first file, as it was given",
	"alias":              "of the entry",
	"b":                  "the second file, as it was given",
	"changes":            "in the order in which they were made; empty when there was nothing to change",
	"detail":             "more about it, for people",
	"differences":        "entry by entry; empty when there are none",
	"entries":            "in the order of the file",
	"extendedKeyUsage":   `names as in RFC 5280, "serverAuth"; OIDs where there is none`,
	"hint":               "what mends it: a command or an advice, for people",
	"issuer":             "distinguished name of the issuer",
	"iterations":         "of the key derivation; N for scrypt",
	"kdf":                `the key derivation: "PBKDF2-HMAC-SHA256", "scrypt"`,
	"keyUsage":           `names as in RFC 5280, "digitalSignature"`,
	"keystore":           "the file, as it was given",
	"kind":               "one word for each sort of error",
	"message":            "what was being done, to what, and why it failed, for people",
	"oid":                "object identifier, in numbers and dots",
	"parseError":         "why the parser of the Go library refuses it",
	"same":               "nothing differs",
	"schemaVersion":      fmt.Sprintf("of the contract, now %d", inspect.SchemaVersion),
	"signatureAlgorithm": `"SHA256withRSA", as Java names it`,
	"signatureOID":       "the same as object identifier",
	"subject":            "distinguished name of the subject",
}

// jsonPage is the contract, read from the types that are written.
func jsonPage(repo fs.FS, commands []string) ([]byte, error) {
	p := &jsonWriter{source: &source{repo: repo}}
	fmt.Fprintf(&p.Builder, generated+jsonRules, strings.Join(textOnly, "`, `"))
	for _, c := range contracts {
		if err := p.contract(c); err != nil {
			return nil, fmt.Errorf("docs/json.md: %s: %w", c.title, err)
		}
	}
	if err := p.complete(commands); err != nil {
		return nil, fmt.Errorf("docs/json.md: %w", err)
	}
	return []byte(p.String()), nil
}

const jsonRules = `# JSON

Every command that reports something writes it as JSON with ` + "`--json`" + ` or ` + "`-f json`" + `. With
` + "`-f yaml`" + ` the same fields come as YAML.

## Rules

- The contract has a version, ` + "`schemaVersion`" + `. It goes up when a field changes its meaning or
  goes away.
- Fields, allowed values, remark codes, checks and kinds of errors can be added at any time.
  A reader passes over those that it does not know.
- A field that may be missing is left out when there is nothing to say; it is never null.
  All others are always there, lists as ` + "`[]`" + ` when they are empty.
- Times are RFC 3339 in UTC: ` + "`2026-03-01T12:00:00Z`" + `.
- Fingerprints are lower-case hex without separators: SHA-256, or SHA-1 where the field says so.
- Serial numbers and key identifiers are lower-case hex, in whole octets.
- Distinguished names are as in RFC 4514, the most specific part first: ` + "`CN=mux.example.com,O=Example`" + `.
- Text for people may change its wording: ` + "`text`, `message`, `hint`, `reason`, `formatTitle`" + ` and such.
- Passwords and private keys are in none of it.
- These commands write text only: ` + "`%s`" + `.
`

// jsonWriter builds the page.
type jsonWriter struct {
	strings.Builder
	source *source
	told   []*typeDecl // types that have their place on the page
	queue  []*typeDecl // types whose place comes next
}

func (p *jsonWriter) contract(c contract) error {
	in, err := p.source.load(c.folder)
	if err != nil {
		return err
	}
	t := in.find(c.of)
	if t == nil {
		return fmt.Errorf("%s has no %s", c.folder, c.of)
	}
	fmt.Fprintf(&p.Builder, "\n## %s\n\n%s", c.title, c.does)
	if len(c.commands) > 1 {
		fmt.Fprintf(&p.Builder, " It comes from `%s`.", strings.Join(c.commands, "`, `"))
	}
	p.WriteString("\n\n")
	p.told = append(p.told, t)
	if err := p.fields(t); err != nil {
		return err
	}
	if c.example.file != "" {
		text, err := c.example.read(p.source.repo)
		if err != nil {
			return err
		}
		fmt.Fprintf(&p.Builder, "\n<details><summary>An example</summary>\n\n```json\n%s\n```\n\n</details>\n", text)
	}
	for len(p.queue) > 0 {
		next := p.queue[0]
		p.queue = p.queue[1:]
		if err := p.section(next); err != nil {
			return err
		}
	}
	if c.lists == nil {
		return nil
	}
	for _, l := range c.lists() {
		if err := l.write(&p.Builder); err != nil {
			return err
		}
	}
	return nil
}

// read takes the value from its file. Stories name the folder of the fixtures by
// a variable.
func (e example) read(repo fs.FS) (string, error) {
	text, err := fs.ReadFile(repo, e.file)
	if err != nil {
		return "", fmt.Errorf("read the example: %w", err)
	}
	value := string(text)
	if e.part != "" {
		_, behind, ok := strings.Cut(value, "\n-- "+e.part+" --\n")
		if !ok {
			return "", fmt.Errorf("read the example: %s has no part %s", e.file, e.part)
		}
		value, _, _ = strings.Cut(behind, "\n-- ")
	}
	return strings.TrimSpace(strings.ReplaceAll(value, "$FIXTURES/", "")), nil
}

// section describes a type that is part of others.
func (p *jsonWriter) section(t *typeDecl) error {
	fmt.Fprintf(&p.Builder, "\n### %s\n\n", title(t))
	if t.doc != "" {
		fmt.Fprintf(&p.Builder, "%s.\n\n", escapeMarkdown(capital(t.is())))
	}
	if _, ok := t.expr.(*ast.StructType); ok {
		return p.fields(t)
	}
	values, err := p.source.values(t)
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return fmt.Errorf("type %s has no values", t.name)
	}
	p.WriteString("The values are:\n\n")
	for _, v := range values {
		p.WriteString("- " + code(v.value))
		if v.doc != "" {
			p.WriteString(": " + escapeMarkdown(v.doc))
		}
		p.WriteByte('\n')
	}
	return nil
}

// fields writes the table of a struct.
func (p *jsonWriter) fields(t *typeDecl) error {
	body, ok := t.expr.(*ast.StructType)
	if !ok {
		return fmt.Errorf("type %s is no struct", t.name)
	}
	for _, f := range body.Fields.List {
		if len(f.Names) > 0 {
			continue
		}
		_, kind, err := p.kind(t, f.Type)
		if err != nil {
			return err
		}
		fmt.Fprintf(&p.Builder, "It has all fields of %s as well. %s\n\n", strings.TrimPrefix(kind, object), escapeMarkdown(comment(f)))
	}
	p.WriteString("| Field | Type | May be missing | Meaning |\n|---|---|---|---|\n")
	for _, f := range body.Fields.List {
		if len(f.Names) == 0 {
			continue
		}
		if err := p.field(t, f); err != nil {
			return fmt.Errorf("%s.%s: %w", t.name, f.Names[0], err)
		}
	}
	return nil
}

func (p *jsonWriter) field(t *typeDecl, f *ast.Field) error {
	name, optional, tagged := jsonTag(f)
	switch {
	case !f.Names[0].IsExported():
		return nil
	case len(f.Names) > 1 || !tagged || name == "":
		return fmt.Errorf("it has no name in JSON")
	case name == "-":
		return nil
	}
	if _, pointer := f.Type.(*ast.StarExpr); pointer && !optional {
		return fmt.Errorf("it would be null; the contract leaves out what is not there")
	}
	of, kind, err := p.kind(t, f.Type)
	if err != nil {
		return err
	}
	meaning := without(comment(f), f.Names[0].Name)
	if rest, ok := strings.CutPrefix(meaning, f.Names[0].Name+" "); ok {
		meaning = name + " " + rest
	}
	if meaning == "" && of != nil {
		meaning = of.is()
	}
	if meaning == "" {
		meaning = words[name]
	}
	if meaning == "" {
		return fmt.Errorf("nothing says what it means: it has no comment")
	}
	missing := "no"
	if optional {
		missing = "yes"
	}
	fmt.Fprintf(&p.Builder, "| %s | %s | %s | %s |\n", code(name), kind, missing, cell(unstopped(meaning)))
	return nil
}

// basic are the types that JSON has a word for.
var basic = map[string]string{
	"string": "string", "bool": "boolean", "int": "number", "int64": "number", "time.Time": "RFC 3339 time",
}

// object stands before the link to a struct; in an array that goes without saying.
const object = "object "

// kind is a type in the words of JSON, and its declaration where it has a place
// of its own on the page.
func (p *jsonWriter) kind(in *typeDecl, expr ast.Expr) (of *typeDecl, text string, err error) {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return p.kind(in, e.X)
	case *ast.ArrayType:
		of, text, err := p.kind(in, e.Elt)
		return of, "array of " + strings.TrimPrefix(text, object), err
	case *ast.Ident, *ast.SelectorExpr:
	default:
		return nil, "", fmt.Errorf("no word is known for a %T in JSON", expr)
	}
	of, err = p.source.resolve(in, expr)
	if err != nil {
		return nil, "", err
	}
	if of == nil {
		name := fmt.Sprint(expr)
		if s, ok := expr.(*ast.SelectorExpr); ok {
			name = fmt.Sprint(s.X, ".", s.Sel)
		}
		if basic[name] == "" {
			return nil, "", fmt.Errorf("no word is known for a %s in JSON", name)
		}
		return nil, basic[name], nil
	}
	word := object
	if under, ok := of.expr.(*ast.Ident); ok {
		word = basic[under.Name] + " "
	}
	if err := p.tell(of); err != nil {
		return nil, "", err
	}
	return of, fmt.Sprintf("%s[%s](#%s)", word, title(of), strings.ToLower(title(of))), nil
}

// tell gives a type its place on the page, if it has none yet.
func (p *jsonWriter) tell(t *typeDecl) error {
	for _, other := range p.told {
		if other == t {
			return nil
		}
		if title(other) == title(t) {
			return fmt.Errorf("%s and %s both have a type %s, and links cannot tell them apart", other.in.folder, t.in.folder, title(t))
		}
	}
	p.told, p.queue = append(p.told, t), append(p.queue, t)
	return nil
}

// complete refuses a page that lacks a command or a type, or says something
// about none.
func (p *jsonWriter) complete(commands []string) error {
	for _, name := range commands {
		known := slices.ContainsFunc(contracts, func(c contract) bool { return slices.Contains(c.commands, name) })
		if !known && !slices.Contains(textOnly, name) {
			return fmt.Errorf("nothing says what JSON muxkey %s writes", name)
		}
	}
	for _, c := range contracts {
		for _, name := range c.commands {
			if !slices.Contains(commands, name) {
				return fmt.Errorf("there is no command %s", name)
			}
		}
		in, err := p.source.load(c.folder)
		if err != nil {
			return err
		}
		for _, t := range in.types {
			if body, ok := t.expr.(*ast.StructType); ok && len(tagged(body)) > 0 && !slices.Contains(p.told, t) {
				return fmt.Errorf("%s in %s has JSON tags, and nothing says what writes it", t.name, in.folder)
			}
		}
	}
	return nil
}

func title(t *typeDecl) string { return capital(t.name) }

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// list is a table of the words that a field can have in it.
type list struct {
	title, intro string
	head         []string
	rows         [][]string
}

func (l list) write(b *strings.Builder) error {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", l.title, l.intro)
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(l.head, " | "), strings.Repeat("---|", len(l.head)))
	for _, row := range l.rows {
		if slices.Contains(row, "") {
			return fmt.Errorf("%s: nothing says what %q means", l.title, row[0])
		}
		fmt.Fprintf(b, "| %s", code(row[0]))
		for _, text := range row[1:] {
			b.WriteString(" | " + cell(text))
		}
		b.WriteString(" |\n")
	}
	return nil
}

func inspectLists() []list {
	formats := list{title: "Formats", intro: "The values of `format`.", head: []string{"Format", "What it is"}}
	for f := range keystore.Formats().All() {
		formats.rows = append(formats.rows, []string{f.ID, f.Title})
	}
	features := list{
		title: "Features", head: []string{"Feature", "What it is"},
		intro: "The values of `features` and `missing`. [Who reads which keystore](consumers.md) says which program reads which.",
	}
	for _, f := range pkcs12x.AllFeatures() {
		features.rows = append(features.rows, []string{string(f), f.Title()})
	}
	remarks := list{
		title: "Remark codes", head: []string{"Code", "Severity", "Meaning"},
		intro: "The values of `code`, in the order in which they are looked for.",
	}
	for _, r := range inspect.RemarkKinds() {
		remarks.rows = append(remarks.rows, []string{r.Code, string(r.Severity), r.Doc})
	}
	published := list{
		title: "Published passwords", head: []string{"Row", "Where it is published"},
		intro: "The values of `publishedPassword`. With `--recursive` they are tried on stores that have an integrity check,\nas far as that costs little; nothing is opened with them, and no report has them.",
	}
	for _, p := range keystore.PublishedPasswords() {
		published.rows = append(published.rows, []string{p.ID, p.Source})
	}
	return []list{formats, features, remarks, published}
}

// checkList has two checks more than package check: those that cmd makes itself,
// because without them there is nothing to check.
func checkList() []list {
	l := list{
		title: "Checks", head: []string{"Check", "What it asks"},
		intro: "The values of `check`, in the order in which they are made. A question that does not arise has no\nresult; `opens-in` has one for each program.",
		rows: [][]string{
			{"password", "Is the password right? It is there only when the answer is no."},
			{"alias", "Is there a private-key entry of that alias?"},
		},
	}
	for _, c := range verify.Checks() {
		l.rows = append(l.rows, []string{c.ID, c.Doc})
	}
	return []list{l}
}

func pathLists() []list {
	l := list{
		title: "Rules of paths", head: []string{"Rule", "What it asks"},
		intro: "The values of `rule`, in the order in which they are asked. [How clients check certificates](clients.md) has\nthe standards that they come from, and who departs from them.",
	}
	for _, r := range path.Rules() {
		l.rows = append(l.rows, []string{r.ID, r.Doc})
	}
	return []list{l}
}
