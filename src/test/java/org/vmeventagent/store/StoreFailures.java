package org.vmeventagent.store;

import java.nio.file.Path;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What a store throws, for tests of those who use one. */
public final class StoreFailures {
    private StoreFailures() {}

    /** Another process locks the file. */
    public static StoreException busy(Path path) {
        return StoreException.of(path, new SQLiteException("database is locked", SQLiteErrorCode.SQLITE_BUSY));
    }
}
