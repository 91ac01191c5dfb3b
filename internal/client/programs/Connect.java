import java.net.Socket;
import java.security.Provider;
import java.security.Security;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Connect ADDRESS PORT HOST [TYPE FILE]: the password is in the variable PASSWORD, if there is one. */
public class Connect {
    public static void main(String[] args) throws Exception {
        String address = args[0], host = args[2];
        int port = Integer.parseInt(args[1]);
        if (args.length > 3) {
            System.setProperty("javax.net.ssl.trustStoreType", args[3]);
            System.setProperty("javax.net.ssl.trustStore", args[4]);
            if (System.getenv("PASSWORD") != null) {
                System.setProperty("javax.net.ssl.trustStorePassword", System.getenv("PASSWORD"));
            }
            if (args[3].equals("BKS")) {
                Security.addProvider((Provider) Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider").getDeclaredConstructor().newInstance());
            }
        }
        SSLContext context;
        try {
            context = SSLContext.getDefault();
        } catch (Exception e) {
            System.out.println("unloadable: " + deepest(e));
            return;
        }
        try (Socket plain = new Socket(address, port);
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
            plain.setSoTimeout(20000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            System.out.println("accepted");
        } catch (SSLException e) {
            System.out.println("refused: " + deepest(e));
        } catch (Exception e) {
            System.out.println("failed: " + deepest(e));
        }
    }

    static String deepest(Throwable e) {
        while (e.getCause() != null) {
            e = e.getCause();
        }
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
