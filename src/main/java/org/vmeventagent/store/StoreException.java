package org.vmeventagent.store;

import java.io.Serial;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** The database can't be read or written. The message is one line: which file, why, and what helps where that is known. */
public final class StoreException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final int PRIMARY_CODE = 0xff;

    private final boolean corrupt;

    StoreException(Path path, String reason, @Nullable Throwable cause) {
        super(path + ": " + reason, cause);
        this.corrupt = cause instanceof SQLException sql && isCorrupt(sql);
    }

    static StoreException of(Path path, SQLException cause) {
        return new StoreException(path, reason(cause), cause);
    }

    /** Whether the file itself is damaged: trying again is in vain, opening it again moves it aside. */
    public boolean isCorrupt() {
        return corrupt;
    }

    static boolean isCorrupt(SQLException e) {
        int code = code(e);
        return code == SQLiteErrorCode.SQLITE_CORRUPT.code || code == SQLiteErrorCode.SQLITE_NOTADB.code;
    }

    private static String reason(SQLException e) {
        int code = code(e);
        if (code == SQLiteErrorCode.SQLITE_FULL.code) {
            return "the disk is full";
        }
        if (code == SQLiteErrorCode.SQLITE_READONLY.code) {
            return "the file or its file system is read-only";
        }
        if (code == SQLiteErrorCode.SQLITE_CANTOPEN.code) {
            return "the file can't be opened for writing, see the owner and mode of it and of its directory";
        }
        if (code == SQLiteErrorCode.SQLITE_BUSY.code) {
            return "another process keeps it locked";
        }
        if (code == SQLiteErrorCode.SQLITE_IOERR.code) {
            return "I/O error, see the kernel's log (" + e.getMessage() + ")";
        }
        return String.valueOf(e.getMessage());
    }

    /** The primary result code; SQLite's extended codes keep theirs in the higher bytes. */
    private static int code(SQLException e) {
        return e instanceof SQLiteException sqlite ? sqlite.getResultCode().code & PRIMARY_CODE : -1;
    }
}
