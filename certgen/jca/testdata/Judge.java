import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.*;

/**
 * Reads the pairs NAME.crt and NAME.key of a directory, and prints of each whether
 * the certificate is signed with its own key, and whether Java signs with the
 * private key what the certificate verifies.
 */
public class Judge {
    public static void main(String[] args) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of(args[0]), "*.crt")) {
            for (Path p : all) {
                String name = p.getFileName().toString().replace(".crt", "");
                try (InputStream in = Files.newInputStream(p)) {
                    X509Certificate c = (X509Certificate) certificates.generateCertificate(in);
                    c.verify(c.getPublicKey());
                    byte[] pkcs8 = Files.readAllBytes(p.resolveSibling(name + ".key"));
                    PrivateKey key = KeyFactory.getInstance(c.getPublicKey().getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
                    Signature s = Signature.getInstance(c.getSigAlgName());
                    AlgorithmParameters pss = c.getSigAlgName().equals("RSASSA-PSS") ? AlgorithmParameters.getInstance("RSASSA-PSS") : null;
                    if (pss != null) {
                        pss.init(c.getSigAlgParams());
                        s.setParameter(pss.getParameterSpec(PSSParameterSpec.class));
                    }
                    s.initSign(key);
                    s.update(pkcs8);
                    byte[] signature = s.sign();
                    s.initVerify(c.getPublicKey());
                    s.update(pkcs8);
                    System.out.println(name + " " + (s.verify(signature) ? "good" : "another key") + " " + c.getSigAlgName());
                } catch (Exception e) {
                    System.out.println(name + " " + e);
                }
            }
        }
    }
}
