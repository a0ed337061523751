package org.reprise.device.serial;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code ns16550a}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=ns16550a",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Serial port with 16-byte FIFOs (National PC16550D)"})
public final class Ns16550aModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new Ns16550a(context);
    }
}
