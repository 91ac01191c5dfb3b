import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.HexFormat;
import sun.security.x509.X500Name;

/**
 * Says what the JDK makes of names. A line of standard input is "name", a tab and
 * what -dname is given, or "der", a tab and an encoded Name in hex; it is repeated,
 * with the encoding and the forms behind further tabs, or with the exception.
 * <pre>java --add-exports java.base/sun.security.x509=ALL-UNNAMED Names.java</pre>
 */
public class Names {
    public static void main(String[] args) throws Exception {
        HexFormat hex = HexFormat.of();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            String[] words = line.split("\t", -1);
            String said;
            try {
                X500Name n = words[0].equals("der") ? new X500Name(hex.parseHex(words[1])) : new X500Name(words[1].translateEscapes());
                said = String.join("\t", hex.formatHex(n.getEncoded()), escape(n.toString()), escape(n.getRFC1779Name()), escape(n.getRFC2253Name()));
            } catch (Exception e) {
                said = "!" + escape(e.toString());
            }
            out.print(words[0] + "\t" + words[1] + "\t" + said + "\n");
        }
        out.flush();
    }

    static String escape(String s) {
        return s.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r").replace("\0", "\\0");
    }
}
