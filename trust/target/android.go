package target

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/trust"
)

// androidConfigTarget is the resources of an app that say what it trusts
// (https://developer.android.com/privacy-and-security/security-config). With
// hosts, the app trusts the anchors for those and nothing else for them; without,
// it trusts them for all names beside the system's.
var androidConfigTarget = Target{
	ID:        "android-config",
	Title:     "network security configuration of an app",
	Clients:   "Android apps from API level 24 on",
	Name:      "android-res",
	Directory: true,
	Says:      Terms{Permitted: true},
	Options:   []Option{Server, Name, Comments},
	Write: func(_ context.Context, j Job) ([]File, error) {
		c := androidConfig{job: j, name: resourceName(j.Name), raws: map[string]string{}}
		c.out.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<network-security-config>\n")
		if len(j.Hosts) > 0 {
			c.hosts()
		} else {
			c.everywhere()
		}
		if len(c.files) == 0 {
			return nil, errors.New("no anchor may vouch for any of the hosts")
		}
		c.out.WriteString("</network-security-config>\n")
		return append([]File{{Path: "xml/network_security_config.xml", Data: c.out.Bytes()}}, c.files...), nil
	},
	Use: func(path string, j Job) []Step {
		steps := []Step{
			{Text: "Copy the directories into the resources of the app:", Command: "cp -r " + command.Quote(strings.TrimSuffix(path, "/")) + "/. app/src/main/res/"},
			{Text: "Name the configuration in AndroidManifest.xml:", Command: `<application android:networkSecurityConfig="@xml/network_security_config">`, Shell: "xml"},
		}
		var networks []string
		for _, a := range j.Set.Anchors {
			networks = append(networks, widerThanHost(a.Terms.Permitted.IP)...)
		}
		if slices.Sort(networks); len(networks) > 0 {
			steps = append(steps, Step{Text: "Android knows no networks, so nothing is trusted for " + strings.Join(slices.Compact(networks), ", ") + "."})
		}
		return steps
	},
	Proof: "aapt compiles the resources, and the elements are compared with those of the documentation",
}

// androidConfig is a configuration on its way.
type androidConfig struct {
	job   Job
	name  string
	out   bytes.Buffer
	files []File
	// raws are the names of the files by what is in them, as many elements can
	// have the same anchors.
	raws map[string]string
}

// hosts writes an element for each host, with the anchors that may vouch for it.
func (c *androidConfig) hosts() {
	var names []string
	for _, host := range c.job.Hosts {
		names = append(names, hostOnly(host))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) { // Android refuses one that comes twice
		c.domain(name, false, false)
	}
}

// everywhere writes the anchors for all names, and for each name that some are
// held to one element with those. The longest name that fits a host decides.
func (c *androidConfig) everywhere() {
	var free []*trust.Anchor
	domains := map[string]bool{} // to whether names below are meant as well
	for _, a := range c.job.Set.Anchors {
		if a.Terms.Permitted.Empty() {
			free = append(free, a)
		}
		for _, d := range a.Terms.Permitted.DNS {
			domains[d] = true
		}
		for _, network := range a.Terms.Permitted.IP {
			if p, err := netip.ParsePrefix(network); err == nil && p.IsSingleIP() {
				domains[p.Addr().String()] = false
			}
		}
	}
	if len(free) > 0 {
		c.out.WriteString("    <base-config>\n")
		c.anchors(free, true)
		c.out.WriteString("    </base-config>\n")
	}
	for _, name := range slices.Sorted(maps.Keys(domains)) {
		c.domain(name, domains[name], true)
	}
}

func (c *androidConfig) domain(name string, below, system bool) {
	anchors := slices.DeleteFunc(slices.Clone(c.job.Set.Anchors), func(a *trust.Anchor) bool { return !permits(a.Terms.Permitted, name) })
	if len(anchors) == 0 {
		return
	}
	fmt.Fprintf(&c.out, "    <domain-config>\n        <domain includeSubdomains=\"%t\">%s</domain>\n", below, xmlText(name))
	c.anchors(anchors, system)
	c.out.WriteString("    </domain-config>\n")
}

func (c *androidConfig) anchors(list []*trust.Anchor, system bool) {
	c.out.WriteString("        <trust-anchors>\n")
	if system {
		c.out.WriteString("            <certificates src=\"system\" />\n")
	}
	fmt.Fprintf(&c.out, "            <certificates src=\"@raw/%s\" />\n", c.raw(list))
	c.out.WriteString("        </trust-anchors>\n")
}

// raw puts anchors into a file, once, and names its resource.
func (c *androidConfig) raw(list []*trust.Anchor) string {
	hash := sha256.New()
	for _, a := range list {
		hash.Write(a.SHA256[:])
	}
	key := string(hash.Sum(nil))
	name, ok := c.raws[key]
	if !ok {
		name = c.name
		if n := len(c.raws) + 1; n > 1 {
			name = fmt.Sprintf("%s_%d", name, n)
		}
		c.raws[key] = name
		c.files = append(c.files, File{Path: "raw/" + name + ".pem", Data: pemOf(list, c.job.Comments)})
	}
	return name
}

// permits tells whether an anchor that is held to names may vouch for a host.
func permits(n trust.Names, host string) bool {
	if n.Empty() {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return slices.ContainsFunc(n.IP, func(network string) bool {
			p, err := netip.ParsePrefix(network)
			return err == nil && p.Contains(ip)
		})
	}
	return slices.ContainsFunc(n.DNS, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}

func widerThanHost(networks []string) []string {
	return slices.DeleteFunc(slices.Clone(networks), func(network string) bool {
		p, err := netip.ParsePrefix(network)
		return err != nil || p.IsSingleIP()
	})
}

// hostOnly is a host without its port, in small letters.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// resourceName makes of a name one that a resource can have: it is a name of Java
// too, so it begins with a letter, and aapt takes small ones alone.
func resourceName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z', b.Len() > 0 && '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	if id := strings.Trim(b.String(), "_"); id != "" {
		return id[:min(len(id), 64)]
	}
	return "muxkey_trust"
}

// androidSystemTarget is the directory of the system's own anchors. A number
// behind the hash tells those of one subject apart, and must not leave a gap
// (AOSP's DirectoryCertificateSource counts on from 0 until there is no such file).
var androidSystemTarget = Target{
	ID:        "android-system",
	Title:     "directory of Android's own anchors",
	Clients:   "Android, all apps: for images, emulators and devices with root",
	Name:      "android-cacerts",
	Directory: true,
	Write: func(_ context.Context, j Job) ([]File, error) {
		next := map[uint32]int{}
		var files []File
		for i, a := range j.Set.Anchors {
			hash := subjectHashOld(a.Subject)
			files = append(files, File{Path: fmt.Sprintf("%08x.%d", hash, next[hash]), Data: pemOf(j.Set.Anchors[i:i+1], false)})
			next[hash]++
		}
		return files, nil
	},
	Use: func(path string, _ Job) []Step {
		from := command.Quote(strings.TrimSuffix(path, "/"))
		return []Step{
			{Text: "Up to Android 13, on a device or emulator with a writable system:", Command: "adb root && adb remount && adb push " + from + "/. /system/etc/security/cacerts/ && adb shell 'chmod 644 /system/etc/security/cacerts/*' && adb reboot"},
			{Text: "From Android 14 on, the anchors come from the module in /apex/com.android.conscrypt/cacerts: build the image with them, or mount a directory with those of the module and these over it."},
		}
	},
	Proof: "the names are those that openssl x509 -subject_hash_old says; no Android was there",
}
