package gendocs

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// module is what the import paths of the program begin with.
const module = "muxkey/"

// source reads the packages of the program as they are asked for. go/types was
// the alternative: it needs all imports compiled, and has no comments.
type source struct {
	repo     fs.FS
	packages []*sourcePackage
}

// sourcePackage is what one package declares.
type sourcePackage struct {
	folder string // below the root of the repository
	types  []*typeDecl
	consts []*constDecl
}

// typeDecl is a type, or the unnamed struct that a function makes: that has the
// name of the function.
type typeDecl struct {
	in      *sourcePackage
	name    string
	doc     string
	alias   bool
	expr    ast.Expr
	imports map[string]string // the folders of the program's packages by their names in the file
}

// constDecl is one constant with the comment beside it.
type constDecl struct {
	name, value, doc string
	kind             ast.Expr
	file             *typeDecl // where names of packages are looked up
}

// load parses the files of a folder that belong to the program.
func (s *source) load(folder string) (*sourcePackage, error) {
	for _, p := range s.packages {
		if p.folder == folder {
			return p, nil
		}
	}
	files, err := fs.Glob(s.repo, path.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &sourcePackage{folder: folder}
	s.packages = append(s.packages, p)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(s.repo, name)
		if err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read the source: %w", err)
		}
		p.read(file)
	}
	return p, nil
}

func (p *sourcePackage) read(file *ast.File) {
	imports := map[string]string{}
	for _, i := range file.Imports {
		whole, err := strconv.Unquote(i.Path.Value)
		if folder, ours := strings.CutPrefix(whole, module); err == nil && ours {
			imports[path.Base(folder)] = folder
			if i.Name != nil {
				imports[i.Name.Name] = folder
			}
		}
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			ast.Inspect(d, func(n ast.Node) bool {
				if t, ok := n.(*ast.StructType); ok && len(tagged(t)) > 0 {
					p.types = append(p.types, &typeDecl{p, d.Name.Name, "", false, t, imports})
				}
				return true
			})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					comment := spec.Doc
					if comment == nil && !d.Lparen.IsValid() {
						comment = d.Doc
					}
					p.types = append(p.types, &typeDecl{p, spec.Name.Name, comment.Text(), spec.Assign.IsValid(), spec.Type, imports})
				case *ast.ValueSpec:
					p.readConst(d, spec, &typeDecl{in: p, imports: imports})
				}
			}
		}
	}
}

// readConst keeps constants of a named type with a literal value.
func (p *sourcePackage) readConst(d *ast.GenDecl, spec *ast.ValueSpec, file *typeDecl) {
	if d.Tok != token.CONST || spec.Type == nil || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return
	}
	value := literal.Value
	if text, err := strconv.Unquote(value); err == nil {
		value = text
	}
	p.consts = append(p.consts, &constDecl{spec.Names[0].Name, value, strings.TrimSpace(spec.Comment.Text()), spec.Type, file})
}

func (p *sourcePackage) find(name string) *typeDecl {
	for _, t := range p.types {
		if t.name == name {
			return t
		}
	}
	return nil
}

// resolve returns the declaration behind a name in a file, through aliases. It
// is nil for what is not of the program.
func (s *source) resolve(from *typeDecl, expr ast.Expr) (*typeDecl, error) {
	in, name := from.in, ""
	switch e := expr.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		folder, ours := from.imports[fmt.Sprint(e.X)]
		if !ours {
			return nil, nil // of the standard library
		}
		var err error
		if in, err = s.load(folder); err != nil {
			return nil, err
		}
		name = e.Sel.Name
	}
	t := in.find(name)
	if t != nil && t.alias {
		return s.resolve(t, t.expr)
	}
	return t, nil
}

// values lists the constants of a type in all packages that were loaded, those
// that stand beside the type first.
func (s *source) values(t *typeDecl) ([]*constDecl, error) {
	packages := slices.Clone(s.packages)
	slices.SortStableFunc(packages, func(a, b *sourcePackage) int {
		switch {
		case a == t.in && b != t.in:
			return -1
		case b == t.in && a != t.in:
			return 1
		}
		return 0
	})
	var list []*constDecl
	for _, p := range packages {
		for _, c := range p.consts {
			of, err := s.resolve(c.file, c.kind)
			if err != nil {
				return nil, err
			}
			if of == t {
				list = append(list, c)
			}
		}
	}
	return list, nil
}

// jsonTag is what a field says about its JSON.
func jsonTag(f *ast.Field) (name string, optional, ok bool) {
	if f.Tag == nil {
		return "", false, false
	}
	text, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return "", false, false
	}
	tag, ok := reflect.StructTag(text).Lookup("json")
	name, options, _ := strings.Cut(tag, ",")
	return name, strings.Contains(options, "omit"), ok
}

// tagged are the fields of a struct that are written as JSON.
func tagged(t *ast.StructType) []*ast.Field {
	var list []*ast.Field
	for _, f := range t.Fields.List {
		if name, _, ok := jsonTag(f); ok && name != "-" {
			list = append(list, f)
		}
	}
	return list
}

// comment is what stands above a field and beside it, in one line.
func comment(f *ast.Field) string {
	return strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
}

// is tells what follows "X is" in the first sentence about X, which is what can
// stand in a table.
func (t *typeDecl) is() string {
	sentence := new(doc.Package).Synopsis(t.doc)
	return unstopped(without(sentence, t.name))
}

// unstopped takes the full stop away.
func unstopped(text string) string {
	if strings.HasSuffix(text, "...") {
		return text
	}
	return strings.TrimSuffix(text, ".")
}

// without takes the name of a thing from the front of what is said about it.
func without(text, name string) string {
	for _, verb := range []string{" is ", " are ", " says ", " has ", " counts ", " names ", ": "} {
		if rest, ok := strings.CutPrefix(text, name+verb); ok {
			return rest
		}
	}
	return text
}
