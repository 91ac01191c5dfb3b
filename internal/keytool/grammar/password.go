package grammar

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// password reads a password from where the modifier of its option says: the
// environment, or the first line of a file or a URL.
func (p *parser) password(modifier, value string) (string, error) {
	switch kind := fold(modifier); {
	case p.around.Unread && (kind == "env" || kind == "file"):
		return "unread", nil
	case kind == "env":
		password, ok := p.around.LookupEnv(value)
		if !ok {
			return "", p.usage("Cannot find environment variable: " + value)
		}
		return password, nil
	case kind == "file":
		content, err := p.fetch(value)
		if err != nil {
			return "", err
		}
		return firstLine(string(content)), nil
	}
	return "", p.usage("Unknown password type: " + modifier)
}

// fetch reads a file, or what is a URL for Java.
func (p *parser) fetch(name string) ([]byte, error) {
	scheme, path, ok := strings.Cut(name, ":")
	switch scheme = strings.ToLower(scheme); {
	case ok && scheme == "file":
		// file:name, file:/name and file:///name
		if rest, ok := strings.CutPrefix(path, "//"); ok {
			if slash := strings.IndexByte(rest, '/'); slash >= 0 {
				path = rest[slash:]
			}
		}
		content, err := p.around.ReadFile(path)
		if err != nil {
			return nil, p.usage("java.io.FileNotFoundException: " + missing(path, err))
		}
		return content, nil
	case ok && p.around.ReadURL != nil && (scheme == "http" || scheme == "https"):
		content, err := p.around.ReadURL(name)
		if err != nil {
			return nil, p.usage("java.io.IOException: " + err.Error())
		}
		return content, nil
	}
	content, err := p.around.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || name == "":
		return nil, p.usage("Cannot find file: " + name)
	case err != nil:
		return nil, p.usage("java.io.FileNotFoundException: " + missing(name, err))
	}
	return content, nil
}

// missing is the message of a FileNotFoundException: Java names the cause in
// brackets, in the words of the C library.
func missing(path string, err error) string {
	cause := err
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		cause = pathError.Err
	}
	text := cause.Error()
	if errno, ok := errors.AsType[syscall.Errno](cause); ok {
		text = errno.Error()
	}
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" {
		path = trimmed // as java.io.File does
	}
	return path + " (" + text + ")"
}

// firstLine is what Java's readLine gives, which ends at CR, LF or both.
func firstLine(text string) string {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return text[:i]
	}
	return text
}
