package org.reprise.device.system;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code sifive-test}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=sifive-test",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=SiFive test finisher: power-off with exit code, reset"})
public final class SifiveTestModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new SifiveTest(context);
    }
}
