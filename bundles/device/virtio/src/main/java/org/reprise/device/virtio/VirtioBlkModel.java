package org.reprise.device.virtio;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;

/** The model {@code virtio-blk}. */
@Component(service = DeviceModel.class, property = {
    DeviceModel.TYPE + "=virtio-blk",
    DeviceModel.BUS + "=virtio-mmio",
    DeviceModel.TIMER_EXTERNAL + ":Boolean=false",
    DeviceModel.BH_REPLAYABLE + ":Boolean=true",
    DeviceModel.REPLAY_SUPPORTED + ":Boolean=true",
    DeviceModel.DESCRIPTION + "=Block device (virtio 1.2) on a drive; an empty slot when the drive has no medium"})
public final class VirtioBlkModel implements DeviceModel {
    @Override
    public Device create(DeviceContext context) {
        return new VirtioMmio(context, context.block("drive").map(VirtioBlkModel::on).orElse(null));
    }

    private static VirtioMmio.VirtioFunctionFactory on(BlockQueue drive) {
        return transport -> new VirtioBlk(transport, drive);
    }
}
