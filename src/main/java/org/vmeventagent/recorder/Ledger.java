package org.vmeventagent.recorder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainText;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentNews;
import org.vmeventagent.notification.Notification;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.notification.Stamp;
import org.vmeventagent.store.Entry;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.Loss;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Rank;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Makes notifications of what was heard: joins it with the inventory, filters, numbers and writes it, and notes all of
 * it on the page that the next commit takes. Nothing here is on disk. The recorder's thread owns it.
 */
final class Ledger implements Comparisons.Book {
    private static final Logger log = LoggerFactory.getLogger(Ledger.class);

    /** Appliances of libguestfs: no instances, gone in seconds, with a new UUID each time. */
    private static final String APPLIANCE = "guestfs-";

    /** Domains of which the truth is told in one commit. */
    private static final int REPAIRED_AT_ONCE = 256;

    /** Commits the page, which is full, and turns it. */
    private final Runnable commitFull;

    private final Store store;
    private final Inventory inventory;
    private final Connections connections = new Connections();
    private final Answers answers;
    private final NotificationWriter writer;
    private final AgentClock clock;
    private final Stamps stamps;
    private final RecorderListener listener;
    private final Comparisons comparisons;
    private final Budgets budgets;
    private final Chores chores;
    private PublishFilter filter;
    private Page page = new Page();

    Ledger(
            RecorderConfig config,
            Store store,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            Questions questions,
            Past past,
            RecorderListener listener,
            Runnable commitFull) {
        this.commitFull = commitFull;
        this.store = store;
        this.inventory = new Inventory(kept(store, clock));
        this.answers = new Answers(config.lookupTimeout(), config.lookupPause(), listener);
        this.writer = writer;
        this.filter = filter;
        this.clock = clock;
        this.stamps = new Stamps(store, ids, clock);
        this.listener = listener;
        this.comparisons = new Comparisons(config.resync(), store, inventory, questions, past, clock);
        this.budgets = new Budgets(config.budget());
        this.chores = new Chores(config.resync(), inventory, store, clock);
    }

    private static Collection<KnownDomain> kept(Store store, AgentClock clock) {
        List<KnownDomain> domains = new ArrayList<>();
        for (InventoryRow row : store.inventory()) {
            try {
                domains.add(KnownDomainText.read(
                        row.key(), row.life(), row.metadata() == null ? "" : row.metadata(), clock));
            } catch (IllegalArgumentException e) {
                log.warn("What is kept of domain {} can't be read and is begun anew: {}", row.key(), e.getMessage());
            }
        }
        return domains;
    }

    /** Begins a run: what the one before left open stays open. */
    void begin() {
        comparisons.begin(this);
    }

    void filter(PublishFilter newFilter) {
        filter = newFilter;
    }

    void heard(DomainEvent event) {
        if (event.name().startsWith(APPLIANCE)) {
            return;
        }
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        KnownDomain before = inventory.find(key).orElse(null);
        List<Transition> transitions = inventory.apply(event, answers.to(event), comparisons.listing(event));
        for (Transition transition : transitions) {
            KnownDomain told = before == null ? transition.domain() : before;
            keep(transition);
            budgets.admit(transition, told, System.nanoTime()).forEach(this::publish);
            before = transition.domain();
        }
        comparisons.heard(event, transitions);
    }

    /** Compares a listing with what is known. */
    void heard(Snapshot snapshot) {
        if (!connections.isCurrent(snapshot.connectionUri(), snapshot.generation())) {
            log.debug("A listing of {} came after its connection and is ignored", snapshot.connectionUri());
            return;
        }
        List<Snapshot.Seen> domains = snapshot.domains().stream()
                .filter(seen -> !seen.name().startsWith(APPLIANCE))
                .toList();
        domains.forEach(seen -> answers.forget(new DomainKey(snapshot.connectionUri(), seen.uuid())));
        comparisons.listed(
                new Snapshot(
                        snapshot.connectionUri(),
                        snapshot.generation(),
                        snapshot.askedAt(),
                        domains,
                        snapshot.unanswered()),
                this);
    }

    void heard(Heard.ListingLate late) {
        if (connections.isCurrent(late.connectionUri(), late.generation())) {
            comparisons.listingLate(late);
        }
    }

    void heard(Heard.Answer answer) {
        if (connections.isCurrent(answer.connectionUri(), answer.generation())) {
            comparisons.answered(answer, this);
        }
    }

    /** Events are missing in the queue. */
    void overflowed() {
        comparisons.overflowed(this);
    }

    /** What is due by the clock. */
    void tick() {
        comparisons.tick(this);
        chores.tick(this);
        answers.arrived().forEach((key, look) -> inventory.learn(key, look).ifPresent(this::record));
        budgets.due(System.nanoTime()).forEach(this::publish);
    }

    /** How long until something is due that a tick would do too late. */
    long nanosUntilDue(long most) {
        long now = System.nanoTime();
        return comparisons.nanosUntilDue(now, budgets.nanosUntilDue(now, most));
    }

    /** The whole truth about every domain. */
    void audit() {
        inventory.audit(clock.now()).forEach(this::record);
    }

    @Override
    public void tellAll() {
        budgets.all().forEach(this::publish);
    }

    void heard(Heard.ConnectionUp up) {
        Map<String, Object> fields = connections.fields(up);
        connections.up(up);
        comparisons.up(up);
        tell(new AgentNews("connected", false, clock.now(), fields));
    }

    void heard(Heard.ConnectionLost lost) {
        connections.lost(lost);
        comparisons.lost(lost, this);
        tell(new AgentNews("disconnected", false, clock.now(), Connections.fields(lost)));
    }

    /**
     * Settles some of what the store owes: says which numbers a consumer will never see, and tells the whole truth about
     * the domains they were about.
     */
    void repair() {
        Loss loss = store.loss(REPAIRED_AT_ONCE);
        Moment now = clock.now();
        if (!loss.ranges().isEmpty()) {
            tell(new AgentNews("overflow", true, now, overflow(loss)));
        }
        for (String subject : loss.subjects()) {
            inventory.truth(KnownDomainText.domain(subject), now).ifPresent(this::record);
        }
        page.settle(loss);
    }

    private static Map<String, Object> overflow(Loss loss) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        for (Loss.Range range : loss.ranges()) {
            Map<String, Object> numbers = new LinkedHashMap<>();
            numbers.put("first", range.first());
            numbers.put("last", range.last());
            ranges.add(numbers);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ranges", ranges);
        fields.put("dropped", new TreeMap<>(loss.counts()));
        return fields;
    }

    @Override
    public void tell(AgentNews news) {
        if (!filter.accepts(news)) {
            listener.filtered();
            return;
        }
        Stamp stamp = stamps.next(0, news.observedAt());
        Rank rank = news.name().equals("overflow") ? Rank.NOTICE : Rank.OWN;
        add(stamp, writer.write(news, connections.hypervisor(news), stamp), rank, "agent." + news.name(), null);
        stamps.taken(stamp, news.observedAt());
    }

    /** What was noted since the page before. */
    Page turnPage() {
        Page full = page;
        page = new Page();
        return full;
    }

    Stamps stamps() {
        return stamps;
    }

    /** Tells a transition that no event told; budgets are for what a guest can do. */
    @Override
    public void record(Transition transition) {
        keep(transition);
        budgets.admit(transition, transition.domain(), System.nanoTime()).forEach(this::publish);
        commitIfFull();
    }

    @Override
    public void count(String name, long value) {
        page.count(name, value);
    }

    @Override
    public void forget(List<DomainKey> domains) {
        page.forget(domains);
    }

    /** The state is kept also where the notification can't be written: the inventory on disk is the one in memory. */
    private void keep(Transition transition) {
        keep(transition.domain().key(), transition.freshMetadata());
    }

    private void keep(DomainKey key, @Nullable String freshMetadata) {
        inventory.find(key).ifPresent(domain -> page.keep(budgets.kept(domain), freshMetadata));
    }

    private void publish(Transition transition) {
        if (!filter.accepts(transition)) {
            listener.filtered();
            return;
        }
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        Stamp stamp = stamps.next(previous, transition.observedAt());
        add(
                stamp,
                writer.write(transition, connections.hypervisor(key.connectionUri()), stamp),
                transition.tellsState() ? Rank.STATE : Rank.DETAIL,
                transition.name(),
                KnownDomainText.key(key));
        stamps.taken(stamp, transition.observedAt());
        inventory.published(key, stamp.sequence());
        keep(key, null);
        commitIfFull();
    }

    /** Between two notifications; what is kept of their domains goes with each. */
    private void commitIfFull() {
        if (page.isFull()) {
            commitFull.run();
        }
    }

    private void add(Stamp stamp, Notification notification, Rank rank, String name, @Nullable String subject) {
        OutboxRow row = new OutboxRow(
                stamp.sequence(),
                notification.priority(),
                stamp.messageId().toString(),
                clock.ran(),
                notification.body());
        page.add(new Entry(row, rank, name, subject));
    }
}
