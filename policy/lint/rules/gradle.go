package rules

import "muxkey/internal/finding"

func gradle() []Rule {
	build := []string{"groovy", "kotlin", "scala"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-GRADLE-001", Title: "Gradle or sbt fetches artifacts without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Plugins and libraries can be changed on the way, and plugins run while building.",
				Fix:        "Remove the switch, and write https in the address of the repository.",
				References: []string{"https://docs.gradle.org/current/dsl/org.gradle.api.artifacts.repositories.UrlArtifactRepository.html", "https://www.scala-sbt.org/1.x/docs/Resolvers.html"},
			},
			Match: []*Match{
				Assign(True, "allowInsecureProtocol", "isAllowInsecureProtocol").In(build...).Or("false"),
				Call([]string{"setAllowInsecureProtocol", "allowInsecureProtocol", "withAllowInsecureProtocol"}, True).In(build...).Or("false"),
			},
			Bad: []Example{
				{"build.gradle", "repositories {\n    maven {\n        url 'http://maven.example.com/'\n        allowInsecureProtocol = «true»\n    }\n}\n"},
				{"build.gradle", "repositories {\n    maven {\n        url 'http://maven.example.com/'\n        allowInsecureProtocol(«true»)\n    }\n}\n"},
				{"build.gradle.kts", "repositories {\n    maven(\"http://maven.example.com/\") {\n        isAllowInsecureProtocol = «true»\n    }\n}\n"},
				{"build.sbt", "resolvers += (\"own\" at \"http://maven.example.com/\").withAllowInsecureProtocol(«true»)\n"},
			},
			Good: []Example{
				{"build.gradle", "repositories {\n    maven {\n        url 'https://maven.example.com/'\n        allowInsecureProtocol = false\n    }\n    // allowInsecureProtocol = true\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GRADLE-002", Title: "Gradle itself is fetched without TLS", Severity: finding.Medium, CWE: 494,
				Why:        "Who is on the way can send another Gradle, which then runs every build, unless `distributionSha256Sum` stands beside the address.",
				Fix:        "Write https in `distributionUrl`, and add `distributionSha256Sum`.",
				References: []string{"https://docs.gradle.org/current/userguide/gradle_wrapper.html#sec:verification"},
			},
			Match: []*Match{
				Key(plainHTTP, "distributionUrl").In("properties"),
			},
			Bad: []Example{
				{"gradle/wrapper/gradle-wrapper.properties", "distributionBase=GRADLE_USER_HOME\ndistributionUrl=«http\\://services.example.com/distributions/gradle-9.1-bin.zip»\n"},
				{".mvn/wrapper/maven-wrapper.properties", "distributionUrl=«http://repo.example.com/apache-maven-3.9.9-bin.zip»\n"},
			},
			Good: []Example{
				{"gradle/wrapper/gradle-wrapper.properties", "distributionUrl=https\\://services.gradle.org/distributions/gradle-9.1-bin.zip\n#distributionUrl=http\\://services.example.com/gradle.zip\n"},
				{"gradle/wrapper/gradle-wrapper.properties", "distributionUrl=http\\://localhost:8081/gradle-9.1-bin.zip\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GRADLE-003", Title: "Gradle takes build results from any server", Severity: finding.High, CWE: 295,
				Why:        "Results of the build cache are taken over as if they had been built here, and they come from whoever answers.",
				Fix:        "Remove the setting. If the cache's CA is a private one, put it into a trust store with `muxkey trust build ca.pem --target pkcs12 -o ca` and name that as `systemProp.javax.net.ssl.trustStore` in `gradle.properties`.",
				References: []string{"https://docs.gradle.org/current/dsl/org.gradle.caching.http.HttpBuildCache.html", "https://docs.gradle.com/develocity/gradle-plugin/current/"},
			},
			Match: []*Match{
				Assign(True, "allowUntrustedServer", "isAllowUntrustedServer", "allowUntrusted").In(build...).Or("false"),
				Call([]string{"setAllowUntrustedServer", "allowUntrustedServer", "allowUntrustedServer.set"}, True).In(build...).Or("false"),
				Key(True, "server.allowUntrusted").In("xml").Or("false"),
				Key(True, "gradle.cache.remote.allowUntrustedServer", "develocity.allowUntrustedServer", "gradle.enterprise.allowUntrustedServer").Or("false"),
			},
			Bad: []Example{
				{"settings.gradle", "buildCache {\n    remote(HttpBuildCache) {\n        url = 'https://cache.example.com/'\n        allowUntrustedServer = «true»\n    }\n}\n"},
				{"settings.gradle.kts", "develocity {\n    server = \"https://ge.example.com\"\n    allowUntrustedServer.set(«true»)\n}\n"},
				{".mvn/develocity.xml", "<develocity><server><url>https://ge.example.com</url><allowUntrusted>«true»</allowUntrusted></server></develocity>\n"},
			},
			Good: []Example{
				{"settings.gradle", "buildCache {\n    remote(HttpBuildCache) {\n        url = 'https://cache.example.com/'\n        allowUntrustedServer = false\n    }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-GRADLE-004", Title: "Gradle does not verify what it fetches", Severity: finding.Low, CWE: 345,
				Why:        "The checksums and signatures in `verification-metadata.xml` are there and not looked at.",
				Fix:        "Remove the option, or write `strict`.",
				References: []string{"https://docs.gradle.org/current/userguide/dependency_verification.html"},
			},
			Match: []*Match{
				FlagsAre([]string{"gradle", "gradlew", "gradlew.bat"}, OneOf("off", "lenient"), "--dependency-verification", "-F"),
				Key(OneOf("off", "lenient"), "org.gradle.dependency.verification").Or("strict"),
			},
			Bad: []Example{
				{"build.sh", "./gradlew build «--dependency-verification» off\n"},
				{"gradle.properties", "org.gradle.dependency.verification=«off»\n"},
			},
			Good: []Example{
				{"gradle.properties", "org.gradle.dependency.verification=strict\n"},
			},
		},
	}
}
