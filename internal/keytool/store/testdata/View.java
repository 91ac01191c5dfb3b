import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.util.*;

/**
 * Says how java.security.KeyStore sees keystores. Each line of stdin is a path, a
 * type ("-" to probe), and a password ("-" for none, else a letter and itself), with
 * tabs between; the answer is a block of lines that ends with one of "----". A fourth
 * field is a file to write the store to, and a fifth a type: then it is a new store of
 * that type, with the same entries under the same password.
 */
public class View {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, "UTF-8");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            String[] f = line.split("\t", -1);
            char[] password = f[2].equals("-") ? null : f[2].substring(1).toCharArray();
            long start = System.currentTimeMillis();
            try {
                KeyStore ks;
                if (f[1].equals("-")) {
                    ks = KeyStore.getInstance(new File(f[0]), password);
                } else {
                    ks = KeyStore.getInstance(f[1]);
                    try (InputStream s = new FileInputStream(f[0])) {
                        ks.load(s, password);
                    }
                }
                show(out, ks, password, start);
                if (f.length > 4) {
                    ks = copy(ks, f[4], password);
                }
                if (f.length > 3) {
                    try (OutputStream s = new FileOutputStream(f[3])) {
                        ks.store(s, password);
                    }
                }
            } catch (Throwable e) {
                out.println("error " + oneLine(e));
            }
            out.println("----");
            out.flush();
        }
    }

    static KeyStore copy(KeyStore from, String type, char[] password) throws Exception {
        KeyStore to = KeyStore.getInstance(type);
        to.load(null, null);
        KeyStore.ProtectionParameter p = new KeyStore.PasswordProtection(password);
        for (String alias : Collections.list(from.aliases())) {
            if (from.isCertificateEntry(alias)) {
                to.setEntry(alias, from.getEntry(alias, null), null);
            } else {
                to.setEntry(alias, from.getEntry(alias, p), p);
            }
        }
        return to;
    }

    static void show(PrintStream out, KeyStore ks, char[] password, long start) throws Exception {
        out.println("store " + ks.getType() + " " + ks.getProvider().getName() + " " + ks.size());
        for (String alias : Collections.list(ks.aliases())) {
            String kind = "none";
            if (ks.entryInstanceOf(alias, KeyStore.PrivateKeyEntry.class)) {
                kind = "PrivateKeyEntry";
            } else if (ks.entryInstanceOf(alias, KeyStore.SecretKeyEntry.class)) {
                kind = "SecretKeyEntry";
            } else if (ks.entryInstanceOf(alias, KeyStore.TrustedCertificateEntry.class)) {
                kind = "trustedCertEntry";
            }
            Date date = ks.getCreationDate(alias);
            out.print("entry " + quote(alias) + " " + kind + " " + (date == null ? "-" : date.getTime() >= start ? "now" : "" + date.getTime()));
            Certificate[] chain = ks.getCertificateChain(alias);
            if (chain == null && kind.equals("trustedCertEntry")) {
                chain = new Certificate[] {ks.getCertificate(alias)};
            }
            for (Certificate c : chain == null ? new Certificate[0] : chain) {
                out.print(" " + digest(c.getEncoded()));
            }
            out.println();
            if (password != null && !kind.equals("trustedCertEntry") && !kind.equals("none")) {
                try {
                    Key k = ks.getKey(alias, password);
                    out.println("key " + k.getAlgorithm() + " " + digest(k.getEncoded()));
                } catch (Throwable e) {
                    out.println("key " + oneLine(e));
                }
            }
        }
    }

    static String digest(byte[] b) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(b), 0, 8);
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
                b.append(c);
            } else {
                b.append(String.format("\\u%04x", (int) c));
            }
        }
        return b.append('"').toString();
    }

    static String oneLine(Throwable e) {
        return e.toString().replace('\n', ' ').replace('\r', ' ');
    }
}
