package secret

import (
	"fmt"
	"io"
)

const (
	// letters survive shells, properties files, XML, YAML and URLs unquoted.
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	// length makes 24·log2(62) = 142 bits; 22 letters would be the least for 128.
	length = 24
)

// Generate makes a password of 24 ASCII letters and digits, 142 bits strong.
// What it writes to a file should end in a line feed, so that file:PATH reads it
// back and a person can see where it ends.
func Generate(rand io.Reader) (Password, error) {
	// Bytes from 248 up are thrown away: 256 is no multiple of 62, and they
	// would make the first letters likelier.
	const fair = 256 / len(letters) * len(letters)
	text := make([]byte, 0, length)
	for one := make([]byte, 1); len(text) < length; {
		if _, err := io.ReadFull(rand, one); err != nil {
			return Password{}, fmt.Errorf("generate a password: %w", err)
		}
		if int(one[0]) < fair {
			text = append(text, letters[int(one[0])%len(letters)])
		}
	}
	return newPassword("the generator", text)
}
