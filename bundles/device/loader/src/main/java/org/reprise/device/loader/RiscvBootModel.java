package org.reprise.device.loader;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code riscv-boot}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=riscv-boot",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Boot loader for RISC-V: reset ROM, device tree, firmware, kernel, initrd"})
public final class RiscvBootModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new RiscvBoot(context);
    }
}
