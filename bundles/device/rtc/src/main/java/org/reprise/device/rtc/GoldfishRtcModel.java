package org.reprise.device.rtc;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code goldfish-rtc}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=goldfish-rtc",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Goldfish real-time clock with alarm, on the host's wall clock"})
public final class GoldfishRtcModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new GoldfishRtc(context);
    }
}
