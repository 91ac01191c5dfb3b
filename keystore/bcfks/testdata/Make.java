import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Date;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.bc.EncryptedSecretKeyData;
import org.bouncycastle.asn1.bc.ObjectData;
import org.bouncycastle.asn1.bc.ObjectDataSequence;
import org.bouncycastle.asn1.bc.ObjectStore;
import org.bouncycastle.asn1.bc.ObjectStoreData;
import org.bouncycastle.asn1.bc.ObjectStoreIntegrityCheck;
import org.bouncycastle.asn1.bc.PbkdMacIntegrityCheck;
import org.bouncycastle.asn1.bc.SecretKeyData;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.util.PBKDF2Config;
import org.bouncycastle.crypto.util.PBKDFConfig;
import org.bouncycastle.crypto.util.ScryptConfig;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter.EncryptionAlgorithm;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter.MacAlgorithm;
import org.bouncycastle.jcajce.BCFKSLoadStoreParameter.SignatureAlgorithm;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.Arrays;

/** Writes BCFKS keystores with Bouncy Castle. */
public class Make {
    static final char[] CHANGEIT = "changeit".toCharArray();
    static final char[] OWN = "own-secret".toCharArray();

    static PrivateKey mux, other;
    static Certificate[] chain, otherChain;
    static Certificate root;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyStore from = KeyStore.getInstance("JKS");
        from.load(new FileInputStream("../../jks/testdata/keytool.jks"), CHANGEIT);
        mux = (PrivateKey) from.getKey("mux", CHANGEIT);
        chain = from.getCertificateChain("mux");
        other = (PrivateKey) from.getKey("other", OWN);
        otherChain = from.getCertificateChain("other");
        root = from.getCertificate("root ca");

        save(filled("BCFKS"), "default.bcfks", CHANGEIT);
        save(filled("BCFKS-DEF"), "def.bcfks", CHANGEIT);
        KeyStore empty = fresh("BCFKS");
        save(empty, "empty.bcfks", new char[0]);

        KeyStore names = fresh("BCFKS");
        for (String alias : new String[] {"mux", "Mux", "MUX", "", "gr\u00fcn \u20ac \ud83d\ude00", "nul\u0000nul"}) {
            names.setCertificateEntry(alias, root);
        }
        save(names, "aliases.bcfks", "gr\u00fcn\u20ac\ud83d\ude00".toCharArray());

        secretKeys();
        protectedKeys();
        variants();
        signed();
        inTheOpen();
    }

    static KeyStore fresh(String type) throws Exception {
        KeyStore keys = KeyStore.getInstance(type, "BC");
        keys.load(null, null);
        return keys;
    }

    /** A key with its chain, a key under a password of its own, a trusted certificate. */
    static KeyStore filled(String type) throws Exception {
        KeyStore keys = fresh(type);
        fill(keys);
        return keys;
    }

    static void fill(KeyStore keys) throws Exception {
        keys.setKeyEntry("Mux", mux, CHANGEIT, chain);
        keys.setKeyEntry("other", other, OWN, otherChain);
        keys.setCertificateEntry("root ca", root);
    }

    static void save(KeyStore keys, String file, char[] password) throws Exception {
        try (OutputStream out = new FileOutputStream(file)) {
            keys.store(out, password);
        }
    }

    /** The algorithms that BCFKS has names for in this version; octets count up from 0. */
    static void secretKeys() throws Exception {
        KeyStore keys = fresh("BCFKS");
        for (String name : new String[] {
                "AES:32", "DESede:24", "HmacSHA1:20", "HmacSHA256:32", "HmacSHA512:64", "SEED:16", "Camellia:32", "ARIA:16"}) {
            String[] part = name.split(":");
            keys.setKeyEntry(part[0].toLowerCase(), new SecretKeySpec(counting(Integer.parseInt(part[1])), part[0]), CHANGEIT, null);
        }
        keys.setKeyEntry("own", new SecretKeySpec(counting(16), "AES"), OWN, null);
        save(keys, "secret.bcfks", CHANGEIT);
    }

    static byte[] counting(int n) {
        byte[] out = new byte[n];
        for (int i = 0; i < n; i++) {
            out[i] = (byte) i;
        }
        return out;
    }

    /** Keys that are encrypted before the keystore is given them. */
    static void protectedKeys() throws Exception {
        KeyStore keys = fresh("BCFKS");
        Sealed key = seal("PRIVATE_KEY_ENCRYPTION", OWN, mux.getEncoded());
        keys.setKeyEntry("private", new EncryptedPrivateKeyInfo(key.algorithm, key.data).getEncoded(), chain);
        Sealed secret = seal("SECRET_KEY_ENCRYPTION", OWN, new SecretKeyData(NISTObjectIdentifiers.aes, counting(32)).getEncoded());
        keys.setKeyEntry("secret", new EncryptedSecretKeyData(secret.algorithm, secret.data).getEncoded(), null);
        // One that Bouncy Castle takes and does not open.
        AlgorithmIdentifier foreign = new AlgorithmIdentifier(PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
            new DERSequence(new ASN1Encodable[] {new DEROctetString(new byte[8]), new org.bouncycastle.asn1.ASN1Integer(2048)}));
        keys.setKeyEntry("foreign", new EncryptedPrivateKeyInfo(foreign, new byte[64]).getEncoded(), chain);
        save(keys, "protected.bcfks", CHANGEIT);
    }

    record Sealed(AlgorithmIdentifier algorithm, byte[] data) {}

    static KeyDerivationFunc pbkdf2(byte[] salt, int length) {
        return new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, 2048, length,
            new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA512, DERNull.INSTANCE)));
    }

    static byte[] derive(String purpose, char[] password, byte[] salt, int length) {
        PKCS5S2ParametersGenerator g = new PKCS5S2ParametersGenerator(new SHA512Digest());
        g.init(Arrays.concatenate(PBEParametersGenerator.PKCS12PasswordToBytes(password),
            PBEParametersGenerator.PKCS12PasswordToBytes(purpose.toCharArray())), salt, 2048);
        return ((KeyParameter) g.generateDerivedParameters(length * 8)).getKey();
    }

    static Sealed seal(String purpose, char[] password, byte[] plain) throws Exception {
        byte[] salt = counting(16);
        Cipher cipher = Cipher.getInstance("AESKWP", "BC");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(derive(purpose, password, salt, 32), "AES"));
        return new Sealed(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2,
            new PBES2Parameters(pbkdf2(salt, 32), new EncryptionScheme(NISTObjectIdentifiers.id_aes256_wrap_pad))), cipher.doFinal(plain));
    }

    /** Other ciphers, derivations and MACs than the standard ones. */
    static void variants() throws Exception {
        PBKDFConfig sha3 = new PBKDF2Config.Builder().withPRF(PBKDF2Config.PRF_SHA3_512).withIterationCount(2048).withSaltLength(20).build();
        variant("kwp.bcfks", EncryptionAlgorithm.AES256_KWP, MacAlgorithm.HmacSHA512, new PBKDF2Config.Builder().withPRF(PBKDF2Config.PRF_SHA512).withIterationCount(4096).build());
        variant("sha3.bcfks", EncryptionAlgorithm.AES256_CCM, MacAlgorithm.HmacSHA3_512, sha3);
        variant("scrypt.bcfks", EncryptionAlgorithm.AES256_KWP, MacAlgorithm.HmacSHA3_512, new ScryptConfig.Builder(1024, 8, 1).withSaltLength(20).build());
    }

    static void variant(String file, EncryptionAlgorithm cipher, MacAlgorithm mac, PBKDFConfig config) throws Exception {
        KeyStore keys = KeyStore.getInstance("BCFKS", "BC");
        keys.load(new BCFKSLoadStoreParameter.Builder().withStoreEncryptionAlgorithm(cipher).build()); // it is also that of keys
        fill(keys);
        try (OutputStream out = new FileOutputStream(file)) {
            keys.store(new BCFKSLoadStoreParameter.Builder(out, CHANGEIT)
                .withStoreEncryptionAlgorithm(cipher).withStoreMacAlgorithm(mac).withStorePBKDFConfig(config).build());
        }
    }

    /** Signatures in place of the MAC, with the certificate beside them and without. */
    static void signed() throws Exception {
        X509Certificate[] muxSigner = {(X509Certificate) chain[0]}, otherSigner = {(X509Certificate) otherChain[0]};
        sign("signed-ecdsa.bcfks", mux, muxSigner, SignatureAlgorithm.SHA512withECDSA);
        sign("signed-ecdsa-sha3.bcfks", mux, muxSigner, SignatureAlgorithm.SHA3_512withECDSA);
        sign("signed-rsa.bcfks", other, otherSigner, SignatureAlgorithm.SHA512withRSA);
        sign("signed-rsa-sha3.bcfks", other, otherSigner, SignatureAlgorithm.SHA3_512withRSA);
        sign("signed-bare.bcfks", mux, null, SignatureAlgorithm.SHA512withECDSA);
        KeyPairGenerator dsa = KeyPairGenerator.getInstance("DSA");
        dsa.initialize(2048);
        sign("signed-dsa.bcfks", dsa.generateKeyPair().getPrivate(), muxSigner, SignatureAlgorithm.SHA512withDSA);
    }

    static void sign(String file, Key key, X509Certificate[] certificates, SignatureAlgorithm algorithm) throws Exception {
        KeyStore keys = fresh("BCFKS");
        keys.setKeyEntry("Mux", mux, CHANGEIT, chain);
        // Bouncy Castle asks what kind of key it is by its own interface.
        Key own = java.security.KeyFactory.getInstance(key.getAlgorithm(), "BC").translateKey(key);
        try (OutputStream out = new FileOutputStream(file)) {
            BCFKSLoadStoreParameter.Builder b = new BCFKSLoadStoreParameter.Builder(out, (PrivateKey) own).withStoreSignatureAlgorithm(algorithm);
            if (certificates != null) {
                b = b.withCertificates(certificates);
            }
            keys.store(b.build());
        }
    }

    /** What Bouncy Castle reads and does not write: content in the open, comments, types that are not known. */
    static void inTheOpen() throws Exception {
        AlgorithmIdentifier hmac = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA512, DERNull.INSTANCE);
        java.math.BigInteger[] type = new java.math.BigInteger[6];
        for (int i = 0; i < type.length; i++) {
            type[i] = java.math.BigInteger.valueOf(i);
        }
        Date made = new Date(1700000000000L), changed = new Date(1710000000000L);
        Sealed secret = seal("SECRET_KEY_ENCRYPTION", CHANGEIT, new SecretKeyData(NISTObjectIdentifiers.aes, counting(32)).getEncoded());
        ObjectStoreData content = new ObjectStoreData(hmac, made, changed, new ObjectDataSequence(new ObjectData[] {
            new ObjectData(type[0], "root ca", made, changed, root.getEncoded(), "a comment"),
            new ObjectData(type[0], "broken", made, changed, "no certificate".getBytes(StandardCharsets.US_ASCII), null),
            new ObjectData(type[2], "aes", made, changed, new EncryptedSecretKeyData(secret.algorithm, secret.data).getEncoded(), null),
            new ObjectData(type[5], "pbe", made, changed, new EncryptedSecretKeyData(secret.algorithm, secret.data).getEncoded(), null),
        }), "on the whole");
        byte[] salt = counting(16);
        Mac mac = Mac.getInstance("HmacSHA512", "BC");
        mac.init(new SecretKeySpec(derive("INTEGRITY_CHECK", CHANGEIT, salt, 64), "HmacSHA512"));
        byte[] sum = mac.doFinal(content.getEncoded());
        byte[] all = new ObjectStore(content, new ObjectStoreIntegrityCheck(new PbkdMacIntegrityCheck(hmac, pbkdf2(salt, 64), sum))).getEncoded();
        Files.write(Path.of("open.bcfks"), all);
        KeyStore back = KeyStore.getInstance("BCFKS", "BC");
        back.load(new FileInputStream("open.bcfks"), CHANGEIT);
        if (back.size() != 4 || !(back.getKey("aes", CHANGEIT) instanceof SecretKey)) {
            throw new AssertionError("Bouncy Castle reads it otherwise");
        }
    }
}
