package org.vmeventagent.rig;

import java.util.concurrent.Executor;

/**
 * Runs each task on a thread of its own: a test's tasks wait for each other. The common pool has one thread where there are
 * two processors, and from JDK 25 on CompletableFuture is content with that.
 */
public final class OwnThread implements Executor {
    public static final Executor EACH = new OwnThread();

    private OwnThread() {}

    @Override
    public void execute(Runnable task) {
        Thread thread = new Thread(task, "test-task");
        thread.setDaemon(true);
        thread.start();
    }
}
