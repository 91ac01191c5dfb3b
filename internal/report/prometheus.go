package report

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"path"
	"slices"
	"strings"

	"muxkey/certgen"
	"muxkey/internal/finding"
	"muxkey/policy/check"
)

// prometheusFormat is for the textfile collector of node_exporter. What
// x509-certificate-exporter (github.com/enix/x509-certificate-exporter,
// docs/metrics.md) has of certificates in files is here under the same names and
// labels, so that its dashboards and alerts work; what is about the check has
// names that begin with muxkey_check. Its gauges of seconds that are left are not
// here: a file is read long after it was written.
var prometheusFormat = Format{
	Name: "prometheus", MIME: "text/plain; version=0.0.4; charset=utf-8", Of: checkCommands(),
	Description: "metrics for node_exporter's textfile collector", checked: writePrometheus,
}

// openMetricsFormat is the same for who reads OpenMetrics 1.0, which wants an end.
var openMetricsFormat = Format{
	Name: "openmetrics", MIME: "application/openmetrics-text; version=1.0.0; charset=utf-8", Of: checkCommands(),
	Description: "the same metrics as OpenMetrics text", checked: func(w io.Writer, r *Checked, o Options) error {
		if err := writePrometheus(w, r, o); err != nil {
			return err
		}
		_, err := io.WriteString(w, "# EOF\n")
		return err
	},
}

func writePrometheus(w io.Writer, r *Checked, _ Options) error {
	out := &writer{w: w}
	writeCertificateMetrics(out, r)
	writeCheckMetrics(out, r)
	return out.err
}

// writeCertificateMetrics writes those of x509-certificate-exporter.
func writeCertificateMetrics(out *writer, r *Checked) {
	var before, after, expired, faults samples
	unread := int64(0)
	for _, t := range r.Targets {
		seen := map[string]bool{}
		for _, c := range t.Certificates {
			if seen[c.SHA256] { // a CA stands in several chains of one file
				continue
			}
			seen[c.SHA256] = true
			l := certificateLabels(t, c)
			of := l.String()
			if before.seen[of] {
				of = append(l, label{"discriminator", c.SHA256[:min(len(c.SHA256), 8)]}).String()
			}
			before.add(of, c.NotBefore.Unix())
			after.add(of, c.NotAfter.Unix())
			expired.add(of, truth(r.At.After(c.NotAfter)))
			faults.add(of, 0)
		}
		if t.Status == check.Unchecked {
			unread++
			if len(t.Certificates) == 0 {
				faults.add(fileLabels(t).String(), 1)
			}
		}
	}
	before.write(out, "x509_cert_not_before", "Beginning of the validity of a certificate, in Unix time.")
	after.write(out, "x509_cert_not_after", "End of the validity of a certificate, in Unix time.")
	expired.write(out, "x509_cert_expired", "Whether a certificate had expired at the time of the check.")
	faults.write(out, "x509_cert_error", "Whether what should have certificates could not be read.")
	one := samples{}
	one.add("", unread)
	one.write(out, "x509_read_errors", "How many files and servers could not be checked.")
}

// writeCheckMetrics writes what is known of the check besides.
func writeCheckMetrics(out *writer, r *Checked) {
	var at, targets, findings, suppressed, known, status, left, leaf samples
	at.add("", r.At.Unix())
	at.write(out, "muxkey_check_timestamp_seconds", "When the check was made, in Unix time.")
	statuses := []check.TargetStatus{check.OK, check.Failed, check.Unchecked}
	for i, n := range []int{r.Summary.OK, r.Summary.Failed, r.Summary.Unchecked} {
		targets.add(labels{{"status", string(statuses[i])}}.String(), int64(n))
	}
	targets.write(out, "muxkey_check_targets", "How many targets there are of each status.")
	for _, s := range finding.Severities() {
		n := int64(0)
		for _, list := range r.allFindings() {
			for _, f := range list {
				n += truth(f.Severity == s)
			}
		}
		findings.add(labels{{"severity", string(s)}}.String(), n)
	}
	findings.write(out, "muxkey_check_findings", "How many findings there are of each severity.")
	suppressed.add("", int64(r.Summary.Suppressed))
	suppressed.write(out, "muxkey_check_findings_suppressed", "How many findings the policy allows.")
	known.add("", int64(r.Summary.Known))
	known.write(out, "muxkey_check_findings_known", "How many findings the baseline has.")
	for _, t := range r.Targets {
		of := labels{{"target", t.Name}, {"kind", string(t.Kind)}}
		for _, s := range statuses {
			status.add(append(of[:2:2], label{"status", string(s)}).String(), truth(t.Status == s))
		}
		if len(t.Certificates) > 0 {
			first := slices.MinFunc(t.Certificates, func(a, b check.Certified) int { return a.NotAfter.Compare(b.NotAfter) })
			left.add(of.String(), first.NotAfter.Unix())
		}
		for _, c := range shownBy(t) {
			leaf.add(labels{{"target", t.Name}, {"alias", c.Alias}}.String(), c.NotAfter.Unix())
		}
	}
	status.write(out, "muxkey_check_target_status", "Whether a target has a status, for each of them.")
	left.write(out, "muxkey_check_target_not_after_seconds", "When the first certificate of a target ends, CAs among them, in Unix time.")
	leaf.write(out, "muxkey_check_leaf_not_after_seconds", "When a certificate ends that is shown to others, in Unix time.")
}

// allFindings are the findings by target, those about the policy before them.
func (r *Checked) allFindings() [][]finding.Finding {
	out := [][]finding.Finding{r.Findings}
	for _, t := range r.Targets {
		out = append(out, t.Findings)
	}
	return out
}

type (
	label  struct{ name, value string }
	labels []label
	// samples are those of one metric, each set of labels once: Prometheus drops a
	// whole file for a series that is there twice.
	samples struct {
		lines []sample
		seen  map[string]bool
	}
	sample struct {
		labels string
		value  int64
	}
)

// add adds a sample, unless there is one of those labels.
func (s *samples) add(labels string, value int64) {
	if s.seen[labels] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[labels] = true
	s.lines = append(s.lines, sample{labels, value})
}

// write writes the metric as a gauge; without samples there is none.
func (s *samples) write(out *writer, name, help string) {
	if len(s.lines) == 0 {
		return
	}
	out.write("# HELP ", name, " ", help, "\n# TYPE ", name, " gauge\n")
	for _, x := range s.lines {
		out.write(name, x.labels, fmt.Sprintf(" %d\n", x.value))
	}
}

// String is {name="value"}. A label without a value is none.
func (l labels) String() string {
	var b strings.Builder
	before := "{"
	for _, x := range l {
		if x.value == "" {
			continue
		}
		value := Printable(x.value)
		if strings.ContainsAny(value, `\"`) {
			value = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		}
		b.WriteString(before + x.name + `="` + value + `"`)
		before = ","
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "}"
}

func fileLabels(t check.Checked) labels {
	return labels{{"filename", path.Base(t.Name)}, {"filepath", t.Name}}
}

func certificateLabels(t check.Checked, c check.Certified) labels {
	out := fileLabels(t)
	serial, ok := new(big.Int).SetString(c.Serial, 16)
	if ok {
		out = append(out, label{"serial_number", serial.String()})
	}
	return append(append(out, nameLabels("issuer", c.Issuer)...), nameLabels("subject", c.Subject)...)
}

// nameLabels are the attributes of a distinguished name. One that breaks the rules
// is the commonName as a whole.
func nameLabels(of, dn string) labels {
	var rdns pkix.RDNSequence
	der, err := certgen.ParseDN(dn)
	if err == nil {
		_, err = asn1.Unmarshal(der, &rdns)
	}
	if err != nil {
		return labels{{of + "_CN", dn}}
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	join := func(values []string) string { return strings.Join(values, ",") }
	return labels{
		{of + "_C", join(name.Country)},
		{of + "_ST", join(name.Province)},
		{of + "_L", join(name.Locality)},
		{of + "_O", join(name.Organization)},
		{of + "_OU", join(name.OrganizationalUnit)},
		{of + "_CN", name.CommonName},
	}
}

func truth(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
