package org.vmeventagent.libvirt;

import org.libvirt.LibvirtException;
import org.vmeventagent.config.ConnectionUri;

/** What libvirt refused or could not do, in its own words: one line, without credentials. */
public final class LibvirtFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** VIR_ERR_NO_SUPPORT: the driver lacks the function. */
    static final int NO_SUPPORT = 3;

    /** How libvirt's ESX driver says that the host knows no such user and password: it has no code for that. */
    private static final String REFUSED_LOGIN = "HTTP response code 500 for call to 'Login'";

    /** VIR_ERR_INVALID_ARG. */
    static final int INVALID_ARGUMENT = 8;

    /** VIR_ERR_NO_DOMAIN. */
    static final int NO_DOMAIN = 42;

    /** VIR_ERR_NO_DOMAIN_METADATA. */
    static final int NO_DOMAIN_METADATA = 80;

    private final int code;

    private LibvirtFailure(String message, int code) {
        super(ConnectionUri.withoutCredentials(message).strip().replaceAll("\\s*[\\r\\n]+\\s*", " "));
        this.code = code;
    }

    static LibvirtFailure of(String message) {
        return new LibvirtFailure(message, 0);
    }

    static LibvirtFailure of(LibvirtException failure) {
        String message = failure.getMessage();
        return new LibvirtFailure(message == null ? "unknown error" : message, code(failure));
    }

    /** The error of this thread's last call; must be read before the next. */
    static LibvirtFailure last() {
        int code = NativeLibvirt.virGetLastErrorCode();
        String message = NativeLibvirt.text(NativeLibvirt.virGetLastErrorMessage());
        return new LibvirtFailure(message == null ? "unknown error" : message, code);
    }

    /** The one number that matters in what the binding throws. */
    private static int code(LibvirtException failure) {
        boolean noSupport = failure.getError() != null
                && failure.getError().getCode() == org.libvirt.Error.ErrorNumber.VIR_ERR_NO_SUPPORT;
        return noSupport ? NO_SUPPORT : 0;
    }

    /** The same with the URI before it. */
    LibvirtFailure at(String uri) {
        return new LibvirtFailure(uri + ": " + getMessage(), code);
    }

    boolean isNoSupport() {
        return code == NO_SUPPORT;
    }

    boolean isNoDomain() {
        return code == NO_DOMAIN;
    }

    /** Whether a host doesn't let the user in with that password: one more attempt may lock the account. */
    boolean isRefusedLogin() {
        return String.valueOf(getMessage()).contains(REFUSED_LOGIN);
    }

    int code() {
        return code;
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // where it is from nobody needs: it is an answer
    public Throwable fillInStackTrace() {
        return this;
    }
}
