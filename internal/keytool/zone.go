package keytool

import (
	"os"
	"strings"
	"time"
)

// zoneLink is where Linux and macOS say which zone it is here.
const zoneLink = "/etc/localtime"

// localZone is Java's default time zone: that of user.timezone, $TZ or the system,
// under its name, which time.Local does not have. What is no zone is GMT.
func (t *tool) localZone() *time.Location {
	name := t.property("user.timezone", "")
	if name == "" {
		word, _ := t.env.LookupEnv("TZ")
		name = strings.TrimPrefix(word, ":")
	}
	if name == "" {
		target, err := os.Readlink(zoneLink)
		if err != nil {
			return time.Local
		}
		_, name, _ = strings.Cut(target, "zoneinfo/")
	}
	if _, rest, ok := strings.Cut(name, "zoneinfo/"); ok {
		name = rest
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.FixedZone("GMT", 0)
	}
	return zone
}
