package syntax

import "strings"

// recognise tells a template from a plain value, and finds what it falls back to.
func (v *Value) recognise() {
	if v.Form != Bare && v.Form != Quoted {
		return
	}
	t := strings.TrimSpace(v.Text)
	if len(t) < 2 {
		return
	}
	switch {
	case strings.HasPrefix(t, "${") && strings.HasSuffix(t, "}") && strings.Count(t, "${") == 1 && strings.Count(t, "}") == 1:
		v.Form = Template
		inner := t[2 : len(t)-1]
		// sh: ${X:-default}, ${X-default}, ${X:=default}; Spring: ${X:default}
		end := 0
		for end < len(inner) && (isName(inner[end:end+1]) || inner[end] == '.' || inner[end] == '-' && end+1 < len(inner) && letter(inner[end+1]) && strings.ContainsAny(inner[:end], ".-")) {
			end++
		}
		switch rest := inner[end:]; {
		case strings.HasPrefix(rest, ":-"), strings.HasPrefix(rest, ":="):
			v.Default, v.HasDefault = rest[2:], true
		case strings.HasPrefix(rest, ":?"), strings.HasPrefix(rest, ":+"):
		case strings.HasPrefix(rest, ":"), strings.HasPrefix(rest, "-"), strings.HasPrefix(rest, "="):
			v.Default, v.HasDefault = rest[1:], true
		}
	case strings.Contains(t, "{{") && strings.Contains(t, "}}"):
		v.Form = Template
		v.Default, v.HasDefault = fallback(t)
	case strings.Contains(t, "<%") && strings.Contains(t, "%>"),
		strings.HasPrefix(t, "$(") && strings.HasSuffix(t, ")"),
		strings.HasPrefix(t, "$[[") && strings.HasSuffix(t, "]]"),
		strings.HasPrefix(t, "#{") && strings.HasSuffix(t, "}"),
		strings.HasPrefix(t, "%{") && strings.HasSuffix(t, "}"),
		strings.HasPrefix(t, "%(") && strings.HasSuffix(t, ")s"),
		t[0] == '$' && isName(t[1:]) && !digit(t[1]),
		len(t) > 2 && t[0] == '%' && t[len(t)-1] == '%' && isName(t[1:len(t)-1]),
		len(t) > 2 && t[0] == '@' && t[len(t)-1] == '@' && isName(strings.NewReplacer(".", "_", "-", "_").Replace(t[1:len(t)-1])):
		v.Form = Template
	}
}

// fallback is what a template of Helm or Jinja falls back to:
// {{ .Values.x | default "d" }}, {{ default "d" .Values.x }}, {{ x | default('d') }}.
func fallback(t string) (string, bool) {
	if strings.Count(t, "{{") != 1 || !strings.HasPrefix(t, "{{") {
		return "", false
	}
	_, rest, _ := strings.Cut(t, "default")
	rest = strings.TrimLeft(rest, " (")
	if rest == "" {
		return "", false
	}
	if c := rest[0]; c == '"' || c == '\'' || c == '`' {
		if end := strings.IndexByte(rest[1:], c); end >= 0 {
			return rest[1 : 1+end], true
		}
		return "", false
	}
	word := rest[:max(strings.IndexAny(rest, " ,)}|"), 0)]
	switch strings.ToLower(word) {
	case "true", "false", "yes", "no", "on", "off":
		return word, true
	}
	if word != "" && digit(word[0]) {
		return word, true
	}
	return "", false
}
