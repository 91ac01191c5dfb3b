import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import sun.security.util.DerInputStream;
import sun.security.x509.CertificateExtensions;
import sun.security.x509.Extension;
import sun.security.x509.KeyIdentifier;

/**
 * Says what keytool makes of values of -ext. A line of standard input is the
 * extensions of the request in hex (or "-"), those of the present certificate (or
 * "-"), and the values, between tabs. It is repeated, with " = " and the extensions
 * behind it (OID, "!" where critical, ":" and the value in hex), or the exception.
 * <pre>java --add-exports java.base/sun.security.x509=ALL-UNNAMED \
 *     --add-exports java.base/sun.security.util=ALL-UNNAMED \
 *     --add-opens java.base/sun.security.tools.keytool=ALL-UNNAMED Extensions.java</pre>
 */
public class Extensions {
    /** An Ed25519 key of 32 zeros, and a signer's key identifier. */
    static final String KEY = "302a300506032b6570032100" + "00".repeat(32);
    static final byte[] SIGNER = {1, 2, 3, 4};

    public static void main(String[] args) throws Exception {
        HexFormat hex = HexFormat.of();
        PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(hex.parseHex(KEY)));
        Class<?> main = Class.forName("sun.security.tools.keytool.Main");
        Constructor<?> made = main.getDeclaredConstructor();
        made.setAccessible(true);
        Object tool = made.newInstance();
        Method create = Arrays.stream(main.getDeclaredMethods()).filter(m -> m.getName().equals("createV3Extensions")).findFirst().get();
        create.setAccessible(true);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split(" = ", 2)[0].split("\t", -1);
            List<String> values = Arrays.stream(words).skip(2).map(String::translateEscapes).toList();
            String said;
            try {
                CertificateExtensions requested = extensions(words[0]), existing = extensions(words[1]);
                CertificateExtensions all = (CertificateExtensions) create.invoke(tool, requested, existing, values, key,
                    requested == null ? null : new KeyIdentifier(SIGNER));
                StringJoiner j = new StringJoiner(" ");
                for (Extension e : all.getAllExtensions()) {
                    j.add(e.getExtensionId() + (e.isCritical() ? "!" : "") + ":" + (e.getExtensionValue() == null ? "null" : hex.formatHex(e.getExtensionValue())));
                }
                said = j.toString();
            } catch (InvocationTargetException e) {
                said = e.getCause().toString().replace("\\", "\\\\").replace("\n", "\\n");
            }
            out.print(String.join("\t", words) + " = " + said + "\n");
        }
        out.flush();
    }

    static CertificateExtensions extensions(String der) throws Exception {
        return der.equals("-") ? null : new CertificateExtensions(new DerInputStream(HexFormat.of().parseHex(der)));
    }
}
