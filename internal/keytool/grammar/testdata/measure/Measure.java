import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

// Measure runs keytool's own reading of command lines, in one JVM, and writes down
// what each line came to: what was printed, the status, and what was understood.
//
//   java --add-opens java.base/sun.security.tools.keytool=ALL-UNNAMED Measure.java LINES OUT [BASE]
//
// What is as in the records of BASE is left out.
//
// A line of LINES is a command line: words with | between them, with C escapes and four hexadecimal
// digits behind a backslash and u. A line that begins with "! " is also carried out. The words of a help text are
// written as {help} or {help -command}: they are measured apart.
public class Measure {
    static final String[][] FIELDS = {
        {"command", "command"}, {"alias", "alias"}, {"destalias", "dest"}, {"keystore", "ksfname"}, {"srckeystore", "srcksfname"},
        {"storetype", "storetype"}, {"srcstoretype", "srcstoretype"}, {"storepass", "storePass"}, {"srcstorepass", "srcstorePass"},
        {"keypass", "keyPass"}, {"srckeypass", "srckeyPass"}, {"destkeypass", "destKeyPass"}, {"signerkeypass", "signerKeyPass"},
        {"new", "newPass"}, {"keyalg", "keyAlgName"}, {"keysize", "keysize"}, {"groupname", "groupName"}, {"sigalg", "sigAlgName"},
        {"dname", "dname"}, {"startdate", "startDate"}, {"validity", "validity"}, {"signer", "signerAlias"}, {"file", "filename"},
        {"infile", "infilename"}, {"outfile", "outfilename"}, {"sslserver", "sslserver"}, {"jarfile", "jarfile"}, {"ext", "v3ext"},
        {"id", "ids"}, {"providername", "providerName"}, {"srcprovidername", "srcProviderName"}, {"providerpath", "pathlist"},
        {"addprovider", "providers"}, {"providerclass", "providerClasses"}, {"v", "verbose"}, {"rfc", "rfc"}, {"noprompt", "noprompt"},
        {"nowarn", "nowarn"}, {"debug", "debug"}, {"tls", "tlsInfo"}, {"cacerts", "cacerts"}, {"trustcacerts", "trustcacerts"},
        {"protected", "protectedPath"}, {"srcprotected", "srcprotectedPath"},
    };
    static final class Exit extends SecurityException { final int status; Exit(int s) { status = s; } }
    static Class<?> main;
    static boolean reading = true;
    static final Map<String, String> help = new LinkedHashMap<>();

    public static void main(String[] a) throws Exception {
        main = Class.forName("sun.security.tools.keytool.Main");
        PrintStream out = System.out, err = System.err;
        if (Runtime.version().feature() < 18) { // later ones return their status
            System.setSecurityManager(new SecurityManager() {
                @Override public void checkPermission(java.security.Permission p) { }
                @Override public void checkExit(int s) { if (reading) throw new Exit(s); }
            });
        }
        StringBuilder helps = new StringBuilder();
        Object[] commands = Class.forName("sun.security.tools.keytool.Main$Command").getEnumConstants();
        List<String> all = new ArrayList<>();
        all.add("");
        for (Object c : commands) all.add(c.toString());
        for (String c : all) {
            ByteArrayOutputStream e = new ByteArrayOutputStream();
            System.setErr(new PrintStream(e, true, "UTF-8"));
            Object kt = fresh();
            invoke(kt, "parseArgs", (Object) (c.isEmpty() ? new String[] {"-help"} : new String[] {c, "-help"}));
            String text = e.toString("UTF-8");
            help.put(text, c.isEmpty() ? "{help}" : "{help " + c + "}");
            helps.append("-- ").append(c.isEmpty() ? "all" : c).append(" --\n").append(text);
        }
        Files.write(Paths.get(a[1] + "-help.txt"), helps.toString().getBytes(StandardCharsets.UTF_8));
        StringBuilder record = new StringBuilder();
        Set<String> base = new HashSet<>();
        if (a.length > 2) {
            for (String r : new String(Files.readAllBytes(Paths.get(a[2])), StandardCharsets.UTF_8).split("(?<=\n)\n")) base.add(r);
        }
        for (String line : Files.readAllLines(Paths.get(a[0]), StandardCharsets.UTF_8)) {
            if (line.startsWith("#")) continue;
            String r = one(line);
            if (!base.contains(r)) record.append(r).append('\n');
        }
        System.setOut(out);
        System.setErr(err);
        Files.write(Paths.get(a[1] + ".txt"), record.toString().getBytes(StandardCharsets.UTF_8));
        reading = false;
        System.exit(0);
    }

    static Object fresh() throws Exception {
        Constructor<?> c = main.getDeclaredConstructor();
        c.setAccessible(true);
        return c.newInstance();
    }

    static Object invoke(Object kt, String name, Object... args) throws Exception {
        for (Method m : main.getDeclaredMethods()) {
            if (m.getName().equals(name) && m.getParameterCount() == args.length) {
                m.setAccessible(true);
                try { return m.invoke(kt, args); }
                catch (InvocationTargetException e) { if (e.getCause() instanceof Exception) throw (Exception) e.getCause(); throw e; }
            }
        }
        throw new NoSuchMethodException(name);
    }

    static Object field(Object kt, String name) throws Exception {
        Field f = main.getDeclaredField(name);
        f.setAccessible(true);
        return f.get(kt);
    }

    static String one(String line) throws Exception {
        boolean carry = line.startsWith("! ");
        String[] args = words(carry ? line.substring(2) : line);
        ByteArrayOutputStream o = new ByteArrayOutputStream(), e = new ByteArrayOutputStream();
        PrintStream po = new PrintStream(o, true, "UTF-8");
        System.setOut(po);
        System.setErr(new PrintStream(e, true, "UTF-8"));
        System.setIn(new ByteArrayInputStream(new byte[0]));
        Object kt = fresh();
        int status = 0;
        StringBuilder state = new StringBuilder();
        try {
            invoke(kt, "parseArgs", (Object) args);
            if (field(kt, "command") != null) {
                for (String[] f : FIELDS) {
                    try {
                        String v = show(f[0], field(kt, f[1]));
                        if (v != null) state.append(f[0]).append(' ').append(v).append('\n');
                    } catch (NoSuchFieldException ignored) { }
                }
                if (carry) invoke(kt, "doCommands", po);
            }
        } catch (Exit x) {
            status = x.status;
        } catch (Exception x) {
            if (x.getClass().getName().endsWith("ExitException")) {
                Field f = x.getClass().getDeclaredField("errorCode");
                f.setAccessible(true);
                status = f.getInt(x);
            } else {
                po.println("keytool error: " + x);
                status = 1;
            }
        }
        try { invoke(kt, "printWeakWarnings", false); } catch (NoSuchMethodException ignored) { }
        String err = e.toString("UTF-8");
        for (Map.Entry<String, String> h : help.entrySet()) err = err.replace(h.getKey(), h.getValue() + "\n");
        return "$ " + line + "\n" + prefix("out ", o.toString("UTF-8")) + prefix("err ", err) + (status != 0 ? "status " + status + "\n" : "") + state;
    }

    static String prefix(String p, String text) {
        if (text.isEmpty()) return "";
        StringBuilder b = new StringBuilder();
        for (String l : (text.endsWith("\n") ? text.substring(0, text.length() - 1) : text).split("\n", -1)) b.append(p).append(l).append('\n');
        return b.toString();
    }

    static String show(String name, Object v) throws Exception {
        if (v == null || v.equals(false) || v.equals(-1) || (name.equals("validity") && v.equals(90L))) return null;
        if (v.equals(true)) return "yes";
        if (v instanceof char[]) v = new String((char[]) v);
        if (v instanceof Collection) {
            List<String> l = new ArrayList<>();
            for (Object x : (Collection<?>) v) {
                if (x instanceof String) { l.add(quote((String) x)); continue; }
                Field a = x.getClass().getDeclaredField("fst"), b = x.getClass().getDeclaredField("snd");
                a.setAccessible(true); b.setAccessible(true);
                l.add(quote((String) a.get(x)) + (b.get(x) == null ? "" : "=" + quote((String) b.get(x))));
            }
            if (!name.equals("ext") && !name.equals("id")) Collections.sort(l);
            return l.isEmpty() ? null : String.join(" ", l);
        }
        if (v instanceof String) return quote((String) v);
        return v.toString();
    }

    static String quote(String s) {
        return "<" + s.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + ">";
    }

    static String[] words(String line) {
        if (line.isEmpty()) return new String[0];
        String[] w = line.split("\\|", -1);
        for (int i = 0; i < w.length; i++) w[i] = unescape(w[i]);
        return w;
    }

    static String unescape(String s) {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c != '\\' || i + 1 == s.length()) { b.append(c); continue; }
            switch (s.charAt(++i)) {
                case 't': b.append('\t'); break;
                case 'n': b.append('\n'); break;
                case 'r': b.append('\r'); break;
                case 'u': b.append((char) Integer.parseInt(s.substring(i + 1, i + 5), 16)); i += 4; break;
                default: b.append(s.charAt(i));
            }
        }
        return b.toString();
    }
}
