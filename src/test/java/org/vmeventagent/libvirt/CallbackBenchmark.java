package org.vmeventagent.libvirt;

import com.sun.jna.CallbackReference;
import com.sun.jna.Function;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.libvirt.LibvirtException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.system.Progress;
import org.vmeventagent.time.Moment;

/** What is done while libvirt waits for a callback to return: a suspend of a domain whose metadata is known. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallbackBenchmark {
    private static final String URI = "test:///default";
    private static final int SUSPENDED = 3;

    private final EventQueue queue = new EventQueue(16);
    private TimeLimitedQueries queries;
    private MetadataLookups lookups;
    private NativeConnect connect;
    private Pointer domain;
    private EventSubscription subscription;
    private Function callback;

    /** A domain of libvirt's test driver, and the subscription of a connection to it. */
    @Setup
    public void open() throws LibvirtException, InterruptedException {
        EventLoop.start();
        connect = new NativeConnect(URI);
        queries = new TimeLimitedQueries(
                LibvirtConfig.defaults(), URI, connect.raw(), new Progress(), () -> {}, () -> {});
        lookups = new MetadataLookups(queries, connect.raw());
        PointerByReference domains = new PointerByReference();
        NativeLibvirt.virConnectListAllDomains(connect.raw(), domains, 0);
        domain = domains.getValue().getPointer(0);
        lookups.listed(List.of(EventSubscription.uuid(domain)));
        subscription = EventSubscription.begin(URI, queue, lookups);
        subscription.announce("TEST", "host", 28);
        queue.take(1, 1, TimeUnit.SECONDS);
        callback = Function.getFunction(CallbackReference.getFunctionPointer(EventCallbacks.of(EventKind.LIFECYCLE)));
    }

    @TearDown
    public void close() throws LibvirtException, InterruptedException {
        subscription.end("closed", Moment.now());
        queries.stop(Duration.ofSeconds(5));
        NativeLibvirt.virDomainFree(domain);
        connect.close();
    }

    /** From Java to the function that libvirt calls, and back to Java: twice the border. */
    @Benchmark
    public List<LibvirtInput> callback() throws InterruptedException {
        callback.invoke(int.class, new Object[] {connect.raw(), domain, SUSPENDED, 0, subscription.opaque()});
        return queue.take(1, 1, TimeUnit.SECONDS);
    }

    /** What of it is ours: who and what it is about, by three calls of libvirt, and the queue. */
    @Benchmark
    public List<LibvirtInput> decode() throws InterruptedException {
        subscription.lifecycle(domain, SUSPENDED, 0);
        return queue.take(1, 1, TimeUnit.SECONDS);
    }
}
