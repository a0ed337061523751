package org.reprise.device.watchdog;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code watchdog}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=watchdog",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Watchdog timer (ARM SP805): interrupt, then reset"})
public final class WatchdogModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new Watchdog(context);
    }
}
