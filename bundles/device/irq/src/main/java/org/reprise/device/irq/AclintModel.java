package org.reprise.device.irq;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code riscv-aclint}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=riscv-aclint",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=RISC-V ACLINT machine timer and software interrupts in the layout of the SiFive CLINT"})
public final class AclintModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new Aclint(context);
    }
}
