package org.reprise.net.filterdump;

import org.reprise.api.net.NetworkFilter.Next;
import org.reprise.api.net.NetworkFilter.Tap;
import org.reprise.api.net.NetworkFrame;

/** Lets everything pass. */
class PassingTap implements Tap {
    @Override
    public void fromGuest(NetworkFrame frame, Next next) {
        next.pass(frame);
    }

    @Override
    public void toGuest(NetworkFrame frame, Next next) {
        next.pass(frame);
    }
}
