package org.vmeventagent.notification;

/**
 * A notification as it is kept and sent.
 *
 * @param eventType {@code libvirt.domain.stopped} for example
 * @param priority {@code info} or {@code error}, lower case as in a routing key
 * @param body the inner oslo.messaging object as JSON text in ASCII, one object from brace to brace, without
 *     {@code _unique_id}, which the publisher adds to each sending
 */
@SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
public record Notification(String eventType, String priority, byte[] body) {}
