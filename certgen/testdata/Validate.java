import java.io.FileInputStream;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Each argument is a path: PEM files with commas between, the leaf first and the anchor last. */
public class Validate {
    public static void main(String[] args) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (String arg : args) {
            String result = "ok";
            try {
                List<X509Certificate> path = new ArrayList<>();
                for (String file : arg.split(",")) {
                    try (FileInputStream in = new FileInputStream(file)) {
                        path.add((X509Certificate) factory.generateCertificate(in));
                    }
                }
                // The constructor of an anchor reads name constraints only when it is
                // given them; the one of the certificate enforces them as of an issuer.
                TrustAnchor anchor = new TrustAnchor(path.remove(path.size() - 1), null);
                PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
                parameters.setRevocationEnabled(false);
                CertPath certPath = factory.generateCertPath(path);
                CertPathValidator.getInstance("PKIX").validate(certPath, parameters);
            } catch (Exception e) {
                result = String.valueOf(e).replaceAll("\\s+", " ");
            }
            System.out.println(result);
        }
    }
}
