// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// names reads what the files texts*.go call their ids.
func names(t *testing.T) map[string]string {
	t.Helper()
	sources, err := filepath.Glob("texts*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, source := range sources {
		f, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				id, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all[v.Names[0].Name] = id
			}
		}
	}
	return all
}

// inTemplate is a text that a template asks for.
var inTemplate = regexp.MustCompile(`"([\w.-]+(?:%s)?)"`)

// said collects every identifier that the programs use, outside of tests and of the declarations themselves, and what
// templates ask for.
func said(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		declares := filepath.Dir(path) == filepath.Join("..", "words") && strings.HasPrefix(d.Name(), "texts")
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || declares {
			return err
		}
		if strings.HasSuffix(path, ".html") { // a template asks by the id, or by what follows its section
			page, err := os.ReadFile(path)
			for _, m := range inTemplate.FindAllStringSubmatch(string(page), -1) {
				used[strings.TrimSuffix(m[1], "%s")] = true
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				used[n.Name] = true
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					used[text] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestEveryTextIsSaidSomewhere(t *testing.T) {
	used := said(t)
	for name, id := range names(t) {
		_, key, _ := strings.Cut(id, ".")
		if !used[name] && !used[id] && !used[key] && !composed(used, key) {
			t.Errorf("no program says %s (%s)", name, id)
		}
	}
}

// composed says that a program puts the key together, as in "title-" + page.
func composed(used map[string]bool, key string) bool {
	for i, c := range key {
		if c == '-' && i > 2 && used[key[:i+1]] {
			return true
		}
	}
	return false
}
