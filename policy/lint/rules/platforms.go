package rules

import "slices"

// platforms are the rules for products of servers and clusters, for the JVM and
// what runs on it, for phones, and those for secrets and plain text in whatever
// product.
func platforms() []Rule {
	return slices.Concat(
		sametime(), genesys(), teamwork(),
		prometheus(), grafana(), otel(), monitoring(),
		vault(), hashicorp(), terraform(), cloudtls(), ansible(), kubernetes(), acme(), forges(), identity(),
		jdk(), jvm(), appservers(), tomcat(), jetty(), spring(), quarkus(), micronaut(), akka(),
		android(), apple(),
		secrets(), plaintext(), anyProduct(),
	)
}
