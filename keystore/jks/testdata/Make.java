import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.io.FileInputStream;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Writes the stores that keytool has no commands for. */
public class Make {
    public static void main(String[] args) throws Exception {
        char[] changeit = "changeit".toCharArray();

        KeyStore empty = KeyStore.getInstance("JKS");
        empty.load(null, null);
        store(empty, "empty.jks", changeit);
        store(empty, "no-password.jks", new char[0]);

        // Aliases that differ in case, in characters outside ASCII and the BMP.
        KeyStore from = KeyStore.getInstance("JKS");
        from.load(new FileInputStream("trust.jks"), changeit);
        Certificate root = from.getCertificate("root");
        KeyStore names = KeyStore.getInstance("CaseExactJKS");
        names.load(null, null);
        for (String alias : new String[] {"mux", "Mux", "MUX", "gr\u00fcn \u20ac \ud83d\ude00", "nul\u0000nul", "half \ud83d"}) {
            names.setCertificateEntry(alias, root);
        }
        store(names, "aliases.jks", "gr\u00fcn\u20ac\ud83d\ude00".toCharArray());

        // A key of a password, and one whose own password is not the store's.
        KeyStore pbe = KeyStore.getInstance("JCEKS");
        pbe.load(null, null);
        SecretKeyFactory factory = SecretKeyFactory.getInstance("PBEWithMD5AndDES");
        pbe.setKeyEntry("pbe", factory.generateSecret(new PBEKeySpec("tell nobody".toCharArray())), changeit, null);
        pbe.setKeyEntry("own", new SecretKeySpec(new byte[16], "AES"), "own-secret".toCharArray(), null);
        store(pbe, "password.jceks", changeit);
    }

    static void store(KeyStore keys, String file, char[] password) throws Exception {
        try (FileOutputStream out = new FileOutputStream(file)) {
            keys.store(out, password);
        }
    }
}
