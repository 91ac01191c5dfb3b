import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.Date;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Writes the fixtures with Bouncy Castle; make.sh runs it. */
public class Make {
    static final char[] CHANGEIT = "changeit".toCharArray();
    static KeyStore jks;

    public static void main(String[] args) throws Exception {
        System.setProperty("org.bouncycastle.bks.enable_v1", "true");
        Security.addProvider(new BouncyCastleProvider());
        jks = KeyStore.getInstance(new File("../../jks/testdata/keytool.jks"), CHANGEIT);

        for (String[] kind : new String[][] {{"BKS", "store.bks"}, {"BKS-V1", "store-v1.bks"}, {"UBER", "store.uber"}}) {
            all(KeyStore.getInstance(kind[0], "BC"), kind[1]);
            KeyStore empty = KeyStore.getInstance(kind[0], "BC");
            empty.load(null, null);
            store(empty, kind[1].replace("store", "empty"), CHANGEIT);
            store(empty, kind[1].replace("store", "no-password"), new char[0]);
        }

        KeyStore trust = KeyStore.getInstance("BKS", "BC");
        trust.load(null, null);
        trust.setCertificateEntry("root", jks.getCertificate("root ca"));
        store(trust, "trust.bks", CHANGEIT);

        KeyStore names = KeyStore.getInstance("BKS", "BC");
        names.load(null, null);
        for (String alias : new String[] {"mux", "Mux", "", "gr\u00fcn \u20ac \ud83d\ude00", "nul\u0000nul", "half \ud83d"}) {
            names.setCertificateEntry(alias, jks.getCertificate("root ca"));
        }
        store(names, "aliases.bks", "gr\u00fcn\u20ac\ud83d\ude00".toCharArray());

        new Plain().write("plain.bks");
        for (String[] cut : new String[][] {{"store.bks", "cut.bks"}, {"store-v1.bks", "cut-v1.bks"}, {"store.uber", "cut.uber"}}) {
            Files.write(Path.of(cut[1]), Arrays.copyOf(Files.readAllBytes(Path.of(cut[0])), 1000));
        }
    }

    static void all(KeyStore keys, String file) throws Exception {
        keys.load(null, null);
        Key mux = jks.getKey("mux", CHANGEIT);
        Certificate[] chain = jks.getCertificateChain("mux");
        keys.setKeyEntry("Mux", mux, CHANGEIT, chain);
        keys.setKeyEntry("other", jks.getKey("other", "own-secret".toCharArray()), "own-secret".toCharArray(), jks.getCertificateChain("other"));
        keys.setCertificateEntry("root ca", jks.getCertificate("root ca"));
        keys.setKeyEntry("aes", new SecretKeySpec(new byte[32], "AES"), CHANGEIT, null);
        keys.setKeyEntry("mac", new SecretKeySpec("0123456789".getBytes(), "HmacSHA256"), CHANGEIT, null);
        keys.setKeyEntry("public", chain[0].getPublicKey(), CHANGEIT, null);
        keys.setKeyEntry("stored", new byte[] {2, 3, 5, 7, 11}, null);
        keys.setKeyEntry("protected", protect((PrivateKey) mux, "own-secret"), chain);
        store(keys, file, CHANGEIT);
    }

    /** An EncryptedPrivateKeyInfo, as the Java API asks for it. */
    static byte[] protect(PrivateKey key, String password) throws Exception {
        String pbe = "PBEWithSHA1AndDESede";
        Cipher cipher = Cipher.getInstance(pbe, "SunJCE");
        cipher.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance(pbe, "SunJCE").generateSecret(new PBEKeySpec(password.toCharArray())),
            new PBEParameterSpec(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 2000));
        AlgorithmParameters parameters = cipher.getParameters();
        return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(key.getEncoded())).getEncoded();
    }

    static void store(KeyStore keys, String file, char[] password) throws Exception {
        try (FileOutputStream out = new FileOutputStream(file)) {
            keys.store(out, password);
        }
    }

    /** Keys in the open, which Bouncy Castle reads and has no call to write. */
    static class Plain extends BcKeyStoreSpi {
        Plain() {
            super(2);
        }

        @SuppressWarnings("unchecked")
        void put(String alias, Object key, Certificate[] chain) throws Exception {
            Class<?> entry = Class.forName(BcKeyStoreSpi.class.getName() + "$StoreEntry");
            Constructor<?> make = entry.getDeclaredConstructor(BcKeyStoreSpi.class, String.class, Date.class, int.class, Object.class, Certificate[].class);
            make.setAccessible(true);
            table.put(alias, make.newInstance(this, alias, new Date(), 2, key, chain));
        }

        void write(String file) throws Exception {
            put("mux", jks.getKey("mux", CHANGEIT), jks.getCertificateChain("mux"));
            put("aes", new SecretKeySpec(new byte[32], "AES"), null);
            put("public", jks.getCertificate("mux").getPublicKey(), null);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            engineStore(out, CHANGEIT);
            Files.write(Path.of(file), out.toByteArray());
        }
    }
}
