package org.vmeventagent.tls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;

/** Private keys from their encodings. */
final class PrivateKeys {
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION = {0x02, 0x01, 0x00};
    private static final byte[] SAMPLE = {1, 2, 3};

    private PrivateKeys() {}

    /** From PKCS#8, {@code BEGIN PRIVATE KEY}. */
    static PrivateKey ofPkcs8(byte[] der, PublicKey other) throws GeneralSecurityException {
        return KeyFactory.getInstance(other.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    /**
     * From PKCS#1 or SEC 1, {@code BEGIN RSA PRIVATE KEY} or {@code BEGIN EC PRIVATE KEY}: a PKCS#8 that lacks the
     * outside. The algorithm and its parameters, which belong there, are those of the public key.
     */
    static PrivateKey ofBareKey(byte[] der, PublicKey other) throws GeneralSecurityException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(VERSION);
        content.writeBytes(algorithm(other));
        content.writeBytes(element(OCTET_STRING, der));
        return ofPkcs8(element(SEQUENCE, content.toByteArray()), other);
    }

    /** Whether what one signs the other verifies. */
    static boolean belongTogether(PrivateKey key, PublicKey other) {
        String name = switch (other.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> other.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(name);
            signature.initSign(key);
            signature.update(SAMPLE);
            byte[] signed = signature.sign();
            signature.initVerify(other);
            signature.update(SAMPLE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The first element of a SubjectPublicKeyInfo (RFC 5280), with its tag and length. */
    private static byte[] algorithm(PublicKey key) throws InvalidKeyException {
        ByteBuffer info = ByteBuffer.wrap(key.getEncoded());
        open(info);
        int begin = info.position();
        int length = open(info);
        byte[] element = new byte[info.position() - begin + length];
        info.position(begin).get(element);
        return element;
    }

    /** Goes past a sequence's tag and length. Returns the length of its content. */
    private static int open(ByteBuffer der) throws InvalidKeyException {
        if (der.get() != SEQUENCE) {
            throw new InvalidKeyException("not a sequence");
        }
        int length = der.get() & 0xff;
        if (length < 0x80) {
            return length;
        }
        int octets = length & 0x7f;
        length = 0;
        for (int i = 0; i < octets; i++) {
            length = (length << Byte.SIZE) | (der.get() & 0xff);
        }
        return length;
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        if (content.length >= 0x80) {
            int octets = Integer.BYTES - Integer.numberOfLeadingZeros(content.length) / Byte.SIZE;
            element.write(0x80 + octets);
            for (int i = octets - 1; i > 0; i--) {
                element.write(content.length >>> (i * Byte.SIZE));
            }
        }
        element.write(content.length);
        element.writeBytes(content);
        return element.toByteArray();
    }
}
