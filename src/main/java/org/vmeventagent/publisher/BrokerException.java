package org.vmeventagent.publisher;

/** Carries a {@link BrokerProblem}; without a stack trace, because the words are all there is to know. */
public final class BrokerException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient BrokerProblem problem;

    BrokerException(BrokerProblem problem) {
        super(problem.text(), null, false, false);
        this.problem = problem;
    }

    /** What it is about. */
    public BrokerProblem problem() {
        return problem;
    }
}
