package syntax

import (
	"slices"
	"strings"
	"testing"
)

// TestAddresses holds what is found in a value. Each case is a line of an
// environment file; the facts are those besides the line's own.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"https://user:s%65cret@host.example.com:8443/a/b?x=1&amp;y=2#z", []string{
			"address x = 1 «1» of https host.example.com",
			"address y = 2 «2» of https host.example.com",
			"url https user=user host=host.example.com port=8443 path=/a/b «https://user:s%65cret@host.example.com:8443/a/b?x=1&amp;y=2#z» password «s%65cret»",
		}},
		{"jdbc:mysql://db:3306/x?useSSL=false&verifyServerCertificate=false", []string{
			"address useSSL = false «false» of mysql db",
			"address verifyServerCertificate = false «false» of mysql db",
			"url mysql user= host=db port=3306 path=/x «jdbc:mysql://db:3306/x?useSSL=false&verifyServerCertificate=false»",
		}},
		{"jdbc:mysql:loadbalance://a,b/x?sslMode=DISABLED", []string{
			"address sslMode = DISABLED «DISABLED» of mysql a",
			"url mysql user= host=a port= path=/x «jdbc:mysql:loadbalance://a,b/x?sslMode=DISABLED»",
		}},
		{"jdbc:sqlserver://h:1433;databaseName=x;encrypt=false;trustServerCertificate=true;", []string{
			"address databaseName = x «x» of sqlserver h",
			"address encrypt = false «false» of sqlserver h",
			"address trustServerCertificate = true «true» of sqlserver h",
			"url sqlserver user= host=h port=1433 path= «jdbc:sqlserver://h:1433;databaseName=x;encrypt=false;trustServerCertificate=true;»",
		}},
		{"jdbc:db2://h:50000/x:sslConnection=false;user=a;", []string{
			"address sslConnection = false «false» of db2 h",
			"address user = a «a» of db2 h",
			"url db2 user= host=h port=50000 path=/x «jdbc:db2://h:50000/x:sslConnection=false;user=a;»",
		}},
		{"jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=h)(PORT=1521))(SECURITY=(SSL_SERVER_DN_MATCH = NO)))", []string{
			"address DESCRIPTION/ADDRESS/PROTOCOL = tcp «tcp» of oracle h",
			"address DESCRIPTION/ADDRESS/HOST = h «h» of oracle h",
			"address DESCRIPTION/ADDRESS/PORT = 1521 «1521» of oracle h",
			"address DESCRIPTION/SECURITY/SSL_SERVER_DN_MATCH = NO «NO» of oracle h",
		}},
		{"Server=tcp:h.example.com,1433;Encrypt=false;Trust Server Certificate=True", []string{
			"address Server = tcp:h.example.com,1433 «tcp:h.example.com,1433» of  h.example.com",
			"address Encrypt = false «false» of  h.example.com",
			"address TrustServerCertificate = True «True» key «Trust Server Certificate» of  h.example.com",
		}},
		{"Driver={ODBC Driver 18};Server=h;Pwd='a;b';", []string{
			"address Driver = ODBC Driver 18 «ODBC Driver 18» quoted of  h",
			"address Server = h «h» of  h",
			"address Pwd = a;b «a;b» quoted of  h",
		}},
		{"pgsql:host=h;port=5;sslmode=disable", []string{
			"address host = h «h» of pgsql h",
			"address port = 5 «5» of pgsql h",
			"address sslmode = disable «disable» of pgsql h",
		}},
		{"host=h user=u password='p q' sslmode=disable", []string{
			"address host = h «h» of postgresql h",
			"address user = u «u» of postgresql h",
			"address password = p q «p q» quoted of postgresql h",
			"address sslmode = disable «disable» of postgresql h",
		}},
		{"user:pw@tcp(db:3306)/x?tls=skip-verify&a=b", []string{
			"address tls = skip-verify «skip-verify» of mysql db",
			"address a = b «b» of mysql db",
			"url mysql user=user host=db port=3306 path=/x «user:pw@tcp(db:3306)/x?tls=skip-verify&a=b» password «pw»",
		}},
		{"r.example.com:6380,r2:6380,password=x,ssl=False", []string{
			"address password = x «x» of redis r.example.com",
			"address ssl = False «False» of redis r.example.com",
		}},
		{"mongodb+srv://u:${PW}@localhost:1,b:2/?tls=false", []string{
			"address tls = false «false» of mongodb+srv b",
			"url mongodb+srv user=u host=b port=2 path=/ «mongodb+srv://u:${PW}@localhost:1,b:2/?tls=false» password «${PW}»",
		}},
		{"hclsametime://st.example.com/?action=AddCommunity%26allowUntrustedSSL%3Dtrue%26x=y", []string{
			"address action = AddCommunity «AddCommunity» of hclsametime st.example.com",
			"address allowUntrustedSSL = true «true» of hclsametime st.example.com",
			"address x = y «y» of hclsametime st.example.com",
			"url hclsametime user= host=st.example.com port= path=/ «hclsametime://st.example.com/?action=AddCommunity%26allowUntrustedSSL%3Dtrue%26x=y»",
		}},
		{"HCLsametime:u%40d:pw@st:443/?allowUntrustedSSL=tr%75e", []string{
			"address allowUntrustedSSL = true «tr%75e» of hclsametime st",
			"url hclsametime user=u%40d host=st port=443 path=/ «HCLsametime:u%40d:pw@st:443/?allowUntrustedSSL=tr%75e» password «pw»",
		}},
		{"failover:(ssl://a:61617?socket.verifyHostName=false,ssl://b:61617)?x=y", []string{
			"address socket.verifyHostName = false «false» of ssl a",
			"url ssl user= host=a port=61617 path= «ssl://a:61617?socket.verifyHostName=false»",
			"url ssl user= host=b port=61617 path= «ssl://b:61617»",
		}},
		{"https://go.example.com/?next=amqp%3A%2F%2Fu%3Ap%40h%3Fverify%3Dno", []string{
			"address verify = no «no» of amqp h",
			"address next = amqp://u:p@h?verify=no «amqp%3A%2F%2Fu%3Ap%40h%3Fverify%3Dno» of https go.example.com",
			"url https user= host=go.example.com port= path=/ «https://go.example.com/?next=amqp%3A%2F%2Fu%3Ap%40h%3Fverify%3Dno»",
			"url amqp user=u host=h port= path= «amqp%3A%2F%2Fu%3Ap%40h%3Fverify%3Dno» password «p»",
		}},
		{"postgresql+psycopg2://{{ .u }}:{{ .p }}@{{ .h }}:5432/x?sslmode={{ .m | default \"disable\" }}", []string{
			"address sslmode = {{ .m | default \"disable\" }} «{{ .m | default \"disable\" }}» template or disable of postgresql {{ .h }}",
			"url postgresql user={{ .u }} host={{ .h }} port=5432 path=/x «postgresql+psycopg2://{{ .u }}:{{ .p }}@{{ .h }}:5432/x?sslmode={{ .m | default \"disable\" }}» password «{{ .p }}»",
		}},
		{"${PROTO}://host/x", nil},
		{"^https?://[^/]+(a|b)", nil},
		{"a=b; c=d; e", nil},
		{"for x=1; y=2", nil},
		{"see (https://example.com/a).", []string{"url https user= host=example.com port= path=/a «https://example.com/a»"}},
		{"-Xmx1g -Da.b=c '-Dd=e f' -D g", []string{"option a.b = c «c»", "option d = e «e»"}},
	} {
		got := facts(t, ".env", "X="+c.text+"\n")
		got = slices.DeleteFunc(got, func(f string) bool { return strings.HasPrefix(f, "env X") })
		if !slices.Equal(got, c.want) {
			t.Errorf("in %s\nfound\n\t%s\nwanted\n\t%s", c.text, strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
		}
	}
}
