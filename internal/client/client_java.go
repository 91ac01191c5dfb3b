package client

import (
	"context"
	_ "embed" // the program
)

//go:embed programs/Connect.java
var javaProgram []byte

// javaTypes are what Java calls the trust stores.
var javaTypes = map[string]string{
	"jks": "JKS", "jceks": "JCEKS", "pkcs12": "PKCS12", "pkcs12-passwordless": "PKCS12", "java-cacerts": "JKS", "bks": "BKS",
}

var javaSigns = []sign{
	{`^accepted()$`, Accepted, ""},
	{`^unloadable: (.*)`, Unloadable, ""},
	{`^refused: .*(the trustAnchors parameter must be non-empty)`, Unloadable, ""},
	{`^refused: \w+: (No (?:subject alternative|name).*)`, Refused, WrongName},
	{`^refused: \w+: (unable to find valid certification path.*)`, Refused, Untrusted},
	{`^refused: (.*)`, Refused, Other},
	{`^failed: (.*)`, Failed, ""},
	{`^error: (.*)`, Failed, ""}, // no compiler comes with a bare runtime
}

// javaClient runs a program from its source, which takes a JDK of version 11 or
// later. The trust store is named by the properties that servers are started with;
// its password goes through the environment, as arguments are for all to see.
var javaClient = Client{
	ID: "java", Title: "Java",
	Programs: []string{"java"},
	Needs:    []string{"javac"},
	Targets:  []string{"jks", "pkcs12", "pkcs12-passwordless", "jceks", "java-cacerts"},
	try:      command(java, javaSigns...),
}

// bouncyJar is where Debian keeps Bouncy Castle (its Java policy, chapter 2).
const bouncyJar = "/usr/share/java/bcprov.jar"

var bouncyClient = Client{
	ID: "bouncycastle", Title: "Java with Bouncy Castle",
	Programs: []string{"java"},
	Needs:    []string{"javac", bouncyJar},
	Targets:  []string{"bks"},
	try: command(func(ctx context.Context, r *run) error {
		r.args = []string{"-cp", bouncyJar}
		return java(ctx, r)
	}, javaSigns...),
}

func java(_ context.Context, r *run) error {
	path, err := r.file("Connect.java", javaProgram)
	r.args = append(r.args, "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", path, r.ip, r.port, r.Host)
	if r.Bundle != "" {
		r.args = append(r.args, javaTypes[r.Target], r.Bundle)
		if r.Target != "pkcs12-passwordless" {
			r.env = []string{"PASSWORD=" + r.Password}
		}
	}
	return err
}
