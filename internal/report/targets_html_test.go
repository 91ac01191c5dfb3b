package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"muxkey/internal/finding"
	"muxkey/internal/peer"
	"muxkey/policy/check"
)

// fleet is a report with targets of all outcomes, and names that would be markup.
func fleet() *Checked {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	certificate := func(name, issuer string, depth, days int) check.Certified {
		return check.Certified{
			Alias: "mux", Depth: depth, Key: depth == 0, CA: depth > 0, Subject: "CN=" + name, Issuer: "CN=" + issuer, Serial: "01", SHA256: fmt.Sprintf("%s-%d", name, days),
			NotBefore: at.AddDate(0, 0, -30), NotAfter: at.AddDate(0, 0, days), DaysLeft: days, Names: []string{"DNS:" + name}, KeyType: "EC P-256",
		}
	}
	r := &check.Report{SchemaVersion: 1, At: at, Policy: "muxkey.yaml", FailOn: "medium", Summary: check.Counts{Targets: 4, OK: 2, Failed: 1, Unchecked: 1, Suppressed: 2}}
	r.Targets = []check.Checked{
		{
			Name: "stores/<b>mux</b>.p12", Kind: check.File, Status: check.Failed, Certificates: []check.Certified{certificate("mux.example.com", "Example CA", 0, 5), certificate("Example CA", "Example Root", 1, 2000)},
			Findings: []finding.Finding{{Rule: "MUX-DATE-002", Severity: finding.High, Where: "stores/<b>mux</b>.p12#mux", Text: "the certificate expires on 2026-11-27", Place: &finding.Location{File: "muxkey.yaml", Line: 7, Column: 5}}},
		},
		{Name: "a-host-with-a-very-long-name-that-does-not-fit-on-a-line-of-a-small-screen.example.com:443", Kind: check.Endpoint, Status: check.Unchecked, Reasons: []string{"connecting: there is no answer in time"}},
		{Name: "stores/old.p12", Kind: check.File, Status: check.OK, Certificates: []check.Certified{certificate("old.example.com", "old.example.com", 0, -3)}},
		{Name: "stores/long.p12", Kind: check.File, Status: check.OK, Certificates: []check.Certified{certificate("a-host-with-a-very-long-name-that-does-not-fit-on-a-line-of-a-small-screen.example.com", "Example Root", 0, 9000)}},
	}
	return &Checked{Report: r, Rules: []finding.Rule{{ID: "MUX-DATE-002", Title: "a certificate expires soon", Severity: finding.Medium, Why: "Clients refuse it then.", Fix: "Make a new one with `muxkey renew STORE`."}}}
}

func pageOf(t *testing.T, r *Checked) string {
	t.Helper()
	var b bytes.Buffer
	if err := htmlOfTargets(&b, r, Options{Version: "1"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageOfTargets(t *testing.T) {
	page := pageOf(t, fleet())
	for _, want := range []string{
		"<h1>muxkey check</h1>", "2 ok, 1 failed, 1 could not be checked; 2 suppressed by the policy", "stores/&lt;b&gt;mux&lt;/b&gt;.p12",
		`<th scope="col">Expires</th>`, `<time datetime="2026-11-27T12:00:00Z">2026-11-27</time>`, "5 days left", "expired 2 days ago",
		`<a href="#MUX-DATE-002">`, `id="MUX-DATE-002"`, "<code>muxkey renew STORE</code>", "muxkey.yaml, line 7", "issued by CN=Example Root, which is not there",
		"connecting: there is no answer in time", `<html lang="en">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"<script", "<b>mux</b>", "http://", "src=", "url("} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
	if first, second := strings.Index(page, "<h2>Failed"), strings.Index(page, "<h2>As they should be"); first < 0 || first > second {
		t.Error("what failed does not come first")
	}
}

// measured is what a browser makes of the page at some width.
type measured struct {
	Width    int
	Overflow int  // by how many pixels the page is wider than its window
	Small    int  // texts smaller than 11 pixels
	Headings bool // no level is left out
	Keyboard int  // elements that the keyboard reaches
	Unnamed  int  // tables without headings, links and summaries without text
}

// The wrapper looks at the page from outside, as the page itself allows no script.
const wrapper = `<!DOCTYPE html><body><script>
const widths = [360, 800, 1400], out = [];
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style = "border:0;height:2000px;width:" + width + "px";
  frame.onload = () => {
    const page = frame.contentDocument, root = page.documentElement;
    let level = 0, headings = true;
    for (const h of page.querySelectorAll("h1,h2,h3")) { const n = Number(h.tagName[1]); headings &&= n <= level + 1; level = n; }
    const texts = [...page.querySelectorAll("p,td,th,li,span,a,b")].filter(e => e.textContent.trim() && e.checkVisibility());
    out.push({
      Width: width, Overflow: Math.max(0, root.scrollWidth - width), Headings: headings,
      Small: texts.filter(e => parseFloat(frame.contentWindow.getComputedStyle(e).fontSize) < 11).length,
      Keyboard: page.querySelectorAll("a[href],summary,[tabindex]").length,
      Unnamed: [...page.querySelectorAll("a,summary")].filter(e => !e.textContent.trim()).length + [...page.querySelectorAll("table")].filter(e => !e.querySelector("th[scope]")).length,
    });
    if (out.length == widths.length) { const pre = document.createElement("pre"); pre.id = "out"; pre.textContent = JSON.stringify(out); document.body.prepend(pre); }
  };
  frame.src = "page.html";
  document.body.append(frame);
}
</script></body>`

// Chromium lays the page out at three widths: nothing is wider than the window, and
// keyboard and screen reader find what they need.
func TestPageInChromium(t *testing.T) {
	chromium := peer.Program(t, "chromium")
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			_, _ = w.Write([]byte(wrapper))
		case "/page.html":
			_, _ = w.Write([]byte(pageOf(t, fleet())))
		default:
			if r.URL.Path != "/favicon.ico" {
				asked = append(asked, r.URL.Path)
			}
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=5000", "--dump-dom", server.URL+"/")
	c.Env = append(os.Environ(), "HOME="+t.TempDir())
	dom, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, dom)
	}
	found := regexp.MustCompile(`(?s)<pre id="out">(.*?)</pre>`).FindSubmatch(dom)
	if found == nil {
		t.Fatalf("the page was not measured: %.2000s", dom)
	}
	var list []measured
	if err := json.Unmarshal(found[1], &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 {
		t.Fatalf("got %+v", list)
	}
	for _, m := range list {
		if m.Overflow > 0 || m.Small > 0 || !m.Headings || m.Keyboard < 6 || m.Unnamed > 0 {
			t.Errorf("at %d pixels: %+v", m.Width, m)
		}
	}
	if len(asked) > 0 {
		t.Errorf("the page asks for %q", asked)
	}
}
