package org.reprise.device.virtio;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code virtio-rng}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=virtio-rng",
    DeviceModel.BUS + "=virtio-mmio",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Entropy device (virtio 1.2)"})
public final class VirtioRngModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new VirtioMmio(context, VirtioRng::new);
    }
}
