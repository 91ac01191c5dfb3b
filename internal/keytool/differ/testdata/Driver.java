import java.io.*;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.util.*;

/**
 * Runs keytool many times in one JVM. A call comes in on stdin and its result goes
 * out on stdout; numbers are four bytes, big-endian, and texts have their length in
 * bytes in front:
 *
 *   call:   number of arguments, each argument (UTF-8), standard input
 *   result: exit status, standard output, standard error
 *
 * Each call has its own copy of keytool's classes, as their static fields keep
 * what the call before had set, and its own system properties and providers.
 */
public class Driver {
    static final String PACKAGE = "sun.security.tools.keytool.";

    static Record out, err; // of this call

    public static void main(String[] none) throws Exception {
        DataInputStream calls = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream results = new DataOutputStream(new BufferedOutputStream(System.out));
        Properties properties = (Properties) System.getProperties().clone();
        Provider[] providers = Security.getProviders();
        while (true) {
            int n;
            try {
                n = calls.readInt();
            } catch (EOFException end) {
                return;
            }
            List<String> args = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                args.add(new String(text(calls), StandardCharsets.UTF_8));
            }
            byte[] input = text(calls);

            System.setProperties((Properties) properties.clone());
            restore(providers);
            out = new Record();
            err = new Record();
            int status = run(args, input);

            results.writeInt(status);
            text(results, out);
            text(results, err);
            results.flush();
        }
    }

    static int run(List<String> args, byte[] input) throws Exception {
        // The launcher keeps what begins with -J for the JVM.
        List<String> own = new ArrayList<>();
        for (String arg : args) {
            if (arg.startsWith("-J-D")) {
                String[] property = arg.substring(4).split("=", 2);
                System.setProperty(property[0], property.length == 2 ? property[1] : "");
            } else if (!arg.startsWith("-J")) {
                own.add(arg);
            }
        }
        System.setIn(new ByteArrayInputStream(input));
        System.setOut(new PrintStream(out, true, "UTF-8"));
        System.setErr(new PrintStream(err, true, "UTF-8"));
        try {
            new Fresh().loadClass(PACKAGE + "Main").getMethod("main", String[].class)
                .invoke(null, (Object) own.toArray(new String[0]));
            return 0;
        } catch (java.lang.reflect.InvocationTargetException e) {
            if (e.getCause() instanceof Exit) {
                return ((Exit) e.getCause()).status;
            }
            System.err.print("Exception in thread \"main\" ");
            e.getCause().printStackTrace();
            return 1;
        } finally {
            System.out.flush();
            System.err.flush();
        }
    }

    /**
     * What keytool calls in place of System.exit. What its "finally" blocks say
     * while the exception goes up would not be said by a JVM that has ended.
     */
    public static void exit(int status) {
        System.out.flush();
        System.err.flush();
        out.ended = true;
        err.ended = true;
        throw new Exit(status);
    }

    static class Record extends ByteArrayOutputStream {
        private boolean ended;

        @Override
        public synchronized void write(byte[] b, int off, int len) {
            if (!ended) {
                super.write(b, off, len);
            }
        }

        @Override
        public synchronized void write(int b) {
            if (!ended) {
                super.write(b);
            }
        }
    }

    static class Exit extends Error {
        final int status;

        Exit(int status) {
            super(null, null, false, false);
            this.status = status;
        }
    }

    static void restore(Provider[] providers) {
        if (Arrays.equals(Security.getProviders(), providers)) {
            return;
        }
        for (Provider p : Security.getProviders()) {
            Security.removeProvider(p.getName());
        }
        for (Provider p : providers) {
            Security.addProvider(p);
        }
    }

    static byte[] all(InputStream in) throws IOException {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        for (int n; (n = in.read(part)) > 0; ) {
            b.write(part, 0, n);
        }
        return b.toByteArray();
    }

    static byte[] text(DataInputStream in) throws IOException {
        byte[] b = new byte[in.readInt()];
        in.readFully(b);
        return b;
    }

    static void text(DataOutputStream out, ByteArrayOutputStream b) throws IOException {
        out.writeInt(b.size());
        b.writeTo(out);
    }

    /** Defines keytool's own classes anew; all others come from the JDK. */
    static class Fresh extends ClassLoader {
        static final Map<String, byte[]> code = new HashMap<>();

        Fresh() {
            super(Driver.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(PACKAGE)) {
                return super.loadClass(name, resolve);
            }
            Class<?> c = findLoadedClass(name);
            if (c == null) {
                byte[] b = code.get(name);
                if (b == null) {
                    try (InputStream file = ClassLoader.getSystemResourceAsStream(name.replace('.', '/') + ".class")) {
                        b = redirect(all(file));
                    } catch (IOException e) {
                        throw new ClassNotFoundException(name, e);
                    }
                    code.put(name, b);
                }
                c = defineClass(name, b, 0, b.length);
            }
            return c;
        }
    }

    /**
     * A class file whose calls of System.exit go to Driver.exit. There is no
     * SecurityManager to stop an exit since JDK 24. In the constant pool (JVM
     * specification, 4.4) the method reference gets another class, which is
     * appended.
     */
    static byte[] redirect(byte[] file) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
        in.skipBytes(8);
        int count = in.readUnsignedShort();
        int[] tag = new int[count], at = new int[count], first = new int[count], second = new int[count];
        String[] utf8 = new String[count];
        for (int i = 1; i < count; i++) {
            at[i] = file.length - in.available();
            tag[i] = in.readUnsignedByte();
            switch (tag[i]) {
                case 1: utf8[i] = in.readUTF(); break;
                case 3: case 4: in.readInt(); break;
                case 5: case 6: in.readLong(); i++; break;
                case 7: case 8: case 16: case 19: case 20: first[i] = in.readUnsignedShort(); break;
                case 9: case 10: case 11: case 12: case 17: case 18:
                    first[i] = in.readUnsignedShort();
                    second[i] = in.readUnsignedShort();
                    break;
                case 15: in.readUnsignedByte(); in.readUnsignedShort(); break;
                default: throw new IOException("constant of kind " + tag[i]);
            }
        }
        int end = file.length - in.available();
        int exit = 0;
        for (int i = 1; i < count; i++) {
            if (tag[i] == 10 && utf8[first[first[i]]].equals("java/lang/System") && utf8[first[second[i]]].equals("exit")) {
                exit = i;
            }
        }
        if (exit == 0) {
            return file;
        }
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(b);
        out.write(file, 0, 8);
        out.writeShort(count + 2);
        out.write(file, 10, at[exit] + 1 - 10);
        out.writeShort(count + 1);
        out.write(file, at[exit] + 3, end - at[exit] - 3);
        out.writeByte(1);
        out.writeUTF(Driver.class.getName());
        out.writeByte(7);
        out.writeShort(count);
        out.write(file, end, file.length - end);
        return b.toByteArray();
    }
}
