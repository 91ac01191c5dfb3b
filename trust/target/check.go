package target

import (
	"fmt"
	"strings"

	"muxkey/internal/command"
)

// trusted is what checks say that they print when all is well.
const trusted = `It must print "trusted":`

// curlCheck lets curl connect with more options, in which PATH is where the target
// lies.
func curlCheck(options string) func(string, Job) []Step {
	return func(path string, j Job) []Step {
		return []Step{{
			Text:    `It must print "trusted". Error 60 is a refusal; another one comes of a server that speaks no HTTP, and after the certificate was taken.`,
			Command: fmt.Sprintf("curl -sS -o /dev/null %shttps://%s/ && echo trusted", strings.ReplaceAll(options, "PATH", command.Quote(path)), j.first()),
		}}
	}
}

// javaCheck makes a program of its own: nothing that comes with Java connects as
// clients do. From version 11 on Java runs it from its source. PATH in the options is
// where the target lies.
func javaCheck(options string) func(string, Job) []Step {
	return func(path string, j Job) []Step {
		h := j.first()
		return []Step{{
			Text: "In the same shell, with a JDK. " + trusted,
			Command: `cat > Check.java <<'END'
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

public class Check {
    public static void main(String[] server) throws Exception {
        var socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket(server[0], Integer.parseInt(server[1]));
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        System.out.println("trusted");
    }
}
END
java ` + strings.ReplaceAll(options, "PATH", command.Quote(path)) + "Check.java " + h.Name + " " + h.portOr("443"),
		}}
	}
}

// chromiumCheck is for Chromium on Linux, as those of Chrome and Edge have other
// names.
func chromiumCheck(_ string, j Job) []Step {
	return []Step{{
		Text:    "It must print the page of the server. An error with ERR_CERT in it is a refusal:",
		Command: fmt.Sprintf("chromium --headless=new --dump-dom https://%s/", j.first()),
	}}
}
