package org.reprise.device.irq;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code plic}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=plic",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=RISC-V platform-level interrupt controller 1.0.0"})
public final class PlicModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new Plic(context);
    }
}
