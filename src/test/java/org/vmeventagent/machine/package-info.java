/**
 * The installed package on whole machines, under QEMU without KVM: boots, power cuts, hypervisors. {@code mvn verify
 * -Dtags=machine}; {@code devstack/machine.sh} makes the disks.
 */
@NullMarked
package org.vmeventagent.machine;

import org.jspecify.annotations.NullMarked;
