package sqlite

import (
	"bytes"
	"encoding/binary"
	"maps"
)

// readLog returns the pages that the transactions in a write-ahead log have
// left, up to the last one that is whole (section 4 of the description). A log
// that is empty, from before, or of another page size has none.
func readLog(log []byte, pageSize int) map[int][]byte {
	const header, frameHeader = 32, 24
	if len(log) < header {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(log) {
	case 0x377f0682:
	case 0x377f0683:
		order = binary.BigEndian
	default:
		return nil
	}
	sum := checksum(order, [2]uint32{}, log[:24])
	if int64(binary.BigEndian.Uint32(log[8:])) != int64(pageSize) || !matches(sum, log[24:32]) {
		return nil
	}
	salt := log[16:24]
	pages, open := map[int][]byte{}, map[int][]byte{}
	size := 0
	for rest := log[header:]; len(rest) >= frameHeader+pageSize; rest = rest[frameHeader+pageSize:] {
		frame, page := rest[:frameHeader], rest[frameHeader:frameHeader+pageSize]
		sum = checksum(order, checksum(order, sum, frame[:8]), page)
		if !bytes.Equal(frame[8:16], salt) || !matches(sum, frame[16:24]) {
			break // what is left of an earlier run of the log
		}
		number := pageNumber(frame)
		if number < 1 {
			break
		}
		open[number] = page
		if commit := pageNumber(frame[4:]); commit > 0 {
			maps.Copy(pages, open)
			clear(open)
			size = commit
		}
	}
	for n := range pages {
		if n > size { // the database has shrunk since
			delete(pages, n)
		}
	}
	return pages
}

func matches(sum [2]uint32, b []byte) bool {
	return sum[0] == binary.BigEndian.Uint32(b) && sum[1] == binary.BigEndian.Uint32(b[4:])
}

// checksum goes on over b, whose length is a multiple of eight.
func checksum(order binary.ByteOrder, s [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}

// Unfinished tells whether a rollback journal, the file with "-journal" behind
// the name of the database, has pages to be played back: a program was stopped
// while it wrote, or is writing now, and the file may be half of the old and half
// of the new.
func Unfinished(journal []byte) bool {
	return bytes.HasPrefix(journal, []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"))
}
