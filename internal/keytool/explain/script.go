// Package explain says in commands of muxkey what a call of keytool does, and what
// about the call is better done otherwise.
//
// What it returns are lines for a shell: commands, and comments where there is none
// or where the two tools differ. It looks at the command line only, and at which
// files are there.
package explain

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
)

// Surroundings are what the meaning of a call depends on beside its words.
type Surroundings struct {
	// Keystore is the one that keytool takes without -keystore, and CACerts the
	// JDK's own trust store.
	Keystore, CACerts string
	// Exists tells whether there is a file.
	Exists func(path string) bool
}

// Call returns the lines for a call that was understood. No password is in them: a
// password that stands on keytool's command line is an environment variable here,
// of which a comment tells.
func Call(c *grammar.Call, l level.Level, around Surroundings) []string {
	s := &script{Call: c, level: l, around: around}
	if c.Help {
		s.run("muxkey", "help")
		return s.lines
	}
	explain, ok := explanations()[c.Command]
	if !ok {
		s.note("%s has no equivalent in muxkey.", c.Command)
		return s.lines
	}
	explain(s)
	return append(s.variables, s.lines...)
}

// script is the explanation of one call.
type script struct {
	*grammar.Call
	level     level.Level
	around    Surroundings
	variables []string // the comments about environment variables
	lines     []string
}

// run adds a command.
func (s *script) run(words ...string) {
	for i, word := range words {
		words[i] = quote(word)
	}
	s.lines = append(s.lines, strings.Join(words, " "))
}

// note adds a comment.
func (s *script) note(format string, values ...any) {
	s.lines = append(s.lines, comment(fmt.Sprintf(format, values...)))
}

// comment makes a line of a text that may have line ends in it.
func comment(text string) string {
	return "# " + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, text)
}

// quote writes a word so that a shell reads it as it is.
func quote(word string) string {
	plain := word != "" && word[0] != '~' && only(word, "-_./:=,+@%~")
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// only tells whether a word has no other characters than letters and digits of
// ASCII and those of others.
func only(word, others string) bool {
	for _, r := range word {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(others, r):
		default:
			return false
		}
	}
	return true
}

// operand is a name that stands where an option could.
func operand(name string) string {
	if strings.HasPrefix(name, "-") {
		return "./" + name
	}
	return name
}

// keystore is the path of the keystore.
func (s *script) keystore() string {
	switch {
	case s.CACerts:
		return operand(s.around.CACerts)
	case s.Keystore == nil:
		return operand(s.around.Keystore)
	}
	return operand(*s.Keystore)
}

// token says that there is no file to work on, where that is so.
func (s *script) token() bool {
	if s.Keystore == nil || *s.Keystore != "NONE" {
		return false
	}
	s.note("keytool works on a token here. muxkey uses keys in PKCS#11 tokens with --signer pkcs11:... of create, csr, ca, sign and crl.")
	return true
}

// exists tells whether the keystore is there.
func (s *script) exists() bool { return s.around.Exists(s.keystore()) }

// alias is that of the call, or keytool's default.
func (s *script) alias() string { return or(s.Alias, "mykey") }

// or is a text, or another where it was not given.
func or(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}

// password are the words that give a command of muxkey a password: none where
// keytool was given none, for both ask then.
func (s *script) password(flag, option string, value *string) []string {
	if value == nil {
		return nil
	}
	source, ok := s.Sources[option]
	if ok && !strings.Contains(source, "://") {
		return []string{flag, source}
	}
	variable := strings.ToUpper(option)
	line := comment("Put the password of -" + option + " into the environment variable " + variable + ".")
	if !slices.Contains(s.variables, line) {
		s.variables = append(s.variables, line)
	}
	return []string{flag, "env:" + variable}
}

// storePassword are the words for that of the keystore.
func (s *script) storePassword() []string { return s.password("--password", "storepass", s.StorePass) }

// file is a name for a new keystore by which muxkey makes one of the type that the
// call asks for, and what it has to be renamed to, if that is another. For muxkey
// the type of a new keystore is in its name.
func (s *script) file(path string) (file, rename string) {
	kind := strings.ToUpper(or(s.StoreType, s.level.StoreType))
	extension := strings.ToLower(filepath.Ext(path))
	switch {
	case kind == "JKS" && extension != ".jks":
		return path + ".jks", path
	case kind == "JCEKS" && extension != ".jceks":
		return path + ".jceks", path
	case kind == "PKCS12" && slices.Contains([]string{".jks", ".jceks", ".bks", ".bcfks", ".pem"}, extension):
		return path + ".p12", path
	}
	return path, ""
}

// renamed moves what was made to the name that keytool gives it.
func (s *script) renamed(file, rename string) {
	if rename != "" {
		s.run("mv", file, rename)
	}
}

// output are the words that let a command write where keytool does, which
// overwrites.
func (s *script) output(flag string, path *string) []string {
	if path == nil {
		return []string{flag, "-"}
	}
	words := []string{flag, operand(*path)}
	if s.around.Exists(*path) {
		words = append(words, "--force")
	}
	return words
}

// input is the file that a command reads.
func input(path *string) string { return operand(or(path, "-")) }

// words puts together what single words and lists of words make.
func words(parts ...any) []string {
	var all []string
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			all = append(all, part)
		case []string:
			all = append(all, part...)
		}
	}
	return all
}
