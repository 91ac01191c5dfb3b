package rules

import "muxkey/internal/finding"

func maven() []Rule {
	fix := "Remove the property. If the repository's CA is a private one, put it into a trust store with `muxkey trust build ca.pem --target pkcs12 -o ca` and name that with `-Djavax.net.ssl.trustStore` in `MAVEN_OPTS` or `.mvn/jvm.config`."
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-MAVEN-001", Title: "Maven takes artifacts from any server", Severity: finding.High, CWE: 295,
				Why:        "Plugins run while building, and they come from whoever answers. The credentials of the repository are sent there as well.",
				Fix:        fix,
				References: []string{"https://maven.apache.org/wagon/wagon-providers/wagon-http/", "https://maven.apache.org/resolver/configuration.html"},
			},
			Match: []*Match{
				Key(True, "maven.wagon.http.ssl.insecure").Or("false"),
				Key(True, "maven.wagon.http.ssl.ignore.validity.dates").As(finding.Medium, "Maven takes certificates out of their time").Or("false"),
				Key(OneOf("insecure"), "aether.connector.https.securityMode", "aether.transport.https.securityMode").Or("default"),
			},
			Bad: []Example{
				{"build.sh", "mvn -B package -Dmaven.wagon.http.ssl.insecure=«true» -Dmaven.wagon.http.ssl.ignore.validity.dates=«true»\nmvn -Daether.connector.https.securityMode=«insecure» verify\n"},
				{"build.sh", "export MAVEN_OPTS=\"-Xmx1g -Dmaven.wagon.http.ssl.insecure=«true»\"\n"},
				{".mvn/maven.config", "-Daether.connector.https.securityMode=«insecure»\n"},
				{".mvn/jvm.config", "-Xmx1g -Dmaven.wagon.http.ssl.insecure=«true»\n"},
				{"Dockerfile", "FROM maven:3\nENV MAVEN_OPTS=-Dmaven.wagon.http.ssl.insecure=«true»\n"},
				{".gitlab-ci.yml", "variables:\n  MAVEN_OPTS: \"-Dmaven.repo.local=.m2 -Dmaven.wagon.http.ssl.insecure=«true»\"\n"},
			},
			Good: []Example{
				{"build.sh", "mvn -Dmaven.wagon.http.ssl.insecure=false -Daether.connector.https.securityMode=default package\n# mvn -Dmaven.wagon.http.ssl.insecure=true\n"},
				{"settings.xml", "<settings><mirrors><mirror><id>maven-default-http-blocker</id><blocked>true</blocked></mirror></mirrors></settings>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAVEN-002", Title: "Maven takes a certificate of another host", Severity: finding.High, CWE: 297,
				Why:        "Anyone with a certificate for any name of their own can answer in place of the repository. Such certificates are free.",
				Fix:        "Remove the property, and call the repository by a name that its certificate holds. `muxkey probe HOST` lists those names.",
				References: []string{"https://maven.apache.org/wagon/wagon-providers/wagon-http/"},
			},
			Match: []*Match{Key(True, "maven.wagon.http.ssl.allowall").Or("false")},
			Bad: []Example{
				{"build.sh", "mvn -Dmaven.wagon.http.ssl.allowall=«true» package\n"},
			},
			Good: []Example{
				{"build.sh", "mvn -Dmaven.wagon.http.ssl.allowall=false package\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAVEN-003", Title: "Maven's guard against http is off", Severity: finding.Medium, CWE: 319,
				Why:        "Maven 3.8.1 and later refuse repositories without TLS. With this mirror they are asked again, and someone on the way can change the plugins that are run.",
				Fix:        "Remove `<blocked>false</blocked>`, and write https in the addresses of the repositories.",
				References: []string{"https://maven.apache.org/docs/3.8.1/release-notes.html", "https://maven.apache.org/settings.html#mirrors"},
			},
			Match: []*Match{Key(False, "mirror.blocked").In("xml")},
			Bad: []Example{
				{".m2/settings.xml", "<settings>\n  <mirrors>\n    <mirror>\n      <id>maven-default-http-blocker</id>\n      <mirrorOf>external:http:*</mirrorOf>\n      <url>http://maven.example.com/</url>\n      <blocked>«false»</blocked>\n    </mirror>\n  </mirrors>\n</settings>\n"},
			},
			Good: []Example{
				{".m2/settings.xml", "<settings><mirrors><mirror><url>https://maven.example.com/</url><blocked>true</blocked></mirror></mirrors></settings>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-MAVEN-004", Title: "Maven takes artifacts whose checksum is wrong", Severity: finding.Low, CWE: 354,
				Why:        "An artifact that was changed in a mirror or on the way is used without a word.",
				Fix:        "Write `<checksumPolicy>fail</checksumPolicy>`, or `mvn --strict-checksums`.",
				References: []string{"https://maven.apache.org/settings.html#repositories"},
			},
			Match: []*Match{Key(OneOf("ignore"), "releases.checksumPolicy", "snapshots.checksumPolicy").In("xml").Or("fail")},
			Bad: []Example{
				{"pom.xml", "<project><repositories><repository><url>https://maven.example.com/</url><releases><checksumPolicy>«ignore»</checksumPolicy></releases></repository></repositories></project>\n"},
			},
			Good: []Example{
				{"pom.xml", "<project><repositories><repository><releases><checksumPolicy>fail</checksumPolicy></releases></repository></repositories></project>\n"},
			},
		},
	}
}
