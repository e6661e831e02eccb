package org.vmeventagent.rig;

import java.nio.file.Path;

/** A certificate with the chain above it, and its key in PKCS#8; both as PEM. */
public record TestCertificate(Path certificate, Path key) {}
