package rules

import "muxkey/internal/finding"

func jenkins() []Rule {
	java := []string{"java", "javaw", "jenkins-cli", "jenkins-agent", "swarm-client", "swarm-client.jar", "jenkins-agent.sh", ""}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JENKINS-001", Title: "Jenkins' client or agent takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token goes to whoever answers, and an agent runs what that one sends.",
				Fix:        "Remove the option. If the controller's CA is a private one, give it to the agent with `-cert ca.pem`, or to Java: `muxkey trust build ca.pem --target pkcs12 -o ca` and `-Djavax.net.ssl.trustStore`.",
				References: []string{"https://www.jenkins.io/doc/book/managing/cli/", "https://github.com/jenkinsci/remoting/blob/master/docs/inbound-agent.md", "https://plugins.jenkins.io/swarm/"},
			},
			Match: []*Match{
				Flags(java, "-noCertificateCheck", "-disableHttpsCertValidation", "-disableSslVerification", "--disable-ssl-verification").Gone(),
				EnvFlags([]string{"JENKINS_OPTS", "JENKINS_ARGS", "JENKINS_CLI_OPTS", "SWARM_OPTS", "JENKINS_AGENT_ARGS", "COMMAND_SWARM_OPTS"}, "-noCertificateCheck", "-disableSslVerification", "--disable-ssl-verification"),
			},
			Bad: []Example{
				{"cli.sh", "java -jar jenkins-cli.jar -s https://ci.example.com/ «-noCertificateCheck» list-jobs\njava -jar swarm-client.jar «-disableSslVerification» -master https://ci.example.com/\njava -jar agent.jar -url https://ci.example.com/ «-noCertificateCheck» -secret @f\n"},
			},
			Good: []Example{
				{"cli.sh", "java -jar jenkins-cli.jar -s https://ci.example.com/ list-jobs\njava -jar agent.jar -cert ca.pem -url https://ci.example.com/\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JENKINS-002", Title: "a step of a pipeline takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The step sends its token to, and takes its answer from, whoever answers.",
				Fix:        "Remove the switch, and give the CA to the controller's Java: `muxkey trust build ca.pem --target java-cacerts -o ca`.",
				References: []string{"https://www.jenkins.io/doc/pipeline/steps/http_request/", "https://plugins.jenkins.io/http_request/"},
			},
			Match: []*Match{Assign(True, "ignoreSslErrors").In("groovy").Or("false")},
			Bad: []Example{
				{"Jenkinsfile", "node {\n  httpRequest url: 'https://mux.example.com/', ignoreSslErrors: «true»\n}\n"},
			},
			Good: []Example{
				{"Jenkinsfile", "node {\n  httpRequest url: 'https://mux.example.com/', ignoreSslErrors: false\n}\n"},
			},
		},
	}
}
