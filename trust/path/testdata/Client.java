import java.io.FileInputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Arguments: threes of a PEM file with anchors, the host name of a server, and its local port. */
public class Client {
    public static void main(String[] args) throws Exception {
        for (int i = 0; i < args.length; i += 3) {
            System.out.println(connect(args[i], args[i + 1], Integer.parseInt(args[i + 2])).replaceAll("\\s+", " "));
        }
    }

    static String connect(String anchors, String host, int port) {
        try (FileInputStream in = new FileInputStream(anchors)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int n = 0;
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("anchor" + n++, c);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            Socket plain = new Socket("127.0.0.1", port);
            plain.setSoTimeout(10000);
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.startHandshake();
            }
            return "ok";
        } catch (Exception e) {
            String text = String.valueOf(e);
            for (Throwable c = e.getCause(); c != null; c = c.getCause()) {
                text += " <- " + c;
            }
            return text;
        }
    }
}
