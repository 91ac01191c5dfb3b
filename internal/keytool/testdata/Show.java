import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.io.PrintStream;
import java.nio.file.*;
import java.security.cert.*;

/** Prints certificates as Java does for its debugging, each below its file's name. */
public class Show {
    public static void main(String[] files) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String file : files) {
            out.print("=== " + file + "\n");
            try {
                out.print(CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Paths.get(file)))));
            } catch (CertificateException e) {
                out.print("refused");
            }
            out.print("\n");
        }
    }
}
