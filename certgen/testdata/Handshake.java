import java.io.FileInputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Arguments: pairs of a PEM certificate and the local port of a server that uses it. */
public class Handshake {
    public static void main(String[] args) throws Exception {
        for (int i = 0; i < args.length; i += 2) {
            for (String algorithm : new String[] {"PKIX", "SunX509"}) {
                System.out.println(args[i] + ", " + algorithm + ": " + connect(args[i], Integer.parseInt(args[i + 1]), algorithm));
            }
        }
    }

    static String connect(String anchor, int port, String algorithm) {
        try (FileInputStream in = new FileInputStream(anchor)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("anchor", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(algorithm);
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            Socket plain = new Socket("127.0.0.1", port);
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "mux.example.com", port, true)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.startHandshake();
            }
            return "ok";
        } catch (Exception e) {
            return e.toString();
        }
    }
}
