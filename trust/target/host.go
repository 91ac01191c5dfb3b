package target

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"muxkey/certgen"
)

// Host is a server as clients name it.
type Host struct {
	Name string // DNS name or IP address
	Port string // empty for that of HTTPS
}

// ParseHost reads one of Job.Hosts: "mux.example.com", "registry.example.com:5000",
// "[2001:db8::1]:8443". The error is an *OptionError.
func ParseHost(text string) (Host, error) {
	wrong := func(why string) (Host, error) { return Host{}, &OptionError{Server, text, why} }
	h := Host{Name: text}
	if _, err := netip.ParseAddr(text); err != nil && strings.ContainsAny(text, ":[") {
		if h.Name, h.Port, err = net.SplitHostPort(text); err != nil {
			h.Name, h.Port = strings.Trim(text, "[]"), ""
		} else if n, err := strconv.ParseUint(h.Port, 10, 16); err != nil || n == 0 {
			return wrong("a port is a number up to 65535")
		}
	}
	names, err := certgen.ParseServerNames([]string{h.Name})
	switch {
	case err != nil || len(names) != 1 || names[0].Kind != certgen.DNS && names[0].Kind != certgen.IP:
		return wrong("a server is HOST or HOST:PORT")
	case strings.Contains(names[0].Value, "*"):
		return wrong("clients connect to one host, and not to all that a wildcard stands for")
	}
	h.Name = names[0].Value
	if h.Port == "443" {
		h.Port = ""
	}
	return h, nil
}

// String is the form that ParseHost reads, and that stands in URLs.
func (h Host) String() string {
	if h.Port != "" {
		return net.JoinHostPort(h.Name, h.Port)
	}
	if strings.Contains(h.Name, ":") {
		return "[" + h.Name + "]"
	}
	return h.Name
}

// portOr is the port, or another one where none is given.
func (h Host) portOr(standard string) string {
	if h.Port == "" {
		return standard
	}
	return h.Port
}

// hosts parses all of Job.Hosts, and gives each once.
func (j Job) hosts() ([]Host, error) {
	var list []Host
	for _, text := range j.Hosts {
		h, err := ParseHost(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list, nil
}

// first is the server that checks connect to; words to replace where none is known.
func (j Job) first() Host {
	if list, err := j.hosts(); err == nil && len(list) > 0 {
		return list[0]
	}
	return Host{Name: "HOST"}
}

func (h Host) isIP() bool {
	_, err := netip.ParseAddr(h.Name)
	return err == nil
}
