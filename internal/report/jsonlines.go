package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"muxkey/policy/check"
)

// linesFormat is for programs that read one thing after the other, and for log
// collectors (jsonlines.org): each line is a JSON value with the field "type".
var linesFormat = Format{
	Name: "jsonl", MIME: "application/jsonl", Of: checkCommands(),
	Description: "JSON lines: one target a line, then the summary", checked: writeLines,
}

func writeLines(w io.Writer, r *Checked, _ Options) error {
	out := &writer{w: w}
	line := func(v any) error {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("write JSON lines: %w", err)
		}
		out.write(string(escapeJSON(buf.Bytes())))
		return out.err
	}
	for _, t := range r.Targets {
		if err := line(check.TargetLine{Type: "target", Checked: t}); err != nil {
			return err
		}
	}
	return line(r.SummaryLine())
}
